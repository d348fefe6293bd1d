/// What certified numbers say of finite width, and theories corrected to first order.
module FiniteWidth.Tests.CertificateTests

open System
open FiniteWidth
open FiniteWidth.Tests.Problem
open MathNet.Numerics.LinearAlgebra
open NUnit.Framework

let private infinite: Score =
    {
        Loss = 0.4
        Bias = 0.3
        Variance = 0.1
    }

let private certificate certified (loss: float) error =
    let measured value : Measured = { Value = value; Error = error }

    {
        Score =
            {
                Loss = measured loss
                Bias = measured 0.3
                Variance = measured (loss - 0.3)
            }
        Method = Method.Sampling
        Certified = certified
        Reason = "It is a test."
        Bracket =
            if certified then
                None
            else
                Some(struct (loss - error, loss + error))
    }

[<TestCase(0.3, 0.01, "helps")>]
[<TestCase(0.5, 0.01, "hurts")>]
[<TestCase(0.39, 0.01, "undecided")>]
[<TestCase(0.41, 0.01, "undecided")>]
[<TestCase(0.4, 0.0, "undecided")>]
[<TestCase(0.3, Double.NaN, "undecided")>]
let ``Certified losses decide beyond two standard errors`` (loss: float, error: float, effect: string) =
    let certified = certificate true loss error
    Assert.That(string (Certificate.effect infinite certified), Is.EqualTo effect)
    Assert.That((Certificate.change infinite certified).Value, Is.EqualTo(loss - 0.4).Within 1e-15)
    Assert.That((Certificate.effect infinite (certificate false loss error)).IsUndecided)

[<Test>]
let ``The best width has rivals where losses are close, or not certified`` () =
    let best points = Certificate.best infinite points

    let clear =
        best [
            10, certificate true 0.5 0.01
            30, certificate true 0.3 0.01
            90, certificate true 0.35 0.01
        ]

    Assert.That((clear.Width = Some 30))
    Assert.That(clear.Loss.Value, Is.EqualTo 0.3)
    Assert.That clear.IsDecided

    let close = best [ 30, certificate true 0.3 0.01; 90, certificate true 0.32 0.01 ]
    Assert.That((close.Rivals = [ Some 90 ]))

    let open' =
        best [
            10, certificate false 0.3 0.05
            20, certificate false 0.6 0.05
            30, certificate true 0.3 0.01
        ]

    Assert.That((open'.Width = Some 30))
    Assert.That((open'.Rivals = [ Some 10 ]))

    let none = best [ 30, certificate true 0.45 0.01 ]
    Assert.That(none.Width.IsNone)
    Assert.That(none.Loss.Value, Is.EqualTo 0.4)

let private activation = Activation.linear

/// The corrected theory against the exact integral of a linear network, at widths a factor four apart.
[<TestCase("proportional")>]
[<TestCase("infinite-width")>]
let ``What a corrected theory leaves out falls as the square of 1/N, and lies within its error`` (name: string) =
    let theory =
        if name = "proportional" then
            Theory.proportional
        else
            Theory.infiniteWidth

    let train, test = dataSet 3 20 12, dataSet 4 30 12
    let study = Study train
    let temperature = 0.2

    let network width = Network.dense activation [ width ]

    let expansion =
        WidthExpansion.solveWith (WidthExpansion.exactly 400_000 1UL) (network 1) temperature test study
        |> Result.orFail

    let errors =
        [ 20; 80 ]
        |> List.map (fun width ->
            let corrected =
                CorrectedTheory.solve theory (network width) temperature test study expansion

            let exact =
                ScaleMixture.solve (network width) temperature study
                |> Result.orFail
                |> ScaleMixture.score test

            for found, exact in
                [
                    corrected.Score.Loss, exact.Loss
                    corrected.Score.Bias, exact.Bias
                    corrected.Score.Variance, exact.Variance
                ] do
                Assert.That(abs (found.Value - exact), Is.LessThan(3.0 * found.Error))

            Assert.That(
                corrected.Score.Loss.Value,
                Is.EqualTo(corrected.Score.Bias.Value + corrected.Score.Variance.Value).Within 1e-12
            )

            abs (corrected.Score.Loss.Value - exact.Loss))

    // Between 1/8 and 1/32, or down to what the sampled slope is worth.
    let noise = 4.0 * expansion.SlopeError.Loss / 80.0
    Assert.That(errors[1], Is.LessThan(max noise (errors[0] / 8.0)))

[<Test>]
let ``Theories agree once they are corrected, to second order`` () =
    let train, test = dataSet 5 12 8, dataSet 6 20 8
    let study = Study train
    let network = Network.dense Activation.erf [ 2000 ]

    let expansion = WidthExpansion.solve network 0.1 test study |> Result.orFail

    let corrected theory =
        CorrectedTheory.solve theory network 0.1 test study expansion

    let proportional, infinite =
        corrected Theory.proportional, corrected Theory.infiniteWidth

    let first = abs expansion.Slope.Loss / 2000.0

    Assert.That(
        proportional.Score.Loss.Value,
        Is.EqualTo(infinite.Score.Loss.Value).Within(0.1 * first + 1e-6 * infinite.Score.Loss.Value)
    )

    Assert.That(proportional.FirstOrder, Is.EqualTo infinite.FirstOrder)

[<Test>]
let ``The variance of the log evidence is that of Gaussian features in a linear network`` () =
    let train, test = dataSet 7 9 12, dataSet 8 5 12
    let temperature, count, features = 0.3, 9, 12.0

    let x =
        Matrix<float>.Build.Dense(count, 12, (fun i j -> train.Inputs[nativeint i, nativeint j]))

    let y = Vector<float>.Build.Dense(count, (fun i -> train.Targets[nativeint i, 0n]))
    let k = x * x.Transpose() / features
    let a = (k + temperature * Matrix<float>.Build.DenseIdentity count).Inverse()
    let alpha = a * y
    let power = alpha * k * alpha
    let turned = a * k

    // (p^2 - h)/2 with p = alpha.phi, h = phi.A^(-1) phi and phi ~ N(0, K).
    let expected =
        0.5
        * (power * power + (turned * turned).Trace() - 2.0 * (alpha * k * a * k * alpha))

    let expansion =
        WidthExpansion.solveWith
            (WidthExpansion.exactly 400_000 2UL)
            (Network.dense Activation.linear [ 1 ])
            temperature
            test
            (Study train)
        |> Result.orFail

    Assert.That(expansion.EvidenceVariance, Is.EqualTo(expected).Within(0.05 * expected))
