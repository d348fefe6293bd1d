/// The readout given the hidden layers, against numerical integration and against draws.
module FiniteWidth.Experiment.Tests.Networks.ReadoutTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private temperature = 0.7

let private network =
    Architecture.FullyConnected(dense Activation.erf [ 3; 2 ] |> Network.withBias 1.1)

/// The prior's product rule over the two readout weights of one output: positions and their weights, times a function.
let private integrate (posterior: NetworkPosterior) (hidden: float[]) (f: float[] -> float[]) =
    let rule = GaussHermite.Rule 60
    let target = FullTarget.create posterior ()
    let gradient = Array.zeroCreate target.Dimension
    let nodes, weights = rule.Nodes.ToArray(), rule.Weights.ToArray()

    [
        for i in 0 .. rule.Order - 1 do
            for j in 0 .. rule.Order - 1 do
                let x = Array.append hidden [| nodes[i]; nodes[j] |]
                let likelihood = exp (target.LogLikelihood x gradient)
                weights[i] * weights[j] * likelihood, f (Array.append x gradient)
    ]
    |> fun terms ->
        let total = terms |> List.sumBy fst

        let mean =
            terms
            |> List.map (fun (w, values) -> values |> Array.map (fun v -> w / total * v))
            |> List.reduce (Array.map2 (+))

        total, mean

let tests =
    testList "Readout" [
        // Two features: fewer than 5 examples, as many as 2, more than 1.
        testTheory
            "The marginal target is the integral of the full one over the readout, and its gradient the mean force"
            [ 5; 2; 1 ]
            (fun examples ->
                let data = dataSet 31 examples 4 1
                let posterior = posterior complete network temperature data
                let hidden = position 32 posterior.Layout.HiddenDimension
                let total, mean = integrate posterior hidden id

                let force =
                    mean |> Array.skip posterior.Layout.Dimension |> Array.take hidden.Length

                let normalisation = -0.5 * float examples * log (2.0 * Math.PI * temperature)

                // 60 nodes integrate a Gaussian of this width to the last digits.
                run (MarginalTarget.create posterior) hidden
                |> assertClose 1e-9 (log total + normalisation, force))

        testTheory
            "Draws of the readout have the mean and covariance of its conditional distribution"
            [ 5; 1 ]
            (fun examples ->
                let data = dataSet 33 examples 4 1
                let posterior = posterior complete network temperature data
                let hidden = position 34 posterior.Layout.HiddenDimension
                let readout = ConditionalReadout posterior
                let first = posterior.Layout.HiddenDimension

                let moments (x: float[]) =
                    let a, b = x[first], x[first + 1]
                    [| a; b; a * a; a * b; b * b |]

                let _, expected = integrate posterior hidden moments
                let stream = RandomStream.FromSeed 35UL
                let draws = 20000

                let samples =
                    Array.init draws (fun i ->
                        let x = Array.append hidden [| 0.0; 0.0 |]
                        readout.Draw(x, stream.Split(int64 i))
                        Expect.equal (x[.. first - 1]) hidden "hidden weights"
                        moments x)

                for k in 0 .. expected.Length - 1 do
                    let values = samples |> Array.map (fun sample -> sample[k])
                    let mean = Array.average values

                    let deviation = values |> Array.averageBy (fun v -> (v - mean) ** 2.0) |> sqrt

                    // A fixed seed: five moments, each within 4 standard errors.
                    Expect.isLessThan (abs (mean - expected[k])) (4.0 * deviation / sqrt (float draws)) "abs"

                Expect.within 1e-9 (readout.Mean[0n, 0n]) (expected[0]) "mean of readout"
                let variances = readout.WeightVariances()
                Expect.within 1e-9 (variances[0]) (expected[2] - expected[0] * expected[0]) "variances")

        testCase "Both ways of conditioning give the same draws' distribution for several outputs" (fun () ->
            // 6 features: through the examples with 5 of them, through the features with 7, of which two repeat what is known to be 0 weight.
            let architecture = Architecture.FullyConnected(dense Activation.relu [ 6 ])
            let data = dataSet 36 5 4 2

            let padded =
                DataSet.create
                    (Matrix.Create(7n, 4n, fun i j -> if i < 5n then data.Inputs[i, j] else 0.0))
                    (Matrix.Create(7n, 2n, fun i j -> if i < 5n then data.Targets[i, j] else 0.0))
                |> Result.orFail

            let condition data =
                let posterior = posterior complete architecture temperature data
                let readout = ConditionalReadout posterior
                let x = position 37 posterior.Layout.HiddenDimension
                let evidence = readout.Condition x
                let rows = gaussian (RandomStream.FromSeed 38UL) 3 6

                evidence,
                readout.Mean.ToArray(),
                readout.Variances rows,
                readout.Covariance(rows).ToArray(),
                readout.WeightVariances()

            // An input of zeros has no features under ReLU: it adds nothing but the evidence of a target 0 with noise T.
            let evidence, mean, variances, covariance, weights = condition data
            let evidence', mean', variances', covariance', weights' = condition padded
            let flat (a: float[,]) = Seq.cast<float> a |> Array.ofSeq
            Expect.within 1e-10 (evidence' + 2.0 * log (2.0 * Math.PI * temperature)) evidence "evidence"
            Expect.isLessThan (largestDifference (flat mean) (flat mean')) roundingTolerance "largest difference"
            Expect.isLessThan (largestDifference variances variances') roundingTolerance "largest difference"

            Expect.isLessThan
                (largestDifference (flat covariance) (flat covariance'))
                roundingTolerance
                "largest difference"

            Expect.isLessThan (largestDifference weights weights') roundingTolerance "largest difference")

        testCase "A position that is not finite has no likelihood, which rejects it" (fun () ->
            let data = dataSet 39 5 4 1
            let posterior = posterior complete network temperature data
            let x = Array.create posterior.Layout.HiddenDimension nan
            let value, gradient = run (MarginalTarget.create posterior) x
            Expect.equal value Double.NegativeInfinity "value"
            Expect.allEqual gradient 0.0 "gradient")
    ]
