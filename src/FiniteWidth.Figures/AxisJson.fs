namespace FiniteWidth.Figures

/// An axis as plotly.js reads it.
module internal AxisJson =

    /// What an axis takes from its place in the figure.
    type Place =
        {
            Theme: Theme
            /// Length in px.
            Pixels: float
            /// Px along the axis that a tick label of so many characters takes, with the space around it.
            LabelPixels: int -> float
            Domain: float * float
            /// The axis at whose end this one stands: "y2" for an x axis.
            Anchor: string
            /// The smallest and largest positive value of the data.
            Positive: float * float
            /// The keys of bars are names, even where they look like numbers.
            Categories: bool
        }

    let private pair (a, b) = Items [ Number a; Number b ]
    let private turn reversed (a, b) = if reversed then b, a else a, b

    let private logScale place (style: AxisStyle) =
        let first, last = LogAxis.range style place.Positive

        let ticks =
            let low, high = min first last, max first last
            let label = place.LabelPixels(LogAxis.labelLength low high)
            LogAxis.ticks place.Pixels label low high

        [
            "type", Text "log"
            "range", pair (turn style.Reversed (first, last))
            "dtick", ticks.Step
            match ticks.Minor with
            | Some step -> "minor", Fields [ "dtick", step; "ticks", Text "outside"; "ticklen", Number 3.0 ]
            | None -> ()
            match style.TickFormat |> Option.orElse ticks.Format with
            | Some format -> "tickformat", Text format
            | None -> ()
        ]

    let private linearScale place (style: AxisStyle) =
        [
            "type", Text(if place.Categories then "category" else "linear")
            match style.Range with
            | AxisRange.Between(first, last) -> "range", pair (turn style.Reversed (first, last))
            | AxisRange.Automatic
            | AxisRange.FromZero ->
                if style.Reversed then
                    "autorange", Text "reversed"

                if style.Range = AxisRange.FromZero then
                    "rangemode", Text "tozero"
            match style.TickFormat with
            | Some format -> "tickformat", Text format
            | None -> ()
        ]

    let ofStyle place (style: AxisStyle) =
        Fields
            [
                match style.Scale with
                | AxisScale.Log -> yield! logScale place style
                | AxisScale.Linear -> yield! linearScale place style
                "domain", pair place.Domain
                "anchor", Text place.Anchor
                "automargin", Bool true
                "title",
                Fields
                    [
                        "text", Text(Label.escape style.Title)
                        "standoff", Number 10.0
                        "font", Fields [ "size", Number(Frame.axisTitleSize place.Theme) ]
                    ]
                "exponentformat", Text "power"
                "showline", Bool true
                "mirror", Bool true
                "linewidth", Number 1.0
                "linecolor", Json.color place.Theme.Foreground
                "ticks", Text "outside"
                "ticklen", Number 5.0
                "tickcolor", Json.color place.Theme.Foreground
                "zeroline", Bool false
                match place.Theme.Grid with
                | Some color ->
                    "showgrid", Bool true
                    "gridcolor", Json.color color
                | None -> "showgrid", Bool false
            ]
