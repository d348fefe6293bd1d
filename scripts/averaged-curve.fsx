// Learning curves averaged over the draws of P training images, erf on MNIST fours and nines: the theory (lines), which knows the
// data through the kernels of a few samples, beside draws of other images (dots): at infinite width, at fixed width N and at
// fixed load alpha = P/N. averaged-curve.html, .csv, .svg, .png; the table of deviations is printed. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures
open Plotly.NET
open FiniteWidth.Numerics
open Figures

let samples, sampleSize, drawnFrom, testSize =
    sized (2, 300, 600, 300) (4, 1500, 5700, 2000)

let sizes = sized [ 20; 60; 200 ] [ 24; 50; 100; 200; 400; 800 ]
let draws p = sized 4 (max 10 (min 40 (8000 / p)))
let temperature = 0.1
let fixedWidth, load = 100, 2.0

// In random order: the writers of the file's first images are not those of its last.
let protocol =
    { Protocol.create [ 4; 9 ] (samples * sampleSize + drawnFrom) 1 with
        Order = Shuffled 1UL
    }

let all =
    Mnist.locate ()
    |> Result.bind Mnist.load
    |> Result.bind (Protocol.apply protocol)
    |> Result.orFail

let part start count =
    let view (m: Matrix) =
        m.View(nativeint start, 0n, nativeint count, m.Columns)

    DataSet.create (view all.Train.Inputs) (view all.Train.Targets) |> Result.orFail

let pick (rows: int[]) (data: DataSet) =
    let pick (m: Matrix) =
        Matrix.Create(nativeint rows.Length, m.Columns, (fun i j -> m[nativeint rows[int i], j]))

    DataSet.create (pick data.Inputs) (pick data.Targets) |> Result.orFail

// What the theory knows, several times over, so that it has a standard error too; and what training and test sets are drawn from.
let studies =
    [ for k in 0 .. samples - 1 -> Study(part (k * sampleSize) sampleSize) ]

let source = part (samples * sampleSize) drawnFrom

type Curve =
    {
        Name: string
        Color: Color
        Theory: Theory
        Network: int -> Network
    }

let erf n = Network.dense Activation.erf [ n ]

let curves =
    [
        {
            Name = "infinite width"
            Color = Palette.gray
            Theory = Theory.infiniteWidth
            Network = fun _ -> erf 1
        }
        {
            Name = $"N = {fixedWidth}"
            Color = Palette.blue
            Theory = Theory.proportional
            Network = fun _ -> erf fixedWidth
        }
        {
            Name = $"P/N = {load}"
            Color = Palette.vermilion
            Theory = Theory.proportional
            Network = fun p -> erf (max 1 (int (round (float p / load))))
        }
    ]

let qbar orderParameters =
    Array.tryHead orderParameters |> Option.defaultValue 1.0

/// The theory's averages at P examples, one from each sample.
let theory curve p =
    studies
    |> Result.traverse (fun study ->
        let network = curve.Network p

        Population.ofSample curve.Theory network study
        |> Result.bind (fun population -> AveragedCurve.point curve.Theory temperature population p network))
    |> Result.orFail

/// What the curves' networks learn from draws of P images, tested on others. The curves share a draw's one decomposition.
let experiment p =
    [
        for k in 1 .. draws p do
            let order =
                RandomStream.FromSeed(1UL).Split(int64 p).Split(int64 k).Permutation source.Count

            let drawn = Study(pick (Array.take p order) source)
            let test = pick (Array.sub order p (min testSize (source.Count - p))) source

            [
                for curve in curves do
                    let posterior =
                        Posterior.solve curve.Theory (curve.Network p) temperature drawn
                        |> Result.orFail

                    qbar posterior.OrderParameters, Posterior.score test posterior
            ]
    ]
    |> List.transpose

let meanAndError values =
    let mean = List.average values
    let count = float (List.length values)

    mean, sqrt (List.sumBy (fun v -> (v - mean) * (v - mean)) values / (count * (count - 1.0)))

let quantities =
    [
        "loss", (fun (_, score: Score) -> score.Loss), (fun (p: AveragedPoint) -> p.Score.Loss)
        "bias", (fun (_, score) -> score.Bias), _.Score.Bias
        "variance", (fun (_, score) -> score.Variance), _.Score.Variance
        "Qbar", fst, (fun p -> qbar p.OrderParameters)
    ]

let rows =
    [
        for p in sizes do
            for curve, drawn in List.zip curves (experiment p) do
                let predicted = theory curve p

                for name, ofDraw, ofTheory in quantities do
                    {|
                        Curve = curve
                        Quantity = name
                        P = p
                        Theory = predicted |> List.map ofTheory |> meanAndError
                        Draws = drawn |> List.map ofDraw |> meanAndError
                    |}
    ]

// Even numbers, which P/N = 2 divides.
let fine =
    LearningCurve.logSpaced sizes.Head (List.last sizes) (sized 8 40)
    |> List.map (fun p -> p + p % 2)

let lines = [ for curve in curves -> curve, fine |> List.map (theory curve) ]

let panel quantity axis =
    let _, _, ofTheory = quantities |> List.find (fun (name, _, _) -> name = quantity)

    [
        for curve, points in lines do
            let drawn =
                rows
                |> List.filter (fun r -> r.Curve.Name = curve.Name && r.Quantity = quantity)

            let means, errors =
                points |> List.map (List.map ofTheory >> meanAndError) |> List.unzip

            Draw.band
                curve.Name
                curve.Color
                (List.map float fine)
                (List.map2 (-) means errors)
                (List.map2 (+) means errors)
            |> Chart.withTraceInfo (ShowLegend = false)

            Chart.Line(List.map float fine, means, Name = curve.Name, LineColor = curve.Color)

            Chart.Point(
                drawn |> List.map (fun r -> float r.P),
                drawn |> List.map (fun r -> fst r.Draws),
                Name = $"{curve.Name}, draws",
                MarkerColor = curve.Color
            )
            |> Draw.withErrors (drawn |> List.map (fun r -> snd r.Draws))
    ]
    |> Chart.combine
    |> Axes.logX "training examples P"
    |> axis

let chart =
    Panels.grid
        2
        [
            panel "loss" (Axes.logY "test loss")
            panel "Qbar" (Axes.linearY Notation.qbar)
        ]
    |> Frame.titled
        $"erf network with one hidden layer on MNIST 4/9: averages over training sets, T = {temperature}"
        $"lines: theory, from the kernels of {samples} samples of {sampleSize} images; dots: draws of other images; both with standard errors"

chart
|> save
    "averaged-curve"
    [
        "P", rows |> List.map (fun r -> float r.P) |> Array.ofList
        "N",
        rows
        |> List.map (fun r ->
            if r.Curve.Name = curves.Head.Name then
                infinity
            else
                float (r.Curve.Network r.P).Widths.Head)
        |> Array.ofList
        "quantity",
        rows
        |> List.map (fun r -> quantities |> List.findIndex (fun (name, _, _) -> name = r.Quantity) |> float)
        |> Array.ofList
        "theory", rows |> List.map (fun r -> fst r.Theory) |> Array.ofList
        "theory_error", rows |> List.map (fun r -> snd r.Theory) |> Array.ofList
        "draws", rows |> List.map (fun r -> fst r.Draws) |> Array.ofList
        "draws_error", rows |> List.map (fun r -> snd r.Draws) |> Array.ofList
    ]

for r in rows do
    let (theory, theoryError), (mean, error) = r.Theory, r.Draws
    let spread = sqrt (theoryError * theoryError + error * error)
    let z = if spread > 0.0 then (theory - mean) / spread else 0.0

    printfn
        $"{r.Curve.Name, -14}  P = {r.P, 3}  {r.Quantity, -8}  theory {theory:F4} +- {theoryError:F4}  draws {mean:F4} +- {error:F4}  {100.0 * (theory / mean - 1.0), 5:F1} %%  z = {z, 5:F1}"
