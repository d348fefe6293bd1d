namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// The networks that a job can describe.
[<RequireQualifiedAccess>]
type JobNetwork =
    | Dense of Network
    | Convolutional of ConvolutionalNetwork
    /// Convolutional layers and fully connected ones.
    | Image of ImageNetwork
    /// Two coupled networks, one a task.
    | Coupled of CoupledNetworks

/// What commands ask of networks, whichever kind they are of.
[<RequireQualifiedAccess>]
module JobNetwork =

    let dense network =
        match network with
        | JobNetwork.Dense network -> Some network
        | _ -> None

    let convolutional network =
        match network with
        | JobNetwork.Convolutional network -> Some network
        | _ -> None

    /// A network of convolutional layers, however many it has.
    let image network =
        match network with
        | JobNetwork.Image network -> Some network
        | JobNetwork.Convolutional network -> Some(ImageNetwork.ofConvolutional network)
        | _ -> None

    let coupled network =
        match network with
        | JobNetwork.Coupled networks -> Some networks
        | _ -> None

    /// The widths of the hidden layers: units, or channels.
    let widths network =
        match network with
        | JobNetwork.Dense network -> network.Widths
        | JobNetwork.Convolutional network -> [ network.Channels ]
        | JobNetwork.Image network -> network.Widths
        | JobNetwork.Coupled networks -> networks.Network.Widths

    /// The precisions of the weights, the readout's last.
    let priors network =
        match network with
        | JobNetwork.Dense network -> network.Priors
        | JobNetwork.Convolutional network -> [ network.FilterPrior; network.ReadoutPrior ]
        | JobNetwork.Image network -> network.Priors
        | JobNetwork.Coupled networks -> networks.Network.Priors

    /// The precisions of the hidden layers' biases, nothing for a layer without.
    let biases network =
        match network with
        | JobNetwork.Dense network -> network.Biases
        | JobNetwork.Image network -> network.Biases
        | JobNetwork.Convolutional _
        | JobNetwork.Coupled _ -> [ None ]

    let private coupledAs coupling network =
        CoupledNetworks.create network coupling |> Result.map JobNetwork.Coupled

    /// The network with this width in all hidden layers.
    let withWidth width network =
        match network with
        | JobNetwork.Dense network -> network |> Network.withWidth width |> JobNetwork.Dense |> Ok
        | JobNetwork.Convolutional network ->
            ConvolutionalNetwork.withReadout width network.ReadoutPrior network
            |> Result.map JobNetwork.Convolutional
        | JobNetwork.Image network -> ImageNetwork.withWidth width network |> Result.map JobNetwork.Image
        | JobNetwork.Coupled networks -> networks.Network |> Network.withWidth width |> coupledAs networks.Coupling

    /// The network with this precision of the readout.
    let withReadoutPrior prior network =
        match network with
        | JobNetwork.Dense network -> network |> Network.withReadoutPrior prior |> JobNetwork.Dense |> Ok
        | JobNetwork.Convolutional network ->
            ConvolutionalNetwork.withReadout network.Channels prior network
            |> Result.map JobNetwork.Convolutional
        | JobNetwork.Image network -> ImageNetwork.withReadoutPrior prior network |> Result.map JobNetwork.Image
        | JobNetwork.Coupled networks ->
            networks.Network
            |> Network.withReadoutPrior prior
            |> coupledAs networks.Coupling

    /// The networks that couplings make of it: it alone where it has none.
    let withCouplings couplings network =
        match network, couplings with
        | JobNetwork.Coupled networks, _ :: _ ->
            couplings
            |> Result.traverse (fun coupling -> coupledAs coupling networks.Network)
        | _ -> Ok [ network ]

    /// The network whose posterior is sampled.
    let architecture network =
        match network with
        | JobNetwork.Dense network -> Ok(Architecture.FullyConnected network)
        | JobNetwork.Convolutional network -> Ok(Architecture.Convolutional network)
        | JobNetwork.Image network -> Ok(Architecture.Image network)
        | JobNetwork.Coupled _ ->
            Error(
                Unsupported
                    "job.network.kind: an experiment takes one network, \"dense\" or \"convolution\", not \"transfer\"."
            )

    let private start kind activation =
        [ "kind", Tree.Word kind; "activation", ActivationJson.tree activation ]

    let private pooling pooling =
        "pooling",
        match pooling with
        | Pooling.None -> Tree.Word "none"
        | Pooling.Average -> Tree.Word "average"

    let private image' (shape: ImageShape) =
        "image", Tree.counts [ shape.Height; shape.Width ]

    let private layer (layer: ConvolutionalLayer) =
        let struct (rows, columns) = layer.Patch
        let struct (down, across) = layer.Stride

        [
            "channels", Tree.count layer.Channels
            "patch", Tree.counts [ rows; columns ]
            "stride", Tree.counts [ down; across ]
            "padding",
            match layer.Padding with
            | Padding.Valid -> Tree.Word "valid"
            | Padding.Same -> Tree.Word "same"
            | Padding.Zeros zeros -> Tree.count zeros
        ]

    /// The network as a value of a job; where a scaling sets the readout's prior, the last, it is not said.
    let tree isScaled network =
        let widths = "widths", Tree.counts (widths network)

        let biases =
            "biases", Tree.List(biases network |> List.map (Tree.orNothing Tree.Number))

        let priors =
            "priors",
            match priors network with
            | values when isScaled -> values |> List.take (values.Length - 1) |> Tree.numbers
            | values -> Tree.numbers values

        Tree.Object(
            match network with
            | JobNetwork.Dense network ->
                let kind =
                    match network.Wiring with
                    | Wiring.Sequential -> "dense"
                    | Wiring.Residual -> "residual"

                start kind network.Activation @ [ widths; priors; biases ]
            | JobNetwork.Convolutional network ->
                start "convolution" network.Activation
                @ [
                    widths
                    priors
                    "patch", Tree.count network.Patch
                    "stride", Tree.count network.Stride
                    "channels", Tree.count network.Image.Channels
                    image' network.Image
                    pooling network.Pooling
                ]
            | JobNetwork.Image network ->
                start "convolution" network.Activation
                @ [
                    "layers", Tree.objects (List.map layer network.Layers)
                    image' network.Image
                    "channels", Tree.count network.Image.Channels
                    pooling network.Pooling
                    "widths", Tree.counts network.DenseWidths
                    priors
                    biases
                ]
            | JobNetwork.Coupled networks ->
                start "transfer" networks.Network.Activation
                @ [ widths; priors; "gamma", Tree.Number networks.Coupling ]
        )
