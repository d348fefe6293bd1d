// What theories say of the log evidence of real networks, erf on MNIST zeros and ones: the saddle point, the integral over the scale and infinite
// width beside sampled evidence, at a few widths: sampled-evidence.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, widths = sized (20, [ 10; 40 ]) (100, [ 10; 20; 50; 100; 200; 500 ])
let name, split = zerosAndOnes count 10
let temperature = 0.01
let study = Study split.Train

let settings =
    { SampledEvidence.standard with
        Accuracy = sized 0.5 0.1
        Seconds = sized 20.0 120.0
    }

// Saddle point, integral over the scale, and the sampled evidence of one network.
let evidence (network: Network) =
    result {
        let! saddle = Posterior.solve Theory.proportional network temperature study
        let! mixture = ScaleMixture.solve network temperature study

        let! sampled =
            SampledEvidence.solve settings (Architecture.FullyConnected network) temperature split.Train

        printfn
            $"{network}: saddle point {Posterior.logEvidence saddle:F2}, integral {mixture.LogEvidence:F2}, sampled {sampled.LogEvidence}"

        if not sampled.HasConverged then
            printfn $"  not converged: between {sampled.Lower} and {sampled.Upper}"

        return Posterior.logEvidence saddle, mixture.LogEvidence, sampled
    }
    |> Result.orFail

let rows =
    [ for width in widths -> evidence (Network.dense Activation.erf [ width ]) ]

let infinite =
    Posterior.solve Theory.infiniteWidth (Network.dense Activation.erf [ 1 ]) temperature study
    |> Result.orFail
    |> Posterior.logEvidence

let xs = widths |> List.map float
let saddle = [ for value, _, _ in rows -> value ]
let mixture = [ for _, value, _ in rows -> value ]
let sampled = [ for _, _, value in rows -> value.LogEvidence ]

let chart =
    [
        Chart.Line(xs, saddle, Name = "saddle point", LineColor = Palette.blue)
        Chart.Line(xs, mixture, Name = "integral over the scale", LineColor = Palette.green)
        Chart.Line(xs, [ for _ in xs -> infinite ], Name = "infinite width", LineColor = Palette.gray)
        Chart.Point(xs, [ for e in sampled -> e.Value ], Name = "sampled", MarkerColor = Palette.vermilion)
        |> Chart.withYErrorStyle (Array = [ for e in sampled -> 2.0 * e.Error ])
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.linearY "log evidence"
    |> Frame.titled
        $"{name}, erf, P = {count}, T = {temperature}: log evidence of real networks"
        "Theories that take the hidden units for Gaussian leave out what narrow networks gain"

save
    "sampled-evidence"
    [
        "N", Array.ofList xs
        "saddle", Array.ofList saddle
        "mixture", Array.ofList mixture
        "infinite_width", [| for _ in xs -> infinite |]
        "sampled", [| for e in sampled -> e.Value |]
        "sampled_error", [| for e in sampled -> e.Error |]
    ]
    chart
