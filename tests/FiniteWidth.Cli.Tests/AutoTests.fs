/// The theory "auto" in jobs and learning curves.
module FiniteWidth.Cli.Tests.AutoTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private auto = "theory", "\"auto\""

let private parse (outcome: Outcome) =
    Expect.equal outcome.Code 0 outcome.Err
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private at (path: string list) (element: JsonElement) =
    path |> List.fold (fun (e: JsonElement) name -> e.GetProperty name) element

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

let private curve out (flags: string) =
    run (
        [
            "learning-curve"
            "--data"
            "teacher"
            "--train"
            "20"
            "--test"
            "10"
            "--out"
            out
        ]
        @ List.ofArray (flags.Split ' ')
    )

// Starts the program, tells it to stop as soon as it has said so, and waits for its end.
let private stopAt (sign: string) (arguments: string list) =
    let start =
        ProcessStartInfo("dotnet", assembly :: arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    use child = Process.Start start |> nonNull
    let text = child.StandardOutput.ReadToEndAsync()
    let mutable line: string | null = ""

    while not (isNull line) && not ((nonNull line).Contains sign) do
        line <- child.StandardError.ReadLine()

    Expect.isNotNull line "line"
    let rest = child.StandardError.ReadToEndAsync()
    Thread.Sleep 100
    use kill = Process.Start("kill", [ "-INT"; string child.Id ])
    Expect.isTrue (child.WaitForExit 60000) "It did not stop."
    Expect.equal child.ExitCode 130 rest.Result
    text.Result

let tests =
    testList "Auto" [
        testCase "A sweep has certified points, the best width, and the theories beside" (fun () ->
            inFolder (fun folder ->
                let job =
                    soundBut [
                        auto
                        "network", """{"activation": "linear", "widths": [20]}"""
                        "sweep", """{"width": [3, 3000]}"""
                    ]

                let result = parse (run (predict job folder))
                let points = result.GetProperty "points"
                Expect.equal (points.GetArrayLength()) 2 "points"

                for point in points.EnumerateArray() do
                    Expect.isTrue ((at [ "certified" ] point).GetBoolean()) "certified"
                    Expect.equal ((at [ "method" ] point).GetString()) "exact" "method"
                    Expect.stringEnds (nonNull ((at [ "reason" ] point).GetString())) "." "reason"
                    let loss = (at [ "loss" ] point).GetDouble()

                    let parts =
                        (at [ "bias" ] point).GetDouble() + (at [ "variance" ] point).GetDouble()

                    Expect.within 1e-12 parts loss "parts"
                    Expect.equal ((at [ "lossError" ] point).GetDouble()) 0.0 "lossError"
                    let infinite = (at [ "theories"; "infinite-width"; "loss" ] point).GetDouble()
                    let change = (at [ "finiteWidth"; "change" ] point).GetDouble()
                    Expect.within 1e-12 change (loss - infinite) "change"
                    let effect = (at [ "finiteWidth"; "effect" ] point).GetString()
                    Expect.equal effect (if change < 0.0 then "helps" else "hurts") "effect"

                let best = (result.GetProperty "bestWidths")[0]
                Expect.isTrue ((at [ "decided" ] best).GetBoolean()) "decided"
                Expect.equal ((at [ "missing" ] result).GetArrayLength()) 0 "missing"
                Expect.equal ((at [ "seeds"; "sampling" ] result).GetInt32()) 1 "sampling"

                // The job as it was understood gives the same answer.
                let again = parse (run (predict ((at [ "job" ] result).GetRawText()) folder))
                Expect.equal ((again.GetProperty "points").GetRawText()) (points.GetRawText()) "points"
                Expect.equal ((at [ "job"; "accuracy" ] again).GetDouble()) 0.02 "accuracy"
                Expect.equal ((at [ "job"; "seconds" ] again).GetDouble()) 120.0 "seconds"))

        testCase "Without time a point is not certified, and the command that would settle it is named" (fun () ->
            inFolder (fun folder ->
                let job =
                    soundBut [
                        auto
                        "accuracy", "1e-5"
                        "seconds", "0.2"
                        "network", """{"activation": "erf", "widths": [4, 4]}"""
                    ]

                let outcome = run (predict job folder)
                let point = ((parse outcome).GetProperty "points")[0]
                Expect.isFalse ((at [ "certified" ] point).GetBoolean()) "certified"
                Expect.equal ((at [ "finiteWidth"; "effect" ] point).GetString()) "undecided" "effect"

                Expect.isMatch
                    (nonNull ((at [ "settle" ] point).GetString()))
                    "finitewidth predict .*job.json with \"seconds\": \\d+"
                    "settle"

                Expect.stringContains outcome.Err "1 of 1, N = 4, 4, T = 0.01: " "err"))

        testTheory
            "Settings without sense, or of another theory, are refused"
            [
                "accuracy", "0.1", "proportional", "job.accuracy: this belongs to the theory \"auto\"."
                "seconds", "10", "mixture", "job.seconds: this belongs to the theory \"auto\"."
                "accuracy", "1", "auto", "a number below 1 is needed"
                "accuracy", "0", "auto", "a number above 0 is needed"
                "seconds", "-1", "auto", "a number above 0 is needed"
                "seed", "0.5", "auto", "a whole number"
            ]
            (fun (key, value, theory, complaint) ->
                inFolder (fun folder ->
                    run (predict (soundBut [ "theory", $"\"{theory}\""; key, value ]) folder)
                    |> assertRefused complaint))

        testCase "A job without a theory has certified answers; equations need one" (fun () ->
            inFolder (fun folder ->
                let job = soundWithout "theory"
                let result = parse (run (predict job folder))
                Expect.equal ((at [ "job"; "theory" ] result).GetString()) "auto" "theory"
                let point = (result.GetProperty "points")[0]
                Expect.isTrue ((at [ "certified" ] point).GetBoolean()) "certified"
                run (explain job folder) |> assertRefused "name the theory to explain"))

        testTheory
            "What no certificate is for has the theory for the activation, and says so"
            [
                "a convolutional network",
                [
                    "data",
                    """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                    "network",
                    """{"kind": "convolution", "activation": "erf", "widths": [20], "patch": 2, "stride": 2, "image": [4, 4]}"""
                ]
                "the average over training sets", [ "sweep", """{"examples": [4, 8]}""" ]
            ]
            (fun (what, changes) ->
                inFolder (fun folder ->
                    let result = parse (run (predict (soundBut (auto :: changes)) folder))
                    Expect.isFalse ((at [ "certified" ] result).GetBoolean()) "certified"
                    Expect.stringContains (nonNull ((at [ "reason" ] result).GetString())) what "reason"
                    Expect.equal ((at [ "job"; "theory" ] result).GetString()) "proportional" "theory"))

        testCase "Points are the theory's, and the result says that nothing certifies them" (fun () ->
            inFolder (fun folder ->
                let points = Path.Combine(folder, "points.csv")

                let result =
                    parse (run (predict (soundBut [ auto ]) folder @ [ "--points"; points ]))

                Expect.isFalse ((at [ "certified" ] result).GetBoolean()) "certified"
                Expect.isTrue (File.Exists points) "points"))

        testCase "Other commands refuse the theory auto" (fun () ->
            inFolder (fun folder ->
                run (fit (soundBut [ auto; "fit", """{"parameters": ["temperature"]}""" ]) folder)
                |> assertRefused "\"auto\""

                run (explain (soundBut [ auto ]) folder) |> assertRefused "\"auto\""

                run (
                    "learning-curve"
                    :: List.ofArray ("--data teacher --train 20 --test 10 --accuracy 0.1".Split ' ')
                    @ [ "--theory"; "proportional" ]
                )
                |> assertRefused "--accuracy belongs to --theory auto"))

        testCase "A learning curve has the theory first, then certified losses, in a table and in files" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")
                let outcome = curve out "--activation linear --widths 5,500"
                Expect.equal outcome.Code 0 outcome.Err
                let theory = outcome.Out.IndexOf "This is the proportional theory"
                Expect.isInRange theory 1 (outcome.Out.IndexOf "2 of 2 widths are certified.") "theory"
                Expect.isMatch outcome.Out "Finite width helps: (yes, by .* per cent at N = \\d+|no|undecided)" "out"
                Expect.stringContains outcome.Out "The best width in the range is" "out"
                let lines = File.ReadAllLines(Path.Combine(out, "results.csv"))
                Expect.hasLength lines 3 "lines"
                Expect.stringContains (lines[0]) "loss_error" "lines"
                Expect.stringContains (lines[1]) "exact" "lines"
                Expect.stringContains (File.ReadAllText(Path.Combine(out, "figure.html"))) "loss, certified" "figure"

                use document =
                    JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

                Expect.equal ((document.RootElement.GetProperty "points").GetArrayLength()) 2 "points"))

        testCase
            "What a learning curve has sampled is beside its results, and another run does not sample it again"
            (fun () ->
                inFolder (fun folder ->
                    let out = Path.Combine(folder, "out")
                    let flags = "--widths 4,6 --temperature 0.1 --accuracy 0.1"
                    let first, again = curve out flags, curve out flags
                    Expect.equal first.Code 0 first.Err
                    Expect.stringContains first.Err "is sampled." "first"
                    Expect.isNonEmpty (Directory.GetFiles(Path.Combine(out, "points"), "*.json")) "points"
                    Expect.equal again.Out first.Out "again"
                    Expect.stringContains again.Err "Kept from an earlier run" "again"))

        testCase "Without time a learning curve is what theories say, and names what is not certified" (fun () ->
            inFolder (fun folder ->
                let outcome =
                    curve (Path.Combine(folder, "out")) "--widths 4,5 --depth 2 --seconds 0.001"

                Expect.equal outcome.Code 0 outcome.Err
                Expect.stringContains outcome.Out "Finite width helps: undecided." "out"
                Expect.stringContains outcome.Out "Not certified: N = 4, 5. " "out"))

        testCase "A run that is stopped keeps its answers, with exit code 130" (fun () ->
            if OperatingSystem.IsWindows() then
                skiptest "There are no such signals here."

            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")

                // An accuracy that no chain reaches.
                File.WriteAllText(
                    path,
                    soundBut [
                        auto
                        "accuracy", "1e-6"
                        "seconds", "1e9"
                        "seed", "3"
                        "network", """{"activation": "erf", "widths": [4, 4]}"""
                        "sweep", """{"width": [4, 5]}"""
                    ]
                )

                // It says how long it takes once its chains have begun to draw.
                use document = JsonDocument.Parse(stopAt "Sampling takes" [ "predict"; path ])
                let result = document.RootElement
                let point = (result.GetProperty "points")[0]
                Expect.isFalse ((at [ "certified" ] point).GetBoolean()) "certified"
                Expect.equal ((at [ "method" ] point).GetString()) "sampling" "method"
                Expect.equal ((result.GetProperty "missing").GetArrayLength()) 1 "missing"))

        testCase "A learning curve that is stopped keeps what there is, with exit code 130" (fun () ->
            if OperatingSystem.IsWindows() then
                skiptest "There are no such signals here."

            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")

                let flags =
                    $"learning-curve --data teacher --train 20 --test 10 --widths 4,3000 --accuracy 1e-6 --seconds 1e9 --out {out}"

                let text = stopAt "Sampling takes" (List.ofArray (flags.Split ' '))
                Expect.stringContains text "0 of 2 widths are certified." "text"
                Expect.stringContains text "It was stopped." "text"
                Expect.isTrue (File.Exists(Path.Combine(out, "figure.html"))) "figure"))
    ]
