// ReLU networks of one and of several hidden layers against the width, by the kernel renormalisation of Li and Sompolinsky carried over from
// linear networks (the proportional theory with the ReLU kernel), on MNIST zeros and ones and on a noisy linear teacher, for three priors of all
// layers, with networks drawn from their posterior: li-sompolinsky.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, testCount = sized (20, 100) (100, 500)
let temperature = 0.01
let deep = 3
let widths = LearningCurve.logSpaced 20 2000 (sized 12 40)
let sampledWidths = sized [ 20 ] [ 20; 60; 180 ]

let teacher =
    LinearTeacher.generate
        {
            Inputs = sized 20 50
            Train = count
            Test = testCount
            Noise = 0.5
            Seed = 1UL
        }
    |> Result.orFail

let problems = [ zerosAndOnes count testCount; "noisy linear teacher", teacher ]

// Above 1/2, where the variance of preactivations is kept, it falls from layer to layer.
let priors = [ 0.25, Palette.vermilion; 0.5, Palette.blue; 1.0, Palette.green ]

// Priors of which networks are drawn.
let drawn = sized [ 0.5 ] [ 0.25; 0.5; 1.0 ]

let network depth prior width =
    Network.dense Activation.relu (List.replicate depth width)
    |> Network.withPriors (1.0 :: List.replicate depth prior)

let curves =
    [
        for depth in [ 1; deep ] do
            for name, split in problems do
                let study = Study split.Train

                $"{name}, L = {depth}",
                [
                    for prior, color in priors do
                        let networks = widths |> List.map (network depth prior)

                        prior,
                        color,
                        solved Theory.proportional temperature study split.Test networks,
                        if List.contains prior drawn then
                            sampledWidths |> List.map (network depth prior >> sketch temperature split)
                        else
                            []
                ]
    ]

let n = widths |> List.map float

let panel (title: string, series) =
    [
        for prior, color, losses, sampled: Measurement list in series do
            Chart.Line(n, losses, Name = $"λ = {prior}", LineColor = color)

            if not sampled.IsEmpty then
                yield! lossPoints color (List.map float sampledWidths) sampled
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.logY "test loss"
    |> Chart.withTitle title

let columns =
    ("N", n)
    :: [
        for i, (_, series) in List.indexed curves do
            for prior, _, losses, _ in series do
                $"panel{i + 1}_lambda{prior}", losses
    ]

for title, series in curves do
    for prior, _, _, sampled in series do
        for width, m in List.zip (List.truncate sampled.Length sampledWidths) sampled do
            printfn $"{title}, lambda = {prior}, N = {width}: drawn {m.Loss}"

curves
|> List.map panel
|> Panels.grid 2
|> Frame.titled
    "ReLU networks of one and of three hidden layers against the width"
    $"P = {count}, T = {temperature}, {Notation.lambda 0} = 1, λ in the layers above; lines: Li and Sompolinsky's renormalisation; circles: drawn from the posterior, open where not converged"
|> save "li-sompolinsky" columns
