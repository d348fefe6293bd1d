/// Models that are kept, and what they predict at new points.
module FiniteWidth.Cli.Tests.ModelTests

open System.IO
open System.IO.Compression
open System.Text
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private place folder (name: string) = Path.Combine(folder, name)

let private csv =
    """{"source": "csv", "train": "train.csv", "test": "new.csv", "target": "y", "standardize": "scalar"}"""

let private npzOf test =
    [
        "x_train", doubles [ 3; 2 ] [ 1.0; 2.0; 0.5; -1.0; -1.0; 1.0 ]
        "y_train", doubles [ 3 ] [ 1.0; -1.0; 0.5 ]
    ]
    @ test

let private files folder =
    File.WriteAllText(place folder "train.csv", "a,b,y\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n")
    File.WriteAllText(place folder "new.csv", "b,a\n1,0.9\n-2,0.1\n")
    npz (place folder "data.npz") (npzOf [ "x_test", doubles [ 2; 2 ] [ 0.9; 1.0; 0.1; -2.0 ] ])
    npz (place folder "new.npz") [ "x", doubles [ 2; 2 ] [ 0.9; 1.0; 0.1; -2.0 ] ]
    File.WriteAllBytes(place folder "new.npy", doubles [ 2; 2 ] [ 0.9; 1.0; 0.1; -2.0 ])

let private sweep = "sweep", """{"width": [5, 50]}"""

let private save data theory folder =
    files folder
    let points, model = place folder "points.csv", place folder "kept.model"

    let outcome =
        run (
            predict (soundBut [ "data", data; "theory", $"\"{theory}\""; sweep ]) folder
            @ [ "--points"; points; "--save"; model ]
        )

    Expect.equal outcome.Code 0 outcome.Err
    File.ReadAllText points, model

// Nothing but the model and the new points is left.
let private forget folder =
    for name in [ "train.csv"; "data.npz"; "job.json"; "points.csv" ] do
        File.Delete(place folder name)

let private sameAs data news =
    [
        for theory in [ "proportional"; "mixture"; "student-t" ] do
            test $"{news} after {theory}" {
                inFolder (fun folder ->
                    let expected, model = save data theory folder
                    forget folder
                    let outcome = run [ "apply"; model; place folder news ]
                    Expect.equal outcome.Code 0 outcome.Err
                    Expect.equal (outcome.Out.TrimEnd()) (expected.TrimEnd()) "the same digits"
                    let points = place folder "again.csv"
                    let outcome = run [ "apply"; model; place folder news; "--points"; points ]
                    Expect.equal outcome.Code 0 outcome.Err
                    Expect.stringContains outcome.Out "\"command\": \"apply\"" "the result"
                    Expect.equal (File.ReadAllText points) expected "the same bytes")
            }
    ]

let private places =
    [
        test "the result names the training data as their owner does" {
            inFolder (fun folder ->
                let _, model = save csv "proportional" folder
                let points = place folder "again.csv"
                let outcome = run [ "apply"; model; place folder "new.csv"; "--points"; points ]
                Expect.equal outcome.Code 0 outcome.Err
                use document = JsonDocument.Parse outcome.Out
                let data = document.RootElement.GetProperty("job").GetProperty "data"
                Expect.equal (data.GetProperty("train").GetString()) (place folder "train.csv") "train"
                Expect.equal (data.GetProperty("test").GetString()) (place folder "new.csv") "test")
        }

        test "predictions in place of a result are JSON where that is asked for" {
            inFolder (fun folder ->
                let _, model = save csv "proportional" folder
                let command = [ "apply"; model; place folder "new.csv" ]
                let points = place folder "points.json"
                Expect.equal (run (command @ [ "--points"; points ])).Code 0 "to a file of points"
                let output = place folder "output.json"
                Expect.equal (run (command @ [ "--output"; output ])).Code 0 "to a file"
                Expect.equal ((File.ReadAllText output).TrimEnd()) ((File.ReadAllText points).TrimEnd()) "--output"
                let printed = run (command @ [ "--json" ])
                Expect.equal (printed.Out.TrimEnd()) ((File.ReadAllText points).TrimEnd()) "--json"

                run (command @ [ "--output"; place folder "points.npz" ])
                |> assertRefused "--points FILE.npz writes arrays")
        }
    ]

let private archive = """{"source": "npz", "path": "data.npz"}"""

/// Rewrites one part of a model.
let private forge (model: string) (name: string) (change: byte[] -> byte[]) =
    use archive = ZipFile.Open(model, ZipArchiveMode.Update)
    let entry = archive.GetEntry name |> nonNull

    let bytes =
        use source = entry.Open()
        use copy = new MemoryStream()
        source.CopyTo copy
        copy.ToArray()

    entry.Delete()
    use target = archive.CreateEntry(name).Open()
    let changed = change bytes
    target.Write(changed, 0, changed.Length)

let private text (change: string -> string) (bytes: byte[]) =
    Encoding.UTF8.GetBytes(change (Encoding.UTF8.GetString bytes))

let private refusals =
    let refused name fragment spoil =
        test name {
            inFolder (fun folder ->
                let _, model = save csv "proportional" folder
                let arguments: string list = spoil folder model
                run arguments |> assertRefused fragment)
        }

    let forged name fragment part change =
        refused name fragment (fun folder model ->
            forge model part change
            [ "apply"; model; place folder "new.csv" ])

    [
        forged "other training data" "It is damaged" "train.csv" (text (fun table -> table.Replace("0.5", "0.6")))
        forged "another job" "It is damaged" "job.json" (text (fun job -> job.Replace("0.01", "0.02")))
        forged
            "another format"
            "It is a model of format 2"
            "model.json"
            (text (fun model -> model.Replace("\"format\": 1", "\"format\": 2")))
        forged "no JSON" "not valid JSON" "model.json" (fun _ -> [| 123uy |])
        refused "a truncated file" "It is not a model" (fun folder model ->
            File.WriteAllBytes(model, (File.ReadAllBytes model)[..200])
            [ "apply"; model; place folder "new.csv" ])
        refused "another kind of file" "It is not a model" (fun folder _ ->
            [ "apply"; place folder "data.npz"; place folder "new.csv" ])
        refused "no model" "There is no such file" (fun folder _ ->
            [ "apply"; place folder "none.model"; place folder "new.csv" ])
        refused "points that lack a column" "new.csv" (fun folder model ->
            File.WriteAllText(place folder "new.csv", "a,c\n1,2\n")
            [ "apply"; model; place folder "new.csv" ])
        refused "no points" "apply needs a model and new points" (fun _ _ -> [ "apply" ])
        test "a teacher is no data to keep" {
            inFolder (fun folder ->
                run (predict (soundBut []) folder @ [ "--save"; place folder "kept.model" ])
                |> assertRefused "can be had anew")
        }
        test "points with other features" {
            inFolder (fun folder ->
                let _, model = save archive "proportional" folder
                File.WriteAllBytes(place folder "wide.npy", doubles [ 1; 3 ] [ 1.0; 2.0; 3.0 ])

                run [ "apply"; model; place folder "wide.npy" ]
                |> assertRefused "Training inputs have 2 features and test inputs 3")
        }
    ]

let tests =
    testList "Models" [
        testList "predict as the job did" (sameAs csv "new.csv" @ sameAs archive "new.npz" @ sameAs archive "new.npy")
        testList "are told" places
        testList "are refused" refusals
    ]
