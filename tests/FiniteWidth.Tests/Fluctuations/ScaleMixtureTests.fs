/// The integral over the scale against closed forms, plain quadrature and draws of the weights: for linear networks it is exact.
module FiniteWidth.Tests.ScaleMixtureTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private mixture network temperature data =
    ScaleMixture.solve network temperature (Study data) |> Result.orFail

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

/// The trapezoidal rule from -width to width: geometrically accurate for the densities below.
let private trapezoid width step f =
    let count = int (width / step)
    step * Seq.sum (seq { for k in -count .. count -> f (step * float k) })

let private relativeErrors depth n train test =
    let exact =
        mixture (Network.dense Activation.linear (List.replicate depth n)) 0.1 train

    let scale = Array.fold (*) 1.0 exact.Saddle.OrderParameters
    abs (ScaleMixture.errorBar test exact / (ScaleMixture.score test exact).Loss), abs (exact.MeanScale / scale - 1.0)

let tests =
    testList "Scale mixture" [
        testTheory "The density of one layer's scale integrates to one, and has mean one" [ 1; 30; 10000 ] (fun width ->
            let p = ScaleDensity.log [ width ] >> exp
            // From -80 the tail exp(x/2) of N = 1 is below 1e-17.
            let step = 0.2 / sqrt (float width)
            let reach = 80.0 / sqrt (float width)
            within 1e-12 1.0 (trapezoid reach step p)
            within 1e-12 1.0 (trapezoid reach step (fun x -> exp x * p x)))

        testCase "The scale of two layers of two units has a Bessel function for its density" (fun () ->
            // q = E1 E2 of two unit exponentials: 2 K_0(2 sqrt q) dq.
            let log' = ScaleDensity.log [ 2; 2 ]

            for x in [ -10.0; -3.0; -0.5; 0.0; 1.0; 3.0; 5.0 ] do
                let expected =
                    x
                    + log (2.0 * MathNet.Numerics.SpecialFunctions.BesselK(0.0, 2.0 * exp (x / 2.0)))

                within 1e-11 expected (log' x))

        testCase "The scale of two layers is the convolution of their logarithms" (fun () ->
            for a, b in [ 3, 7; 5, 200; 40, 40 ] do
                let p, q = ScaleDensity.log [ a ] >> exp, ScaleDensity.log [ b ] >> exp
                let both = ScaleDensity.log [ a; b ]

                for x in [ -1.5; -0.2; 0.0; 0.4 ] do
                    let plain = trapezoid 40.0 0.004 (fun u -> p u * q (x - u))
                    within 1e-11 (log plain) (both x))

        testCase "Three equal layers: their density integrates to one, and has mean one" (fun () ->
            // Beyond the reach lies less than 1e-13 of the probability.
            for width, reach, step in [ 2, 32.0, 0.15; 60, 6.0, 0.05 ] do
                let p = ScaleDensity.log [ width; width; width ] >> exp
                within 1e-11 1.0 (trapezoid reach step p)
                within 1e-11 1.0 (trapezoid reach step (fun x -> exp x * p x)))

        testCase
            "T = 0, one layer with N = P + 1: the posterior is generalised inverse Gaussian with an elementary mean"
            (fun () ->
                for seed in 1..5 do
                    let data = dataSet seed 8 12
                    let lambda = between seed 1 0.3 3.0

                    let network =
                        Network.dense Activation.linear [ 9 ] |> Network.withPriors [ 1.0; lambda ]

                    let exact = mixture network 0.0 data
                    let b = 8.0 * (Criterion.evaluate data exact.Saddle).R
                    // E q = sqrt(b/N) K_(3/2)(z)/K_(1/2)(z), z = sqrt(N b), b = lambda y^T K^(-1) y.
                    within 1e-10 (sqrt (b / 9.0) * (1.0 + 1.0 / sqrt (9.0 * b))) exact.MeanScale
                    // Every component has the same mean, and a variance in proportion to q.
                    let test = dataSet (seed + 100) 6 12
                    let score, saddle = ScaleMixture.score test exact, Posterior.score test exact.Saddle
                    within 1e-9 saddle.Bias score.Bias
                    within 1e-9 (saddle.Variance * exact.MeanScale / exact.Saddle.OrderParameters[0]) score.Variance)

        testCase "Two linear layers: evidence, scale and prediction are those of the plain double integral" (fun () ->
            let data, test = dataSet 3 6 4, dataSet 4 3 4

            let network =
                Network.dense Activation.linear [ 4; 7 ] |> Network.withPriors [ 1.3; 0.8; 1.1 ]

            let exact = mixture network 0.3 data
            let p, q = ScaleDensity.log [ 4 ], ScaleDensity.log [ 7 ]
            // One Gaussian process for each value of log q, weighted by its evidence.
            let step = 0.05
            let grid = [| -14.0 .. step .. 6.0 |]

            let terms =
                grid
                |> Array.map (fun x ->
                    let prior = trapezoid 30.0 0.02 (fun u -> exp (p u + q (x - u)))
                    let scaled = network |> Network.withReadoutPrior (1.1 * exp -x)
                    let process' = solve Theory.infiniteWidth scaled 0.3 data
                    let prediction = Posterior.predict test.Inputs process'
                    prior * exp (Posterior.logEvidence process'), exp x, prediction)

            let total = terms |> Array.sumBy (fun (w, _, _) -> w)

            let average f =
                (terms |> Array.sumBy (fun (w, x, p) -> w * f x p)) / total
            // The grid's ends carry exp(-14 * 2) of the weight.
            within 1e-9 (log (total * step)) exact.LogEvidence
            within 1e-9 (average (fun x _ -> x)) exact.MeanScale
            let prediction = ScaleMixture.predict test.Inputs exact

            for t in 0..2 do
                let mean = average (fun _ p -> p.Mean[t, 0])
                let second = average (fun _ p -> p.Variance[t, 0] + p.Mean[t, 0] * p.Mean[t, 0])
                within 1e-9 mean prediction.Mean[t, 0]
                within 1e-9 (second - mean * mean) prediction.Variance[t, 0])

        testCase
            "A linear network's weights, drawn from their prior, give the same evidence, mean and variance"
            (fun () ->
                let data, test = dataSet 11 3 2, dataSet 12 1 2
                let widths, priors, temperature = [ 3; 2 ], [ 0.9; 1.2; 0.7 ], 0.5
                let network = Network.dense Activation.linear widths |> Network.withPriors priors
                let exact = mixture network temperature data
                let stream = RandomStream.FromSeed 5UL
                let draws = 400_000
                let sizes = 2 :: widths @ [ 1 ]

                let normals = gaussian stream draws 14

                let f i =
                    let row = normals.Row(nativeint i)
                    let mutable used = 0
                    let mutable product = [| 1.0 |]

                    // The product of the layers' matrices, from the readout down to the inputs.
                    for (below, _), prior in List.rev (List.zip (List.pairwise sizes) priors) do
                        let next = Array.zeroCreate below

                        for r in product do
                            for j in 0 .. below - 1 do
                                next[j] <- next[j] + r * row[used] / sqrt (prior * float below)
                                used <- used + 1

                        product <- next

                    product

                let apply (w: float[]) (x: Matrix) i = w[0] * x[i, 0n] + w[1] * x[i, 1n]

                let samples =
                    Array.init draws (fun i ->
                        let w = f i

                        let misfit i =
                            data.Targets[i, 0n] - apply w data.Inputs i

                        let squared = Seq.sumBy (fun i -> misfit i * misfit i) [ 0n; 1n; 2n ]
                        exp (-squared / (2.0 * temperature)), apply w test.Inputs 0n)

                let weights = Array.map fst samples
                let mean = Array.average weights
                let n = float draws
                let z estimate error expected = (estimate - expected) / error

                let weighted f =
                    let estimate = Array.averageBy (fun (w, x) -> w * f x) samples / mean

                    let spread =
                        Array.averageBy (fun (w, x) -> (w * (f x - estimate) / mean) ** 2.0) samples

                    estimate, sqrt (spread / n)

                let evidence = exp (exact.LogEvidence + 1.5 * log (2.0 * Math.PI * temperature))

                let deviation =
                    sqrt (Array.averageBy (fun w -> (w - mean) * (w - mean)) weights / n)

                let prediction = ScaleMixture.predict test.Inputs exact
                let m, v = prediction.Mean[0, 0], prediction.Variance[0, 0]
                let first, firstError = weighted id
                let second, secondError = weighted (fun x -> (x - m) * (x - m))
                // Four standard errors: one run in ten thousand, and the seed is fixed.
                Expect.isLessThan (abs (z mean deviation evidence)) 4.0 "abs"
                Expect.isLessThan (abs (z first firstError m)) 4.0 "abs"
                Expect.isLessThan (abs (z second secondError v)) 4.0 "abs"
                // The errors are small enough to tell.
                Expect.isLessThan firstError (0.01 * sqrt v) "first error")

        testTheory
            "The error bar falls as 1/N, and the saddle's distance from the mean scale as 1/N^2"
            [ 1; 3 ]
            (fun depth ->
                let train, test = dataSet 1 12 20, dataSet 2 10 20

                let errors =
                    [ 5; 20; 100; 500; 2500 ]
                    |> List.map (fun n -> relativeErrors depth n train test)

                for (bar, scale), (nextBar, nextScale) in List.pairwise errors do
                    Expect.isLessThan nextBar bar "next bar"
                    Expect.isLessThan nextScale scale "next scale"

                // The next order is P/N = 2 percent, times the depth.
                Expect.within 0.5 (fst errors[3] / fst errors[4]) 5.0 "fst errors[3] / fst errors[4]"
                Expect.within 2.5 (snd errors[3] / snd errors[4]) 25.0 "snd errors[3] / snd errors[4]")

        testTheory
            "A very wide network's predictive distribution is its saddle's Gaussian"
            [ 12, 0.1; 100, 0.01 ]
            (fun (examples, temperature) ->
                let train, test = dataSet 1 examples 20, dataSet 2 4 20
                let exact = mixture (Network.dense Activation.erf [ 10_000_000 ]) temperature train
                let prediction = Posterior.predict test.Inputs exact.Saddle

                ScaleMixture.distributions test.Inputs exact
                |> Array.iteri (fun t distribution ->
                    let mean, deviation = prediction.Mean[t, 0], sqrt prediction.Variance[t, 0]
                    // 1/N = 1e-7.
                    within 1e-5 mean (PredictiveMixture.quantile 0.5 distribution)
                    within 1e-5 (mean + 1.959963984540054 * deviation) (PredictiveMixture.quantile 0.975 distribution)))

        testCase
            "A quantile is where the distribution function reaches its probability, and the density is its slope"
            (fun () ->
                let train, test = dataSet 1 12 20, dataSet 2 4 20
                let exact = mixture (Network.dense Activation.relu [ 3 ]) 0.01 train

                for distribution in ScaleMixture.distributions test.Inputs exact do
                    for p in [ 0.001; 0.3; 0.99 ] do
                        let x = PredictiveMixture.quantile p distribution
                        within 1e-12 p (PredictiveMixture.cumulative x distribution)
                        let h = 1e-3 * sqrt (PredictiveMixture.variance distribution)

                        let centred k =
                            (PredictiveMixture.cumulative (x + k * h) distribution
                             - PredictiveMixture.cumulative (x - k * h) distribution)
                            / (2.0 * k * h)
                        // Fourth-order differences.
                        within
                            1e-8
                            ((4.0 * centred 1.0 - centred 2.0) / 3.0)
                            (PredictiveMixture.density x distribution)

                let first = (ScaleMixture.distributions test.Inputs exact)[0]

                for p in [ 0.0; 1.0; nan ] do
                    Expect.throwsT<FailureException>
                        (fun () -> PredictiveMixture.quantile p first |> ignore)
                        "failure exception")

        testCase "Narrow deep networks far from their prior are integrated too" (fun () ->
            for widths in [ [ 1 ]; [ 1; 1 ]; [ 2; 50; 3 ] ] do
                for scale in [ 0.05; 1.0; 20.0 ] do
                    let data = dataSet 5 15 20 |> scaleTargets scale
                    let exact = mixture (Network.dense Activation.relu widths) 0.05 data
                    Expect.within 1e-12 (Array.sum exact.LogScale.Weights) 1.0 "sum of weights"
                    Expect.isTrue (Double.IsFinite exact.LogEvidence) "is finite"
                    // The Gauss rule is the posterior: it gives the mean that the fine grid gave.
                    let mean =
                        Array.fold2 (fun s x w -> s + w * exp x) 0.0 exact.LogScale.Nodes exact.LogScale.Weights

                    within 1e-9 exact.MeanScale mean)
    ]
