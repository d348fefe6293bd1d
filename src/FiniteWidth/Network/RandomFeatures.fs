namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// The last hidden layer of a network whose weights are drawn from their prior: features phi(x) = sigma(h_L(x)).
[<RequireQualifiedAccess>]
module RandomFeatures =

    let private apply (units: ActivationFunction) (bias: float[] option) (h: Matrix) =
        Parallel.For(
            0L,
            int64 h.Rows,
            fun mu ->
                let row = h.Row(nativeint mu)

                match bias with
                | Some bias ->
                    for i in 0 .. row.Length - 1 do
                        row[i] <- row[i] + bias[i]
                | None -> ()

                units.Apply(Span.op_Implicit row, row)
        )
        |> ignore

    /// `draw` with the activation's units made beforehand.
    let internal drawWith units (stream: RandomStream) inputs (network: Network) =
        Network.requireSequential "The last hidden layer" network |> Result.orFail

        let normal index rows columns =
            let matrix = Matrix.Uninitialized(nativeint rows, nativeint columns)
            stream.Split(index).Normal matrix
            matrix

        let layers =
            [
                for l, (below, above) in List.pairwise (inputs :: network.Widths) |> List.indexed do
                    let scale = 1.0 / sqrt (network.Priors[l] * float below)

                    let bias =
                        network.Biases[l]
                        |> Option.map (fun precision ->
                            let draws = normal (int64 (2 * l + 1)) 1 above
                            Array.init above (fun i -> draws[0n, nativeint i] / sqrt precision))

                    scale, normal (int64 (2 * l)) above below, bias
            ]

        fun (x: Matrix) ->
            (x, layers)
            ||> List.fold (fun below (scale, weights, bias) ->
                let h = Matrix.Uninitialized(below.Rows, weights.Rows)
                LinearAlgebra.Default.Multiply(scale, below, false, weights, true, 0.0, h)
                apply units bias h
                h)

    /// Draws the weights and biases of every layer but the readout, for inputs of N0 features. The map that is returned takes inputs
    /// (P x N0) to features (P x N_L), always through the same weights. With skip connections f reads every layer, not the last alone:
    /// a FailureException then.
    let draw (stream: RandomStream) inputs (network: Network) =
        drawWith (Units.ofActivation network.Activation) stream inputs network
