// The integral over the order parameter of three outputs beside its saddle point, erf on MNIST digits 0, 1 and 2: the test error as a
// function of the width, and their difference, which is the theory's own error bar: output-mixture.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (40, 4) (200, 12)
let split = digits [ 0; 1; 2 ] count count
let temperature = 0.01
let study = Study split.Train
// A thousandth of the evidence, which moves no curve by the width of its line.
let integration =
    { OutputMixture.defaults with
        Accuracy = 1e-3
    }

let mixtures =
    LearningCurve.logSpaced 4 2000 steps
    |> Result.traverse (fun n ->
        OutputMixture.solveWith integration (Network.dense Activation.erf [ n ]) temperature study)
    |> Result.orFail

let n = mixtures |> List.map (fun m -> float m.Saddle.Network.Widths.Head)
let predictions = mixtures |> List.map (OutputMixture.predict split.Test.Inputs)

let losses =
    predictions
    |> List.map (fun p -> (JointPrediction.score split.Test.Targets p).Loss)

let saddles =
    mixtures |> List.map (fun m -> (SeveralOutputs.score split.Test m.Saddle).Loss)

let bars = List.map2 (fun a b -> abs (a - b)) losses saddles

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
    Chart.Line(
        n,
        bars,
        Name = "error bar, |mixture − saddle|",
        LineColor = Palette.vermilion,
        LineDash = StyleParam.DrawingStyle.Solid
    )
    |> Axes.logX "width N"
    |> Axes.logY "difference of the losses"

let columns =
    [
        "N", n
        "loss", losses
        "saddle_loss", saddles
        "log_evidence", mixtures |> List.map _.LogEvidence
        "saddle_log_evidence", mixtures |> List.map (fun m -> SeveralOutputs.logEvidence m.Saddle)
        "Qbar_00", mixtures |> List.map (fun m -> m.MeanOrderParameter[0, 0])
        "Qbar_01", mixtures |> List.map (fun m -> m.MeanOrderParameter[0, 1])
        "saddle_Qbar_00", mixtures |> List.map (fun m -> m.Saddle.OrderParameter[0, 0])
        "saddle_Qbar_01", mixtures |> List.map (fun m -> m.Saddle.OrderParameter[0, 1])
        "nodes", mixtures |> List.map (fun m -> float m.Posterior.Weights.Length)
        "quadrature_error", mixtures |> List.map _.QuadratureError
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ loss; bar ]
|> Frame.titled
    "Mixture and saddle point: erf network with three outputs on MNIST 0, 1, 2"
    $"P = {count}, T = {temperature}"
|> save "output-mixture" columns
