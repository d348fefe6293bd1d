/// What certified numbers say of finite width, and theories corrected to first order.
module FiniteWidth.Tests.CertificateTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open MathNet.Numerics.LinearAlgebra
open FiniteWidth.Testing

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

let private activation = Activation.linear

let tests =
    testList "Certificate" [
        testTheory
            "Certified losses decide beyond two standard errors"
            [
                0.3, 0.01, "helps"
                0.5, 0.01, "hurts"
                0.39, 0.01, "undecided"
                0.41, 0.01, "undecided"
                0.4, 0.0, "undecided"
                0.3, Double.NaN, "undecided"
            ]
            (fun (loss, error, effect) ->
                let certified = certificate true loss error
                Expect.equal (string (Certificate.effect infinite certified)) effect "effect"
                Expect.within 1e-15 ((Certificate.change infinite certified).Value) (loss - 0.4) "value of change"
                Expect.isTrue ((Certificate.effect infinite (certificate false loss error)).IsUndecided) "is undecided")

        testCase "The best width has rivals where losses are close, or not certified" (fun () ->
            let best points = Certificate.best infinite points

            let clear =
                best [
                    10, certificate true 0.5 0.01
                    30, certificate true 0.3 0.01
                    90, certificate true 0.35 0.01
                ]

            Expect.equal clear.Width (Some 30) "the best width"
            Expect.equal clear.Loss.Value 0.3 "value of loss"
            Expect.isTrue clear.IsDecided "is decided"

            let close = best [ 30, certificate true 0.3 0.01; 90, certificate true 0.32 0.01 ]
            Expect.equal close.Rivals [ Some 90 ] "rivals"

            let open' =
                best [
                    10, certificate false 0.3 0.05
                    20, certificate false 0.6 0.05
                    30, certificate true 0.3 0.01
                ]

            Expect.equal open'.Width (Some 30) "the best width"
            Expect.equal open'.Rivals [ Some 10 ] "rivals"

            let none = best [ 30, certificate true 0.45 0.01 ]
            Expect.isTrue none.Width.IsNone "is none"
            Expect.equal none.Loss.Value 0.4 "value of loss")

        testCase "What finite width gains is told of widths that help beyond doubt" (fun () ->
            let gain points = Certificate.gain infinite points

            let points =
                [
                    10, certificate true 0.3 0.06
                    20, certificate true 0.32 0.01
                    40, certificate true 0.35 0.01
                ]

            match gain points with
            | Some(width, share) ->
                Expect.equal width 20 "width: that of 10 is smaller, and not significantly so"
                Expect.within 1e-15 share.Value 0.2 "share"
                Expect.within 1e-15 share.Error 0.025 "its error"
            | None -> failtest "Two widths help."

            Expect.isNone (gain [ 10, certificate true 0.39 0.01; 20, certificate false 0.1 0.001 ]) "none helps")

        // The corrected theory against the exact integral of a linear network, at widths a factor four apart.
        testTheory
            "What a corrected theory leaves out falls as the square of 1/N, and lies within its error"
            [ "proportional"; "infinite-width" ]
            (fun name ->
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
                            Expect.isLessThan (abs (found.Value - exact)) (3.0 * found.Error) "abs"

                        // Sums of 400,000 terms, rounded in one order and another.
                        Expect.within
                            1e-10
                            corrected.Score.Loss.Value
                            (corrected.Score.Bias.Value + corrected.Score.Variance.Value)
                            "value of loss"

                        abs (corrected.Score.Loss.Value - exact.Loss))

                // Between 1/8 and 1/32, or down to what the sampled slope is worth.
                let noise = 4.0 * expansion.SlopeError.Loss / 80.0
                Expect.isLessThan (errors[1]) (max noise (errors[0] / 8.0)) "errors")

        testCase "Theories agree once they are corrected, to second order" (fun () ->
            let train, test = dataSet 5 12 8, dataSet 6 20 8
            let study = Study train
            let network = Network.dense Activation.erf [ 2000 ]

            let expansion = WidthExpansion.solve network 0.1 test study |> Result.orFail

            let corrected theory =
                CorrectedTheory.solve theory network 0.1 test study expansion

            let proportional, infinite =
                corrected Theory.proportional, corrected Theory.infiniteWidth

            let first = abs expansion.Slope.Loss / 2000.0

            Expect.within
                (0.1 * first + 1e-6 * infinite.Score.Loss.Value)
                proportional.Score.Loss.Value
                infinite.Score.Loss.Value
                "value of loss"

            Expect.equal proportional.FirstOrder infinite.FirstOrder "first order")

        testCase "The variance of the log evidence is that of Gaussian features in a linear network" (fun () ->
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

            Expect.within (0.05 * expected) expansion.EvidenceVariance expected "evidence variance")
    ]
