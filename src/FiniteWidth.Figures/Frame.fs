namespace FiniteWidth.Figures

open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects
open FiniteWidth

/// The page around the axes: theme, size, margins, legend, title. Margins follow from the texts, so that nothing is cut off and nothing lies
/// on anything else.
[<RequireQualifiedAccess>]
module Frame =

    let internal left, internal right, internal bottom = 88, 26, 68

    /// What a colour bar takes beside its axes.
    let internal besideColorBar = 120

    let internal edge = 10

    let private lineHeight = 1.3

    let internal legendRow = 21

    // The line's sample, the text, the space between two entries.
    let private legendEntry name = 52.0 + Label.width Theme.fontSize name

    // plotly.js fills rows with entries as they come.
    let internal legendHeight (width: float) names =
        let folder (rows, used) entry =
            if used > 0.0 && used + entry > width then
                rows + 1, entry
            else
                rows, used + entry

        match names with
        | []
        | [ _ ] -> 0
        | names ->
            let rows, _ = names |> List.map legendEntry |> List.fold folder (1, 0.0)
            rows * legendRow + 12

    let internal hasColorBar chart =
        GenericChart.getTraces chart
        |> List.exists (fun trace ->
            trace.``type`` = "heatmap"
            && Properties.tryGet<bool> "showscale" trace <> Some false)

    let internal names chart =
        GenericChart.getTraces chart
        |> List.choose Properties.legendName
        |> List.distinct

    let internal margins left right top bottom chart =
        Properties.layout chart
        |> Properties.set "margin" (Margin.init (Left = left, Right = right, Top = top, Bottom = bottom, Pad = 0))
        |> ignore

        chart

    let private margin side chart =
        Properties.layout chart
        |> Properties.tryGet<Margin> "margin"
        |> Option.bind (Properties.tryGet<int> side)
        |> Option.defaultValue 0

    /// The chart at a size in px, as it is stored; on a page it grows and shrinks with the window.
    let private sized width height chart =
        Properties.layout chart
        |> Properties.set "width" width
        |> Properties.set "height" height
        |> ignore

        chart

    let internal isDressed chart =
        Properties.layout chart |> Properties.tryGet<Margin> "margin" |> Option.isSome

    /// A legend of entries in rows above the axes: on them, so that its distance does not grow with a page into the title, or on what stands above
    /// them, `over` in units of their height.
    let internal above over =
        Legend.init (
            Orientation = StyleParam.Orientation.Horizontal,
            X = 0.0,
            XAnchor = StyleParam.XAnchorPosition.Left,
            Y = 1.0 + over,
            // It covers nothing of the axes' line.
            BGColor = Color.fromString "rgba(0,0,0,0)",
            YAnchor = StyleParam.YAnchorPosition.Bottom,
            TraceGroupGap = 0.0
        )

    /// Entries of a name come and go together, and rows of a legend are filled one after the other.
    let internal grouped (trace: Trace) =
        match Properties.text "name" trace with
        | Some name when (trace.TryGetPropertyValue "legendgroup").IsNone -> trace |> Properties.set "legendgroup" name
        | _ -> trace

    let internal themed chart =
        chart |> Chart.withTemplate (Theme.paper ())

    /// Theme, size, margins and legend for one pair of axes, where the chart has none yet.
    let internal dressed chart =
        if isDressed chart then
            chart
        else
            let names = names chart
            let top = edge + legendHeight Axes.panelWidth names
            let isMap = hasColorBar chart
            let beside = if isMap then besideColorBar else 0
            // Cells of a matrix are square, or nearly.
            let height =
                if isMap then
                    int Axes.panelWidth - 30
                else
                    int Axes.panelHeight

            let layout = Properties.layout chart

            layout
            |> Properties.set "legend" (above 0.0)
            |> Properties.set "showlegend" (names.Length > 1)
            |> ignore

            chart
            |> GenericChart.mapTrace grouped
            |> themed
            |> margins left (right + beside) top bottom
            |> sized (left + int Axes.panelWidth + right + beside) (top + height + bottom)

    let internal height chart =
        Properties.layout chart
        |> Properties.tryGet<int> "height"
        |> Option.defaultValue 420

    let internal width chart =
        Properties.layout chart
        |> Properties.tryGet<int> "width"
        |> Option.defaultValue 560

    let private subtitleStart = "<br><span style=\"font-size:14px\">"

    let private linesOf (text: string) =
        if text = "" then [] else text.Split "<br>" |> List.ofArray

    // Titles that this module has written tell by their lines how much room they have been given.
    let private titleHeight (text: string) =
        match text.IndexOf(subtitleStart, System.StringComparison.Ordinal) with
        | -1 when text = "" -> 0
        | -1 -> int (lineHeight * Theme.titleSize * float (linesOf text).Length) + 8
        | at ->
            let subtitle = text[at + subtitleStart.Length ..]

            int (
                lineHeight
                * (Theme.titleSize * float (linesOf text[.. at - 1]).Length
                   + 14.0 * float (linesOf subtitle).Length)
            )
            + 10

    let private wrapped size width text =
        Label.wrap size width (Label.escape text) |> fst

    /// The chart in the theme of this package with a title, and a smaller line below it where `subtitle` is not empty, both broken into lines
    /// that fit. It comes last: after the axes.
    let titled (title: string) (subtitle: string) chart =
        let chart = dressed chart
        let room = float (width chart - 28)
        let before = Properties.layout chart |> Properties.title |> titleHeight

        let text =
            if subtitle = "" then
                wrapped Theme.titleSize room title
            else
                $"{wrapped Theme.titleSize room title}{subtitleStart}{wrapped 14.0 room subtitle}</span>"

        let more = titleHeight text - before

        // The first of several lines stands higher than one alone.
        let above = if text.Contains "<br>" then 26 else 14

        Properties.layout chart
        |> Properties.set
            "title"
            (Title.init (Text = text)
             |> Properties.set "pad" (Properties.create [ "l", box 14; "t", box above ]))
        |> ignore

        chart
        |> margins (margin "l" chart) (margin "r" chart) (margin "t" chart + more) (margin "b" chart)
        |> sized (width chart) (height chart + more)
