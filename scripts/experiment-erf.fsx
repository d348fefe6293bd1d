// Theory against experiment: an erf network with one hidden layer on MNIST zeros and ones, from N = 20 to N = 2000. The proportional
// theory with the mixture's error bar, and infinite width, beside networks sampled from their posterior: experiment-erf.html, .csv,
// .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Figures
open Demonstration

let count, steps = sized (30, 3) (500, 8)
let name, split = zerosAndOnes count (sized 100 500)
let temperature = 0.01
let network = Network.dense Activation.erf [ 20 ]
let widths = LearningCurve.logSpaced 20 (sized 200 2000) steps
let networks = widths |> List.map (fun n -> Network.withWidth n network)
let study = Study split.Train

let theories =
    [
        {
            Name = "proportional"
            Color = Color.blue
            Dash = LineDash.Solid
            Losses = solved Theory.proportional temperature study split.Test networks
        }
        {
            Name = "infinite width"
            Color = Color.gray
            Dash = LineDash.Dash
            Losses = solved Theory.infiniteWidth temperature study split.Test networks
        }
    ]

let errorBar =
    networks
    |> Result.traverse (fun network -> ScaleMixture.solve network temperature study)
    |> Result.orFail
    |> List.map (ScaleMixture.errorBar split.Test)

networks
|> List.map (measure temperature split)
|> compare
    "experiment-erf"
    $"erf network with one hidden layer on {name}"
    $"P = {count}, T = {temperature}; error bars are one standard error"
    widths
    theories
    (Some errorBar)
