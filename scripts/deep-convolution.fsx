// Two convolutional layers on MNIST zeros and ones, by one renormalisation of the kernels behind both and layer by layer: the test error against the
// channels, with a readout of all final positions and of their average, and the order parameters: deep-convolution, deep-convolution-qbar (between final
// positions) and deep-convolution-layers (of each layer, between the paths from it to the readout), each as .html, .csv and, where Chromium is installed, .svg and .png, in scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let temperature = 0.01

// 28 x 28 pixels, then 7 x 7 and 4 x 4 positions, or 4 x 4 and 2 x 2.
let count, strides, points = sized (40, (7, 2), 4) (200, (4, 2), 12)

let split = digits [ 0; 1 ] count (sized 100 500)

let network channels =
    let layer step =
        ConvolutionalLayer.square channels 3
        |> ConvolutionalLayer.strided step
        |> ConvolutionalLayer.padded Padding.Same

    ImageNetwork.ofLayers
        Activation.erf
        {
            Height = 28
            Width = 28
            Channels = 1
        }
        [ layer (fst strides); layer (snd strides) ]

let study = ImageStudy split.Train
let channels = LearningCurve.logSpaced 10 2000 points

let solve build =
    channels
    |> Result.traverse (fun channels -> DeepConvolution.solve (build (network channels)) temperature study)
    |> Result.orFail

let loss posterior =
    (DeepConvolution.score split.Test posterior).Loss

let layered =
    channels
    |> Result.traverse (fun channels -> HierarchicalConvolution.solve (network channels) temperature study)
    |> Result.orFail

let infinite build =
    DeepConvolution.infiniteWidth (build (network 1)) temperature study
    |> Result.orFail
    |> loss

let separate = solve id
let losses = List.map loss separate
let atInfinity = infinite id
let pooled = solve ImageNetwork.pooled |> List.map loss
let pooledAtInfinity = infinite ImageNetwork.pooled

let widths = List.map float channels

let lines =
    [
        "all positions", losses, atInfinity, Palette.blue
        "all positions, layer by layer",
        layered
        |> List.map (fun posterior -> (HierarchicalConvolution.score split.Test posterior).Loss),
        atInfinity,
        Palette.green
        "their average", pooled, pooledAtInfinity, Palette.vermilion
    ]

let chart =
    [
        for name, values, limit, color in lines do
            Chart.Line(widths, values, Name = name, LineColor = color, LineWidth = 3.0)

            if name <> "all positions, layer by layer" then
                Chart.Line(
                    [ List.head widths; List.last widths ],
                    [ limit; limit ],
                    Name = $"{name}, N<sub>c</sub> → ∞",
                    LineColor = color,
                    LineWidth = 1.5,
                    LineDash = StyleParam.DrawingStyle.Dash
                )
    ]
    |> Chart.combine
    |> Axes.logX ("channels " + Notation.sub "N" "c")
    |> Axes.logY "test loss"
    |> Frame.titled
        "Two convolutional layers of 3 × 3 filters on MNIST 0/1"
        $"P = {count}, T = {temperature}; a readout of all positions or of their average"

chart
|> save
    "deep-convolution"
    [
        "N_c", Array.ofList widths
        for name, values, _, _ in lines do
            name, Array.ofList values
    ]

// Qbar - I, because the diagonal's 1 would hide the rest.
let narrow = separate.Head
let d = narrow.Network.Positions

let q =
    Array2D.init d d (fun i j -> narrow.OrderParameter[i, j] - (if i = j then 1.0 else 0.0))

let positions = [ for i in 0 .. d - 1 -> float i ]

let map =
    Draw.diverging $"{Notation.qbar} − I" positions positions q
    |> Axes.wholeX "final position"
    |> Axes.rowsY "final position"
    |> Frame.titled
        $"{Notation.qbar} − I between the {d} final positions at {channels.Head} channels"
        $"P = {count}, T = {temperature}"

map
|> save "deep-convolution-qbar" [ for j in 0 .. d - 1 -> $"position {j}", q[*, j] ]

// The same of each layer, whose rows are the paths from its positions to the readout, a place under a filter slowest.
let layers =
    [
        for l, m in List.indexed layered.Head.OrderParameters do
            let paths = Array2D.length1 m
            let numbers = [ for i in 0 .. paths - 1 -> float i ]

            let change =
                m |> Array2D.mapi (fun i j value -> if i = j then value - 1.0 else value)

            l + 1, numbers, change
    ]

[
    for l, numbers, change in layers do
        let name = Notation.sub "M" (string l)

        Draw.diverging $"{name} − I" numbers numbers change
        |> Axes.linearX $"path from layer {l}"
        |> Axes.rowsY $"path from layer {l}"
]
|> Panels.grid 2
|> Frame.titled
    $"How the paths of either layer are weighed at {channels.Head} channels"
    $"M − I of each, 0 at infinite width; MNIST 0/1, P = {count}, T = {temperature}"
|> save
    "deep-convolution-layers"
    [
        let _, numbers, _ = layers.Head

        for l, own, change in layers do
            for j in 0 .. own.Length - 1 do
                $"M_{l} path {j}",
                [|
                    for i in 0 .. numbers.Length - 1 -> if i < own.Length then change[i, j] else nan
                |]
    ]

for channels, loss, average in List.zip3 channels losses pooled do
    printfn $"N_c = {channels, 5}  loss = {loss:F5}  with average pooling {average:F5}"

printfn $"N_c → ∞    loss = {atInfinity:F5}  with average pooling {pooledAtInfinity:F5}"
