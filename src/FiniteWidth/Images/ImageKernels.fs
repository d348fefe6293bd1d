namespace FiniteWidth

open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Images

/// The kernels of networks on images at infinite width: what the weights and biases that enter a layer contribute to the covariance of its
/// preactivations, position by position, then layer by layer.
///
/// C_1(i, j) = sum_t x(i + t).x'(j + t)/(lambda_0 m_1 C) + 1/lambda_b,1, K_l = K o [C_l], C_(l+1)(i, j) = sum_t K_l(i + t, j + t)/(lambda_l m_(l+1)) +
/// 1/lambda_b,(l+1), and at the end H = K_L between all final positions: their trace over d is the kernel of f times lambda_L, with average pooling
/// their sum over d^2. The tangent kernels follow `NeuralTangent`, with the same sums over t.
[<RequireQualifiedAccess>]
module ImageKernels =

    let private biasVariance (bias: float option) =
        bias |> Option.map (fun precision -> 1.0 / precision) |> Option.defaultValue 0.0

    // The convolutional layers; with the slopes of activations for the tangent kernel.
    let internal layers isTangent (network: ImageNetwork) =
        let image = network.Image

        let slope: PairMap | null =
            if isTangent then
                NeuralTangent.slope network.Activation |> Result.orFail
            else
                null

        let inputs = GridShape(image.Height, image.Width) :: network.Grids

        [
            for l, layer in List.indexed network.Layers do
                let padding, output = ImageNetwork.place (l + 1) inputs[l] layer |> Result.orFail

                let struct (rows, columns) = layer.Patch
                let struct (down, across) = layer.Stride
                let values = float (rows * columns) * (if l = 0 then float image.Channels else 1.0)

                ImageLayer(
                    inputs[l],
                    output,
                    GridShape(rows, columns),
                    GridShape(down, across),
                    padding,
                    1.0 / (network.Priors[l] * values),
                    biasVariance network.Biases[l],
                    network.Activation.Map,
                    slope
                )
        ]

    let internal stack isTangent (network: ImageNetwork) =
        ImageKernel(network.Image.Channels, layers isTangent network, isTangent)

    // Weights of what stands behind the convolutional layers: a row, of positions with themselves, or those of all pairs.
    let internal readout (network: ImageNetwork) =
        let d = nativeint network.Positions

        match network.Pooling with
        | Pooling.None -> Matrix.Create(1n, d, (fun _ _ -> 1.0 / float d))
        | Pooling.Average -> Matrix.Create(d, d, (fun _ _ -> 1.0 / float d ** 2.0))

    // The fully connected layers' priors and bias variances, and the readout's prior.
    let private dense (network: ImageNetwork) =
        [
            for l in network.Layers.Length .. network.Depth - 1 -> network.Priors[l], biasVariance network.Biases[l]
        ]

    // factor k + shift, in place.
    let internal affine factor shift (k: Matrix) =
        for i in 0n .. k.Rows - 1n do
            let row = k.Row i

            for j in 0 .. row.Length - 1 do
                row[j] <- factor * row[j] + shift

        k

    // Behind the convolutional layers the fully connected ones act on whole matrices; the variances are those of the points of the rows, then, where they
    // are others, of the columns.
    let private through (network: ImageNetwork) (variances: float[]) right (k: Matrix) =
        let map = network.Activation.Map

        (variances, dense network)
        ||> List.fold (fun variances (prior, bias) ->
            let variances = variances |> Array.map (fun variance -> variance / prior + bias)
            let points = map.Prepare variances
            affine (1.0 / prior) bias k |> ignore
            EntrywiseMap.Apply(map, points, 0, right, k)
            Array.map map.Variance variances)
        |> ignore

        k

    let private convolved (kernel: ImageKernel) (points: ImagePoints list) (network: ImageNetwork) =
        if network.DenseWidths.IsEmpty then
            [||]
        else
            points
            |> List.map (fun points -> kernel.Variances(points, readout network))
            |> Array.concat

    /// lambda_L times the kernel of f on images in the rows of a matrix, P x P. `step` is called after each row.
    let symmetric (step: unit -> unit) (token: CancellationToken) (inputs: Matrix) network =
        let kernel = stack false network
        let points = Array.exactlyOne (kernel.Prepare inputs)

        kernel.Contract(points, points, readout network, step, token)
        |> through network (convolved kernel [ points ] network) 0

    /// The same between two sets of images, one in the rows of either matrix.
    let cross (step: unit -> unit) (token: CancellationToken) (left: Matrix) (right: Matrix) network =
        let kernel = stack false network
        let points = kernel.Prepare(left, right)

        kernel.Contract(points[0], points[1], readout network, step, token)
        |> through network (convolved kernel (List.ofArray points) network) points[0].Count

    /// lambda_L times the variance of f at every image.
    let variances (inputs: Matrix) (network: ImageNetwork) =
        let kernel = stack false network

        (kernel.Variances(Array.exactlyOne (kernel.Prepare inputs), readout network), dense network)
        ||> List.fold (fun variances (prior, bias) ->
            variances
            |> Array.map (fun variance -> network.Activation.Map.Variance(variance / prior + bias)))

    /// The kernel of f, P x P, on images in the rows of a matrix.
    let kernel (inputs: Matrix) (network: ImageNetwork) =
        Failures.catch (fun () ->
            symmetric ignore CancellationToken.None inputs network
            |> affine (1.0 / List.last network.Priors) 0.0
            |> Ok)

    /// The tangent kernel of f, P x P, on images in the rows of a matrix.
    let tangent (inputs: Matrix) (network: ImageNetwork) =
        Failures.catch (fun () ->
            result {
                let! slope = NeuralTangent.slope network.Activation
                let tangents = stack true network
                let points = Array.exactlyOne (tangents.Prepare inputs)
                let theta = tangents.Contract(points, points, readout network)
                let plain = stack false network
                let points = Array.exactlyOne (plain.Prepare inputs)
                let k = plain.Contract(points, points, readout network)

                // K + Theta' where Theta' stands for all weights below: Theta_(l+1) = K_(l+1) + Theta_l * slope/lambda.
                let map = network.Activation.Map

                let layer (variances: float[]) (prior, bias) =
                    affine (1.0 / prior) bias k |> ignore
                    affine (1.0 / prior) bias theta |> ignore
                    let variances = variances |> Array.map (fun variance -> variance / prior + bias)
                    let slopes = k.Clone()
                    let points = slope.Prepare variances
                    EntrywiseMap.Apply(slope, points, 0, 0, slopes)
                    let points = map.Prepare variances
                    EntrywiseMap.Apply(map, points, 0, 0, k)

                    for i in 0n .. k.Rows - 1n do
                        for j in 0n .. k.Columns - 1n do
                            theta[i, j] <- k[i, j] + theta[i, j] * slopes[i, j]

                    Array.map map.Variance variances

                List.fold layer (convolved plain [ points ] network) (dense network) |> ignore
                return affine (1.0 / List.last network.Priors) 0.0 theta
            })
