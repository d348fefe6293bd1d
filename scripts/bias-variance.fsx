// Bias and variance of erf networks at T = 0 on MNIST zeros and ones, against the width and against the prior of the readout: in the theory the bias
// depends on neither, the variance falls as lambda_1^(-1/2) at large lambda_1. Lines: the proportional theory and its asymptote; circles: networks drawn
// from their posterior at a small temperature: bias-variance.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, testCount = sized (30, 100) (200, 500)
let name, split = zerosAndOnes count testCount
let study = Study split.Train
// What is drawn: T = 0 itself has no posterior density.
let small = 0.001

let network prior width =
    Network.dense Activation.erf [ width ] |> Network.withReadoutPrior prior

let scores networks =
    networks
    |> Result.traverse (fun network -> Posterior.solve Theory.proportional network 0.0 study)
    |> Result.orFail
    |> List.map (Posterior.score split.Test)

let steps = sized 15 60
let widths = LearningCurve.logSpaced 10 5000 steps

let priors =
    [ for i in 0 .. steps - 1 -> 0.1 * 10000.0 ** (float i / float (steps - 1)) ]

// Biases lie on one another: what is drawn first is the widest line.
let looks = [ Palette.vermilion, 6.0; Palette.blue, 3.5; Palette.green, 1.5 ]

let overWidths =
    [
        for prior, look in List.zip [ 0.3; 1.0; 10.0 ] looks ->
            $"{Notation.lambda 1} = {prior}", prior, look, widths |> List.map (network prior) |> scores
    ]

let overPriors =
    [
        for width, look in List.zip [ count / 4; count; 10 * count ] looks ->
            $"N = {width}", width, look, priors |> List.map (fun prior -> network prior width) |> scores
    ]

// At large lambda_1 the saddle point is Qbar = (alpha r)^(1/2), r proportional to lambda_1, and the variance that of lambda_1 = 1 at infinite
// width times Qbar/lambda_1.
let unit =
    (Posterior.solve Theory.infiniteWidth (network 1.0 10) 0.0 study
     |> Result.orFail
     |> Posterior.score split.Test)
        .Variance

let r = (StudentT.solve 10.0 (network 1.0 10) 0.0 study |> Result.orFail).R

let law width =
    priors
    |> List.map (fun prior -> unit * sqrt (float count / float width * r / prior))

let sampledWidths = sized [ count; 100 ] [ 20; 60; count; 600 ]
let sampledPriors = sized [ 1.0 ] [ 1.0; 10.0; 100.0 ]

let sampled =
    [
        for width in sampledWidths do
            network 1.0 width
        for prior in sampledPriors do
            if prior <> 1.0 then
                network prior count
    ]
    |> List.map (fun network -> network, sketch small split network)

let circles color select place chosen =
    let chosen = sampled |> List.filter (fun (network, _) -> chosen (network: Network))

    points
        $"drawn at T = {small}"
        color
        [ for network, _ in chosen -> place network ]
        [ for _, m in chosen -> (select m: Estimate).Value ]
        [ for _, m in chosen -> (select m: Estimate).Error ]
        [ for _, m in chosen -> (m: Measurement).Verdict = Verdict.Converged ]

let readout (network: Network) = network.Priors |> List.last
let width (network: Network) = network.Widths.Head

let widthPanel part select title =
    [
        for label, _, (color, thick), scores in overWidths do
            Chart.Line(List.map float widths, List.map part scores, Name = label, LineColor = color, LineWidth = thick)

        yield! circles Palette.blue select (width >> float) (fun network -> readout network = 1.0)
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.logY title

let priorPanel part select title withLaw =
    [
        for label, _, (color, thick), scores in overPriors do
            Chart.Line(priors, List.map part scores, Name = label, LineColor = color, LineWidth = thick)

        if withLaw then
            for _, width, _, _ in overPriors do
                Chart.Line(
                    priors,
                    law width,
                    Name = $"{Notation.lambda 1}<sup>−1/2</sup>",
                    LineColor = Palette.black,
                    LineWidth = 1.5,
                    LineDash = StyleParam.DrawingStyle.Dot
                )
                |> Chart.withTraceInfo (ShowLegend = (width = count))

        yield! circles Palette.blue select readout (fun network -> width network = count)
    ]
    |> Chart.combine
    |> Axes.logX $"prior of the readout, {Notation.lambda 1}"
    |> Axes.logY title

let bias (score: Score) = score.Bias
let variance (score: Score) = score.Variance

let columns =
    [
        "N", widths |> List.map float
        for _, prior, _, scores in overWidths do
            $"bias_lambda{prior}", scores |> List.map bias
            $"variance_lambda{prior}", scores |> List.map variance
        "lambda_1", priors
        for _, width, _, scores in overPriors do
            $"bias_N{width}", scores |> List.map bias
            $"variance_N{width}", scores |> List.map variance
            $"law_N{width}", law width
    ]

for network, m in sampled do
    printfn $"{network}: bias {m.Bias}, variance {m.Variance}"

Panels.grid
    2
    [
        widthPanel bias _.Bias "bias"
        widthPanel variance _.Variance "variance"
        priorPanel bias _.Bias "bias" false
        priorPanel variance _.Variance "variance" true
    ]
|> Frame.titled
    $"Bias and variance of an erf network with one hidden layer on {name} at T = 0"
    $"P = {count}; lines: proportional theory; circles: drawn from the posterior at T = {small}, {Notation.lambda 1} = 1 above, N = {count} below; what keeps circles from lines is the theory's Gaussian assumption about hidden units"
|> save "bias-variance" columns
