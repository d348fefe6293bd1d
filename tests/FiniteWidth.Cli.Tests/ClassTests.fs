/// Jobs on classes: the softmax likelihood, labels noticed and refused, predictions at points, curves and fits.
module FiniteWidth.Cli.Tests.ClassTests

open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Data
open FiniteWidth.Testing

let private count, features = 12, 3

// Whole numbers that look random, and labels of three classes.
let private inputs seed rows =
    digits seed (rows * features) |> List.map (fun x -> (x - 4.5) / 3.0)

let private labels rows =
    [ for mu in 0 .. rows - 1 -> float (mu * mu % 3 + mu / 7 % 2) ]

let private arrays =
    [
        "x_train", doubles [ count; features ] (inputs 1 count)
        "y_train", integers [ count ] (labels count)
        "x_test", doubles [ 5; features ] (inputs 2 5)
        "y_test", integers [ 5 ] [ 0.0; 1.0; 2.0; 1.0; 0.0 ]
    ]

let private but changes =
    [
        for name, content in arrays ->
            name,
            changes
            |> List.tryFind (fst >> (=) name)
            |> Option.map snd
            |> Option.defaultValue content
    ]

let private softmax = "likelihood", """{"kind": "softmax", "beta": 1.5}"""

let private temperature = "temperature", "0.1"

let private imageNetwork =
    "network",
    """{"kind": "convolution", "activation": "erf", "image": [1, 3], "priors": [0.5, 0.4, 0.6],
        "layers": [{"channels": 9, "patch": [1, 2]}, {"channels": 9, "patch": 1}]}"""

let private job changes =
    [
        npzSource
        "network", """{"activation": "erf", "widths": [9], "priors": [0.5, 0.4]}"""
        "theory", "\"wishart\""
    ]
    |> List.filter (fun (key, _) -> not (List.exists (fst >> (=) key) changes))
    |> fun kept -> text (kept @ changes)

let private inNpz data f =
    inFolder (fun folder ->
        npz (Path.Combine(folder, "data.npz")) data
        f folder)

let private predicted data changes =
    inNpz data (fun folder -> run (predict (job changes) folder))

let private parsed (outcome: Outcome) =
    Expect.isEmpty outcome.Err "err"
    JsonDocument.Parse(outcome.Out).RootElement

let private point (root: JsonElement) = root.GetProperty("points")[0]

let private width (point: JsonElement) =
    let first: JsonElement = point.GetProperty("widths")[0]
    first.GetInt32()

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private split =
    lazy (inNpz arrays (fun folder -> Npz.split (Path.Combine(folder, "data.npz")) |> Result.orFail))

let private network =
    Network.dense Activation.erf [ 9 ] |> Network.withPriors [ 0.5; 0.4 ]

let private solved =
    lazy
        (Study split.Value.Train
         |> Classification.solve Theory.wishart network (Likelihood.Categorical 1.5)
         |> Result.orFail)

let private works =
    [
        test "A job on classes is what the library predicts" {
            let point = predicted arrays [ softmax ] |> parsed |> point
            let score = Classification.score split.Value.Test solved.Value |> Result.orFail
            Expect.equal (number "beta" point) 1.5 "beta"

            let near name expected =
                Expect.withinPercent 1e-8 (number name point) expected name

            near "logEvidence" (Classification.logEvidence solved.Value)
            near "negativeLogLikelihood" score.NegativeLogLikelihood
            near "brier" score.Brier
            near "calibrationError" score.CalibrationError
            Expect.equal (number "accuracy" point) score.Accuracy "accuracy"

            Expect.equal
                [
                    for bin in (point.GetProperty "calibration").EnumerateArray() -> bin.GetProperty("count").GetInt32()
                ]
                [ for bin in score.Calibration -> bin.Count ]
                "bins"

            Expect.isLessThan (number "residual" point) 1e-8 "residual"
            let rows = point.GetProperty("orderParameters").GetProperty "Qbar"
            let lower: JsonElement = rows[1]
            let corner: JsonElement = lower[0]
            Expect.within 1e-10 (corner.GetDouble()) solved.Value.OrderParameter[1, 0] "Qbar"
        }

        test "Classes of images, with one layer or two, are what the library predicts" {
            let shape: ImageShape = { Height = 1; Width = 3; Channels = 1 }

            let layer patch : ConvolutionalLayer =
                {
                    Channels = 9
                    Patch = struct (1, patch)
                    Stride = struct (1, 1)
                    Padding = Padding.Valid
                }

            for asked, layers, priors in
                [
                    imageNetwork, [ layer 2; layer 1 ], [ 0.5; 0.4; 0.6 ]
                    ("network",
                     """{"kind": "convolution", "activation": "erf", "widths": [9], "priors": [0.5, 0.4], "patch": 1, "image": [1, 3]}"""),
                    [ layer 1 ],
                    [ 0.5; 0.4 ]
                ] do
                let point = predicted arrays [ softmax; asked ] |> parsed |> point

                let network =
                    ImageNetwork.ofLayers Activation.erf shape layers
                    |> ImageNetwork.withPriors priors

                let solved =
                    ImageStudy split.Value.Train
                    |> ImageClassification.solve network (Likelihood.Categorical 1.5)
                    |> Result.orFail

                let score = ImageClassification.score split.Value.Test solved |> Result.orFail
                Expect.within 1e-9 (number "logEvidence" point) (ImageClassification.logEvidence solved) "log evidence"
                Expect.within 1e-9 (number "negativeLogLikelihood" point) score.NegativeLogLikelihood "likelihood"
                let rows = point.GetProperty("orderParameters").GetProperty "Qbar"
                Expect.equal (rows.GetArrayLength()) (2 * network.Positions) "order"
        }

        test "Several columns of targets of images are what the library predicts" {
            let hot rows labels =
                doubles [ rows; 3 ] [
                    for label in labels do
                        for c in 0..2 -> if float c = label then 1.0 else 0.0
                ]

            let arrays =
                but [
                    "y_train", hot count (labels count)
                    "y_test", hot 5 [ 0.0; 1.0; 2.0; 1.0; 0.0 ]
                ]

            let point = predicted arrays [ temperature; imageNetwork ] |> parsed |> point

            let split =
                inNpz arrays (fun folder -> Npz.split (Path.Combine(folder, "data.npz")) |> Result.orFail)

            let network =
                let layer patch : ConvolutionalLayer =
                    {
                        Channels = 9
                        Patch = struct (1, patch)
                        Stride = struct (1, 1)
                        Padding = Padding.Valid
                    }

                ImageNetwork.ofLayers Activation.erf { Height = 1; Width = 3; Channels = 1 } [ layer 2; layer 1 ]
                |> ImageNetwork.withPriors [ 0.5; 0.4; 0.6 ]

            let solved =
                ImageOutputs.solve network (number "temperature" point) (ImageStudy split.Train)
                |> Result.orFail

            Expect.within 1e-9 (number "loss" point) (ImageOutputs.score split.Test solved).Loss "loss"
            Expect.within 1e-9 (number "accuracy" point) (ImageOutputs.accuracy split.Test solved) "accuracy"
        }

        test "The equations of classes are explained, of images too" {
            let explained changes =
                inNpz arrays (fun folder -> "explain" :: List.tail (predict (job changes) folder) |> run)

            let said changes fragments =
                let outcome = explained changes
                Expect.isEmpty outcome.Err "err"

                for fragment in fragments do
                    Expect.stringContains outcome.Out fragment "out"

            said [ softmax ] [ "C = Q̄ ⊗ K"; "S = Tr Q̄ − n − log det Q̄ − (2/N₁) log Z"; "β = 1.5" ]

            said [ softmax; imageNetwork ] [
                "C(a, b) = (1/(λ₂ d)) Σᵢⱼ Q̄₍ₐᵢ₎₍ᵦⱼ₎ Hᵢⱼ"
                "S = 2 Tr Q̄^(1/2) − 2 n d − log det Q̄"
            ]

            explained [ softmax; "theory", "\"infinite-width\"" ]
            |> assertRefused "no order parameter to explain"

            explained [ softmax; imageNetwork; "theory", "\"proportional\"" ]
            |> assertRefused "Classes of several convolutional layers"
        }

        test "One-hot targets are the same, and the job that is printed gives the same again" {
            let hot rows labels =
                [
                    for label in labels do
                        for c in 0.0 .. 2.0 -> if label = c then 1.0 else 0.0
                ]
                |> doubles [ rows; 3 ]

            let outcome =
                predicted
                    (but [
                        "y_train", hot count (labels count)
                        "y_test", hot 5 [ 0.0; 1.0; 2.0; 1.0; 0.0 ]
                    ])
                    [ softmax ]

            let root = parsed outcome

            Expect.within
                1e-9
                (number "logEvidence" (point root))
                (Classification.logEvidence solved.Value)
                "log evidence"

            let printed = root.GetProperty("job").GetProperty("likelihood").ToString()
            Expect.equal (JsonDocument.Parse(printed).RootElement.GetProperty("beta").GetDouble()) 1.5 "beta"
        }

        test "A sweep over beta and width, and a theory that is left out" {
            let changes = [ softmax; "sweep", """{"width": [5, 50], "beta": [0.5, 2]}""" ]

            let root =
                inNpz arrays (fun folder ->
                    job changes
                    |> fun text -> text.Replace("\"theory\": \"wishart\",", "")
                    |> fun text -> run (predict text folder) |> parsed)

            Expect.equal
                [
                    for p in (root.GetProperty "points").EnumerateArray() -> width p, number "beta" p
                ]
                [ 5, 0.5; 5, 2.0; 50, 0.5; 50, 2.0 ]
                "points"

            Expect.isFalse (root.GetProperty("certified").GetBoolean()) "certified"
        }

        test "Class probabilities at points without labels, and those of a model that was kept" {
            inNpz (arrays |> List.filter (fst >> (<>) "y_test")) (fun folder ->
                let file, model =
                    Path.Combine(folder, "points.csv"), Path.Combine(folder, "kept.model")

                let outcome =
                    run (predict (job [ softmax ]) folder @ [ "--points"; file; "--save"; model ])

                let point = outcome |> parsed |> point
                Expect.isFalse (fst (point.TryGetProperty "accuracy")) "no labels, no accuracy"
                let lines = File.ReadAllLines file
                let header = lines[0].Split ','

                let column (name: string) (line: string) =
                    float (line.Split(',')[Array.findIndex ((=) name) header])

                let prediction = Classification.predict split.Value.Test.Inputs solved.Value

                for i, line in Array.indexed lines[1..] do
                    Expect.equal (column "class" line) prediction.Probabilities[i / 3, i % 3] "class"
                    Expect.equal (column "mean" line) prediction.Mean[i / 3, i % 3] "mean"
                    Expect.equal (column "beta" line) 1.5 "beta"

                npz (Path.Combine(folder, "new.npz")) [ "x", doubles [ 5; features ] (inputs 2 5) ]
                let applied = run [ "apply"; model; Path.Combine(folder, "new.npz") ]
                Expect.equal (applied.Out.TrimEnd().Split '\n' |> Array.length) 16 "rows"
                let first = applied.Out.Split('\n')[1]
                Expect.equal (first.TrimEnd()) lines[1] "the same row")
        }

        test "A curve of classes has a table, and a folder with results and figure" {
            inNpz arrays (fun folder ->
                let output = Path.Combine(folder, "out")

                let outcome =
                    run [
                        "learning-curve"
                        "--data"
                        Path.Combine(folder, "data.npz")
                        "--likelihood"
                        "softmax"
                        "--beta"
                        "1.5"
                        "--priors"
                        "0.5,0.4"
                        "--widths"
                        "9,40"
                        "--output"
                        output
                    ]

                Expect.isEmpty outcome.Err "err"
                Expect.stringContains outcome.Out "negative log likelihood" "table"
                Expect.stringContains outcome.Out "The labels are most probable at" "sentence"

                use results =
                    JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "results.json")))

                Expect.equal
                    (number "logEvidence" (point results.RootElement))
                    (Classification.logEvidence solved.Value)
                    "log evidence"

                Expect.stringStarts
                    (File.ReadAllLines(Path.Combine(output, "results.csv"))[0])
                    "N,P,beta,lambda_0,lambda_1,accuracy"
                    "header"

                Expect.isTrue (File.Exists(Path.Combine(output, "figure.html"))) "figure"
                let again = run [ "predict"; Path.Combine(output, "job.json") ] |> parsed

                Expect.equal
                    (number "logEvidence" (point again))
                    (Classification.logEvidence solved.Value)
                    "the job of the folder"

                let plot =
                    run [
                        "plot"
                        Path.Combine(output, "results.json")
                        "--output"
                        Path.Combine(folder, "plot.html")
                    ]

                Expect.equal plot.Code 0 plot.Err)
        }

        test "A fit raises the evidence" {
            let outcome =
                inNpz arrays (fun folder ->
                    run (fit (job [ softmax; "fit", """{"parameters": ["lambda_1"]}""" ]) folder))

            let fit = (parsed outcome).GetProperty("fits")[0]
            let start, optimum = fit.GetProperty "start", fit.GetProperty "optimum"
            Expect.equal (number "logEvidence" start) (Classification.logEvidence solved.Value) "start"
            Expect.isTrue (number "logEvidence" optimum > number "logEvidence" start) "rises"
            Expect.equal (number "beta" optimum) 1.5 "beta"
            Expect.isTrue (fst (optimum.TryGetProperty "negativeLogLikelihood")) "score"
        }
    ]

// What is wrong, in the file or in the job, and what is said of it.
let private wrong =
    [
        "numbers that look like labels",
        arrays,
        [ temperature; "theory", "\"proportional\"" ],
        "The training targets look like labels of 3 classes"
        "a test label out of range",
        but [ "y_test", integers [ 5 ] [ 0.0; 1.0; 3.0; 1.0; 0.0 ] ],
        [ softmax ],
        "Label 2 (counted from 0) is 3"
        "a label below 0",
        but [ "y_train", integers [ count ] (List.map (fun y -> y - 1.0) (labels count)) ],
        [ softmax ],
        "A training label is -1"
        "one class",
        but [ "y_train", integers [ count ] (List.replicate count 1.0) ],
        [ softmax ],
        "Every training label is 1"
        "one example",
        but [
            "x_train", doubles [ 1; features ] (inputs 1 1)
            "y_train", integers [ 1 ] [ 1.0 ]
        ],
        [ softmax ],
        "There is 1 training example"
        "a negative beta",
        arrays,
        [ "likelihood", """{"kind": "softmax", "beta": -1}""" ],
        "job.likelihood.beta: this is -1"
        "a temperature too", arrays, [ softmax; temperature ], "job.temperature: the softmax likelihood has beta"
        "a theory of scales",
        arrays,
        [ softmax; "theory", "\"mixture\"" ],
        "job.likelihood: the softmax likelihood takes the theories"
        "a theory of means", arrays, [ softmax; "theory", "\"non-odd\"" ], "Classes take the theories"
        "temperatures",
        arrays,
        [ softmax; "sweep", """{"temperature": [0.1]}""" ],
        "job.sweep: there is no key \"temperature\" here"
        "standardized labels",
        arrays,
        [
            softmax
            "data", """{"source": "npz", "path": "data.npz", "targets": "standardize"}"""
        ],
        "these are labels"
        "patches layer by layer",
        arrays,
        [ softmax; "theory", "\"proportional\""; imageNetwork ],
        "Classes of several convolutional layers take the theories"
        "two tasks",
        arrays,
        [
            softmax
            "data", """[{"source": "npz", "path": "data.npz"}, {"source": "npz", "path": "data.npz"}]"""
            "network", """{"kind": "transfer", "activation": "erf", "widths": [9], "gamma": 1}"""
        ],
        "job.likelihood: the softmax likelihood takes a network of the kind \"dense\" or \"convolution\""
    ]

let tests =
    testSequenced
    <| testList "Classes" [
        yield! works

        for name, data, changes, said in wrong do
            test $"Refused in one sentence: {name}" { predicted data changes |> assertRefused said }

        test "Whole numbers are numbers where the job says so, and few of them anyway" {
            let regression = [ temperature; "theory", "\"proportional\"" ]

            let said =
                predicted arrays (("likelihood", """{"kind": "gaussian"}""") :: regression)

            Expect.equal said.Code 0 said.Err

            let two =
                predicted (but [ "y_train", integers [ count ] [ for mu in 1..count -> float (mu % 2) ] ]) regression

            Expect.equal two.Code 0 two.Err
        }

        test "beta is not fitted, T neither" {
            let refused said command changes =
                inNpz arrays (fun folder -> run (command (job (softmax :: changes)) folder))
                |> assertRefused said

            refused "beta cannot be fitted" fit [ "fit", """{"parameters": ["beta"]}""" ]
            refused "the softmax likelihood has none" fit [ "fit", """{"parameters": ["temperature"]}""" ]
        }
    ]
