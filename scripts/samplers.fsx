// What a sampler gets out of an evaluation of the posterior: effective draws of the slowest observable in a thousand gradients, as a
// function of the width, for an erf network on MNIST zeros and ones: samplers.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps, draws = sized (15, 2, 60) (40, 4, 300)
let testPoints = 5
let name, split = zerosAndOnes count 100
let temperature = 0.05
let network = Network.dense Activation.erf [ 10 ]
let widths = LearningCurve.logSpaced 10 (sized 40 160) steps

let leapfrog = Sampler.withIntegrator Integrator.Leapfrog

let samplers =
    [
        "NUTS, prior exact", Sampler.nuts, 1, Palette.blue
        "NUTS, leapfrog", leapfrog Sampler.nuts, 1, Palette.skyBlue
        "HMC, prior exact", Sampler.hmc, 1, Palette.green
        "HMC, leapfrog", leapfrog Sampler.hmc, 1, Palette.orange
        "MALA, prior exact", Sampler.mala, 20, Palette.vermilion
        "Crank-Nicolson", Sampler.crankNicolson, 50, Palette.purple
    ]

// The log likelihood, and f at test points.
let observables posterior : ObservablesSource =
    let predictors =
        NetworkPredictor.create
            (split.Test.Inputs.View(0n, 0n, nativeint testPoints, split.Test.Inputs.Columns))
            posterior

    let target = FullTarget.create posterior

    fun () ->
        let predictor = predictors ()
        let target = target ()
        let gradient: float[] = Array.zeroCreate target.Dimension

        {
            Traced = "log likelihood" :: List.init testPoints (fun t -> $"f{t}")
            Streamed = []
            Evaluate =
                fun stream position values ->
                    values[0] <- target.LogLikelihood position gradient
                    let prediction = predictor.Full(position, stream)

                    for t in 0 .. testPoints - 1 do
                        values[t + 1] <- prediction.Mean[t, 0]
        }

let run sampler thin width =
    let posterior =
        NetworkPosterior.create
            NetworkPosterior.defaults
            (Architecture.FullyConnected(Network.withWidth width network))
            temperature
            split.Train
        |> Result.orFail

    let settings =
        { RunSettings.defaults with
            Chains = 2
            WarmUp = sized 100 250
            Draws = draws
            StepsPerDraw = thin
        }

    let run =
        Run.start sampler (observables posterior) (FullTarget.create posterior) settings
        |> Result.orFail

    let evaluations = run.Tallies |> Array.sumBy _.Evaluations
    let slowest = run.Diagnoses |> List.map _.BulkSize |> List.min
    1000.0 * slowest / float evaluations

let efficiency =
    samplers
    |> List.map (fun (name, sampler, thin, color) ->
        let values = widths |> List.map (run sampler thin)
        printfn $"%-20s{name} %A{values}"
        name, color, values)

let n = widths |> List.map float

let chart =
    efficiency
    |> List.map (fun (name, color, values) -> Chart.Line(n, values, Name = name, LineColor = color))
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.logY "effective draws in 1000 evaluations"

let columns =
    ("N", n)
    :: (efficiency
        |> List.map (fun (name, _, values) -> name.Replace(", ", "_").Replace(" ", "_").Replace("-", "_"), values))
    |> List.map (fun (name, values) -> name, Array.ofList values)

chart
|> Frame.titled $"Samplers of an erf network's weights on {name}" $"P = {count}, T = {temperature}"
|> save "samplers" columns
