/// Data as people have it: standardized inputs and targets, categories, and sources that hold arrays.
module FiniteWidth.Cli.Tests.DataTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing
open PureHDF

let private place folder (name: string) = Path.Combine(folder, name)

// Prices with a categorical column: the mean is 310 and the deviation of the order of 100.
let private houses =
    "area,kind,price\n50,flat,200\n80,house,310\n120,house,480\n65,flat,250\n95,house,390\n40,flat,180\n110,house,420\n60,flat,250\n"

let private news = "area,kind,price\n70,flat,270\n100,house,400\n"

let private table (targets: string) =
    $"""{{"source": "csv", "train": "train.csv", "test": "test.csv", "target": "price", "categories": "kind", "standardize": "features", "targets": "{targets}"}}"""

let private prices = [| 200.0; 310.0; 480.0; 250.0; 390.0; 180.0; 420.0; 250.0 |]

let private mean, private deviation =
    let mean = Array.average prices
    mean, sqrt (Array.averageBy (fun y -> (y - mean) ** 2.0) prices)

// The same houses with prices standardized by hand.
let private byHand (csv: string) =
    csv.Split '\n'
    |> Array.map (fun line ->
        match line.Split ',' with
        | [| area; kind; price |] when price <> "price" ->
            let standard = ((float price - mean) / deviation).ToString "R"
            $"{area},{kind},{standard}"
        | _ -> line)
    |> String.concat "\n"

let private point (json: string) =
    use document = JsonDocument.Parse json
    document.RootElement.GetProperty("points").[0].Clone()

let private predicted (write: string -> string) targets theory network folder =
    File.WriteAllText(place folder "train.csv", write houses)
    File.WriteAllText(place folder "test.csv", write news)
    let points = place folder "points.json"

    let outcome =
        run (
            predict (soundBut [ "data", table targets; "theory", $"\"{theory}\""; "network", network ]) folder
            @ [ "--points"; points ]
        )

    Expect.equal outcome.Err "" "err"
    use document = JsonDocument.Parse(File.ReadAllText points)
    let predictions = document.RootElement.GetProperty("predictions").[0]
    point outcome.Out, predictions.GetProperty("points").[0].Clone()

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private close actual expected what =
    Expect.within (1e-9 * abs expected) actual expected what

let private inUnits =
    [
        for theory, network in
            [
                "proportional", """{"activation": "erf", "widths": [20]}"""
                "mixture", """{"activation": "erf", "widths": [20]}"""
                "student-t", """{"activation": "erf", "widths": [20]}"""
                "wishart", """{"activation": "relu", "widths": [20, 30]}"""
            ] do
            test $"answers of {theory} are in the units of the targets" {
                inFolder (fun folder ->
                    let point, law = predicted id "standardize" theory network folder
                    let standard, standardLaw = predicted byHand "none" theory network folder
                    let square = deviation * deviation

                    for name in [ "loss"; "bias"; "variance"; "errorBar" ] do
                        close (number name point) (square * number name standard) name

                    close (number "logEvidence" point) (number "logEvidence" standard - 8.0 * log deviation) "evidence"

                    for name in [ "mean"; "q05"; "q95" ] do
                        close (number name law) (mean + deviation * number name standardLaw) name

                    close (number "deviation" law) (deviation * number "deviation" standardLaw) "deviation"
                    Expect.equal (number "target" law) 270.0 "target")
            }

        test "sampled evidence of a fit is in the units of the targets" {
            inFolder (fun folder ->
                File.WriteAllText(place folder "train.csv", houses)
                File.WriteAllText(place folder "test.csv", news)

                let outcome =
                    [
                        "data", table "standardize"
                        "network", """{"activation": "linear", "widths": [400]}"""
                        "fit", """{"parameters": [], "sampled": {"accuracy": 0.1, "seconds": 60}}"""
                    ]
                    |> soundBut
                    |> fun job -> run (fit job folder)

                Expect.equal outcome.Err "" "err"
                use document = JsonDocument.Parse outcome.Out
                let start = document.RootElement.GetProperty("fits").[0].GetProperty("start")
                let sampled = start.GetProperty "sampled"

                // The saddle point leaves out some 1/N at this width.
                Expect.within
                    (4.0 * number "error" sampled + 0.05)
                    (number "value" sampled)
                    (number "logEvidence" start)
                    "log evidence")
        }

        for name, network in
            [
                "the exact integral", """{"activation": "linear", "widths": [20]}"""
                "the first order of two layers", """{"activation": "erf", "widths": [40000, 40000]}"""
            ] do
            test $"certified answers by {name} are in the units of the targets" {
                inFolder (fun folder ->
                    let certified (write: string -> string) targets =
                        File.WriteAllText(place folder "train.csv", write houses)
                        File.WriteAllText(place folder "test.csv", write news)

                        let outcome =
                            run (
                                predict
                                    (soundBut [ "data", table targets; "theory", "\"auto\""; "network", network ])
                                    folder
                            )

                        Expect.equal outcome.Code 0 "code"
                        point outcome.Out

                    let inUnits, standard = certified id "standardize", certified byHand "none"
                    let square = deviation * deviation
                    Expect.isTrue (inUnits.GetProperty("certified").GetBoolean()) "certified"

                    for name in [ "loss"; "bias"; "variance"; "lossError" ] do
                        close (number name inUnits) (square * number name standard) name

                    let theory (point: JsonElement) =
                        point.GetProperty("theories").GetProperty("infinite-width") |> number "loss"

                    close (theory inUnits) (square * theory standard) "infinite width"

                    Expect.equal
                        (inUnits.GetProperty("method").GetString())
                        (standard.GetProperty("method").GetString())
                        "method")
            }

        test "an experiment and its theories are in the units of the targets" {
            inFolder (fun folder ->
                let measured (write: string -> string) targets =
                    File.WriteAllText(place folder "train.csv", write houses)
                    File.WriteAllText(place folder "test.csv", write news)
                    let job = place folder "job.json"

                    soundBut [
                        "data", table targets
                        "experiment", """{"draws": 40, "warmUp": 30, "chains": 2}"""
                    ]
                    |> fun text -> File.WriteAllText(job, text)

                    let outcome = run [ "experiment"; job ]
                    Expect.equal outcome.Err "" "err"
                    point outcome.Out

                let inUnits, standard = measured id "standardize", measured byHand "none"
                let square = deviation * deviation
                let theory (point: JsonElement) = point.GetProperty("theories").[0]
                close (theory inUnits |> number "loss") (square * number "loss" (theory standard)) "theory"

                close
                    (theory inUnits |> number "logEvidence")
                    (number "logEvidence" (theory standard) - 8.0 * log deviation)
                    "log evidence"

                let loss (point: JsonElement) =
                    point.GetProperty("experiment").GetProperty("loss") |> number "value"

                // Targets differ in their last digits, and so do chains a little.
                Expect.withinPercent 1.0 (loss inUnits) (square * loss standard) "measured")
        }

        test "a kept model answers in the units of the targets too" {
            inFolder (fun folder ->
                File.WriteAllText(place folder "train.csv", houses)
                File.WriteAllText(place folder "test.csv", news)
                let points, model = place folder "points.csv", place folder "kept.model"

                let outcome =
                    run (
                        predict (soundBut [ "data", table "standardize" ]) folder
                        @ [ "--points"; points; "--save"; model ]
                    )

                Expect.equal outcome.Err "" "err"
                File.Delete(place folder "train.csv")
                let applied = run [ "apply"; model; place folder "test.csv" ]
                Expect.equal (applied.Out.TrimEnd()) (File.ReadAllText(points).TrimEnd()) "points")
        }

        test "what is not undone is refused" {
            inFolder (fun folder ->
                File.WriteAllText(place folder "train.csv", houses)
                File.WriteAllText(place folder "test.csv", news)

                run (predict (soundBut [ "data", table "standardize"; "theory", "\"cavity\"" ]) folder)
                |> assertRefused "job.data.targets: \"standardize\" is not undone")
        }

        test "a missing value is refused by its line and column" {
            inFolder (fun folder ->
                File.WriteAllText(place folder "train.csv", houses.Replace("95,house", "NA,house"))
                File.WriteAllText(place folder "test.csv", news)

                let outcome = run (predict (soundBut [ "data", table "none" ]) folder)
                assertRefused "train.csv" outcome
                Expect.isMatch outcome.Err "[Ll]ine 6.*area" "line and column")
        }
    ]

let private hdf5 (path: string) (arrays: (string * float[,]) list) =
    let file = H5File()

    for name, values in arrays do
        file[name] <- nonNull (box values)

    file.Write path

let private sources =
    let x, y =
        array2D [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ] ], array2D [ [ 1.0 ]; [ -1.0 ]; [ 0.5 ] ]

    let xTest, yTest =
        array2D [ [ 0.9; 1.0 ]; [ 0.1; -2.0 ] ], array2D [ [ 1.0 ]; [ 0.0 ] ]

    let arrays = [ "x_train", x; "y_train", y; "x_test", xTest; "y_test", yTest ]

    let write folder =
        npz (place folder "data.npz") [
            for name, values in arrays ->
                name, doubles [ Array2D.length1 values; Array2D.length2 values ] (Seq.cast values)
        ]

        for name, values in arrays do
            File.WriteAllBytes(
                place folder (name + ".npy"),
                doubles [ Array2D.length1 values; Array2D.length2 values ] (Seq.cast values)
            )

        hdf5 (place folder "data.h5") arrays

    let npy =
        """{"source": "npy", "x_train": "x_train.npy", "y_train": "y_train.npy", "x_test": "x_test.npy", "y_test": "y_test.npy", "standardize": "scalar"}"""

    [
        for name, data in
            [
                "npy", npy
                "hdf5", """{"source": "hdf5", "path": "data.h5", "standardize": "scalar"}"""
            ] do
            test $"{name} and npz with the same arrays give the same answer" {
                inFolder (fun folder ->
                    write folder

                    let answer data =
                        let outcome = run (predict (soundBut [ "data", data ]) folder)
                        Expect.equal outcome.Err "" "err"
                        number "loss" (point outcome.Out)

                    let npz = """{"source": "npz", "path": "data.npz", "standardize": "scalar"}"""
                    Expect.equal (answer data) (answer npz) "loss")
            }

            test $"a model of {name} needs no other file" {
                inFolder (fun folder ->
                    write folder
                    let points, model = place folder "points.csv", place folder "kept.model"

                    let outcome =
                        run (
                            predict (soundBut [ "data", data ]) folder
                            @ [ "--points"; points; "--save"; model ]
                        )

                    Expect.equal outcome.Err "" "err"
                    File.Delete(place folder "x_train.npy")
                    File.Delete(place folder "data.h5")
                    let applied = run [ "apply"; model; place folder "x_test.npy" ]

                    let withoutTarget (text: string) =
                        text.TrimEnd().Split '\n' |> Array.map (fun line -> line.Split(',')[..11])

                    Expect.equal (withoutTarget applied.Out) (withoutTarget (File.ReadAllText points)) "points")
            }

        test "an array that is not there is named" {
            inFolder (fun folder ->
                write folder
                File.Delete(place folder "y_train.npy")

                run (predict (soundBut [ "data", npy ]) folder)
                |> assertRefused "y_train.npy: There is no such file")
        }

        test "CIFAR that is not there is refused with what to do" {
            inFolder (fun folder ->
                let job = soundBut [ "data", """{"source": "cifar-10", "train": 5, "test": 5}""" ]

                run (predict job folder)
                |> assertRefused
                    "CIFAR-10 is not here: \"finitewidth fetch cifar-10\" gets it; or unpack cifar-10-binary.tar.gz")
        }
    ]

let private folds =
    let job (changes: (string * string) list) =
        if List.exists (fst >> (=) "crossValidation") changes then
            soundBut changes
        else
            soundBut (("crossValidation", """{"folds": 4, "seed": 2}""") :: changes)

    [
        test "a cross-validation stands beside the evidence" {
            inFolder (fun folder ->
                let outcome = run (predict (job []) folder)
                Expect.equal outcome.Err "" "err"
                let validation = (point outcome.Out).GetProperty "crossValidation"

                let losses =
                    [
                        for loss in validation.GetProperty("folds").EnumerateArray() -> loss.GetDouble()
                    ]

                Expect.equal losses.Length 4 "folds"
                close (number "value" validation) (List.average losses) "mean"
                let spread = losses |> List.sumBy (fun loss -> (loss - List.average losses) ** 2.0)
                close (number "error" validation) (sqrt (spread / 12.0)) "standard error"
                let table = runOn true (predict (job []) folder)
                Expect.stringContains table.Out "cross-validation" "table")
        }

        test "the number alone is enough, and the job of the result gives it again" {
            inFolder (fun folder ->
                let first = run (predict (soundBut [ "crossValidation", "4" ]) folder)
                Expect.equal first.Err "" "err"
                use document = JsonDocument.Parse first.Out

                let again =
                    run (predict (document.RootElement.GetProperty("job").GetRawText()) folder)

                let validation (outcome: Outcome) =
                    (point outcome.Out).GetProperty("crossValidation").GetRawText()

                Expect.equal (validation again) (validation first) "the same folds")
        }

        for changes, fragment in
            [
                [ "crossValidation", "9" ], "ask for 2 to 8 folds"
                [ "crossValidation", "1" ], "job.crossValidation: this is 1"
                [ "theory", "\"cavity\"" ], "job.crossValidation: folds are predicted for fully connected networks"
            ] do
            test $"refused: {fragment}" {
                inFolder (fun folder -> run (predict (job changes) folder) |> assertRefused fragment)
            }
    ]

let private classes =
    [
        test "of three classes each has its probability to be the largest" {
            inFolder (fun folder ->
                let x = [ 1.0; 2.0; 0.5; -1.0; -1.0; 1.0; 1.1; 2.1; 0.4; -1.2; -0.9; 1.2 ]
                let y = [ 1.0; 0.0; 0.0; 0.0; 1.0; 0.0; 0.0; 0.0; 1.0 ]

                npz (place folder "data.npz") [
                    "x_train", doubles [ 6; 2 ] x
                    "y_train", doubles [ 6; 3 ] (y @ y)
                    "x_test", doubles [ 2; 2 ] [ 1.0; 2.0; 0.5; -1.0 ]
                ]

                for theory in [ "infinite-width"; "wishart" ] do
                    let points = place folder "points.csv"

                    let outcome =
                        run (
                            predict (soundBut [ npzSource; "theory", $"\"{theory}\"" ]) folder
                            @ [ "--points"; points ]
                        )

                    Expect.equal outcome.Err "" "err"
                    let lines = File.ReadAllLines points |> Array.map _.Split(',')
                    let column = Array.findIndex ((=) "class") lines[0]
                    let probabilities = [ for line in lines[1..] -> float line[column] ]
                    Expect.within 1e-12 (List.sum probabilities[..2]) 1.0 "of the first point"
                    Expect.equal (List.max probabilities[..2]) probabilities[0] "the first point's class"
                    Expect.equal (List.max probabilities[3..]) probabilities[4] "the second point's class")
        }
    ]

let private curves =
    [
        test "a learning curve reads the data of a job" {
            inFolder (fun folder ->
                File.WriteAllText(place folder "train.csv", houses)
                File.WriteAllText(place folder "test.csv", news)
                let arguments = predict (soundBut [ "data", table "none" ]) folder
                let point = point (run arguments).Out

                let outcome =
                    run [
                        "learning-curve"
                        "--data"
                        arguments[1]
                        "--widths"
                        "20"
                        "--theory"
                        "proportional"
                        "--output"
                        place folder "out"
                    ]

                Expect.equal outcome.Err "" "err"
                use document = JsonDocument.Parse(File.ReadAllText(place folder "out/results.json"))

                Expect.equal
                    (number "loss" (document.RootElement.GetProperty("points").[0]))
                    (number "loss" point)
                    "loss")
        }

        test "what the job says is not said again" {
            run [ "learning-curve"; "--data"; "job.json"; "--train"; "5" ]
            |> assertRefused "--train is said by the job: leave it out"
        }
    ]

let private parquet =
    [
        test "a Parquet table is a job's data, and those of what is kept of it" {
            inFolder (fun folder ->
                let file =
                    Path.Combine(__SOURCE_DIRECTORY__, "..", "FiniteWidth.Data.Tests", "table.parquet")

                File.Copy(file, place folder "train.parquet")

                File.WriteAllText(
                    place folder "train.csv",
                    "a,n,big,f,ok,sex,y\n1,1,1,0.5,1,m,1\n2.5,2,2,0.10000000149011612,0,f,-1\n-0.1,3,9007199254740993,2,1,f,2\n3e-300,4,-4,3,1,m,0.25\n"
                )

                let job kind =
                    soundBut [
                        "data",
                        $"""{{"source": "{kind}", "train": "train.{kind}", "test": "train.{kind}", "target": "y", "categories": "sex", "standardize": "features"}}"""
                    ]

                let model = place folder "kept.model"
                let fromParquet = run (predict (job "parquet") folder @ [ "--save"; model ])
                Expect.equal fromParquet.Err "" "err"
                let fromText = run (predict (job "csv") folder)

                Expect.equal
                    ((point fromParquet.Out).GetProperty("loss").GetDouble())
                    ((point fromText.Out).GetProperty("loss").GetDouble())
                    "loss"

                File.Delete(place folder "train.parquet")
                let applied = run [ "apply"; model; place folder "train.csv" ]
                Expect.equal applied.Err "" "err"
                Expect.equal (run [ "apply"; model; file ]).Out applied.Out "points of either kind")
        }
    ]

let tests = testList "Data" (inUnits @ sources @ folds @ classes @ curves @ parquet)
