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

                    Expect.equal (List.contains CavityDoubt.NotGaussian.Message doubts) (not holds) "doubts")
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
