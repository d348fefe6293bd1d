// Deep linear networks on a noisy linear teacher against the exact integral over their scale: the test loss by the saddle point, by the integral
// and of networks drawn from their posterior, and the saddle point's error: deep-linear.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let inputs, count = sized (20, 15) (100, 60)
let temperature = 0.05
let n0 = Notation.sub "N" "0"

let split =
    LinearTeacher.generate
        {
            Inputs = inputs
            Train = count
            Test = 500
            Noise = 0.3
            Seed = 1UL
        }
    |> Result.orFail

let study = Study split.Train
let widths = LearningCurve.logSpaced 4 1000 (sized 10 30)
let sampledWidths = sized [ 10 ] [ 8; 20; 50; 150 ]

let depths = [ 1, Palette.blue; 2, Palette.green; 4, Palette.vermilion ]

let network depth width =
    Network.dense Activation.linear (List.replicate depth width)

let curves =
    [
        for depth, color in depths do
            let networks = widths |> List.map (network depth)

            let exact =
                networks
                |> Result.traverse (fun network -> ScaleMixture.solve network temperature study)
                |> Result.orFail
                |> List.map (fun mixture -> (ScaleMixture.score split.Test mixture).Loss)

            let sampled = sampledWidths |> List.map (network depth >> measure temperature split)

            depth, color, exact, solved Theory.proportional temperature study split.Test networks, sampled
    ]

let n = widths |> List.map float

let losses =
    [
        for depth, color, exact, saddle, sampled in curves do
            Chart.Line(n, exact, Name = $"L = {depth}", LineColor = color)

            Chart.Line(n, saddle, Name = $"L = {depth}", LineColor = color, LineDash = StyleParam.DrawingStyle.Dash)
            |> Chart.withTraceInfo (ShowLegend = false)

            yield! lossPoints color (List.map float sampledWidths) sampled
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.linearY "test loss"

// N0 = 2 N, P = N: everything grows in proportion.
let sizes = LearningCurve.logSpaced 10 (sized 80 400) (sized 5 10)

let proportional =
    [
        for size in sizes do
            let split =
                LinearTeacher.generate
                    {
                        Inputs = 2 * size
                        Train = size
                        Test = 500
                        Noise = 0.3
                        Seed = 2UL
                    }
                |> Result.orFail

            let study = Study split.Train

            [
                for depth, _ in depths do
                    let mixture =
                        ScaleMixture.solve (network depth size) temperature study |> Result.orFail

                    let exact = (ScaleMixture.score split.Test mixture).Loss
                    let saddle = (Posterior.score split.Test mixture.Saddle).Loss
                    abs (saddle / exact - 1.0)
            ]
    ]
    |> List.transpose

let errors =
    [
        for (depth, color), errors in List.zip depths proportional do
            Chart.Line(List.map float sizes, errors, Name = $"L = {depth}", LineColor = color)

        let middle = proportional[1][sizes.Length / 2] * float sizes[sizes.Length / 2]

        Chart.Line(
            List.map float sizes,
            [ for size in sizes -> middle / float size ],
            Name = "1/N",
            LineColor = Palette.gray,
            LineDash = StyleParam.DrawingStyle.Dot
        )
    ]
    |> Chart.combine
    |> Axes.logX $"width N, P = N, {n0} = 2N"
    |> Axes.logY "|saddle point/exact − 1|"

// Columns of one table are equally long.
let padded values =
    values @ List.replicate (n.Length - values.Length) nan

let columns =
    ("N", n)
    :: [
        for depth, _, exact, saddle, _ in curves do
            $"exact_L{depth}", exact
            $"saddle_L{depth}", saddle
        "N_proportional", padded (List.map float sizes)
        for (depth, _), errors in List.zip depths proportional do
            $"saddle_error_L{depth}", padded errors
    ]

for depth, _, exact, _, sampled in curves do
    for width, m in List.zip sampledWidths sampled do
        let mixture =
            ScaleMixture.solve (network depth width) temperature study |> Result.orFail

        let loss = (ScaleMixture.score split.Test mixture).Loss

        printfn
            $"L = {depth}, N = {width}: drawn {m.Loss}, exact {loss:F5}, z = {(m.Loss.Value - loss) / m.Loss.Error:F1}"

Panels.grid 2 [ losses; errors ]
|> Frame.titled
    "Deep linear networks on a noisy linear teacher: saddle point, exact integral, and networks drawn"
    $"{n0} = {inputs}, P = {count}, T = {temperature}; left, solid: exact integral; dashed: saddle point; circles: drawn from the posterior, open where not converged"
|> save "deep-linear" columns
