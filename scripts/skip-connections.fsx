// ReLU networks with and without skip connections on MNIST zeros and ones: the test loss as a function of the depth, and the
// criterion, r < 1 where finite width wins at T = 0: skip-connections.html, .csv, .svg, .png. Both keep the kernel's size at any
// depth: lambda_l = 1/2 without skips (He), lambda_l = L on the branches. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, depths = sized (60, [ 1; 2; 4 ]) (200, [ 1; 2; 3; 4; 6; 8; 10 ])

let name, split = zerosAndOnes count 300
let width, temperature = 100, 0.01
let study = Study split.Train

let sequential depth =
    Network.dense Activation.relu (List.replicate depth width)
    |> Network.withPriors (1.0 :: List.replicate depth 0.5)

let residual depth =
    Network.residual Activation.relu (List.replicate depth width)
    |> Network.withPriors (1.0 :: List.replicate depth (float depth))

let solve theory network =
    Posterior.solve theory network temperature study |> Result.orFail

let finite network =
    List.map (network >> solve Theory.nonOdd) depths

let infinite network =
    List.map (network >> solve Theory.infiniteWidth) depths

let loss posteriors =
    posteriors
    |> List.map (fun posterior -> (Posterior.score split.Test posterior).Loss)

let criterion posteriors =
    posteriors
    |> List.map (fun posterior -> (Criterion.evaluate split.Test posterior).R)

let chains, streams = finite sequential, finite residual
let l = depths |> List.map float

let losses =
    [
        $"no skips, N = {width}", loss chains, Palette.blue, StyleParam.DrawingStyle.Solid
        "no skips, infinite width", loss (infinite sequential), Palette.blue, StyleParam.DrawingStyle.Dash
        $"skips, N = {width}", loss streams, Palette.vermilion, StyleParam.DrawingStyle.Solid
        "skips, infinite width", loss (infinite residual), Palette.vermilion, StyleParam.DrawingStyle.Dash
    ]

let lossChart =
    [
        for name, values, color, dash in losses ->
            Chart.Line(l, values, Name = name, LineColor = color, LineDash = dash)
    ]
    |> Chart.combine
    |> Axes.wholeX "depth L"
    |> Axes.fromZeroY "test loss"

let criteria =
    [
        "no skips", criterion chains, Palette.blue
        "skips", criterion streams, Palette.vermilion
    ]

let criterionChart =
    [
        for name, values, color in criteria do
            yield
                Chart.Line(l, values, Name = $"r, {name}", LineColor = color, LineDash = StyleParam.DrawingStyle.Solid)
        yield
            Chart.Line(
                [ l.Head; List.last l ],
                [ 1.0; 1.0 ],
                Name = "r = 1",
                LineColor = Palette.gray,
                LineDash = StyleParam.DrawingStyle.Dot
            )
    ]
    |> Chart.combine
    |> Axes.wholeX "depth L"
    |> Axes.fromZeroY "criterion r"

let columns =
    [
        "L", Array.ofList l
        for name, values, _, _ in losses do
            $"loss, {name}", Array.ofList values
        for name, values, _ in criteria do
            $"r, {name}", Array.ofList values
    ]

Panels.grid 2 [ lossChart; criterionChart ]
|> Frame.titled $"ReLU networks on {name}" $"P = {count}, T = {temperature}"
|> save "skip-connections" columns

for depth, without, withSkips in List.zip3 depths (criterion chains) (criterion streams) do
    printfn $"L = {depth, 2}  r = {without:F3}  with skip connections {withSkips:F3}"
