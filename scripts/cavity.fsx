// The cavity theory on MNIST zeros and ones: the test loss against the width, with the published theory, infinite width and networks sampled from their
// posterior (HMC): cavity.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open System.Threading
open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count = sized 20 50
let temperature = 0.01
let name, split = zerosAndOnes count (sized 100 500)
let study = Study split.Train
let widths = LearningCurve.logSpaced (sized 20 10) (sized 80 400) (sized 2 6)

let networks = widths |> List.map (fun n -> Network.dense Activation.erf [ n ])

let settings =
    { CavitySettings.standard split.Train with
        Sweeps = sized 64 160
        Accuracy = 0.02
        Seconds = sized 5.0 20.0
    }

// Each width from the solution of the one before.
let cavity =
    (None, networks)
    ||> List.scan (fun from network ->
        let posterior =
            CavityTheory.solveWith settings from CancellationToken.None ignore network temperature split.Test study
            |> Result.orFail

        let score = CavityPosterior.score split.Test posterior
        let units = posterior.SpecialisedUnits.Number
        printfn $"cavity, {network}: loss {score.Loss.Value:G4} +- {score.Loss.Error:G2}, {units:F1} specialised units"
        Some posterior)
    |> List.choose id
    |> List.map (fun posterior -> (CavityPosterior.score split.Test posterior).Loss)

let measured = networks |> List.map (sketch temperature split)
let n = widths |> List.map float

let line name color dash theory =
    let losses = solved theory temperature study split.Test networks

    losses, Chart.Line(n, losses, Name = name, LineColor = color, LineDash = dash)

let published, proportional =
    line "proportional" Palette.blue StyleParam.DrawingStyle.Solid Theory.proportional

let wide, infiniteWidth =
    line "infinite width" Palette.gray StyleParam.DrawingStyle.Dash Theory.infiniteWidth

let values = cavity |> List.map _.Value
let errors = cavity |> List.map _.Error

let ofCavity =
    Chart.Line(n, values, Name = "cavity", LineColor = Palette.vermilion, ShowMarkers = true)
    |> Draw.withErrors errors

let converged =
    measured
    |> List.map (fun m -> m.Verdict = FiniteWidth.Experiment.Verdict.Converged)

let sampled = measured |> List.map _.Loss.Value
let sampledErrors = measured |> List.map _.Loss.Error

[ infiniteWidth; proportional; ofCavity ]
@ points "drawn from the posterior" Palette.black n sampled sampledErrors converged
|> Chart.combine
|> Axes.logX "width N"
|> Axes.fromZeroY "test error"
|> Frame.titled
    $"Hidden units as they are: an erf network on {name}"
    $"P = {count}, T = {temperature}; error bars are one standard error"
|> save
    "cavity"
    [
        "width", n
        "infinite width", wide
        "proportional", published
        "cavity", values
        "cavity error", errors
        "sampled", sampled
        "sampled error", sampledErrors
    ]
