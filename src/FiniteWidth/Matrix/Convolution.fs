namespace FiniteWidth

open System
open System.Threading
open FiniteWidth.Numerics

/// Images cut into the patches of a network.
[<RequireQualifiedAccess>]
module Patches =

    /// Copies patch (row, column) of an image, rows of pixels one after the other.
    let private copy (network: ConvolutionalNetwork) patch (image: Span<float>) (target: Span<float>) =
        let length = network.Patch * network.Image.Channels
        let top = patch / network.PatchColumns * network.Stride
        let left = patch % network.PatchColumns * network.Stride

        for i in 0 .. network.Patch - 1 do
            let start = ((top + i) * network.Image.Width + left) * network.Image.Channels
            image.Slice(start, length).CopyTo(target.Slice(i * length, length))

    /// Patch i of every image: X_i, P x M.
    let ofImages (network: ConvolutionalNetwork) (inputs: Matrix) patch =
        let x = Matrix.Uninitialized(inputs.Rows, nativeint network.PatchLength)

        for mu in 0n .. inputs.Rows - 1n do
            copy network patch (inputs.Row mu) (x.Row mu)

        x

    /// Images in tiles of `height`, tile after tile: of a tile patch 0 of its images, then patch 1, ... (P n) x M.
    let tiled height (network: ConvolutionalNetwork) (inputs: Matrix) =
        let n = nativeint network.Patches
        let x = Matrix.Uninitialized(n * inputs.Rows, nativeint network.PatchLength)

        for mu in 0n .. inputs.Rows - 1n do
            let first = mu / height * height
            let rows = min height (inputs.Rows - first)

            for patch in 0n .. n - 1n do
                copy network (int patch) (inputs.Row mu) (x.Row(n * first + patch * rows + mu - first))

        x

    /// The patches of every image, an image's n patches in successive rows: (P n) x M.
    let ofAll (network: ConvolutionalNetwork) (inputs: Matrix) =
        let n = nativeint network.Patches
        let x = Matrix.Uninitialized(inputs.Rows * n, nativeint network.PatchLength)

        for mu in 0n .. inputs.Rows - 1n do
            for patch in 0n .. n - 1n do
                copy network (int patch) (inputs.Row mu) (x.Row(mu * n + patch))

        x

    /// The patches of one image: n x M.
    let ofImage (network: ConvolutionalNetwork) (inputs: Matrix) (mu: nativeint) =
        let x =
            Matrix.Uninitialized(nativeint network.Patches, nativeint network.PatchLength)

        for patch in 0 .. network.Patches - 1 do
            copy network patch (inputs.Row mu) (x.Row(nativeint patch))

        x

/// A training set of images with the kernels between its patches, which sweeps over channels, readout priors and temperatures
/// share.
[<Sealed>]
type ConvolutionStudy
    /// A training set of images; what depends on it alone is computed once.
    (train: DataSet) =

    let mutable kernels: (ConvolutionalNetwork * KernelSum * Spectrum) option = None

    let sameKernels (a: ConvolutionalNetwork) (b: ConvolutionalNetwork) =
        a.Activation = b.Activation
        && a.FilterPrior = b.FilterPrior
        && a.Image = b.Image
        && a.Patch = b.Patch
        && a.Stride = b.Stride
        && a.Pooling = b.Pooling

    static member internal Program(network: ConvolutionalNetwork) =
        Kernel.dual network.Activation (Scalar.number (1.0 / network.FilterPrior) * Kernel.Gram)
        |> KernelProgram.compile

    static member internal NoSymbol symbol : float =
        invalidOp $"The kernel of patches holds the symbol {Latex.symbol symbol}."

    // B_ij tile by tile of examples: what a patch of one example shares with a patch of successive others is contiguous there.
    static member private Sum(network: ConvolutionalNetwork, inputs: Matrix) =
        let n, count = network.Patches, int inputs.Rows
        // A tile of 256 rows is half a megabyte: it stays in the second-level cache until it is added up.
        let height = Math.Clamp(256 / n, 4, max 8 (count / 8))
        use x = Patches.tiled (nativeint height) network inputs

        let order, weight =
            match network.Pooling with
            | Pooling.None -> n, 1.0 / float n
            | Pooling.Average -> 1, 1.0 / float (n * n)

        let sum = KernelSum.Zero(order, count)

        let add (row: int) (column: int) (k: Matrix) =
            let rows, columns = int k.Rows / n, int k.Columns / n

            for mu in 0 .. rows - 1 do
                let width = if row = column then mu + 1 else columns

                for i in 0 .. n - 1 do
                    let entries = k.Row(nativeint (i * rows + mu))

                    for j in 0 .. n - 1 do
                        let a, b = if order = n then max i j, min i j else 0, 0
                        let target = sum.Entries(a, b, row / n + mu).Slice(column / n, width)
                        VectorArithmetic.AddScaled(entries.Slice(j * columns, width), weight, target)

        let program = ConvolutionStudy.Program network
        let weights = KernelProgram.weights ConvolutionStudy.NoSymbol program

        program.Pairs.SymmetricTiles(
            LinearAlgebra.Default,
            ReadOnlySpan weights,
            x,
            1.0 / float x.Columns,
            height * n,
            add,
            CancellationToken.None
        )

        sum

    /// The training set.
    member _.Train = train

    /// B_ij = K_ij/n; with average pooling the one matrix sum_ij K_ij/n^2.
    member internal _.Kernels(network: ConvolutionalNetwork) =
        match kernels with
        | Some(known, sum, spectrum) when sameKernels known network -> sum, spectrum
        | _ ->
            kernels <- None
            let sum = ConvolutionStudy.Sum(network, train.Inputs)
            let spectrum = KernelSum.spectrum train.Targets sum
            kernels <- Some(network, sum, spectrum)
            sum, spectrum

/// A convolutional network solved on data, with its n x n order parameter Qbar (1 x 1 with average pooling).
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Convolution
    internal
    (
        study: ConvolutionStudy,
        network: ConvolutionalNetwork,
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

    /// Qbar at the saddle point, patches row by row.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Study = study
    member internal _.Conditioned = conditioned

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Local kernel renormalisation (arXiv:2307.11807). With K_ij the kernel map between patches i and j,
///
/// K_R = (1/(lambda_1 n)) sum_ij Qbar_ij K_ij,
/// S = Tr Qbar - n - log det Qbar + (1/N_c) [ log det(I + beta K_R) + y^T (T I + K_R)^(-1) y ].
///
/// Average pooling shares a readout weight among the patches: K_R = (Qbar/(lambda_1 n^2)) sum_ij K_ij with one scalar Qbar.
[<RequireQualifiedAccess>]
module Convolution =

    let private check (network: ConvolutionalNetwork) temperature (train: DataSet) =
        let image = network.Image

        let order =
            if network.Pooling = Pooling.None then
                network.Patches
            else
                1

        let bytes = KernelSum.Bytes(order, train.Count)
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let gibibytes value = value / 1024.0 ** 3.0

        if train.Outputs <> 1 then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: the theory of a convolutional layer describes one output."
            )
        elif not (ImageShape.fits image train) then
            Error(ImageShape.mismatch image train)
        elif bytes > available || train.Count > 60_000 then
            Error(
                Unsupported
                    $"The kernels of {network.Patches} patches on {train.Count} examples take {gibibytes bytes:F1} GiB and {gibibytes available:F1} are available: use fewer patches or examples."
            )
        else
            Posterior.checkTemperature temperature

    let private target (data: DataSet) = DataSet.target 0 data

    /// Solves the theory for a convolutional network at temperature T on a study's training set.
    let solve (network: ConvolutionalNetwork) temperature (study: ConvolutionStudy) =
        Failures.catch (fun () ->
            result {
                do! check network temperature study.Train
                let sum, spectrum = study.Kernels network

                do! KernelChecks.checkRank temperature study.Train spectrum

                let scale = 1.0 / network.ReadoutPrior

                let action =
                    KernelSum.action (float network.Channels) temperature scale study.Train.Targets sum spectrum

                let! saddlePoint =
                    MatrixSaddle.solve SaddlePoint.defaults action
                    |> KernelChecks.orLost temperature scale spectrum

                do! MatrixSaddle.requireFinite saddlePoint
                let q = Matrix.FromArray saddlePoint.Chosen.OrderParameter

                match KernelSum.condition temperature scale (target study.Train) sum q with
                | Some conditioned when KernelSum.isLost temperature conditioned ->
                    return! Error(Failures.lost temperature)
                | Some conditioned -> return Convolution(study, network, temperature, action, saddlePoint, conditioned)
                | None -> return! Error(Failures.singular temperature spectrum.Rank spectrum.Count)
            })

    /// What multiplies K_ij in K_R.
    let internal weights (posterior: Convolution) =
        let network = posterior.Network
        let q = posterior.OrderParameter
        let n = float network.Patches

        fun i j ->
            match network.Pooling with
            | Pooling.None -> q[i, j] / (n * network.ReadoutPrior)
            | Pooling.Average -> q[0, 0] / (n * n * network.ReadoutPrior)

    let private crossKernel (inputs: Matrix) (posterior: Convolution) =
        let network = posterior.Network
        let train = posterior.Study.Train.Inputs
        let program = ConvolutionStudy.Program network
        let weight = weights posterior
        let cross = Matrix.Zeros(train.Rows, inputs.Rows)

        let test = Array.init network.Patches (fun j -> Patches.ofImages network inputs j)

        for i in 0 .. network.Patches - 1 do
            use left = Patches.ofImages network train i

            for j in 0 .. network.Patches - 1 do
                use k = KernelProgram.cross ConvolutionStudy.NoSymbol left test[j] program

                KernelSum.ForEachRow (int k.Rows) (fun mu ->
                    VectorArithmetic.AddScaled(k.Row(nativeint mu), weight i j, cross.Row(nativeint mu)))

        cross

    let private diagonal (inputs: Matrix) (posterior: Convolution) =
        let network = posterior.Network
        let program = ConvolutionStudy.Program network
        let weight = weights posterior

        Array.Parallel.init (int inputs.Rows) (fun t ->
            use x = Patches.ofImage network inputs (nativeint t)
            use k = KernelProgram.symmetric ConvolutionStudy.NoSymbol x program
            let mutable sum = 0.0

            for i in 0 .. network.Patches - 1 do
                for j in 0 .. network.Patches - 1 do
                    sum <- sum + weight i j * k[nativeint i, nativeint j]

            sum)

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: Convolution) =
        DataSet.requireFeatures posterior.Study.Train.Inputs inputs
        use cross = crossKernel inputs posterior
        KernelSum.predict posterior.Conditioned cross (diagonal inputs posterior)

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y|X); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: Convolution) =
        KernelSum.logEvidence
            posterior.Study.Train.Count
            (float posterior.Network.Channels)
            posterior.Temperature
            posterior.SaddlePoint
