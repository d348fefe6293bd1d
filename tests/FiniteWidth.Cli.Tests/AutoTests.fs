/// The theory "auto" in jobs and learning curves.
module FiniteWidth.Cli.Tests.AutoTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Threading
open NUnit.Framework
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private auto = "theory", "\"auto\""

let private parse (outcome: Outcome) =
    Assert.That(outcome.Code, Is.EqualTo 0, outcome.Err)
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private at (path: string list) (element: JsonElement) =
    path |> List.fold (fun (e: JsonElement) name -> e.GetProperty name) element

[<Test>]
let ``A sweep has certified points, the best width, and the theories beside`` () =
    inFolder (fun folder ->
        let job =
            soundBut
                [
                    auto
                    "network", """{"activation": "linear", "widths": [20]}"""
                    "sweep", """{"width": [3, 3000]}"""
                ]

        let result = parse (run (predict job folder))
        let points = result.GetProperty "points"
        Assert.That(points.GetArrayLength(), Is.EqualTo 2)

        for point in points.EnumerateArray() do
            Assert.That((at [ "certified" ] point).GetBoolean())
            Assert.That((at [ "method" ] point).GetString(), Is.EqualTo "exact")
            Assert.That((at [ "reason" ] point).GetString(), Does.EndWith ".")
            let loss = (at [ "loss" ] point).GetDouble()

            let parts =
                (at [ "bias" ] point).GetDouble() + (at [ "variance" ] point).GetDouble()

            Assert.That(parts, Is.EqualTo(loss).Within 1e-12)
            Assert.That((at [ "lossError" ] point).GetDouble(), Is.EqualTo 0.0)
            let infinite = (at [ "theories"; "infinite-width"; "loss" ] point).GetDouble()
            let change = (at [ "finiteWidth"; "change" ] point).GetDouble()
            Assert.That(change, Is.EqualTo(loss - infinite).Within 1e-12)
            let effect = (at [ "finiteWidth"; "effect" ] point).GetString()
            Assert.That(effect, Is.EqualTo(if change < 0.0 then "helps" else "hurts"))

        let best = (result.GetProperty "bestWidths")[0]
        Assert.That((at [ "decided" ] best).GetBoolean())
        Assert.That((at [ "missing" ] result).GetArrayLength(), Is.EqualTo 0)
        Assert.That((at [ "seeds"; "sampling" ] result).GetInt32(), Is.EqualTo 1)

        // The job as it was understood gives the same answer.
        let again = parse (run (predict ((at [ "job" ] result).GetRawText()) folder))
        Assert.That((again.GetProperty "points").GetRawText(), Is.EqualTo(points.GetRawText()))
        Assert.That((at [ "job"; "accuracy" ] again).GetDouble(), Is.EqualTo 0.02)
        Assert.That((at [ "job"; "seconds" ] again).GetDouble(), Is.EqualTo 120.0))

[<Test>]
let ``Without time a point is not certified, and the command that would settle it is named`` () =
    inFolder (fun folder ->
        let job =
            soundBut
                [
                    auto
                    "accuracy", "1e-5"
                    "seconds", "0.2"
                    "network", """{"activation": "erf", "widths": [4, 4]}"""
                ]

        let outcome = run (predict job folder)
        let point = ((parse outcome).GetProperty "points")[0]
        Assert.That((at [ "certified" ] point).GetBoolean(), Is.False)
        Assert.That((at [ "finiteWidth"; "effect" ] point).GetString(), Is.EqualTo "undecided")

        Assert.That(
            (at [ "settle" ] point).GetString(),
            Does.Match "finitewidth predict .*job.json with \"seconds\": \\d+"
        )

        Assert.That(outcome.Err, Does.Contain "1 of 1, N = 4, 4, T = 0.01: "))

[<TestCase("accuracy", "0.1", "proportional", "job.accuracy: this belongs to the theory \"auto\".")>]
[<TestCase("seconds", "10", "mixture", "job.seconds: this belongs to the theory \"auto\".")>]
[<TestCase("accuracy", "1", "auto", "a number below 1 is needed")>]
[<TestCase("accuracy", "0", "auto", "a number above 0 is needed")>]
[<TestCase("seconds", "-1", "auto", "a number above 0 is needed")>]
[<TestCase("seed", "0.5", "auto", "a whole number")>]
let ``Settings without sense, or of another theory, are refused``
    (key: string, value: string, theory: string, complaint: string)
    =
    inFolder (fun folder ->
        run (predict (soundBut [ "theory", $"\"{theory}\""; key, value ]) folder)
        |> assertRefused complaint)

[<Test>]
let ``Other commands refuse the theory auto`` () =
    inFolder (fun folder ->
        run (fit (soundBut [ auto; "fit", """{"parameters": ["temperature"]}""" ]) folder)
        |> assertRefused "\"auto\""

        run (explain (soundBut [ auto ]) folder) |> assertRefused "\"auto\""

        run (
            "learning-curve"
            :: List.ofArray ("--data teacher --train 20 --test 10 --accuracy 0.1".Split ' ')
        )
        |> assertRefused "--accuracy belongs to --theory auto")

[<Test>]
let ``A learning curve has a table and files of certified answers`` () =
    inFolder (fun folder ->
        let out = Path.Combine(folder, "out")

        let flags =
            "learning-curve --data teacher --train 20 --test 10 --theory auto --activation linear --widths 5,500 --out"

        let outcome = run (List.ofArray (flags.Split ' ') @ [ out ])
        Assert.That(outcome.Code, Is.EqualTo 0, outcome.Err)
        Assert.That(outcome.Out, Does.Contain "certified")
        Assert.That(outcome.Out, Does.Contain "2 of 2 widths are certified.")
        let lines = File.ReadAllLines(Path.Combine(out, "results.csv"))
        Assert.That(lines, Has.Length.EqualTo 3)
        Assert.That(lines[0], Does.Contain "loss_error")
        Assert.That(lines[1], Does.Contain "exact")
        Assert.That(File.Exists(Path.Combine(out, "figure.html")))

        use document =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

        Assert.That((document.RootElement.GetProperty "points").GetArrayLength(), Is.EqualTo 2))

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

[<Test>]
let ``A run that is stopped keeps its answers, with exit code 130`` () =
    if OperatingSystem.IsWindows() then
        Assert.Ignore "There are no such signals here."

    inFolder (fun folder ->
        let path = Path.Combine(folder, "job.json")

        // An accuracy that no chain reaches.
        File.WriteAllText(
            path,
            soundBut
                [
                    auto
                    "accuracy", "1e-6"
                    "seconds", "1e9"
                    "network", """{"activation": "erf", "widths": [4, 4]}"""
                    "sweep", """{"width": [4, 5]}"""
                ]
        )

        let start =
            ProcessStartInfo(
                "dotnet",
                [ assembly; "predict"; path ],
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        use child = Process.Start start |> nonNull
        let text = child.StandardOutput.ReadToEndAsync()
        let mutable line: string | null = ""

        // It says how long it takes once its chains have begun to draw.
        while not (isNull line) && not ((nonNull line).Contains "Sampling takes") do
            line <- child.StandardError.ReadLine()

        Assert.That(line, Is.Not.Null)
        let rest = child.StandardError.ReadToEndAsync()
        Thread.Sleep 100
        use kill = Process.Start("kill", [ "-INT"; string child.Id ])
        Assert.That(child.WaitForExit 60000, "It did not stop.")
        Assert.That(child.ExitCode, Is.EqualTo 130, rest.Result)
        use document = JsonDocument.Parse text.Result
        let result = document.RootElement
        let point = (result.GetProperty "points")[0]
        Assert.That((at [ "certified" ] point).GetBoolean(), Is.False)
        Assert.That((at [ "method" ] point).GetString(), Is.EqualTo "sampling")
        Assert.That((result.GetProperty "missing").GetArrayLength(), Is.EqualTo 1))
