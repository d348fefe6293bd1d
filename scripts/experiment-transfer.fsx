// Transfer against experiment: two networks, one a task, coupled by the prior of their first layers. Many MNIST zeros and ones for the
// first, few for the second; the second one's test loss as a function of the coupling, in theory and sampled from the joint posterior:
// experiment-transfer.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures

let many, few, points = sized (20, 5, 2) (100, 10, 6)
let temperature = 0.01
let width = sized 100 500
let split = digits [ 0; 1 ] (many + few) (sized 50 300)

let part start count =
    let inputs, targets = split.Train.Inputs, split.Train.Targets

    DataSet.create
        (inputs.View(nativeint start, 0n, nativeint count, inputs.Columns))
        (targets.View(nativeint start, 0n, nativeint count, 1n))
    |> Result.orFail

let tasks =
    {
        First = part 0 many
        Second = part many few
    }

// rho, the correlation of the two networks' first-layer weights, at lambda_0 = 1/(1 - rho^2): the prior of each network on its own stays
// what it is at rho = 0. gamma = 2 rho lambda_0.
let correlations = List.init points (fun i -> 0.95 * float i / float (points - 1))

let networks rho =
    let lambda = 1.0 / (1.0 - rho * rho)

    Network.dense Activation.erf [ width ]
    |> Network.withPriors [ lambda; 1.0 ]
    |> fun network -> CoupledNetworks.create network (2.0 * rho * lambda)
    |> Result.orFail

let theory rho =
    Transfer.solve (networks rho) temperature tasks |> Result.orFail

let posteriors = correlations |> List.map theory

let predicted =
    posteriors
    |> List.map (fun posterior -> (Transfer.scoreSecond split.Test posterior).Loss)

let observables posterior : ObservablesSource =
    let predictors =
        CoupledPosterior.predictors split.Test.Inputs split.Test.Inputs posterior

    fun () ->
        let predict = predictors ()

        {
            Traced = [ "first task"; "second task" ]
            Streamed = []
            Evaluate =
                fun stream position values ->
                    let struct (first, second) = predict position stream
                    values[0] <- (Prediction.score split.Test.Targets first).Loss
                    values[1] <- (Prediction.score split.Test.Targets second).Loss
        }

let measure rho =
    let posterior =
        CoupledPosterior.create (networks rho) temperature tasks |> Result.orFail

    let run =
        Run.start
            Sampler.hmc
            (observables posterior)
            (CoupledTarget.create posterior)
            { RunSettings.defaults with
                Seed = 11UL
                Chains = 2
                WarmUp = sized 40 150
                Draws = sized 40 300
            }
        |> Result.orFail

    let second = run.Diagnoses[1]
    printfn $"rho = {rho:F2}: second task {second.Mean:F5} +- {second.Error:F5} in {run.Elapsed.TotalSeconds:F0} s"
    run

let runs = correlations |> List.map measure
let second = runs |> List.map (fun run -> run.Diagnoses[1])
let values = second |> List.map _.Mean
let errors = second |> List.map _.Error

let z =
    List.map2 (fun theory (d: Diagnosis) -> (theory - d.Mean) / d.Error) predicted second

for i in 0 .. points - 1 do
    printfn
        $"rho = {correlations[i]:F2}: theory {predicted[i]:F5}, experiment {values[i]:F5} +- {errors[i]:F5}, {100.0 * (predicted[i] / values[i] - 1.0):F1}%%, z = {z[i]:F1}"

[
    Chart.Line(correlations, predicted, Name = "theory", LineColor = Palette.blue)
    Chart.Point(
        correlations,
        values,
        Name = "experiment",
        MarkerColor = Palette.black,
        MarkerSymbol = StyleParam.MarkerSymbol.Circle
    )
    |> Draw.withErrors errors
]
|> Chart.combine
|> Axes.linearX $"correlation {Notation.rho} of the first-layer weights"
|> Axes.linearY "test loss of the second task"
|> Frame.titled
    $"Transfer on MNIST 0/1 from P = {many} to P = {few}"
    $"erf, N = {width}, T = {temperature}; error bars are one standard error"
|> save
    "experiment-transfer"
    [
        "rho", Array.ofList correlations
        "gamma", [| for rho in correlations -> (networks rho).Coupling |]
        "theory_loss", Array.ofList predicted
        "Qbar_between_tasks", [| for posterior in posteriors -> posterior.OrderParameter[0, 1] |]
        "experiment_loss", Array.ofList values
        "experiment_error", Array.ofList errors
        "z", Array.ofList z
        "converged", [| for run in runs -> if run.Verdict = Verdict.Converged then 1.0 else 0.0 |]
        "largest_R_hat", [| for run in runs -> run.Diagnoses |> List.map _.RHat |> List.max |]
    ]
