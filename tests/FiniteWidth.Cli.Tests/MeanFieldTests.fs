/// The mean-field scaling in jobs: every width has its own readout prior and temperature, and what contradicts that is refused.
module FiniteWidth.Cli.Tests.MeanFieldTests

open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Data
open FiniteWidth.Testing

let private points job =
    let outcome = inFolder (predict job >> run)
    Expect.equal outcome.Code 0 outcome.Err
    use document = JsonDocument.Parse outcome.Out

    [
        for point in document.RootElement.GetProperty("points").EnumerateArray() -> point.Clone()
    ]

let private number (name: string) (point: JsonElement) = point.GetProperty(name).GetDouble()

let private list (name: string) (point: JsonElement) =
    [ for item in point.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

let private refusals =
    [
        "a temperature too", [ "temperature", "0.1" ], "job.temperature: the scaling sets the temperature"
        "a readout prior too",
        [ "network", """{"activation": "erf", "widths": [20], "priors": [1, 2]}""" ],
        "job.network.priors: the scaling sets the readout's prior"
        "gamma = 0", [ "scaling", """{"gamma": 0, "beta": 1}""" ], "job.scaling.gamma: this is 0"
        "a negative beta", [ "scaling", """{"gamma": 1, "beta": -1}""" ], "job.scaling.beta: this is -1"
        "no beta", [ "scaling", """{"gamma": 1}""" ], "\"beta\" is missing"
        "another key", [ "scaling", """{"gamma": 1, "beta": 1, "N": 3}""" ], "there is no key \"N\""
        "a gamma beyond doubles", [ "scaling", """{"gamma": 1e200, "beta": 1}""" ], "lambda_1 is Infinity"
        "gradient flow", [ "theory", "\"ntk\"" ], "gradient flow has none"
        "classes", [ "likelihood", """{"kind": "softmax"}""" ], "the softmax likelihood has none"
        "a list of priors", [ "sweep", """{"prior": [1]}""" ], "job.sweep.prior: the scaling sets the readout's prior"
        "a list of temperatures",
        [ "sweep", """{"temperature": [1]}""" ],
        "job.sweep.temperature: the scaling sets the temperature"
        "a list of loads", [ "sweep", """{"examples": [4], "load": [1]}""" ], "job.sweep.load: the scaling needs"
        "a gamma of a list", [ "sweep", """{"gamma": [1, 0]}""" ], "job.sweep.gamma"
        "a beta of a list", [ "sweep", """{"beta": [0]}""" ], "job.sweep.beta"
    ]

let private limit =
    [
        "theory", "\"mean-field\""
        "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001, "seed": 5}"""
    ]

let private ofTheLimit =
    [
        test "The limit of infinitely many units has a point a scaling, whatever the width" {
            let at width =
                points (
                    scaledBut (
                        limit
                        @ [
                            "network", $"""{{"activation": "erf", "widths": [{width}]}}"""
                            "sweep", """{"gamma": [0.3, 1], "beta": [50]}"""
                        ]
                    )
                )

            let few, many = at 20, at 500
            Expect.equal (List.map (number "gamma") few) [ 0.3; 1.0 ] "gamma"
            Expect.equal (List.map (number "beta") few) [ 50.0; 50.0 ] "beta"

            for name in [ "loss"; "lossError"; "freeEnergy"; "freeEnergyError" ] do
                Expect.equal (List.map (number name) few) (List.map (number name) many) name
                Expect.all (List.map (number name) few) (fun value -> value > 0.0) name

            Expect.equal (List.map (number "variance") few) [ 0.0; 0.0 ] "variance"

            for point in few do
                let fraction = number "fraction" (point.GetProperty "specialisedUnits")
                Expect.isTrue (0.0 <= fraction && fraction <= 1.0) "fraction"
        }

        test "Its result is read back with the scaling's numbers, and has its seed" {
            let outcome =
                inFolder (predict (scaledBut (limit @ [ "sweep", """{"gamma": [0.3, 1]}""" ])) >> run)

            let result = ResultFile.parse "result" outcome.Out |> Result.orFail
            Expect.equal (ResultFile.varied result) [ "gamma" ] "varied"
            Expect.equal (ResultFile.shared result |> List.map fst) [ "lambda_0"; "beta" ] "shared"
            use document = JsonDocument.Parse outcome.Out
            Expect.equal (document.RootElement.GetProperty("seeds").GetProperty("cavity").GetInt32()) 5 "seed"
            let job = document.RootElement.GetProperty("job").GetRawText()
            let again = inFolder (predict job >> run)
            Expect.equal again.Code 0 again.Err
        }

        test "Its points on many processes keep their scaling" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")
                File.WriteAllText(path, scaledBut (limit @ [ "sweep", """{"gamma": [0.3, 2], "beta": [7, 50]}""" ]))

                let jobs =
                    JobFile.readJson SweepJob.json path
                    |> Result.bind SweepJob.points
                    |> Result.orFail

                Expect.equal
                    (jobs |> List.collect (SweepJob.plain >> Job.scalings))
                    [
                        for gamma in [ 0.3; 2.0 ] do
                            for beta in [ 7.0; 50.0 ] -> MeanFieldScaling.Create(gamma, beta)
                    ]
                    "scalings"

                Expect.equal (SweepJob.describe jobs.Head) "gamma = 0.3, beta = 7" "in words")
        }

        test "It is explained" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")
                File.WriteAllText(path, scaledBut limit)
                let outcome = run [ "explain"; path ]
                Expect.equal outcome.Code 0 outcome.Err
                Expect.stringContains outcome.Out "F(Δ)" "explanation")
        }

        test "Without a scaling it is refused" {
            soundBut [ "theory", "\"mean-field\"" ]
            |> fun job -> inFolder (predict job >> run)
            |> assertRefused "the theory \"mean-field\" is that of a scaling"
        }

        test "A list of widths is refused" {
            scaledBut (limit @ [ "sweep", """{"width": [20, 40]}""" ])
            |> fun job -> inFolder (predict job >> run)
            |> assertRefused "job.sweep: there is no key \"width\" here"
        }
    ]

let tests =
    testList "Mean-field scaling" [
        yield! ofTheLimit
        for theory in [ "proportional"; "infinite-width"; "mixture"; "student-t" ] do
            test $"Every width has its own prior and temperature: {theory}" {
                let named = "theory", $"\"{theory}\""
                let both = scaledBut [ named; "sweep", """{"width": [20, 300]}""" ] |> points

                for point, width in List.zip both [ 20; 300 ] do
                    let prior, temperature = 0.25 * float width, 1.0 / (50.0 * float width * 0.25)

                    let own =
                        soundBut [
                            named
                            "network", $$"""{"activation": "erf", "widths": [{{width}}], "priors": [1, {{prior:R}}]}"""
                            "temperature", temperature.ToString "R"
                        ]
                        |> points
                        |> List.exactlyOne

                    Expect.equal (list "priors" point) [ 1.0; prior ] "priors"
                    Expect.equal (number "temperature" point) temperature "temperature"
                    Expect.withinPercent 1e-6 (number "loss" point) (number "loss" own) "loss"
                    Expect.withinPercent 1e-6 (number "logEvidence" point) (number "logEvidence" own) "evidence"
            }

        test "gamma and beta are varied, gamma first" {
            let found =
                scaledBut [ "sweep", """{"gamma": [0.5, 1], "beta": [10, 50]}""" ]
                |> points
                |> List.map (fun point -> List.last (list "priors" point), number "temperature" point)

            Expect.equal found [ 5.0, 0.02; 5.0, 0.004; 20.0, 0.005; 20.0, 0.001 ] "readout priors and temperatures"
        }

        test "Convolutional and coupled networks have the scaling of their width" {
            let image =
                "data",
                """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""

            let coupled =
                "data",
                """[{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "seed": 1},
                    {"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "seed": 2}]"""

            for data, kind in
                [
                    image,
                    """"kind": "convolution", "activation": "erf", "widths": [20], "patch": 2, "image": [4, 4], "priors": [2]"""
                    image,
                    """"kind": "convolution", "activation": "erf", "layers": [{"channels": 20, "patch": 2, "stride": 2}], "image": [4, 4]"""
                    coupled, """"kind": "transfer", "activation": "erf", "widths": [20], "gamma": 0.5"""
                ] do
                for point in
                    scaledBut [ data; "network", $$"""{{{kind}}}"""; "sweep", """{"width": [20, 40]}""" ]
                    |> points do
                    let width = List.last (list "widths" point)
                    Expect.within 1e-12 (List.last (list "priors" point)) (0.25 * width) "prior"
                    Expect.within 1e-15 (number "temperature" point) (1.0 / (50.0 * 0.25 * width)) "temperature"
        }

        test "A result has the job that it was given, and its table and figure the scaling's numbers" {
            let outcome =
                inFolder (
                    predict (scaledBut [ "sweep", """{"width": [20, 45, 300], "gamma": [0.3, 1]}""" ])
                    >> run
                )

            use document = JsonDocument.Parse outcome.Out
            let job = document.RootElement.GetProperty("job").GetRawText()
            let again = inFolder (predict job >> run)
            Expect.equal again.Code 0 again.Err
            let result = ResultFile.parse "result" outcome.Out |> Result.orFail
            Expect.equal (ResultFile.varied result) [ "N"; "gamma" ] "varied"

            let shared = ResultFile.shared result |> List.map fst
            Expect.equal shared [ "lambda_0"; "beta" ] "shared"
            ResultFigure.chart result |> ignore
        }

        test "The points of an experiment have it" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")

                File.WriteAllText(
                    path,
                    scaledBut [
                        "sweep", """{"width": [3, 6]}"""
                        "experiment", """{"chains": 2, "draws": 8, "warmUp": 8}"""
                    ]
                )

                let outcome = run [ "experiment"; path; "--json" ]
                Expect.equal outcome.Code 0 outcome.Err
                use document = JsonDocument.Parse outcome.Out

                let found =
                    [
                        for point in document.RootElement.GetProperty("points").EnumerateArray() ->
                            List.last (list "priors" point), number "temperature" point
                    ]

                Expect.equal (List.map fst found) [ 0.75; 1.5 ] "priors"

                for prior, temperature in found do
                    Expect.within 1e-12 (50.0 * prior * temperature) 1.0 "temperature")
        }

        test "The points of a sweep on many processes have its numbers" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")
                File.WriteAllText(path, scaledBut [ "sweep", """{"width": [20, 40], "gamma": [0.5, 2]}""" ])

                let jobs =
                    JobFile.readJson SweepJob.json path
                    |> Result.bind SweepJob.points
                    |> Result.orFail
                    |> List.map SweepJob.plain

                let found =
                    [
                        for job in jobs ->
                            match job.Network with
                            | JobNetwork.Dense network ->
                                network.Widths.Head, List.last network.Priors, job.Temperature
                            | _ -> failtest "a dense network"
                    ]

                let expected =
                    [
                        for width in [ 20; 40 ] do
                            for gamma in [ 0.5; 2.0 ] do
                                let prior = float width * gamma * gamma
                                width, prior, 1.0 / (50.0 * prior)
                    ]

                Expect.equal found expected "points")
        }

        test "A fit takes numbers" {
            scaledBut [ "fit", """{"parameters": ["temperature"]}""" ]
            |> fun job -> inFolder (fit job >> run)
            |> assertRefused "a fit starts from priors and a temperature"
        }

        for label, changes, fragment in refusals do
            test $"Refused: {label}" { inFolder (predict (scaledBut changes) >> run) |> assertRefused fragment }

        test "Without a scaling a list of priors without the readout's is as wrong as ever" {
            soundBut [ "network", """{"activation": "erf", "widths": [20], "priors": [1]}""" ]
            |> fun job -> inFolder (predict job >> run)
            |> assertRefused "this list has length 1, and a network of 1 hidden layer takes 2 priors"
        }
    ]
