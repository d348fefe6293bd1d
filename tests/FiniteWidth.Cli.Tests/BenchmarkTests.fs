/// The benchmark program's parts beside its cases: memory by path, time by threads.
module FiniteWidth.Cli.Tests.BenchmarkTests

open System
open System.Diagnostics
open System.IO
open Expecto

let private lines (arguments: string list) =
    let program = Path.Combine(AppContext.BaseDirectory, "FiniteWidth.Benchmarks.dll")

    let info =
        ProcessStartInfo("dotnet", program :: arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    use running = Process.Start info |> nonNull
    let errors = running.StandardError.ReadToEndAsync()
    let output = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    Expect.equal running.ExitCode 0 errors.Result
    output.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

// What stands in the columns behind a row's name.
let private cells (name: string) (lines: string list) =
    match lines |> List.filter _.StartsWith(name + "  ") with
    | [ line ] ->
        line
            .Substring(name.Length)
            .Split("  ", StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> List.ofArray
    | _ -> failtest $"""No line, or more than one, begins with "{name}": {String.concat Environment.NewLine lines}"""

let tests =
    testList "Benchmark" [
        test "The peak memory of every path stands in a row, of a process of its own" {
            let printed = lines [ "--memory"; "150" ]

            for name, examples in
                [
                    "direct, one hidden layer", "150"
                    "iterative, one hidden layer", "150"
                    "nested, two hidden layers", "150"
                    "convolution, 16 patches", "20"
                ] do
                let row = cells name printed
                Expect.equal row[0..1] [ examples; "1" ] name
                Expect.isGreaterThan (float row[2]) 20.0 $"megabytes, {name}"

            for name in [ "distributed, one hidden layer"; "distributed, two hidden layers" ] do
                match cells name printed with
                | [ "150"; "4"; peak; _ ] when peak <> "-" -> Expect.isGreaterThan (float peak) 20.0 name
                // MPI or its ScaLAPACK is not there: the tests of ranks say so.
                | row -> Expect.equal row[2] "-" name
        }

        test "What the time goes to stands in a row, by the number of threads" {
            let printed = lines [ "--threads"; "100" ]

            for name in [ "kernel, erf"; "decomposition, one scalar"; "convolution, 16 patches" ] do
                Expect.all (List.tail (cells name printed)) (fun cell -> float cell > 0.0) name
        }
    ]
