namespace FiniteWidth

/// A positive number that the evidence can choose: a prior's precision, or the temperature.
[<RequireQualifiedAccess>]
type Hyperparameter =
    /// lambda_l, the precision of the weights that leave layer l (lambda_0: the input's).
    | Prior of layer: int
    /// lambda_b,l, the precision of the biases of layer l.
    | BiasPrior of layer: int
    /// T.
    | Temperature

    override this.ToString() =
        match this with
        | Prior l -> $"lambda_{l}"
        | BiasPrior l -> $"lambda_b,{l}"
        | Temperature -> "T"

/// Priors, bias priors and the temperature, as what a fit varies.
[<RequireQualifiedAccess>]
module Hyperparameter =

    /// lambda_0 .. lambda_L.
    let priors (network: Network) =
        List.init (network.Depth + 1) Hyperparameter.Prior

    /// lambda_b,l of the layers that have biases.
    let biasPriors (network: Network) =
        network.Biases
        |> List.indexed
        |> List.choose (fun (i, bias) -> bias |> Option.map (fun _ -> Hyperparameter.BiasPrior(i + 1)))

    /// Every prior, every bias prior and the temperature.
    let all network =
        priors network @ biasPriors network @ [ Hyperparameter.Temperature ]

    /// The symbol that stands for it in kernels and entropies; the temperature has none.
    let internal symbol hyperparameter =
        match hyperparameter with
        | Hyperparameter.Prior l -> Some(Symbol.Prior l)
        | Hyperparameter.BiasPrior l -> Some(Symbol.BiasPrior l)
        | Hyperparameter.Temperature -> None

    /// Its value in a network at temperature T, where the network has it.
    let tryValue (network: Network) (temperature: float) hyperparameter =
        match symbol hyperparameter with
        | Some symbol -> Network.tryValue symbol network
        | None -> Some temperature

    /// Its value in a network at temperature T, or the failure that says that the network does not have it.
    let internal value network temperature hyperparameter =
        match tryValue network temperature hyperparameter with
        | Some value -> Ok value
        | None ->
            let names = all network |> List.map string |> String.concat ", "
            Error(BadNetwork $"The {network} has no {hyperparameter}: it has {names}.")

    /// The network and temperature with one of its hyperparameters changed.
    let set (network: Network, temperature: float) hyperparameter value =
        let rebuild priors biases =
            Network.create network.Activation network.Widths priors biases
            |> Result.map (Network.withWiring network.Wiring)

        match hyperparameter with
        | Hyperparameter.Temperature -> Ok(network, value)
        | Hyperparameter.Prior l ->
            rebuild (List.updateAt l value network.Priors) network.Biases
            |> Result.map (fun changed -> changed, temperature)
        | Hyperparameter.BiasPrior l ->
            rebuild network.Priors (List.updateAt (l - 1) (Some value) network.Biases)
            |> Result.map (fun changed -> changed, temperature)
