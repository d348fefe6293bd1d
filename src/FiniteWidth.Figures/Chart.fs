namespace FiniteWidth.Figures

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open FiniteWidth

/// A figure as an immutable value: made by `Chart.Line`, `Chart.Point`, ..., changed by `Chart.with...`, joined by
/// `Chart.combine` and `Chart.grid`, written by `Chart.saveHtml`, `Chart.savePng`, `Chart.saveSvg`.
///
/// Texts may hold b, i, sub and sup tags; anything else in them is shown as it is. Series of one name share a colour
/// and an entry in the legend. Arrays of different lengths raise a `FailureException`.
[<Sealed; StructuredFormatDisplay("{Summary}")>]
type Chart private (figure: Figure) =

    static let sameLength (where: string) (lengths: (string * int) list) =
        let first = List.head lengths

        match lengths |> List.tryFind (fun (_, length) -> length <> snd first) with
        | Some(name, length) ->
            raise
            <| FailureException(
                BadData $"{where}: {fst first} has {snd first} values and {name} has {length}: they must have as many."
            )
        | None -> ()

    static let errorLengths bars =
        match bars with
        | None -> []
        | Some bars ->
            let below, above = ErrorBars.lengths bars
            [ "the error bars below", below.Length; "the error bars above", above.Length ]

    static let ofTraces traces = Chart(Figure.ofTraces traces)

    static let update change (chart: Chart) = Chart(change chart.Figure)

    static let updatePanels change (chart: Chart) =
        Chart(Figure.mapPanels change chart.Figure)

    static let bars where orientation (keys: string seq) (values: float seq) name color errors =
        let keys, values = Array.ofSeq keys, Array.ofSeq values
        sameLength where (("keys", keys.Length) :: ("values", values.Length) :: errorLengths errors)

        ofTraces
            [
                {
                    Name = name
                    Color = color
                    Mark = Bars(orientation, keys, values, errors)
                }
            ]

    static let guide direction at label color dash chart =
        let line =
            {
                Direction = direction
                At = at
                Label = label
                Color = color
                Dash = dash
            }

        chart
        |> updatePanels (fun panel ->
            { panel with
                Guides = panel.Guides @ [ line ]
            })

    static let picture format path (chart: Chart) =
        Chromium.draw format (Chart.toJson chart)
        |> Result.mapError (fun failure -> BadFile(path, $"No picture was written. {failure.Message}"))
        |> Result.bind (AtomicFile.writeBytes path)

    member internal _.Figure = figure

    /// What the chart shows, in a line.
    member _.Summary =
        let width, height = Figure.size figure
        let names = Figure.names figure

        let list =
            if names.IsEmpty then
                ""
            else
                $""" ({String.Join(", ", names)})"""

        let counted count (what: string) =
            if count = 1 then $"1 {what}" else $"{count} {what}s"

        let traces = counted (Figure.traces figure).Length "trace"

        let panels =
            if figure.Panels.Length = 1 then
                ""
            else
                $" in {figure.Panels.Length} panels"

        let title =
            figure.Title
            |> Option.map (fun t -> $" \"{Label.plain t}\"")
            |> Option.defaultValue ""

        $"Chart{title}: {traces}{list}{panels}, {width} x {height} px"

    override this.ToString() = this.Summary

    // What a chart can draw ------------------------------------------------------------------------------------------

    /// A line through (x, y) in the order given; NaN breaks it.
    static member Line
        (
            x: float seq,
            y: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?LineDash: LineDash,
            [<Optional; DefaultParameterValue(null)>] ?Width: float,
            [<Optional; DefaultParameterValue(null)>] ?ShowMarkers: bool,
            [<Optional; DefaultParameterValue(null)>] ?Symbol: MarkerSymbol
        ) =
        let x, y = Array.ofSeq x, Array.ofSeq y
        sameLength "Chart.Line" [ "x", x.Length; "y", y.Length ]

        let marker =
            if defaultArg ShowMarkers Symbol.IsSome then
                Some { Symbol = Symbol; Size = None }
            else
                None

        ofTraces
            [
                {
                    Name = Name
                    Color = Color
                    Mark =
                        Curve
                            {
                                X = x
                                Y = y
                                Line = Some { Dash = LineDash; Width = Width }
                                Marker = marker
                                Errors = None
                            }
                }
            ]

    /// Points at (x, y), with error bars in y where they are given.
    static member Point
        (
            x: float seq,
            y: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?Symbol: MarkerSymbol,
            [<Optional; DefaultParameterValue(null)>] ?Size: float,
            [<Optional; DefaultParameterValue(null)>] ?YError: ErrorBars
        ) =
        let x, y = Array.ofSeq x, Array.ofSeq y
        sameLength "Chart.Point" (("x", x.Length) :: ("y", y.Length) :: errorLengths YError)

        ofTraces
            [
                {
                    Name = Name
                    Color = Color
                    Mark =
                        Curve
                            {
                                X = x
                                Y = y
                                Line = None
                                Marker = Some { Symbol = Symbol; Size = Size }
                                Errors = YError
                            }
                }
            ]

    /// The region between two curves, shaded; it breaks where either is not finite.
    static member Band
        (
            x: float seq,
            lower: float seq,
            upper: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color
        ) =
        let x, lower, upper = Array.ofSeq x, Array.ofSeq lower, Array.ofSeq upper
        sameLength "Chart.Band" [ "x", x.Length; "lower", lower.Length; "upper", upper.Length ]

        ofTraces
            [
                {
                    Name = Name
                    Color = Color
                    Mark = Band(x, lower, upper)
                }
            ]

    /// A line with a shaded region around it, such as a mean with its credible interval; one entry in the legend.
    static member Range
        (
            x: float seq,
            y: float seq,
            lower: float seq,
            upper: float seq,
            name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?LineDash: LineDash,
            [<Optional; DefaultParameterValue(null)>] ?Width: float
        ) =
        Chart.combine
            [
                Chart.Band(x, lower, upper, name, ?Color = Color)
                Chart.Line(x, y, name, ?Color = Color, ?LineDash = LineDash, ?Width = Width)
            ]

    /// Upright bars, one a key.
    static member Column
        (
            keys: string seq,
            values: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?Error: ErrorBars
        ) =
        bars "Chart.Column" Vertical keys values Name Color Error

    /// Lying bars, one a key, from the bottom up.
    static member Bar
        (
            keys: string seq,
            values: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?Error: ErrorBars
        ) =
        bars "Chart.Bar" Horizontal keys values Name Color Error

    /// Cells coloured by z: row i of z is at Y[i] (default i, from the bottom up), column j at X[j] (default j).
    /// NaN leaves a cell empty. `Limits` are the values at the two ends of the colours.
    static member Heatmap
        (
            z: float[,],
            [<Optional; DefaultParameterValue(null)>] ?X: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Y: float seq,
            [<Optional; DefaultParameterValue(null)>] ?ColorTitle: string,
            [<Optional; DefaultParameterValue(null)>] ?ColorScale: ColorScale,
            [<Optional; DefaultParameterValue(null)>] ?Limits: struct (float * float)
        ) =
        let rows, columns = Array2D.length1 z, Array2D.length2 z
        let x, y = Option.map Array.ofSeq X, Option.map Array.ofSeq Y

        let fits (name: string) what length (values: float[] option) =
            match values with
            | Some values -> sameLength "Chart.Heatmap" [ $"the set of {what} of z", length; name, values.Length ]
            | None -> ()

        fits "X" "columns" columns x
        fits "Y" "rows" rows y

        ofTraces
            [
                {
                    Name = None
                    Color = None
                    Mark =
                        HeatMap
                            {
                                Z = Array.init rows (fun i -> Array.init columns (fun j -> z[i, j]))
                                X = x
                                Y = y
                                Scale = ColorScale
                                Legend = ColorTitle
                                Limits = Limits |> Option.map (fun struct (low, high) -> low, high)
                            }
                }
            ]

    /// How values are distributed, in at most `Bins` bins of equal and round width.
    static member Histogram
        (
            values: float seq,
            [<Optional; DefaultParameterValue(null)>] ?Name: string,
            [<Optional; DefaultParameterValue(null)>] ?Color: Color,
            [<Optional; DefaultParameterValue(null)>] ?Bins: int,
            [<Optional; DefaultParameterValue(null)>] ?Height: HistogramHeight
        ) =
        match Bins with
        | Some bins when bins < 1 ->
            raise
            <| FailureException(BadData $"Chart.Histogram: {bins} bins were asked for: there must be at least 1.")
        | _ -> ()

        ofTraces
            [
                {
                    Name = Name
                    Color = Color
                    Mark = Histogram(Array.ofSeq values, Bins, defaultArg Height HistogramHeight.Count)
                }
            ]

    // Joining --------------------------------------------------------------------------------------------------------

    /// All series in one pair of axes (panel by panel for grids of one shape); title, axes, legend, size and theme are
    /// the first chart's. Raises a `FailureException` for no charts or for grids of different shapes.
    static member combine(charts: Chart seq) =
        match charts |> Seq.map _.Figure |> List.ofSeq with
        | [] ->
            raise
            <| FailureException(BadData "Chart.combine: there is no chart to combine: give at least one.")
        | first :: rest ->
            let add (figure: Figure) (other: Figure) =
                if other.Panels.Length <> figure.Panels.Length || other.Columns <> figure.Columns then
                    raise
                    <| FailureException(
                        BadData
                            $"Chart.combine: a chart of {figure.Panels.Length} panels cannot be combined with one of {other.Panels.Length}: their grids must have the same shape."
                    )

                let join (panel: Panel) (added: Panel) =
                    { panel with
                        Traces = panel.Traces @ added.Traces
                        Guides = panel.Guides @ added.Guides
                        Annotations = panel.Annotations @ added.Annotations
                    }

                { figure with
                    Panels = List.map2 join figure.Panels other.Panels
                }

            Chart(List.fold add first rest)

    /// Charts side by side in rows of `columns`, from the top left; their titles become headings, and a name has the same
    /// colour in all of them. Raises a `FailureException` for no charts, no columns, or a chart that is itself a grid.
    static member grid (columns: int) (charts: Chart seq) =
        let figures = charts |> Seq.map _.Figure |> List.ofSeq

        if figures.IsEmpty || columns < 1 then
            raise
            <| FailureException(
                BadData
                    $"Chart.grid: {figures.Length} charts in {columns} columns make no grid: give at least one of both."
            )

        let panel (figure: Figure) =
            match figure.Panels with
            | [ panel ] ->
                { panel with
                    Heading = panel.Heading |> Option.orElse figure.Title
                }
            | panels ->
                raise
                <| FailureException(
                    BadData
                        $"Chart.grid: one of the charts is a grid of {panels.Length} panels: each must be a single pair of axes."
                )

        Chart(
            { Figure.ofTraces [] with
                Panels = List.map panel figures
                Columns = min columns figures.Length
                Legend = figures.Head.Legend
                Theme = figures |> List.tryPick _.Theme
            }
        )

    // Changing -------------------------------------------------------------------------------------------------------

    /// The chart with a title, left aligned above the axes.
    static member withTitle (title: string) chart =
        chart |> update (fun figure -> { figure with Title = Some title })

    /// The chart with a smaller, quieter line under its title.
    static member withSubtitle (subtitle: string) chart =
        chart |> update (fun figure -> { figure with Subtitle = Some subtitle })

    /// The chart with an x axis of this style, in every panel.
    static member withXAxis (style: AxisStyle) chart =
        chart |> updatePanels (fun panel -> { panel with X = style })

    /// The chart with a y axis of this style, in every panel.
    static member withYAxis (style: AxisStyle) chart =
        chart |> updatePanels (fun panel -> { panel with Y = style })

    /// The chart with its legend at this place.
    static member withLegend (position: LegendPosition) chart =
        chart |> update (fun figure -> { figure with Legend = Some position })

    /// The chart at a size in px, at least 100 x 100.
    static member withSize (width: int) (height: int) chart =
        if width < 100 || height < 100 then
            raise
            <| FailureException(
                BadData $"Chart.withSize: {width} x {height} px leaves no room for axes: give at least 100 x 100."
            )

        chart
        |> update (fun figure ->
            { figure with
                Size = Some(width, height)
            })

    /// The chart with another theme.
    static member withTheme (theme: Theme) chart =
        chart |> update (fun figure -> { figure with Theme = Some theme })

    /// The chart with a note, in every panel.
    static member withAnnotation (note: Annotation) chart =
        chart
        |> updatePanels (fun panel ->
            { panel with
                Annotations = panel.Annotations @ [ note ]
            })

    /// The chart with a dashed line across it at height y, labelled at its right end outside the axes.
    static member withHorizontalLine (label: string) (y: float) chart =
        guide Horizontal y label None LineDash.Dash chart

    /// The chart with a dashed line from bottom to top at x, labelled at its upper end.
    static member withVerticalLine (label: string) (x: float) chart =
        guide Vertical x label None LineDash.Dash chart

    // Writing --------------------------------------------------------------------------------------------------------

    /// The data, layout and configuration that plotly.js needs, as one JSON object.
    static member toJson(chart: Chart) =
        chart.Figure |> FigureJson.ofFigure |> Json.toText

    /// An HTML page of the chart that gets plotly.js from `source`; the same chart gives the same text.
    static member toHtmlWith (source: PlotlyJs) (chart: Chart) =
        let title =
            chart.Figure.Title |> Option.map Label.plain |> Option.defaultValue "Figure"

        try
            Ok(Page.create source title (Chart.toJson chart))
        with
        | :? IOException
        | :? UnauthorizedAccessException as error -> Error(Unsupported $"plotly.js could not be read: {error.Message}")

    /// An HTML page of the chart: complete in itself where plotly.js is on this machine (see `PlotlyJs.locate`), else it
    /// loads plotly.js from the network.
    static member toHtml(chart: Chart) =
        PlotlyJs.locate () |> Result.bind (fun source -> Chart.toHtmlWith source chart)

    /// Writes the page of `toHtml`, whole or not at all.
    static member saveHtml (path: string) (chart: Chart) =
        Chart.toHtml chart |> Result.bind (AtomicFile.writeText path)

    /// Fails where this machine lacks what pictures need, Chromium or plotly.js: to be asked before a long computation.
    static member checkPictures() =
        Chromium.requirements () |> Result.map ignore

    /// Writes a PNG at two pixels a px, drawn by headless Chromium with plotly.js from this machine.
    static member savePng (path: string) (chart: Chart) = picture PictureFormat.Png path chart

    /// Writes an SVG, drawn by headless Chromium with plotly.js from this machine.
    static member saveSvg (path: string) (chart: Chart) = picture PictureFormat.Svg path chart

    /// Opens the chart in the browser; where that fails, the failure says which file to open by hand.
    static member show(chart: Chart) =
        let open' (path: string) =
            let byHand reason =
                Error(BadFile(path, $"No browser could be opened ({reason}): open this file by hand."))

            let screen =
                not (OperatingSystem.IsLinux())
                || [ "DISPLAY"; "WAYLAND_DISPLAY" ]
                   |> List.exists (Environment.GetEnvironmentVariable >> String.IsNullOrEmpty >> not)

            if not screen then
                byHand "there is no display"
            else
                try
                    use _ = Process.Start(ProcessStartInfo(path, UseShellExecute = true))
                    Ok()
                with error ->
                    byHand error.Message

        Chart.toHtml chart
        |> Result.bind (fun page ->
            let bytes = Encoding.UTF8.GetBytes page
            // Named by its content: showing a chart again does not litter.
            let name = Convert.ToHexStringLower(SHA256.HashData bytes)[..15]
            let path = Path.Combine(Path.GetTempPath(), "finitewidth", $"{name}.html")
            AtomicFile.writeBytes path bytes |> Result.bind (fun () -> open' path))

    /// The chart with a line at height y of a colour and dash of its own.
    static member internal withGuide label y color dash (chart: Chart) =
        guide Horizontal y label (Some color) dash chart
