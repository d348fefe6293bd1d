namespace FiniteWidth.Cli

open System
open FiniteWidth.Figures
open Plotly.NET

/// A result as a figure: test errors against what varies.
[<RequireQualifiedAccess>]
module ResultFigure =

    // From what is varied most often to what is varied least.
    let private axes (result: ResultFile) =
        let isScaled = result.Job |> List.exists (fun (key, _) -> key.StartsWith "scaling")

        let widths =
            result.Points.Head.Parameters
            |> List.map fst
            |> List.filter (fun name -> name.StartsWith('N'))

        [
            for name in List.rev widths do
                name, $"width {name}"
            "P", "training examples P"
            for l in 9..-1..0 do
                $"lambda_{l}", $"prior λ_{l}"
            "gamma", (if isScaled then "scale γ" else "coupling γ")
            "t", "training time t"
            "T", "temperature T"
            "beta", "β"
        ]

    let private parameter name (point: ReadPoint) =
        point.Parameters
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Option.defaultValue nan

    let private column value (points: ReadPoint list) =
        points |> List.map value |> Array.ofList

    let private error name (point: ReadPoint) =
        point.Numbers
        |> List.tryFind (fst >> (=) name)
        |> Option.map (fun (_, value) -> value.Error)
        |> Option.defaultValue nan

    let private comparison (result: ResultFile) xName xLabel groups =
        let measure = ResultFile.measure (List.collect snd groups)

        let series (label, points: ReadPoint list) : ComparisonSeries =
            let losses = points |> column (ResultFile.value measure)
            let errors = points |> column (error measure)

            {
                Label = label
                X = points |> column (parameter xName)
                Loss = losses
                StandardError = errors
                Converged =
                    points
                    |> column (fun point -> not (List.contains ("converged", "no") point.Words))
                ErrorBar = points |> column (ResultFile.value "error bar")
                FirstOrder = Array.create points.Length nan
                InfiniteWidth = Array.create points.Length nan
                Theories =
                    [
                        for name, _ in points.Head.Theories do
                            let theory =
                                points
                                |> column (fun point -> point.Theories |> List.find (fst >> (=) name) |> snd)

                            {
                                Name = name
                                Loss = theory
                                ZScore =
                                    Array.map3 (fun theory loss error -> (theory - loss) / error) theory losses errors
                            }
                    ]
                Details = []
            }

        let chart =
            if measure = "loss" then
                ComparisonFigure.chart
            else
                ComparisonFigure.chartOf measure

        chart
            {
                Series = List.map series groups
                Title = ResultTable.title result
                Subtitle = "bars: one standard error of the experiment"
                XLabel = xLabel
            }

    let private curve (result: ResultFile) xName xLabel (points: ReadPoint list) =
        let value name =
            points |> column (ResultFile.value name)

        let assumption = value "assumption error"

        LearningCurveFigure.chart
            {
                Widths = points |> column (parameter xName)
                Loss = value "loss"
                Bias = value "bias"
                Variance = value "variance"
                Examples = None
                Details = [ "log evidence", value "log evidence" ]
                ErrorBar = value "error bar" |> Array.map abs
                FirstOrder = [||]
                InfiniteWidth = None
                Experiment = None
                AssumptionError =
                    if Array.exists Double.IsFinite assumption then
                        Some
                            {
                                Value = assumption
                                StandardError = points |> column (error "assumption error")
                            }
                    else
                        None
                Title = ResultTable.title result
                Subtitle = ""
                XLabel = xLabel
            }

    let private lines (result: ResultFile) xName xLabel groups =
        let isPositive = List.forall (fun value -> value > 0.0 && Double.IsFinite value)
        let points = groups |> List.collect snd

        let measure = ResultFile.measure points
        let yLabel = if measure = "loss" then "test error" else measure

        [
            for label: string, points in groups do
                // The end of training has no place on an axis.
                let points = points |> List.filter (parameter xName >> Double.IsFinite)
                let errors = points |> column (error measure)

                let line =
                    Chart.Scatter(
                        x = column (parameter xName) points,
                        y = column (ResultFile.value measure) points,
                        mode = StyleParam.Mode.Lines_Markers,
                        Name = (if label = "" then measure else label)
                    )

                if Array.forall Double.IsFinite errors then
                    Draw.withErrors errors line
                else
                    line
        ]
        |> Chart.combine
        |> (if isPositive (List.map (parameter xName) points) then
                Axes.logX xLabel
            else
                Axes.linearX xLabel)
        |> (if isPositive (List.map (ResultFile.value measure) points) then
                Axes.logY yLabel
            else
                Axes.fromZeroY yLabel)
        |> Frame.titled (ResultTable.title result) ""

    /// The test errors against the first of width, examples, prior, coupling, time and temperature that varies; a curve for each value of the others.
    let chart (result: ResultFile) =
        let varied = ResultFile.varied result
        let axes = axes result

        let xName, xLabel =
            axes
            |> List.tryFind (fun (name, _) -> List.contains name varied)
            |> Option.defaultValue axes.Head

        let others =
            varied |> List.filter (fun name -> name <> xName && not (name.StartsWith 'N'))

        let label point =
            others
            |> List.map (fun name -> $"{name} = {ResultTable.parameter (parameter name point)}")
            |> String.concat ", "

        let groups =
            result.Points
            |> List.groupBy label
            |> List.map (fun (label, points) -> label, List.sortBy (parameter xName) points)

        match groups with
        | _ when not result.Points.Head.Theories.IsEmpty -> comparison result xName xLabel groups
        | [ _, points ] when
            xName.StartsWith 'N'
            && points |> List.forall (ResultFile.value "bias" >> Double.IsFinite)
            ->
            curve result xName xLabel points
        | groups -> lines result xName xLabel groups
