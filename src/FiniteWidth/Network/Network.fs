namespace FiniteWidth

open System

/// How the layers of a network are connected.
[<RequireQualifiedAccess>]
type Wiring =
    /// A layer receives the layer before it: h_(l+1) = W_(l+1) sigma(h_l)/sqrt(N_l).
    | Sequential
    /// Layers read from and write to a residual stream: s_0 = W_1 x/sqrt(N_0), s_l = s_(l-1) + W_(l+1) sigma(h_l)/sqrt(N_l). The stream
    /// has a channel a hidden unit, and h_l are the N_l channels of s_(l-1) that belong to layer l; f is one more channel of s_L, which no
    /// layer reads. Widths may differ, and no skip connection has a prior of its own.
    | Residual

/// A fully connected network f(x) = v . sigma(h_L)/sqrt(N_L) with L hidden layers and Gaussian priors.
///
/// h_1 = W_1 x/sqrt(N_0), h_(l+1) = W_(l+1) sigma(h_l)/sqrt(N_l). W_1 has precision lambda_0, W_(l+1) lambda_l, the readout v
/// lambda_L. A bias of layer l has precision lambda_b,l. Every width is at least 1 and every precision positive and finite. With skip
/// connections (`Wiring.Residual`) a layer adds to what it receives.
[<Sealed>]
type Network
    private (activation: Activation, widths: int list, priors: float list, biases: float option list, wiring: Wiring) =

    /// sigma.
    member _.Activation = activation

    /// N_1 .. N_L.
    member _.Widths = widths

    /// lambda_0 .. lambda_L.
    member _.Priors = priors

    /// lambda_b,1 .. lambda_b,L of the hidden layers, where they have biases.
    member _.Biases = biases

    /// How the layers are connected.
    member _.Wiring = wiring

    /// L, the number of hidden layers.
    member _.Depth = widths.Length

    /// What titles call it: a network, or a residual network.
    member _.Kind =
        match wiring with
        | Wiring.Sequential -> "network"
        | Wiring.Residual -> "residual network"

    // What makes a network what it is.
    member private _.Identity = activation, widths, priors, biases, wiring

    /// Networks with equal activations, widths, priors, biases and wiring are equal.
    override this.Equals other =
        match other with
        | :? Network as that -> this.Identity = that.Identity
        | _ -> false

    override this.GetHashCode() = hash this.Identity

    override this.ToString() =
        let join items =
            items |> Seq.map string |> String.concat ", "

        $"{activation} {this.Kind}, widths [{join widths}], priors [{join priors}]"

    static member internal Unchecked(activation, widths, priors, biases, wiring) =
        Network(activation, widths, priors, biases, wiring)

/// Networks, made and changed.
[<RequireQualifiedAccess>]
module Network =

    let private checkPrecision name (value: float) =
        if Double.IsFinite value && value > 0.0 then
            Ok()
        else
            Error(BadNetwork $"{name} is {value}: a prior's precision is positive and finite.")

    let private firstError checks =
        checks
        |> Seq.tryPick (fun check ->
            match check with
            | Error failure -> Some failure
            | Ok() -> None)

    /// The most hidden layers that kernels are computed of; theories with order parameters for every layer take fewer.
    let deepest = 1000

    let internal tooDeep (layers: int) =
        BadNetwork $"The network has {layers} hidden layers: at most {deepest} are within reach."

    /// A network, where there is a layer, one precision more than layers, and a bias precision (or none) a layer.
    let create activation (widths: int list) (priors: float list) (biases: float option list) =
        if widths.IsEmpty then
            Error(BadNetwork "The network has no hidden layer: it needs at least one width.")
        elif widths.Length > deepest then
            Error(tooDeep widths.Length)
        elif priors.Length <> widths.Length + 1 then
            Error(
                BadNetwork
                    $"There are {priors.Length} priors for {widths.Length} hidden layers: {widths.Length + 1} are needed, lambda_0 of the first weights to lambda_{widths.Length} of the readout."
            )
        elif biases.Length <> widths.Length then
            Error(
                BadNetwork
                    $"There are {biases.Length} bias priors for {widths.Length} hidden layers: each layer needs one, or null where it has no bias."
            )
        else
            let checks =
                seq {
                    for l, width in List.indexed widths do
                        if width < 1 then
                            Error(BadNetwork $"Hidden layer {l + 1} has width {width}: a width is at least 1.")

                    for l, prior in List.indexed priors do
                        checkPrecision $"The prior lambda_{l}" prior

                    for l, bias in List.indexed biases do
                        match bias with
                        | Some precision -> checkPrecision $"The bias prior lambda_b,{l + 1}" precision
                        | None -> ()
                }

            match firstError checks with
            | Some failure -> Error failure
            | None -> Ok(Network.Unchecked(activation, widths, priors, biases, Wiring.Sequential))

    /// The same layers connected in another way.
    let withWiring wiring (network: Network) =
        Network.Unchecked(network.Activation, network.Widths, network.Priors, network.Biases, wiring)

    /// Refuses a network with skip connections, on behalf of a subject that does not describe it.
    let requireSequential subject (network: Network) =
        match network.Wiring with
        | Wiring.Sequential -> Ok()
        | Wiring.Residual ->
            Error(Unsupported $"{subject} takes networks without skip connections, and this is the {network}.")

    // The network with these widths, priors and biases.
    let private rebuild (network: Network) widths priors biases =
        create network.Activation widths priors biases
        |> Result.orFail
        |> withWiring network.Wiring

    /// A network with these hidden widths, every precision 1, no biases.
    let dense activation (widths: int seq) =
        // No more than tells that they are too many.
        let widths = widths |> Seq.truncate (deepest + 1) |> List.ofSeq

        create activation widths (List.replicate (widths.Length + 1) 1.0) (List.replicate widths.Length None)
        |> Result.orFail

    /// A network with skip connections, of these hidden widths, every precision 1, no biases.
    let residual activation widths =
        dense activation widths |> withWiring Wiring.Residual

    /// The same network with other precisions lambda_0 .. lambda_L.
    let withPriors (priors: float seq) (network: Network) =
        rebuild network network.Widths (List.ofSeq priors) network.Biases

    /// The same network with another precision lambda_L of the readout.
    let withReadoutPrior prior (network: Network) =
        rebuild network network.Widths (List.updateAt network.Depth prior network.Priors) network.Biases

    /// The same network with a bias of the same precision in every hidden layer.
    let withBias precision (network: Network) =
        rebuild network network.Widths network.Priors (List.replicate network.Depth (Some precision))

    /// The same network with other hidden widths, as many as before.
    let withWidths (widths: int seq) (network: Network) =
        rebuild network (List.ofSeq widths) network.Priors network.Biases

    /// The same network with every hidden layer of width N.
    let withWidth n (network: Network) =
        withWidths (List.replicate network.Depth n) network

    /// The value of a symbol that the network fixes: a prior, a bias prior, a width.
    let tryValue symbol (network: Network) =
        match symbol with
        | Symbol.Prior l -> List.tryItem l network.Priors
        | Symbol.BiasPrior l -> List.tryItem (l - 1) network.Biases |> Option.flatten
        | Symbol.Width l -> List.tryItem (l - 1) network.Widths |> Option.map float
        | _ -> None

type Network with

    /// A network with these hidden widths N_1 .. N_L, every precision 1, no biases.
    static member Dense(activation, [<ParamArray>] widths: int[]) = Network.dense activation widths

    /// A network with these hidden widths N_1 .. N_L, every precision 1, no biases.
    static member Dense(activation, widths: int seq) = Network.dense activation widths

    /// A network with skip connections, of these hidden widths N_1 .. N_L, every precision 1, no biases.
    static member Residual(activation, [<ParamArray>] widths: int[]) = Network.residual activation widths

    /// A network with skip connections, of these hidden widths N_1 .. N_L, every precision 1, no biases.
    static member Residual(activation, widths: int seq) = Network.residual activation widths
