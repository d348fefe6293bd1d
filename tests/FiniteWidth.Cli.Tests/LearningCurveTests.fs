/// `finitewidth learning-curve`: what it prints and what it writes.
module FiniteWidth.Cli.Tests.LearningCurveTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Figures
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private curve (flags: string) =
    run ("learning-curve" :: List.ofArray (flags.Split ' '))

let private small = "--data teacher --train 30 --test 20 --theory proportional"

let private assertDone outcome =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"

/// The cells of the printed table, whatever its border is made of.
let private cells (out: string) =
    [
        for line in out.Split '\n' do
            let cells = line.Split([| '|'; '│' |], StringSplitOptions.TrimEntries)

            if cells.Length > 3 && not (cells[1].StartsWith '-') then
                List.ofArray cells[1 .. cells.Length - 2]
    ]

let tests =
    testList "Learning curve" [
        testCase "The table has a row a width and the infinite width last, under the order parameters' names" (fun () ->
            let outcome = curve $"{small} --widths 100,50,50 --depth 2"
            assertDone outcome
            let table = cells outcome.Out

            Expect.equal
                table.Head
                [
                    "N"
                    "P/N"
                    "Qbar_1"
                    "Qbar_2"
                    "loss"
                    "bias"
                    "variance"
                    "log evidence"
                    "assumption error"
                    "+-"
                ]
                "head of table"

            Expect.equal [ for row in table.Tail -> row.Head ] [ "50"; "100"; "infinity" ] "head of row")

        testCase "The infinite-width theory prints one row and no order parameter" (fun () ->
            let outcome =
                curve "--data teacher --train 30 --test 20 --widths 50,100 --theory infinite-width"

            assertDone outcome
            let table = cells outcome.Out
            Expect.equal table.Head [ "N"; "P/N"; "loss"; "bias"; "variance"; "log evidence" ] "head of table"
            Expect.equal table.Length 2 "length of table"
            Expect.stringContains outcome.Out "the width plays no part" "out")

        testTheory
            "A theory derived for odd activations says where it is a heuristic"
            [ "erf", false; "relu", true ]
            (fun (activation, heuristic) ->
                let outcome = curve $"{small} --widths 50 --activation {activation}"
                assertDone outcome
                Expect.equal (outcome.Out.Contains "it is a heuristic") heuristic "contains")

        testCase "An activation is a name or a formula, and else a sentence says what it may be" (fun () ->
            let named = curve $"{small} --widths 50 --activation tanh"
            let formula = curve $"{small} --widths 50 --activation tanh(z)"
            assertDone named
            assertDone formula
            let row (outcome: Outcome) = (cells outcome.Out)[1]
            Expect.equal (row formula) (row named) "row"

            for text, complaint in
                [
                    "swish", "--activation: \"swish\" is not one of linear"
                    "tanh(z", "--activation: "
                ] do
                let outcome = curve $"{small} --widths 50 --activation {text}"
                Expect.equal outcome.Code 2 "code"
                Expect.stringContains outcome.Err complaint "err")

        testCase "Results are written as JSON, as a table and as a figure, and agree" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "new", "results")
                let outcome = curve $"{small} --widths 20..200:3 --out {out}"
                assertDone outcome

                let files =
                    [ for file in Directory.GetFiles out -> Path.GetFileName file ] |> List.sort

                Expect.equal files [ "figure.html"; "job.json"; "results.csv"; "results.json" ] "files"
                Expect.isEmpty (Directory.GetDirectories out) "directories of out"

                use document =
                    JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

                let fromJson =
                    [
                        for point in document.RootElement.GetProperty("points").EnumerateArray() ->
                            point.GetProperty("widths").[0].GetDouble(), point.GetProperty("loss").GetDouble()
                    ]

                let lines = File.ReadAllLines(Path.Combine(out, "results.csv")) |> List.ofArray

                Expect.equal
                    lines.Head
                    "N,P,T,lambda_0,lambda_1,activation,Qbar_1,loss,bias,variance,log_evidence,assumption_error,assumption_error_standard_error,residual"
                    "head of lines"

                let fromCsv =
                    [
                        for line in lines.Tail ->
                            let fields = line.Split ','
                            float fields[0], float fields[7]
                    ]

                Expect.equal (List.map fst fromJson) [ 20.0; 63.0; 200.0 ] "from json"
                Expect.equal fromCsv fromJson "from csv"
                let figure = File.ReadAllText(Path.Combine(out, "figure.html"))

                Expect.stringContains
                    figure
                    "erf network, one hidden layer: a noisy linear teacher, P = 30, T = 0.01"
                    "figure"

                Expect.stringContains figure "variance" "figure"))

        testCase "New results replace earlier ones and leave other files alone" (fun () ->
            inFolder (fun folder ->
                File.WriteAllText(Path.Combine(folder, "results.csv"), "old")
                File.WriteAllText(Path.Combine(folder, "notes.txt"), "mine")
                assertDone (curve $"{small} --widths 20 --out {folder}")
                Expect.stringStarts (File.ReadAllText(Path.Combine(folder, "results.csv"))) "N," "text of the file"
                Expect.equal (File.ReadAllText(Path.Combine(folder, "notes.txt"))) "mine" "text of the file"))

        testCase "A failure while results are written leaves no trace" (fun () ->
            inFolder (fun folder ->
                let before = contents folder

                let outcome =
                    OutputFolder.write (Path.Combine(folder, "a", "b")) (fun stage ->
                        File.WriteAllText(Path.Combine(stage, "results.json"), "half")
                        Error(BadData "The other half is missing."))

                Expect.equal outcome (Error(BadData "The other half is missing."): Result<unit, Failure>) "outcome"
                Expect.equal (contents folder) before "contents"))

        testCase "Pictures are written where Chromium is installed" (fun () ->
            match Export.checkPictures () with
            | Error missing -> skiptest missing.Message
            | Ok() ->
                inFolder (fun folder ->
                    assertDone (curve $"{small} --widths 20,50 --out {folder} --image")
                    let png = File.ReadAllBytes(Path.Combine(folder, "figure.png"))
                    Expect.equal (png[..3]) [| 0x89uy; byte 'P'; byte 'N'; byte 'G' |] "png"

                    Expect.stringContains
                        (File.ReadAllText(Path.Combine(folder, "figure.svg")))
                        "<svg"
                        "text of the file"))

        testCase "The first examples of a file are the file with only these examples" (fun () ->
            inFolder (fun folder ->
                let whole, part = Path.Combine(folder, "data.npz"), Path.Combine(folder, "part.npz")
                npz whole (arrays doubles)

                npz
                    part
                    (arraysBut [
                        "x_train", doubles [ 5; 3 ] (digits 1 18 |> List.take 15)
                        "y_train", doubles [ 5 ] (digits 2 6 |> List.take 5)
                        "x_test", doubles [ 3; 3 ] (digits 3 12 |> List.take 9)
                        "y_test", doubles [ 3 ] (digits 4 4 |> List.take 3)
                    ])

                let table path flags =
                    cells (curve $"--data {path} --theory proportional --widths 20,50 --standardize{flags}").Out

                Expect.equal (table whole " --train 5 --test 3") (table part "") "table"
                Expect.notEqual (table whole "") (table part "") "table"))

        testCase "A prior for all layers is the same as that prior for each" (fun () ->
            let table priors =
                cells (curve $"{small} --widths 20,50 --depth 2 --priors {priors}").Out

            Expect.equal (table "2") (table "2,2,2") "2"
            Expect.notEqual (table "2") (table "1") "2")

        testCase "Without flags the curve is that of MNIST zeros and ones" (fun () ->
            requireMnist ()
            let outcome = curve "--widths 50,100 --seconds 0.1"
            Expect.equal outcome.Code 0 outcome.Err
            Expect.stringStarts outcome.Out "erf network, one hidden layer: MNIST 0/1, P = 1000, T = 0.01" "out")

        testCase "The numbers of a column have the same decimals, and powers of ten where the range is wide" (fun () ->
            Expect.equal (Decimals.column [ 0.01234567; 1.5; -20.0 ]) [ "0.01235"; "1.50000"; "-20.00000" ] "column"
            Expect.equal (Decimals.column [ 0.0; 1234.5 ]) [ "0"; "1234" ] "column"
            Expect.equal (Decimals.column [ 1e-9; 1.0 ]) [ "1.0000E-09"; "1.0000E+00" ] "column"
            Expect.equal (Decimals.column [ 0.0; 0.0 ]) [ "0"; "0" ] "column")

        testTheory
            "Widths are a list or a range even in their logarithm"
            [
                "50,100", "50 100"
                "100, 50, 100", "50 100"
                "10..1000:3", "10 100 1000"
                "7..7:4", "7"
                "50..500:1", "50"
            ]
            (fun (text, expected) ->
                let widths =
                    FlagText.widths "--widths" text
                    |> Result.orFail
                    |> List.map string
                    |> String.concat " "

                Expect.equal widths expected "widths")
    ]
