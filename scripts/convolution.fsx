// Patches of MNIST zeros and ones: the order parameter Qbar of a convolutional layer, a matrix over pairs of patches, and its
// test error beside that of the same layer with average pooling: convolution-qbar and convolution, each as .html, .csv and, where
// Chromium is installed, .svg and .png, in scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let temperature = 0.01

let count, patch, points = sized (100, 14, 4) (400, 7, 12)

let split = digits [ 0; 1 ] count count

let network channels pooling =
    ConvolutionalNetwork.create
        Activation.erf
        channels
        (struct (1.0, 1.0))
        {
            Height = 28
            Width = 28
            Channels = 1
        }
        patch
        patch
        pooling
    |> Result.orFail

let solve pooling =
    let study = ConvolutionStudy split.Train

    LearningCurve.logSpaced 10 2000 points
    |> Result.traverse (fun channels -> Convolution.solve (network channels pooling) temperature study)
    |> Result.orFail

let separate = solve Pooling.None
let pooled = solve Pooling.Average

let losses posteriors =
    posteriors
    |> List.map (fun posterior -> (Convolution.score split.Test posterior).Loss)

let channels = [ for posterior in separate -> float posterior.Network.Channels ]
let curves = [ "no pooling", losses separate; "average pooling", losses pooled ]

let chart =
    [
        for (name, values), (width, dash) in
            List.zip curves [ 3.4, StyleParam.DrawingStyle.Solid; 2.2, StyleParam.DrawingStyle.Dash ] ->
            Chart.Line(channels, values, Name = name, LineWidth = width, LineDash = dash)
    ]
    |> Chart.combine
    |> Axes.logX ("channels " + Notation.sub "N" "c")
    |> Axes.fromZeroY "test loss"
    |> Frame.titled $"Convolutional layer, patches of {patch} × {patch}, on MNIST 0/1" $"P = {count}, T = {temperature}"

chart
|> save
    "convolution"
    [
        "N_c", Array.ofList channels
        for name, values in curves do
            name, Array.ofList values
    ]

// Qbar - I, because the diagonal's 1 would hide the rest.
let narrow = separate.Head
let n = narrow.Network.Patches

let q =
    Array2D.init n n (fun i j -> narrow.OrderParameter[i, j] - (if i = j then 1.0 else 0.0))

let patches = [ for i in 0 .. n - 1 -> float i ]

let map =
    Draw.diverging $"{Notation.qbar} − I" patches patches q
    |> Axes.wholeX "patch"
    |> Axes.rowsY "patch"
    |> Frame.titled
        $"{Notation.qbar} − I between the {n} patches at {narrow.Network.Channels} channels"
        $"P = {count}, T = {temperature}"

map |> save "convolution-qbar" [ for j in 0 .. n - 1 -> $"patch {j}", q[*, j] ]

for posterior, loss, average in List.zip3 separate (losses separate) (losses pooled) do
    printfn $"N_c = {posterior.Network.Channels, 5}  loss = {loss:F5}  with average pooling {average:F5}"
