/// Streams against the draws themselves.
module FiniteWidth.Experiment.Tests.StreamTests

open System
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open NUnit.Framework

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

[<Test>]
let ``A stream's mean and deviation are those of the draws`` () =
    let chains = Array.init 3 (fun c -> autoregressive (uint64 c) 0.4 1000)
    let diagnosis = StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)
    let all = Array.concat chains
    // Rounding of a thousand additions.
    Assert.That(diagnosis.Mean, Is.EqualTo(Array.average all).Within 1e-13)
    Assert.That(diagnosis.Deviation, Is.EqualTo(sqrt (Draws.variance all)).Within 1e-12)

[<TestCase(0.0)>]
[<TestCase(0.8)>]
let ``Batches of a stream give the effective size of an AR(1) process`` (phi: float) =
    let chains = Array.init 4 (fun c -> autoregressive (uint64 (c + 20)) phi 40000)
    let moments = chains |> Array.map stream
    let size = (StreamedMoments.diagnose "x" 0 moments).BulkSize
    let expected = 160000.0 * (1.0 - phi) / (1.0 + phi)
    // sqrt(2/batches) with four chains of at least 64 batches is 9%; four of it.
    Assert.That(moments[0].Filled, Is.InRange(64, 127))
    Assert.That(size / expected, Is.EqualTo(1.0).Within 0.36)
    Assert.That((StreamedMoments.diagnose "x" 0 moments).RHat, Is.EqualTo(1.0).Within 0.01)

[<Test>]
let ``A stream's memory does not grow with the draws`` () =
    let moments = stream (noise 3UL 1000)
    let before = GC.GetAllocatedBytesForCurrentThread()
    let values = [| 1.0; 2.0; 3.0 |]

    for _ in 1..10000 do
        moments.Add(values, 1)

    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan 1000L)
    Assert.That(moments.Count, Is.EqualTo 11000L)

[<Test>]
let ``Streams of chains that have not met disagree`` () =
    let chains =
        Array.init 2 (fun c -> autoregressive (uint64 c) 0.2 2000 |> Array.map ((+) (float c)))

    Assert.That((StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)).RHat, Is.GreaterThan 1.05)

[<Test>]
let ``A drift within chains shows in a stream's R-hat`` () =
    let chains =
        Array.init 2 (fun c -> noise (uint64 c) 2000 |> Array.mapi (fun i x -> x + float i / 1000.0))

    Assert.That((StreamedMoments.diagnose "x" 0 (chains |> Array.map stream)).RHat, Is.GreaterThan 1.05)
