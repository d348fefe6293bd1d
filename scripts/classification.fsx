// Ten digits with a softmax likelihood: accuracy, log likelihood and calibration of an erf network as a function of its width, and the
// calibration curves of a narrow and an infinitely wide one: classification, as .html, .csv and, where Chromium is installed, .svg and
// .png, in scripts/output or the folder that FINITEWIDTH_OUT names. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Figures

let beta = 1.0

let count, testCount, points = sized (60, 200, 3) (300, 1000, 9)

let split = digits [ 0..9 ] count testCount

let study = Study split.Train

let solve theory width =
    Classification.solve theory (Network.dense Activation.erf [ width ]) (Likelihood.Categorical beta) study
    |> Result.orFail

let scoreOf posterior =
    Classification.score split.Test posterior |> Result.orFail

let widths = LearningCurve.logSpaced 10 3000 points
let scores = widths |> List.map (solve Theory.wishart >> scoreOf)
let infinite = solve Theory.infiniteWidth 1 |> scoreOf

let column value = scores |> List.map value

ClassificationFigure.chart
    {
        Widths = [| for n in widths -> float n |]
        Scores = Array.ofList scores
        InfiniteWidth = Some infinite
        Title = "erf network, softmax likelihood, ten digits of MNIST"
        Subtitle = $"P = {count}, β = {beta}"
    }
|> save
    "classification"
    [
        "N", [ for n in widths -> float n ]
        "accuracy", column _.Accuracy
        "negative_log_likelihood", column _.NegativeLogLikelihood
        "brier", column _.Brier
        "calibration_error", column _.CalibrationError
    ]

for name, score in List.zip (List.map string widths) scores @ [ ("infinity", infinite) ] do
    printfn
        $"N = {name, 8}  accuracy = {score.Accuracy:P1}  negative log likelihood = {score.NegativeLogLikelihood:F4}  calibration error = {score.CalibrationError:F4}"
