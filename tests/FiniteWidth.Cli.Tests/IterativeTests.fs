/// The solver of a job: chosen by name, by memory, told in the result, and resumed after a kill.
module FiniteWidth.Cli.Tests.IterativeTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private teacher train =
    "data",
    $"""{{"source": "teacher", "kind": "linear", "inputs": 12, "train": {train}, "test": 6, "noise": 0.1, "seed": 1}}"""

let private point outcome =
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    (document.RootElement.GetProperty("points")[0]).Clone()

let private loss (point: JsonElement) = point.GetProperty("loss").GetDouble()

let private predicted job = inFolder (predict job >> run)

let private assembly = typeof<Source>.Assembly.Location

let private threeClasses =
    [
        "x_train", doubles [ 6; 3 ] (digits 1 18)
        "y_train", doubles [ 6; 3 ] (digits 2 18)
        "x_test", doubles [ 4; 3 ] (digits 3 12)
        "y_test", doubles [ 4; 3 ] (digits 4 12)
    ]

let tests =
    testList "Iterative" [
        testCase
            "The solver of a job is the one it names, and the result says what its answers may be off by"
            (fun () ->
                let job solver =
                    soundBut [ teacher 200; "temperature", "0.1"; "solver", solver ] |> predicted

                let direct, iterative = job "\"direct\"", job "\"iterative\""
                Expect.isEmpty direct.Err "err"
                Expect.stringContains iterative.Err "The iterative solver needs about" "memory is stated"
                Expect.stringLacks direct.Out "standardErrors" "out"
                let a, b = point direct, point iterative
                Expect.equal (b.GetProperty("solver").GetString()) "iterative" "solver"
                let errors = b.GetProperty "standardErrors"
                Expect.within (5.0 * (errors.GetProperty "loss").GetDouble()) (loss b) (loss a) "loss"
                Expect.isGreaterThan (((errors.GetProperty "Qbar")[0]).GetDouble()) 0.0 "error of Qbar"
                Expect.isGreaterThan ((b.GetProperty "krylov").GetProperty("probes").GetInt32()) 31 "probes"

                use document = JsonDocument.Parse iterative.Out

                Expect.equal
                    (document.RootElement.GetProperty("job").GetProperty("solver").GetString())
                    "iterative"
                    "job"

                Expect.equal (document.RootElement.GetProperty("seeds").GetProperty("probes").GetInt32()) 1 "seed")

        testCase "Several outputs, a learning curve and points take it too" (fun () ->
            let outputs = predictFrom threeClasses [ "solver", "\"iterative\"" ]
            let several = inFolder (outputs >> run) |> point
            Expect.equal (several.GetProperty("standardErrors").GetProperty("eigenvalues").GetArrayLength()) 3 "errors"

            inFolder (fun folder ->
                let file = Path.Combine(folder, "points.csv")
                let arguments = predict (soundBut [ "solver", "\"iterative\"" ]) folder
                Expect.equal (run (arguments @ [ "--points"; file ])).Code 0 "code"
                Expect.hasLength (File.ReadAllLines file) 7 "a line a point")

            let curve solver =
                run [
                    "learning-curve"
                    "--data"
                    "teacher"
                    "--train"
                    "30"
                    "--test"
                    "5"
                    "--widths"
                    "10,20"
                    "--theory"
                    "proportional"
                    "--solver"
                    solver
                ]

            Expect.equal (curve "iterative").Code 0 "code"
            curve "other" |> assertRefused "--solver")

        testTheory
            "What has no iterative solver is refused"
            [
                "one that there is not", [ "solver", "\"fast\"" ], "job.solver"
                "certified answers", [ "theory", "\"auto\""; "solver", "\"iterative\"" ], "job.solver"
                "folds", [ "crossValidation", "2"; "solver", "\"iterative\"" ], "cross-validations"
                "averages", [ "sweep", """{"examples": [4]}"""; "solver", "\"iterative\"" ], "averages"
                "zero temperature", [ "temperature", "0"; "solver", "\"iterative\"" ], "T > 0"
                "one probe", [ "solver", """{"kind": "iterative", "probes": 1}""" ], "job.solver.probes"
                "an accuracy of everything",
                [ "solver", """{"kind": "iterative", "accuracy": 1}""" ],
                "job.solver.accuracy"
                "another layer",
                [
                    "network", """{"activation": "erf", "widths": [20, 20]}"""
                    "solver", "\"iterative\""
                ],
                "solver \"direct\""
            ]
            (fun (_, changes, fragment) ->
                let outcome = predicted (soundBut changes)
                Expect.equal outcome.Code 2 "code"
                Expect.isEmpty outcome.Out "out"
                Expect.stringContains outcome.Err fragment "err")

        testCase "A run that was killed goes on from its checkpoint to the same result" (fun () ->
            let job =
                soundBut [
                    teacher 1500
                    "temperature", "0.01"
                    "solver", """{"kind": "iterative", "checkpoint": "krylov", "accuracy": 0.01}"""
                ]

            let whole = inFolder (predict job >> run) |> point

            inFolder (fun folder ->
                let arguments = predict job folder

                let start =
                    ProcessStartInfo(
                        "dotnet",
                        assembly :: arguments,
                        RedirectStandardOutput = true,
                        RedirectStandardError = true
                    )

                use child = Process.Start start |> nonNull
                let _ = child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()
                let patience = Stopwatch.StartNew()
                let krylov = Path.Combine(folder, "krylov")

                let started () =
                    Directory.Exists krylov
                    && Directory.GetFiles(krylov, "step-*.bin", SearchOption.AllDirectories).Length > 1

                while not (started ()) && not child.HasExited && patience.Elapsed.TotalSeconds < 60.0 do
                    Thread.Sleep 5

                child.Kill()
                child.WaitForExit()
                Expect.isTrue (started ()) "There was no checkpoint."
                let resumed = run arguments
                Expect.stringContains resumed.Err "resumed from the checkpoint" "err"
                Expect.equal (loss (point resumed)) (loss whole) "loss"))
    ]
