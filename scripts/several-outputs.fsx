// Ten digits, one-hot: the test error of an erf network with ten outputs as a function of its width, and its order parameter
// Qbar, a matrix over pairs of digits: several-outputs and several-outputs-qbar, each as .html, .csv and, where Chromium is
// installed, .svg and .png, in scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let temperature = 0.01

let count, points = sized (100, 6) (1000, 20)

let split = digits [ 0..9 ] count count

let study = Study split.Train

let posteriors =
    LearningCurve.logSpaced 20 10000 points
    |> Result.traverse (fun n -> SeveralOutputs.solve (Network.dense Activation.erf [ n ]) temperature study)
    |> Result.orFail

let widths = [ for posterior in posteriors -> float posterior.Network.Widths.Head ]
let scores = posteriors |> List.map (SeveralOutputs.score split.Test)
let accuracies = posteriors |> List.map (SeveralOutputs.accuracy split.Test)

let curves =
    [
        "loss", scores |> List.map (fun (score: Score) -> score.Loss)
        "bias", scores |> List.map (fun (score: Score) -> score.Bias)
        "variance", scores |> List.map (fun (score: Score) -> score.Variance)
    ]

let chart =
    [
        Chart.Line(widths, snd curves[0], Name = "loss", LineColor = Palette.black, LineWidth = 3.4)
        Chart.Line(
            widths,
            snd curves[1],
            Name = "bias",
            LineColor = Palette.blue,
            LineDash = StyleParam.DrawingStyle.Dot
        )
        Chart.Line(
            widths,
            snd curves[2],
            Name = "variance",
            LineColor = Palette.vermilion,
            LineDash = StyleParam.DrawingStyle.DashDot
        )
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.fromZeroY "mean over test set and outputs"
    |> Frame.titled "erf network with ten outputs on MNIST" $"P = {count}, T = {temperature}"

chart
|> save
    "several-outputs"
    [
        "N", Array.ofList widths
        for name, values in curves do
            name, Array.ofList values
        "accuracy", Array.ofList accuracies
    ]

let narrow = posteriors.Head
let q = narrow.OrderParameter

let map =
    Draw.diverging Notation.qbar [ 0.0 .. 9.0 ] [ 0.0 .. 9.0 ] q
    |> Axes.wholeX "digit"
    |> Axes.rowsY "digit"
    |> Frame.titled
        $"{Notation.qbar} between the digits at N = {narrow.Network.Widths.Head}"
        $"P = {count}, T = {temperature}"

map |> save "several-outputs-qbar" [ for d in 0..9 -> $"digit {d}", q[*, d] ]

for posterior, score, accuracy in List.zip3 posteriors scores accuracies do
    printfn $"N = {posterior.Network.Widths.Head, 5}  loss = {score.Loss:F5}  accuracy = {accuracy:P1}"
