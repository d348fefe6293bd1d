namespace FiniteWidth

open System

/// The shape of an image whose values lie in rows of pixels, the channels of a pixel together.
[<Struct>]
type ImageShape =
    {
        /// Rows of pixels.
        Height: int
        /// Columns of pixels.
        Width: int
        /// Values of a pixel.
        Channels: int
    }

/// Images of a shape.
[<RequireQualifiedAccess>]
module internal ImageShape =

    /// Whether the inputs of a data set are such images.
    let fits (image: ImageShape) (data: DataSet) =
        data.Features = image.Height * image.Width * image.Channels

    /// What is said of a data set whose inputs are not.
    let mismatch (image: ImageShape) (data: DataSet) =
        BadData
            $"The inputs have {data.Features} features and the image {image.Height} x {image.Width} x {image.Channels} values: they must be as many."

/// How the patches reach the readout.
[<RequireQualifiedAccess>]
type Pooling =
    /// f = sum_(a,i) v_ai sigma(h_ai)/sqrt(N_c n): a readout weight a channel and patch.
    | None
    /// f = sum_a v_a (1/n) sum_i sigma(h_ai)/sqrt(N_c): a readout weight a channel, the patches averaged.
    | Average

/// A convolutional layer of N_c channels over n patches of an image, h_ai = w_a . x_i/sqrt(M) with M the values of a patch, and a
/// linear readout. The filters have precision lambda_0, the readout lambda_1. Patches of the given side cover the image exactly.
[<Sealed>]
type ConvolutionalNetwork
    private
    (
        activation: Activation,
        channels: int,
        filterPrior: float,
        readoutPrior: float,
        image: ImageShape,
        patch: int,
        stride: int,
        pooling: Pooling
    ) =

    /// sigma.
    member _.Activation = activation

    /// N_c, the number of filters.
    member _.Channels = channels

    /// lambda_0.
    member _.FilterPrior = filterPrior

    /// lambda_1.
    member _.ReadoutPrior = readoutPrior

    /// Height, width and channels of an input.
    member _.Image = image

    /// The side of a patch in pixels.
    member _.Patch = patch

    /// Pixels from one patch to the next.
    member _.Stride = stride

    /// What stands between the filters and the readout.
    member _.Pooling = pooling

    /// Rows of patches.
    member _.PatchRows = (image.Height - patch) / stride + 1

    /// Columns of patches.
    member _.PatchColumns = (image.Width - patch) / stride + 1

    /// n, row by row of patches.
    member this.Patches = this.PatchRows * this.PatchColumns

    /// M.
    member _.PatchLength = patch * patch * image.Channels

    // What makes a network what it is.
    member private _.Identity =
        struct (activation, channels, filterPrior, readoutPrior), struct (image, patch, stride, pooling)

    /// Networks with equal activations, channels, priors and patches are equal.
    override this.Equals other =
        match other with
        | :? ConvolutionalNetwork as that -> this.Identity = that.Identity
        | _ -> false

    override this.GetHashCode() = hash this.Identity

    override _.ToString() =
        $"{activation} convolutional network, {channels} channels, patches of {patch} x {patch} at stride {stride}, priors [{filterPrior}, {readoutPrior}]"

    static member internal Unchecked(activation, channels, filterPrior, readoutPrior, image, patch, stride, pooling) =
        ConvolutionalNetwork(activation, channels, filterPrior, readoutPrior, image, patch, stride, pooling)

/// Networks of one convolutional layer, checked.
[<RequireQualifiedAccess>]
module ConvolutionalNetwork =

    let private checkPrecision name (value: float) =
        if Double.IsFinite value && value > 0.0 then
            Ok()
        else
            Error(BadNetwork $"The prior {name} is {value}: a prior's precision is positive and finite.")

    let private checkSide name size patch stride =
        if patch > size then
            Error(BadNetwork $"The patch of side {patch} is larger than the image's {name} {size}: it must fit.")
        elif (size - patch) % stride <> 0 then
            Error(
                BadNetwork
                    $"Patches of side {patch} at stride {stride} do not cover the image's {name} {size}: {name} - patch must be a multiple of the stride."
            )
        else
            Ok()

    /// A network of `channels` filters, where the patches cover the image exactly and the precisions are positive.
    let create activation channels (struct (filterPrior, readoutPrior)) (image: ImageShape) patch stride pooling =
        result {
            do!
                if channels < 1 then
                    Error(BadNetwork $"The layer has {channels} channels: at least 1 is needed.")
                elif image.Height < 1 || image.Width < 1 || image.Channels < 1 then
                    Error(
                        BadNetwork
                            $"The image is {image.Height} x {image.Width} with {image.Channels} channels: each is at least 1."
                    )
                elif patch < 1 || stride < 1 then
                    Error(BadNetwork $"The patch has side {patch} and the stride is {stride}: both are at least 1.")
                else
                    Ok()

            do! checkPrecision "lambda_0" filterPrior
            do! checkPrecision "lambda_1" readoutPrior
            do! checkSide "height" image.Height patch stride
            do! checkSide "width" image.Width patch stride

            return
                ConvolutionalNetwork.Unchecked(
                    activation,
                    channels,
                    filterPrior,
                    readoutPrior,
                    image,
                    patch,
                    stride,
                    pooling
                )
        }

    /// The same network with another number of channels and another readout prior.
    let withReadout channels readoutPrior (network: ConvolutionalNetwork) =
        create
            network.Activation
            channels
            (struct (network.FilterPrior, readoutPrior))
            network.Image
            network.Patch
            network.Stride
            network.Pooling

    /// The same network with other precisions of its filters and readout.
    let withPriors priors (network: ConvolutionalNetwork) =
        create network.Activation network.Channels priors network.Image network.Patch network.Stride network.Pooling

type ConvolutionalNetwork with

    /// A layer of `channels` filters over patches of this side at this stride, both precisions 1; a FailureException where the
    /// patches do not cover the image exactly.
    static member Create(activation, channels, image, patch, stride, pooling) =
        ConvolutionalNetwork.create activation channels (struct (1.0, 1.0)) image patch stride pooling
        |> Result.orFail
