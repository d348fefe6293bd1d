namespace FiniteWidth

open FiniteWidth.Numerics

/// The neural tangent kernel: the inner product of the gradients of f at two inputs, in networks of infinite width.
///
/// Every weight is a unit normal variable behind 1/sqrt(lambda_l N_l), every bias one behind 1/sqrt(lambda_b,l). Then, with K_l the NNGP
/// kernels and the biases inside them,
///
/// Theta_0 = K_0, Theta_l = K_l + (1/lambda_l) Theta_(l-1) * E[sigma' sigma'] over K_(l-1), entry by entry.
///
/// K_l is what the weights and biases that enter layer l + 1 contribute, the second term what all before them do. With skip connections
/// they contribute K_l - K_(l-1), and Theta_(l-1) is passed on as well.
[<RequireQualifiedAccess>]
module NeuralTangent =

    /// E[sigma'(z1) sigma'(z2)] of an activation over whole matrices, where it exists.
    let internal slope (activation: Activation) =
        match activation.Map.Slope with
        | null ->
            Error(
                Unsupported
                    $"The activation {activation} jumps, so that E[sigma'^2] does not exist: use a continuous activation, such as erf, tanh or relu."
            )
        | slope -> Ok slope

    /// Theta_L as a program over pairs of points, whose weights are the network's priors.
    let compile (network: Network) =
        slope network.Activation
        |> Result.map (fun slope ->
            let builder = KernelProgramBuilder()
            let pairs = builder.Pairs
            let weight l = 1.0 / Scalar.prior l

            let bias layer =
                match Network.tryValue (Symbol.BiasPrior layer) network with
                | Some _ -> [ 1.0 / Scalar.biasPrior layer, pairs.Ones() ]
                | None -> []

            let input = builder.Combine((weight 0, pairs.Gram()) :: bias 1)

            let layer (kernel, tangent) l =
                let branch = (weight l, pairs.Map(network.Activation.Map, kernel)) :: bias (l + 1)
                let earlier = weight l, pairs.Multiply(tangent, pairs.Map(slope, kernel))

                let passOn node =
                    match network.Wiring with
                    | Wiring.Sequential -> []
                    | Wiring.Residual -> [ Scalar.one, node ]

                builder.Combine(passOn kernel @ branch), builder.Combine(passOn tangent @ earlier :: branch)

            let _, tangent = List.fold layer (input, input) [ 1 .. network.Depth ]
            builder.Build tangent)

    let private value network = EffectiveAction.bind network [] [||]

    let private evaluate compute network =
        Failures.catch (fun () -> compile network |> Result.map compute)

    /// Theta_L on the rows of X, P x P.
    let kernel (inputs: Matrix) network =
        network |> evaluate (KernelProgram.symmetric (value network) inputs)

    /// Theta_L between the rows of two sets of inputs.
    let cross (left: Matrix) (right: Matrix) network =
        network |> evaluate (KernelProgram.cross (value network) left right)
