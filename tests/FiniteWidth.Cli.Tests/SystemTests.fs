/// `finitewidth predict` of networks with skip connections and of two coupled networks, with the numbers of the library.
module FiniteWidth.Cli.Tests.SystemTests

open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private points job =
    let outcome = inFolder (predict job >> run)
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out

    [
        for point in document.RootElement.GetProperty("points").EnumerateArray() -> point.Clone()
    ]

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private names (element: JsonElement) =
    [ for property in element.EnumerateObject() -> property.Name ]

let private rows (name: string) (element: JsonElement) =
    [
        for row in element.GetProperty(name).EnumerateArray() ->
            [ for item in row.EnumerateArray() -> item.GetDouble() ]
    ]

let private source seed =
    $"""{{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "noise": 0.1, "seed": {seed}}}"""

let private split seed =
    LinearTeacher.generate
        {
            Inputs = 5
            Train = 8
            Test = 6
            Noise = 0.1
            Seed = seed
        }
    |> Result.orFail

let private coupled more =
    soundBut [
        "data", $"[{source 1}, {source 2}]"
        "network", """{"kind": "transfer", "activation": "erf", "widths": [20], "priors": [1.0, 2.0], "gamma": -1.5}"""
        yield! more
    ]

let tests =
    testList "System" [
        testTheory
            "A residual network is the library's"
            [ "infinite-width", "erf"; "proportional", "relu"; "non-odd", "relu" ]
            (fun (name, activation) ->
                let network =
                    $"""{{"kind": "residual", "activation": "{activation}", "widths": [20, 30], "priors": [1, 2, 3], "biases": [null, 0.5]}}"""

                let point =
                    soundBut [ "network", network; "theory", $"\"{name}\"" ] |> points |> List.head

                let theory =
                    match name with
                    | "infinite-width" -> Theory.infiniteWidth
                    | "proportional" -> Theory.proportional
                    | _ -> Theory.nonOdd

                let split = split 1UL

                let posterior =
                    Network.create (Activation.ofName activation |> Result.orFail) [ 20; 30 ] [ 1.0; 2.0; 3.0 ] [
                        None
                        Some 0.5
                    ]
                    |> Result.map (Network.withWiring Wiring.Residual)
                    |> Result.bind (fun network -> Posterior.solve theory network 0.01 (Study split.Train))
                    |> Result.orFail

                Expect.equal (number "loss" point) ((Posterior.score split.Test posterior).Loss) "loss"
                Expect.equal (number "logEvidence" point) (Posterior.logEvidence posterior) "logEvidence")

        testTheory
            "Theories of one scale refuse a residual network in one sentence"
            [ "wishart"; "mixture"; "student-t" ]
            (fun name ->
                let network = """{"kind": "residual", "activation": "erf", "widths": [20]}"""

                let outcome =
                    inFolder (predict (soundBut [ "network", network; "theory", $"\"{name}\"" ]) >> run)

                Expect.equal outcome.Code 2 "code"
                Expect.isEmpty outcome.Out "out"
                Expect.stringContains outcome.Err "skip connections pass part of it on unscaled" "err")

        testCase "Two coupled networks have a matrix of two rows for an order parameter, and a score a task" (fun () ->
            let point = points (coupled []) |> List.exactlyOne
            let first, second = split 1UL, split 2UL

            let posterior =
                Network.dense Activation.erf [ 20 ]
                |> Network.withPriors [ 1.0; 2.0 ]
                |> fun network -> CoupledNetworks.create network -1.5
                |> Result.bind (fun networks ->
                    Transfer.solve
                        networks
                        0.01
                        {
                            First = first.Train
                            Second = second.Train
                        })
                |> Result.orFail

            Expect.equal
                (names point)
                [
                    "widths"
                    "priors"
                    "gamma"
                    "temperature"
                    "orderParameters"
                    "action"
                    "residual"
                    "stationaryPoints"
                    "logEvidence"
                    "tasks"
                ]
                "names"

            let q = posterior.OrderParameter
            let expected = [ [ q[0, 0]; q[0, 1] ]; [ q[1, 0]; q[1, 1] ] ]
            Expect.equal (point.GetProperty "orderParameters" |> rows "Qbar") expected "rows"
            Expect.equal (number "gamma" point) -1.5 "gamma"
            Expect.equal (number "logEvidence" point) (Transfer.logEvidence posterior) "logEvidence"
            Expect.isLessThan (number "residual" point) 1e-10 "residual"

            let scores =
                [
                    Transfer.predictFirst first.Test.Inputs posterior
                    |> Prediction.score first.Test.Targets
                    Transfer.predictSecond second.Test.Inputs posterior
                    |> Prediction.score second.Test.Targets
                ]

            let tasks =
                [
                    for task in point.GetProperty("tasks").EnumerateArray() ->
                        {
                            Loss = number "loss" task
                            Bias = number "bias" task
                            Variance = number "variance" task
                        }
                ]

            Expect.equal tasks scores "tasks")

        testCase "A sweep of coupled networks varies the coupling between readout prior and temperature" (fun () ->
            let sweep =
                """{"width": [10, 20], "prior": [0.5, 4], "gamma": [0, 1.9], "temperature": [0.1, 0.01]}"""

            let expected =
                [
                    for width in [ 10.0; 20.0 ] do
                        for prior in [ 0.5; 4.0 ] do
                            for gamma in [ 0.0; 1.9 ] do
                                for temperature in [ 0.1; 0.01 ] -> width, prior, gamma, temperature
                ]

            let actual =
                [
                    for point in points (coupled [ "sweep", sweep ]) ->
                        point.GetProperty("widths").[0].GetDouble(),
                        point.GetProperty("priors").[1].GetDouble(),
                        number "gamma" point,
                        number "temperature" point
                ]

            Expect.equal actual expected "value")

        testCase "Without coupling each task is what it is alone" (fun () ->
            let network =
                """{"kind": "transfer", "activation": "erf", "widths": [20], "gamma": 0}"""

            let joint =
                soundBut [ "data", $"[{source 1}, {source 2}]"; "network", network ]
                |> points
                |> List.head

            for task, seed in Seq.zip (joint.GetProperty("tasks").EnumerateArray()) [ 1; 2 ] do
                let alone = soundBut [ "data", source seed ] |> points |> List.head
                // Both saddle points are stationary to 1e-10.
                Expect.within (1e-8 * number "loss" alone) (number "loss" task) (number "loss" alone) "loss")
    ]
