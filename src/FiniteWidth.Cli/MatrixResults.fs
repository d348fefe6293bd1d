namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth
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

/// One predicted point of a theory whose order parameter is a matrix.
type MatrixPointResult =
    {
        Widths: int list
        Priors: float list
        Temperature: float
        SaddlePoint: MatrixSaddlePoint
        LogEvidence: float
        Score: Score
        /// The fraction of test examples whose largest output is right, where targets are one-hot.
        Accuracy: float option
        Mixture: MatrixMixtureResult option
        /// The law of f at every test point, an output a column.
        Laws: Lazy<PredictiveLaw[,]>
        /// The probability of each output to be the largest, where the joint law of the outputs is known.
        Classes: Lazy<float[,]> option
        /// What the iterative solver's answers may be off by.
        Iterative: IterativeAccuracy option
        /// The standard error of the score, where the iterative solver found it.
        ScoreError: Score option
    }

/// Predictions of several outputs and of convolutional networks, and their JSON.
[<RequireQualifiedAccess>]
module MatrixResults =

    let private requireFinite (point: MatrixPointResult) =
        if Double.IsFinite point.Score.Loss && Double.IsFinite point.LogEvidence then
            Ok point
        else
            Error(
                Inaccurate
                    $"The prediction at T = {point.Temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    let private isOneHot (data: DataSet) =
        let isHot mu =
            let row =
                [ for d in 0 .. data.Outputs - 1 -> data.Targets[nativeint mu, nativeint d] ]

            List.sum row = 1.0 && List.forall (fun value -> value = 0.0 || value = 1.0) row

        data.Outputs > 1 && Seq.forall isHot (seq { 0 .. data.Count - 1 })

    /// Whether a theory of a network describes the several outputs of a data set.
    let internal checkOutputs theory (data: DataSet) network =
        if SeveralOutputs.describes theory network then
            Ok()
        else
            Error(
                Unsupported
                    $"The targets have {data.Outputs} columns: this theory describes one output; use \"wishart\", or \"proportional\" with one hidden layer."
            )

    /// Whether a theory describes a convolutional network.
    let internal checkConvolution (theory: Theory) =
        if Theory.isProportional theory then
            Ok()
        else
            Error(Unsupported "A convolutional network takes the theory \"proportional\".")

    /// Solves a theory of several outputs for one network and temperature after the other.
    let severalOutputs study (test: DataSet) theory =
        let oneHot = isOneHot test

        fun (network: Network, temperature) ->
            result {
                do! checkOutputs theory test network
                let! posterior = SeveralOutputs.solve network temperature study

                return!
                    requireFinite
                        {
                            Widths = network.Widths
                            Priors = network.Priors
                            Temperature = temperature
                            SaddlePoint = posterior.SaddlePoint
                            LogEvidence = SeveralOutputs.logEvidence posterior
                            Score = SeveralOutputs.score test posterior
                            Accuracy =
                                if oneHot then
                                    Some(SeveralOutputs.accuracy test posterior)
                                else
                                    None
                            Mixture = None
                            Laws = lazy PredictiveLaw.ofSeveralOutputs test.Inputs posterior
                            Classes = Some(lazy ClassProbabilities.ofSeveralOutputs test.Inputs posterior)
                            Iterative = posterior.Accuracy
                            ScoreError = SeveralOutputs.scoreError test posterior
                        }
            }

    /// Integrates over the order parameter of several outputs for one network and temperature after the other.
    let outputMixture study (test: DataSet) =
        let oneHot = isOneHot test

        fun (network: Network, temperature) ->
            result {
                let! mixture = OutputMixture.solve network temperature study
                let joint = OutputMixture.predict test.Inputs mixture
                let score = JointPrediction.score test.Targets joint
                let saddle = SeveralOutputs.score test mixture.Saddle

                return!
                    requireFinite
                        {
                            Widths = network.Widths
                            Priors = network.Priors
                            Temperature = temperature
                            SaddlePoint = mixture.Saddle.SaddlePoint
                            LogEvidence = mixture.LogEvidence
                            Score = score
                            Accuracy =
                                if oneHot then
                                    Some(JointPrediction.accuracy test.Targets joint)
                                else
                                    None
                            Mixture =
                                Some
                                    {
                                        MeanOrderParameter = mixture.MeanOrderParameter
                                        ErrorBar = score.Loss - saddle.Loss
                                        QuadratureError = mixture.QuadratureError
                                    }
                            Laws = lazy PredictiveLaw.ofOutputMixture test.Inputs mixture
                            Classes = None
                            Iterative = None
                            ScoreError = None
                        }
            }

    /// Solves the theory of convolutional networks for one network and temperature after the other.
    let convolution study (test: DataSet) (theory: Theory) =
        fun (network: ConvolutionalNetwork, temperature) ->
            result {
                do! checkConvolution theory
                let! posterior = Convolution.solve network temperature study

                return!
                    requireFinite
                        {
                            Widths = [ network.Channels ]
                            Priors = [ network.FilterPrior; network.ReadoutPrior ]
                            Temperature = temperature
                            SaddlePoint = posterior.SaddlePoint
                            LogEvidence = Convolution.logEvidence posterior
                            Score = Convolution.score test posterior
                            Accuracy = None
                            Mixture = None
                            Laws = lazy PredictiveLaw.ofConvolution test.Inputs posterior
                            Classes = None
                            Iterative = None
                            ScoreError = None
                        }
            }

    let private ofProduct (test: DataSet) (posterior: DeepConvolution) =
        {
            Widths = posterior.Network.Widths
            Priors = posterior.Network.Priors
            Temperature = posterior.Temperature
            SaddlePoint = posterior.SaddlePoint
            LogEvidence = DeepConvolution.logEvidence posterior
            Score = DeepConvolution.score test posterior
            Accuracy = None
            Mixture = None
            Laws = lazy PredictiveLaw.ofDeepConvolution test.Inputs posterior
            Classes = None
            Iterative = None
            ScoreError = None
        }

    let private ofOutputs (test: DataSet) (posterior: ImageOutputs) =
        let joint = ImageOutputs.predict test.Inputs posterior

        {
            Widths = posterior.Network.Widths
            Priors = posterior.Network.Priors
            Temperature = posterior.Temperature
            SaddlePoint = posterior.SaddlePoint
            LogEvidence = ImageOutputs.logEvidence posterior
            Score = JointPrediction.score test.Targets joint
            Accuracy =
                if isOneHot test then
                    Some(JointPrediction.accuracy test.Targets joint)
                else
                    None
            Mixture = None
            Laws = lazy PredictiveLaw.ofJoint joint
            Classes = Some(lazy ClassProbabilities.ofJoint joint)
            Iterative = None
            ScoreError = None
        }

    // The order parameter that is shown is the last layer's, over final positions as that of the product form.
    let private ofHierarchy (test: DataSet) (posterior: HierarchicalConvolution) =
        {
            Widths = posterior.Network.Widths
            Priors = posterior.Network.Priors
            Temperature = posterior.Temperature
            SaddlePoint =
                {
                    Chosen =
                        {
                            OrderParameter = List.last posterior.OrderParameters
                            Action = posterior.Action
                            Kind = Kind.Minimum
                            Residual = posterior.Residual
                        }
                    Others = []
                }
            LogEvidence = HierarchicalConvolution.logEvidence posterior
            Score = HierarchicalConvolution.score test posterior
            Accuracy = None
            Mixture = None
            Laws = lazy PredictiveLaw.ofHierarchicalConvolution test.Inputs posterior
            Classes = None
            Iterative = None
            ScoreError = None
        }

    /// Solves the theory of several convolutional layers for one network and temperature after the other.
    let image study (test: DataSet) (theory: Theory) =
        fun (network: ImageNetwork, temperature) ->
            result {
                let! result =
                    ImageTheory.ofTheory theory network
                    |> Result.bind (fun theory ->
                        match theory with
                        | ImageTheory.InfiniteWidth when test.Outputs > 1 ->
                            ImageOutputs.infiniteWidth network temperature study
                            |> Result.map (ofOutputs test)
                        | ImageTheory.Product when test.Outputs > 1 ->
                            ImageOutputs.solve network temperature study |> Result.map (ofOutputs test)
                        | ImageTheory.InfiniteWidth ->
                            DeepConvolution.infiniteWidth network temperature study
                            |> Result.map (ofProduct test)
                        | ImageTheory.Product ->
                            DeepConvolution.solve network temperature study |> Result.map (ofProduct test)
                        | ImageTheory.Hierarchical ->
                            HierarchicalConvolution.solve network temperature study
                            |> Result.map (ofHierarchy test))

                return! requireFinite result
            }

    /// A result without all that the targets of the test set tell.
    let withoutTargets (result: MatrixPointResult) =
        { result with
            Score = Results.unknown
            Accuracy = None
            ScoreError = None
            Mixture = result.Mixture |> Option.map (fun mixture -> { mixture with ErrorBar = nan })
        }

    // A matrix as an array of rows.
    let internal orderParameter (writer: Utf8JsonWriter) (q: float[,]) =
        writer.WriteStartArray "Qbar"

        for i in 0 .. Array2D.length1 q - 1 do
            writer.WriteStartArray()

            for j in 0 .. Array2D.length2 q - 1 do
                writer.WriteNumberValue q[i, j]

            writer.WriteEndArray()

        writer.WriteEndArray()

    let internal stationaryPoint (writer: Utf8JsonWriter) (point: MatrixStationaryPoint) =
        writer.WriteStartObject()
        orderParameter writer point.OrderParameter
        Results.number writer "action" point.Action
        writer.WriteString("kind", Results.kind point.Kind)
        Results.number writer "residual" point.Residual
        writer.WriteEndObject()

    let private point (writer: Utf8JsonWriter) (result: MatrixPointResult) =
        let chosen = result.SaddlePoint.Chosen
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float result.Widths)
        Results.numbers writer "priors" result.Priors
        Results.number writer "temperature" result.Temperature
        writer.WriteStartObject "orderParameters"

        match result.Mixture with
        | Some mixture -> orderParameter writer mixture.MeanOrderParameter
        | None -> orderParameter writer chosen.OrderParameter

        writer.WriteEndObject()
        Results.number writer "action" chosen.Action
        Results.number writer "residual" chosen.Residual
        writer.WriteStartArray "stationaryPoints"

        for stationary in chosen :: result.SaddlePoint.Others do
            stationaryPoint writer stationary

        writer.WriteEndArray()
        Results.number writer "logEvidence" result.LogEvidence
        Results.number writer "loss" result.Score.Loss
        Results.number writer "bias" result.Score.Bias
        Results.number writer "variance" result.Score.Variance

        match result.Iterative with
        | Some accuracy ->
            let eigenvalues =
                LinearAlgebra.Default.Eigenvalues(Matrix.FromArray chosen.OrderParameter)

            Results.iterative writer "eigenvalues" eigenvalues (Some accuracy) result.ScoreError
        | None -> ()

        result.Accuracy |> Option.iter (Results.number writer "accuracy")

        match result.Mixture with
        | Some mixture ->
            Results.number writer "errorBar" mixture.ErrorBar
            Results.number writer "quadratureError" mixture.QuadratureError
        | None -> ()

        writer.WriteEndObject()

    /// The one JSON document of a prediction.
    let toJson (points: MatrixPointResult list) provenance =
        Results.toJsonBy point points provenance
