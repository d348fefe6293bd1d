namespace FiniteWidth.Cli

open FiniteWidth.Experiment
open FiniteWidth.Figures

/// The figure of an experiment on classes: negative log likelihoods against what varies.
[<RequireQualifiedAccess>]
module ClassExperimentFigure =

    let private measure = "negative log likelihood"

    let private axes =
        [
            "width N", (fun (p: ClassComparedPoint) -> float (List.last (Architecture.widths p.Point.Architecture)))
            "training examples P", (fun p -> float p.Point.Examples)
            "readout prior λ", (fun p -> List.last (Architecture.priors p.Point.Architecture))
            "inverse temperature β", _.Point.Beta
        ]

    let private series label x (points: ClassComparedPoint list) =
        let points = points |> List.sortBy x

        let column (value: ClassComparedPoint -> 'a) =
            points |> List.map value |> Array.ofList

        let unknown = column (fun _ -> nan)

        {
            Label = label
            X = column x
            Loss = column _.Measurement.NegativeLogLikelihood.Value
            StandardError = column _.Measurement.NegativeLogLikelihood.Error
            Converged = column (fun p -> p.Measurement.Verdict = Verdict.Converged)
            ErrorBar = unknown
            FirstOrder = unknown
            InfiniteWidth = column _.InfiniteWidth.Score.NegativeLogLikelihood
            Theories =
                points.Head.Theories
                |> List.mapi (fun k theory ->
                    {
                        Name = theory.Name
                        Loss = column (fun p -> p.Theories[k].Score.NegativeLogLikelihood)
                        ZScore = column (fun p -> p.Theories[k].NegativeLogLikelihoodZ)
                    })
            Details =
                [
                    "measured accuracy", column _.Measurement.Accuracy.Value
                    "measured Brier score", column _.Measurement.Brier.Value
                    for k, theory in List.indexed points.Head.Theories do
                        $"accuracy of {theory.Name}", column (fun p -> p.Theories[k].Score.Accuracy)
                        $"Brier score of {theory.Name}", column (fun p -> p.Theories[k].Score.Brier)

                        $"difference of probabilities of {theory.Name}",
                        column (fun p -> p.Theories[k].Distance.RmsDifference)
                ]
        }

    /// The negative log likelihoods against the first of width, examples, prior and beta that varies; a series for each value of the others. There must be a
    /// point.
    let chart title (comparison: ClassComparison) =
        let points = comparison.Points
        let xName, series = ExperimentFigure.arranged axes series points

        let notConverged =
            points
            |> List.filter (fun p -> p.Measurement.Verdict <> Verdict.Converged)
            |> List.length

        ComparisonFigure.chartOf
            measure
            {
                Series = series
                Title = title
                Subtitle =
                    ExperimentFigure.subtitle
                        "bars: one standard error of the experiment"
                        notConverged
                        points.Length
                        comparison.Missing.Length
                XLabel = xName
            }
