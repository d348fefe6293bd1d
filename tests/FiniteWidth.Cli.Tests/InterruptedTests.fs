/// Experiments that are interrupted: what they leave, and what the next run makes of it.
module FiniteWidth.Cli.Tests.InterruptedTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private experiment draws (folder: string) =
    let path = Path.Combine(folder, $"job-{draws}.json")

    let fields =
        $""" "draws": {draws}, "warmUp": 30, "chains": 2, "seed": 3, "checkpointSeconds": 0.001 """

    File.WriteAllText(path, soundBut [ "experiment", $"{{{fields}}}" ])
    [ "experiment"; path; "--output"; Path.Combine(folder, "out") ]

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

let tests =
    testList "Interrupted" [
        testCase "Fewer draws than the checkpoint holds are refused, and the results stay" (fun () ->
            inFolder (fun folder ->
                Expect.equal ((run (experiment 60 folder)).Code) 0 "code"
                let results = Path.Combine(folder, "out", "results.csv")
                let before = File.ReadAllText results

                run (experiment 40 folder)
                |> assertRefused "holds 60 draws a chain and 40 are asked for"

                Expect.equal (File.ReadAllText results) before "text of the file"
                Expect.equal ((run (experiment 80 folder)).Code) 0 "code"))

        testCase "What a killed run left half-written is removed by the next" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")
                let checkpoints = Path.Combine(out, "checkpoints")
                Directory.CreateDirectory checkpoints |> ignore
                let stage = Path.Combine(out, AtomicFile.temporaryName "")
                Directory.CreateDirectory stage |> ignore
                File.WriteAllText(Path.Combine(stage, "results.json"), "{")

                let left =
                    [
                        Path.Combine(out, AtomicFile.temporaryName "results.csv")
                        Path.Combine(checkpoints, AtomicFile.temporaryName "0123.checkpoint")
                    ]

                for path in left do
                    File.WriteAllText(path, "half of")

                let own = Path.Combine(out, "notes.tmp")
                File.WriteAllText(own, "mine")
                Expect.equal ((run (experiment 20 folder)).Code) 0 "code"

                let names =
                    Directory.GetFileSystemEntries(out, "*", SearchOption.AllDirectories)
                    |> Array.map (fun path -> nonNull (Path.GetFileName path))
                    |> Array.filter (fun name -> name.EndsWith ".tmp" || name.StartsWith '.')

                Expect.equal names [| "notes.tmp" |] "names"))

        testTheory
            "A run that is stopped before there are results says so with exit code 130"
            [ "-INT"; "-TERM" ]
            (fun signal ->
                if OperatingSystem.IsWindows() then
                    skiptest "There are no such signals here."

                inFolder (fun folder ->
                    let path = Path.Combine(folder, "job.json")
                    // A warm-up without end.
                    let fields =
                        """ "draws": 10, "warmUp": 1000000000, "chains": 1, "checkpointSeconds": 0.001 """

                    File.WriteAllText(path, soundBut [ "experiment", $"{{{fields}}}" ])
                    let out = Path.Combine(folder, "out")

                    let start =
                        ProcessStartInfo(
                            "dotnet",
                            [ assembly; "experiment"; path; "--output"; out ],
                            RedirectStandardOutput = true,
                            RedirectStandardError = true
                        )

                    use child = Process.Start start |> nonNull

                    let text, error =
                        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

                    let patience = Stopwatch.StartNew()

                    let started () =
                        Directory.Exists(Path.Combine(out, "checkpoints"))
                        && Directory.GetFiles(Path.Combine(out, "checkpoints"), "*.checkpoint").Length > 0

                    while not (started ()) && not child.HasExited && patience.Elapsed.TotalSeconds < 60.0 do
                        Thread.Sleep 20

                    Expect.isTrue (started ()) "There was no checkpoint."
                    use kill = Process.Start("kill", [ signal; string child.Id ])
                    Expect.isTrue (child.WaitForExit 60000) "It did not stop."
                    Expect.equal child.ExitCode 130 "exit code"
                    Expect.isEmpty text.Result "result"
                    Expect.stringContains error.Result "stopped before there were enough draws" "result"
                    Expect.hasLength (error.Result.Trim().Split('\n')) 1 "split"))
    ]
