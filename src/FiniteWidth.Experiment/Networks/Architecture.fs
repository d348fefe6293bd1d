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

    override this.ToString() =
        match this with
        | FullyConnected network -> string network
        | Convolutional network -> string network

/// Networks that can be sampled.
[<RequireQualifiedAccess>]
module Architecture =

    /// sigma.
    let activation architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Activation
        | Architecture.Convolutional network -> network.Activation

    /// The number of patches that an example is cut into; 1 for a fully connected network.
    let patches architecture =
        match architecture with
        | Architecture.FullyConnected _ -> 1
        | Architecture.Convolutional network -> network.Patches

    let internal patchReadout architecture =
        match architecture with
        | Architecture.Convolutional network when network.Pooling = Pooling.Average -> PatchReadout.Averaged
        | _ -> PatchReadout.Separate

    /// N_1 .. N_L; the channels of a convolutional layer.
    let widths architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Widths
        | Architecture.Convolutional network -> [ network.Channels ]

    /// lambda_0 .. lambda_L.
    let priors architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Priors
        | Architecture.Convolutional network -> [ network.FilterPrior; network.ReadoutPrior ]

    /// lambda_b,1 .. lambda_b,L.
    let biases architecture =
        match architecture with
        | Architecture.FullyConnected network -> network.Biases
        | Architecture.Convolutional _ -> [ None ]

    /// The number of features that the readout sees: N_L, or N_c n without pooling. f = v . features/sqrt(features).
    let features architecture =
        match architecture with
        | Architecture.Convolutional network when network.Pooling = Pooling.None -> network.Channels * network.Patches
        | _ -> List.last (widths architecture)

    /// What the units of the first layer see of inputs: their rows, or the patches of each in successive rows.
    let receptive (inputs: Matrix) architecture =
        match architecture with
        | Architecture.FullyConnected _ -> inputs
        | Architecture.Convolutional network -> Patches.ofAll network inputs

    /// Whether the network can be sampled, given inputs with this number of features.
    let internal check features architecture =
        match architecture with
        | Architecture.FullyConnected network when network.Wiring = Wiring.Residual ->
            Error(Unsupported "A network with skip connections cannot be sampled: its layers must be sequential.")
        | Architecture.Convolutional network when
            features <> network.Image.Height * network.Image.Width * network.Image.Channels
            ->
            let image = network.Image

            Error(
                BadData
                    $"The inputs have {features} features and the image {image.Height} x {image.Width} x {image.Channels} values: they must be as many."
            )
        | _ -> Ok()
