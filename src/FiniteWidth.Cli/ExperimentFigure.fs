namespace FiniteWidth.Cli

open FiniteWidth.Experiment
open FiniteWidth.Figures

/// The figure of an experiment: test losses against what varies.
[<RequireQualifiedAccess>]
module ExperimentFigure =

    let private width (point: ComparedPoint) =
        float (List.last (Architecture.widths point.Point.Architecture))

    let private prior (point: ComparedPoint) =
        List.last (Architecture.priors point.Point.Architecture)

    // A scaling has numbers of its own, which do not change with the width.
    let private axes isScaled =
        [
            "width N", width
            "training examples P", (fun (p: ComparedPoint) -> float p.Point.Examples)
            if isScaled then
                "scale γ", (fun p -> ScaledNumbers.gamma (width p) (prior p))
                "inverse temperature β", (fun p -> ScaledNumbers.beta (prior p) p.Point.Temperature)
            else
                "readout prior λ", prior
                "temperature T", _.Point.Temperature
        ]

    let private letter (name: string) = name[name.LastIndexOf ' ' + 1 ..]

    let private varies points (_, value: 'point -> float) =
        points |> List.distinctBy value |> List.length > 1

    /// The name of the first axis whose values vary, and a series against it for each value of the others that do.
    let internal arranged (axes: (string * ('point -> float)) list) series (points: 'point list) =
        let xName, x = axes |> List.tryFind (varies points) |> Option.defaultValue axes.Head

        let others =
            axes
            |> List.filter (fun (name, _) -> name <> xName)
            |> List.filter (varies points)

        let label point =
            others
            |> List.map (fun (name, value) -> $"{letter name} = {Decimals.short (value point)}")
            |> String.concat ", "

        xName,
        points
        |> List.groupBy label
        |> List.map (fun (label, points) -> series label x points)

    let private series label x (points: ComparedPoint list) =
        let points = points |> List.sortBy x

        let column value =
            points |> List.map value |> Array.ofList

        {
            Label = label
            X = column x
            Loss = column _.Measurement.Loss.Value
            StandardError = column _.Measurement.Loss.Error
            Converged = column (fun p -> p.Measurement.Verdict = Verdict.Converged)
            ErrorBar = column (fun p -> p.ErrorBar |> Result.defaultValue nan)
            FirstOrder = column (fun p -> p.FirstOrder |> Option.defaultValue nan)
            InfiniteWidth = column (fun p -> p.InfiniteWidth |> Option.map _.Loss |> Option.defaultValue nan)
            Theories =
                points.Head.Theories
                |> List.mapi (fun k theory ->
                    {
                        Name = theory.Name
                        Loss = column (fun p -> p.Theories[k].Score.Loss)
                        ZScore = column (fun p -> p.Theories[k].LossZ)
                    })
            Details =
                [
                    "P/N", column (fun p -> float p.Point.Examples / width p)
                    "measured bias", column _.Measurement.Bias.Value
                    "measured variance", column _.Measurement.Variance.Value
                    for k, theory in List.indexed points.Head.Theories do
                        for i, (symbol, _) in List.indexed theory.OrderParameters do
                            let depth = points.Head.Point.Architecture |> Architecture.widths |> List.length

                            $"{Notation.orderParameter depth symbol} of {theory.Name}",
                            column (fun p -> snd p.Theories[k].OrderParameters[i])

                        $"log evidence of {theory.Name}", column (fun p -> p.Theories[k].LogEvidence)
                        $"bias of {theory.Name}", column (fun p -> p.Theories[k].Score.Bias)
                        $"variance of {theory.Name}", column (fun p -> p.Theories[k].Score.Variance)
                ]
        }

    /// What bars are, and what is missing.
    let internal subtitle bars notConverged count missing =
        [
            if notConverged > 0 then
                $"{notConverged} of {count} points not converged"
            if missing > 0 then
                $"{missing} points not reached or without enough draws"
        ]
        |> fun more -> bars :: more
        |> String.concat "; "

    /// The losses against the first of width, examples, prior and temperature (in a scaling gamma and beta) that varies; a series for each value of
    /// the others. There must be a point.
    let chart isScaled title (comparison: Comparison) =
        let points = comparison.Points
        let xName, series = arranged (axes isScaled) series points

        let notConverged =
            points
            |> List.filter (fun p -> p.Measurement.Verdict <> Verdict.Converged)
            |> List.length

        ComparisonFigure.chart
            {
                Series = series
                Title = title
                Subtitle =
                    subtitle
                        "bars: one standard error of the experiment; bands: what the saddle point leaves out"
                        notConverged
                        points.Length
                        comparison.Missing.Length
                XLabel = xName
            }
