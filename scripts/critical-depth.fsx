// Depth by depth on MNIST zeros and ones at T = 0: r = y^T K_L^-1 y/P of ReLU and erf networks, and the test error of ReLU networks of finite
// and of infinite width. Where r crosses one infinite width starts to win: critical-depth.html, .csv, .svg, .png.
// Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open Figures

let count, depth = sized (40, 6) (200, 20)
let name, split = zerosAndOnes count count
let study = Study split.Train

// The variance of preactivations is kept from layer to layer: lambda = 1/2 for ReLU, and a slope of one at the origin for erf.
let relu = Activation.relu, [ 1.0 ] @ List.replicate depth 0.5
let erf = Activation.erf, List.replicate (depth + 1) 1.0

let network (activation, priors) layers =
    Network.dense activation (List.replicate layers count)
    |> Network.withPriors (List.truncate (layers + 1) priors)

let profile kind =
    CriticalDepth.profile 0.0 split (network kind depth) |> Result.orFail

let profiles = [ "ReLU", relu, profile relu; "erf", erf, profile erf ]

for label, _, profile in profiles do
    printfn $"{label}: {profile.CriticalDepth.Message}"

let depths (profile: DepthProfile) =
    profile.Depths |> List.map (fun point -> float point.Depth)

let r (profile: DepthProfile) =
    profile.Depths |> List.map (fun point -> point.Criterion.R)

let infinite (profile: DepthProfile) =
    profile.Depths |> List.map (fun point -> point.Score.Loss)

let finite kind (profile: DepthProfile) =
    profile.Depths
    |> Result.traverse (fun point -> Posterior.solve Theory.wishart (network kind point.Depth) 0.0 study)
    |> Result.orFail
    |> List.map (fun posterior -> (Posterior.score split.Test posterior).Loss)

let colors = [ Palette.blue; Palette.vermilion ]

let criterion =
    [
        for color, (label, _, profile) in List.zip colors profiles ->
            Chart.Line(
                depths profile,
                r profile,
                Name = $"r, {label}",
                LineColor = color,
                LineDash = StyleParam.DrawingStyle.Solid
            )
    ]
    |> Chart.combine
    |> Axes.wholeX "depth L"
    |> Axes.logY "r"
    |> Draw.horizontal "r = 1" 1.0

let losses =
    [
        for color, (label, kind, profile) in List.zip colors profiles do
            Chart.Line(
                depths profile,
                finite kind profile,
                Name = $"{label}, N = {count}",
                LineColor = color,
                LineDash = StyleParam.DrawingStyle.Solid
            )

            Chart.Line(
                depths profile,
                infinite profile,
                Name = $"{label}, infinite width",
                LineColor = color,
                LineDash = StyleParam.DrawingStyle.Dash
            )
    ]
    |> Chart.combine
    |> Axes.wholeX "depth L"
    |> Axes.logY "test loss"

// A profile that ends early is followed by blanks.
let padded (values: float list) =
    Array.append (Array.ofList values) (Array.create (depth - values.Length) nan)

let columns =
    ("L", [| for l in 1..depth -> float l |])
    :: [
        for label, kind, profile in profiles do
            $"{label}_r", padded (r profile)
            $"{label}_slope", padded (profile.Depths |> List.map _.Criterion.Slope)
            $"{label}_loss_infinite", padded (infinite profile)
            $"{label}_loss_finite", padded (finite kind profile)
    ]

Panels.grid 2 [ criterion; losses ]
|> Frame.titled $"Deep networks on {name}" $"P = {count}, T = 0"
|> save "critical-depth" columns
