namespace FiniteWidth

open System
open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Images

/// A training set of images with the kernels between its positions, which sweeps over channels, readout priors and temperatures share; so do predictions
/// at the same inputs. With a folder, kernels that took long are kept there for the next run.
[<Sealed>]
type ImageStudy
    /// A training set of images; `step` is called after each row of a kernel that is computed, which the token stops; `folder` keeps kernels.
    (train: DataSet, step: unit -> unit, token: CancellationToken, folder: string option) =

    let mutable kernels: (ImageNetwork * KernelSum * Spectrum) option = None
    let mutable crosses: (ImageNetwork * Matrix * Matrix * Matrix) option = None

    let mutable paths: (ImageNetwork * KernelSum) option = None

    let mutable blocks: (ImageNetwork * SiteCovariance) option = None

    let mutable crossBlocks: (ImageNetwork * Matrix * struct (Matrix * Matrix)) option =
        None

    let triangle n = n * (n + 1) / 2

    // What the kernels do not depend on.
    let kernelOf (network: ImageNetwork) =
        ImageNetwork.withWidth 1 network
        |> Result.bind (ImageNetwork.withReadoutPrior 1.0)
        |> Result.orFail

    // The activation by what it does: another one may have the same name.
    let fingerprint (activation: Activation) =
        let variances = [| 0.1; 0.5; 1.0; 2.0; 7.0 |]
        let map = activation.Map
        let points = map.Prepare variances
        let k = [| 0.05; -0.2; 0.3; 0.3; -0.1 |]
        map.Map(points, 2, points, 0, ReadOnlySpan k, Span k)
        [ yield! Array.map map.Variance variances; yield! k ]

    let keyOf (what: string) (network: ImageNetwork) inputs =
        let image = network.Image

        KernelStore.key
            [
                what
                string network.Activation
                string network.Pooling
                for layer in network.Layers do
                    $"{layer.Patch} {layer.Stride} {layer.Padding}"
            ]
            [
                yield! fingerprint network.Activation
                yield float image.Height
                yield float image.Width
                yield float image.Channels
                yield float network.DenseWidths.Length
                yield! network.Priors
                yield! network.Biases |> List.map (Option.defaultValue nan)
            ]
            inputs

    // Of a network in the form of `kernelOf`.
    let table (network: ImageNetwork) =
        let sites = network.ReadoutSites
        let columns = nativeint (triangle train.Count)

        KernelStore.getOrAdd
            folder
            (keyOf "symmetric" network [ train.Inputs ])
            (nativeint (triangle sites))
            columns
            (fun () ->
                let sum = KernelSum.Zero(sites, train.Count)

                if sites = 1 then
                    use k = ImageKernels.symmetric step token train.Inputs network
                    sum.Set(0, 0, 0, 0, k)
                else
                    let kernel = ImageKernels.stack false network
                    kernel.AddTo(Array.exactlyOne (kernel.Prepare train.Inputs), 1.0, sum.Table, step, token)

                sum.Table)

    // A row a pair of sites, a column a pair of a training and another image, and the same of other images with themselves.
    let crossTables (network: ImageNetwork) (inputs: Matrix) =
        let rows = nativeint (triangle network.ReadoutSites)
        let kernel = ImageKernels.stack false network

        let cross =
            KernelStore.getOrAdd
                folder
                (keyOf "cross" network [ train.Inputs; inputs ])
                rows
                (train.Inputs.Rows * inputs.Rows)
                (fun () ->
                    if rows = 1n then
                        let k = ImageKernels.cross step token train.Inputs inputs network
                        Matrix.Create(1n, k.Rows * k.Columns, (fun _ c -> k[c / k.Columns, c % k.Columns]))
                    else
                        let table = Matrix.Zeros(rows, train.Inputs.Rows * inputs.Rows)
                        let points = kernel.Prepare(train.Inputs, inputs)
                        kernel.AddTo(points[0], points[1], 1.0, table, step, token)
                        table)

        let variances =
            if rows = 1n then
                let values = ImageKernels.variances inputs network
                Matrix.Create(1n, inputs.Rows, (fun _ t -> values[int t]))
            else
                let table = Matrix.Zeros(rows, inputs.Rows)
                kernel.AddVariancesTo(Array.exactlyOne (kernel.Prepare inputs), 1.0, table)
                table

        cross, variances

    /// A training set of images.
    new(train) = ImageStudy(train, ignore, CancellationToken.None, None)

    /// The training set.
    member _.Train = train

    /// B_ij = H_ij; one B = H of what is pooled or followed by a fully connected layer.
    member internal _.Kernels(network: ImageNetwork) =
        let key = kernelOf network

        match kernels with
        | Some(known, sum, spectrum) when known = key -> sum, spectrum
        | _ ->
            kernels <- None
            let sites = network.ReadoutSites
            let sum = KernelSum.OfTable(sites, train.Count, table key)
            let spectrum = KernelSum.spectrum train.Targets sum
            kernels <- Some(key, sum, spectrum)
            sum, spectrum

    /// Of the paths through the layers: B_pq + B_qp.
    member internal _.Paths(network: ImageNetwork, kernel: PathKernel) =
        let key = kernelOf network

        match paths with
        | Some(known, sum) when known = key -> sum
        | _ ->
            paths <- None
            let count = kernel.Count

            let table =
                KernelStore.getOrAdd
                    folder
                    (keyOf "paths" key [ train.Inputs ])
                    (nativeint (triangle count))
                    (nativeint (triangle train.Count))
                    (fun () ->
                        let sum = KernelSum.Zero(count, train.Count)
                        kernel.AddTo(Array.exactlyOne (kernel.Whole.Prepare train.Inputs), sum.Table, step, token)
                        sum.Table)

            let sum = KernelSum.OfTable(count, train.Count, table)
            paths <- Some(key, sum)
            sum

    /// H_ij between all pairs of sites and images: what several functions take.
    member internal _.Blocks(network: ImageNetwork) =
        let key = kernelOf network

        match blocks with
        | Some(known, covariance) when known = key -> covariance
        | _ ->
            blocks <- None
            let sites = network.ReadoutSites
            let count = nativeint train.Count

            let table =
                KernelStore.getOrAdd
                    folder
                    (keyOf "blocks" key [ train.Inputs ])
                    (nativeint (triangle sites))
                    (count * count)
                    (fun () ->
                        let kernel = ImageKernels.stack false key
                        kernel.Blocks(Array.exactlyOne (kernel.Prepare train.Inputs), step, token))

            let covariance = SiteCovariance(sites, train.Count, table)
            blocks <- Some(key, covariance)
            covariance

    /// H_ij between the training images and those in the rows of `inputs`, and of the latter with themselves, for one range of the latter after the
    /// other: one range where it fits in memory, which is kept.
    member internal _.CrossBlocks(network: ImageNetwork, inputs: Matrix) =
        let key = kernelOf network
        let pairs = float network.ReadoutSites ** 2.0
        let each = 8.0 * pairs * float train.Count
        let room = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) / 8.0
        let size = Math.Clamp(int (min 1e9 (room / each)), 1, int inputs.Rows)

        let compute (inputs: Matrix) =
            let kernel = ImageKernels.stack false key
            let points = kernel.Prepare(train.Inputs, inputs)
            struct (kernel.Blocks(points[0], points[1], step, token), kernel.BlocksOfEach points[1])

        if size = int inputs.Rows then
            match crossBlocks with
            | Some(known, known', tables) when known = key && obj.ReferenceEquals(known', inputs) ->
                Seq.singleton tables
            | _ ->
                crossBlocks <- None
                let tables = compute inputs
                crossBlocks <- Some(key, inputs, tables)
                Seq.singleton tables
        else
            seq {
                for first in 0..size .. int inputs.Rows - 1 ->
                    let rows = nativeint (min size (int inputs.Rows - first))
                    compute (inputs.View(nativeint first, 0n, rows, inputs.Columns))
            }

    /// sum_ij w_ij H_ij between the training images and those in the rows of `inputs`, and of the latter with themselves, w symmetric.
    member internal _.Cross(network: ImageNetwork, inputs: Matrix, weight: int -> int -> float) =
        let key = kernelOf network
        let sites = nativeint network.ReadoutSites

        let bytes =
            4.0 * float (sites * (sites + 1n)) * float train.Count * float inputs.Rows

        if bytes > float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) / 3.0 then
            // Too many to keep: the layers are gone through again for every matrix of weights.
            let kernel = ImageKernels.stack false network
            let points = kernel.Prepare(train.Inputs, inputs)
            use weights = Matrix.Create(sites, sites, (fun i j -> weight (int i) (int j)))
            kernel.Contract(points[0], points[1], weights, step, token), kernel.Variances(points[1], weights)
        else

            let cross, variances =
                match crosses with
                | Some(known, known', cross, variances) when known = key && obj.ReferenceEquals(known', inputs) ->
                    cross, variances
                | _ ->
                    crosses <- None
                    let cross, variances = crossTables key inputs
                    crosses <- Some(key, inputs, cross, variances)
                    cross, variances

            let weights =
                [|
                    for i in 0 .. network.ReadoutSites - 1 do
                        for j in 0..i -> weight i j
                |]

            let weighted (table: Matrix) =
                let sum = Array.zeroCreate<float>(int table.Columns)
                LinearAlgebra.Default.Multiply(1.0, table, true, ReadOnlySpan weights, 0.0, Span sum)
                sum

            Matrix.FromArray(train.Inputs.Rows, inputs.Rows, ReadOnlySpan(weighted cross)), weighted variances
