// What the figure scripts share: their size, MNIST, and where pictures and numbers go.
#load "load.fsx"

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

let private setting name =
    Environment.GetEnvironmentVariable name
    |> Option.ofObj
    |> Option.filter ((<>) "")

/// The first where FINITEWIDTH_SMALL=1, else the second.
let sized small full =
    if setting "FINITEWIDTH_SMALL" = Some "1" then
        small
    else
        full

let private folder =
    setting "FINITEWIDTH_OUT"
    |> Option.defaultValue (Path.Combine(__SOURCE_DIRECTORY__, "output"))

/// MNIST zeros and ones, P training and Ptest test images drawn with seed 1, and their name.
let zerosAndOnes train test =
    let protocol =
        { Protocol.create [ 0; 1 ] train test with
            Order = Shuffled 1UL
        }

    let split: Split =
        Mnist.locate ()
        |> Result.bind Mnist.load
        |> Result.bind (Protocol.apply protocol)
        |> Result.orFail

    "MNIST 0/1", split

/// The first P training and Ptest test images of these MNIST digits: two are signs, more one-hot.
let digits labels train test : Split =
    Mnist.locate ()
    |> Result.bind Mnist.load
    |> Result.bind (Protocol.apply (Protocol.create labels train test))
    |> Result.orFail

/// CIFAR-10 planes and cars, grey and 28 x 28, P training and Ptest test images drawn with seed 1; a sentence where the archive is not here.
let planesAndCars train test : (string * Split) option =
    let protocol =
        { Protocol.create [ 0; 1 ] train test with
            Order = Shuffled 1UL
            Transforms = [ Grayscale; Resize(28, AreaAverage) ]
        }

    match Cifar.locate Cifar.Ten with
    | Ok folder ->
        Cifar.load Cifar.Ten folder
        |> Result.bind (Protocol.apply protocol)
        |> Result.orFail
        |> fun split -> Some("CIFAR-10 planes/cars", split)
    | Error missing ->
        printfn $"No panel of CIFAR-10: {missing.Message}"
        None

/// Writes NAME.html, NAME.csv and, where Chromium is installed, NAME.svg and NAME.png; NUMBER-NAME where FINITEWIDTH_NUMBER is set.
let save name (columns: (string * #seq<float>) list) chart =
    let number =
        setting "FINITEWIDTH_NUMBER"
        |> Option.map (fun number -> $"{number}-")
        |> Option.defaultValue ""

    let path extension =
        Path.Combine(folder, $"{number}{name}.{extension}")

    chart |> Export.saveHtml (path "html") |> Result.orFail

    columns
    |> List.map (fun (name, values) -> name, Array.ofSeq values)
    |> Table.create
    |> Result.bind (Table.writeCsv (path "csv"))
    |> Result.orFail

    for save, extension in [ Export.saveSvg, "svg"; Export.savePng, "png" ] do
        match save (path extension) chart with
        | Ok() -> ()
        | Error failure -> eprintfn $"{failure.Message}"

    printfn $"""{Path.GetFullPath(path "html")}"""
