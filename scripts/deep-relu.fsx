// Deep ReLU networks on MNIST zeros and ones: the test loss of one, two and three hidden layers against the width, by the theory that renormalises
// mean and covariance each for itself, by the proportional theory, and of networks drawn from their posterior:
// deep-relu.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, testCount = sized (20, 100) (100, 500)
let name, split = zerosAndOnes count testCount
let study = Study split.Train
let temperature = 0.01
let widths = LearningCurve.logSpaced 20 1000 (sized 6 16)
let sampledWidths = sized [ 20 ] [ 20; 60; 180; 400 ]

// The variance of preactivations is kept from layer to layer.
let network depth width =
    Network.dense Activation.relu (List.replicate depth width)
    |> Network.withPriors (1.0 :: List.replicate depth 0.5)

let curves =
    [
        for depth in [ 1; 2; 3 ] do
            let networks = widths |> List.map (network depth)

            let curve theory =
                solved theory temperature study split.Test networks

            let infinite =
                solved Theory.infiniteWidth temperature study split.Test [ network depth 20 ]

            depth,
            curve Theory.nonOdd,
            curve Theory.proportional,
            infinite.Head,
            sampledWidths |> List.map (network depth >> sketch temperature split)
    ]

let n = widths |> List.map float

// Over the loss at infinite width: what finite width changes.
let panel (depth, nonOdd, proportional, infinite, sampled: Measurement list) =
    let relative = List.map (fun loss -> loss / infinite)

    [
        Chart.Line(n, relative nonOdd, Name = "non-odd theory", LineColor = Palette.blue)
        Chart.Line(
            n,
            relative proportional,
            Name = "proportional theory",
            LineColor = Palette.vermilion,
            LineDash = StyleParam.DrawingStyle.Dash
        )
        yield!
            points
                "drawn from the posterior"
                Palette.black
                (List.map float sampledWidths)
                (relative [ for m in sampled -> m.Loss.Value ])
                (relative [ for m in sampled -> m.Loss.Error ])
                [ for m in sampled -> m.Verdict = Verdict.Converged ]
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.linearY "test loss/loss at infinite width"
    |> Draw.horizontal "" 1.0
    |> Chart.withTitle $"L = {depth}"

let columns =
    ("N", n)
    :: [
        for depth, nonOdd, proportional, infinite, _ in curves do
            $"non_odd_L{depth}", nonOdd
            $"proportional_L{depth}", proportional
            $"infinite_L{depth}", List.map (fun _ -> infinite) n
    ]

for depth, _, _, infinite, sampled in curves do
    for width, m in List.zip sampledWidths sampled do
        printfn $"L = {depth}, N = {width}: drawn {m.Loss}, infinite width {infinite:F5}"

curves
|> List.map panel
|> Panels.grid 3
|> Frame.titled
    $"Deep ReLU networks on {name}"
    $"P = {count}, T = {temperature}, {Notation.lambda 0} = 1 and 1/2 in the layers above"
|> save "deep-relu" columns
