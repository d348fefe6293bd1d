// Gradient flow beside Bayes, erf on MNIST zeros and ones: bias, variance and loss of infinitely wide networks against training
// time, all layers trained and the readout alone, and the losses of Bayesian networks of infinite and of finite width at T = 0:
// gradient-flow.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (60, 12) (500, 80)
let name, split = zerosAndOnes count count
let width = count / 10
let network = Network.dense Activation.erf [ width ]

let all = GradientFlow.train split.Train network |> Result.orFail
let readout = GradientFlow.trainReadout split.Train network |> Result.orFail
let study = Study split.Train

let bayes theory =
    (Posterior.solve theory network 0.0 study
     |> Result.orFail
     |> Posterior.score split.Test)
        .Loss

let infinite, finite = bayes Theory.infiniteWidth, bayes Theory.proportional

// From a tenth of the fastest rate's time to ten times the slowest's.
let first = 0.1 / Array.last all.Rates
let last = 10.0 / readout.Rates[0]

let times =
    [
        for i in 0 .. steps - 1 -> first * (last / first) ** (float i / float (steps - 1))
    ]

let test flow =
    [ for t in times -> GradientFlow.score t split.Test flow ]

let train flow =
    [ for t in times -> GradientFlow.trainScore t flow ]

let loss (scores: Score list) = scores |> List.map _.Loss
let allTest, readoutTest = test all, test readout
let line values = List.replicate steps values

let parts =
    Chart.combine
        [
            Chart.Line(times, loss allTest, Name = "loss, all layers", LineColor = Palette.blue, LineWidth = 2.5)
            Chart.Line(
                times,
                allTest |> List.map _.Bias,
                Name = "bias",
                LineColor = Palette.green,
                LineDash = StyleParam.DrawingStyle.Dash
            )
            Chart.Line(
                times,
                allTest |> List.map _.Variance,
                Name = "variance",
                LineColor = Palette.vermilion,
                LineDash = StyleParam.DrawingStyle.Dot
            )
        ]
    |> Axes.logX "training time t"
    |> Axes.logY "test error, all layers trained"

let comparison =
    Chart.combine
        [
            Chart.Line(times, loss allTest, Name = "loss, all layers", LineColor = Palette.blue, LineWidth = 2.5)
            Chart.Line(times, loss readoutTest, Name = "loss, readout alone", LineColor = Palette.purple)
            Chart.Line(
                times,
                line infinite,
                Name = "Bayes, N infinite",
                LineColor = Palette.gray,
                LineDash = StyleParam.DrawingStyle.Dash
            )
            Chart.Line(
                times,
                line finite,
                Name = $"Bayes, N = {width}",
                LineColor = Palette.black,
                LineDash = StyleParam.DrawingStyle.Dash
            )
        ]
    |> Axes.logX "training time t"
    |> Axes.logY "test loss"

let columns =
    [
        "t", times
        "loss", loss allTest
        "bias", allTest |> List.map _.Bias
        "variance", allTest |> List.map _.Variance
        "train_loss", loss (train all)
        "readout_loss", loss readoutTest
        "readout_train_loss", loss (train readout)
        "bayes_infinite_loss", line infinite
        "bayes_finite_loss", line finite
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ parts; comparison ]
|> Frame.titled
    $"Gradient flow of erf networks with one hidden layer on {name}: P = {count}"
    "means over initialisations drawn from the prior; Bayes at T = 0"
|> save "gradient-flow" columns

let ended = GradientFlow.score infinity split.Test all
let endedReadout = GradientFlow.score infinity split.Test readout
printfn $"t = infinity, all layers:    loss = {ended.Loss:F5} = {ended.Bias:F5} + {ended.Variance:F5}"

printfn
    $"t = infinity, readout alone: loss = {endedReadout.Loss:F5} = {endedReadout.Bias:F5} + {endedReadout.Variance:F5}"

printfn $"Bayes, N infinite: {infinite:F5}; N = {width}: {finite:F5}"
