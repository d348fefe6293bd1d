// The integral over the scale beside its saddle point, erf on MNIST zeros and ones: the test error as a
// function of the width, and their difference, which is the theory's own error bar: mixture.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (60, 6) (500, 20)
let name, split = zerosAndOnes count count
let temperature = 0.01
let network = Network.dense Activation.erf [ 2 ]
let widths = LearningCurve.logSpaced 2 2000 steps
let study = Study split.Train

let mixtures =
    widths
    |> Result.traverse (fun n -> ScaleMixture.solve (Network.withWidth n network) temperature study)
    |> Result.orFail

let n = widths |> List.map float
let losses = mixtures |> List.map (fun m -> (ScaleMixture.score split.Test m).Loss)

let saddles =
    mixtures |> List.map (fun m -> (Posterior.score split.Test m.Saddle).Loss)

let bars = List.map2 (fun a b -> abs (a - b)) losses saddles
let scale = mixtures |> List.map _.MeanScale
let saddleScale = mixtures |> List.map _.Saddle.OrderParameters[0]

let loss =
    Chart.combine
        [
            Chart.Line(n, losses, Name = "loss, mixture", LineColor = Palette.blue, LineWidth = 3.4)
            Chart.Line(
                n,
                saddles,
                Name = "loss, saddle point",
                LineColor = Palette.black,
                LineDash = StyleParam.DrawingStyle.Dash
            )
        ]
    |> Axes.logX "width N"
    |> Axes.linearY "test loss"

let bar =
    Chart.Line(n, bars, Name = "error bar, |mixture − saddle|", LineColor = Palette.vermilion)
    |> Axes.logX "width N"
    |> Axes.logY "difference of the losses"

let columns =
    [
        "N", n
        "loss", losses
        "saddle_loss", saddles
        "mean_scale", scale
        "saddle_Qbar", saddleScale
        "log_evidence", mixtures |> List.map _.LogEvidence
        "saddle_log_evidence", mixtures |> List.map (fun m -> Posterior.logEvidence m.Saddle)
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ loss; bar ]
|> Frame.titled
    $"Mixture and saddle point: erf network with one hidden layer on {name}"
    $"P = {count}, T = {temperature}"
|> save "mixture" columns
