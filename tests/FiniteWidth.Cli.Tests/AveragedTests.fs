/// `finitewidth predict` of averages over training sets, with the numbers of the library.
module FiniteWidth.Cli.Tests.AveragedTests

open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private points changes =
    let outcome = inFolder (predict (soundBut changes) >> run)
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out

    [
        for point in document.RootElement.GetProperty("points").EnumerateArray() -> point.Clone()
    ]

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private numbers (name: string) (element: JsonElement) =
    [ for item in element.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

let private study = Study soundSplit.Train

let private theoryOf (name: string) =
    match name with
    | "infinite-width" -> Theory.infiniteWidth
    | "wishart" -> Theory.wishart
    | _ -> Theory.proportional

let private refusals =
    [
        "nothing but zero examples", """{"examples": [0]}""", "proportional", "erf", "job.sweep.examples[0]: this is 0"
        "no number of examples", """{"examples": []}""", "proportional", "erf", "job.sweep.examples: the list is empty"
        "half an example", """{"examples": [2.5]}""", "proportional", "erf", "job.sweep.examples[0]: this is 2.5"
        "more examples than there are", """{"examples": [9]}""", "proportional", "erf", "ask for at most 8"
        "a load without examples", """{"load": [2]}""", "proportional", "erf", "job.sweep.load: a load is P/N"
        "a load and a width",
        """{"load": [2], "width": [5], "examples": [4]}""",
        "proportional",
        "erf",
        "job.sweep.load: a load P/N sets the width"
        "a negative load",
        """{"load": [-1], "examples": [4]}""",
        "proportional",
        "erf",
        "job.sweep.load[0]: this is -1, and a number above 0 is needed"
        "a load that no network is wide enough for",
        """{"load": [1e-320], "examples": [4]}""",
        "proportional",
        "erf",
        "a width is at most 2147483647"
        "a theory of two scales", """{"examples": [4]}""", "non-odd", "relu", "a theory that scales one kernel"
        "a mixture", """{"examples": [4]}""", "mixture", "erf", "job.sweep: there is no key \"examples\" here"
    ]
    |> List.map (fun (name, sweep, theory, activation, says) -> name, (sweep, theory, activation, says))

let tests =
    testList "Averaged" [
        testTheory
            "The averages are the library's"
            [
                "infinite-width", "erf", "20, 30"
                "proportional", "erf", "20"
                "proportional", "relu", "20, 30"
                "wishart", "erf", "20, 30"
            ]
            (fun (name, activation, widths) ->
                let theory = theoryOf name

                let found =
                    points [
                        "theory", $"\"{name}\""
                        "network", $"""{{"activation": "{activation}", "widths": [{widths}]}}"""
                        "sweep", """{"examples": [3, 8]}"""
                    ]

                let network =
                    Network.dense (Activation.ofName activation |> Result.orFail) (widths.Split ',' |> Array.map int)

                let population = Population.ofSample theory network study |> Result.orFail

                let expected =
                    AveragedCurve.overExamples theory 0.01 population [ 3; 8 ] network
                    |> Result.orFail

                for point, average in List.zip found expected do
                    Expect.equal (number "examples" point) (float average.Examples) "examples"
                    Expect.equal (numbers "widths" point) (List.map float network.Widths) "widths"
                    Expect.equal (number "loss" point) average.Score.Loss "loss"
                    Expect.equal (number "bias" point) average.Score.Bias "bias"
                    Expect.equal (number "variance" point) average.Score.Variance "variance"
                    Expect.equal (number "trainLoss" point) average.TrainingError "trainLoss"
                    Expect.equal (number "action" point) average.SaddlePoint.Chosen.Action "action"

                    if not (Array.isEmpty average.OrderParameters) then
                        Expect.equal
                            (point.GetProperty "orderParameters" |> numbers "Qbar")
                            (List.ofArray average.OrderParameters)
                            "numbers")

        testCase "Widths are varied outermost, then priors, temperatures and numbers of examples" (fun () ->
            let sweep =
                """{"width": [10, 20], "prior": [0.5, 4], "temperature": [0.1, 0.01], "examples": [2, 5]}"""

            let expected =
                [
                    for width in [ 10.0; 20.0 ] do
                        for prior in [ 0.5; 4.0 ] do
                            for temperature in [ 0.1; 0.01 ] do
                                for examples in [ 2.0; 5.0 ] -> width, prior, temperature, examples
                ]

            let found = points [ "sweep", sweep ]

            let actual =
                [
                    for point in found ->
                        (numbers "widths" point).Head,
                        (numbers "priors" point)[1],
                        number "temperature" point,
                        number "examples" point
                ]

            Expect.equal actual expected "value"

            for point, (width, prior, temperature, examples) in List.zip found expected do
                let network =
                    Network.dense Activation.erf [ int width ] |> Network.withReadoutPrior prior

                let average =
                    Population.ofSample Theory.proportional network study
                    |> Result.bind (fun population ->
                        AveragedCurve.point Theory.proportional temperature population (int examples) network)
                    |> Result.orFail

                // The decomposition is shared by priors, its scale is not.
                Expect.within (1e-12 * average.Score.Loss) (number "loss" point) average.Score.Loss "loss")

        testCase "At fixed load the width follows the number of examples" (fun () ->
            let found = points [ "sweep", """{"load": [0.5, 2], "examples": [2, 6]}""" ]

            let actual =
                found |> List.map (fun point -> number "examples" point, numbers "widths" point)

            Expect.equal actual [ 2.0, [ 4.0 ]; 6.0, [ 12.0 ]; 2.0, [ 1.0 ]; 6.0, [ 3.0 ] ] "value")

        testCase "At all the examples there are an average is the prediction of the saddle point itself" (fun () ->
            let average = points [ "sweep", """{"examples": [8]}""" ] |> List.exactlyOne
            let alone = points [] |> List.exactlyOne

            let qbar point =
                (point: JsonElement).GetProperty "orderParameters"
                |> numbers "Qbar"
                |> List.head
            // Both saddle points are stationary to 1e-10.
            Expect.within 1e-9 (qbar average) (qbar alone) "qbar")

        testCases "Averages refuse in one sentence" refusals (fun (sweep, theory, activation, says) ->
            let outcome =
                inFolder (
                    predict (
                        soundBut [
                            "sweep", sweep
                            "theory", $"\"{theory}\""
                            "network", $"""{{"activation": "{activation}", "widths": [20]}}"""
                        ]
                    )
                    >> run
                )

            Expect.equal outcome.Code 2 "code"
            Expect.isEmpty outcome.Out "out"
            Expect.stringContains outcome.Err says "err"
            Expect.equal (outcome.Err.TrimEnd().Split('\n').Length) 1 "length of split")

        testCase "An experiment refuses a sweep over averages, and says where its numbers of examples stand" (fun () ->
            let job = soundBut [ "sweep", """{"examples": [4]}"""; "experiment", "{}" ]

            let outcome =
                inFolder (fun folder -> "experiment" :: List.tail (predict job folder) |> run)

            Expect.equal outcome.Code 2 "code"
            Expect.isEmpty outcome.Out "out"
            Expect.stringContains outcome.Err "job.sweep: averages over training sets are not measured" "err")
    ]
