// Three finite-width corrections of one predictive variance: the proportional limit's saddle point, the scale mixture and the Student-t
// process of N + 4 degrees of freedom, erf on MNIST zeros and ones at T = 0, as functions of r = lambda_1 y^T K^-1 y/P, which the readout's
// prior moves. All three widen the Gaussian process where r > 1 and narrow it where r < 1: student-t.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, steps = sized (40, 9) (200, 41)
let name, split = zerosAndOnes count count
let study = Study split.Train
let plain = Network.dense Activation.erf [ 10 ]

// r is proportional to lambda_1.
let unit = (StudentT.solve 10.0 plain 0.0 study |> Result.orFail).R

let rs = [ for i in 0 .. steps - 1 -> 0.1 * 100.0 ** (float i / float (steps - 1)) ]

let ratios width =
    rs
    |> Result.traverse (fun r ->
        result {
            let network =
                plain |> Network.withWidth width |> Network.withReadoutPrior (r / unit)

            let! saddle = Posterior.solve Theory.proportional network 0.0 study
            let! mixture = ScaleMixture.solve network 0.0 study
            let! studentT = StudentT.solve (StudentT.degreesOfFreedom network) network 0.0 study
            return saddle.OrderParameters[0], mixture.MeanScale, studentT.Inflation
        })
    |> Result.orFail
    |> List.unzip3

let widths = [ count / 4; count; 5 * count ]
let curves = widths |> List.map ratios

let panel width (saddle, mixture, studentT) =
    Chart.combine
        [
            Chart.Line(rs, mixture, Name = "mixture", LineColor = Palette.blue, LineWidth = 4.0)
            Chart.Line(
                rs,
                saddle,
                Name = "saddle point",
                LineColor = Palette.black,
                LineDash = StyleParam.DrawingStyle.Dash
            )
            Chart.Line(rs, studentT, Name = "Student-t process", LineColor = Palette.vermilion)
        ]
    |> Axes.logX $"r, at N = {width}"
    |> Axes.logY "ratio of variances"
    |> Draw.horizontal "" 1.0
    |> Draw.vertical "" 1.0

let columns =
    ("r", rs)
    :: [
        for width, (saddle, mixture, studentT) in List.zip widths curves do
            $"saddle_N{width}", saddle
            $"mixture_N{width}", mixture
            $"student_t_N{width}", studentT
    ]

List.map2 panel widths curves
|> Panels.grid 3
|> Frame.titled $"Predictive variance of an erf network on {name}, finite over infinite width" $"P = {count}, T = 0"
|> save "student-t" columns
