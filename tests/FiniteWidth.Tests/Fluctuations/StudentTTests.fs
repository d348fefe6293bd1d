/// The Student-t process against the Gaussian process, the integral over its scale, and the scale mixture.
module FiniteWidth.Tests.StudentTTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private studentT nu network temperature data =
    StudentT.solve nu network temperature (Study data) |> Result.orFail

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

let tests =
    testList "Student T" [
        testPropertyWithConfig
            (maxTest 20)
            "Many degrees of freedom make it the Gaussian process"
            (fun (seed: PositiveInt) ->
                let data, test = dataSet seed.Get 8 12, dataSet (seed.Get + 1000) 5 12
                let network = network Activation.erf 2 seed.Get
                // The difference is of order (y^T K^(-1) y)^2/nu.
                let posterior = studentT 1e9 network 0.1 data
                let gaussian = solve Theory.infiniteWidth network 0.1 data
                within 1e-5 (Posterior.logEvidence gaussian) posterior.LogEvidence
                within 1e-5 (Posterior.score test gaussian).Loss (StudentT.score test posterior).Loss)

        testTheory
            "Evidence and variance are those of the integral over an inverse-gamma scale"
            [ 2.5, 0.0; 7.0, 0.0; 7.0, 0.4; 300.0, 0.4 ]
            (fun (nu, temperature) ->
                let data, test = dataSet 3 6 8, dataSet 4 3 8
                let network = Network.dense Activation.erf [ 10 ] |> Network.withPriors [ 1.3; 0.8 ]
                let posterior = studentT nu network temperature data
                let a, b = nu / 2.0, (nu - 2.0) / 2.0
                let step = 0.05

                let terms =
                    [|
                        for x in -8.0 .. step .. 25.0 do
                            let s = exp x
                            // Kernel and noise multiplied by s.
                            let scaled =
                                solve
                                    Theory.infiniteWidth
                                    (Network.withReadoutPrior (0.8 / s) network)
                                    (s * temperature)
                                    data

                            let prior = a * log b - MathNet.Numerics.SpecialFunctions.GammaLn a - a * x - b / s
                            exp (prior + Posterior.logEvidence scaled), Posterior.predict test.Inputs scaled
                    |]

                let total = Array.sumBy fst terms
                within 1e-9 (log (total * step)) posterior.LogEvidence
                let prediction = StudentT.predict test.Inputs posterior

                for t in 0..2 do
                    let mean = (terms |> Array.sumBy (fun (w, p) -> w * p.Mean[t, 0])) / total
                    let variance = (terms |> Array.sumBy (fun (w, p) -> w * p.Variance[t, 0])) / total
                    within 1e-8 mean prediction.Mean[t, 0]
                    within 1e-8 variance prediction.Variance[t, 0])

        testPropertyWithConfig
            (maxTest 50)
            "The data widen the predictions exactly when r > 1"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 8 12 |> scaleTargets (between seed.Get 3 0.2 3.0)
                let nu = between seed.Get 4 2.1 1000.0
                let temperature = if seed.Get % 2 = 0 then 0.0 else 0.2
                let posterior = studentT nu (network Activation.erf 1 seed.Get) temperature data
                (posterior.Inflation > 1.0) = (posterior.R > 1.0))

        testPropertyWithConfig
            (maxTest 20)
            "At T = 0 it, the saddle point and the mixture's criterion agree on who wins"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 8 12 |> scaleTargets (between seed.Get 3 0.2 3.0)
                let network = Network.dense Activation.erf [ 40 ]
                let posterior = studentT 44.0 network 0.0 data
                let saddle = solve Theory.proportional network 0.0 data
                (posterior.Inflation > 1.0) = (saddle.OrderParameters[0] > 1.0))

        testCase "With N + 4 degrees of freedom its scale is the mixture's to first order in 1/N" (fun () ->
            let data = dataSet 1 8 12 |> scaleTargets 1.7

            let difference n =
                let network = Network.dense Activation.erf [ n ]
                within 1e-12 (float n + 4.0) (StudentT.degreesOfFreedom network)
                let posterior = studentT (StudentT.degreesOfFreedom network) network 0.0 data
                let mixture = ScaleMixture.solve network 0.0 (Study data) |> Result.orFail
                posterior.Inflation - mixture.MeanScale, posterior.Inflation - 1.0

            let (d1, first1), (d2, first2) = difference 20000, difference 40000
            // What is left falls as 1/N^2, the correction itself as 1/N; the next order is P/N.
            Expect.within 0.1 (d1 / d2) 4.0 "d1 / d2"
            Expect.within 0.05 (first1 / first2) 2.0 "first1 / first2"
            Expect.isLessThan (abs d1) (0.1 * abs first1) "abs")

        testCase "Deep networks: the degrees of freedom match the variance of a product of chi-squares" (fun () ->
            // E q^2 = (1 + 2/3)(1 + 2/5), and an inverse gamma of mean 1 has the variance 2/(nu - 4).
            let nu = StudentT.degreesOfFreedom (Network.dense Activation.relu [ 3; 5 ])
            within 1e-12 (5.0 / 3.0 * 7.0 / 5.0 - 1.0) (2.0 / (nu - 4.0)))

        testCase
            "Its marginals have the variance that it predicts, and quantiles that its distribution function takes back"
            (fun () ->
                let data, test = dataSet 3 6 8, dataSet 4 2 8
                let posterior = studentT 3.0 (Network.dense Activation.erf [ 10 ]) 0.1 data
                let prediction = StudentT.predict test.Inputs posterior

                StudentT.distributions test.Inputs posterior
                |> Array.iteri (fun t marginal ->
                    Expect.equal marginal.DegreesOfFreedom 9.0 "degrees of freedom"
                    let deviation = sqrt prediction.Variance[t, 0]
                    let step = 0.01

                    let moment k =
                        step
                        * Seq.sum (
                            seq {
                                // The tail beyond 200 deviations of a density falling with the tenth power.
                                for x in -200.0 .. step .. 200.0 ->
                                    x ** k
                                    * deviation
                                    * StudentTMarginal.density (marginal.Mean + deviation * x) marginal
                            }
                        )

                    within 1e-9 1.0 (moment 0.0)
                    within 1e-9 1.0 (moment 2.0)

                    for p in [ 0.01; 0.5; 0.975 ] do
                        within 1e-8 p (StudentTMarginal.cumulative (StudentTMarginal.quantile p marginal) marginal)))

        testCase "What has no covariance, or several outputs, is refused in one sentence" (fun () ->
            let refused (message: string) nu data =
                match StudentT.solve nu (Network.dense Activation.erf [ 10 ]) 0.1 (Study data) with
                | Error failure -> Expect.stringContains failure.Message message "message"
                | Ok posterior -> failtest $"It was solved: {posterior.LogEvidence}"

            let data = dataSet 1 4 5

            for nu in [ 2.0; 0.0; -1.0; nan; infinity ] do
                refused $"The degrees of freedom are {nu}" nu data

            let two =
                DataSet.FromArrays(array2D [ [ 1.0 ]; [ 2.0 ] ], array2D [ [ 1.0; 2.0 ]; [ 0.0; 1.0 ] ])

            refused "one of one output" 5.0 two

            let marginal =
                {
                    DegreesOfFreedom = 5.0
                    Mean = 0.0
                    Variance = 1.0
                }

            for p in [ 0.0; 1.0; nan ] do
                Expect.throwsT<FailureException>
                    (fun () -> StudentTMarginal.quantile p marginal |> ignore)
                    "failure exception")
    ]
