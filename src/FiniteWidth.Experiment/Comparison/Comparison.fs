namespace FiniteWidth.Experiment

open System
open System.IO
open FiniteWidth
open FiniteWidth.Numerics

/// A network on the first P training examples at temperature T.
type GridPoint =
    {
        /// P.
        Examples: int
        /// The network.
        Architecture: Architecture
        /// T.
        Temperature: float
    }

/// What an experiment says of a theory, by the test loss.
[<RequireQualifiedAccess>]
type Agreement =
    /// They differ by at most three standard errors of the experiment.
    | Agree
    /// They differ by at most three standard errors and the theory's own error bar.
    | WithinTheoryError
    /// They differ by more than both errors.
    | Differ
    /// The experiment cannot tell: its chains have not converged.
    | NotConverged

/// Whether theory and experiment agree.
[<RequireQualifiedAccess>]
module Agreement =

    /// What results call it.
    let word agreement =
        match agreement with
        | Agreement.Agree -> "agree"
        | Agreement.WithinTheoryError -> "within theory error"
        | Agreement.Differ -> "differ"
        | Agreement.NotConverged -> "not converged"

/// A theory against a measurement, differences as theory less experiment.
type TheoryResult =
    {
        /// The theory.
        Name: string
        /// Its loss, bias and variance.
        Score: Score
        /// log p(y|X), NaN where the theory has none.
        LogEvidence: float
        /// Order parameters by their symbols, where they are numbers.
        OrderParameters: (Symbol * float) list
        /// The difference of the losses relative to the experiment's.
        Deviation: float
        /// The differences in standard errors of the experiment.
        LossZ: float
        /// z-score of the bias.
        BiasZ: float
        /// z-score of the variance.
        VarianceZ: float
        /// In words.
        Agreement: Agreement
    }

/// One point of a grid, measured and predicted.
[<NoComparison; NoEquality>]
type ComparedPoint =
    {
        /// Where.
        Point: GridPoint
        /// The score at infinite width; none of convolutional networks.
        InfiniteWidth: Score option
        /// |mixture - saddle| of the loss, where the mixture is known: how far off theories may be at order 1/N.
        ErrorBar: Result<float, Failure>
        /// The loss to first order in 1/N with the hidden units as they are, of one hidden layer.
        Expansion: Result<WidthExpansion, Failure>
        /// What theories say there.
        Theories: TheoryResult list
        /// What was sampled.
        Measurement: Measurement
    }

    /// The loss to first order in 1/N, where that is known and small.
    member this.FirstOrder =
        this.Expansion
        |> Result.toOption
        |> Option.bind (fun expansion -> expansion.TryLoss(List.last (Architecture.widths this.Point.Architecture)))

    /// The sampled log evidence, where it was asked for and known.
    member this.SampledEvidence = this.Measurement.Evidence |> Option.bind Result.toOption

    /// The name of the theory whose loss is nearest to the measured one.
    member this.Nearest =
        (this.Theories |> List.minBy (fun theory -> abs theory.Deviation)).Name

/// Theory against experiment on a grid.
[<NoComparison; NoEquality>]
type Comparison =
    {
        /// The points of the grid.
        Points: ComparedPoint list
        /// The grid's points without a result: cancelled before they were reached, or out of time before there were enough draws.
        Missing: GridPoint list
    }

/// Theory beside experiment over a grid.
[<RequireQualifiedAccess>]
module Comparison =

    let private standardErrors = 3.0

    let private agreement errorBar (theory: Score) (measurement: Measurement) =
        let distance = abs (theory.Loss - measurement.Loss.Value)
        let noise = standardErrors * measurement.Loss.Error

        match measurement.Verdict, errorBar with
        | Verdict.NotConverged _, _ -> Agreement.NotConverged
        | Verdict.Converged, _ when distance <= noise -> Agreement.Agree
        | Verdict.Converged, Ok bar when distance <= noise + bar -> Agreement.WithinTheoryError
        | Verdict.Converged, _ -> Agreement.Differ

    let private resultOf errorBar (measurement: Measurement) name (answer: ComparedAnswer) =
        let score = answer.Score
        let struct (loss, bias, variance) = Measurement.zScores score measurement

        {
            Name = name
            Score = score
            LogEvidence = answer.LogEvidence
            OrderParameters = answer.OrderParameters
            Deviation = score.Loss / measurement.Loss.Value - 1.0
            LossZ = loss
            BiasZ = bias
            VarianceZ = variance
            Agreement = agreement errorBar score measurement
        }

    // A split with what predicts on it.
    [<NoComparison; NoEquality>]
    type private Part =
        {
            Split: Split
            Answers: (string * (Architecture -> float -> Result<ComparedAnswer, Failure>)) list
            InfiniteWidth: Architecture -> float -> Result<ComparedAnswer, Failure>
            ErrorBar: Architecture -> float -> Result<float, Failure>
            Expansion: Architecture -> float -> Result<WidthExpansion, Failure>
        }

    let private partOf (theories: ComparedTheory list) (split: Split) count =
        GridRun.first count split
        |> Result.map (fun split ->
            {
                Split = split
                Answers = theories |> List.map (fun theory -> theory.Name, theory.Predict split)
                InfiniteWidth = (ComparedTheory.ofTheory "infinite-width" Theory.infiniteWidth).Predict split
                ErrorBar = ComparedTheory.errorBar split
                Expansion = ComparedTheory.expansion split
            })

    /// What the theories predict comes first: it is cheap, and where it fails the experiment is in vain.
    let private predict part point =
        part.Answers
        |> Result.traverse (fun (name, answer) ->
            answer point.Architecture point.Temperature
            |> Result.map (fun answer -> name, answer))

    let private comparePoint part predictions plan point =
        Measurement.runOrResume plan point.Architecture point.Temperature part.Split
        |> Result.map (fun measurement ->
            let errorBar = part.ErrorBar point.Architecture point.Temperature

            {
                Point = point
                InfiniteWidth =
                    part.InfiniteWidth point.Architecture point.Temperature
                    |> Result.toOption
                    |> Option.map _.Score
                ErrorBar = errorBar
                Expansion = part.Expansion point.Architecture point.Temperature
                Theories =
                    predictions
                    |> List.map (fun (name, answer) -> resultOf errorBar measurement name answer)
                Measurement = measurement
            })

    /// Measures every point of a grid on a split, by the plan of its own that `plan` gives it, beside at least one theory. A point whose
    /// plan names a checkpoint that exists goes on from there. A run that is cancelled ends the comparison with the points there are.
    let run (theories: ComparedTheory list) (plan: GridPoint -> MeasurementPlan) (grid: GridPoint list) (split: Split) =
        result {
            let! measured, missing =
                GridRun.compare
                    (fun (point: GridPoint) -> point.Examples)
                    (fun point -> (plan point).Settings)
                    (partOf theories split)
                    predict
                    (fun part predictions point -> comparePoint part predictions (plan point) point)
                    _.Measurement.Run
                    theories
                    grid

            return { Points = measured; Missing = missing }
        }

    let private column name value (points: ComparedPoint list) =
        name, points |> List.map value |> Array.ofList

    let private number condition = if condition then 1.0 else 0.0

    let private theoryNames comparison =
        comparison.Points
        |> List.collect (fun p -> p.Theories |> List.map _.Name)
        |> List.distinct

    /// Named columns of words, a row a point: the activation, and whether each theory agrees.
    let words comparison =
        let column name (value: ComparedPoint -> string) = column name value comparison.Points

        let agreement name (p: ComparedPoint) =
            p.Theories
            |> List.tryFind (fun theory -> theory.Name = name)
            |> Option.map (_.Agreement >> Agreement.word)
            |> Option.defaultValue ""

        [
            column "activation" (fun p -> string (Architecture.activation p.Point.Architecture))
            for name in theoryNames comparison do
                column $"{name}_agreement" (agreement name)
        ]

    /// Named columns of numbers, a row a point: the grid (P, N_1.., lambda_0.., T), the measured scores with standard errors, the error bar,
    /// the infinite width, and each theory's scores, relative deviation and z-score.
    let columns comparison =
        let points = comparison.Points
        let column name value = column name value points

        let depth =
            points
            |> List.map (fun p -> (Architecture.widths p.Point.Architecture).Length)
            |> List.fold max 0

        let width l (p: ComparedPoint) =
            List.tryItem l (Architecture.widths p.Point.Architecture)
            |> Option.map float
            |> Option.defaultValue nan

        let estimate name (value: Measurement -> Estimate) =
            [
                column name (fun p -> (value p.Measurement).Value)
                column $"{name}_error" (fun p -> (value p.Measurement).Error)
            ]

        let orNaN = Option.defaultValue nan

        let theories = theoryNames comparison

        let evidence =
            if points |> List.exists (fun p -> p.Measurement.Evidence.IsSome) then
                let of' (value: SampledEvidence -> float) (p: ComparedPoint) =
                    p.SampledEvidence |> Option.map value |> orNaN

                [
                    column "log_evidence" (of' _.LogEvidence.Value)
                    column "log_evidence_error" (of' _.LogEvidence.Error)
                ]
            else
                []

        let priors =
            points
            |> List.map (fun p -> (Architecture.priors p.Point.Architecture).Length)
            |> List.fold max 0

        let prior l (p: ComparedPoint) =
            List.tryItem l (Architecture.priors p.Point.Architecture)
            |> Option.defaultValue nan

        [ column "P" (fun p -> float p.Point.Examples) ]
        @ (if depth = 1 then
               [ column "N" (width 0) ]
           else
               [ for l in 1..depth -> column $"N_{l}" (width (l - 1)) ])
        @ [ for l in 0 .. priors - 1 -> column $"lambda_{l}" (prior l) ]
        @ [ column "T" _.Point.Temperature ]
        @ estimate "loss" _.Loss
        @ estimate "bias" _.Bias
        @ estimate "variance" _.Variance
        @ estimate "train_loss" _.TrainLoss
        @ [
            column "converged" (fun p -> number (p.Measurement.Verdict = Verdict.Converged))
            column "theory_error_bar" (fun p -> p.ErrorBar |> Result.toOption |> orNaN)
            column "expansion_loss" (fun p -> orNaN p.FirstOrder)
            column "infinite_width_loss" (fun p -> p.InfiniteWidth |> Option.map _.Loss |> orNaN)
        ]
        @ evidence
        @ [
            for name in theories do
                let of' value (p: ComparedPoint) =
                    p.Theories
                    |> List.tryFind (fun theory -> theory.Name = name)
                    |> Option.map value
                    |> orNaN

                column $"{name}_loss" (of' _.Score.Loss)
                column $"{name}_bias" (of' _.Score.Bias)
                column $"{name}_variance" (of' _.Score.Variance)
                column $"{name}_deviation" (of' _.Deviation)
                column $"{name}_z" (of' _.LossZ)

                if not evidence.IsEmpty then
                    column $"{name}_log_evidence" (of' _.LogEvidence)
        ]
