/// The cavity theory in jobs: what its results say of themselves, and what is left of a run that is told to stop.
module FiniteWidth.Cli.Tests.CavityTests

open System
open System.IO
open System.Text.Json
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Data

let private small =
    { CavityJson.standard with
        Units = Some CavitySettings.fewestUnits
        Sweeps = CavitySettings.fewestSweeps
        Accuracy = 1.0
        Seconds = 0.001
    }

let private point = Network.dense Activation.erf [ 20 ], 0.1

let tests =
    testList "Cavity" [
        test "A result says whether the others' field is Gaussian, and doubts itself where it is not" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "job.json")

                File.WriteAllText(
                    path,
                    soundBut [
                        "theory", "\"cavity\""
                        "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001}"""
                        "temperature", "0.1"
                    ]
                )

                let outcome = run [ "predict"; path; "--json" ]
                Expect.equal outcome.Code 0 outcome.Err
                use document = JsonDocument.Parse outcome.Out

                for result in document.RootElement.GetProperty("points").EnumerateArray() do
                    let curvature = result.GetProperty("curvature").GetDouble()
                    let loop = result.GetProperty("loop").GetDouble()
                    let holds = loop < 1.0 && curvature >= 0.3
                    let flag = result.GetProperty("gaussianCavity").GetString()
                    Expect.equal flag (if holds then "holds" else "fails") "Gaussian cavity"

                    let doubts =
                        [ for doubt in result.GetProperty("doubts").EnumerateArray() -> string doubt ]

                    // Where it is not, one direction of the targets is exact.
                    let isExact = result.GetProperty("exactDirection").ValueKind = JsonValueKind.Number
                    Expect.equal isExact (not holds) "exact direction"
                    Expect.isFalse (List.contains CavityDoubt.NotGaussian.Message doubts) "doubts")
        }

        test "A direction asked for and the last of two layers are in the results, with what the layers below leave out" {
            inFolder (fun folder ->
                let predicted cavity widths =
                    let path = Path.Combine(folder, "job.json")

                    File.WriteAllText(
                        path,
                        soundBut [
                            "theory", "\"cavity\""
                            "cavity", cavity
                            "network", $"""{{"activation": "erf", "widths": [{widths}]}}"""
                            "temperature", "0.1"
                        ]
                    )

                    run [ "predict"; path; "--json" ]

                let short = "\"units\": 100, \"sweeps\": 32, \"accuracy\": 1, \"seconds\": 0.001"

                let outcome =
                    predicted $"""{{"directions": 1, "layers": "last", {short}}}""" "30, 20"

                Expect.equal outcome.Code 0 outcome.Err
                use document = JsonDocument.Parse outcome.Out
                let point = document.RootElement.GetProperty("points")[0]
                let number (key: string) = point.GetProperty(key).GetDouble()

                Expect.isTrue
                    (number "exactDirection" > 0.0 && number "exactDirection" <= 1.0 + 1e-9)
                    "share of the targets"

                Expect.isTrue (Double.IsFinite(number "layersBelow")) "layers below"
                Expect.isGreaterThan (number "layersBelowError") 0.0 "their standard error"

                let settings = document.RootElement.GetProperty("job").GetProperty "cavity"
                Expect.equal (settings.GetProperty("layers").GetString()) "last" "layers"
                Expect.equal (settings.GetProperty("directions").GetInt32()) 1 "directions"

                for cavity, widths, words in
                    [
                        $"{{{short}}}", "30, 20", "\"layers\" = \"last\""
                        $"""{{"directions": 2, {short}}}""", "20", "none or one"
                    ] do
                    let refused = predicted cavity widths
                    Expect.equal refused.Code 2 refused.Out
                    Expect.stringContains refused.Err words "one sentence")
        }

        test "A run that is told to stop before its first point has none" {
            use source = new CancellationTokenSource()
            source.Cancel()

            let solved =
                CavityTheories.solve small source.Token soundSplit [ point ] |> Result.orFail

            Expect.isFalse solved.IsWhole "whole"
            Expect.isEmpty solved.Points "points"
        }

        test "A run that is told to stop keeps the points that it has" {
            use source = new CancellationTokenSource(TimeSpan.FromSeconds 6.0)

            // More points than there is time for.
            let solved =
                List.replicate 100_000 point
                |> CavityTheories.solve small source.Token soundSplit
                |> Result.orFail

            Expect.isFalse solved.IsWhole "whole"
            Expect.isNonEmpty solved.Points "points"
        }
    ]
