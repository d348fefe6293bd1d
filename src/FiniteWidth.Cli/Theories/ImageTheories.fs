namespace FiniteWidth.Cli

open FiniteWidth

/// Networks of convolutional layers.
[<RequireQualifiedAccess>]
module ImageTheories =

    let private create network temperature score solved laws =
        MatrixResults.create (JobNetwork.Image network) (PointScore.Numbers(temperature, score)) solved laws

    let private ofProduct (test: DataSet) (posterior: DeepConvolution) =
        create
            posterior.Network
            posterior.Temperature
            (DeepConvolution.score test posterior)
            (posterior.SaddlePoint, DeepConvolution.logEvidence posterior)
            (lazy PredictiveLaw.ofDeepConvolution test.Inputs posterior)

    let private ofOutputs (test: DataSet) (posterior: ImageOutputs) =
        let joint = ImageOutputs.predict test.Inputs posterior

        { create
              posterior.Network
              posterior.Temperature
              (JointPrediction.score test.Targets joint)
              (posterior.SaddlePoint, ImageOutputs.logEvidence posterior)
              (lazy PredictiveLaw.ofJoint joint) with
            Accuracy = MatrixResults.isOneHot test (fun () -> JointPrediction.accuracy test.Targets joint)
            Classes = Some(lazy ClassProbabilities.ofJoint joint)
        }

    // The order parameter that is shown is the last layer's, over final positions as that of the product form.
    let private ofHierarchy (test: DataSet) (posterior: HierarchicalConvolution) =
        let shown =
            {
                OrderParameter = List.last posterior.OrderParameters
                Action = posterior.Action
                Kind = Kind.Minimum
                Residual = posterior.Residual
            }

        create
            posterior.Network
            posterior.Temperature
            (HierarchicalConvolution.score test posterior)
            ({ Chosen = shown; Others = [] }, HierarchicalConvolution.logEvidence posterior)
            (lazy PredictiveLaw.ofHierarchicalConvolution test.Inputs posterior)

    let private solve theory (test: DataSet) network temperature study =
        match theory with
        | ImageTheory.InfiniteWidth when test.Outputs > 1 ->
            ImageOutputs.infiniteWidth network temperature study
            |> Result.map (ofOutputs test)
        | ImageTheory.Product when test.Outputs > 1 ->
            ImageOutputs.solve network temperature study |> Result.map (ofOutputs test)
        | ImageTheory.InfiniteWidth ->
            DeepConvolution.infiniteWidth network temperature study
            |> Result.map (ofProduct test)
        | ImageTheory.Product -> DeepConvolution.solve network temperature study |> Result.map (ofProduct test)
        | ImageTheory.Hierarchical ->
            HierarchicalConvolution.solve network temperature study
            |> Result.map (ofHierarchy test)

    let private predict theory job (asked: PredictionAsked) =
        let test = asked.Examples.Split.Test

        let solver (network, temperature) =
            ImageTheory.ofTheory theory network
            |> Result.bind (fun theory -> solve theory test network temperature asked.Examples.Image.Value)
            |> Result.bind MatrixResults.requireFinite

        Job.points job
        |> Job.ofKind JobNetwork.image
        |> Result.bind (ResultKind.solveImages MatrixResults.kind asked.Examples solver)

    let private explain theory network temperature split =
        let size = ProblemSize.Of split

        ImageTheory.ofTheory theory network
        |> Result.map (fun theory ->
            match theory with
            | ImageTheory.Hierarchical -> Explain.ofHierarchicalConvolution size temperature network
            | ImageTheory.InfiniteWidth
            | ImageTheory.Product -> Explain.ofImageNetwork size temperature network)

    let private fitOne theory temperature (asked: FitAsked) (split: Split) network =
        result {
            let! solve =
                ImageTheory.ofTheory theory network
                |> Result.bind (fun theory ->
                    match theory with
                    | ImageTheory.InfiniteWidth -> Ok ImageOutputs.infiniteWidth
                    | ImageTheory.Product -> Ok ImageOutputs.solve
                    | ImageTheory.Hierarchical ->
                        Refusing.because
                            "job.theory: several convolutional layers are fitted by \"wishart\" or \"infinite-width\", not layer by layer.")

            let! fit =
                ImageEvidence.fitOutputs
                    solve
                    (asked.Hyperparameters(ImageNetwork.fullyConnected network))
                    network
                    temperature
                    (ImageStudy split.Train)

            return!
                fit
                |> FitResults.ofFit asked split.Train (fun posterior ->
                    JobNetwork.Image posterior.Network,
                    PointScore.Numbers(posterior.Temperature, ImageOutputs.score split.Test posterior))
        }

    let private fit theory network temperature asked split =
        Fits.images network asked |> Fits.each (fitOne theory temperature asked split)

    /// A theory of several convolutional layers.
    let layers theory network (job: Job) =
        { Refusing.everything job with
            Predict = predict theory job
            Explain = explain theory network job.Temperature
            Fit = fit theory network job.Temperature
        }

    let private checkOneLayer theory =
        if Theory.isProportional theory then
            Ok()
        else
            Refusing.because "A convolutional network takes the theory \"proportional\"."

    let private predictOneLayer theory job (asked: PredictionAsked) =
        let test = asked.Examples.Split.Test

        let solver (network: ConvolutionalNetwork, temperature) =
            result {
                do! checkOneLayer theory

                let! posterior =
                    Convolution.solve network temperature asked.Examples.Convolution.Value

                return!
                    MatrixResults.create
                        (JobNetwork.Convolutional network)
                        (PointScore.Numbers(temperature, Convolution.score test posterior))
                        (posterior.SaddlePoint, Convolution.logEvidence posterior)
                        (lazy PredictiveLaw.ofConvolution test.Inputs posterior)
                    |> MatrixResults.requireFinite
            }

        Job.points job
        |> Job.ofKind JobNetwork.convolutional
        |> Result.bind (ResultKind.solve MatrixResults.kind asked.Examples solver)

    let private fitOneLayer theory temperature (asked: FitAsked) (split: Split) (network: ConvolutionalNetwork) =
        result {
            do! checkOneLayer theory
            // The priors, the biases and the temperature are those of one hidden layer.
            let layer = Network.dense network.Activation [ network.Channels ]

            let! fit =
                ConvolutionEvidence.fit (asked.Hyperparameters layer) network temperature (ConvolutionStudy split.Train)

            return!
                fit
                |> FitResults.ofFit asked split.Train (fun posterior ->
                    JobNetwork.Convolutional posterior.Network,
                    PointScore.Numbers(posterior.Temperature, Convolution.score split.Test posterior))
        }

    /// A theory of one convolutional layer, of several outputs that of several layers.
    let oneLayer theory (network: ConvolutionalNetwork) (job: Job) =
        let layers = layers theory (ImageNetwork.ofConvolutional network) job
        let temperature = job.Temperature

        { layers with
            Predict =
                fun asked ->
                    if asked.Examples.Split.Train.Outputs > 1 then
                        layers.Predict asked
                    else
                        predictOneLayer theory job asked
            Explain =
                fun split ->
                    if split.Train.Outputs > 1 then
                        Ok(
                            Explain.ofImageNetwork
                                (ProblemSize.Of split)
                                temperature
                                (ImageNetwork.ofConvolutional network)
                        )
                    else
                        checkOneLayer theory
                        |> Result.map (fun () -> Explain.ofConvolution (ProblemSize.Of split) temperature network)
            Fit =
                fun asked split ->
                    if split.Train.Outputs > 1 then
                        layers.Fit asked split
                    else
                        Fits.convolutional network asked
                        |> Fits.each (fitOneLayer theory temperature asked split)
        }
