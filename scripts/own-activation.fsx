// Activations of one's own: three that no table has, their kernels as functions of the correlation, and their learning curves on
// MNIST zeros and ones: own-activation.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open System
open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (60, 6) (500, 20)
let name, split = zerosAndOnes count count
let temperature = 0.01

// From a quotation, from a text, and by composition of functions that can be quoted.
[<ReflectedDefinition>]
let bump (z: float) = exp (-(z * z))

let own =
    [
        Activation.define <@ fun z -> z * tanh z @>, Palette.blue
        Activation.parse "sin(z) + 0.5 * z" |> Result.orFail, Palette.vermilion
        Activation.define <@ fun z -> z + bump (z - 1.0) @>
        |> Activation.withName "z + exp(-(z - 1)^2)",
        Palette.green
    ]

for activation, _ in own do
    match activation.Definition with
    | Definition.Symbolic formula ->
        printfn $"sigma   = {FormulaText.write formula}, {activation.Parity}"
        printfn $"sigma'  = {FormulaText.write (Formula.derivative formula)}"
        printfn $"sigma'' = {FormulaText.write (Formula.derivative (Formula.derivative formula))}"
    | Definition.Numeric -> ()

    match Activation.seriesAccuracy [ 1.0 ] activation |> Result.orFail with
    | Some series -> printfn $"{series.Order} terms at unit variance leave {series.Error:g2} of E[sigma^2]"
    | None -> printfn "closed form"

let curves = own @ List.singleton (Activation.erf, Palette.gray)

let dash (activation: Activation) =
    if activation = Activation.erf then
        StyleParam.DrawingStyle.Dash
    else
        StyleParam.DrawingStyle.Solid

// E[sigma(z1) sigma(z2)] at unit variance, over its value at equal points.
let correlations = [ for i in -50 .. 50 -> float i / 50.0 ]

let correlation (activation: Activation) =
    let map = activation.Map
    let points = map.Prepare(ReadOnlySpan [| 1.0; 1.0 |])
    let k = Array.zeroCreate<float> 1

    correlations
    |> List.map (fun rho ->
        map.Map(points, 0, points, 1, ReadOnlySpan [| rho |], Span k)
        k[0] / map.Variance 1.0)

let maps = curves |> List.map (fst >> correlation)

let kernels =
    List.zip curves maps
    |> List.map (fun ((activation, color), values) ->
        Chart.Line(correlations, values, Name = activation.Name, LineColor = color, LineDash = dash activation))
    |> Chart.combine
    |> Axes.linearX "correlation of two inputs"
    |> Axes.linearY "correlation of their features"

let widths = LearningCurve.logSpaced 10 2000 steps

let losses =
    curves
    |> List.map (fun (activation, _) ->
        Network.dense activation [ 10 ]
        |> LearningCurve.overWidths Theory.nonOdd temperature split widths
        |> Result.orFail
        |> List.map _.Score.Loss)

let n = widths |> List.map float

let learning =
    List.zip curves losses
    |> List.map (fun ((activation, color), values) ->
        Chart.Line(n, values, Name = activation.Name, LineColor = color, LineDash = dash activation))
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.logY "test loss"

let columns =
    ("N", n)
    :: List.map2 (fun (activation: Activation, _) values -> activation.Name, values) curves losses
    |> List.map (fun (name, values) -> name, Array.ofList values)

Panels.grid 2 [ kernels; learning ]
|> Frame.titled $"Activations of one's own on {name}" $"P = {count}, T = {temperature}"
|> save "own-activation" columns
