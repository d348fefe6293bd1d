// Order and chaos in deep erf networks: the correlation length over the phase diagram with the edge of chaos, and across the edge the
// test loss on MNIST zeros and ones, at infinite and at finite width: signal-propagation.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let activation = Activation.erf

let count, depth, width, steps, grid =
    sized (30, 3, 20, 5, 13) (200, 8, 100, 25, 61)

let temperature, biasVariance = 0.01, 0.05

// The middles of equal cells.
let cells first last =
    [
        for i in 0 .. grid - 1 -> first + (last - first) * (float i + 0.5) / float grid
    ]

// Phase diagram ---------------------------------------------------------------------------------------------------------

let weightVariances, biasVariances = cells 0.1 3.1, cells 0.0 0.3

let diagram =
    SignalPropagation.phaseDiagram weightVariances biasVariances activation
    |> Result.orFail

// Beyond a hundred layers the colour no longer changes: at the edge the length is infinite.
let logDepth (p: SignalPropagation) =
    match p.Correlation with
    | Some correlation -> min 2.0 (log10 correlation.DepthScale)
    | None -> nan

// It leaves the axis along a parabola.
let edge =
    [ 0.0..0.025..1.0 ]
    |> List.collect (fun root -> EdgeOfChaos.at (0.3 * root ** 2.0) activation |> Result.orFail)

let phases =
    Chart.combine
        [
            Draw.heatmap
                $"log₁₀ {Notation.xi}"
                weightVariances
                biasVariances
                (Array2D.init grid grid (fun j i -> logDepth diagram[i, j]))

            Chart.Line(
                edge |> List.map _.WeightVariance,
                edge |> List.map _.BiasVariance,
                Name = "edge of chaos",
                LineColor = Palette.vermilion,
                LineDash = StyleParam.DrawingStyle.Solid,
                LineWidth = 2.5
            )
        ]
    |> Axes.betweenX "weight variance" 0.1 3.1
    |> Axes.betweenY "bias variance" 0.0 0.3

// Test loss across the edge ---------------------------------------------------------------------------------------------

let name, split = zerosAndOnes count count

let critical =
    (EdgeOfChaos.at biasVariance activation |> Result.orFail).Head.WeightVariance

let across =
    [ for i in 0 .. steps - 1 -> 0.4 * (10.0 ** (float i / float (steps - 1))) ]

let network weightVariance =
    Network.dense activation (List.replicate depth width)
    |> Network.withPriors (List.replicate (depth + 1) (1.0 / weightVariance))
    |> Network.withBias (1.0 / biasVariance)

let study = Study split.Train

let losses theory =
    [
        for w in across do
            (Posterior.solve theory (network w) temperature study
             |> Result.orFail
             |> Posterior.score split.Test)
                .Loss
    ]

let infinite = losses Theory.infiniteWidth
let wishart = losses Theory.wishart
let proportional = losses Theory.proportional

let loss =
    Chart.combine
        [
            Chart.Line(
                across,
                infinite,
                Name = "N infinite",
                LineColor = Palette.gray,
                LineDash = StyleParam.DrawingStyle.Dash
            )
            Chart.Line(across, wishart, Name = $"N = {width}, Wishart", LineColor = Palette.green)
            Chart.Line(across, proportional, Name = $"N = {width}, proportional", LineColor = Palette.blue)
        ]
    |> Axes.logX "weight variance"
    |> Axes.logY "test loss"
    |> Draw.vertical "edge" critical

let lengths =
    [
        for w in across do
            let p = SignalPropagation.create activation w biasVariance |> Result.orFail
            p.Correlation |> Option.map _.DepthScale |> Option.defaultValue nan
    ]

let columns =
    [
        "weight_variance", across
        "correlation_length", lengths
        "infinite_loss", infinite
        "wishart_loss", wishart
        "proportional_loss", proportional
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ phases; loss ]
|> Frame.titled
    $"erf networks of {depth} hidden layers across the edge of chaos"
    $"left: correlation length {Notation.xi}; right: {name}, P = {count}, T = {temperature}, bias variance {biasVariance}"
|> save "signal-propagation" columns

for i in 0 .. steps - 1 do
    printfn $"{across[i], 8:F3}  xi = {lengths[i], 8:F2}  {infinite[i]:F5}  {wishart[i]:F5}  {proportional[i]:F5}"
