/// What people expect of any command: help, versions, pipes, files, quiet, tables on a terminal, results read back, completions.
module FiniteWidth.Cli.Tests.HabitTests

open System.Diagnostics
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private sweep = soundBut [ "sweep", """{"width": [20, 50, 200]}""" ]

let private succeeds outcome =
    Expect.equal outcome.Err "" "err"
    Expect.equal outcome.Code 0 "code"

let private general =
    [
        test "help has a short name too" {
            let outcome = run [ "-h" ]
            succeeds outcome
            Expect.equal (run [ "predict"; "-h" ]).Out (run [ "predict"; "--help" ]).Out "help of a command"
            Expect.stringContains outcome.Out "--version" "out"
        }

        test "the version is that of info" {
            let version = (run [ "--version" ]).Out.Trim()
            Expect.isMatch version @"^\d+\.\d+\.\d+" "version"
            Expect.stringContains (run [ "info" ]).Out version "info"
        }

        test "the result goes to a file, and nothing is printed then" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "result.json")
                let outcome = run (predict (soundBut []) folder @ [ "--output"; file ])
                succeeds outcome
                Expect.equal outcome.Out "" "out"
                use document = JsonDocument.Parse(File.ReadAllText file)
                Expect.equal (document.RootElement.GetProperty("command").GetString()) "predict" "command")
        }

        test "a minus stands for standard output, of what writes one text" {
            inFolder (fun folder ->
                let arguments = predict (soundBut []) folder
                let outcome = run (arguments @ [ "-o"; "-" ])
                succeeds outcome
                use document = JsonDocument.Parse outcome.Out
                Expect.equal (document.RootElement.GetProperty("command").GetString()) "predict" "command"
                Expect.isFalse (File.Exists "-") "no file of that name"

                run [ "learning-curve"; "-o"; "-" ]
                |> assertRefused "--output -: this command writes more than one text")
        }

        test "a refused job leaves the file that was there" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "result.json")
                File.WriteAllText(file, "before")

                run (predict "{}" folder @ [ "-o"; file ])
                |> assertRefused "the key \"data\" is missing"

                Expect.equal (File.ReadAllText file) "before" "file")
        }
    ]

let private numbers =
    [
        testTheory
            "a number is told to its error's second digit"
            [
                129840.123, 1863.27, "129800 +- 1900"
                129918.6, 345.2, "129920 +- 350"
                0.0212345, 0.000312, "0.02123 +- 0.00031"
                1.25, 0.0, "1.25"
                5.0, 12.3, "5 +- 12"
            ]
            (fun (value, error, expected) -> Expect.equal (Decimals.measured value error) expected "text")
    ]

let private onTerminal =
    [
        test "a prediction is a table on a terminal, with what to do in the last line" {
            inFolder (fun folder ->
                let arguments = predict sweep folder
                let outcome = runOn true arguments
                succeeds outcome
                let lines = outcome.Out.TrimEnd().Split '\n'
                Expect.stringContains lines[0] "proportional theory, erf network" "title"
                Expect.stringContains outcome.Out "log evidence" "column"
                Expect.stringContains (Array.last lines) "N comes down from infinity" "last line"

                Expect.isMatch
                    (Array.last lines)
                    $"finitewidth experiment {Regex.Escape arguments[1]} --output FOLDER settles it, in about \\d+ (second|minute)s? on this machine\\.$"
                    "command")
        }

        test "the command has the seed that the prediction was given" {
            inFolder (fun folder ->
                let arguments = predict sweep folder
                let outcome = runOn true (arguments @ [ "--seed"; "4" ])
                Expect.stringContains outcome.Out $"experiment {arguments[1]} --seed 4 --output FOLDER" "out")
        }

        test "a job that cannot be sampled is not recommended to experiments" {
            inFolder (fun folder ->
                let outcome = runOn true (predict (soundBut [ "theory", "\"student-t\"" ]) folder)
                succeeds outcome

                Expect.stringContains
                    ((outcome.Out.TrimEnd().Split '\n') |> Array.last)
                    "finitewidth experiment, which would settle it, refuses the job."
                    "last line")
        }

        test "a certified answer says whether finite width helps in its last line" {
            inFolder (fun folder ->
                let job = soundBut [ "theory", "\"auto\""; "accuracy", "0.3" ]
                let outcome = runOn true (predict job folder @ [ "-q" ])
                succeeds outcome
                let last = outcome.Out.TrimEnd().Split '\n' |> Array.last
                Expect.isMatch last "inite width helps|Wider is better" "verdict"
                Expect.stringContains last "certified" "trust")
        }

        test "what nothing certifies is said where a certified answer was asked for" {
            inFolder (fun folder ->
                let arguments =
                    predict (soundBut [ "theory", "\"auto\""; "sweep", """{"examples": [4, 6]}""" ]) folder

                let outcome = runOn true arguments
                succeeds outcome

                Expect.stringContains
                    outcome.Out
                    "Not certified. Certified answers are losses of fully connected networks on one training set."
                    "reason")
        }

        test "with --json it is the JSON that is piped" {
            inFolder (fun folder ->
                let arguments = predict (soundBut []) folder

                let points (outcome: Outcome) =
                    use document = JsonDocument.Parse outcome.Out
                    document.RootElement.GetProperty("points").GetRawText()

                Expect.equal (points (runOn true (arguments @ [ "--json" ]))) (points (run arguments)) "points")
        }

        test "with --table it is the table that is piped, and not with --json too" {
            inFolder (fun folder ->
                let arguments = predict (soundBut []) folder
                let piped = run (arguments @ [ "--table" ])
                succeeds piped
                // What an experiment would take is estimated anew.
                let timeless text =
                    Regex.Replace(text, "in about .* on", "in TIME on")

                Expect.equal (timeless piped.Out) (timeless (runOn true arguments).Out) "table"

                run (arguments @ [ "--table"; "--json" ])
                |> assertRefused "--json and --table exclude each other")
        }

        test "with --output and --quiet nothing is printed on a terminal either" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "result.json")
                let outcome = runOn true (predict (soundBut []) folder @ [ "-q"; "-o"; file ])
                succeeds outcome
                Expect.equal outcome.Out "" "out"
                Expect.isTrue (File.Exists file) "file")
        }

        for changes in
            [
                [
                    "theory", "\"ntk\""
                    "temperature", "0"
                    "sweep", """{"time": [0, 1, null]}"""
                ]
                [ "sweep", """{"examples": [4, 6]}""" ]
                [ "theory", "\"student-t\"" ]
            ] do
            let job = soundBut changes

            test $"every kind of prediction has a table: {changes}" {
                inFolder (fun folder ->
                    let outcome = runOn true (predict job folder)
                    succeeds outcome
                    Expect.stringContains outcome.Out "loss" "out")
            }
    ]

let private readBack =
    [
        test "results are compared where both have a point" {
            inFolder (fun folder ->
                let result name job =
                    let file = Path.Combine(folder, name)
                    succeeds (run (predict job folder @ [ "-o"; file ]))
                    file

                let first = result "a.json" sweep

                let second =
                    result "b.json" (soundBut [ "theory", "\"mixture\""; "sweep", """{"width": [50, 200, 500]}""" ])

                let outcome = run [ "compare"; first; second; "--json" ]
                succeeds outcome
                use document = JsonDocument.Parse outcome.Out
                let points = document.RootElement.GetProperty "points"
                Expect.equal (points.GetArrayLength()) 2 "common points"

                let loss file (n: int) =
                    use document = JsonDocument.Parse(File.ReadAllText file)

                    [
                        for point in document.RootElement.GetProperty("points").EnumerateArray() do
                            if point.GetProperty("widths").[0].GetInt32() = n then
                                point.GetProperty("loss").GetDouble()
                    ]
                        .Head

                Expect.equal (points[0].GetProperty("N").GetInt32()) 50 "N"
                Expect.equal (points[0].GetProperty("first").GetDouble()) (loss first 50) "first"

                Expect.equal
                    (points[0].GetProperty("difference").GetDouble())
                    (loss second 50 - loss first 50)
                    "difference"

                let table = run [ "compare"; first; second ]
                Expect.stringContains table.Out "theory: \"proportional\" and \"mixture\"" "the jobs"
                Expect.stringContains table.Out "of 2 points" "sentence"

                Expect.stringContains
                    (run [ "compare"; first; first ]).Out
                    "The test errors are the same at all of 3 points."
                    "with itself")
        }

        test "a result is drawn to a page beside it" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "result.json")
                succeeds (run (predict sweep folder @ [ "-o"; file ]))
                let outcome = run [ "plot"; file ]
                succeeds outcome
                let page = File.ReadAllText(Path.Combine(folder, "result.html"))
                Expect.stringContains page "width N" "axis"
                Expect.stringContains page "proportional theory" "title")
        }

        test "several curves are told apart by what they differ in" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "result.json")

                let job = soundBut [ "sweep", """{"width": [20, 50], "temperature": [0.1, 0.2]}""" ]

                succeeds (run (predict job folder @ [ "-o"; file ]))
                let page = Path.Combine(folder, "figure.html")
                succeeds (run [ "plot"; file; "-o"; page ])
                let text = File.ReadAllText page
                Expect.stringContains text "T = 0.1" "first"
                Expect.stringContains text "T = 0.2" "second")
        }

        test "what is no result is not drawn" {
            inFolder (fun folder ->
                let file = Path.Combine(folder, "other.json")
                File.WriteAllText(file, "{}")
                run [ "plot"; file ] |> assertRefused "It is no result of predict"

                run [ "plot"; Path.Combine(folder, "none.json") ]
                |> assertRefused "There is no such file"

                run [ "plot"; file; "-o"; "a.txt" ]
                |> assertRefused "ends in .html, .png or .svg")
        }
    ]

let private bash (script: string) =
    let start =
        ProcessStartInfo("bash", [ "-c"; script ], RedirectStandardOutput = true, RedirectStandardError = true)

    use child = Process.Start start |> nonNull
    let out, err = child.StandardOutput.ReadToEnd(), child.StandardError.ReadToEnd()
    child.WaitForExit()
    Expect.equal err "" "bash"
    out.Trim()

let private completions =
    let script shell =
        let outcome = run [ "completions"; shell ]
        succeeds outcome
        outcome.Out

    [
        for words, expected in
            [
                "finitewidth pred", "predict"
                "finitewidth predict --po", "--points"
                "finitewidth learning-curve --theory wis", "wishart"
                "finitewidth experiment --r", "--resume"
                "finitewidth completions zs", "zsh"
                "finitewidth fit --qu", "--quiet"
            ] do
            test $"bash completes {words} to {expected}" {
                if System.OperatingSystem.IsWindows() then
                    skiptest "There is no bash."

                let last = words.Split(' ').Length - 1

                let offered =
                    String.concat "\n" [
                        script "bash"
                        $"COMP_WORDS=({words}); COMP_CWORD={last}; _finitewidth"
                        "printf '%s\n' \"${COMPREPLY[@]}\""
                    ]
                    |> bash

                Expect.equal offered expected "offered"
            }

        for shell in [ "bash"; "zsh"; "fish"; "powershell" ] do
            test $"the script for {shell} has every command and flag of the help" {
                let script = script shell

                let flags (help: string) =
                    [
                        for found in Regex.Matches(help, @"(?m)^ +(--[a-z-]+)") -> found.Groups[1].Value
                    ]

                let commands =
                    [
                        for found in Regex.Matches((run [ "--help" ]).Out, @"(?m)^    ([a-z-]+) <options>") ->
                            found.Groups[1].Value
                    ]

                Expect.isGreaterThan commands.Length 9 "commands"

                for command in commands do
                    Expect.stringContains script command "command"
                    let flags = flags (run [ command; "--help" ]).Out
                    Expect.contains flags "--quiet" "flags of the help"

                    for flag in flags do
                        let name = if shell = "fish" then $"-l {flag[2..]}" else flag
                        Expect.stringContains script name "flag"
            }
    ]

let tests =
    testList "Habits" (general @ numbers @ onTerminal @ readBack @ completions)
