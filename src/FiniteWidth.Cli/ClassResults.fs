namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth
open FiniteWidth.Numerics

/// One predicted point of a classification.
type ClassPointResult =
    {
        Widths: int list
        Priors: float list
        Beta: float
        SaddlePoint: MatrixSaddlePoint
        LogEvidence: float
        /// None where the test set has no labels.
        Score: ClassScore option
        /// The law of every logit at every test point.
        Laws: Lazy<PredictiveLaw[,]>
        /// The probability of every class at every test point.
        Probabilities: Lazy<float[,]>
    }

/// Classifications and their JSON.
[<RequireQualifiedAccess>]
module ClassResults =

    // What every classification has.
    let private scored (test: DataSet) isLabelled (labels: ClassLabels) (predict: Matrix -> ClassPrediction) point =
        let read =
            if isLabelled then
                ClassLabels.read labels test.Targets |> Result.map Some
            else
                Ok None

        read
        |> Result.map (fun labels ->
            let prediction = lazy predict test.Inputs

            { point with
                Score =
                    labels
                    |> Option.map (fun labels -> ClassScore.ofProbabilities labels prediction.Value.Probabilities)
                Laws =
                    lazy
                        (prediction.Value.Mean
                         |> Array2D.mapi (fun t c mean ->
                             PredictiveLaw.Gaussian(mean, sqrt (max 0.0 prediction.Value.Covariance[t].[c, c]))))
                Probabilities = lazy prediction.Value.Probabilities
            })

    let private point widths priors beta saddlePoint logEvidence =
        {
            Widths = widths
            Priors = priors
            Beta = beta
            SaddlePoint = saddlePoint
            LogEvidence = logEvidence
            Score = None
            Laws = lazy Array2D.zeroCreate 0 0
            Probabilities = lazy Array2D.zeroCreate 0 0
        }

    /// Solves a theory of classes for one network and beta after the other.
    let solver study (test: DataSet) isLabelled theory =
        fun (network: Network, beta) ->
            Classification.solve theory network (Likelihood.Categorical beta) study
            |> Result.bind (fun posterior ->
                point network.Widths network.Priors beta posterior.SaddlePoint (Classification.logEvidence posterior)
                |> scored test isLabelled posterior.Labels (fun inputs -> Classification.predict inputs posterior))

    let internal layerByLayer = ImageClassification.hierarchical

    /// The same of networks on images.
    let imageSolver study (test: DataSet) isLabelled theory =
        fun (network: ImageNetwork, beta) ->
            ImageTheory.ofTheory theory network
            |> Result.bind (fun theory ->
                let likelihood = Likelihood.Categorical beta

                match theory with
                | ImageTheory.InfiniteWidth -> ImageClassification.infiniteWidth network likelihood study
                | ImageTheory.Product -> ImageClassification.solve network likelihood study
                | ImageTheory.Hierarchical -> Error layerByLayer)
            |> Result.bind (fun posterior ->
                point
                    network.Widths
                    network.Priors
                    beta
                    posterior.SaddlePoint
                    (ImageClassification.logEvidence posterior)
                |> scored test isLabelled posterior.Labels (fun inputs -> ImageClassification.predict inputs posterior))

    /// Labels as columns of the classes of a training set, 1 for the label's and 0 for the others.
    let oneHot (train: DataSet) (targets: Matrix option) =
        match targets with
        | None -> Ok None
        | Some targets ->
            result {
                let! labels = ClassLabels.ofTraining train.Targets
                let! classOf = ClassLabels.read labels targets

                return
                    Some(
                        Matrix.Create(
                            targets.Rows,
                            nativeint labels.Classes,
                            fun mu c -> if classOf[int mu] = int c then 1.0 else 0.0
                        )
                    )
            }

    /// The calibration curve as a list of its bins, and its error.
    let internal calibration (writer: Utf8JsonWriter) (score: ClassScore) =
        Results.number writer "calibrationError" score.CalibrationError
        writer.WriteStartArray "calibration"

        for bin in score.Calibration do
            writer.WriteStartObject()
            Results.number writer "low" bin.Low
            Results.number writer "high" bin.High
            writer.WriteNumber("count", bin.Count)
            Results.number writer "confidence" bin.Confidence
            Results.number writer "accuracy" bin.Accuracy
            writer.WriteEndObject()

        writer.WriteEndArray()

    /// The scores with their calibration.
    let internal score (writer: Utf8JsonWriter) (score: ClassScore) =
        Results.number writer "accuracy" score.Accuracy
        Results.number writer "negativeLogLikelihood" score.NegativeLogLikelihood
        Results.number writer "brier" score.Brier
        calibration writer score

    let private writePoint (writer: Utf8JsonWriter) (result: ClassPointResult) =
        let chosen = result.SaddlePoint.Chosen
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float result.Widths)
        Results.numbers writer "priors" result.Priors
        Results.number writer "beta" result.Beta
        writer.WriteStartObject "orderParameters"
        MatrixResults.orderParameter writer chosen.OrderParameter
        writer.WriteEndObject()
        Results.number writer "action" chosen.Action
        Results.number writer "residual" chosen.Residual
        writer.WriteStartArray "stationaryPoints"

        for stationary in chosen :: result.SaddlePoint.Others do
            MatrixResults.stationaryPoint writer stationary

        writer.WriteEndArray()
        Results.number writer "logEvidence" result.LogEvidence
        result.Score |> Option.iter (score writer)
        writer.WriteEndObject()

    /// The one JSON document of a classification.
    let toJson (points: ClassPointResult list) provenance =
        Results.toJsonBy writePoint points provenance
