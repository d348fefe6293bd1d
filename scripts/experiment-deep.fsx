// Theory against experiment: an erf network with two hidden layers on MNIST zeros and ones, from N = 20 to N = 500 in both layers. The
// layer-by-layer proportional theory, the equivalent Wishart ansatz with the mixture's error bar, and infinite width, beside networks
// sampled from their posterior: experiment-deep.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, steps = sized (20, 2) (500, 6)
let name, split = zerosAndOnes count (sized 100 500)
let temperature = 0.01
let network = Network.dense Activation.erf [ 20; 20 ]
let widths = LearningCurve.logSpaced 20 (sized 60 500) steps
let networks = widths |> List.map (fun n -> Network.withWidth n network)
let study = Study split.Train

let curve name =
    curve temperature study split.Test networks name

let wishart =
    curve "Wishart" Palette.blue StyleParam.DrawingStyle.Solid Theory.wishart

let proportional =
    curve "proportional" Palette.vermilion StyleParam.DrawingStyle.Dot Theory.proportional

let infinite =
    curve "infinite width" Palette.gray StyleParam.DrawingStyle.Dash Theory.infiniteWidth

let errorBar =
    networks
    |> Result.traverse (fun network -> ScaleMixture.solve network temperature study)
    |> Result.orFail
    |> List.map (ScaleMixture.errorBar split.Test)

networks
|> List.map (measure temperature split)
|> compare
    "experiment-deep"
    $"erf network with two hidden layers on {name}"
    $"P = {count}, T = {temperature}; error bars are one standard error"
    widths
    [ wishart; proportional; infinite ]
    (Some errorBar)
    None
