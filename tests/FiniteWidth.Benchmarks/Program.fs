module FiniteWidth.Benchmarks.Program

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

let private rounds = 5

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

            printfn
                $"{LinearAlgebra.Default.Description}; {Hardware.Simd}; {Hardware.ProcessorCount} processors; medians of {rounds} rounds"

            printfn ""
            printfn $"{Report.table measurements}"
            0

[<EntryPoint>]
let main arguments = run (List.ofArray arguments)
