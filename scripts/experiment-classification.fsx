// Ten digits with a softmax likelihood: the class probabilities of networks drawn from their posterior by HMC over all weights, beside those
// of the theory, test point by test point: experiment-classification, as .html, .csv and, where Chromium is installed, .svg and .png, in
// scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures

let beta = 1.0

let count, width, testPoints, draws = sized (30, 60, 5, 40) (200, 400, 20, 400)

let split = digits [ 0..9 ] count testPoints
let network = Network.dense Activation.erf [ width ]

let posterior =
    SoftmaxTarget.posterior NetworkPosterior.defaults (Architecture.FullyConnected network) split.Train
    |> Result.orFail

// The probability of each class at each test point, and the mean of -log p(label).
let observables: ObservablesSource =
    let predictors = NetworkPredictor.create split.Test.Inputs posterior

    fun () ->
        let predictor = predictors ()

        {
            Traced =
                [
                    for t in 1..testPoints do
                        for c in 0..9 -> $"p{t}({c})"
                ]
            Streamed = []
            Evaluate =
                fun stream position values ->
                    let f = predictor.Full(position, stream).Mean

                    for t in 0 .. testPoints - 1 do
                        let largest = Array.max f[t, *]
                        let total = f[t, *] |> Array.sumBy (fun f -> exp (f - largest))

                        for c in 0..9 do
                            values[10 * t + c] <- exp (f[t, c] - largest) / total
        }

let run =
    Run.start
        Sampler.hmc
        observables
        (SoftmaxTarget.create beta posterior)
        { RunSettings.defaults with
            Chains = 2
            WarmUp = draws / 2
            Draws = draws
        }
    |> Result.orFail

let theory =
    Study split.Train
    |> Classification.solve Theory.wishart network (Likelihood.Categorical beta)
    |> Result.orFail
    |> Classification.predict split.Test.Inputs

let expected =
    [| for i in 0 .. 10 * testPoints - 1 -> theory.Probabilities[i / 10, i % 10] |]

let sampled = [| for diagnosis in run.Diagnoses -> diagnosis.Mean |]
let errors = [| for diagnosis in run.Diagnoses -> diagnosis.Error |]

let scores =
    Array.map3 (fun p mean error -> (p - mean) / error) expected sampled errors

let chart =
    [
        Chart.Line(
            [ 0.0; 1.0 ],
            [ 0.0; 1.0 ],
            Name = "equal",
            LineColor = Palette.gray,
            LineDash = StyleParam.DrawingStyle.Dash
        )
        Chart.Point(expected, sampled, Name = "class probabilities", MarkerColor = Palette.blue)
        |> Draw.withErrors errors
    ]
    |> Chart.combine
    |> Axes.linearX "theory"
    |> Axes.fromZeroY "networks drawn by HMC"
    |> Frame.titled
        "Class probabilities of ten digits, erf network, softmax likelihood"
        $"P = {count}, N = {width}, β = {beta}"

chart
|> save
    "experiment-classification"
    [
        "theory", expected
        "sampled", sampled
        "standard_error", errors
        "z", scores
    ]

let root values =
    sqrt (Array.averageBy (fun x -> x * x) values)

printfn
    $"{draws} draws of {run.States.Length} chains, at least {run.Diagnoses |> List.map Diagnosis.size |> List.min:F0} effective ones of every probability"

printfn
    $"root mean square difference of {scores.Length} probabilities {root (Array.map2 (-) expected sampled):F4}, standard error {root errors:F4}, z-score {root scores:F2}"

printfn $"largest difference {Array.map2 (-) expected sampled |> Array.map abs |> Array.max:F4}"
