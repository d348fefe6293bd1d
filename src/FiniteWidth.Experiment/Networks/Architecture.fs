namespace FiniteWidth.Experiment

open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// A network whose posterior is sampled: the same value that the theory takes.
[<RequireQualifiedAccess>]
type Architecture =
    /// L hidden layers, f = v . sigma(h_L)/sqrt(N_L).
    | FullyConnected of Network
    /// A convolutional layer and a linear readout.
    | Convolutional of ConvolutionalNetwork
    /// Several convolutional layers, fully connected ones or an average, and a linear readout.
    | Image of ImageNetwork

    override this.ToString() =
        match this with
        | FullyConnected network -> string network
        | Convolutional network -> string network
        | Image network -> string network

/// Networks that can be sampled.
[<RequireQualifiedAccess>]
module Architecture =

    /// sigma.
    let activation architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Activation
        | Architecture.Convolutional network -> network.Activation
        | Architecture.Image network -> network.Activation

    /// The number of patches that an example is cut into, the positions of the first layer; 1 for a fully connected network.
    let patches architecture =
        match architecture with
        | Architecture.FullyConnected _ -> 1
        | Architecture.Convolutional network -> network.Patches
        | Architecture.Image network -> network.Grids.Head.Count

    let internal patchReadout architecture =
        match architecture with
        | Architecture.Convolutional network when network.Pooling = Pooling.Average -> PatchReadout.Averaged
        | Architecture.Image network when network.Pooling = Pooling.Average -> PatchReadout.Averaged
        | _ -> PatchReadout.Separate

    /// N_1 .. N_L; the channels of a convolutional layer.
    let widths architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Widths
        | Architecture.Convolutional network -> [ network.Channels ]
        | Architecture.Image network -> network.Widths

    /// What layer l, from 1, sees of the layer below: for each of its positions the positions below, one footprint after the other, and how many they are
    /// at each; none where every position sees its own.
    let internal footprint l architecture =
        match architecture with
        | Architecture.Image network when l > 1 && l <= network.Layers.Length ->
            let struct (rows, columns) = network.Layers[l - 1].Patch
            Some(struct (rows * columns, ImageNetwork.footprints l network))
        | Architecture.Image network when l > 1 && l = network.Layers.Length + 1 ->
            Some(struct (network.Positions, [| 0 .. network.Positions - 1 |]))
        | _ -> None

    /// The number of inputs of a unit of each hidden layer, the first over so many.
    let internal fanIns (inputs: int) architecture =
        let widths = widths architecture

        [
            inputs
            for l in 2 .. widths.Length do
                match footprint l architecture with
                | Some(struct (size, _)) -> size * widths[l - 2]
                | None -> widths[l - 2]
        ]

    /// lambda_0 .. lambda_L.
    let priors architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Priors
        | Architecture.Convolutional network -> [ network.FilterPrior; network.ReadoutPrior ]
        | Architecture.Image network -> network.Priors

    /// lambda_b,1 .. lambda_b,L.
    let biases architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Biases
        | Architecture.Convolutional _ -> [ None ]
        | Architecture.Image network -> network.Biases

    /// The number of features that the readout sees: N_L, or N_c n without pooling. f = v . features/sqrt(features).
    let features architecture =
        match architecture with
        | Architecture.Convolutional network when network.Pooling = Pooling.None -> network.Channels * network.Patches
        | Architecture.Image network -> network.ReadoutSites * List.last network.Widths
        | _ -> List.last (widths architecture)

    /// What the units of the first layer see of inputs: their rows, or the patches of each in successive rows.
    let receptive (inputs: Matrix) architecture =
        match architecture with
        | Architecture.FullyConnected _ -> inputs
        | Architecture.Convolutional network -> Patches.ofAll network inputs
        | Architecture.Image network ->
            let channels = nativeint network.Image.Channels
            let struct (rows, columns) = network.Layers.Head.Patch
            let size = nativeint (rows * columns)
            let pixels = ImageNetwork.footprints 1 network
            let positions = nativeint network.Grids.Head.Count

            Matrix.Create(
                inputs.Rows * positions,
                size * channels,
                fun row column ->
                    let mu, i = row / positions, row % positions
                    let t, channel = column / channels, column % channels

                    match pixels[int (i * size + t)] with
                    | -1 -> 0.0
                    | pixel -> inputs[mu, nativeint pixel * channels + channel]
            )

    /// Whether the network can be sampled, given inputs with this number of features.
    let internal check features architecture =
        match architecture with
        | Architecture.FullyConnected network when network.Wiring = Wiring.Residual ->
            Error(Unsupported "A network with skip connections cannot be sampled: its layers must be sequential.")
        | Architecture.Image network when network.Pooling = Pooling.Average && not network.DenseWidths.IsEmpty ->
            Error(
                Unsupported
                    "A network with fully connected layers behind an average is not sampled: leave out the pooling, or the layers."
            )
        | Architecture.Image network when
            features <> network.Image.Height * network.Image.Width * network.Image.Channels
            ->
            let image = network.Image

            Error(
                BadData
                    $"The inputs have {features} features and the image {image.Height} x {image.Width} x {image.Channels} values: they must be as many."
            )
        | Architecture.Convolutional network when
            features <> network.Image.Height * network.Image.Width * network.Image.Channels
            ->
            let image = network.Image

            Error(
                BadData
                    $"The inputs have {features} features and the image {image.Height} x {image.Width} x {image.Channels} values: they must be as many."
            )
        | _ -> Ok()
