namespace FiniteWidth

open System

/// A fully connected network f(x) = v . sigma(h_L)/sqrt(N_L) with L hidden layers and Gaussian priors.
///
/// h_1 = W_1 x/sqrt(N_0), h_(l+1) = W_(l+1) sigma(h_l)/sqrt(N_l). W_1 has precision lambda_0, W_(l+1) lambda_l, the readout v
/// lambda_L. A bias of layer l has precision lambda_b,l. Every width is at least 1 and every precision positive and finite.
[<Sealed>]
type Network private (activation: Activation, widths: int list, priors: float list, biases: float option list) =

    /// sigma.
    member _.Activation = activation

    /// N_1 .. N_L.
    member _.Widths = widths

    /// lambda_0 .. lambda_L.
    member _.Priors = priors

    /// lambda_b,1 .. lambda_b,L of the hidden layers, where they have biases.
    member _.Biases = biases

    /// L, the number of hidden layers.
    member _.Depth = widths.Length

    override _.ToString() =
        let join items =
            items |> Seq.map string |> String.concat ", "

        $"{activation} network, widths [{join widths}], priors [{join priors}]"

    static member internal Unchecked(activation, widths, priors, biases) =
        Network(activation, widths, priors, biases)

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

    /// A network, where there is a layer, one precision more than layers, and a bias precision (or none) a layer.
    let create activation (widths: int list) (priors: float list) (biases: float option list) =
        if widths.IsEmpty then
            Error(BadNetwork "The network has no hidden layer: it needs at least one width.")
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
            | None -> Ok(Network.Unchecked(activation, widths, priors, biases))

    let private rebuild activation widths priors biases =
        create activation widths priors biases |> Result.orFail

    /// A network with these hidden widths, every precision 1, no biases.
    let dense activation (widths: int seq) =
        let widths = List.ofSeq widths
        rebuild activation widths (List.replicate (widths.Length + 1) 1.0) (List.replicate widths.Length None)

    /// The same network with other precisions lambda_0 .. lambda_L.
    let withPriors (priors: float seq) (network: Network) =
        rebuild network.Activation network.Widths (List.ofSeq priors) network.Biases

    /// The same network with another precision lambda_L of the readout.
    let withReadoutPrior prior (network: Network) =
        rebuild network.Activation network.Widths (List.updateAt network.Depth prior network.Priors) network.Biases

    /// The same network with a bias of the same precision in every hidden layer.
    let withBias precision (network: Network) =
        rebuild network.Activation network.Widths network.Priors (List.replicate network.Depth (Some precision))

    /// The same network with other hidden widths, as many as before.
    let withWidths (widths: int seq) (network: Network) =
        rebuild network.Activation (List.ofSeq widths) network.Priors network.Biases

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
