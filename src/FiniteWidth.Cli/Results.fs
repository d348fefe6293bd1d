namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// How good a prediction is: of numbers at T, or of classes at beta, where the test set has labels.
[<RequireQualifiedAccess>]
type PointScore =
    | Numbers of temperature: float * Score
    | Classes of beta: float * ClassScore option

    /// T, or beta.
    member this.Parameter =
        match this with
        | Numbers(temperature, _) -> temperature
        | Classes(beta, _) -> beta

    /// The losses that must be finite.
    member this.Losses =
        match this with
        | Numbers(_, score) -> [ score.Loss ]
        | Classes _ -> []

    /// The same scores of other numbers.
    member this.MapNumbers f =
        match this with
        | Numbers(temperature, score) -> Numbers(temperature, f score)
        | classes -> classes

/// What results of several theories have in common, as trees.
[<RequireQualifiedAccess>]
module Results =

    /// Refuses numbers beyond what they can be held in; `what` was predicted.
    let requireFinite what precision (numbers: float list) =
        if List.forall System.Double.IsFinite numbers then
            Ok()
        else
            Error(
                Inaccurate
                    $"The {what} is beyond what {precision} can hold: rescale the inputs, the targets or the priors."
            )

    /// Of a test set without targets.
    let unknown =
        {
            Loss = nan
            Bias = nan
            Variance = nan
        }

    let score (score: Score) =
        [
            "loss", Tree.Number score.Loss
            "bias", Tree.Number score.Bias
            "variance", Tree.Number score.Variance
        ]

    /// The calibration error, and the curve as a list of its bins.
    let calibration (score: ClassScore) =
        [
            "calibrationError", Tree.Number score.CalibrationError

            "calibration",
            Tree.objects
                [
                    for bin in score.Calibration ->
                        [
                            "low", Tree.Number bin.Low
                            "high", Tree.Number bin.High
                            "count", Tree.count bin.Count
                            "confidence", Tree.Number bin.Confidence
                            "accuracy", Tree.Number bin.Accuracy
                        ]
                ]
        ]

    /// The scores of class probabilities with their calibration.
    let classScore (score: ClassScore) =
        [
            "accuracy", Tree.Number score.Accuracy
            "negativeLogLikelihood", Tree.Number score.NegativeLogLikelihood
            "brier", Tree.Number score.Brier
        ]
        @ calibration score

    /// A number, and its standard error in the key beside it.
    let measured name (value: Measured) =
        [ name, Tree.Number value.Value; name + "Error", Tree.Number value.Error ]

    let measuredScore (score: MeasuredScore) =
        measured "loss" score.Loss
        @ measured "bias" score.Bias
        @ measured "variance" score.Variance

    /// Units that have aligned with the task, counted under this name.
    let specialisedUnits count (units: SpecialisedUnits) =
        Tree.Object
            [
                count, Tree.Number units.Number
                "strength", Tree.Number units.Strength
                "readout", Tree.Number units.Readout
                "share", Tree.Number units.Share
            ]

    /// The temperature, or beta.
    let likelihood (score: PointScore) =
        (if score.IsClasses then "beta" else "temperature"), Tree.Number score.Parameter

    /// The scores of numbers or of classes.
    let pointScore point =
        match point with
        | PointScore.Numbers(_, numbers) -> score numbers
        | PointScore.Classes(_, classes) -> classes |> Option.map classScore |> Option.defaultValue []

    /// Which network a result is of.
    let network widths priors =
        [
            "widths", Tree.numbers (List.map float widths)
            "priors", Tree.numbers priors
        ]

    /// The same at temperature T.
    let place widths priors temperature =
        network widths priors @ [ "temperature", Tree.Number temperature ]

    /// What may be missing: under its name, or in its place a sentence why not.
    let optional name ofValue part =
        match part with
        | Ok value -> name, ofValue value
        | Error(reason: Failure) -> $"{name}Reason", Tree.Word reason.Message

    /// Whether chains have converged, and why not.
    let convergence (verdict: Verdict) =
        [
            "converged", Tree.Truth((verdict = Verdict.Converged))

            "reasons",
            match verdict with
            | Verdict.Converged -> Tree.List []
            | Verdict.NotConverged reasons -> reasons |> List.map _.Message |> Tree.words
        ]

    // From the first hidden layer outwards, in a list a letter.
    let orderParameters (symbols: Symbol list) (values: float[]) =
        let letter symbol =
            match symbol with
            | Symbol.Qbar _ -> "Qbar"
            | Symbol.Q _ -> "Q"
            | other -> Latex.symbol other

        [
            for name, group in Seq.zip symbols values |> Seq.groupBy (fst >> letter) ->
                name, Tree.numbers (Seq.map snd group)
        ]

    /// A matrix as a list of its rows.
    let matrix (q: float[,]) =
        [
            "Qbar", Tree.List [ for i in 0 .. Array2D.length1 q - 1 -> Tree.numbers q[i, *] ]
        ]

    let private kind kind =
        match kind with
        | Kind.Minimum -> "minimum"
        | Kind.Maximum -> "maximum"
        | Kind.Saddle index -> $"saddle of index {index}"

    let private stationary orderParameters (action: float) kind' (residual: float) =
        orderParameters
        @ [
            "action", Tree.Number action
            "kind", Tree.Word(kind kind')
            "residual", Tree.Number residual
        ]

    let private saddle shown (action: float) (residual: float) points =
        [
            "orderParameters", Tree.Object shown
            "action", Tree.Number action
            "residual", Tree.Number residual
            "stationaryPoints", Tree.objects points
        ]

    /// A saddle point whose order parameters are these symbols; `shown` are those in their place.
    let saddlePoint shown symbols (found: SaddlePoint) =
        let chosen = found.Chosen

        saddle
            shown
            chosen.Action
            chosen.Residual
            [
                for point in chosen :: found.Others ->
                    stationary (orderParameters symbols point.OrderParameters) point.Action point.Kind point.Residual
            ]

    /// A saddle point whose order parameter is a matrix; `shown` is that in its place.
    let matrixSaddlePoint shown (found: MatrixSaddlePoint) =
        let chosen = found.Chosen

        saddle
            (matrix shown)
            chosen.Action
            chosen.Residual
            [
                for point in chosen :: found.Others ->
                    stationary (matrix point.OrderParameter) point.Action point.Kind point.Residual
            ]

    /// What the iterative solver says of its answers: standard errors of the order parameters `q`, the evidence and the loss.
    let iterative name (q: float[]) accuracy scoreError =
        match accuracy with
        | None -> []
        | Some(accuracy: IterativeAccuracy) ->
            [
                "solver", Tree.Word "iterative"

                "standardErrors",
                Tree.Object
                    [
                        name,
                        Tree.numbers (Array.map2 (fun value error -> abs value * error) q accuracy.OrderParameterErrors)
                        "logEvidence", Tree.Number accuracy.LogEvidenceError
                        yield! scoreError |> Option.map score |> Option.defaultValue []
                    ]

                "krylov",
                Tree.Object
                    [
                        "steps", Tree.count accuracy.Steps
                        "products", Tree.count accuracy.Products
                        "probes", Tree.count accuracy.Probes
                    ]
            ]

    /// One JSON document: what stands `before`, a list of results, each a tree, and where they come from.
    let document before name results provenance =
        before @ [ name, Tree.objects results ] @ Provenance.entries provenance
        |> Tree.Object
        |> Tree.text
