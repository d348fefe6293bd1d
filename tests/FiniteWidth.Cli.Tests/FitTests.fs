/// `finitewidth fit`: one JSON document with the numbers of the library, and one sentence where a job is not in order.
module FiniteWidth.Cli.Tests.FitTests

open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private fits changes =
    let outcome = inFolder (fit (soundBut changes) >> run)
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out

    [
        for item in document.RootElement.GetProperty("fits").EnumerateArray() -> item.Clone()
    ]

let private number (path: string list) (element: JsonElement) =
    let mutable element = element

    for name in path do
        element <- element.GetProperty name

    element.GetDouble()

let private numbers (path: string list) (element: JsonElement) =
    let mutable element = element

    for name in path do
        element <- element.GetProperty name

    [ for item in element.EnumerateArray() -> item.GetDouble() ]

let private ask (parameters: string) = "fit", $"{{{parameters}}}"

let private refusals =
    [
        "no fit", [], "job: the key \"fit\" is missing"
        "a sweep", [ ask """ "parameters": [] """; "sweep", "{}" ], "there is no key \"sweep\""
        "no parameters", [ ask "" ], "job.fit: the key \"parameters\" is missing"
        "an unknown parameter", [ ask """ "parameters": ["widths"] """ ], "job.fit.parameters[0]"
        "a parameter twice", [ ask """ "parameters": ["priors", "lambda_0"] """ ], "lambda_0 is to be fitted 2 times"
        "a layer that is not there", [ ask """ "parameters": ["lambda_4"] """ ], "lambda_4"
        "a width of zero", [ ask """ "parameters": [], "widths": [[0]] """ ], "job.fit.widths[0][0]"
        "no widths", [ ask """ "parameters": [], "widths": [] """ ], "job.fit.widths"
        "T = 0", [ "temperature", "0"; ask """ "parameters": ["temperature"] """ ], "starts at 0"
        "a mixture", [ "theory", "\"mixture\""; ask """ "parameters": [] """ ], "wishart"
        "a Student-t process", [ "theory", "\"student-t\""; ask """ "parameters": [] """ ], "no saddle point"
        "a depth that a convolution lacks",
        [
            "data",
            """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
            "network", """{"kind": "convolution", "activation": "erf", "widths": [20], "patch": 2, "image": [4, 4]}"""
            ask """ "parameters": [], "widths": [[5, 5]] """
        ],
        "one width"
    ]

let private refusalCases =
    [ for label, changes, fragment in refusals -> label, (changes, fragment) ]

let tests =
    testList "Fit" [
        testCase "The log evidence before and after a fit is checked by sampling" (fun () ->
            let fit =
                fits [
                    "network", """{"activation": "linear", "widths": [400]}"""
                    ask """ "parameters": ["lambda_1"], "sampled": {"accuracy": 0.1, "seconds": 60} """
                ]
                |> List.exactlyOne

            for point in [ "start"; "optimum" ] do
                let sampled name = number [ point; "sampled"; name ] fit
                // The saddle point leaves out some 1/N at this width.
                Expect.within
                    (4.0 * sampled "error" + 0.05)
                    (sampled "value")
                    (number [ point; "logEvidence" ] fit)
                    point)

        testCase "The numbers are the library's to the last bit" (fun () ->
            let fitted = (fits [ ask """ "parameters": ["lambda_1", "temperature"] """ ]).Head

            let split = soundSplit

            let expected =
                Evidence.fit
                    Theory.proportional
                    [ Hyperparameter.Prior 1; Hyperparameter.Temperature ]
                    (Network.dense Activation.erf [ 20 ])
                    0.01
                    (Study split.Train)
                |> Result.orFail

            Expect.equal (number [ "optimum"; "logEvidence" ] fitted) expected.LogEvidence "number"
            Expect.equal (number [ "start"; "logEvidence" ] fitted) expected.StartLogEvidence "number"
            Expect.equal (numbers [ "optimum"; "priors" ] fitted) expected.Optimum.Network.Priors "numbers"
            Expect.equal (number [ "optimum"; "temperature" ] fitted) expected.Optimum.Temperature "number"

            Expect.equal
                (number [ "optimum"; "loss" ] fitted)
                ((Posterior.score split.Test expected.Optimum).Loss)
                "number"

            Expect.equal
                (number [ "start"; "loss" ] fitted)
                ((Posterior.score split.Test expected.Start).Loss)
                "number"

            Expect.equal (number [ "gradientNorm" ] fitted) expected.GradientNorm "number"
            Expect.equal (number [ "gradient"; "lambda_1" ] fitted) (expected.Gradient[0]) "number"
            Expect.equal (number [ "iterations" ] fitted) (float expected.Iterations) "number")

        testCase "A residual network is fitted, at widths of its own and at others, as one" (fun () ->
            let network = """{"kind": "residual", "activation": "erf", "widths": [20]}"""

            let fitted widths =
                fits [
                    "network", network
                    ask $""" "parameters": ["temperature"], "widths": {widths} """
                ]

            let split = soundSplit

            for fitted, widths in List.zip (fitted "[[20], [10, 30]]") [ [ 20 ]; [ 10; 30 ] ] do
                let expected =
                    Evidence.fit
                        Theory.proportional
                        [ Hyperparameter.Temperature ]
                        (Network.residual Activation.erf widths)
                        0.01
                        (Study split.Train)
                    |> Result.orFail

                Expect.equal (number [ "optimum"; "logEvidence" ] fitted) expected.LogEvidence "number"

                Expect.equal
                    (number [ "optimum"; "loss" ] fitted)
                    ((Posterior.score split.Test expected.Optimum).Loss)
                    "number")

        testCase "Networks of several depths and widths are compared, and the best is marked" (fun () ->
            let results =
                fits [ ask """ "parameters": ["temperature"], "widths": [[5], [50], [20, 30]] """ ]

            Expect.equal (results |> List.map (numbers [ "widths" ])) [ [ 5.0 ]; [ 50.0 ]; [ 20.0; 30.0 ] ] "results"
            Expect.equal (numbers [ "optimum"; "priors" ] results[2]) [ 1.0; 1.0; 1.0 ] "numbers"

            let best = results |> List.maxBy (number [ "optimum"; "logEvidence" ])

            for result in results do
                Expect.equal (result.GetProperty("best").GetBoolean()) (result = best) "best")

        testCase "Without parameters networks are compared as they are" (fun () ->
            let results = fits [ ask """ "parameters": [], "widths": [[5], [50]] """ ]

            for result in results do
                Expect.equal (number [ "iterations" ] result) 0.0 "number"

                Expect.equal
                    (number [ "start"; "logEvidence" ] result)
                    (number [ "optimum"; "logEvidence" ] result)
                    "number")

        testCase "A convolutional network and one of several outputs are fitted too" (fun () ->
            let convolution =
                fits [
                    "data",
                    """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                    "network",
                    """{"kind": "convolution", "activation": "erf", "widths": [20], "patch": 2, "image": [4, 4]}"""
                    ask """ "parameters": ["priors", "temperature"] """
                ]

            let layers =
                fits [
                    "data",
                    """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                    "network",
                    """{"kind": "convolution", "activation": "erf", "image": [4, 4],
                        "layers": [{"channels": 20, "patch": 2}, {"channels": 20, "patch": 2}]}"""
                    "theory", "\"wishart\""
                    ask """ "parameters": ["lambda_2", "temperature"], "widths": [[20], [40]] """
                ]

            let several =
                let outcome =
                    inFolder (fun folder ->
                        predictFrom
                            (arraysBut [
                                "y_train", doubles [ 6; 2 ] (digits 2 12)
                                "y_test", doubles [ 4; 2 ] (digits 4 8)
                            ])
                            [ ask """ "parameters": ["temperature"] """ ]
                            folder
                        |> List.tail
                        |> List.append [ "fit" ]
                        |> run)

                Expect.isEmpty outcome.Err "err"
                use document = JsonDocument.Parse outcome.Out
                [ document.RootElement.GetProperty("fits").[0].Clone() ]

            for result in convolution @ layers @ several do
                Expect.isGreaterThan
                    (number [ "optimum"; "logEvidence" ] result)
                    (number [ "start"; "logEvidence" ] result)
                    "number"

                Expect.equal (result.GetProperty("end").GetString()) "converged" "end")

        testCases "A fit refuses in one sentence" refusalCases (fun (changes, fragment) ->
            inFolder (fit (soundBut changes) >> run) |> assertRefused fragment)

        testCase "A fit needs a job" (fun () -> run [ "fit" ] |> assertRefused "fit needs a job")
    ]
