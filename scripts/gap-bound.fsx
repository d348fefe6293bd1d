// The generalisation gap of an optimised last layer against 2 N_out/P, on MNIST digits (14 x 14) and a teacher. Left: features that do not
// depend on the training examples (random first layers, and layers trained on other images), in units of the noise level that the training
// residual gives. Right: features trained on the same images, which the bound's derivation does not cover, in units of the targets' mean
// square. gap-bound.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"
#load "adam.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures
open Plotly.NET
open FiniteWidth.Numerics
open Figures

let images, testSize = sized (2500, 500) (40000, 4000)
let units = sized 10 60
let ratios = sized [ 4; 10; 30 ] [ 4; 8; 16; 32; 64 ]

let trainedSizes =
    sized [ (60, [ 120; 400 ]) ] [ for n in [ 20; 60; 200 ] -> n, [ 400; 800; 1600 ] ]

let randomDraws, trainedDraws = sized (4, 2) (20, 3)
let steps = sized 40 200

let protocol =
    { Protocol.create [ 0..9 ] images 1 with
        Order = Shuffled 1UL
        Transforms = [ Resize(14, AreaAverage) ]
    }

let digits =
    Mnist.locate ()
    |> Result.bind Mnist.load
    |> Result.bind (Protocol.apply protocol)
    |> Result.orFail
    |> _.Train

/// The same images labelled by a random network of one hidden layer, noise of variance 0.09 beside a signal of variance 1.
let teacher =
    let stream = RandomStream.FromSeed 5UL

    let features =
        RandomFeatures.draw (stream.Split 0L) digits.Features (Network.dense Activation.relu [ 500 ]) digits.Inputs

    let normal index rows =
        let matrix = Matrix.Uninitialized(rows, 1n)
        stream.Split(index).Normal matrix
        matrix

    let signal, noise = Matrix.Zeros(features.Rows, 1n), normal 2L features.Rows
    LinearAlgebra.Default.Multiply(1.0, features, false, normal 1L features.Columns, false, 0.0, signal)
    let values = Array.init digits.Count (fun mu -> signal[nativeint mu, 0n])
    let mean = Array.average values
    let deviation = sqrt (values |> Array.averageBy (fun v -> (v - mean) ** 2.0))

    DataSet.create
        digits.Inputs
        (Matrix.Create(features.Rows, 1n, fun mu _ -> (signal[mu, 0n] - mean) / deviation + 0.3 * noise[mu, 0n]))
    |> Result.orFail

let pick (rows: int[]) (data: DataSet) =
    let pick (m: Matrix) =
        Matrix.Create(nativeint rows.Length, m.Columns, (fun i j -> m[nativeint rows[int i], j]))

    DataSet.create (pick data.Inputs) (pick data.Targets) |> Result.orFail

let through (map: Matrix -> Matrix) (data: DataSet) =
    DataSet.create (map data.Inputs) data.Targets |> Result.orFail

/// The mean of y^2.
let power (data: DataSet) =
    Seq.init data.Outputs (fun d -> DataSet.target d data |> Array.averageBy (fun y -> y * y))
    |> Seq.average

/// Where features come from: a stream, N_out, the training examples, and as many others.
type Features = RandomStream -> int -> DataSet -> DataSet -> Matrix -> Matrix

let random (network: int -> Network) : Features =
    fun stream n train _ -> RandomFeatures.draw stream train.Features (network n)

let trained stream n (data: DataSet) =
    Adam.trainedFeatures stream n 0.03 steps data

type Measurement =
    {
        Units: int
        Examples: int
        /// The gap, in the panel's unit.
        Gap: float * float
    }

let meanAndError values =
    let mean = Array.average values
    let count = float (Array.length values)

    mean, sqrt (Array.sumBy (fun v -> (v - mean) * (v - mean)) values / (count * (count - 1.0)))

/// The gap over draws of the training images and of the features, in units of what `unit` makes of a fitted layer.
let measure (features: Features) (data: DataSet) draws n p unit =
    let gaps =
        [|
            for k in 1..draws do
                let stream = RandomStream.FromSeed(uint64 n).Split(int64 p).Split(int64 k)
                let order = stream.Split(0L).Permutation data.Count
                let train = pick (Array.take p order) data
                let others = pick (Array.sub order p p) data
                let test = pick (Array.sub order (2 * p) testSize) data
                let map = features (stream.Split 1L) n train others
                let layer = train |> through map |> LastLayer.optimise |> Result.orFail

                (LastLayer.error (through map test) layer - layer.TrainingError), unit layer
        |]

    let unit = Array.averageBy snd gaps

    {
        Units = n
        Examples = p
        Gap = gaps |> Array.map (fun (gap, _) -> gap / unit) |> meanAndError
    }

let noiseLevel (layer: LastLayer) = (GapBound.ofLayer layer).NoiseLevel
let erf n = Network.dense Activation.erf [ n ]

let deep n =
    Network.dense Activation.relu [ 200; n ]

let quenched name color symbol features data draws n =
    name, color, symbol, [ for ratio in ratios -> measure features data draws n (ratio * n) noiseLevel ]

let left =
    [
        quenched "random erf layer" Palette.blue StyleParam.MarkerSymbol.Circle (random erf) digits randomDraws units
        quenched
            "two random ReLU layers"
            Palette.green
            StyleParam.MarkerSymbol.Square
            (random deep)
            digits
            randomDraws
            units
        quenched
            "teacher, random erf layer"
            Palette.orange
            StyleParam.MarkerSymbol.Diamond
            (random erf)
            teacher
            randomDraws
            units
        quenched
            "trained on other images"
            Palette.purple
            StyleParam.MarkerSymbol.TriangleUp
            (fun stream n _ others -> trained stream n others)
            digits
            trainedDraws
            (sized 10 20)
    ]

let meanSquare = power digits

let right =
    let colors = [ Palette.skyBlue; Palette.vermilion; Palette.black ]

    [
        for (n, sizes), color in Seq.zip trainedSizes colors ->
            $"trained on these, N<sub>out</sub> = {n}",
            color,
            StyleParam.MarkerSymbol.TriangleDown,
            [
                for p in sizes ->
                    measure (fun stream n train _ -> trained stream n train) digits trainedDraws n p (fun _ ->
                        meanSquare)
            ]
    ]

/// Gaps in units of the bound. Series at the same sizes are set a little apart.
let panel title series lines =
    let ratio (m: Measurement) = float m.Examples / float m.Units

    let inUnits f (m: Measurement) =
        f m.Gap / GapBound.leading m.Units m.Examples

    let all =
        series
        |> List.collect (fun (_, _, _, measurements) -> List.map ratio measurements)

    let first, last = 0.9 * List.min all, 1.2 * List.max all
    let grid = List.init 60 (fun i -> first * (last / first) ** (float i / 59.0))

    [
        for name, dash, value in lines do
            Chart.Line(grid, List.map value grid, Name = name, LineColor = Palette.gray, LineDash = dash)

        for i, (name, color, symbol, measurements) in List.indexed series do
            Chart.Point(
                measurements |> List.map (fun m -> ratio m * 1.05 ** float i),
                measurements |> List.map (inUnits fst),
                Name = name,
                MarkerColor = color,
                MarkerSymbol = symbol
            )
            |> Draw.withErrors (measurements |> List.map (inUnits snd))
    ]
    |> Chart.combine
    |> Axes.logX "P/N<sub>out</sub>"
    |> Axes.fromZeroY title

let bound = "2 N<sub>out</sub>/P", StyleParam.DrawingStyle.Solid, (fun _ -> 1.0)

let exact =
    "at finite N<sub>out</sub>/P",
    StyleParam.DrawingStyle.Dash,
    (fun ratio -> (1.0 - 0.5 / ratio) / (1.0 - 1.0 / ratio))

let chart =
    Panels.grid
        2
        [
            panel "gap/(2 N<sub>out</sub>/P × noise level)" left [ bound; exact ]
            panel "gap/(2 N<sub>out</sub>/P × ⟨y²⟩)" right [ bound ]
        ]
    |> Frame.titled
        "Generalisation gap of an optimised last layer on MNIST, against its bound"
        "left: features that do not depend on the training images; right: features trained on them, ⟨y²⟩ the targets' mean square"

let rows =
    [
        for i, (_, _, _, measurements) in List.indexed (left @ right) do
            for m in measurements -> float i, m
    ]

let column f = rows |> List.map f |> Array.ofList

chart
|> save
    "gap-bound"
    [
        "series", column fst
        "N_out", column (fun (_, m) -> float m.Units)
        "P", column (fun (_, m) -> float m.Examples)
        "gap", column (fun (_, m) -> fst m.Gap)
        "gap_error", column (fun (_, m) -> snd m.Gap)
        "bound", column (fun (_, m) -> GapBound.leading m.Units m.Examples)
    ]

for name, _, _, measurements in left @ right do
    for m in measurements do
        let gap, error = m.Gap
        let plain = name.Replace("<sub>", "_").Replace("</sub>", "")

        printfn
            $"{plain, -32} N_out = {m.Units, 3}  P = {m.Examples, 4}  gap {gap:F4} +- {error:F4}  2 N_out/P = {GapBound.leading m.Units m.Examples:F4}"
