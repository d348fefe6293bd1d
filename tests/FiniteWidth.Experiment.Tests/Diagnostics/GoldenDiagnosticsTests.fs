/// The diagnostics against tests/golden/diagnostics.py, which writes the definitions out with plain sums.
module FiniteWidth.Experiment.Tests.GoldenDiagnosticsTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Experiment
open FiniteWidth.Testing

let private rows =
    lazy
        let path = Path.Combine(AppContext.BaseDirectory, "golden", "diagnostics.json")

        JsonDocument.Parse(File.ReadAllText path).RootElement.EnumerateArray()
        |> Array.ofSeq

let private draws (row: JsonElement) =
    [|
        for chain in row.GetProperty("draws").EnumerateArray() -> [| for x in chain.EnumerateArray() -> x.GetDouble() |]
    |]

// Sums of some hundred terms in another order, and a Fourier transform for a plain sum.
let private agree tolerance (name: string) (f: float[][] -> float) =
    for row in rows.Value do
        let expected = row.GetProperty(name).GetDouble()
        let source = row.GetProperty("name").GetString()
        Expect.within (tolerance * abs expected) (f (draws row)) expected $"{name} of {source}"

let tests =
    testList "Golden diagnostics" [
        testCase "R-hat agrees with its definition" (fun () ->
            agree 1e-12 "splitRHat" RHat.split
            agree 1e-12 "rankRHat" RHat.rankNormalised)

        testCase "Effective sizes agree with their definitions" (fun () ->
            agree 1e-10 "bulk" EffectiveSize.bulk
            agree 1e-10 "tail" EffectiveSize.tail
            agree 1e-10 "mean" EffectiveSize.mean
            agree 1e-10 "median" (EffectiveSize.quantile 0.5))

        testCase "Standard errors agree with their definitions" (fun () ->
            agree 1e-10 "errorOfMean" StandardError.mean
            agree 1e-10 "errorOfDeviation" StandardError.deviation
            agree 1e-10 "errorOfQuantile30" (StandardError.quantile 0.3))
    ]
