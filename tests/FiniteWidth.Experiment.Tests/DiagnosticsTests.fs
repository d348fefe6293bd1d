/// The diagnostics against what is known of the processes that made the draws, and against cases small enough for paper.
module FiniteWidth.Experiment.Tests.DiagnosticsTests

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FsCheck
open NUnit.Framework
open FsCheck.NUnit

/// Chains of a stationary AR(1) process of unit variance.
let private autoregressive seed chains draws phi =
    Array.init chains (fun c ->
        let noise: float[] = Array.zeroCreate (draws + 1)
        (RandomStream.FromSeed(seed).Split(int64 c)).Normal(Span noise)
        let innovation = sqrt (1.0 - phi * phi)

        Array.sub noise 1 draws
        |> Array.scan (fun x e -> phi * x + innovation * e) noise[0]
        |> Array.tail)

[<TestCase(0.0)>]
[<TestCase(0.5)>]
[<TestCase(0.9)>]
[<TestCase(-0.3)>]
let ``The effective size of an AR(1) process is S (1 - phi)/(1 + phi)`` (phi: float) =
    let chains, draws = 4, 20000
    let x = autoregressive 1UL chains draws phi
    let expected = float (chains * draws) * (1.0 - phi) / (1.0 + phi)
    // The estimate's own relative error: sqrt(2 (2 M + 1)/S) for a window of M autocorrelations (Priestley), M about 6 tau here; four of it.
    let tau = (1.0 + phi) / (1.0 - phi)
    let error = 4.0 * sqrt (2.0 * (12.0 * max tau 1.0 + 1.0) / float (chains * draws))
    Assert.That(EffectiveSize.mean x / expected, Is.EqualTo(1.0).Within(error))
    // Ranks of a Gaussian process are nearly itself.
    Assert.That(EffectiveSize.bulk x / expected, Is.EqualTo(1.0).Within(error))

[<Test>]
let ``Standard errors are the spread of the estimates over repetitions`` () =
    let phi, repetitions = 0.6, 400

    let runs =
        Array.init repetitions (fun i -> autoregressive (uint64 (i + 10)) 2 500 phi)

    let ratio estimate standardError =
        let spread = runs |> Array.map estimate |> Draws.variance |> sqrt
        (runs |> Array.averageBy standardError) / spread

    // The spread of 400 estimates is known to 1/sqrt(800) = 3.5%; four of it. Short chains underestimate a little.
    let within = Is.EqualTo(1.0).Within 0.14
    Assert.That(ratio (Array.concat >> Array.average) StandardError.mean, within)
    Assert.That(ratio (Array.concat >> Draws.variance >> sqrt) StandardError.deviation, within)
    Assert.That(ratio (Draws.quantile 0.9) (StandardError.quantile 0.9), within)

[<Test>]
let ``R-hat of two chains of four draws, by hand`` () =
    // Halves [1,2] [3,4] [2,3] [6,9]: variances 1/2, 1/2, 1/2, 9/2, means 3/2, 7/2, 5/2, 15/2; W = 3/2, var(means) = 83/12.
    let draws = [| [| 1.0; 2.0; 3.0; 4.0 |]; [| 2.0; 3.0; 6.0; 9.0 |] |]
    let expected = sqrt (0.5 + (83.0 / 12.0) / 1.5)
    Assert.That(RHat.split draws, Is.EqualTo(expected).Within 1e-14)

[<Test>]
let ``The autocovariance of four draws, by hand`` () =
    // Away from their mean 2: -1, -1, 0, 2.
    let c = Autocovariance.ofChain [| 1.0; 1.0; 2.0; 4.0 |]

    for t, expected in List.indexed [ 6.0 / 4.0; 1.0 / 4.0; -2.0 / 4.0; -2.0 / 4.0 ] do
        Assert.That(c[t], Is.EqualTo(expected).Within 1e-15)

[<Test>]
let ``Chains of one distribution pass, shifted ones and wider ones do not`` () =
    let draws = autoregressive 7UL 4 1000 0.3
    Assert.That(RHat.rankNormalised draws, Is.LessThan 1.01)

    let shifted =
        draws |> Array.mapi (fun c x -> if c = 0 then Array.map ((+) 1.0) x else x)

    Assert.That(RHat.bulk shifted, Is.GreaterThan 1.05)

    let wider =
        draws |> Array.mapi (fun c x -> if c = 0 then Array.map ((*) 3.0) x else x)

    Assert.That(RHat.bulk wider, Is.LessThan 1.01)
    Assert.That(RHat.folded wider, Is.GreaterThan 1.05)
    Assert.That(RHat.rankNormalised wider, Is.EqualTo(RHat.folded wider))

[<Property(MaxTest = 50)>]
let ``Rank diagnostics do not change under monotone maps`` (seed: uint64) =
    let draws = autoregressive seed 3 40 0.5
    let mapped = draws |> Array.map (Array.map exp)

    RHat.bulk mapped = RHat.bulk draws
    && EffectiveSize.bulk mapped = EffectiveSize.bulk draws

[<Property(MaxTest = 50)>]
let ``Chains may come in any order, and any units`` (seed: uint64) (NormalFloat shift) =
    let draws = autoregressive seed 4 50 0.2

    let other =
        draws
        |> Array.rev
        |> Array.map (Array.map (fun x -> 3.0 * x + shift / (1.0 + abs shift)))

    let same (f: float[][] -> float) =
        abs (f other - f draws) < 1e-9 * abs (f draws)

    same EffectiveSize.mean && same RHat.split && same EffectiveSize.deviation

[<Test>]
let ``A verdict names every quantity that has not converged, and why`` () =
    let good = Diagnosis.ofDraws "good" (autoregressive 3UL 4 2000 0.1)
    let slow = Diagnosis.ofDraws "slow" (autoregressive 4UL 4 500 0.98)
    let still = Diagnosis.ofDraws "still" (Array.create 4 (Array.create 10 1.0))
    let broken = Diagnosis.ofDraws "broken" [| [| 1.0; nan; 2.0; 3.0 |] |]
    let tally = Tally()
    Assert.That(Verdict.judge Verdict.limits [ tally; tally; tally; tally ] [ good ], Is.EqualTo Verdict.Converged)

    match Verdict.judge Verdict.limits [ tally; tally; tally; tally ] [ good; slow; still; broken ] with
    | Verdict.NotConverged reasons ->
        let isOf name reason =
            match reason with
            | Reason.TooFewEffectiveDraws(q, _, _)
            | Reason.ChainsDisagree(q, _, _)
            | Reason.Constant q
            | Reason.NotFinite q -> q = name
            | _ -> false

        Assert.That(List.exists (isOf "good") reasons, Is.False)
        Assert.That(List.exists (isOf "slow") reasons)
        Assert.That(List.contains (Reason.Constant "still") reasons)
        Assert.That(List.contains (Reason.NotFinite "broken") reasons)
    | Verdict.Converged -> Assert.Fail "The slow chains were let through."

[<Test>]
let ``Draws that cannot be diagnosed are refused in one sentence`` () =
    let refused (draws: float[][]) (part: string) =
        let error =
            Assert.Throws<FailureException>(fun () -> RHat.rankNormalised draws |> ignore)

        Assert.That((nonNull error).Message, Does.Contain part)

    refused [||] "no chains"
    refused [| [| 1.0; 2.0; 3.0 |] |] "3 draws"
    refused [| Array.zeroCreate 5; Array.zeroCreate 6 |] "6 draws"
