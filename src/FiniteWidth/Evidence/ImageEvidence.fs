namespace FiniteWidth

open System
open System.Threading

/// The evidence of networks of convolutional layers, of numbers and of classes, differentiated and maximised in priors, bias priors and T.
///
/// At a stationary point Qbar the derivative is that of log p at fixed Qbar. It is taken by central differences in the logarithm of the
/// hyperparameter: two computations of the kernels for each prior or bias prior below the readout, and none for the readout's and T.
[<RequireQualifiedAccess>]
module ImageEvidence =

    /// lambda_0 .. lambda_L, the bias priors that there are, and T.
    let hyperparameters network =
        network |> ImageNetwork.fullyConnected |> Hyperparameter.all

    let private value network temperature hyperparameter =
        Hyperparameter.value (ImageNetwork.fullyConnected network) temperature hyperparameter

    let private set (network: ImageNetwork, temperature) (hyperparameter, value) =
        let withPriors priors biases =
            ImageNetwork.create
                network.Activation
                network.Image
                network.Layers
                network.Pooling
                network.DenseWidths
                priors
                biases
            |> Result.map (fun changed -> changed, temperature)

        match hyperparameter with
        | Hyperparameter.Temperature -> Ok(network, value)
        | Hyperparameter.Prior l -> withPriors (List.updateAt l value network.Priors) network.Biases
        | Hyperparameter.BiasPrior l -> withPriors network.Priors (List.updateAt (l - 1) (Some value) network.Biases)

    // The error of a difference is of order step^2/6.
    let private step = 1e-3

    // d log p/dh of each, `at` being log p of a network at T on a study with Qbar fixed.
    let private slopes (study: ImageStudy) at (network: ImageNetwork) temperature hyperparameters =
        let derivative hyperparameter =
            let here = value network temperature hyperparameter |> Result.orFail

            let log sign =
                let changed, temperature =
                    set (network, temperature) (hyperparameter, here * exp (sign * step))
                    |> Result.orFail

                let keepsKernels =
                    match hyperparameter with
                    | Hyperparameter.Temperature -> true
                    | Hyperparameter.Prior l -> l = network.Depth
                    | Hyperparameter.BiasPrior _ -> false

                // Another study's kernels, so that those of this one stay.
                at changed temperature (if keepsKernels then study else ImageStudy study.Train)

            (log 1.0 - log -1.0) / (2.0 * step * here)

        hyperparameters |> List.map derivative |> Array.ofList

    let private ofOutputs hyperparameters study (posterior: ImageOutputs) =
        slopes study (ImageOutputs.logEvidenceAt posterior) posterior.Network posterior.Temperature hyperparameters

    let private ofClasses hyperparameters study (posterior: ImageClassification) =
        slopes
            study
            (fun network _ study -> ImageClassification.logEvidenceAt posterior network study)
            posterior.Network
            1.0
            hyperparameters

    // Through kernels' differences.
    let private search =
        { Evidence.defaults with
            Tolerance = 1e-6
        }

    let private fit hyperparameters (network: ImageNetwork) temperature (study: ImageStudy) solve logEvidence gradient =
        result {
            let hyperparameters = List.ofSeq hyperparameters
            let! start = Evidence.start (value network temperature) temperature hyperparameters

            // Every setting has kernels of its own, which are not kept.
            let study = ImageStudy(study.Train, ignore, CancellationToken.None, None)

            return!
                Evidence.maximise
                    search
                    {
                        Hyperparameters = hyperparameters
                        Start = start
                        Targets = float (study.Train.Count * study.Train.Outputs)
                        Solve =
                            fun values ->
                                List.zip hyperparameters values
                                |> List.fold
                                    (fun setting change -> setting |> Result.bind (fun known -> set known change))
                                    (Ok(network, temperature))
                                |> Result.bind (fun (network, temperature) -> solve network temperature study)
                        LogEvidence = logEvidence
                        Gradient = gradient hyperparameters study
                    }
        }

    /// The derivatives d log p(Y|X)/dh at the saddle point; an error where the network has no such hyperparameter.
    let gradient (hyperparameters: Hyperparameter seq) (study: ImageStudy) (posterior: ImageOutputs) =
        let hyperparameters = List.ofSeq hyperparameters

        Failures.catch (fun () ->
            hyperparameters
            |> Result.traverse (value posterior.Network posterior.Temperature)
            |> Result.map (fun _ -> ofOutputs hyperparameters study posterior))

    let private checkClasses hyperparameters =
        if Seq.contains Hyperparameter.Temperature hyperparameters then
            Error ClassificationEvidence.noTemperature
        else
            Ok()

    /// The same of classes, which have no T.
    let gradientOfClasses (hyperparameters: Hyperparameter seq) (study: ImageStudy) (posterior: ImageClassification) =
        let hyperparameters = List.ofSeq hyperparameters

        Failures.catch (fun () ->
            result {
                do! checkClasses hyperparameters
                let! _ = hyperparameters |> Result.traverse (value posterior.Network 1.0)
                return ofClasses hyperparameters study posterior
            })

    /// Maximises log p(Y|X) over some hyperparameters in their logarithms, from the network's own values and T, by a theory such as
    /// `ImageOutputs.solve`; the others stay.
    let fitOutputs solve hyperparameters network temperature study =
        fit hyperparameters network temperature study solve ImageOutputs.logEvidence ofOutputs

    /// The same of classes, by a theory such as `ImageClassification.solve`; beta stays.
    let fitClasses solve hyperparameters network likelihood study =
        checkClasses hyperparameters
        |> Result.bind (fun () ->
            fit
                hyperparameters
                network
                1.0
                study
                (fun network _ study -> solve network likelihood study)
                ImageClassification.logEvidence
                ofClasses)
