namespace FiniteWidth

open System
open FiniteWidth.Numerics.Images

/// What stands outside of its input under a filter.
[<RequireQualifiedAccess>]
type Padding =
    /// Nothing: filters stay inside, and cover the input exactly.
    | Valid
    /// Zeros, as many that the layer has ceil(input/stride) rows and columns; of an odd number of rows or columns one more below and on the right.
    | Same
    /// So many rows and columns of zeros on every side; the filters cover input and zeros exactly.
    | Zeros of int

/// A convolutional layer: filters, where they stand, and how many of them there are.
type ConvolutionalLayer =
    {
        /// N_c.
        Channels: int
        /// Rows and columns of a filter.
        Patch: struct (int * int)
        /// Rows and columns from one position of a filter to the next.
        Stride: struct (int * int)
        /// What stands outside of the input.
        Padding: Padding
    }

/// Convolutional layers, made and changed.
[<RequireQualifiedAccess>]
module ConvolutionalLayer =

    /// Square filters side by side of one pixel's step that stay inside of the input.
    let square channels side =
        {
            Channels = channels
            Patch = struct (side, side)
            Stride = struct (1, 1)
            Padding = Padding.Valid
        }

    /// The same filters so many pixels apart, down and across.
    let strided step layer =
        { layer with
            Stride = struct (step, step)
        }

    /// The same filters with other surroundings.
    let padded padding layer = { layer with Padding = padding }

    /// The same filters, more or fewer of them.
    let withChannels channels layer : ConvolutionalLayer = { layer with Channels = channels }

/// A network on images: convolutional layers, average pooling over the last one's positions or none, fully connected hidden layers or none, and a linear
/// readout.
///
/// h_1(i) = W_1 x(i)/sqrt(m_1 C), h_(l+1)(i) = W_(l+1) sigma(h_l)(i)/sqrt(m_(l+1) N_l), x(i) and sigma(h)(i) the values under a filter of m_l positions at
/// position i, zeros outside of the image. What follows sees the channels of all d final positions, divided by sqrt(d N_l), or their averages. W_1 has
/// precision lambda_0, that of layer l + 1 lambda_l, the readout lambda_L; a bias of layer l has precision lambda_b,l.
[<Sealed>]
type ImageNetwork
    private
    (
        activation: Activation,
        image: ImageShape,
        layers: ConvolutionalLayer list,
        grids: GridShape list,
        pooling: Pooling,
        widths: int list,
        priors: float list,
        biases: float option list
    ) =

    /// sigma.
    member _.Activation = activation

    /// Height, width and channels of an input.
    member _.Image = image

    /// The convolutional layers, from the image outwards.
    member _.Layers = layers

    /// The positions of each of them.
    member _.Grids = grids

    /// What stands behind the last of them.
    member _.Pooling = pooling

    /// The widths of the fully connected layers behind that.
    member _.DenseWidths = widths

    /// lambda_0 .. lambda_L.
    member _.Priors = priors

    /// lambda_b,1 .. lambda_b,L of the hidden layers, where they have biases.
    member _.Biases = biases

    /// N_1 .. N_L: channels, then the widths of fully connected layers.
    member _.Widths = [ for layer in layers -> layer.Channels ] @ widths

    /// L, the number of hidden layers of both kinds.
    member this.Depth = layers.Length + widths.Length

    /// d, the positions of the last convolutional layer.
    member _.Positions = (List.last grids).Count

    /// The positions that have readout weights of their own: d, or 1 behind a pooling or a fully connected layer.
    member this.ReadoutSites =
        if pooling = Pooling.Average || not widths.IsEmpty then
            1
        else
            this.Positions

    // What makes a network what it is.
    member private _.Identity =
        struct (activation, image, layers, pooling), struct (widths, priors, biases)

    /// Networks with equal activations, layers, priors and biases are equal.
    override this.Equals other =
        match other with
        | :? ImageNetwork as that -> this.Identity = that.Identity
        | _ -> false

    override this.GetHashCode() = hash this.Identity

    override this.ToString() =
        let join items =
            items |> Seq.map string |> String.concat ", "

        let filters =
            [
                for layer in layers ->
                    let struct (rows, columns) = layer.Patch

                    let stride =
                        match layer.Stride with
                        | struct (1, 1) -> ""
                        | struct (down, across) when down = across -> $" at stride {down}"
                        | struct (down, across) -> $" at stride {down} x {across}"

                    let padding =
                        match layer.Padding with
                        | Padding.Valid -> ""
                        | Padding.Same -> ", padded to the same size"
                        | Padding.Zeros zeros -> $", {zeros} zeros around"

                    $"{layer.Channels} of {rows} x {columns}{stride}{padding}"
            ]
            |> String.concat "; "

        let pooled =
            match pooling with
            | Pooling.None -> ""
            | Pooling.Average -> ", averaged"

        let dense = if widths.IsEmpty then "" else $", widths [{join widths}]"

        $"{activation} network on images, filters [{filters}]{pooled}{dense}, priors [{join priors}]"

    static member internal Unchecked(activation, image, layers, grids, pooling, widths, priors, biases) =
        ImageNetwork(activation, image, layers, grids, pooling, widths, priors, biases)

/// Networks on images, made and changed.
[<RequireQualifiedAccess>]
module ImageNetwork =

    // Rows or columns: the zeros before the first, and how many positions there are.
    let private along layer axis size patch stride padding =
        let exactly zeros =
            let room = size + 2 * zeros - patch

            if room < 0 then
                Error(
                    BadNetwork
                        $"Layer {layer}: a filter of {patch} {axis} is larger than its input of {size} and {2 * zeros} of padding: take a smaller one, or padding \"same\"."
                )
            elif room % stride <> 0 then
                Error(
                    BadNetwork
                        $"Layer {layer}: filters of {patch} {axis} at stride {stride} do not cover its input of {size} and {2 * zeros} of padding exactly: {size + 2 * zeros} - {patch} should be a multiple of {stride}; padding \"same\" always fits."
                )
            else
                Ok(struct (zeros, room / stride + 1))

        match padding with
        | Padding.Valid -> exactly 0
        | Padding.Zeros zeros when zeros < 0 ->
            Error(BadNetwork $"Layer {layer}: the padding is {zeros}: it is at least 0.")
        | Padding.Zeros zeros when zeros >= patch ->
            Error(
                BadNetwork
                    $"Layer {layer}: the padding is {zeros} and a filter has {patch} {axis}: it would see nothing but zeros."
            )
        | Padding.Zeros zeros -> exactly zeros
        | Padding.Same ->
            let count = (size + stride - 1) / stride
            Ok(struct (max 0 ((count - 1) * stride + patch - size) / 2, count))

    // Where the filters of layer l stand over its input.
    let internal place l (input: GridShape) (layer: ConvolutionalLayer) =
        let struct (rows, columns) = layer.Patch
        let struct (down, across) = layer.Stride

        result {
            do!
                if layer.Channels < 1 then
                    Error(BadNetwork $"Layer {l} has {layer.Channels} channels: at least 1 is needed.")
                elif rows < 1 || columns < 1 then
                    Error(BadNetwork $"Layer {l} has filters of {rows} x {columns}: both sides are at least 1.")
                elif down < 1 || across < 1 then
                    Error(BadNetwork $"Layer {l} has the stride {down} x {across}: both are at least 1.")
                else
                    Ok()

            let! struct (top, height) = along l "rows" input.Height rows down layer.Padding

            let! struct (left, width) =
                along l "columns" input.Width columns across layer.Padding

            return GridShape(top, left), GridShape(height, width)
        }

    /// For every position of layer l, from 1, the positions of the layer below under its filter, row by row, -1 for what lies outside; of layer 1 those are pixels.
    let footprints l (network: ImageNetwork) =
        let layer = network.Layers[l - 1]

        let input =
            if l = 1 then
                GridShape(network.Image.Height, network.Image.Width)
            else
                network.Grids[l - 2]

        let start, output = place l input layer |> Result.orFail
        let struct (rows, columns) = layer.Patch
        let struct (down, across) = layer.Stride

        [|
            for i in 0 .. output.Count - 1 do
                for t in 0 .. rows * columns - 1 do
                    let y = i / output.Width * down + t / columns - start.Height
                    let x = i % output.Width * across + t % columns - start.Width

                    if y < 0 || x < 0 || y >= input.Height || x >= input.Width then
                        -1
                    else
                        y * input.Width + x
        |]

    let private gridsOf (image: ImageShape) layers =
        let rec next l input rest =
            match rest with
            | [] -> Ok []
            | layer :: rest ->
                result {
                    let! _, output = place l input layer
                    let! further = next (l + 1) output rest
                    return output :: further
                }

        next 1 (GridShape(image.Height, image.Width)) layers

    /// A network, where every filter fits, there is one precision more than hidden layers, and a bias precision (or none) a hidden layer.
    let create activation (image: ImageShape) (layers: ConvolutionalLayer list) pooling widths priors biases =
        result {
            do!
                if layers.IsEmpty then
                    Error(BadNetwork "The network has no convolutional layer: it needs at least one.")
                elif image.Height < 1 || image.Width < 1 || image.Channels < 1 then
                    Error(
                        BadNetwork
                            $"The image is {image.Height} x {image.Width} with {image.Channels} channels: each is at least 1."
                    )
                else
                    Ok()

            let! grids = gridsOf image layers
            // The other checks are those of any network with these layers.
            let! _ =
                Network.create activation ([ for layer in layers -> layer.Channels ] @ widths) priors biases

            return ImageNetwork.Unchecked(activation, image, layers, grids, pooling, widths, priors, biases)
        }

    /// The fully connected network of the same activation, widths, priors and biases.
    let fullyConnected (network: ImageNetwork) =
        Network.create network.Activation network.Widths network.Priors network.Biases
        |> Result.orFail

    /// Refuses layers of different widths, which the product form does not describe.
    let internal requireOneWidth (network: ImageNetwork) =
        match List.distinct network.Widths with
        | [ _ ] -> Ok()
        | widths ->
            let listed = widths |> List.map string |> String.concat ", "

            Error(
                Unsupported
                    $"The hidden layers have {listed} channels or units: the product form takes as many in every layer."
            )

    /// The one layer of a convolutional network.
    let ofConvolutional (network: ConvolutionalNetwork) =
        let layer =
            ConvolutionalLayer.square network.Channels network.Patch
            |> ConvolutionalLayer.strided network.Stride

        create
            network.Activation
            network.Image
            [ layer ]
            network.Pooling
            []
            [ network.FilterPrior; network.ReadoutPrior ]
            [ None ]
        |> Result.orFail

    let private plain depth =
        List.replicate (depth + 1) 1.0, List.replicate depth None

    /// Convolutional layers and a readout of all their final positions, all precisions 1, no biases; a FailureException where a filter does not fit.
    let ofLayers activation image (layers: ConvolutionalLayer list) =
        let priors, biases = plain layers.Length

        create activation image layers Pooling.None [] priors biases |> Result.orFail

    let private rebuild (network: ImageNetwork) layers pooling widths priors biases =
        create network.Activation network.Image layers pooling widths priors biases

    /// The same layers, their final positions averaged.
    let pooled (network: ImageNetwork) =
        rebuild network network.Layers Pooling.Average network.DenseWidths network.Priors network.Biases
        |> Result.orFail

    /// The same convolutional layers with fully connected layers behind them, all precisions 1, no biases; a FailureException where a width is below 1.
    let withDense widths (network: ImageNetwork) =
        let priors, biases = plain (network.Layers.Length + List.length widths)

        rebuild network network.Layers network.Pooling widths priors biases
        |> Result.orFail

    /// The same layers with other precisions lambda_0 .. lambda_L; a FailureException unless they are one more than hidden layers, and positive.
    let withPriors priors (network: ImageNetwork) =
        rebuild network network.Layers network.Pooling network.DenseWidths priors network.Biases
        |> Result.orFail

    /// The same layers with biases of these precisions, none where a layer has no bias; a FailureException unless there is one a hidden layer.
    let withBiases biases (network: ImageNetwork) =
        rebuild network network.Layers network.Pooling network.DenseWidths network.Priors biases
        |> Result.orFail

    /// The same layers, each hidden one of N channels or units.
    let withWidth width (network: ImageNetwork) =
        rebuild
            network
            (List.map (ConvolutionalLayer.withChannels width) network.Layers)
            network.Pooling
            (List.map (fun _ -> width) network.DenseWidths)
            network.Priors
            network.Biases

    /// The same layers with another precision lambda_L of the readout.
    let withReadoutPrior prior (network: ImageNetwork) =
        let priors = List.take network.Depth network.Priors @ [ prior ]
        rebuild network network.Layers network.Pooling network.DenseWidths priors network.Biases

type ImageNetwork with

    /// Convolutional layers over an image and a readout of all their final positions, all precisions 1, no biases; a FailureException where a filter
    /// does not fit.
    static member Create(activation, image, [<ParamArray>] layers: ConvolutionalLayer[]) =
        ImageNetwork.ofLayers activation image (List.ofArray layers)

/// Convolutional layers for C#.
type ConvolutionalLayer with

    /// Square filters of one pixel's step that stay inside of the input.
    static member Square(channels, side) = ConvolutionalLayer.square channels side

    /// The same filters so many pixels apart.
    member this.Strided step = ConvolutionalLayer.strided step this

    /// The same filters with other surroundings.
    member this.Padded padding = ConvolutionalLayer.padded padding this
