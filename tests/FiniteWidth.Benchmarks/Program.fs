module FiniteWidth.Benchmarks.Program

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

let private rounds = 5

let private describe () =
    $"{LinearAlgebra.Default.Description}; {Hardware.Simd}; {Hardware.ProcessorCount} processors"

let private measure scripts (case: Case) =
    eprintfn $"{case.Name}, P = {case.Examples} ..."
    Measurement.run scripts rounds case

let private run (wanted: string list) =
    match Mnist.locate () with
    | Error failure ->
        eprintfn $"{failure.Message}"
        2
    | Ok files ->
        let images = Mnist.load files |> Result.orFail

        let chosen =
            Cases.all images
            |> List.filter (fun (case: Case) -> wanted.IsEmpty || wanted |> List.exists case.Name.Contains)

        if chosen.IsEmpty then
            eprintfn "No benchmark has such a name: give a part of one, or nothing for all of them."
            2
        else
            let folder = Path.GetDirectoryName files.TrainImages |> nonNull

            let scripts =
                {
                    Naive = PythonScript.naive folder
                    Torch = PythonScript.torch folder
                }

            if scripts.Naive.IsNone then
                eprintfn "No Python with numpy and scipy was found: our side is timed alone."

            if scripts.Torch.IsNone then
                eprintfn "No Python with PyTorch was found: Langevin dynamics are not compared with it."

            let measurements = List.map (measure scripts) chosen

            printfn $"{describe ()}; medians of {rounds} rounds"
            printfn ""
            printfn $"{Report.table measurements}"
            0

let private show table =
    printfn $"{describe ()}"
    printfn ""
    printfn $"{table}"
    0

let private size fallback (words: string list) =
    match words |> List.map Int32.TryParse with
    | [] -> Ok fallback
    | [ true, size ] when size >= 100 -> Ok size
    | _ -> Error "A number of examples, at least 100, may follow."

let private sized fallback words work =
    match size fallback words with
    | Ok size -> work size
    | Error sentence ->
        eprintfn $"{sentence}"
        2

// The last two are how the program starts itself.
[<EntryPoint>]
let main arguments =
    match List.ofArray arguments with
    | "--memory" :: rest -> sized 4000 rest (PathMemory.table >> show)
    | "--threads" :: rest -> sized 2000 rest (Stages.table >> show)
    | [ "--peak"; job ] -> PathMemory.printPeak job
    | [ "--stages"; size ] ->
        Stages.print (int size)
        0
    | wanted -> run wanted
