/// Inputs that people had and that once gave a crash, a refusal or a wrong number, with the right answers.
module FiniteWidth.Cli.Tests.WitnessTests

open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let predictTables (train: string) (test: string) activation width temperature theory =
    inFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "train.csv"), train)
        File.WriteAllText(Path.Combine(folder, "test.csv"), test)

        predict
            (text [
                "data", """{"source": "csv", "train": "train.csv", "test": "test.csv"}"""
                "network", $"""{{"activation": "{activation}", "widths": [{width}]}}"""
                "temperature", temperature
                "theory", $"\"{theory}\""
            ])
            folder
        |> run)

let point outcome =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.GetProperty("points").[0].Clone()

let number (name: string) (point: JsonElement) = point.GetProperty(name).GetDouble()

let private three = "a,b,y\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n"

let private theories =
    [
        "infinite-width"
        "proportional"
        "wishart"
        "non-odd"
        "mixture"
        "student-t"
    ]

// Two orthogonal examples with targets of this size.
let private two scale =
    $"a,b,y\n1,0,{300.0 * scale}\n0,1,{-200.0 * scale}\n"

let private one scale = $"a,b,y\n2,1,{250.0 * scale}\n"

let tests =
    testList "Witness" [
        testCase "Columns in another order are matched by name" (fun () ->
            let loss test =
                predictTables three test "erf" 10 "0.01" "proportional"
                |> point
                |> number "loss"

            Expect.within 1e-12 (loss "b,a,y\n1,2,0.3\n0,-1,0.1\n") (loss "a,b,y\n2,1,0.3\n-1,0,0.1\n") "loss")

        testTheory
            "Headers that differ are refused"
            [ "u,v,w\n1,2,0.3\n", "unlike that of the training table" ]
            (fun (test, says) -> predictTables three test "erf" 10 "0.01" "proportional" |> assertRefused says)

        testCase "The row numbers of pandas are no feature" (fun () ->
            predictTables
                ",a,b,y\n0,1,2,1\n1,0.5,-1,-1\n2,-1,1,0.5\n"
                ",a,b,y\n0,1,1,0.3\n"
                "erf"
                10
                "0.01"
                "proportional"
            |> assertRefused "Column 1 has no name in the header")

        testCase "A first line 0, 1, 2 may be a header of pandas" (fun () ->
            predictTables "0,1,2\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n" "0,1,2\n1,1,0.3\n" "erf" 10 "0.01" "proportional"
            |> assertRefused "a header of pandas or an example")

        testCase "ELU at small variances does not cancel" (fun () ->
            // sin(3x) on a grid through zero. With one feature a network sees x w, w ~ N(0, 1), and E[sigma(x w) sigma(x' w)] is a one-dimensional
            // integral: 400001 points of the trapezoidal rule, with expm1, give 0.125515588.
            let table =
                [
                    for i in 0..19 ->
                        let x = -1.0 + 0.1 * float i
                        $"{x},{sin (3.0 * x)}\n"
                ]
                |> String.concat ""
                |> (+) "x,y\n"

            let point = predictTables table table "elu" 30 "0.01" "infinite-width" |> point
            Expect.withinPercent 0.01 (number "loss" point) 0.125515588 "loss")

        testCase "A step of nothing is nothing" (fun () ->
            // step(0) = 0, so f(0) = 0 for every network.
            let point =
                predictTables three "a,b,y\n0,0,0.3\n" "step" 400 "0.1" "infinite-width"
                |> point

            Expect.within 1e-9 (number "loss" point) 0.09 "loss"
            Expect.within 1e-9 (number "variance" point) 0.0 "variance")

        testCase "Targets of some hundreds are predicted as they are" (fun () ->
            let point =
                predictTables (two 1.0) (one 1.0) "erf" 10 "0.01" "proportional" |> point
            // The root of dS/dQbar, found by bracketing.
            Expect.withinPercent
                1e-4
                (point.GetProperty("orderParameters").GetProperty("Qbar").[0].GetDouble())
                197.8547
                "Qbar"

            Expect.withinPercent 1e-2 (number "loss" point) 97.909 "loss")

        testTheory "Huge targets scale the loss of large ones" [ "proportional"; "wishart" ] (fun theory ->
            let loss scale =
                predictTables (two scale) (one scale) "erf" 10 "0" theory
                |> point
                |> number "loss"
            // At T = 0 and alpha < 1, where the targets are all that counts: Qbar is proportional to their size.
            Expect.withinPercent 1e-4 (loss 1e140 / 1e134 / 1e134) (loss 1e6) "loss")

        testCase "A scale that doubles cannot resolve is not integrated" (fun () ->
            predictTables (two 1e140) (one 1e140) "erf" 10 "0" "mixture"
            |> assertRefused "too sharp to be integrated in doubles")

        testTheory "Zero targets have a mean of zero" theories (fun theory ->
            let point =
                predictTables (two 0.0) "a,b,y\n2,1,0.3\n" "erf" 10 "0.01" theory |> point

            Expect.within 1e-12 (number "bias" point) 0.09 "bias"
            Expect.isGreaterThan (number "variance" point) 0.0 "variance")
    ]
