// The order parameter of one hidden layer at T = 0 over the load alpha = P/N and r = lambda_1 y^T K^-1 y/P, Qbar = [1 - alpha + ((1 - alpha)^2 + 4 alpha r)^(1/2)]/2:
// a map, white where finite width changes nothing, beside cuts through it with the saddle points of networks (dots) whose readout's prior
// sets r: order-parameter.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (30, 41) (200, 81)
let name, split = zerosAndOnes count count
let study = Study split.Train

let qbar r alpha =
    0.5 * (1.0 - alpha + sqrt ((1.0 - alpha) ** 2.0 + 4.0 * alpha * r))

let between low high =
    [
        for i in 0 .. steps - 1 -> low * (high / low) ** (float i / float (steps - 1))
    ]

let loads, rs = between 0.01 100.0, between 0.1 10.0

let map =
    Array2D.init steps steps (fun i j -> log10 (qbar rs[i] loads[j]))
    |> Draw.diverging $"log<sub>10</sub> {Notation.qbar}" (loads |> List.map log10) (rs |> List.map log10)
    |> Axes.linearX "log<sub>10</sub> α, α = P/N"
    |> Axes.linearY "log<sub>10</sub> r"

// r is proportional to lambda_1.
let plain = Network.dense Activation.erf [ 10 ]
let unit = (StudentT.solve 10.0 plain 0.0 study |> Result.orFail).R

let solved r width =
    let network =
        plain |> Network.withWidth width |> Network.withReadoutPrior (r / unit)

    (Posterior.solve Theory.proportional network 0.0 study |> Result.orFail).OrderParameters[0]

let widths =
    [
        for alpha in [ 0.02; 0.1; 0.5; 1.0; 2.0; 10.0; 50.0 ] -> max 1 (int (round (float count / alpha)))
    ]
    |> List.distinct

// In the colours of the map.
let cuts =
    [
        0.1, Palette.blue
        0.5, Palette.skyBlue
        1.0, Palette.gray
        2.0, Palette.orange
        10.0, Palette.vermilion
    ]

let dots = [ for r, _ in cuts -> widths |> List.map (solved r) ]

let lines =
    [
        for (r, color), dots in List.zip cuts dots do
            Chart.Line(loads, loads |> List.map (qbar r), Name = $"r = {r}", LineColor = color)

            Chart.Point(
                [ for width in widths -> float count / float width ],
                dots,
                Name = $"r = {r}, solved",
                MarkerColor = color
            )
            |> Chart.withTraceInfo (ShowLegend = false)
    ]
    |> Chart.combine
    |> Axes.logX "α = P/N"
    |> Axes.logY Notation.qbar

let worst =
    List.max
        [
            for (r, _), dots in List.zip cuts dots do
                for width, value in List.zip widths dots -> abs (value / qbar r (float count / float width) - 1.0)
        ]

printfn $"The saddle points of {name} are off the closed form by at most {worst:E1}."

let columns =
    [
        "alpha", loads
        for r, _ in cuts do
            $"Qbar_r{r}", loads |> List.map (qbar r)
    ]

Panels.grid 2 [ lines; map ]
|> Frame.titled
    $"The order parameter of one hidden layer at T = 0"
    $"{Notation.qbar} = 1 exactly where r = 1; dots: erf networks on {name}, P = {count}, the prior of the readout setting r"
|> save "order-parameter" columns
