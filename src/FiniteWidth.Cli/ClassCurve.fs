namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

/// A classification at several widths, and at infinite width.
type ClassCurve =
    {
        Options: CurveOptions
        Split: Split
        Classes: int
        Points: MatrixPointResult list
        Infinite: MatrixPointResult
    }

/// Classes against the width: a table, a figure, sentences.
[<RequireQualifiedAccess>]
module ClassCurve =

    let private width (point: MatrixPointResult) = (JobNetwork.widths point.Network).Head

    // The test set of a curve has labels.
    let private scoreOf (point: MatrixPointResult) =
        match point.Score with
        | PointScore.Classes(_, Some score) -> score
        | _ -> invalidOp "A curve over classes has points with labels."

    /// Solves a theory at every width of the options and at infinite width.
    let solve (options: CurveOptions) theory (split: Split) =
        result {
            let study = Study split.Train
            let beta = (Job.beta (CurveOptions.job options)).Value
            let! labels = ClassLabels.ofTraining split.Train.Targets

            let solve theory =
                ClassTheories.denseSolver study split.Test true theory

            let! infinite = solve Theory.infiniteWidth (options.Network, beta)

            let! points =
                Terminal.withProgress "solving" options.Widths.Length (fun step ->
                    options.Widths
                    |> Result.traverse (fun n ->
                        let point = solve theory (Network.withWidth n options.Network, beta)
                        step ()
                        point))

            return
                {
                    Options = options
                    Split = split
                    Classes = labels.Classes
                    Points = points
                    Infinite = infinite
                }
        }

    /// What was computed.
    let title curve =
        let network = curve.Options.Network

        let layers =
            if network.Depth = 1 then
                "one hidden layer"
            else
                $"{network.Depth} hidden layers"

        $"{network.Activation.Name} network, {layers}: {curve.Options.DataName}, {curve.Classes} classes, P = {curve.Split.Train.Count}, beta = {Decimals.short curve.Infinite.Score.Parameter}"

    /// The table for the screen, infinite width in its last row.
    let columns curve =
        let column name value =
            name, curve.Points @ [ curve.Infinite ] |> List.map value |> Decimals.column

        [
            "N", [ for point in curve.Points -> string (width point) ] @ [ "infinity" ]
            column "accuracy" (scoreOf >> _.Accuracy)
            column "negative log likelihood" (scoreOf >> _.NegativeLogLikelihood)
            column "Brier score" (scoreOf >> _.Brier)
            column "calibration error" (scoreOf >> _.CalibrationError)
            column "log evidence" _.LogEvidence
        ]

    /// The same as numbers, the widths alone.
    let table curve =
        let column name value =
            name, Column.Numbers(curve.Points |> List.map value |> Array.ofList)

        [
            column "N" (width >> float)
            column "P" (fun _ -> float curve.Split.Train.Count)
            column "beta" _.Score.Parameter
            for l, prior in List.indexed curve.Options.Network.Priors do
                column $"lambda_{l}" (fun _ -> prior)
            column "accuracy" (scoreOf >> _.Accuracy)
            column "negative_log_likelihood" (scoreOf >> _.NegativeLogLikelihood)
            column "brier" (scoreOf >> _.Brier)
            column "calibration_error" (scoreOf >> _.CalibrationError)
            column "log_evidence" _.LogEvidence
            column "residual" _.SaddlePoint.Chosen.Residual
        ]
        |> Table.ofColumns

    let private best curve =
        curve.Points |> List.minBy (scoreOf >> _.NegativeLogLikelihood)

    /// Where the labels are most probable.
    let sentences curve =
        let best = best curve

        let here, infinite =
            (scoreOf best).NegativeLogLikelihood, (scoreOf curve.Infinite).NegativeLogLikelihood

        [
            if here < infinite then
                $"The labels are most probable at N = {width best}, {Decimals.short here} nats each; at infinite width it is {Decimals.short infinite}."
            else
                $"The labels are most probable at infinite width, {Decimals.short infinite} nats each; at N = {width best} it is {Decimals.short here}."
        ]

    /// Log likelihood, accuracy and calibration.
    let chart curve =
        ClassificationFigure.chart
            {
                Widths = curve.Points |> List.map (width >> float) |> Array.ofList
                Scores = curve.Points |> List.map scoreOf |> Array.ofList
                InfiniteWidth = Some(scoreOf curve.Infinite)
                Title = (title curve).Replace("beta", "β")
                Subtitle = sentences curve |> String.concat " "
            }

    /// The results, the job, the table and the figure.
    let save curve provenance folder =
        OutputFolder.writeResults
            curve.Options.Image
            (MatrixResults.toJson curve.Points provenance)
            (table curve)
            (chart curve)
            [ "job.json", JobWriter.text (CurveOptions.job curve.Options) ]
            folder
