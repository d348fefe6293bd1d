/// `finitewidth experiment` on classes: the numbers of the library, grids, files in a folder, tables, and jobs that are refused.
module FiniteWidth.Cli.Tests.ClassExperimentTests

open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Testing

let private arrays =
    let inputs seed rows =
        digits seed (rows * 4) |> List.map (fun x -> (x - 4.5) / 3.0)

    [
        "x_train", doubles [ 9; 4 ] (inputs 1 9)
        "y_train", integers [ 9 ] [ for mu in 0..8 -> float (mu % 3) ]
        "x_test", doubles [ 5; 4 ] (inputs 2 5)
        "y_test", integers [ 5 ] [ 0.0; 1.0; 2.0; 1.0; 0.0 ]
    ]

let private short = """ "draws": 40, "warmUp": 30, "chains": 2 """

let private asked (fields: string) = "experiment", $"{{{fields}}}"

let private job changes =
    [
        npzSource
        "network", """{"activation": "erf", "widths": [5], "priors": [0.5, 0.4]}"""
        "likelihood", """{"kind": "softmax", "beta": 1.5}"""
        "theory", "\"wishart\""
        asked short
    ]
    |> List.filter (fun (key, _) -> not (List.exists (fst >> (=) key) changes))
    |> fun kept -> text (kept @ changes)

// Runs the command on such a job in a folder of its own, which is `looked` at afterwards.
let private ranIn looked changes arguments =
    inFolder (fun folder ->
        npz (Path.Combine(folder, "data.npz")) arrays
        let path = Path.Combine(folder, "job.json")
        File.WriteAllText(path, job changes)
        let outcome = run ("experiment" :: path :: arguments folder)
        looked folder
        outcome)

let private ran changes (arguments: string -> string list) = ranIn ignore changes arguments

let private points (outcome: Outcome) =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out

    [
        for item in document.RootElement.GetProperty("points").EnumerateArray() -> item.Clone()
    ]

let private at (path: string list) (element: JsonElement) =
    (element, path) ||> List.fold (fun element name -> element.GetProperty name)

let private number path element = (at path element).GetDouble()

let private split =
    lazy
        (inFolder (fun folder ->
            let path = Path.Combine(folder, "data.npz")
            npz path arrays
            Npz.split path |> Result.orFail))

let private plan =
    { ClassMeasurement.standard with
        Settings =
            { ClassMeasurement.standard.Settings with
                Draws = 40
                WarmUp = 30
                Chains = 2
            }
    }

let private wrong =
    [
        "a readout integrated out", [ asked "\"readout\": \"integrated\"" ], "job.experiment.readout: under the softmax"
        "Gibbs", [ asked "\"sampler\": \"gibbs\"" ], "job.experiment.sampler: \"gibbs\" needs the likelihood of numbers"
        "Langevin",
        [ asked "\"sampler\": \"langevin\", \"step\": 0.1" ],
        "classes are sampled by hmc, nuts, mala or pcn"
        "the log evidence",
        [ asked "\"evidence\": {}" ],
        "job.experiment.evidence: the log evidence is sampled of numbers"
        "a mixture beside it",
        [ asked "\"theories\": [\"mixture\"]" ],
        "job.experiment.theories: classes are compared with infinite-width, proportional and wishart"
        "a theory of numbers", [ "theory", "\"non-odd\"" ], "Classes take the theories infinite-width and wishart"
        "a temperature", [ "temperature", "0.1" ], "job.temperature: the softmax likelihood has beta"
        "a negative beta", [ "likelihood", """{"kind": "softmax", "beta": -1}""" ], "job.likelihood.beta: this is -1"
        "too many examples", [ asked "\"examples\": [10]" ], "10 training examples are asked for and there are 9"
        "skip connections",
        [
            "network", """{"kind": "residual", "activation": "erf", "widths": [5]}"""
            "theory", "\"infinite-width\""
        ],
        "A network with skip connections cannot be sampled"
        "standardized labels",
        [
            "data", """{"source": "npz", "path": "data.npz", "targets": "standardize"}"""
        ],
        "these are labels"
        "patches layer by layer",
        [
            "network",
            """{"kind": "convolution", "activation": "erf", "image": [2, 2],
                "layers": [{"channels": 4, "patch": 1}, {"channels": 4, "patch": 1}]}"""
            "theory", "\"proportional\""
        ],
        "Classes of several convolutional layers take the theories"
    ]

let tests =
    testList "ClassExperiment" [
        testCase "The numbers are the library's to the last bit, and the seed is the job's or the flag's" (fun () ->
            let point = ran [] (fun _ -> []) |> points |> List.exactlyOne
            let network = Network.withPriors [ 0.5; 0.4 ] (Network.dense Activation.erf [ 5 ])
            let split = split.Value

            let measure seed =
                ClassMeasurement.run
                    { plan with
                        Settings = { plan.Settings with Seed = seed }
                    }
                    (Architecture.FullyConnected network)
                    1.5
                    split
                |> Result.orFail

            let expected = measure 1UL

            for name, estimate in
                [
                    "accuracy", expected.Accuracy
                    "negativeLogLikelihood", expected.NegativeLogLikelihood
                    "brier", expected.Brier
                    "trainCrossEntropy", expected.TrainCrossEntropy
                    "testCrossEntropy", expected.TestCrossEntropy
                ] do
                Expect.equal (number [ "experiment"; name; "value" ] point) estimate.Value name
                Expect.equal (number [ "experiment"; name; "error" ] point) estimate.Error $"error of {name}"

            let theory =
                Study split.Train
                |> Classification.solve Theory.wishart network (Likelihood.Categorical 1.5)
                |> Result.orFail

            let score = Classification.score split.Test theory |> Result.orFail
            let compared = (point.GetProperty "theories")[0]
            Expect.equal (compared.GetProperty("name").GetString()) "wishart" "name"
            Expect.within 1e-9 (number [ "brier" ] compared) score.Brier "Brier score"

            let struct (_, likelihood, _) = ClassMeasurement.zScores score expected
            Expect.within 1e-5 (number [ "negativeLogLikelihoodZ" ] compared) likelihood "z"

            let distance =
                ClassMeasurement.distance (Classification.predict split.Test.Inputs theory).Probabilities expected

            Expect.within 1e-5 (number [ "probabilities"; "rmsZ" ] compared) distance.RmsZ "rms z"
            Expect.equal (number [ "beta" ] point) 1.5 "beta"
            let flagged = ran [] (fun _ -> [ "--seed"; "4" ]) |> points |> List.exactlyOne
            let other = measure 4UL
            Expect.equal (number [ "experiment"; "brier"; "value" ] flagged) other.Brier.Value "another seed")

        testCase "Widths, betas, examples and theories make a grid" (fun () ->
            let results =
                ran
                    [
                        "sweep", """{"width": [3, 6], "beta": [0, 1]}"""
                        asked $"""{short}, "examples": [6, 9], "theories": ["infinite-width", "proportional"] """
                    ]
                    (fun _ -> [])
                |> points

            let column path = results |> List.map (number path)
            Expect.equal (column [ "examples" ]) [ 6.0; 6.0; 6.0; 6.0; 9.0; 9.0; 9.0; 9.0 ] "examples"
            Expect.equal (column [ "beta" ]) [ 0.0; 1.0; 0.0; 1.0; 0.0; 1.0; 0.0; 1.0 ] "beta"

            for point in results do
                Expect.equal ((point.GetProperty "theories").GetArrayLength()) 3 "theories"
                Expect.isFalse ((at [ "experiment"; "converged" ] point).GetBoolean()) "converged"

                if number [ "beta" ] point = 0.0 then
                    // Nothing is known of the labels, up to the quasi-Monte-Carlo of the probabilities.
                    Expect.within 1e-3 (number [ "infiniteWidth"; "negativeLogLikelihood" ] point) (log 3.0) "prior")

        testTheory
            "Networks of convolutional layers are measured, one of one layer too"
            [
                "layers",
                """{"kind": "convolution", "activation": "erf", "image": [2, 2],
                    "layers": [{"channels": 4, "patch": 2, "padding": "same"}, {"channels": 4, "patch": 1}]}"""
                "one layer",
                """{"kind": "convolution", "activation": "erf", "widths": [5], "patch": 1, "image": [2, 2]}"""
                "pooling",
                """{"kind": "convolution", "activation": "erf", "image": [2, 2], "pooling": "average", "layers": [{"channels": 4, "patch": 1}]}"""
            ]
            (fun (_, network) ->
                let fields = short + ", \"sampler\": \"nuts\""

                let point =
                    ran [ "network", network; asked fields ] (fun _ -> [])
                    |> points
                    |> List.exactlyOne

                Expect.isGreaterThan (number [ "experiment"; "brier"; "error" ] point) 0.0 "error"
                Expect.isTrue (System.Double.IsFinite(number [ "infiniteWidth"; "brierZ" ] point)) "z")

        testCase
            "The folder has results, table and figure, a second run reads its draws, and the figure is drawn again"
            (fun () ->
                inFolder (fun folder ->
                    npz (Path.Combine(folder, "data.npz")) arrays
                    let path = Path.Combine(folder, "job.json")
                    File.WriteAllText(path, job [ "sweep", """{"width": [3, 6]}""" ])
                    let out = Path.Combine(folder, "out")
                    let arguments = [ "experiment"; path; "--output"; out ]
                    let first = run arguments |> points

                    let file name =
                        File.ReadAllText(Path.Combine(out, name))

                    let table = file "results.csv"
                    Expect.stringContains table "wishart_negative_log_likelihood_z" "header"
                    Expect.equal (File.ReadAllLines(Path.Combine(out, "results.csv")).Length) 3 "rows"
                    Expect.stringContains (file "figure.html") "negative log likelihood" "figure"
                    let again = run (arguments @ [ "--resume" ]) |> points

                    Expect.equal
                        (number [ "experiment"; "brier"; "value" ] again[1])
                        (number [ "experiment"; "brier"; "value" ] first[1])
                        "again"

                    Expect.equal (file "results.csv") table "table"
                    let figure = Path.Combine(folder, "again.html")
                    let plotted = run [ "plot"; Path.Combine(out, "results.json"); "--output"; figure ]
                    Expect.equal plotted.Code 0 plotted.Err
                    Expect.stringContains (File.ReadAllText figure) "negative log likelihood" "figure again"))

        testCase "A person at a terminal gets a table" (fun () ->
            let table = ran [] (fun _ -> [ "--table" ])
            Expect.equal table.Code 0 table.Err

            for part in [ "negative log likelihood"; "Brier score"; "z of wishart"; "converged" ] do
                Expect.stringContains table.Out part "table")

        for name, changes, said in wrong do
            testCase $"Refused in one sentence, and nothing is written: {name}" (fun () ->
                let looked (folder: string) =
                    Expect.equal (Directory.GetFileSystemEntries folder).Length 2 "data and job alone"

                ranIn looked changes (fun folder -> [ "--output"; Path.Combine(folder, "out") ])
                |> assertRefused said)
    ]
