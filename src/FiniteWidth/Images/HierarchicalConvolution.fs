namespace FiniteWidth

open System
open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Images

/// A network of convolutional layers solved on data with one order parameter M_l a layer.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type HierarchicalConvolution
    internal
    (
        study: ImageStudy,
        network: ImageNetwork,
        temperature: float,
        solution: LayeredMatrices.Solution,
        conditioned: KernelSum.Conditioned
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature

    /// M_1 .. M_L: M_l over the paths from a position of layer l to the readout, a place under a filter slowest and the final position fastest.
    member _.OrderParameters =
        [ for matrix in solution.Matrices -> matrix.Entries.ToArray() ]

    /// S at the minimum.
    member _.Action = solution.Action
    /// The largest component of the gradient there, relative to what cancels in it.
    member _.Residual = solution.Residual

    member internal _.Study = study
    member internal _.Solution = solution
    member internal _.Conditioned = conditioned

    interface IDisplayed with
        member _.Display =
            {
                Title = $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}"
                Header = []
                Rows =
                    [
                        for l, matrix in Array.indexed solution.Matrices do
                            [ $"M_{l + 1}, {matrix.Order} eigenvalues"; Display.numbers matrix.Eigenvalues ]
                        [ "action"; Display.number solution.Action ]
                        [ "residual"; Display.number solution.Residual ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Hierarchical local kernel renormalisation (arXiv:2605.29684): convolutional layers with one positive matrix M_l a layer, over the r_l paths from a
/// position of that layer to the readout, S_L = I, S_l = I_m (x) M_(l+1),
///
/// S = sum_l (N_l/N_1) [ Tr(S_l^(-1) M_l) - log det M_l + log det S_l - r_l ] + (1/N_1) [ log det(I + beta K_R) + y^T (T I + K_R)^(-1) y ],
/// K_R = (1/(lambda_L d)) sum_pq (M_1)_pq B_pq,
///
/// B_pq the first layer's kernel between the positions where two paths begin, times the later layers' weights and gains K o [C]/C of infinite width
/// along them. Exact in the spatial structure for linear networks; for other odd activations the gains are frozen. One layer is `Convolution`.
[<RequireQualifiedAccess>]
module HierarchicalConvolution =

    let private tolerance = 1e-8

    let private describes (network: ImageNetwork) (train: DataSet) temperature =
        let image = network.Image
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)

        let paths =
            network.Layers
            |> List.tail
            |> List.fold
                (fun paths layer ->
                    let struct (rows, columns) = layer.Patch
                    paths * float rows * float columns)
                (float network.Positions)

        let bytes =
            4.0 * paths * (paths + 1.0) * float train.Count * float (train.Count + 1) / 2.0

        if network.Activation.Parity <> Parity.Odd then
            Error(
                Unsupported
                    $"The activation {network.Activation} is not odd: the hierarchical form describes odd ones, such as erf, tanh and linear; use the product form."
            )
        elif network.Pooling <> Pooling.None || not network.DenseWidths.IsEmpty then
            Error(
                Unsupported
                    "The hierarchical form describes convolutional layers with a readout of all final positions: leave out pooling and fully connected layers, or use the product form."
            )
        elif network.Biases |> List.tail |> List.exists Option.isSome then
            Error(Unsupported "The hierarchical form takes biases in the first layer alone: use the product form.")
        elif train.Outputs <> 1 then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: the theory of convolutional layers describes one output."
            )
        elif not (ImageShape.fits image train) then
            Error(ImageShape.mismatch image train)
        elif bytes > available then
            Error(
                Unsupported
                    $"The kernels of {paths} paths on {train.Count} examples take {bytes / 1024.0 ** 3.0:F1} GiB and {available / 1024.0 ** 3.0:F1} are available: use larger strides, smaller filters or fewer examples, or the product form."
            )
        else
            Posterior.checkTemperature temperature

    let private kernel (network: ImageNetwork) =
        PathKernel(network.Image.Channels, ImageKernels.layers false network)

    // 1/(lambda_L d).
    let private scaleOf (network: ImageNetwork) =
        1.0 / (List.last network.Priors * float network.Positions)

    /// Solves the hierarchical form for a network at temperature T on a study's training set.
    let solve (network: ImageNetwork) temperature (study: ImageStudy) =
        Failures.catch (fun () ->
            result {
                let train = study.Train
                do! describes network train temperature
                let kernel = kernel network
                let sum = study.Paths(network, kernel)
                let spectrum = KernelSum.spectrum train.Targets sum
                do! KernelChecks.checkRank temperature train spectrum
                let scale = scaleOf network
                let first = float network.Widths.Head

                let data = KernelSum.action first temperature scale train.Targets sum spectrum

                let orders =
                    [|
                        for l in 0 .. network.Depth - 1 ->
                            network.Layers
                            |> List.skip (l + 1)
                            |> List.fold
                                (fun paths layer ->
                                    let struct (rows, columns) = layer.Patch
                                    paths * rows * columns)
                                network.Positions
                    |]

                let action: LayeredMatrices.Action =
                    {
                        Ratios = [| for width in network.Widths -> float width / first |]
                        Orders = orders
                        Data = data.Expand
                        Size = float train.Count / first
                    }

                let! solution =
                    match LayeredMatrices.solve tolerance action with
                    | Some solution -> Ok solution
                    | None ->
                        Error(
                            NoSaddle
                                $"No positive matrices make the action stationary to a relative residual below {tolerance}: raise T, take a milder prior, or bring the targets to order one."
                        )

                match
                    KernelSum.condition temperature scale (DataSet.target 0 train) sum solution.Matrices[0].Entries
                with
                | Some conditioned when KernelSum.isLost temperature conditioned ->
                    return! Error(Failures.lost temperature)
                | Some conditioned ->
                    return HierarchicalConvolution(study, network, temperature, solution, conditioned)
                | None -> return! Error(Failures.singular temperature spectrum.Rank spectrum.Count)
            })

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: HierarchicalConvolution) =
        let train = posterior.Study.Train.Inputs
        DataSet.requireFeatures train inputs
        let network = posterior.Network
        let kernel = kernel network
        let scale = scaleOf network
        let m = posterior.Solution.Matrices[0].Entries
        use weights = Matrix.Create(m.Rows, m.Columns, (fun i j -> scale * m[i, j]))
        let points = kernel.Whole.Prepare(train, inputs)
        use cross = kernel.Contract(points[0], points[1], weights)
        KernelSum.predict posterior.Conditioned cross (kernel.Variances(points[1], weights))

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y|X) = -(N_1/2) S - (P/2) log(2 pi T); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: HierarchicalConvolution) =
        let noise =
            if posterior.Temperature > 0.0 then
                posterior.Temperature
            else
                1.0

        -0.5
        * (float posterior.Network.Widths.Head * posterior.Action
           + float posterior.Study.Train.Count * log (2.0 * Math.PI * noise))
