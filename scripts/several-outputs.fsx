// Ten digits, one-hot: the test error of an erf network with ten outputs as a function of its width, and its order parameter
// Qbar, a matrix over pairs of digits: several-outputs and several-outputs-qbar, each as .html, .csv and, where Chromium is
// installed, .svg and .png, in scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
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
    [ for name, values in curves -> Chart.Line(widths, values, Name = name) ]
    |> Chart.combine
    |> Chart.withTitle $"erf network with ten outputs on MNIST: P = {count}, T = {temperature}"
    |> Chart.withXAxis (AxisStyle.log "width N")
    |> Chart.withYAxis (AxisStyle.fromZero "mean over test set and outputs")

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
    Chart.Heatmap(q, X = [ 0.0 .. 9.0 ], Y = [ 0.0 .. 9.0 ], ColorTitle = "Qbar", ColorScale = ColorScale.Diverging)
    |> Chart.withTitle $"Qbar between the digits at N = {narrow.Network.Widths.Head}, P = {count}"
    |> Chart.withXAxis (AxisStyle.linear "digit")
    |> Chart.withYAxis (AxisStyle.linear "digit" |> AxisStyle.reversed)
    |> Chart.withSize 700 620

map |> save "several-outputs-qbar" [ for d in 0..9 -> $"digit {d}", q[*, d] ]

for posterior, score, accuracy in List.zip3 posteriors scores accuracies do
    printfn $"N = {posterior.Network.Widths.Head, 5}  loss = {score.Loss:F5}  accuracy = {accuracy:P1}"
