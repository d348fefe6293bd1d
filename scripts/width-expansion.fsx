// How wide must a network be for the theory to hold? The slope of the test loss in 1/N at infinite width, with the hidden units as they
// are, beside the theory's, which takes them for Gaussian; and the width at which the two differ by one per cent of the loss, as the
// number of training examples grows: width-expansion.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let temperature = 0.01
let counts = LearningCurve.logSpaced 20 (sized 80 1000) (sized 3 8)
let name, split = zerosAndOnes (List.last counts) (sized 100 500)

let first count =
    DataSet.create
        (split.Train.Inputs.View(0n, 0n, nativeint count, split.Train.Inputs.Columns))
        (split.Train.Targets.View(0n, 0n, nativeint count, 1n))
    |> Result.orFail

type Point =
    {
        Examples: int
        Expansion: WidthExpansion
        TheorySlope: float
    }

    member this.WidthForOnePercent = this.Expansion.WidthFor(this.TheorySlope, 0.01)

let points theory activation =
    let network = Network.dense activation [ 100 ]

    [
        for count in counts do
            let study = Study(first count)

            let expansion =
                WidthExpansion.solve network temperature split.Test study |> Result.orFail

            let posterior = Posterior.solve theory network temperature study |> Result.orFail

            let point =
                {
                    Examples = count
                    Expansion = expansion
                    TheorySlope = (Criterion.evaluate split.Test posterior).Slope
                }

            printfn
                $"{activation.Name}, P = {count}: loss {expansion.InfiniteWidth.Loss:F4}, slope {expansion.Slope.Loss:F3} +- {expansion.SlopeError.Loss:F3}, theory {point.TheorySlope:F3}; off by 1%% at N = {point.WidthForOnePercent:F0}"

            point
    ]

let erf = points Theory.proportional Activation.erf
let relu = points Theory.nonOdd Activation.relu
let p = counts |> List.map float

let slopes name color (points: Point list) =
    [
        Chart.Line(
            p,
            [ for point in points -> point.TheorySlope ],
            Name = $"{name}, theory",
            LineColor = color,
            ShowMarkers = false
        )
        Chart.Point(
            p,
            [ for point in points -> point.Expansion.Slope.Loss ],
            Name = $"{name}, real hidden units",
            MarkerColor = color,
            MarkerSymbol = StyleParam.MarkerSymbol.Circle
        )
        |> Draw.withErrors [ for point in points -> point.Expansion.SlopeError.Loss ]
    ]

let widths name color (points: Point list) =
    Chart.Line(p, [ for point in points -> point.WidthForOnePercent ], Name = name, LineColor = color)

let slope =
    slopes "erf" Palette.blue erf @ slopes "ReLU" Palette.vermilion relu
    |> Chart.combine
    |> Axes.logX "training examples P"
    |> Axes.linearY "d loss/d(1/N) at infinite width"

let width =
    [
        widths "erf, off by 1%" Palette.blue erf
        widths "ReLU, off by 1%" Palette.vermilion relu
        Chart.Line(
            p,
            p,
            Name = "N = P",
            LineColor = Palette.gray,
            LineDash = StyleParam.DrawingStyle.Dot,
            ShowMarkers = false
        )
    ]
    |> Chart.combine
    |> Axes.logX "training examples P"
    |> Axes.logY "width N"

let column name value =
    [
        $"erf_{name}", [| for point in erf -> value point |]
        $"relu_{name}", [| for point in relu -> value point |]
    ]

Panels.grid 2 [ slope; width ]
|> Frame.titled
    $"How wide must a network be for the theory to hold? {name}"
    $"T = {temperature}; error bars are one standard error"
|> save
    "width-expansion"
    (("P", Array.ofList p) :: column "loss" _.Expansion.InfiniteWidth.Loss
     @ column "slope" _.Expansion.Slope.Loss
     @ column "slope_error" _.Expansion.SlopeError.Loss
     @ column "theory_slope" _.TheorySlope
     @ column "width_for_one_percent" _.WidthForOnePercent)
