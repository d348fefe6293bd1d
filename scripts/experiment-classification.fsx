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

let plan =
    { ClassMeasurement.standard with
        Settings =
            { ClassMeasurement.standard.Settings with
                Chains = 2
                WarmUp = draws / 2
                Draws = draws
            }
    }

let measured =
    ClassMeasurement.run plan (Architecture.FullyConnected network) beta split
    |> Result.orFail

let theory =
    Study split.Train
    |> Classification.solve Theory.wishart network (Likelihood.Categorical beta)
    |> Result.orFail

let probabilities = (Classification.predict split.Test.Inputs theory).Probabilities

// Test point by test point, the classes together.
let flat (table: float[,]) = table |> Seq.cast<float> |> Array.ofSeq

let expected = flat probabilities
let sampled = flat measured.Probabilities.Probability
let errors = flat measured.Probabilities.ProbabilityError

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

let distance = ClassMeasurement.distance probabilities measured

printfn
    $"{draws} draws of {plan.Settings.Chains} chains, at least {measured.Diagnoses |> List.map Diagnosis.size |> List.min:F0} effective ones of every quantity"

printfn $"{measured.Verdict}"

printfn
    $"root mean square difference of {scores.Length} probabilities {distance.RmsDifference:F4}, standard error {distance.RmsError:F4}, z-score {distance.RmsZ:F2}"

printfn
    $"negative log likelihood {measured.NegativeLogLikelihood}, by the theory {(Classification.score split.Test theory |> Result.orFail).NegativeLogLikelihood:F4}"

printfn $"largest difference {Array.map2 (-) expected sampled |> Array.map abs |> Array.max:F4}"
