namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// What the integral over a matrix order parameter says beside its saddle point.
type MatrixMixtureResult =
    {
        /// The posterior mean of Qbar.
        MeanOrderParameter: float[,]
        /// The loss less that of the saddle point.
        ErrorBar: float
        /// The relative error of the evidence that the quadrature estimates.
        QuadratureError: float
    }

/// One predicted point of a theory whose order parameter is a matrix, of numbers or of classes.
type MatrixPointResult =
    {
        Network: JobNetwork
        Score: PointScore
        SaddlePoint: MatrixSaddlePoint
        LogEvidence: float
        /// The fraction of test examples whose largest output is right, where targets are one-hot numbers.
        Accuracy: float option
        Mixture: MatrixMixtureResult option
        /// The law of f, or of the logits, at every test point, an output a column.
        Laws: Lazy<PredictiveLaw[,]>
        /// The probability of each class, or of each output to be the largest, where the joint law of the outputs is known.
        Classes: Lazy<float[,]> option
        /// What the iterative solver's answers may be off by.
        Iterative: IterativeAccuracy option
        /// The standard error of the score, where the iterative solver found it.
        ScoreError: Score option
    }

/// Results of theories whose order parameter is a matrix.
[<RequireQualifiedAccess>]
module MatrixResults =

    /// What computes an accuracy where targets are one-hot.
    let isOneHot (data: DataSet) =
        let isHot mu =
            let row =
                [ for d in 0 .. data.Outputs - 1 -> data.Targets[nativeint mu, nativeint d] ]

            List.sum row = 1.0 && List.forall (fun value -> value = 0.0 || value = 1.0) row

        let oneHot = data.Outputs > 1 && Seq.forall isHot (seq { 0 .. data.Count - 1 })

        fun (accuracy: unit -> float) -> if oneHot then Some(accuracy ()) else None

    /// A point of which these are known.
    let create network score (saddlePoint, logEvidence) laws =
        {
            Network = network
            Score = score
            SaddlePoint = saddlePoint
            LogEvidence = logEvidence
            Accuracy = None
            Mixture = None
            Laws = laws
            Classes = None
            Iterative = None
            ScoreError = None
        }

    /// Refuses numbers that doubles cannot hold.
    let requireFinite point =
        match point.Score with
        | PointScore.Classes _ -> Ok point
        | PointScore.Numbers(temperature, score) ->
            Results.requireFinite $"prediction at T = {temperature}" "doubles" [ score.Loss; point.LogEvidence ]
            |> Result.map (fun () -> point)

    let private mixture mixture =
        match mixture with
        | Some mixture ->
            [
                "errorBar", Tree.Number mixture.ErrorBar
                "quadratureError", Tree.Number mixture.QuadratureError
            ]
        | None -> []

    let private iterative result =
        match result.Iterative with
        | Some _ ->
            let eigenvalues =
                LinearAlgebra.Default.Eigenvalues(Matrix.FromArray result.SaddlePoint.Chosen.OrderParameter)

            Results.iterative "eigenvalues" eigenvalues result.Iterative result.ScoreError
        | None -> []

    let private tree result =
        let shown =
            match result.Mixture with
            | Some mixture -> mixture.MeanOrderParameter
            | None -> result.SaddlePoint.Chosen.OrderParameter

        [
            yield! Results.network (JobNetwork.widths result.Network) (JobNetwork.priors result.Network)
            Results.likelihood result.Score
            yield! Results.matrixSaddlePoint shown result.SaddlePoint
            "logEvidence", Tree.Number result.LogEvidence
            yield! Results.pointScore result.Score
            yield! iterative result

            match result.Accuracy with
            | Some accuracy -> "accuracy", Tree.Number accuracy
            | None -> ()

            yield! mixture result.Mixture
        ]

    let private withErrorBar errorBar (result: MatrixPointResult) =
        result.Mixture
        |> Option.map (fun mixture ->
            { mixture with
                ErrorBar = errorBar mixture.ErrorBar
            })

    /// These results.
    let kind =
        {
            Tree = tree
            InUnits =
                fun units result ->
                    { result with
                        Score = result.Score.MapNumbers(TargetUnits.score units)
                        LogEvidence = TargetUnits.logEvidence units result.LogEvidence
                        Mixture = withErrorBar (TargetUnits.square units) result
                        Laws = lazy TargetUnits.laws units result.Laws.Value
                        ScoreError = result.ScoreError |> Option.map (TargetUnits.score units)
                        // Standardized targets are no classes.
                        Classes = None
                    }
            WithoutTargets =
                fun result ->
                    { result with
                        Score = result.Score.MapNumbers(fun _ -> Results.unknown)
                        Accuracy = None
                        ScoreError = None
                        Mixture = withErrorBar (fun _ -> nan) result
                    }
            AtPoints =
                Some(fun result ->
                    {
                        Widths = JobNetwork.widths result.Network
                        ReadoutPrior = List.last (JobNetwork.priors result.Network)
                        Temperature = result.Score.Parameter
                        IsLogits = result.Score.IsClasses
                        Laws = result.Laws.Value
                        Classes = result.Classes |> Option.map _.Value
                    })
        }

    /// The one JSON document of points.
    let toJson points provenance =
        Results.document [] "points" (List.map tree points) provenance
