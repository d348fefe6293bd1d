namespace FiniteWidth.Figures

open System
open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects
open FiniteWidth

/// What figures are made of beside Plotly.NET's lines and points: bands, error bars, notes on hovering, guide lines.
[<RequireQualifiedAccess>]
module Draw =

    let internal sameLength (where: string) (lengths: (string * int) list) =
        let first = List.head lengths

        match lengths |> List.tryFind (fun (_, length) -> length <> snd first) with
        | Some(name, length) ->
            raise
            <| FailureException(
                BadData $"{where}: {fst first} has {snd first} values and {name} has {length}: they must have as many."
            )
        | None -> ()

    // Runs of points at which both ends of the band are known.
    let private runs (x: float[]) (lower: float[]) (upper: float[]) =
        let known i =
            Double.IsFinite x[i] && Double.IsFinite lower[i] && Double.IsFinite upper[i]

        let folder i runs =
            match known i, runs with
            | false, [] -> runs
            | false, [] :: _ -> runs
            | false, _ -> [] :: runs
            | true, [] -> [ [ i ] ]
            | true, run :: rest -> (i :: run) :: rest

        List.foldBack folder [ 0 .. x.Length - 1 ] []
        |> List.filter (List.isEmpty >> not)

    /// The region between two curves, shaded; it breaks where either is not finite. One band of a figure has one name.
    let band (name: string) (color: Color) (x: float seq) (lower: float seq) (upper: float seq) =
        let x, lower, upper = Array.ofSeq x, Array.ofSeq lower, Array.ofSeq upper
        sameLength "The band" [ "x", x.Length; "lower", lower.Length; "upper", upper.Length ]

        let outline run =
            let back = List.rev run

            [ for i in run -> x[i], upper[i] ]
            @ [ for i in back -> x[i], lower[i] ]
            @ [ nan, nan ]

        let outline = runs x lower upper |> List.collect outline

        Chart.Scatter(
            x = List.map fst outline,
            y = List.map snd outline,
            mode = StyleParam.Mode.Lines,
            Name = Label.escape name,
            Opacity = 0.22,
            LineColor = color,
            LineWidth = 0.0,
            Fill = StyleParam.Fill.ToSelf,
            FillColor = color
        )
        |> GenericChart.mapTrace (Properties.set "hoverinfo" "skip")

    /// The chart's traces with error bars of these lengths up and down.
    let withErrors (errors: float seq) chart =
        chart |> Chart.withYErrorStyle (Array = Array.ofSeq errors)

    /// The chart's traces with one text a point, shown on hovering below the trace's name.
    let withNotes (notes: string seq) chart =
        let notes = Array.ofSeq notes

        chart
        |> GenericChart.mapTrace (fun trace ->
            trace
            |> Properties.set "text" notes
            |> Properties.set "hovertemplate" "%{text}<extra>%{fullData.name}</extra>")

    let private heat (title: string) scale x y (z: float[,]) =
        let x, y = Array.ofSeq x, Array.ofSeq y
        sameLength "The heat map" [ "the set of columns of z", Array2D.length2 z; "x", x.Length ]
        sameLength "The heat map" [ "the set of rows of z", Array2D.length1 z; "y", y.Length ]

        Chart.Heatmap(
            zData = [| for i in 0 .. y.Length - 1 -> z[i, *] |],
            X = x,
            Y = y,
            ColorScale = scale,
            ColorBar = ColorBar.init (Title = Title.init (Text = Label.escape title, Side = StyleParam.Side.Top))
        )

    /// Cells coloured by z: row i of z is at y[i], column j at x[j]; NaN leaves a cell empty.
    let heatmap title (x: float seq) (y: float seq) z =
        heat title StyleParam.Colorscale.Viridis x y z

    let private blueWhiteRed =
        StyleParam.Colorscale.Custom
            [
                0.0, Color.fromHex "#2166AC"
                0.25, Color.fromHex "#92C5DE"
                0.5, Color.fromHex "#F7F7F7"
                0.75, Color.fromHex "#F4A582"
                1.0, Color.fromHex "#B2182B"
            ]

    /// Cells coloured by z, white at zero, red above and blue below.
    let diverging title (x: float seq) (y: float seq) z =
        heat title blueWhiteRed x y z
        |> GenericChart.mapTrace (Properties.set "zmid" 0.0)

    let private addTo<'T> name (item: 'T) chart =
        let layout = Properties.layout chart
        layout.SetProperty(name, ResizeArray(Properties.items<'T> name layout @ [ item ]))
        chart

    let private isLog name chart =
        Properties.layout chart
        |> Properties.tryGet<LinearAxis> name
        |> Option.bind (Properties.text "type")
            =
            Some "log"

    // Annotations of a logarithmic axis are placed in decades, shapes in values.
    let private place name (at: float) chart =
        if isLog name chart then log10 at else at

    let private styled (target: #DynamicObj) (properties: (string * objnull) list) =
        for name, value in properties do
            target.SetProperty(name, nonNull value)

        target

    let private note text properties =
        styled
            (Annotation())
            ([
                "text", box (Label.escape text)
                "showarrow", box false
                "bgcolor", box "rgba(255,255,255,0.75)"
                "borderpad", box 1
             ]
             @ properties)

    let private guide properties =
        styled
            (Shape())
            ([
                "type", box "line"
                "layer", box "below"
                "line", box (Line.init (Color = Palette.gray, Width = 1.3, Dash = StyleParam.DrawingStyle.Dash))
             ]
             @ properties)

    /// A dashed line across the axes at height y, labelled at its right end. Set the axes first.
    let horizontal label (y: float) chart =
        chart
        |> addTo
            "shapes"
            (guide
                [
                    "xref", box "x domain"
                    "yref", box "y"
                    "x0", box 0.0
                    "x1", box 1.0
                    "y0", box y
                    "y1", box y
                ])
        |> if label = "" then
               id
           else
               addTo
                   "annotations"
                   (note
                       label
                       [
                           "xref", box "x domain"
                           "yref", box "y"
                           "x", box 1.0
                           "xanchor", box "right"
                           "y", box (place "yaxis" y chart)
                           "yanchor", box "bottom"
                       ])

    let private upright label x (labelAt: float) anchor chart =
        chart
        |> addTo
            "shapes"
            (guide
                [
                    "xref", box "x"
                    "yref", box "y domain"
                    "y0", box 0.0
                    "y1", box 1.0
                    "x0", box x
                    "x1", box x
                ])
        |> if label = "" then
               id
           else
               addTo
                   "annotations"
                   (note
                       label
                       [
                           "xref", box "x"
                           "yref", box "y domain"
                           "x", box (place "xaxis" x chart)
                           "xanchor", box "left"
                           "y", box labelAt
                           "yanchor", box anchor
                       ])

    /// A dashed line from bottom to top at x, labelled at its upper end. Set the axes first.
    let vertical label (x: float) chart = upright label x 1.0 "top" chart

    /// The same, labelled at its lower end.
    let verticalFromBelow label (x: float) chart = upright label x 0.0 "bottom" chart
