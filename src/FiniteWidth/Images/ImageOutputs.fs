namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A network on images with D outputs solved on data: an order parameter over outputs and final positions, (D d) x (D d), an output's positions together.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type ImageOutputs
    internal
    (
        train: DataSet,
        network: ImageNetwork,
        temperature: float,
        action: MatrixAction,
        saddlePoint: MatrixSaddlePoint,
        predict: Matrix -> JointPrediction
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint
    /// The action that was solved.
    member _.Action = action
    /// Qbar at the saddle point.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Train = train
    member internal _.Predict inputs = predict inputs

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of the {network} at T = {Display.number temperature}, P = {train.Count}, D = {train.Outputs}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Deep convolutional networks with several outputs, the product form (theory section 13): with H_ij the kernels of infinite width between the d final
/// positions,
///
/// Cov(f_a, f_b) = (1/(lambda_L d)) sum_ij Qbar_(ai)(bj) H_ij =: C_ab,
/// S = L Tr Qbar^(1/L) - L D d - log det Qbar + (1/N) [ log det(I + beta C) + y^T (T I + C)^(-1) y ].
///
/// An evaluation takes (D P)^3 operations, its gradient three times as many, and a direction of the second derivative four times. Average pooling and
/// fully connected layers leave Qbar (x) H/lambda_L: one decomposition of H, as in `SeveralOutputs`. One output is `DeepConvolution`.
[<RequireQualifiedAccess>]
module ImageOutputs =

    /// What does not fit: images of another size, layers of different widths, more numbers than memory holds.
    let internal check (network: ImageNetwork) isInfinite functions (train: DataSet) =
        let image = network.Image
        let p, sites = float train.Count, float network.ReadoutSites
        let joint = sites > 1.0 && not isInfinite
        // The blocks, and ten matrices of the functions' points.
        let bytes =
            if joint then
                4.0 * sites * (sites + 1.0) * p * p + 80.0 * (float functions * p) ** 2.0
            else
                80.0 * p * p

        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let gibibytes value = value / 1024.0 ** 3.0

        if not (ImageShape.fits image train) then
            Error(ImageShape.mismatch image train)
        elif bytes > available || train.Count > 45_000 then
            Error(
                Unsupported
                    $"An order parameter over {functions} functions and {network.ReadoutSites} positions on {train.Count} examples takes {gibibytes bytes:F1} GiB and {gibibytes available:F1} are available: use larger strides, \"pooling\": \"average\", or fewer examples."
            )
        elif isInfinite then
            Ok()
        else
            ImageNetwork.requireOneWidth network

    /// What multiplies H_ij.
    let internal scaleOf (network: ImageNetwork) =
        1.0 / (float network.ReadoutSites * List.last network.Priors)

    /// The kernel summed over sites between training images and others, and of the latter with themselves.
    let internal sharedCross (study: ImageStudy) (network: ImageNetwork) inputs =
        study.Cross(network, inputs, (fun i j -> if i = j then 1.0 else 0.0))

    // One kernel for all outputs, decomposed, and the action of Qbar over the outputs alone.
    let private sharedAction (network: ImageNetwork) temperature (study: ImageStudy) =
        let _, spectrum = study.Kernels network
        let width = float (List.last network.Widths)
        spectrum, SeveralOutputs.action network.Depth width temperature (scaleOf network) spectrum

    let private shared isInfinite (network: ImageNetwork) temperature (study: ImageStudy) =
        result {
            let train = study.Train
            let spectrum, action = sharedAction network temperature study
            do! KernelChecks.checkRank temperature train spectrum
            let scale = scaleOf network
            let width = float (List.last network.Widths)

            let! found =
                if isInfinite then
                    Ok(MatrixSaddle.atIdentity train.Outputs (MatrixSaddle.value action))
                else
                    let starts =
                        SeveralOutputs.closedForm network.Depth width temperature scale spectrum

                    MatrixSaddle.solveFrom SaddlePoint.defaults starts action
                    |> KernelChecks.orLost temperature scale spectrum

            do! MatrixSaddle.requireFinite found
            do! KernelChecks.checkNoise temperature (scale * SeveralOutputs.largest found) spectrum
            let q = PositiveMatrix.Decompose(Matrix.FromArray found.Chosen.OrderParameter)

            let predict inputs =
                let cross, diagonal = sharedCross study network inputs

                SeveralOutputs.predictBy
                    temperature
                    scale
                    q
                    spectrum
                    {
                        Cross = spectrum.Rotate cross
                        Diagonal = diagonal
                        Means = [||]
                        Explained = None
                    }

            return ImageOutputs(train, network, temperature, action, found, predict)
        }

    /// Batch after batch of test images, a pair of arrays each, as one.
    let internal joined (parts: (float[,] * float[,][]) list) =
        let rows =
            [
                for mean, _ in parts do
                    for t in 0 .. Array2D.length1 mean - 1 -> mean[t, *]
            ]

        array2D rows, parts |> List.map snd |> Array.concat

    // The kernels between sites, their sum decomposed, and the action of Qbar over outputs and sites.
    let private jointAction (network: ImageNetwork) temperature (study: ImageStudy) =
        let train = study.Train
        let covariance = study.Blocks network
        let order = covariance.Sites * train.Outputs
        let scale = scaleOf network
        let width = float (List.last network.Widths)
        let trace = covariance.Trace()
        KernelProgram.requireFinite trace
        let spectrum = Spectrum.decompose trace train.Targets
        let evidence = JointEvidence.gaussian temperature train.Targets

        let action =
            {
                Order = order
                Layers = network.Depth
                Expand = JointEvidence.expand width scale covariance evidence
                Size = 1.0 + float train.Count / width
                Symmetric = MatrixSaddle.symmetric order network.Depth width temperature (spectrum.Scaled scale)
                Cost = Cost.Large
            }

        covariance, spectrum, evidence, action

    let private joint (network: ImageNetwork) temperature (study: ImageStudy) =
        result {
            let train = study.Train
            let covariance, spectrum, evidence, action = jointAction network temperature study
            let sites = covariance.Sites
            let scale = scaleOf network
            do! KernelChecks.checkRank temperature train spectrum

            let! found =
                MatrixSaddle.solve SaddlePoint.defaults action
                |> KernelChecks.orLost temperature scale spectrum

            do! MatrixSaddle.requireFinite found
            let q = Matrix.FromArray found.Chosen.OrderParameter

            match evidence (covariance.Assemble(scale, q)) with
            | None -> return! Error(Failures.singular temperature spectrum.Rank spectrum.Count)
            | Some solved when temperature > 0.0 && KernelChecks.isLost solved.Condition.Value ->
                return! Error(Failures.lost temperature)
            | Some solved ->
                let predict inputs =
                    let mean, covariance =
                        study.CrossBlocks(network, inputs)
                        |> Seq.map (fun (struct (cross, each)) -> JointEvidence.predict scale q sites solved cross each)
                        |> List.ofSeq
                        |> joined

                    { Mean = mean; Covariance = covariance }

                return ImageOutputs(train, network, temperature, action, found, predict)
        }

    let private solveBy isInfinite (network: ImageNetwork) temperature (study: ImageStudy) =
        Failures.catch (fun () ->
            result {
                do! Posterior.checkTemperature temperature
                do! check network isInfinite study.Train.Outputs study.Train

                return!
                    if isInfinite || network.ReadoutSites = 1 then
                        shared isInfinite network temperature study
                    else
                        joint network temperature study
            })

    /// Solves the product form for a network at temperature T on a study's training set, whose targets have D columns; all hidden layers have as many
    /// channels or units.
    let solve network temperature study = solveBy false network temperature study

    /// The network of infinite width: Qbar = I, the outputs independent.
    let infiniteWidth network temperature study = solveBy true network temperature study

    /// The predictive mean and output-output covariance at the images in the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: ImageOutputs) =
        DataSet.requireFeatures posterior.Train.Inputs inputs
        posterior.Predict inputs

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> JointPrediction.score test.Targets

    /// The fraction of a test set whose largest predicted output is that of the largest target.
    let accuracy (test: DataSet) posterior =
        predict test.Inputs posterior |> JointPrediction.accuracy test.Targets

    /// log p(Y|X) of another network or temperature with the order parameter of this one.
    let internal logEvidenceAt (posterior: ImageOutputs) (network: ImageNetwork) temperature (study: ImageStudy) =
        let action =
            if Array2D.length1 posterior.OrderParameter = study.Train.Outputs then
                snd (sharedAction network temperature study)
            else
                let _, _, _, action = jointAction network temperature study
                action

        KernelSum.logEvidence
            (study.Train.Count * study.Train.Outputs)
            (float (List.last network.Widths))
            temperature
            { posterior.SaddlePoint with
                Chosen.Action = MatrixSaddle.value action posterior.OrderParameter
            }

    /// log p(Y|X); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: ImageOutputs) =
        KernelSum.logEvidence
            (posterior.Train.Count * posterior.Train.Outputs)
            (float (List.last posterior.Network.Widths))
            posterior.Temperature
            posterior.SaddlePoint
