// Evidence as a guide, erf on MNIST zeros and ones: log evidence and test error against the readout's prior lambda_1 and the
// first weights' lambda_0, at several widths, with the maxima that the fit finds: evidence.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (60, 9) (500, 41)
let name, split = zerosAndOnes count count
let temperature = 0.01
let study = Study split.Train

let networks =
    [
        "N = 20", Palette.vermilion, Theory.proportional, Network.dense Activation.erf [ 20 ]
        "N = 100", Palette.blue, Theory.proportional, Network.dense Activation.erf [ 100 ]
        "infinite width", Palette.gray, Theory.infiniteWidth, Network.dense Activation.erf [ 100 ]
    ]

let grid low high =
    [
        for i in 0 .. steps - 1 -> low * (high / low) ** (float i / float (steps - 1))
    ]

// Evidence and loss where one hyperparameter takes the given values, the other being the job's.
let along hyperparameter theory network values =
    values
    |> Result.traverse (fun value ->
        result {
            let! network, temperature =
                Hyperparameter.set (network, temperature) hyperparameter value

            let! posterior = Posterior.solve theory network temperature study
            return Posterior.logEvidence posterior, (Posterior.score split.Test posterior).Loss
        })
    |> Result.orFail
    |> List.unzip

let sweep hyperparameter values =
    [
        for label, color, theory, network in networks do
            let evidence, loss = along hyperparameter theory network values

            let fit =
                Evidence.fit theory [ hyperparameter ] network temperature study
                |> Result.orFail

            for remark in fit.Remarks do
                printfn $"{label}: {remark}"

            label, color, evidence, loss, fit
    ]

let readout = grid 0.1 40.0
let input = grid 0.02 50.0
let overReadout = sweep (Hyperparameter.Prior 1) readout
let overInput = sweep (Hyperparameter.Prior 0) input

// One panel: the curves over a hyperparameter, and where its fit ended.
let panel axis style (values: float list) sweep (curve: _ -> float list) optimum =
    Chart.combine
        [
            for (name, color, _, _, _) as one in sweep do
                Chart.Line(values, curve one, Name = name, LineColor = color)

            for (name, color, _, _, fit) as one in sweep do
                Chart.Point([ List.head fit.Values ], [ optimum one ], Name = $"{name}, fitted", MarkerColor = color)
                |> Chart.withMarkerStyle (Size = 13)
        ]
    |> Axes.logX axis
    |> style

let evidenceOf (_, _, evidence, _, _) = evidence
let lossOf (_, _, _, loss, _) = loss
let best (_, _, _, _, fit: EvidenceFit<Posterior>) = fit.LogEvidence

let bestLoss (_, _, _, _, fit: EvidenceFit<Posterior>) =
    (Posterior.score split.Test fit.Optimum).Loss

let evidenceAxis = Axes.linearY "log evidence"
let lossAxis = Axes.logY "test loss"

let columns =
    [
        "lambda_1", readout
        for label, _, evidence, loss, _ in overReadout do
            $"lambda_1: log evidence, {label}", evidence
            $"lambda_1: loss, {label}", loss
        "lambda_0", input
        for label, _, evidence, loss, _ in overInput do
            $"lambda_0: log evidence, {label}", evidence
            $"lambda_0: loss, {label}", loss
    ]
    |> List.map (fun (name, values) -> name, Array.ofList values)

for title, sweep in [ "lambda_1", overReadout; "lambda_0", overInput ] do
    for label, _, _, _, fit in sweep do
        printfn
            $"{title}, {label}: {fit.Values.Head:G6} with log evidence {fit.LogEvidence:F4} after {fit.Iterations} steps, gradient {fit.GradientNorm:E1}"

Panels.grid
    2
    [
        panel $"prior of the readout, {Notation.lambda 1}" evidenceAxis readout overReadout evidenceOf best
        panel $"prior of the first weights, {Notation.lambda 0}" evidenceAxis input overInput evidenceOf best
        panel $"prior of the readout, {Notation.lambda 1}" lossAxis readout overReadout lossOf bestLoss
        panel $"prior of the first weights, {Notation.lambda 0}" lossAxis input overInput lossOf bestLoss
    ]
|> Frame.titled
    $"Evidence and test loss of an erf network with one hidden layer on {name}"
    $"P = {count}, T = {temperature} and priors 1 where not varied; dots: where the fit ended"
|> save "evidence" columns
