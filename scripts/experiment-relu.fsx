// Theory against experiment: a ReLU network with one hidden layer on MNIST zeros and ones, from N = 20 to N = 2000. The theory that
// renormalises covariance and mean each for itself, the proportional theory as a heuristic, and infinite width, beside networks sampled
// from their posterior: experiment-relu.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, steps = sized (30, 3) (500, 8)
let name, split = zerosAndOnes count (sized 100 500)
let temperature = 0.01
let network = Network.dense Activation.relu [ 20 ]
let widths = LearningCurve.logSpaced 20 (sized 200 2000) steps
let networks = widths |> List.map (fun n -> Network.withWidth n network)
let study = Study split.Train

let curve name =
    curve temperature study split.Test networks name

let nonOdd =
    curve "non-odd" Palette.blue StyleParam.DrawingStyle.Solid Theory.nonOdd

let odd =
    curve "proportional" Palette.vermilion StyleParam.DrawingStyle.Dot Theory.proportional

let infinite =
    curve "infinite width" Palette.gray StyleParam.DrawingStyle.Dash Theory.infiniteWidth

networks
|> List.map (measure temperature split)
|> compare
    "experiment-relu"
    $"ReLU network with one hidden layer on {name}"
    $"P = {count}, T = {temperature}; error bars are one standard error"
    widths
    [ nonOdd; odd; infinite ]
    None
    (Some(expanded temperature study split.Test network))
