/// What the warm-up adapts.
module FiniteWidth.Experiment.Tests.WarmUpTests

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Numerics
open NUnit.Framework

[<Test>]
let ``The windows of a thousand iterations are Stan's`` () =
    let expected = [ 75, 100; 100, 150; 150, 250; 250, 450; 450, 950 ]
    Assert.That(WarmUp.windows 1000 = expected)

[<TestCase(20)>]
[<TestCase(100)>]
[<TestCase(149)>]
[<TestCase(150)>]
[<TestCase(400)>]
[<TestCase(5000)>]
let ``Windows follow each other, and leave iterations before and after them`` (length: int) =
    let windows = WarmUp.windows length
    Assert.That(fst windows.Head, Is.GreaterThan 0)
    Assert.That(snd (List.last windows), Is.LessThan length)

    for (_, closes), (opens, _) in List.pairwise windows do
        Assert.That(opens, Is.EqualTo closes)

    for opens, closes in windows do
        Assert.That(closes - opens, Is.GreaterThan 10)

let private model = linearModel 3UL 30 20 0.1

let private warmed sampler =
    let chain = Chain.start sampler (model.Source()) 2UL 0L 1000 |> Result.orFail

    chain.Advance 1000
    chain

[<Test>]
let ``The mean acceptance of the draws is what was asked for`` () =
    for sampler, wanted in
        [
            Sampler.mala, 0.574
            Sampler.hmc |> leapfrog, 0.8
            Sampler.nuts, 0.8
            Sampler.nuts |> diagonal |> Sampler.withStep (StepSize.Adapted 0.9), 0.9
            Sampler.crankNicolson, 0.25
        ] do
        let chain = warmed sampler
        chain.Advance 3000
        // Dual averaging overshoots by some per cent, as Stan's does.
        Assert.That(chain.State.Tally.Acceptance, Is.EqualTo(wanted).Within 0.08, string sampler)

[<Test>]
let ``The diagonal metric is the posterior's standard deviations`` () =
    let exact = model.Precision.Inverse().Diagonal() |> Seq.map sqrt |> Array.ofSeq

    for sampler in [ Sampler.nuts |> diagonal; Sampler.hmc |> leapfrog |> diagonal ] do
        let scale = (warmed sampler).State.Scale

        for i in 0 .. exact.Length - 1 do
            // The last window has 500 iterations: a deviation is known to 1/sqrt(2 * 500) = 3% when they are independent.
            Assert.That(scale[i] / exact[i], Is.EqualTo(1.0).Within 0.2)

[<Test>]
let ``After the warm-up step and metric stay as they are`` () =
    let chain = warmed (Sampler.nuts |> diagonal)
    let step, scale = chain.State.Step, Array.copy chain.State.Scale
    chain.Advance 100
    Assert.That(chain.State.Step, Is.EqualTo step)
    Assert.That(chain.State.Scale, Is.EqualTo<float[]> scale)

[<Test>]
let ``Where the data say nothing every Crank-Nicolson proposal is independent`` () =
    let flat =
        {
            Dimension = 3
            LogLikelihood =
                fun _ gradient ->
                    Array.Clear gradient
                    0.0
        }

    let chain = Chain.start Sampler.crankNicolson flat 1UL 0L 200 |> Result.orFail

    chain.Advance 200
    Assert.That(chain.State.Step, Is.EqualTo(Math.PI / 2.0).Within 1e-12)

[<Test>]
let ``A step allocates next to nothing`` () =
    let target =
        {
            Dimension = 2000
            LogLikelihood =
                fun x gradient ->
                    for i in 0 .. x.Length - 1 do
                        gradient[i] <- -x[i]

                    -0.5 * VectorArithmetic.Dot(ReadOnlySpan x, ReadOnlySpan x)
        }

    for sampler in [ Sampler.mala; Sampler.hmc; Sampler.nuts |> diagonal; Sampler.crankNicolson ] do
        let chain = Chain.start sampler target 2UL 0L 30 |> Result.orFail

        chain.Advance 40
        let before = GC.GetAllocatedBytesForCurrentThread()
        chain.Advance 20
        let perStep = (GC.GetAllocatedBytesForCurrentThread() - before) / 20L
        // A few streams and closures; one vector alone would be 16000 bytes.
        Assert.That(perStep, Is.LessThan 2500L, string sampler)
