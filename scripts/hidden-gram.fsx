// What an erf network's hidden layer learns of MNIST zeros and ones: the first-order change of its Gram matrix by the data, training images sorted by digit: hidden-gram.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET
open FiniteWidth.Numerics
open Figures

let count = sized 40 120
let name, split = zerosAndOnes count 10
let width = count / 2
let temperature = 0.01
let network = Network.dense Activation.erf [ width ]

let posterior =
    Posterior.solve Theory.proportional network temperature (Study split.Train)
    |> Result.orFail

let gram = HiddenGram.atSaddle posterior |> Result.orFail

// The same at a width where nothing is left of the change.
let prior =
    Posterior.solve Theory.proportional (Network.withWidth 1_000_000_000 network) temperature (Study split.Train)
    |> Result.bind HiddenGram.atSaddle
    |> Result.orFail

let order =
    [| 0 .. count - 1 |]
    |> Array.sortBy (fun mu -> split.Train.Targets[nativeint mu, 0n])

let sorted (matrix: Matrix) =
    Array2D.init count count (fun i j -> matrix[nativeint order[i], nativeint order[j]])

let before, after = sorted prior, sorted gram
let change = Array2D.init count count (fun i j -> after[i, j] - before[i, j])
let numbers = [ for i in 1..count -> float i ]

Draw.diverging "change" numbers numbers change
|> Axes.wholeX "image, sorted by digit"
|> Axes.rowsY "image, sorted by digit"
|> Frame.titled
    $"What the hidden layer learns of {name}"
    $"Change of its Gram matrix: erf, N = {width}, P = {count}, T = {temperature}"
|> save "hidden-gram" [ for j in 0 .. count - 1 -> $"image {j + 1}", change[*, j] ]

// Within a digit and between the two, before and after.
let block same (m: float[,]) =
    Seq.average
        [
            for i in 0 .. count - 1 do
                for j in 0 .. count - 1 do
                    let a, b =
                        split.Train.Targets[nativeint order[i], 0n], split.Train.Targets[nativeint order[j], 0n]

                    if (a * b > 0.0) = same then
                        m[i, j]
        ]

for label, same in [ "within a digit", true; "between digits", false ] do
    printfn $"{label}: {block same before:F4} before, {block same after:F4} after"
