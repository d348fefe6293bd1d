namespace FiniteWidth

/// What a theory says of a network: its renormalised kernel and the entropy of its order parameters.
///
/// S = Entropy + (1/N_L) [ log det(I + beta K) + y^T (T I + K)^(-1) y ], weight exp(-(N_L/2) S).
type Model =
    {
        /// The renormalised kernel, an expression in the order parameters.
        Kernel: Kernel
        /// The entropic part of the action.
        Entropy: Scalar
        /// What the action is a function of.
        OrderParameters: Symbol list
    }

/// What a theory says of a network.
[<RequireQualifiedAccess>]
module Model =

    let private isOrderParameter symbol =
        match symbol with
        | Symbol.Qbar _
        | Symbol.Q _
        | Symbol.Named _ -> true
        | _ -> false

    /// A model of this kernel and entropy. Its order parameters are the symbols that no network fixes: Qbar_l, Q_l, and symbols
    /// of one's own, which are then positive.
    let create kernel entropy =
        {
            Kernel = kernel
            Entropy = entropy
            OrderParameters =
                Set.union (Kernel.symbols kernel) (Scalar.symbols entropy)
                |> Set.filter isOrderParameter
                |> Set.toList
        }

type Model with

    /// A model of this kernel and entropy, whose order parameters are the symbols that no network fixes.
    static member Create(kernel, entropy) = Model.create kernel entropy

/// A finite-width theory: from a network to a model. Everything else is derived from the model.
type Theory = Network -> Model

/// The theories by name.
[<RequireQualifiedAccess>]
module Theory =

    let internal withBias (network: Network) layer kernel =
        match List.tryItem (layer - 1) network.Biases |> Option.flatten with
        | Some _ -> kernel + (1.0 / Scalar.biasPrior layer) * Kernel.Ones
        | None -> kernel

    /// K_0 = X X^T/(lambda_0 N0) and K_l = layer l K_(l-1)/lambda_l, with skip connections K_(l-1) + layer l K_(l-1)/lambda_l; biases
    /// included.
    let private layers layer (network: Network) =
        let input = (1.0 / Scalar.prior 0) * Kernel.Gram |> withBias network 1

        let next l previous =
            let branch = (1.0 / Scalar.prior l) * layer l previous

            match network.Wiring with
            | Wiring.Sequential -> branch
            | Wiring.Residual -> previous + branch

        (input, [ 1 .. network.Depth ])
        ||> List.fold (fun previous l -> next l previous |> withBias network (l + 1))

    /// The kernel of the preactivations of hidden layer l, counted from 1, of a sequential network: K_(l-1), its bias included.
    let internal preactivations (network: Network) layer =
        let input = (1.0 / Scalar.prior 0) * Kernel.Gram |> withBias network 1

        (input, [ 1 .. layer - 1 ])
        ||> List.fold (fun previous l ->
            (1.0 / Scalar.prior l) * Kernel.dual network.Activation previous
            |> withBias network (l + 1))

    /// K_0 = X X^T/(lambda_0 N0) and K_l = renormalise l (K o [K_(l-1)])/lambda_l, with skip connections K_(l-1) more; biases included.
    let recursion renormalise (network: Network) =
        layers (fun l previous -> renormalise l (Kernel.dual network.Activation previous)) network

    let private qbars (network: Network) =
        List.init network.Depth (fun i -> Symbol.Qbar(i + 1))

    /// sum_l (N_l/N_L) (Qbar_l - 1 - log Qbar_l): zero where every Qbar_l = 1.
    let layerEntropy (network: Network) =
        [ 1 .. network.Depth ]
        |> List.map (fun l ->
            let qbar = Scalar.qbar l
            Scalar.width l / Scalar.width network.Depth * (qbar - 1.0 - log qbar))
        |> Scalar.sum

    /// The neural-network Gaussian process: no order parameters, K the NNGP kernel.
    let infiniteWidth: Theory =
        fun network ->
            {
                Kernel = recursion (fun _ kernel -> kernel) network
                Entropy = Scalar.zero
                OrderParameters = []
            }

    /// The proportional limit, K_l = (Qbar_l/lambda_l) K o [K_(l-1)]: theory of odd activations (arXiv:2209.04882), and the
    /// Li-Sompolinsky heuristic for the others.
    let proportional: Theory =
        fun network ->
            {
                Kernel = recursion (fun l kernel -> Scalar.qbar l * kernel) network
                Entropy = layerEntropy network
                OrderParameters = qbars network
            }

    /// The equivalent Wishart ansatz, K = (prod_l Qbar_l) K_NNGP (arXiv:2605.29684), of networks without skip connections.
    let wishart: Theory =
        fun network ->
            if network.Wiring = Wiring.Residual then
                raise (
                    FailureException(
                        Unsupported
                            "The Wishart ansatz scales a kernel as a whole, and skip connections pass part of it on unscaled: use the proportional theory."
                    )
                )

            {
                Kernel =
                    Scalar.product (List.map Scalar.symbol (qbars network))
                    * recursion (fun _ kernel -> kernel) network
                Entropy = layerEntropy network
                OrderParameters = qbars network
            }

    /// Whether a theory is the proportional limit, as a deep network shows, whose layers it renormalises one by one.
    let isProportional (theory: Theory) =
        let deep =
            Network.Unchecked(Activation.erf, [ 1; 1 ], [ 1.0; 1.0; 1.0 ], [ None; None ], Wiring.Sequential)

        let form (model: Model) =
            Kernel.simplify model.Kernel, model.Entropy

        form (theory deep) = form (proportional deep)

    /// Activations with a mean m, in the proportional limit:
    ///
    /// K_l = (1/lambda_l) [ Qbar_l (K o [K_(l-1)] - m m^T) + m m^T/(1 + Q_l) ], S = sum_l (N_l/N_L) [-Q_l Qbar_l + log(1 + Q_l)] + ...
    ///
    /// The covariance of sigma is renormalised by Qbar_l and its mean by 1/(1 + Q_l). S is stationary in both: a maximum in Q_l, which
    /// is integrated along the imaginary axis, and then a minimum in Qbar_l. With m = 0 it is `proportional`.
    let nonOdd: Theory =
        fun network ->
            let layer l previous =
                Scalar.qbar l * Kernel.covariance network.Activation previous
                + (1.0 / (1.0 + Scalar.q l)) * Kernel.meanOuter network.Activation previous

            {
                Kernel = layers layer network
                Entropy =
                    [ 1 .. network.Depth ]
                    |> List.map (fun l ->
                        let q = Scalar.q l

                        Scalar.width l / Scalar.width network.Depth
                        * (log (1.0 + q) - q * Scalar.qbar l))
                    |> Scalar.sum
                OrderParameters = qbars network @ List.init network.Depth (fun i -> Symbol.Q(i + 1))
            }
