namespace FiniteWidth.Experiment

open FiniteWidth

/// A network on the first P training examples under the softmax likelihood at beta.
type ClassGridPoint =
    {
        /// P.
        Examples: int
        /// The network.
        Architecture: Architecture
        /// beta.
        Beta: float
    }

/// What a theory of classes says of a network on a test set.
type ClassAnswer =
    {
        /// Class probabilities (points x D).
        Probabilities: float[,]
        /// What these are worth.
        Score: ClassScore
        /// log Z - N I(Qbar).
        LogEvidence: float
    }

/// A theory of classes as a comparison needs it: a name and what it predicts.
[<NoComparison; NoEquality>]
type ComparedClassTheory =
    {
        /// What results call it.
        Name: string
        /// Takes a split, and returns what answers for a network on its test set at beta; calls share what they have in common.
        Predict: Split -> (Architecture -> float -> Result<ClassAnswer, Failure>)
    }

/// The theories of classes that an experiment compares with.
[<RequireQualifiedAccess>]
module ComparedClassTheory =

    let private answer (split: Split) labels (probabilities: float[,]) logEvidence =
        ClassLabels.read labels split.Test.Targets
        |> Result.map (fun classOf ->
            {
                Probabilities = probabilities
                Score = ClassScore.ofProbabilities classOf probabilities
                LogEvidence = logEvidence
            })

    /// `Classification` of fully connected networks, `ImageClassification` of convolutional ones.
    let ofTheory name (theory: Theory) =
        {
            Name = name
            Predict =
                fun split ->
                    let study = Study split.Train
                    let images = lazy ImageStudy split.Train
                    let inputs = split.Test.Inputs

                    let ofImages (network: ImageNetwork) likelihood =
                        ImageTheory.ofTheory theory network
                        |> Result.bind (fun kind ->
                            match kind with
                            | ImageTheory.InfiniteWidth ->
                                ImageClassification.infiniteWidth network likelihood images.Value
                            | ImageTheory.Product -> ImageClassification.solve network likelihood images.Value
                            | ImageTheory.Hierarchical -> Error ImageClassification.hierarchical)
                        |> Result.bind (fun posterior ->
                            answer
                                split
                                posterior.Labels
                                (ImageClassification.predict inputs posterior).Probabilities
                                (ImageClassification.logEvidence posterior))

                    fun architecture beta ->
                        let likelihood = Likelihood.Categorical beta

                        match architecture with
                        | Architecture.FullyConnected network ->
                            Classification.solve theory network likelihood study
                            |> Result.bind (fun posterior ->
                                answer
                                    split
                                    posterior.Labels
                                    (Classification.predict inputs posterior).Probabilities
                                    (Classification.logEvidence posterior))
                        | Architecture.Convolutional network ->
                            ofImages (ImageNetwork.ofConvolutional network) likelihood
                        | Architecture.Image network -> ofImages network likelihood
        }

/// A theory of classes against a measurement, differences as theory less experiment.
type ClassTheoryResult =
    {
        /// The theory.
        Name: string
        /// Its scores.
        Score: ClassScore
        /// log Z - N I(Qbar).
        LogEvidence: float
        /// The accuracies' difference in standard errors of the experiment; not a number, or infinite, where no label can flip.
        AccuracyZ: float
        /// The same of the negative log likelihood.
        NegativeLogLikelihoodZ: float
        /// The same of the Brier score.
        BrierZ: float
        /// All probabilities of all test points.
        Distance: ProbabilityDistance
        /// By the negative log likelihood, in words.
        Agreement: Agreement
    }

/// One point of a grid of classes, measured and predicted.
[<NoComparison; NoEquality>]
type ClassComparedPoint =
    {
        /// Where.
        Point: ClassGridPoint
        /// What is predicted at infinite width.
        InfiniteWidth: ClassTheoryResult
        /// What theories say there.
        Theories: ClassTheoryResult list
        /// What was sampled.
        Measurement: ClassMeasurement
    }

    /// The name of the theory whose negative log likelihood is nearest to the measured one.
    member this.Nearest =
        (this.Theories |> List.minBy (fun theory -> abs theory.NegativeLogLikelihoodZ)).Name

/// Theories of classes against experiment on a grid.
[<NoComparison; NoEquality>]
type ClassComparison =
    {
        /// The points of the grid.
        Points: ClassComparedPoint list
        /// The grid's points without a result: cancelled before they were reached, or out of time before there were enough draws.
        Missing: ClassGridPoint list
    }

/// Theories of classes beside experiment over a grid.
[<RequireQualifiedAccess>]
module ClassComparison =

    let private standardErrors = 3.0

    let private infinite =
        ComparedClassTheory.ofTheory "infinite-width" Theory.infiniteWidth

    let private resultOf measurement (name, answer: ClassAnswer) =
        let struct (accuracy, likelihood, brier) =
            ClassMeasurement.zScores answer.Score measurement

        {
            Name = name
            Score = answer.Score
            LogEvidence = answer.LogEvidence
            AccuracyZ = accuracy
            NegativeLogLikelihoodZ = likelihood
            BrierZ = brier
            Distance = ClassMeasurement.distance answer.Probabilities measurement
            Agreement =
                match measurement.Verdict with
                | Verdict.NotConverged _ -> Agreement.NotConverged
                | Verdict.Converged when abs likelihood <= standardErrors -> Agreement.Agree
                | Verdict.Converged -> Agreement.Differ
        }

    // A split with what predicts on it, infinite width first.
    [<NoComparison; NoEquality>]
    type private Part =
        {
            Split: Split
            Answers: (string * (Architecture -> float -> Result<ClassAnswer, Failure>)) list
        }

    let private partOf theories split count =
        GridRun.first count split
        |> Result.map (fun split ->
            {
                Split = split
                Answers =
                    infinite :: theories
                    |> List.map (fun theory -> theory.Name, theory.Predict split)
            })

    let private predict part (point: ClassGridPoint) =
        part.Answers
        |> Result.traverse (fun (name, answer) ->
            answer point.Architecture point.Beta |> Result.map (fun answer -> name, answer))

    let private comparePoint part predictions plan (point: ClassGridPoint) =
        ClassMeasurement.runOrResume plan point.Architecture point.Beta part.Split
        |> Result.map (fun measurement ->
            let results = predictions |> List.map (resultOf measurement)

            {
                Point = point
                InfiniteWidth = results.Head
                Theories = results.Tail
                Measurement = measurement
            })

    /// Measures every point of a grid on a split whose targets are labels, by the plan of its own that `plan` gives it, beside at least one theory. A point
    /// whose plan names a checkpoint that exists goes on from there. A run that is cancelled ends the comparison with the points there are.
    let run
        (theories: ComparedClassTheory list)
        (plan: ClassGridPoint -> MeasurementPlan)
        (grid: ClassGridPoint list)
        (split: Split)
        =
        result {
            let! measured, missing =
                GridRun.compare
                    (fun (point: ClassGridPoint) -> point.Examples)
                    (fun point -> (plan point).Settings)
                    (partOf theories split)
                    predict
                    (fun part predictions point -> comparePoint part predictions (plan point) point)
                    _.Measurement.Run
                    theories
                    grid

            return { Points = measured; Missing = missing }
        }

    let private number condition = if condition then 1.0 else 0.0

    let private theoryNames comparison =
        comparison.Points
        |> List.collect (fun p -> p.Theories |> List.map _.Name)
        |> List.distinct

    let private ofTheory name (value: ClassTheoryResult -> 'a) (p: ClassComparedPoint) =
        p.Theories
        |> List.tryFind (fun theory -> theory.Name = name)
        |> Option.map value

    let private column name value (points: ClassComparedPoint list) =
        name, points |> List.map value |> Array.ofList

    /// Named columns of words, a row a point: the activation, and whether each theory agrees.
    let words comparison =
        let column name value = column name value comparison.Points

        [
            column "activation" (fun p -> string (Architecture.activation p.Point.Architecture))
            for name in theoryNames comparison do
                column $"{name}_agreement" (ofTheory name (_.Agreement >> Agreement.word) >> Option.defaultValue "")
        ]

    /// Named columns of numbers, a row a point: the grid (P, N_1.., lambda_0.., beta), the measured scores with standard errors, and of infinite width and each
    /// theory the scores, z-scores and distances of the probabilities.
    let columns comparison =
        let points = comparison.Points
        let column name value = column name value points

        let most (count: Architecture -> int) =
            points |> List.map (fun p -> count p.Point.Architecture) |> List.fold max 0

        let item l values =
            List.tryItem l values |> Option.defaultValue nan

        let width l (p: ClassComparedPoint) =
            Architecture.widths p.Point.Architecture |> List.map float |> item l

        let depth = most (Architecture.widths >> List.length)

        let estimate name (value: ClassMeasurement -> Estimate) =
            [
                column name (fun p -> (value p.Measurement).Value)
                column $"{name}_error" (fun p -> (value p.Measurement).Error)
            ]

        let results name (find: (ClassTheoryResult -> float) -> ClassComparedPoint -> float) =
            [
                column $"{name}_accuracy" (find _.Score.Accuracy)
                column $"{name}_negative_log_likelihood" (find _.Score.NegativeLogLikelihood)
                column $"{name}_brier" (find _.Score.Brier)
                column $"{name}_accuracy_z" (find _.AccuracyZ)
                column $"{name}_negative_log_likelihood_z" (find _.NegativeLogLikelihoodZ)
                column $"{name}_brier_z" (find _.BrierZ)
                column $"{name}_probability_rms_z" (find _.Distance.RmsZ)
                column $"{name}_probability_rms_difference" (find _.Distance.RmsDifference)
                column $"{name}_log_evidence" (find _.LogEvidence)
            ]

        [ column "P" (fun p -> float p.Point.Examples) ]
        @ (if depth = 1 then
               [ column "N" (width 0) ]
           else
               [ for l in 1..depth -> column $"N_{l}" (width (l - 1)) ])
        @ [
            for l in 0 .. most (Architecture.priors >> List.length) - 1 ->
                column $"lambda_{l}" (fun p -> item l (Architecture.priors p.Point.Architecture))
        ]
        @ [ column "beta" _.Point.Beta ]
        @ estimate "accuracy" _.Accuracy
        @ estimate "negative_log_likelihood" _.NegativeLogLikelihood
        @ estimate "brier" _.Brier
        @ estimate "train_cross_entropy" _.TrainCrossEntropy
        @ estimate "test_cross_entropy" _.TestCrossEntropy
        @ [
            column "converged" (fun p -> number (p.Measurement.Verdict = Verdict.Converged))
        ]
        @ results "infinite_width" (fun value p -> value p.InfiniteWidth)
        @ [
            // Infinite width has its columns.
            for name in theoryNames comparison do
                if name <> "infinite-width" then
                    yield! results name (fun value -> ofTheory name value >> Option.defaultValue nan)
        ]
