namespace FiniteWidth.Figures

open System

/// A trace as plotly.js reads it.
module internal TraceJson =

    /// What a trace takes from its place in the figure.
    type Place =
        {
            Theme: Theme
            /// Counts the names: the place in the theme's lists.
            Slot: int
            InLegend: bool
            /// "x", "x2", ...: the axes of the panel.
            XAxis: string
            YAxis: string
            /// The bottom of a log y axis, to which a band is cut where it would pass zero.
            Floor: float option
            /// Domains of the panel, for its colour bar.
            Domains: (float * float) * (float * float)
        }

    let private cycle (items: 'T list) fallback index =
        match items with
        | [] -> fallback
        | _ -> items[index % items.Length]

    let private color place (trace: Trace) =
        trace.Color
        |> Option.defaultWith (fun () -> cycle place.Theme.Palette place.Theme.Foreground place.Slot)

    let private errorBars color bars =
        let below, above = ErrorBars.lengths bars

        Fields
            [
                "type", Text "data"
                "symmetric", Bool false
                "array", Numbers above
                "arrayminus", Numbers below
                "color", Json.color color
                "thickness", Number 1.3
                "width", Number 3.5
            ]

    let private line place color (style: LineStyle) =
        let dash =
            style.Dash
            |> Option.defaultWith (fun () -> cycle place.Theme.Dashes LineDash.Solid place.Slot)

        Fields
            [
                "color", Json.color color
                "width", Number(style.Width |> Option.defaultValue place.Theme.LineWidth)
                "dash", Text(LineDash.toPlotly dash)
            ]

    let private marker place color (style: MarkerStyle) =
        let symbol =
            style.Symbol
            |> Option.defaultWith (fun () -> cycle place.Theme.Symbols MarkerSymbol.Circle place.Slot)

        // A rim of the background keeps neighbouring points apart; an open symbol is filled with it, which hides the
        // error bar and the line behind.
        let fill, rim, width =
            match symbol with
            | MarkerSymbol.OpenCircle
            | MarkerSymbol.OpenSquare -> place.Theme.Background, color, 1.6
            | _ -> color, place.Theme.Background, 0.8

        Fields
            [
                "color", Json.color fill
                "symbol", Text(MarkerSymbol.toPlotly symbol)
                "size", Number(style.Size |> Option.defaultValue place.Theme.MarkerSize)
                "opacity", Number 1.0
                "line", Fields [ "color", Json.color rim; "width", Number width ]
            ]

    let private curve place color (curve: Curve) =
        let mode =
            match curve.Line, curve.Marker with
            | Some _, Some _ -> "lines+markers"
            | Some _, None -> "lines"
            | None, _ -> "markers"

        [
            "type", Text "scatter"
            "mode", Text mode
            "x", Numbers curve.X
            "y", Numbers curve.Y
            match curve.Line with
            | Some style -> "line", line place color style
            | None -> ()
            match curve.Marker with
            | Some style -> "marker", marker place color style
            | None -> ()
            match curve.Errors with
            | Some bars -> "error_y", errorBars color bars
            | None -> ()
        ]

    /// Maximal runs of points where the band is finite.
    let private runs (x: float[]) (lower: float[]) (upper: float[]) =
        let finite i =
            Double.IsFinite x[i] && Double.IsFinite lower[i] && Double.IsFinite upper[i]

        let folder runs i =
            match runs with
            | _ when not (finite i) -> [] :: runs
            | run :: rest -> (i :: run) :: rest
            | [] -> [ [ i ] ]

        Seq.init x.Length id
        |> Seq.fold folder []
        |> List.filter (List.isEmpty >> not)
        |> List.rev
        |> List.map (List.rev >> Array.ofList)

    // One closed polygon a run, kept apart by nulls: there for the lower curve, back along the upper one.
    let private band place color (x: float[]) (lower: float[]) (upper: float[]) =
        let runs = runs x lower upper

        let raised =
            match place.Floor with
            | Some floor -> Array.map (max floor)
            | None -> id

        let polygon (forth: float[]) (back: float[]) =
            runs
            |> List.map (fun run ->
                Array.concat
                    [
                        Array.map (Array.get forth) run
                        run |> Array.map (Array.get back) |> Array.rev
                    ])
            |> List.reduceBack (fun a b -> Array.concat [ a; [| nan |]; b ])

        let polygon forth back =
            if runs.IsEmpty then [||] else polygon forth back

        [
            "type", Text "scatter"
            "mode", Text "lines"
            "x", Numbers(polygon x x)
            "y", Numbers(polygon (raised lower) (raised upper))
            "fill", Text "toself"
            "fillcolor", Json.color (Color.withOpacity 0.22 color)
            "line", Fields [ "color", Json.color (Color.withOpacity 0.0 color); "width", Number 0.0 ]
            "hoverinfo", Text "skip"
        ]

    // As dashes do for lines, hatching keeps bars apart without colour.
    let private hatches = [ ""; "/"; "x"; "-"; "." ]

    let private bars place color orientation (keys: string[]) values errors =
        let keys = keys |> Array.map (Label.escape >> Text) |> List.ofArray |> Items

        [
            "type", Text "bar"
            match orientation with
            | Vertical ->
                "x", keys
                "y", Numbers values
            | Horizontal ->
                "orientation", Text "h"
                "y", keys
                "x", Numbers values
            match errors with
            | Some bars ->
                (if orientation = Vertical then "error_y" else "error_x"), errorBars place.Theme.Foreground bars
            | None -> ()
            "marker",
            Fields
                [
                    "color", Json.color color
                    "pattern",
                    Fields
                        [
                            "shape", Text(cycle hatches "" place.Slot)
                            "fillmode", Text "overlay"
                            "fgcolor", Json.color place.Theme.Background
                            "solidity", Number 0.12
                        ]
                ]
        ]

    let private heatMap place (map: HeatMap) =
        let scale = map.Scale |> Option.defaultValue place.Theme.ColorScale
        let (_, right), (bottom, top) = place.Domains

        let stops =
            let colors = ColorScale.colors scale

            colors
            |> List.mapi (fun i color -> Items [ Number(float i / float (colors.Length - 1)); Json.color color ])

        [
            "type", Text "heatmap"
            "z", map.Z |> Array.map Numbers |> List.ofArray |> Items
            match map.X with
            | Some x -> "x", Numbers x
            | None -> ()
            match map.Y with
            | Some y -> "y", Numbers y
            | None -> ()
            "colorscale", Items stops
            match map.Limits with
            | Some(low, high) ->
                "zmin", Number low
                "zmax", Number high
            | None when scale = ColorScale.Diverging -> "zmid", Number 0.0
            | None -> ()
            "hoverongaps", Bool false
            "colorbar",
            Fields
                [
                    "x", Number right
                    "xpad", Number 12.0
                    "y", Number((bottom + top) / 2.0)
                    "len", Number(top - bottom)
                    "ypad", Number 0.0
                    "thickness", Number 14.0
                    "outlinewidth", Number 1.0
                    "outlinecolor", Json.color place.Theme.Foreground
                    "ticks", Text "outside"
                    "ticklen", Number 4.0
                    "exponentformat", Text "power"
                ]
        ]

    let private histogram place color values (bins: int option) height =
        [
            "type", Text "histogram"
            "x", Numbers values
            match bins with
            | Some count -> "nbinsx", Json.int count
            | None -> ()
            "histnorm", Text(HistogramHeight.toPlotly height)
            "marker", Fields [ "color", Json.color (Color.withOpacity 0.75 color) ]
        ]

    let ofTrace place (trace: Trace) =
        let color = color place trace

        let mark =
            match trace.Mark with
            | Curve c -> curve place color c
            | Band(x, lower, upper) -> band place color x lower upper
            | Bars(orientation, keys, values, errors) -> bars place color orientation keys values errors
            | HeatMap map -> heatMap place map
            | Histogram(values, bins, height) -> histogram place color values bins height

        Fields
            [
                yield! mark
                match trace.Name with
                | Some name ->
                    "name", Text(Label.escape name)
                    "legendgroup", Text name
                | None -> ()
                "showlegend", Bool place.InLegend
                "xaxis", Text place.XAxis
                "yaxis", Text place.YAxis
            ]
