// Hidden units that have aligned with the task, by the cavity theory on MNIST zeros and ones: how many and how strongly they are read against the width, what
// their input weights look like, and the hidden layer's Gram matrix: specialised-units.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open System.Threading
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Numerics
open Plotly.NET
open Figures

let count = sized 20 300
let temperature = 0.01
let name, split = zerosAndOnes count (sized 20 200)
let widths = LearningCurve.logSpaced (sized 10 20) (sized 40 1000) (sized 2 7)

let settings =
    { CavitySettings.standard split.Train with
        Sweeps = sized 64 160
        Seconds = sized 5.0 30.0
    }

// From the widest to the narrowest, each from the solution of the one before; what cannot be solved is told and left out.
let solved activation =
    ([], List.rev widths)
    ||> List.fold (fun solutions n ->
        let network = Network.dense activation [ n ]
        let from = solutions |> List.tryHead |> Option.map snd
        let study = Study split.Train

        match
            CavityTheory.solveWith settings from CancellationToken.None ignore network temperature split.Test study
        with
        | Ok posterior ->
            let units = posterior.SpecialisedUnits

            let doubts =
                posterior.Diagnostics.Doubts |> List.map _.Message |> String.concat "; "

            printfn
                $"{network}: {units.Number:F1} specialised units, readout {units.Readout:F2}, {100.0 * units.Share:F0}%% of the sum. {doubts}"

            (n, posterior) :: solutions
        | Error failure ->
            printfn $"{network}: {failure.Message}"
            solutions)

let erf, relu = solved Activation.erf, solved Activation.relu

let against title (f: SpecialisedUnits -> float) =
    let line label color solutions =
        Chart.Line(
            [
                for n, posterior: CavityPosterior in solutions -> float n, f posterior.SpecialisedUnits
            ],
            Name = label,
            LineColor = color,
            ShowMarkers = true,
            MultiMarkerSymbol =
                [
                    for _, posterior in solutions ->
                        if posterior.Converged then
                            StyleParam.MarkerSymbol.Circle
                        else
                            StyleParam.MarkerSymbol.Modified(
                                StyleParam.MarkerSymbol.Circle,
                                StyleParam.SymbolStyle.Open
                            )
                ]
        )

    [ line "erf" Palette.blue erf; line "ReLU" Palette.vermilion relu ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.fromZeroY title

// The narrowest erf network's units, as an image of 28 x 28 pixels.
let narrowest, posterior = erf.Head
let features = posterior.Features

let pixels = [ for i in 1..28 -> float i ]

let images =
    match features.Specialised with
    | [| feature |] ->
        let image = Array2D.init 28 28 (fun i j -> feature.Weights[28 * i + j])

        [
            Draw.diverging "W" pixels pixels image
            |> Axes.wholeX "pixel"
            |> Axes.rowsY "pixel"
        ]
    | _ -> []

let order =
    [| 0 .. count - 1 |]
    |> Array.sortBy (fun mu -> split.Train.Targets[nativeint mu, 0n])

let change =
    Array2D.init count count (fun i j ->
        let i, j = nativeint order[i], nativeint order[j]
        features.Posterior[i, j] - features.Prior[i, j])

let numbers = [ for i in 1..count -> float i ]

let gram =
    Draw.diverging "change" numbers numbers change
    |> Axes.wholeX "image, sorted by digit"
    |> Axes.rowsY "image, sorted by digit"

[ against "specialised units" _.Number; against "their mean readout" _.Readout ]
@ images
@ [ gram ]
|> Panels.grid 2
|> Frame.titled
    $"Hidden units that have aligned with the task: {name}"
    $"P = {count}, T = {temperature}; open circles are doubted. Below, erf, N = {narrowest}: mean input weights, and the change of the hidden layer's Gram matrix"
|> save
    "specialised-units"
    [
        "width", widths |> List.map float
        for label, solutions in [ "erf", erf; "ReLU", relu ] do
            let column (f: SpecialisedUnits -> float) =
                widths
                |> List.map (fun n ->
                    solutions
                    |> List.tryFind (fst >> (=) n)
                    |> Option.map (fun (_, posterior) -> f posterior.SpecialisedUnits)
                    |> Option.defaultValue nan)

            $"{label}, specialised units", column _.Number
            $"{label}, readout", column _.Readout
            $"{label}, share", column _.Share
    ]
