namespace FiniteWidth.Figures

open System
open Plotly.NET

/// A theory's test losses at the places of a series, and their differences from the measured ones in standard errors.
type TheoryLine =
    {
        /// The theory.
        Name: string
        /// Its losses.
        Loss: float[]
        /// Its z-scores against the experiment.
        ZScore: float[]
    }

/// Measured test losses along one axis, and what theories predict there.
type ComparisonSeries =
    {
        /// What the series differs by from the others; empty where there is one.
        Label: string
        /// Where they were measured.
        X: float[]
        /// Measured losses.
        Loss: float[]
        /// Their standard errors.
        StandardError: float[]
        /// False where the chains have not converged.
        Converged: bool[]
        /// The theory's own error bar, NaN where it is not known.
        ErrorBar: float[]
        /// The loss to first order in 1/N with the hidden units as they are, NaN where it is not known.
        FirstOrder: float[]
        /// The loss at infinite width, NaN where it is not known.
        InfiniteWidth: float[]
        /// Theories beside them.
        Theories: TheoryLine list
        /// More to say of each place on hovering, such as P/N, bias and variance: a name and a value a place.
        Details: (string * float[]) list
    }

/// Theory against experiment: what `ComparisonFigure.chart` draws.
type ComparisonFigure =
    {
        /// What is compared, a curve each.
        Series: ComparisonSeries list
        /// The title of the figure.
        Title: string
        /// The smaller line below the title.
        Subtitle: string
        /// The title of the x axis.
        XLabel: string
    }

/// Theories beside an experiment.
[<RequireQualifiedAccess>]
module ComparisonFigure =

    let private colors =
        [
            Palette.blue
            Palette.vermilion
            Palette.green
            Palette.purple
            Palette.orange
            Palette.skyBlue
        ]

    let private dashes =
        [
            StyleParam.DrawingStyle.Solid
            StyleParam.DrawingStyle.Dash
            StyleParam.DrawingStyle.Dot
            StyleParam.DrawingStyle.DashDot
        ]

    let private cyclic items i = List.item (i % List.length items) items

    let private named (series: ComparisonSeries) what =
        if series.Label = "" then
            what
        else
            $"{what}, {series.Label}"

    let private isKnown values = Array.exists Double.IsFinite values

    let private check (series: ComparisonSeries) =
        Draw.sameLength
            "A comparison"
            ([
                "x", series.X.Length
                "the loss", series.Loss.Length
                "the standard error", series.StandardError.Length
                "the convergence", series.Converged.Length
                "the error bar", series.ErrorBar.Length
                "the first order", series.FirstOrder.Length
                "infinite width", series.InfiniteWidth.Length
             ]
             @ [
                 for theory in series.Theories do
                     $"the loss of {theory.Name}", theory.Loss.Length
                     $"the z-score of {theory.Name}", theory.ZScore.Length
             ]
             @ [ for name, values in series.Details -> name, values.Length ])

    let private notes measure (series: ComparisonSeries) (xLabel: string) =
        let x = xLabel[xLabel.LastIndexOf ' ' + 1 ..]

        [ x, series.X ]
        @ series.Details
        @ [ $"measured {measure}", series.Loss; "standard error", series.StandardError ]
        @ [
            for theory in series.Theories do
                theory.Name, theory.Loss
                $"z of {theory.Name}", theory.ZScore
        ]
        @ [
            "error bar", series.ErrorBar
            "first order in 1/N", series.FirstOrder
            "infinite width", series.InfiniteWidth
        ]
        |> Notes.create series.X.Length

    let private line notes x y name color dash width =
        Chart.Scatter(
            x = x,
            y = y,
            mode = StyleParam.Mode.Lines,
            Name = name,
            LineColor = color,
            LineDash = dash,
            LineWidth = width
        )
        |> Draw.withNotes notes

    // Full where a run has converged, open where it has not.
    let private markers notes (series: ComparisonSeries) values errors name color symbol opened =
        [ true, symbol, name; false, opened, $"{name}, not converged" ]
        |> List.choose (fun (wanted, symbol, name) ->
            let chosen =
                [
                    for i in 0 .. series.X.Length - 1 do
                        if series.Converged[i] = wanted then
                            i
                ]

            let pick values =
                [ for i in chosen -> Array.item i values ]

            if chosen.IsEmpty then
                None
            else
                Chart.Scatter(
                    x = pick series.X,
                    y = pick values,
                    mode = StyleParam.Mode.Markers,
                    Name = named series name,
                    MarkerColor = color,
                    MarkerSymbol = symbol
                )
                |> Draw.withNotes (pick notes)
                |> (match errors with
                    | Some errors -> Draw.withErrors (pick errors)
                    | None -> id)
                |> Some)

    /// One series: a colour a theory, the experiment black. Several: a colour a series, a dash a theory.
    let private look figure i k =
        match figure.Series with
        | [ _ ] -> cyclic colors k, cyclic dashes k
        | _ -> cyclic colors i, cyclic dashes k

    let private measuredColor figure i =
        match figure.Series with
        | [ _ ] -> Palette.black
        | _ -> cyclic colors i

    // What the axis must show: the experiment and the theories.
    let private bounds figure =
        [
            for series in figure.Series do
                yield! Array.map2 (+) series.Loss series.StandardError
                yield! Array.map2 (-) series.Loss series.StandardError

                for theory in series.Theories do
                    yield! theory.Loss
        ]
        |> Extent.bounds false
        |> Option.defaultValue (0.0, 1.0)

    // Comparisons stay in the figure where they lie within its height again; beyond, the data would be a flat line.
    let private range figure =
        let low, high = bounds figure
        let height = max (high - low) (0.05 * abs high)

        let others =
            [
                for series in figure.Series do
                    yield! series.InfiniteWidth
                    yield! series.FirstOrder
            ]
            |> List.filter (fun value -> value > low - height && value < high + height)

        let low, high = List.fold min low others, List.fold max high others
        let room = 0.06 * max (high - low) (0.05 * abs high)
        (if low >= 0.0 then max 0.0 (low - room) else low - room), high + room

    let private losses figure (low, high) notes i (series: ComparisonSeries) =
        let clamp (value: float) = Math.Clamp(value, low, high)

        [
            for k, theory in List.indexed series.Theories do
                if k = 0 && isKnown series.ErrorBar then
                    Draw.band
                        (named series $"{theory.Name} ± error bar")
                        (fst (look figure i k))
                        series.X
                        (Array.map2 (fun loss bar -> clamp (loss - abs bar)) theory.Loss series.ErrorBar)
                        (Array.map2 (fun loss bar -> clamp (loss + abs bar)) theory.Loss series.ErrorBar)

            if isKnown series.InfiniteWidth then
                line
                    notes
                    series.X
                    series.InfiniteWidth
                    (named series "infinite width")
                    (if figure.Series.Length = 1 then
                         Palette.gray
                     else
                         measuredColor figure i)
                    StyleParam.DrawingStyle.LongDash
                    1.4

            for k, theory in List.indexed series.Theories do
                let color, dash = look figure i k
                // Later ones are thinner: where curves coincide, both are seen.
                line notes series.X theory.Loss (named series theory.Name) color dash (max 1.6 (3.0 - 0.7 * float k))

            if isKnown series.FirstOrder then
                line
                    notes
                    series.X
                    series.FirstOrder
                    (named series "first order in 1/N")
                    (measuredColor figure i)
                    StyleParam.DrawingStyle.DashDot
                    1.6

            yield!
                markers
                    notes
                    series
                    series.Loss
                    (Some series.StandardError)
                    "experiment"
                    (measuredColor figure i)
                    StyleParam.MarkerSymbol.Circle
                    (StyleParam.MarkerSymbol.Modified(StyleParam.MarkerSymbol.Circle, StyleParam.SymbolStyle.Open))
        ]

    let private residuals figure notes i (series: ComparisonSeries) =
        [
            for k, theory in List.indexed series.Theories do
                let color, dash = look figure i k
                line notes series.X theory.ZScore (named series theory.Name) color dash (max 1.6 (3.0 - 0.7 * float k))

                yield!
                    markers
                        notes
                        series
                        theory.ZScore
                        None
                        theory.Name
                        color
                        StyleParam.MarkerSymbol.Circle
                        (StyleParam.MarkerSymbol.Modified(StyleParam.MarkerSymbol.Circle, StyleParam.SymbolStyle.Open))
                    |> List.map (Chart.withTraceInfo (ShowLegend = false))
        ]

    let private draw measure figure traces =
        figure.Series
        |> List.mapi (fun i series -> traces (notes measure series figure.XLabel) i series)
        |> List.concat
        |> function
            | [] ->
                // Nothing is known: the axes remain.
                let places = figure.Series |> List.collect (fun series -> List.ofArray series.X)
                [ Chart.Line(x = places, y = ([]: float list), ShowLegend = false) ]
            | traces -> traces
        |> Chart.combine
        |> Axes.logX figure.XLabel

    let private panels measure yLabel (figure: ComparisonFigure) =
        if figure.Series.IsEmpty then
            raise (FiniteWidth.FailureException(FiniteWidth.BadData "A comparison without series makes no figure."))

        List.iter check figure.Series
        let low, high = range figure

        let upper =
            draw measure figure (losses figure (low, high)) |> Axes.betweenY yLabel low high

        let lower =
            draw measure figure (residuals figure)
            |> Axes.linearY "z = (theory − experiment)/error"
            |> Draw.horizontal "±3" 3.0
            |> Draw.horizontal "" -3.0

        Panels.gridOf (560, 300) 1 [ upper; lower ]
        |> Frame.titled figure.Title figure.Subtitle

    /// Above, theories as lines with the band of their error bar, experiments as points with standard errors, infinite width and the
    /// first order in 1/N as lines; below, theory less experiment in standard errors, with lines at 3 on either side. A run that has not converged is an open
    /// circle in both. Each point tells its numbers on hovering. A fresh chart: compose it with Plotly.NET's own functions. Raises a `FailureException` where arrays differ
    /// in length or there are no series.
    let chart figure = panels "loss" "test error" figure

    /// The same of another measure than the loss, which `Loss` of series and theories then holds: its name is the label of the upper y axis.
    let chartOf measure figure = panels measure measure figure
