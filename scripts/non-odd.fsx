// ReLU on MNIST zeros and ones: the theory that renormalises covariance and mean each for itself, against the odd theory used as a
// heuristic. The order parameters, and how far the two are apart, as functions of the width: non-odd.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (100, 6) (500, 24)
let name, split = zerosAndOnes count count
let temperature = 0.01

let network =
    Network.dense Activation.relu [ 20 ] |> Network.withPriors [ 1.0; 10.0 ]

let widths = LearningCurve.logSpaced 20 10000 steps

let curve theory =
    LearningCurve.overWidths theory temperature split widths network
    |> Result.orFail

let nonOdd, heuristic = curve Theory.nonOdd, curve Theory.proportional
let n = widths |> List.map float

let orderParameter l points =
    points
    |> List.map (fun (point: CurvePoint) -> point.Posterior.OrderParameters[l])

let qbar, conjugate = orderParameter 0 nonOdd, orderParameter 1 nonOdd
let mean = conjugate |> List.map (fun q -> 1.0 / (1.0 + q))
let odd = orderParameter 0 heuristic

let loss points =
    points |> List.map (fun (point: CurvePoint) -> point.Score.Loss)

let parameters =
    Chart.combine
        [
            Chart.Line(n, qbar, Name = $"covariance: {Notation.qbar}", LineColor = Palette.blue, LineWidth = 3.4)
            Chart.Line(
                n,
                mean,
                Name = "mean: 1/(1 + Q)",
                LineColor = Palette.vermilion,
                LineDash = StyleParam.DrawingStyle.Dash
            )
            Chart.Line(
                n,
                odd,
                Name = $"heuristic: {Notation.qbar}",
                LineColor = Palette.gray,
                LineDash = StyleParam.DrawingStyle.Dot
            )
        ]
    |> Axes.logX "width N"
    |> Axes.logY "order parameter"

// How far the heuristic is from the theory: in what it takes covariance and mean to share, and in the loss.
let apart a b =
    List.map2 (fun x y -> abs (x - y) / abs y) a b

let differences =
    Chart.combine
        [
            Chart.Line(n, apart mean qbar, Name = "mean against covariance", LineColor = Palette.green)
            Chart.Line(
                n,
                apart (loss heuristic) (loss nonOdd),
                Name = "loss of the heuristic",
                LineColor = Palette.purple,
                LineDash = StyleParam.DrawingStyle.Dash
            )
        ]
    |> Axes.logX "width N"
    |> Axes.logY "relative difference"

let columns =
    [
        "N", n
        "Qbar", qbar
        "Q", conjugate
        "loss", loss nonOdd
        "heuristic_Qbar", odd
        "heuristic_loss", loss heuristic
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ parameters; differences ]
|> Frame.titled $"ReLU network with one hidden layer on {name}" $"P = {count}, T = {temperature}"
|> save "non-odd" columns
