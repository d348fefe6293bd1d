namespace FiniteWidth.Figures

open System
open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects
open FiniteWidth

/// Several pairs of axes in one figure. Plotly.NET's own grid leaves guide lines and notes with the first pair; here each panel
/// keeps its axes, lines, notes, legend and colour bar.
[<RequireQualifiedAccess>]
module Panels =

    let private columnGap, private rowGap = 124, 84

    // An entry of a legend of one column, which plotly.js sets wider apart than those in rows.
    let private legendEntry = 23

    [<NoComparison; NoEquality>]
    type private Place =
        {
            /// 1, 2, ... from the top left.
            Index: int
            /// Parts of the region of all axes, from the bottom left.
            X: float * float
            Y: float * float
        }

    let private axisId (letter: string) index =
        if index = 1 then letter else $"{letter}{index}"

    // "x", "x domain", "y", "y domain" of a chart of one pair of axes.
    let private moved index (reference: string) =
        if reference.StartsWith "x" then
            axisId "x" index + reference[1..]
        elif reference.StartsWith "y" then
            axisId "y" index + reference[1..]
        else
            reference

    let private move place (item: #DynamicObj) =
        for name in [ "xref"; "yref" ] do
            match Properties.text name item with
            | Some reference -> item.SetProperty(name, moved place.Index reference)
            | None -> ()

        item

    let private placeTrace place sharedLegend seen (trace: Trace) =
        Frame.grouped trace |> ignore
        trace.SetProperty("xaxis", axisId "x" place.Index)
        trace.SetProperty("yaxis", axisId "y" place.Index)

        match Properties.legendName trace with
        | Some name when Set.contains name seen -> trace.SetProperty("showlegend", false)
        | Some _ when sharedLegend -> ()
        | Some _ when place.Index > 1 -> trace.SetProperty("legend", $"legend{place.Index}")
        | _ -> ()

        if trace.``type`` = "heatmap" then
            let first, last = place.Y

            Properties.getOrAdd "colorbar" ColorBar trace
            |> Properties.set "x" (snd place.X + 0.008)
            |> Properties.set "y" (0.5 * (first + last))
            |> Properties.set "yanchor" "middle"
            |> Properties.set "lenmode" "fraction"
            |> Properties.set "len" (last - first)
            |> ignore

        trace

    let private heading place above text =
        Annotation()
        |> Properties.set "text" text
        |> Properties.set "showarrow" false
        |> Properties.set "xref" "paper"
        |> Properties.set "yref" "paper"
        |> Properties.set "x" (fst place.X)
        |> Properties.set "xanchor" "left"
        |> Properties.set "y" (snd place.Y)
        |> Properties.set "yanchor" "bottom"
        |> Properties.set "yshift" above

    let private legend place height =
        Legend.init (
            Orientation = StyleParam.Orientation.Vertical,
            X = fst place.X,
            XAnchor = StyleParam.XAnchorPosition.Left,
            Y = snd place.Y + 4.0 / float height,
            YAnchor = StyleParam.YAnchorPosition.Bottom,
            TraceGroupGap = 0.0
        )

    let private check columns (charts: GenericChart list) =
        if charts.IsEmpty || columns < 1 then
            raise
            <| FailureException(
                BadData
                    $"Panels.grid: {charts.Length} charts in {columns} columns make no figure: give at least one of both."
            )

        for chart in charts do
            if (Properties.layout chart).TryGetPropertyValue("xaxis2").IsSome then
                raise
                <| FailureException(
                    BadData "Panels.grid: one of the charts has panels itself: each must be a single pair of axes."
                )

    /// Charts side by side in rows of `columns`, from the top left, in panels of `width` x `height` px each. Titles become headings. Where the panels share most of their names
    /// there is one legend for all, and a name stands in it once; otherwise each panel has its own, without the names that a panel before it in its row has shown. Raises a `FailureException` for no charts,
    /// no columns, or a chart that has panels itself. The charts are used up: draw them anew for another figure.
    let gridOf (width: int, height: int) columns (charts: GenericChart seq) =
        let charts = List.ofSeq charts
        check columns charts
        let columns = min columns charts.Length
        let rows = (charts.Length + columns - 1) / columns
        let names = charts |> List.map Frame.names
        let allNames = names |> List.concat |> List.distinct
        let most = names |> List.map List.length |> List.max
        let shared = 2 * allNames.Length <= 3 * most
        let headings = charts |> List.map (Properties.layout >> Properties.title)

        // What a column's colour bars take, in px.
        let beside =
            [
                for column in 0 .. columns - 1 ->
                    if
                        charts[column..]
                        |> List.chunkBySize columns
                        |> List.exists (List.head >> Frame.hasColorBar)
                    then
                        Frame.besideColorBar
                    else
                        0
            ]

        // Names that have been shown before a panel: in the whole figure or, where legends stand above panels, in its row.
        let seen i =
            let first = if shared then 0 else i / columns * columns
            names[first .. i - 1] |> List.concat |> Set.ofList

        // What stands above each panel, in px.
        let ownLegend i =
            match names[i] |> List.filter (fun name -> not (Set.contains name (seen i))) with
            | _ when shared -> 0
            | [] -> 0
            | own -> own.Length * legendEntry + 6

        let ownHeading i =
            if headings[i] = "" then 0 else Frame.legendRow + 4

        let aboveRow row =
            [ row * columns .. min charts.Length ((row + 1) * columns) - 1 ]
            |> List.map (fun i -> ownLegend i + ownHeading i)
            |> List.max

        let startOf column =
            column * (width + columnGap) + List.sum (List.take column beside)

        let innerWidth = startOf (columns - 1) + width

        let innerHeight =
            rows * height + List.sum [ for row in 1 .. rows - 1 -> rowGap + aboveRow row ]

        let place i =
            let row, column = i / columns, i % columns
            let x = float (startOf column)

            let below =
                float (List.sum [ for r in row + 1 .. rows - 1 -> height + rowGap + aboveRow r ])

            {
                Index = i + 1
                X = x / float innerWidth, min 1.0 ((x + float width) / float innerWidth)
                Y = below / float innerHeight, min 1.0 ((below + float height) / float innerHeight)
            }

        let layout = Layout()
        let shapes, annotations = ResizeArray<Shape>(), ResizeArray<Annotation>()

        let traces =
            [
                for i, chart in List.indexed charts do
                    let place = place i
                    let own = Properties.layout chart

                    let axis letter other (first: float, last: float) =
                        let name =
                            if place.Index = 1 then
                                $"{letter}axis"
                            else
                                $"{letter}axis{place.Index}"

                        Properties.getOrAdd $"{letter}axis" LinearAxis own
                        |> Properties.set "domain" [| first; last |]
                        |> Properties.set "anchor" (axisId other place.Index)
                        |> fun axis -> layout.SetProperty(name, axis)

                    axis "x" "y" place.X
                    axis "y" "x" place.Y
                    shapes.AddRange(Properties.items<Shape> "shapes" own |> List.map (move place))
                    annotations.AddRange(Properties.items<Annotation> "annotations" own |> List.map (move place))

                    if headings[i] <> "" then
                        annotations.Add(heading place (ownLegend i + 4) headings[i])

                    if not shared then
                        layout.SetProperty(
                            (if place.Index = 1 then "legend" else $"legend{place.Index}"),
                            legend place innerHeight
                        )

                    for trace in GenericChart.getTraces chart do
                        placeTrace place shared (seen i) trace
            ]

        let sharedHeight =
            if shared then
                Frame.legendHeight (float innerWidth) allNames
            else
                0

        if shared then
            let headingRow =
                List.max [ for i in 0 .. min columns charts.Length - 1 -> ownHeading i ]

            layout.SetProperty("legend", Frame.above (float headingRow / float innerHeight))

        let top = Frame.edge + sharedHeight + aboveRow 0

        let right = Frame.right + List.last beside

        layout
        |> Properties.set "showlegend" (not shared || allNames.Length > 1)
        |> Properties.set "shapes" shapes
        |> Properties.set "annotations" annotations
        |> Properties.set "width" (Frame.left + innerWidth + right)
        |> Properties.set "height" (top + innerHeight + Frame.bottom)
        |> ignore

        GenericChart.MultiChart(
            traces,
            layout,
            GenericChart.getConfig charts.Head,
            GenericChart.getDisplayOptions charts.Head
        )
        |> Frame.themed
        |> Frame.margins Frame.left right top Frame.bottom

    /// Charts side by side in rows of `columns`, from the top left, in panels of the usual size: see `gridOf`.
    let grid columns charts =
        gridOf (int Axes.panelWidth, int Axes.panelHeight) columns charts
