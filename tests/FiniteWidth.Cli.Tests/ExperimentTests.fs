/// `finitewidth experiment`: the numbers of the library, files in a folder, and runs that are killed, stopped and resumed.
module FiniteWidth.Cli.Tests.ExperimentTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private ask (fields: string) = "experiment", $"{{{fields}}}"

let private small = ask """ "draws": 50, "warmUp": 30, "chains": 2, "seed": 3 """

let private write changes (folder: string) =
    let path = Path.Combine(folder, "job.json")
    File.WriteAllText(path, soundBut changes)
    path

/// The arguments that run an experiment with these changes to the sound job.
let private experiment changes folder = [ "experiment"; write changes folder ]

let private points (outcome: Outcome) =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out

    [
        for item in document.RootElement.GetProperty("points").EnumerateArray() -> item.Clone()
    ]

let private at (path: string list) (element: JsonElement) =
    (element, path) ||> List.fold (fun element name -> element.GetProperty name)

let private number path element = (at path element).GetDouble()

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

let private start (arguments: string list) =
    let start =
        ProcessStartInfo("dotnet", assembly :: arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    Process.Start start |> nonNull

let private waitForCheckpoint (child: Process) folder =
    let patience = Stopwatch.StartNew()

    let exists () =
        Directory.Exists(Path.Combine(folder, "checkpoints"))
        && Directory.GetFiles(Path.Combine(folder, "checkpoints"), "*.checkpoint").Length > 0

    while not (exists ()) && not child.HasExited && patience.Elapsed.TotalSeconds < 60.0 do
        Thread.Sleep 5

    Expect.isTrue (exists ()) "There was no checkpoint."

let private long draws =
    ask $""" "draws": {draws}, "warmUp": 30, "chains": 2, "checkpointSeconds": 0.001 """

let private mistakes =
    [
        "an unknown key", [ ask "\"step_size\": 1" ], "job.experiment: there is no key \"step_size\" here"
        "an unknown sampler", [ ask "\"sampler\": \"sgd\"" ], "job.experiment.sampler: \"sgd\" is not one of hmc"
        "Langevin without a step", [ ask "\"sampler\": \"langevin\"" ], "\"langevin\" needs a \"step\""
        "Gibbs without a readout",
        [ ask "\"sampler\": \"gibbs\", \"readout\": \"integrated\"" ],
        "\"gibbs\" moves the readout too"
        "a step of zero", [ ask "\"step\": 0" ], "job.experiment.step: this is 0"
        "too long a step", [ ask "\"step\": 9" ], "The step of the sampler is 9"
        "no chain", [ ask "\"chains\": 0" ], "job.experiment.chains: this is 0"
        "too few draws", [ ask "\"draws\": 3" ], "job.experiment.draws: this is 3"
        "no accuracy of the evidence",
        [ ask "\"evidence\": {\"accuracy\": 0}" ],
        "job.experiment.evidence.accuracy: this is 0"
        "no time", [ ask "\"seconds\": 0" ], "job.experiment.seconds: this is 0"
        "too many examples", [ ask "\"examples\": [9]" ], "9 training examples are asked for and there are 8"
        "zero temperature", [ "temperature", "0"; small ], "to sample the weights it must be positive"
        "a theory without samples", [ "theory", "\"student-t\""; small ], "\"student-t\" is not compared"
        "skip connections",
        [
            "network", """{"kind": "residual", "activation": "erf", "widths": [5]}"""
            small
        ],
        "A network with skip connections cannot be sampled"
        "two tasks",
        [
            "data",
            """[{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6}, {"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6}]"""
            "network", """{"kind": "transfer", "activation": "erf", "widths": [5], "gamma": 0.5}"""
            small
        ],
        "an experiment takes one network"
    ]

let private mistakeNames = mistakes |> List.map (fun (name, _, _) -> name)

let tests =
    testList "Experiment" [
        testCase "The log evidence of linear networks is sampled beside that of theories" (fun () ->
            let changes =
                [
                    "network", """{"activation": "linear", "widths": [6]}"""
                    ask
                        """ "draws": 50, "warmUp": 30, "chains": 2, "evidence": {"accuracy": 0.3, "seconds": 60}, "theories": ["mixture"] """
                ]

            let point = inFolder (experiment changes >> run) |> points |> List.exactlyOne

            let exact =
                (at [ "theories" ] point).EnumerateArray()
                |> Seq.find (fun theory -> theory.GetProperty("name").GetString() = "mixture")
                |> number [ "logEvidence" ]

            let part name =
                number [ "experiment"; "logEvidence"; name ] point

            Expect.isTrue (at [ "experiment"; "logEvidence"; "converged" ] point |> _.GetBoolean()) "converged"
            Expect.isLessThan (abs (part "value" - exact) / part "error") 4.0 "z"
            Expect.isLessThanOrEqual (part "error") 0.3 "error")

        testCase "The numbers are the library's to the last bit" (fun () ->
            let point = inFolder (experiment [ small ] >> run) |> points |> List.exactlyOne

            let split = soundSplit

            let network = Network.dense Activation.erf [ 20 ]

            let plan =
                { Measurement.standard with
                    Settings =
                        { Measurement.standard.Settings with
                            Draws = 50
                            WarmUp = 30
                            Chains = 2
                            Seed = 3UL
                        }
                }

            let expected =
                Measurement.run plan (Architecture.FullyConnected network) 0.01 split
                |> Result.orFail

            let theory =
                Posterior.solve Theory.proportional network 0.01 (Study split.Train)
                |> Result.map (Posterior.score split.Test)
                |> Result.orFail

            Expect.equal (number [ "experiment"; "loss"; "value" ] point) expected.Loss.Value "number"
            Expect.equal (number [ "experiment"; "loss"; "error" ] point) expected.Loss.Error "number"
            Expect.equal (number [ "experiment"; "bias"; "value" ] point) expected.Bias.Value "number"
            Expect.equal (number [ "experiment"; "variance"; "value" ] point) expected.Variance.Value "number"
            Expect.equal (number [ "experiment"; "trainLoss"; "value" ] point) expected.TrainLoss.Value "number"
            let compared = (point.GetProperty "theories")[0]
            Expect.equal (compared.GetProperty("name").GetString()) "proportional" "name"
            Expect.equal (number [ "loss" ] compared) theory.Loss "number"
            Expect.equal (number [ "z" ] compared) (Estimate.zScore theory.Loss expected.Loss) "number")

        testCase "Widths, examples and theories make a grid" (fun () ->
            let results =
                inFolder (
                    experiment [
                        "sweep", """{"width": [5, 10]}"""
                        ask
                            """ "draws": 10, "warmUp": 10, "chains": 1, "examples": [4, 8], "theories": ["mixture", "proportional"] """
                    ]
                    >> run
                )
                |> points

            Expect.equal (results |> List.map (number [ "examples" ])) [ 4.0; 4.0; 8.0; 8.0 ] "results"

            Expect.equal
                (results |> List.map (fun p -> (p.GetProperty "widths").[0].GetDouble()))
                [ 5.0; 10.0; 5.0; 10.0 ]
                "results"

            Expect.equal
                (results |> List.map (fun p -> (p.GetProperty "theories").GetArrayLength()))
                [ 2; 2; 2; 2 ]
                "results"
            // Ten draws do not make a converged chain, and the result says so.
            Expect.isFalse
                (results
                 |> List.exists (fun p -> (at [ "experiment"; "converged" ] p).GetBoolean()))
                "some one")

        testTheory
            "A convolutional network with patches of a small image is measured, one of several layers too"
            [
                "proportional",
                """{"kind": "convolution", "activation": "erf", "widths": [5], "patch": 2, "image": [4, 4]}"""
                "infinite-width",
                """{"kind": "convolution", "activation": "erf", "image": [4, 4], "widths": [4],
                    "layers": [{"channels": 5, "patch": 3, "padding": "same"}, {"channels": 6, "patch": 2, "stride": 2}]}"""
            ]
            (fun (theory, network) ->
                let point =
                    inFolder (
                        experiment [
                            "data",
                            """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                            "network", network
                            "theory", $"\"{theory}\""
                            small
                        ]
                        >> run
                    )
                    |> points
                    |> List.exactlyOne

                Expect.isGreaterThan (number [ "experiment"; "loss"; "error" ] point) 0.0 "number")

        testTheory
            "Every sampler can be asked for by name"
            [
                "nuts", "\"readout\": \"sampled\""
                "mala", "\"step\": 0.2"
                "pcn", "\"stepsPerDraw\": 2"
                "gibbs", "\"precision\": \"single\""
                "langevin", "\"step\": 0.01, \"readout\": \"sampled\""
            ]
            (fun (name, more) ->
                let fields =
                    $""" "sampler": "{name}", {more}, "draws": 20, "warmUp": 20, "chains": 2 """

                let point = inFolder (experiment [ ask fields ] >> run) |> points |> List.exactlyOne
                Expect.isGreaterThan (number [ "experiment"; "loss"; "value" ] point) 0.0 "number")

        testCase "The folder has results, table and figure, and a second run is a matter of reading" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")
                let arguments = experiment [ small ] folder @ [ "--output"; out ]
                let first = run arguments |> points
                let table = File.ReadAllBytes(Path.Combine(out, "results.csv"))

                Expect.stringContains
                    (File.ReadAllText(Path.Combine(out, "figure.html")))
                    "experiment"
                    "text of the file"

                Expect.equal
                    ((File.ReadAllLines(Path.Combine(out, "results.csv"))).Length)
                    2
                    "length of lines of the file"

                let again = run (arguments @ [ "--resume" ]) |> points

                Expect.within
                    0.5
                    (number [ "experiment"; "seconds" ] again.Head)
                    (number [ "experiment"; "seconds" ] first.Head)
                    "number"

                Expect.isTrue (File.ReadAllBytes(Path.Combine(out, "results.csv")) = table) "bytes of the file"))

        testCase "A run whose process is killed goes on to the same table" (fun () ->
            inFolder (fun folder ->
                let job = write [ long 6000 ] folder

                let killed, straight =
                    Path.Combine(folder, "killed"), Path.Combine(folder, "straight")

                use child = start [ "experiment"; job; "--output"; killed ]
                waitForCheckpoint child killed
                child.Kill()
                child.WaitForExit()

                Expect.isFalse
                    (File.Exists(Path.Combine(killed, "results.csv")))
                    "It ended before it could be killed."

                run [ "experiment"; job; "--output"; killed; "--resume" ] |> points |> ignore
                run [ "experiment"; job; "--output"; straight ] |> points |> ignore

                Expect.equal
                    (File.ReadAllText(Path.Combine(killed, "results.csv")))
                    (File.ReadAllText(Path.Combine(straight, "results.csv")))
                    "text of the file"))

        testCase "A run that is told to stop writes what is there" (fun () ->
            if OperatingSystem.IsWindows() then
                skiptest "There is no SIGTERM here."

            inFolder (fun folder ->
                let job = write [ "sweep", """{"width": [5, 10]}"""; long 100000000 ] folder
                let out = Path.Combine(folder, "out")
                use child = start [ "experiment"; job; "--output"; out ]
                let text = child.StandardOutput.ReadToEndAsync()
                waitForCheckpoint child out
                // Long enough for some draws after the warm-up.
                Thread.Sleep 1500
                use kill = Process.Start("kill", [ "-TERM"; string child.Id ])
                Expect.isTrue (child.WaitForExit 60000) "It did not stop."
                Expect.equal child.ExitCode 130 "exit code"
                use document = JsonDocument.Parse text.Result
                let root = document.RootElement

                Expect.equal
                    ((at [ "experiment"; "stopped" ] ((root.GetProperty "points")[0])).GetString())
                    "cancelled"
                    "points"

                Expect.equal (root.GetProperty("missing").GetArrayLength()) 1 "missing"
                Expect.isTrue (File.Exists(Path.Combine(out, "results.csv"))) "existence"))

        testTheory "A job that is not in order is refused, and nothing is written" mistakeNames (fun name ->
            let _, changes, says = mistakes |> List.find (fun (other, _, _) -> other = name)

            inFolder (fun folder ->
                let arguments = experiment changes folder
                let before = contents folder

                run (arguments @ [ "--output"; Path.Combine(folder, "out") ])
                |> assertRefused says

                Expect.equal (contents folder) before "contents"))

        testCase "There is nothing to resume where this job was not run" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")
                let resume = [ "--output"; out; "--resume" ]

                run (experiment [ small ] folder @ resume)
                |> assertRefused "there is no checkpoint of this job here"

                run (experiment [ small ] folder @ [ "--output"; out ]) |> points |> ignore

                // Another seed makes another job.
                run (
                    experiment [ ask """ "draws": 50, "warmUp": 30, "chains": 2, "seed": 4 """ ] folder
                    @ resume
                )
                |> assertRefused "there is no checkpoint of this job here"

                run (experiment [ small ] folder @ [ "--resume" ])
                |> assertRefused "--resume needs the folder"))

        testCase "A damaged checkpoint is refused" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")
                let arguments = experiment [ small ] folder @ [ "--output"; out ]
                run arguments |> points |> ignore

                let checkpoint =
                    Directory.GetFiles(Path.Combine(out, "checkpoints")) |> Array.exactlyOne

                let bytes = File.ReadAllBytes checkpoint
                bytes[bytes.Length / 2] <- bytes[bytes.Length / 2] ^^^ 1uy
                File.WriteAllBytes(checkpoint, bytes)
                run arguments |> assertRefused "The checkpoint is damaged"))
    ]
