namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A network on images solved on data, with its d x d order parameter Qbar (1 x 1 behind a pooling or a fully connected layer).
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type DeepConvolution
    internal
    (
        study: ImageStudy,
        network: ImageNetwork,
        temperature: float,
        action: MatrixAction,
        saddlePoint: MatrixSaddlePoint,
        conditioned: KernelSum.Conditioned
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint
    /// The action that was solved.
    member _.Action = action
    /// Qbar at the saddle point, positions row by row.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Study = study
    member internal _.Conditioned = conditioned

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Deep convolutional networks by one renormalisation of the kernels behind all layers, the product form of local kernel renormalisation
/// (arXiv:2605.29684): with H_ij the kernels of infinite width between the d final positions and L hidden layers of N channels or units each,
///
/// K_R = (1/(lambda_L d)) sum_ij Qbar_ij H_ij,
/// S = L Tr Qbar^(1/L) - L d - log det Qbar + (1/N) [ log det(I + beta K_R) + y^T (T I + K_R)^(-1) y ].
///
/// One layer is `Convolution`. Average pooling and fully connected layers leave one scalar Qbar, K_R = Qbar H/lambda_L.
[<RequireQualifiedAccess>]
module DeepConvolution =

    let private check (network: ImageNetwork) temperature (train: DataSet) =
        let image = network.Image
        let bytes = KernelSum.Bytes(network.ReadoutSites, train.Count)
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let gibibytes value = value / 1024.0 ** 3.0

        if train.Outputs <> 1 then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: the theory of convolutional layers describes one output."
            )
        elif not (ImageShape.fits image train) then
            Error(ImageShape.mismatch image train)
        elif bytes > available || train.Count > 60_000 then
            Error(
                Unsupported
                    $"The kernels of {network.ReadoutSites} positions on {train.Count} examples take {gibibytes bytes:F1} GiB and {gibibytes available:F1} are available: use larger strides, \"pooling\": \"average\", or fewer examples."
            )
        else
            Posterior.checkTemperature temperature

    let private conditionAt temperature scale (train: DataSet) (spectrum: Spectrum) sum (q: float[,]) =
        match KernelSum.condition temperature scale (DataSet.target 0 train) sum (Matrix.FromArray q) with
        | Some conditioned when KernelSum.isLost temperature conditioned -> Error(Failures.lost temperature)
        | Some conditioned -> Ok conditioned
        | None -> Error(Failures.singular temperature spectrum.Rank spectrum.Count)

    let private solveBy saddlePoint (network: ImageNetwork) temperature (study: ImageStudy) =
        Failures.catch (fun () ->
            result {
                let train = study.Train
                do! check network temperature train
                let sum, spectrum = study.Kernels network
                do! KernelChecks.checkRank temperature train spectrum
                let scale = 1.0 / (float network.ReadoutSites * List.last network.Priors)
                let width = float (List.last network.Widths)

                let action =
                    KernelSum.layered network.Depth width temperature scale train.Targets sum spectrum

                let! found = saddlePoint action |> KernelChecks.orLost temperature scale spectrum
                do! MatrixSaddle.requireFinite found

                let! conditioned =
                    conditionAt temperature scale train spectrum sum found.Chosen.OrderParameter

                return DeepConvolution(study, network, temperature, action, found, conditioned)
            })

    /// Solves the product form for a network at temperature T on a study's training set; all hidden layers have as many channels or units.
    let solve (network: ImageNetwork) temperature (study: ImageStudy) =
        ImageNetwork.requireOneWidth network
        |> Result.bind (fun () -> solveBy (MatrixSaddle.solve SaddlePoint.defaults) network temperature study)

    /// The network of infinite width, Qbar = I, whatever its channels and units.
    let infiniteWidth (network: ImageNetwork) temperature (study: ImageStudy) =
        let found action : Result<MatrixSaddlePoint, Failure> =
            Ok(MatrixSaddle.atIdentity network.ReadoutSites (MatrixSaddle.value action))

        solveBy found network temperature study

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: DeepConvolution) =
        DataSet.requireFeatures posterior.Study.Train.Inputs inputs
        let network = posterior.Network
        let q = posterior.OrderParameter
        let scale = 1.0 / (float network.ReadoutSites * List.last network.Priors)

        let cross, variances =
            posterior.Study.Cross(network, inputs, (fun i j -> scale * q[i, j]))

        use cross = cross
        KernelSum.predict posterior.Conditioned cross variances

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y|X); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: DeepConvolution) =
        KernelSum.logEvidence
            posterior.Study.Train.Count
            (float (List.last posterior.Network.Widths))
            posterior.Temperature
            posterior.SaddlePoint
