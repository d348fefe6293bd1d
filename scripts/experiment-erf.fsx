// Theory against experiment: an erf network with one hidden layer on MNIST zeros and ones, from N = 20 to N = 2000, at P = 500 and at
// P = 50. The proportional theory with the mixture's error bar, and infinite width, beside networks sampled from their posterior:
// experiment-erf.html, .csv, .svg, .png, and experiment-erf-few. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let temperature = 0.01
let network = Network.dense Activation.erf [ 20 ]
let widths = LearningCurve.logSpaced 20 (sized 200 2000) (sized 3 8)
let networks = widths |> List.map (fun n -> Network.withWidth n network)

let demonstrate fileName count =
    let name, split = zerosAndOnes count (sized 100 500)
    let study = Study split.Train

    let curve name =
        curve temperature study split.Test networks name

    let theories =
        [
            curve "proportional" Palette.blue StyleParam.DrawingStyle.Solid Theory.proportional
            curve "infinite width" Palette.gray StyleParam.DrawingStyle.Dash Theory.infiniteWidth
        ]

    let errorBar =
        networks
        |> Result.traverse (fun network -> ScaleMixture.solve network temperature study)
        |> Result.orFail
        |> List.map (ScaleMixture.errorBar split.Test)

    networks
    |> List.map (measure temperature split)
    |> compare
        fileName
        $"erf network with one hidden layer on {name}"
        $"P = {count}, T = {temperature}; error bars are one standard error"
        widths
        theories
        (Some errorBar)
        (Some(expanded temperature study split.Test network))

demonstrate "experiment-erf" (sized 30 500)
demonstrate "experiment-erf-few" (sized 10 50)
