// The test error of a network on MNIST zeros and ones as a function of its width: learning-curve.html, .csv and, where
// Chromium is installed, .svg and .png, in scripts/output or the folder that FINITEWIDTH_OUT names.
// Small with FINITEWIDTH_SMALL=1.
#load "load.fsx"

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

let setting name =
    Environment.GetEnvironmentVariable name
    |> Option.ofObj
    |> Option.filter ((<>) "")

let count, widths =
    if setting "FINITEWIDTH_SMALL" = Some "1" then
        100, 8
    else
        1000, 28

let folder =
    setting "FINITEWIDTH_OUT"
    |> Option.defaultValue (Path.Combine(__SOURCE_DIRECTORY__, "output"))

let path extension =
    Path.Combine(folder, $"learning-curve.{extension}")

let mnist =
    { Protocol.create [ 0; 1 ] count count with
        Order = Shuffled 1UL
    }

let split: Split =
    Mnist.locate ()
    |> Result.bind Mnist.load
    |> Result.bind (Protocol.apply mnist)
    |> Result.orFail

let temperature = 0.01
let network = Network.dense Activation.erf [ 20 ]
let study = Study split.Train

let point theory network =
    LearningCurve.point theory temperature split.Test study network

let infinite = point Theory.infiniteWidth network |> Result.orFail

let curve =
    LearningCurve.logSpaced 20 10000 widths
    |> Result.traverse (fun n -> network |> Network.withWidth n |> point Theory.proportional)
    |> Result.orFail

let criterion = Criterion.evaluate split.Test (List.last curve).Posterior

// What the theory leaves out, where that is known: the fluctuations of Qbar, and to first order in 1/N the hidden units as they are.
let errorBars =
    curve
    |> Result.traverse (fun point -> ScaleMixture.solve point.Network temperature study)
    |> Result.orFail
    |> List.map (ScaleMixture.errorBar split.Test)

let expansion =
    WidthExpansion.solve network temperature split.Test study |> Result.orFail

let verdict =
    if criterion.FiniteWidthWins then
        "finite width has the smaller test error"
    else
        "infinite width has the smaller test error"

let chart =
    { LearningCurveFigure.ofPoints curve with
        Title = $"erf network with one hidden layer on MNIST 0/1: P = {count}, T = {temperature}"
        Subtitle = $"{verdict}, r = {criterion.R:G3}"
    }
    |> LearningCurveFigure.withInfiniteWidth infinite.Score
    |> LearningCurveFigure.withErrorBar errorBars
    |> LearningCurveFigure.withExpansion criterion.Slope expansion
    |> LearningCurveFigure.chart

chart |> Export.saveHtml (path "html") |> Result.orFail

curve
|> CurveTable.ofPoints
|> Result.bind (Table.writeCsv (path "csv"))
|> Result.orFail

for save, extension in [ Export.saveSvg, "svg"; Export.savePng, "png" ] do
    match save (path extension) chart with
    | Ok() -> ()
    | Error failure -> eprintfn $"{failure.Message}"

for point in curve do
    printfn
        $"N = {point.Network.Widths.Head, 5}  Qbar = {point.Posterior.OrderParameters[0]:F4}  loss = {point.Score.Loss:F5}"

printfn $"N = infinity, loss = {infinite.Score.Loss:F5}: {verdict} (r = {criterion.R:G3})."
printfn $"""{Path.GetFullPath(path "html")}"""
