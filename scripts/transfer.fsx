// Transfer from many examples of one task to few of another, both MNIST zeros against ones: the test error of the second network as
// a function of their coupling, and Qbar between the tasks: transfer.html, .csv and, where Chromium is installed, .svg and .png, in
// scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let temperature = 0.01


let many, few, points = sized (60, 10, 5) (400, 40, 13)

let split = digits [ 0; 1 ] (many + few) 500

let part start count =
    let rows = nativeint start, nativeint count

    DataSet.create
        (split.Train.Inputs.View(fst rows, 0n, snd rows, split.Train.Inputs.Columns))
        (split.Train.Targets.View(fst rows, 0n, snd rows, 1n))
    |> Result.orFail

let tasks =
    {
        First = part 0 many
        Second = part many few
    }

// rho, the correlation of the two networks' first-layer weights, with lambda_0 = 1/(1 - rho^2) so that the prior of each network
// alone stays what it is at rho = 0; gamma = 2 rho lambda_0.
let correlations = List.init points (fun i -> 0.95 * float i / float (points - 1))

let posteriors =
    correlations
    |> Result.traverse (fun rho ->
        let lambda = 1.0 / (1.0 - rho * rho)

        Network.dense Activation.erf [ 100 ]
        |> Network.withPriors [ lambda; 1.0 ]
        |> fun network -> CoupledNetworks.create network (2.0 * rho * lambda)
        |> Result.bind (fun networks -> Transfer.solve networks temperature tasks))
    |> Result.orFail

let scores =
    posteriors
    |> List.map (Transfer.predictSecond split.Test.Inputs >> Prediction.score split.Test.Targets)

let curves =
    [
        "loss of the second task", scores |> List.map (fun (score: Score) -> score.Loss)
        "bias", scores |> List.map (fun (score: Score) -> score.Bias)
        "Qbar between the tasks", posteriors |> List.map (fun posterior -> posterior.OrderParameter[0, 1])
    ]

let losses =
    [
        Chart.Line(
            correlations,
            snd curves[0],
            Name = "loss of the second task",
            LineColor = Palette.black,
            LineWidth = 3.0
        )
        Chart.Line(
            correlations,
            snd curves[1],
            Name = "bias",
            LineColor = Palette.blue,
            LineDash = StyleParam.DrawingStyle.Dot
        )
    ]
    |> Chart.combine
    |> Axes.linearX $"correlation {Notation.rho} of the first-layer weights"
    |> Axes.fromZeroY "test loss"

let coupling =
    Chart.Line(correlations, snd curves[2], Name = $"{Notation.qbar} between the tasks", LineColor = Palette.vermilion)
    |> Axes.linearX $"correlation {Notation.rho} of the first-layer weights"
    |> Axes.fromZeroY $"{Notation.qbar} between the tasks"

let chart =
    Panels.grid 2 [ losses; coupling ]
    |> Frame.titled $"Transfer on MNIST 0/1 from P = {many} to P = {few}" $"erf, N = 100, T = {temperature}"

chart
|> save
    "transfer"
    [
        "rho", Array.ofList correlations
        for name, values in curves do
            name, Array.ofList values
    ]

for rho, score in List.zip correlations scores do
    printfn $"rho = {rho:F2}  loss of the second task = {score.Loss:F5}"
