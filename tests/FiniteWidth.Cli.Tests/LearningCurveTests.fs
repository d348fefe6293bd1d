/// `finitewidth learning-curve`: what it prints and what it writes.
module FiniteWidth.Cli.Tests.LearningCurveTests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Figures
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private curve (flags: string) =
    run ("learning-curve" :: List.ofArray (flags.Split ' '))

let private small = "--data teacher --train 30 --test 20"

let private assertDone outcome =
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Code, Is.EqualTo 0)

/// The cells of the printed table, whatever its border is made of.
let private cells (out: string) =
    [
        for line in out.Split '\n' do
            let cells = line.Split([| '|'; '│' |], StringSplitOptions.TrimEntries)

            if cells.Length > 3 && not (cells[1].StartsWith '-') then
                List.ofArray cells[1 .. cells.Length - 2]
    ]

[<Test>]
let ``The table has a row a width and the infinite width last, under the order parameters' names`` () =
    let outcome = curve $"{small} --widths 100,50,50 --depth 2"
    assertDone outcome
    let table = cells outcome.Out
    Assert.That(table.Head, equalTo [ "N"; "P/N"; "Qbar_1"; "Qbar_2"; "loss"; "bias"; "variance"; "log evidence" ])
    Assert.That([ for row in table.Tail -> row.Head ], equalTo [ "50"; "100"; "infinity" ])

[<Test>]
let ``The infinite-width theory prints one row and no order parameter`` () =
    let outcome = curve $"{small} --widths 50,100 --theory infinite-width"
    assertDone outcome
    let table = cells outcome.Out
    Assert.That(table.Head, equalTo [ "N"; "P/N"; "loss"; "bias"; "variance"; "log evidence" ])
    Assert.That(table.Length, Is.EqualTo 2)
    Assert.That(outcome.Out, Does.Contain "the width plays no part")

[<TestCase("erf", false)>]
[<TestCase("relu", true)>]
let ``A theory derived for odd activations says where it is a heuristic`` (activation: string, heuristic: bool) =
    let outcome = curve $"{small} --widths 50 --activation {activation}"
    assertDone outcome
    Assert.That(outcome.Out.Contains "it is a heuristic", Is.EqualTo heuristic)

[<Test>]
let ``An activation is a name or a formula, and else a sentence says what it may be`` () =
    let named = curve $"{small} --widths 50 --activation tanh"
    let formula = curve $"{small} --widths 50 --activation tanh(z)"
    assertDone named
    assertDone formula
    let row (outcome: Outcome) = (cells outcome.Out)[1]
    Assert.That(row formula, equalTo (row named))

    for text, complaint in
        [
            "swish", "--activation: \"swish\" is not one of linear"
            "tanh(z", "--activation: "
        ] do
        let outcome = curve $"{small} --widths 50 --activation {text}"
        Assert.That(outcome.Code, Is.EqualTo 2)
        Assert.That(outcome.Err, Does.Contain complaint)

[<Test>]
let ``Results are written as JSON, as a table and as a figure, and agree`` () =
    inFolder (fun folder ->
        let out = Path.Combine(folder, "new", "results")
        let outcome = curve $"{small} --widths 20..200:3 --out {out}"
        assertDone outcome

        let files =
            [ for file in Directory.GetFiles out -> Path.GetFileName file ] |> List.sort

        Assert.That(files, equalTo [ "figure.html"; "results.csv"; "results.json" ])
        Assert.That(Directory.GetDirectories out, Is.Empty)

        use document =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

        let fromJson =
            [
                for point in document.RootElement.GetProperty("points").EnumerateArray() ->
                    point.GetProperty("widths").[0].GetDouble(), point.GetProperty("loss").GetDouble()
            ]

        let lines = File.ReadAllLines(Path.Combine(out, "results.csv")) |> List.ofArray

        Assert.That(
            lines.Head,
            Is.EqualTo
                "N,P,T,lambda_0,lambda_1,activation,Qbar_1,loss,bias,variance,log_evidence,assumption_error,assumption_error_standard_error,residual"
        )

        let fromCsv =
            [
                for line in lines.Tail ->
                    let fields = line.Split ','
                    float fields[0], float fields[7]
            ]

        Assert.That(List.map fst fromJson, equalTo [ 20.0; 63.0; 200.0 ])
        Assert.That(fromCsv, equalTo fromJson)
        let figure = File.ReadAllText(Path.Combine(out, "figure.html"))
        Assert.That(figure, Does.Contain "erf network, one hidden layer: a noisy linear teacher, P = 30, T = 0.01")
        Assert.That(figure, Does.Contain "variance"))

[<Test>]
let ``New results replace earlier ones and leave other files alone`` () =
    inFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "results.csv"), "old")
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "mine")
        assertDone (curve $"{small} --widths 20 --out {folder}")
        Assert.That(File.ReadAllText(Path.Combine(folder, "results.csv")), Does.StartWith "N,")
        Assert.That(File.ReadAllText(Path.Combine(folder, "notes.txt")), Is.EqualTo "mine"))

[<Test>]
let ``A failure while results are written leaves no trace`` () =
    inFolder (fun folder ->
        let before = contents folder

        let outcome =
            OutputFolder.write (Path.Combine(folder, "a", "b")) (fun stage ->
                File.WriteAllText(Path.Combine(stage, "results.json"), "half")
                Error(BadData "The other half is missing."))

        Assert.That(outcome, equalTo (Error(BadData "The other half is missing."): Result<unit, Failure>))
        Assert.That(contents folder, equalTo before))

[<Test>]
let ``Pictures are written where Chromium is installed`` () =
    match Export.checkPictures () with
    | Error missing -> Assert.Ignore missing.Message
    | Ok() ->
        inFolder (fun folder ->
            assertDone (curve $"{small} --widths 20,50 --out {folder} --image")
            let png = File.ReadAllBytes(Path.Combine(folder, "figure.png"))
            Assert.That(png[..3], equalTo [| 0x89uy; byte 'P'; byte 'N'; byte 'G' |])
            Assert.That(File.ReadAllText(Path.Combine(folder, "figure.svg")), Does.Contain "<svg"))

[<Test>]
let ``The first examples of a file are the file with only these examples`` () =
    inFolder (fun folder ->
        let whole, part = Path.Combine(folder, "data.npz"), Path.Combine(folder, "part.npz")
        npz whole (arrays doubles)

        npz
            part
            (arraysBut
                [
                    "x_train", doubles [ 5; 3 ] (digits 1 18 |> List.take 15)
                    "y_train", doubles [ 5 ] (digits 2 6 |> List.take 5)
                    "x_test", doubles [ 3; 3 ] (digits 3 12 |> List.take 9)
                    "y_test", doubles [ 3 ] (digits 4 4 |> List.take 3)
                ])

        let table path flags =
            cells (curve $"--data {path} --widths 20,50 --standardize{flags}").Out

        Assert.That(table whole " --train 5 --test 3", equalTo (table part ""))
        Assert.That(table whole "", Is.Not.EqualTo(table part "")))

[<Test>]
let ``A prior for all layers is the same as that prior for each`` () =
    let table priors =
        cells (curve $"{small} --widths 20,50 --depth 2 --priors {priors}").Out

    Assert.That(table "2", equalTo (table "2,2,2"))
    Assert.That(table "2", Is.Not.EqualTo(table "1"))

[<Test>]
let ``Without flags the curve is that of MNIST zeros and ones`` () =
    requireMnist ()
    let outcome = curve "--widths 50,100"
    assertDone outcome
    Assert.That(outcome.Out, Does.StartWith "erf network, one hidden layer: MNIST 0/1, P = 1000, T = 0.01")

[<Test>]
let ``The numbers of a column have the same decimals, and powers of ten where the range is wide`` () =
    Assert.That(Decimals.column [ 0.01234567; 1.5; -20.0 ], equalTo [ "0.01235"; "1.50000"; "-20.00000" ])
    Assert.That(Decimals.column [ 0.0; 1234.5 ], equalTo [ "0"; "1234" ])
    Assert.That(Decimals.column [ 1e-9; 1.0 ], equalTo [ "1.0000E-09"; "1.0000E+00" ])
    Assert.That(Decimals.column [ 0.0; 0.0 ], equalTo [ "0"; "0" ])

[<TestCase("50,100", ExpectedResult = "50 100")>]
[<TestCase("100, 50, 100", ExpectedResult = "50 100")>]
[<TestCase("10..1000:3", ExpectedResult = "10 100 1000")>]
[<TestCase("7..7:4", ExpectedResult = "7")>]
[<TestCase("50..500:1", ExpectedResult = "50")>]
let ``Widths are a list or a range even in their logarithm`` (text: string) =
    FlagText.widths "--widths" text
    |> Result.orFail
    |> List.map string
    |> String.concat " "
