/// Streams against the draws themselves.
module FiniteWidth.Experiment.Tests.StreamTests

open System
open Expecto
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private noise seed count =
    let values: float[] = Array.zeroCreate count
    RandomStream.FromSeed(seed).Normal(Span values)
    values

let private autoregressive seed phi draws =
    noise seed draws |> Array.scan (fun x e -> phi * x + e) 0.0 |> Array.tail

let private stream (chain: float[]) =
    let moments = StreamedMoments.create 2

    for x in chain do
        moments.Add([| nan; x; x * x |], 1)

    moments

let tests =
    testList "Stream" [
        testCase "A stream's mean and deviation are those of the draws" (fun () ->
            let chains = Array.init 3 (fun c -> autoregressive (uint64 c) 0.4 1000)
            let diagnosis = StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)
            let all = Array.concat chains
            // Rounding of a thousand additions.
            Expect.within 1e-13 diagnosis.Mean (Array.average all) "mean of diagnosis"
            Expect.within 1e-12 diagnosis.Deviation (sqrt (Draws.variance all)) "deviation")

        testTheory "Batches of a stream give the effective size of an AR(1) process" [ 0.0; 0.8 ] (fun phi ->
            let chains = Array.init 4 (fun c -> autoregressive (uint64 (c + 20)) phi 40000)
            let moments = chains |> Array.map stream
            let size = (StreamedMoments.diagnose "x" 0 moments).BulkSize
            let expected = 160000.0 * (1.0 - phi) / (1.0 + phi)
            // sqrt(2/batches) with four chains of at least 64 batches is 9%; four of it.
            Expect.isInRange (moments[0].Filled) 64 127 "filled"
            Expect.within 0.36 (size / expected) 1.0 "size / expected"
            Expect.within 0.01 ((StreamedMoments.diagnose "x" 0 moments).RHat) 1.0 "rHat")

        testCase "A stream's memory does not grow with the draws" (fun () ->
            let moments = stream (noise 3UL 1000)
            let before = GC.GetAllocatedBytesForCurrentThread()
            let values = [| 1.0; 2.0; 3.0 |]

            for _ in 1..10000 do
                moments.Add(values, 1)

            Expect.isLessThan
                (GC.GetAllocatedBytesForCurrentThread() - before)
                1000L
                "allocated bytes for current thread"

            Expect.equal moments.Count 11000L "count of moments")

        testCase "Streams of chains that have not met disagree" (fun () ->
            let chains =
                Array.init 2 (fun c -> autoregressive (uint64 c) 0.2 2000 |> Array.map ((+) (float c)))

            Expect.isGreaterThan ((StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)).RHat) 1.05 "rHat")

        testCase "A drift within chains shows in a stream's R-hat" (fun () ->
            let chains =
                Array.init 2 (fun c -> noise (uint64 c) 2000 |> Array.mapi (fun i x -> x + float i / 1000.0))

            Expect.isGreaterThan ((StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)).RHat) 1.05 "rHat")
    ]
