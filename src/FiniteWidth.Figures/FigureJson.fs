namespace FiniteWidth.Figures

/// A figure as plotly.js reads it: data, layout and configuration.
module internal FigureJson =

    let private axisId letter index =
        if index = 0 then letter else $"{letter}{index + 1}"

    let private axisKey letter index =
        if index = 0 then
            $"{letter}axis"
        else
            $"{letter}axis{index + 1}"

    let private font (theme: Theme) size =
        Fields
            [
                "family", Text theme.FontFamily
                "size", Number size
                "color", Json.color theme.Foreground
            ]

    let private isBand trace =
        match trace.Mark with
        | Band _ -> true
        | _ -> false

    /// For every name the trace that stands for it in the legend: a line or points rather than their band.
    let private representatives figure =
        Figure.traces figure
        |> List.filter _.Name.IsSome
        |> List.groupBy _.Name
        |> List.map (fun (_, traces) -> traces |> List.tryFind (isBand >> not) |> Option.defaultValue traces.Head)

    let private traces figure frame =
        let theme = Figure.theme figure
        let names = Figure.names figure
        let representatives = representatives figure

        let ofPanel index (panel: Panel) =
            let floor =
                match panel.Y.Scale with
                | AxisScale.Log -> Some(10.0 ** (LogAxis.range panel.Y (Extent.positiveY panel) ||> min))
                | AxisScale.Linear -> None

            // Traces without a name follow the names, afresh in every panel.
            let place unnamed (trace: Trace) =
                let slot, unnamed =
                    match trace.Name with
                    | Some name -> List.findIndex ((=) name) names, unnamed
                    | None -> names.Length + unnamed, unnamed + 1

                let place: TraceJson.Place =
                    {
                        Theme = theme
                        Slot = slot
                        InLegend = representatives |> List.exists (fun r -> obj.ReferenceEquals(r, trace))
                        XAxis = axisId "x" index
                        YAxis = axisId "y" index
                        Floor = floor
                        Domains = Frame.domains figure frame index
                    }

                TraceJson.ofTrace place trace, unnamed

            panel.Traces |> List.mapFold place 0 |> fst

        figure.Panels |> List.mapi ofPanel |> List.concat |> Items

    let private axes figure frame =
        let theme = Figure.theme figure
        let innerWidth, innerHeight = Frame.inner frame

        let hasBars orientation (panel: Panel) =
            panel.Traces
            |> List.exists (fun trace ->
                match trace.Mark with
                | Bars(o, _, _, _) -> o = orientation
                | _ -> false)

        let ofPanel index (panel: Panel) =
            let (x0, x1), (y0, y1) = Frame.domains figure frame index

            let x: AxisJson.Place =
                {
                    Theme = theme
                    Pixels = innerWidth * (x1 - x0)
                    LabelPixels = fun characters -> theme.FontSize * (0.5 * float characters + 0.5)
                    Domain = x0, x1
                    Anchor = axisId "y" index
                    Positive = Extent.positiveX panel
                    Categories = hasBars Vertical panel
                }

            let y: AxisJson.Place =
                { x with
                    Pixels = innerHeight * (y1 - y0)
                    LabelPixels = fun _ -> 1.7 * theme.FontSize
                    Domain = y0, y1
                    Anchor = axisId "x" index
                    Positive = Extent.positiveY panel
                    Categories = hasBars Horizontal panel
                }

            [
                axisKey "x" index, AxisJson.ofStyle x panel.X
                axisKey "y" index, AxisJson.ofStyle y panel.Y
            ]

        figure.Panels |> List.mapi ofPanel |> List.concat

    // plotly.js places annotations on a log axis by the logarithm, and shapes by the value.
    let private position (style: AxisStyle) value =
        match style.Scale with
        | AxisScale.Log -> Number(log10 value)
        | AxisScale.Linear -> Number value

    let private guideColor (theme: Theme) (guide: GuideLine) =
        guide.Color |> Option.defaultValue theme.Foreground

    let private shapes figure =
        let theme = Figure.theme figure

        // Lines and points stand before a guide, areas behind it.
        let layer (panel: Panel) =
            let isArea trace =
                match trace.Mark with
                | Curve _
                | Band _ -> false
                | Bars _
                | HeatMap _
                | Histogram _ -> true

            if List.exists isArea panel.Traces then "above" else "below"

        let ofGuide index layer (guide: GuideLine) =
            let x, y = axisId "x" index, axisId "y" index
            let across = [ Number 0.0; Number 1.0 ]
            let at = [ Number guide.At; Number guide.At ]

            let xref, yref, xs, ys =
                match guide.Direction with
                | Horizontal -> $"{x} domain", y, across, at
                | Vertical -> x, $"{y} domain", at, across

            Fields
                [
                    "type", Text "line"
                    "layer", Text layer
                    "xref", Text xref
                    "yref", Text yref
                    "x0", xs[0]
                    "x1", xs[1]
                    "y0", ys[0]
                    "y1", ys[1]
                    "line",
                    Fields
                        [
                            "color", Json.color (guideColor theme guide)
                            "width", Number 1.3
                            "dash", Text(LineDash.toPlotly guide.Dash)
                        ]
                ]

        figure.Panels
        |> List.mapi (fun index panel -> panel.Guides |> List.map (ofGuide index (layer panel)))
        |> List.concat
        |> Items

    /// Text at a place, by which of its own corners, and moved by px (upwards).
    let private text (xref: string, x) (yref: string, y) (xAnchor: string, yAnchor: string) (dx, dy) fontJson body =
        Fields
            [
                "text", Text(Label.escape body)
                "xref", Text xref
                "x", x
                "yref", Text yref
                "y", y
                "xanchor", Text xAnchor
                "yanchor", Text yAnchor
                "xshift", Number dx
                "yshift", Number dy
                "align", Text "left"
                "borderwidth", Number 0.0
                "borderpad", Number 0.0
                "showarrow", Bool false
                "font", fontJson
            ]

    let private annotations figure frame =
        let theme = Figure.theme figure
        let font = font theme
        let quiet = Fields [ "size", Number theme.FontSize; "color", Json.color Color.gray ]

        let ofGuide index (panel: Panel) (guide: GuideLine) =
            let x, y = axisId "x" index, axisId "y" index

            let font =
                Fields [ "size", Number theme.FontSize; "color", Json.color (guideColor theme guide) ]

            match guide.Direction with
            | Horizontal ->
                text
                    ($"{x} domain", Number 1.0)
                    (y, position panel.Y guide.At)
                    ("left", "middle")
                    (5.0, 0.0)
                    font
                    guide.Label
            | Vertical ->
                text
                    (x, position panel.X guide.At)
                    ($"{y} domain", Number 1.0)
                    ("left", "top")
                    (5.0, -2.0)
                    font
                    guide.Label

        let ofAnnotation index (panel: Panel) (note: Annotation) =
            let x, y = axisId "x" index, axisId "y" index
            let at = (x, position panel.X note.X), (y, position panel.Y note.Y)

            match note.ArrowFrom with
            | None -> text (fst at) (snd at) ("center", "bottom") (0.0, 5.0) (font theme.FontSize) note.Text
            | Some(dx, dy) ->
                Fields
                    [
                        "text", Text(Label.escape note.Text)
                        "xref", Text x
                        "x", snd (fst at)
                        "yref", Text y
                        "y", snd (snd at)
                        "ax", Number dx
                        "ay", Number dy
                        "showarrow", Bool true
                        "arrowhead", Number 2.0
                        "arrowwidth", Number 1.2
                        "arrowcolor", Json.color theme.Foreground
                        "standoff", Number 4.0
                        "bgcolor", Json.color (Color.withOpacity 0.8 theme.Background)
                        "font", font theme.FontSize
                    ]

        let ofColorBar x y title =
            text
                ($"{x} domain", Number 1.0)
                ($"{y} domain", Number 1.0)
                ("left", "bottom")
                (12.0, 5.0)
                (font theme.FontSize)
                title

        let ofPanel index (panel: Panel) =
            let x, y = axisId "x" index, axisId "y" index

            [
                match panel.Heading with
                | Some heading ->
                    text
                        ($"{x} domain", Number 0.0)
                        ($"{y} domain", Number 1.0)
                        ("left", "bottom")
                        (0.0, 4.0)
                        (font (Frame.headingSize theme))
                        heading
                | None -> ()
                yield!
                    panel.Guides
                    |> List.filter (fun guide -> guide.Label <> "")
                    |> List.map (ofGuide index panel)
                yield! panel.Annotations |> List.map (ofAnnotation index panel)
                // plotly.js would write this along the colour bar, across the numbers.
                yield! panel.Traces |> List.choose Trace.colorTitle |> List.map (ofColorBar x y)
            ]

        // The title is an annotation because plotly.js lets a title of several lines leave the figure.
        let above top fontJson body =
            text ("paper", Number 0.0) ("paper", Number 1.0) ("left", "top") (0.0, frame.Top - top) fontJson body

        Items
            [
                if frame.Title <> "" then
                    above Frame.margin (font (Frame.titleSize theme)) frame.Title
                if frame.Subtitle <> "" then
                    above frame.SubtitleTop quiet frame.Subtitle
                yield! figure.Panels |> List.mapi ofPanel |> List.concat
            ]

    let private legend frame =
        let width, height = Frame.inner frame

        let place (x, y, xAnchor: string, yAnchor: string) =
            [
                "x", Number x
                "y", Number y
                "xanchor", Text xAnchor
                "yanchor", Text yAnchor
            ]

        // Inside the axes the legend keeps its distance from them.
        let inset, insetTop = 10.0 / width, 10.0 / height

        Fields
            [
                match frame.Legend with
                | LegendPosition.Hidden -> ()
                | LegendPosition.Above ->
                    "orientation", Text "h"
                    // plotly.js leaves 5 px before the first entry.
                    yield! place (-5.0 / width, 1.0 + (3.0 + frame.Heading) / height, "left", "bottom")
                | LegendPosition.Right -> yield! place (1.0 + (10.0 + frame.Beside) / width, 1.0, "left", "top")
                | LegendPosition.InsideTopLeft -> yield! place (inset, 1.0 - insetTop, "left", "top")
                | LegendPosition.InsideTopRight -> yield! place (1.0 - inset, 1.0 - insetTop, "right", "top")
                | LegendPosition.InsideBottomLeft -> yield! place (inset, insetTop, "left", "bottom")
                | LegendPosition.InsideBottomRight -> yield! place (1.0 - inset, insetTop, "right", "bottom")
                "traceorder", Text "normal"
                "bgcolor", Text "rgba(255,255,255,0.85)"
            ]

    let private hasHistogram figure =
        Figure.traces figure
        |> List.exists (fun trace ->
            match trace.Mark with
            | Histogram _ -> true
            | _ -> false)

    let private layout figure =
        let theme = Figure.theme figure
        let frame = Frame.create figure
        let background = Json.color theme.Background

        frame,
        Fields
            [
                "width", Number frame.Width
                "height", Number frame.Height
                "margin",
                Fields
                    [
                        "l", Number frame.Left
                        "r", Number frame.Right
                        "t", Number frame.Top
                        "b", Number frame.Bottom
                        "pad", Number 0.0
                    ]
                "font", font theme theme.FontSize
                "paper_bgcolor", background
                "plot_bgcolor", background
                "showlegend", Bool(frame.Legend <> LegendPosition.Hidden)
                "legend", legend frame
                "hovermode", Text "closest"
                "hoverlabel", Fields [ "namelength", Number -1.0 ]
                "bargap", Number(if hasHistogram figure then 0.03 else 0.25)
                "bargroupgap", Number 0.04
                "barmode", Text "group"
                yield! axes figure frame
                "shapes", shapes figure
                "annotations", annotations figure frame
            ]

    let private config =
        Fields
            [
                "displaylogo", Bool false
                // No button sends the data of a figure to a server, and few stand before its title.
                "modeBarButtonsToRemove",
                Items(
                    [
                        "sendChartToCloud"
                        "select2d"
                        "lasso2d"
                        "zoomIn2d"
                        "zoomOut2d"
                        "autoScale2d"
                    ]
                    |> List.map Text
                )
                // Titles are plain text: a dollar sign is a dollar sign, with MathJax on the page or without.
                "typesetMath", Bool false
                "toImageButtonOptions", Fields [ "format", Text "svg"; "filename", Text "figure" ]
            ]

    let ofFigure figure =
        let frame, layout = layout figure
        Fields [ "data", traces figure frame; "layout", layout; "config", config ]
