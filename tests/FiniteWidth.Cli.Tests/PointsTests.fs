/// What a job predicts at every point, with targets and without.
module FiniteWidth.Cli.Tests.PointsTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Data
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private train = "a,b,y\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n"
// The columns of the new points are in another order, and there is no target.
let private news = "b,a\n1,0.9\n-2,0.1\n"

let private tables =
    """{"source": "csv", "train": "train.csv", "test": "new.csv", "target": "y"}"""

let private job theory changes =
    soundBut ([ "data", tables; "theory", $"\"{theory}\"" ] @ changes)

let private predictTo file job folder =
    File.WriteAllText(Path.Combine(folder, "train.csv"), train)
    File.WriteAllText(Path.Combine(folder, "new.csv"), news)
    let points = Path.Combine(folder, file)
    run (predict job folder @ [ "--points"; points ]), points

/// The columns of a table by their names.
let private columns (path: string) =
    let lines = File.ReadAllLines path |> Array.map (fun line -> line.Split ',')

    lines[0]
    |> Array.mapi (fun c name ->
        name,
        lines[1..]
        |> Array.map (fun row -> Double.Parse(row[c], CultureInfo.InvariantCulture)))
    |> Map.ofArray

let private written theory changes =
    inFolder (fun folder ->
        let outcome, points = predictTo "points.csv" (job theory changes) folder
        Expect.isEmpty outcome.Err "err"
        Expect.equal outcome.Code 0 "code"
        columns points, outcome.Out)

let private study =
    DataSet.ofArrays (array2D [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ] ]) [| 1.0; -1.0; 0.5 |]
    |> Result.orFail
    |> Study

let private inputs = Matrix.FromArray(array2D [ [ 0.9; 1.0 ]; [ 0.1; -2.0 ] ])

let private network n = Network.dense Activation.erf [ n ]

let private laws =
    [
        test "points without targets are predicted as the library predicts them" {
            let columns, _ = written "proportional" []

            let prediction =
                study
                |> Posterior.solve Theory.proportional (network 20) 0.01
                |> Result.orFail
                |> Posterior.predict inputs

            let expected part f =
                Expect.equal columns[part] [| f 0; f 1 |] part

            expected "mean" (fun t -> prediction.Mean[t, 0])
            expected "deviation" (fun t -> sqrt prediction.Variance[t, 0])
            Expect.equal columns["point"] [| 1.0; 2.0 |] "points"
            Expect.isFalse (columns.ContainsKey "target") "no target is known"
        }

        for theory in
            [
                "infinite-width"
                "proportional"
                "wishart"
                "non-odd"
                "mixture"
                "student-t"
            ] do
            test $"the quantiles of {theory} are in order and the middle ones hold the mean" {
                let columns, _ = written theory []

                for t in 0..1 do
                    let quantiles =
                        [ for name in [ "q05"; "q25"; "q50"; "q75"; "q95" ] -> columns[name][t] ]

                    Expect.equal (List.sort quantiles) quantiles "in order"
                    Expect.isInRange (columns["mean"][t]) quantiles[1] quantiles[3] "the mean"
                    let above = columns["positive"][t]
                    Expect.isInRange above 0.0 1.0 "a probability"
                    Expect.equal (above > 0.5) (quantiles[2] > 0.0) "the median's sign"
            }

        test "the mixture's quantiles are those of the library's distributions" {
            let columns, _ = written "mixture" [ "sweep", """{"width": [3, 50]}""" ]

            let points n =
                study
                |> ScaleMixture.solve (network n) 0.01
                |> Result.orFail
                |> ScaleMixture.distributions inputs

            let expected = Array.append (points 3) (points 50)
            Expect.equal columns["q95"] (expected |> Array.map (PredictiveMixture.quantile 0.95)) "q95"
            Expect.equal columns["N"] [| 3.0; 3.0; 50.0; 50.0 |] "N"
            Expect.equal columns["point"] [| 1.0; 2.0; 1.0; 2.0 |] "points"
        }
    ]

let private results =
    [
        test "a result without targets says nothing of a loss" {
            let _, out = written "proportional" []
            use document = JsonDocument.Parse out
            let point = document.RootElement.GetProperty("points").[0]
            Expect.equal (point.GetProperty("loss").ValueKind) JsonValueKind.Null "loss"
            Expect.equal (point.GetProperty("criterion").GetProperty("verdict").GetString()) "undecided" "verdict"
            Expect.stringContains out "The test set has no targets." "the reason"
        }

        test "a table without targets has neither losses nor verdicts" {
            inFolder (fun folder ->
                let table job =
                    let outcome, points = predictTo "points.csv" job folder
                    Expect.equal outcome.Code 0 outcome.Err
                    (run (predict job folder @ [ "--table"; "--points"; points ])).Out

                let alone = table (job "proportional" [])
                Expect.stringContains alone "log evidence" "what is known"

                for word in [ "loss"; "verdict"; "undecided"; "helps" ] do
                    Expect.isFalse (alone.Contains word) word

                let labelled =
                    soundBut [ "data", tables.Replace("new.csv", "train.csv"); "theory", "\"proportional\"" ]

                Expect.stringContains (table labelled) "verdict" "where there are targets")
        }

        test "the three kinds of file hold the same numbers" {
            let from file =
                inFolder (fun folder ->
                    let outcome, points = predictTo file (job "proportional" []) folder
                    Expect.equal outcome.Code 0 outcome.Err

                    if file.EndsWith "csv" then
                        columns points |> Map.find "mean"
                    elif file.EndsWith "npz" then
                        let mean = (Npz.read [ "mean" ] points |> Result.orFail).Head
                        Expect.equal mean.Shape [ 1; 2; 1 ] "shape"
                        mean.Entries.Row(0n).ToArray()
                    else
                        use document = JsonDocument.Parse(File.ReadAllText points)

                        [|
                            for point in
                                document.RootElement
                                    .GetProperty("predictions")
                                    .[0].GetProperty("points")
                                    .EnumerateArray() do
                                point.GetProperty("mean").GetDouble()
                        |])

            let csv = from "points.csv"
            Expect.equal (from "points.npz") csv "npz"
            Expect.equal (from "points.json") csv "json"
        }

        test "known targets stand beside the predictions, of several outputs a row each" {
            inFolder (fun folder ->
                let points = Path.Combine(folder, "points.csv")

                let arrays =
                    [
                        "x_train", doubles [ 3; 2 ] [ 1.0; 2.0; 0.5; -1.0; -1.0; 1.0 ]
                        "y_train", doubles [ 3; 2 ] [ 1.0; 0.0; 0.0; 1.0; 1.0; 0.0 ]
                        "x_test", doubles [ 2; 2 ] [ 0.9; 1.0; 0.1; -2.0 ]
                        "y_test", doubles [ 2; 2 ] [ 1.0; 0.0; 0.0; 1.0 ]
                    ]

                npz (Path.Combine(folder, "data.npz")) arrays

                let job =
                    soundBut [ "data", """{"source": "npz", "path": "data.npz"}"""; "theory", "\"wishart\"" ]

                let outcome = run (predict job folder @ [ "--points"; points ])
                Expect.equal outcome.Code 0 outcome.Err
                let columns = columns points
                Expect.equal columns["output"] [| 1.0; 2.0; 1.0; 2.0 |] "outputs"
                Expect.equal columns["target"] [| 1.0; 0.0; 0.0; 1.0 |] "targets")
        }
    ]

let private refusals =
    [
        test "points without targets need a file to be written to" {
            inFolder (fun folder ->
                predictTo "points.csv" (job "proportional" []) folder |> ignore

                run (predict (job "proportional" []) folder)
                |> assertRefused "a test error needs them. With --points FILE")
        }

        test "gradient flow has no points, and nothing is written" {
            inFolder (fun folder ->
                let outcome, points =
                    predictTo "points.csv" (job "ntk" [ "temperature", "0" ]) folder

                assertRefused "leave out --points" outcome
                Expect.isFalse (File.Exists points) "no file")
        }

        test "a file of another kind is refused before anything is solved" {
            inFolder (fun folder ->
                let outcome, _ = predictTo "points.txt" (job "proportional" []) folder
                assertRefused "ends in .csv, .json or .npz" outcome)
        }
    ]

let tests =
    testList "Points" [
        testList "laws" laws
        testList "results" results
        testList "refusals" refusals
    ]
