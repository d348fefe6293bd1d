/// Measured losses against what is known exactly, and samplers against each other.
module FiniteWidth.Experiment.Tests.Measurements.MeasurementTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private temperature = 0.1

let private linear (widths: int list) =
    let priors = [ 1.0; 1.5; 0.7 ] |> List.truncate (widths.Length + 1)
    network Activation.linear widths priors

let private erfNetwork = network Activation.erf [ 6 ] [ 1.0; 1.0 ]

let private small = teacher 7UL 8 10 9 1

let private reference =
    lazy (measure (plan 8UL 300 2000) erfNetwork temperature small)

let private samplers =
    [
        "NUTS", NetworkSampler.Integrated Sampler.nuts, 1
        "MALA", NetworkSampler.Integrated Sampler.mala, 10
        "Crank-Nicolson", NetworkSampler.Integrated Sampler.crankNicolson, 50
        "HMC of all weights", NetworkSampler.Sampled Sampler.hmc, 2
        "Gibbs", NetworkSampler.Gibbs Sampler.hmc, 1
        // Steps short enough for a bias below the standard error.
        "Langevin", NetworkSampler.Langevin 0.02, 200
    ]

let private names = samplers |> List.map (fun (name, _, _) -> name)

let private refusal plan architecture temperature =
    match Measurement.run plan architecture temperature small with
    | Ok _ -> "accepted"
    | Error failure -> failure.Message

let tests =
    testList "Measurement" [
        testTheory
            "Loss, bias, variance and every test point are those of the exact mixture of a linear network"
            [ 5, 0; 30, 0; 4, 7 ]
            (fun (n1, n2) ->
                let network = linear (if n2 = 0 then [ n1 ] else [ n1; n2 ])

                let z =
                    [ 1UL .. 15UL ]
                    |> List.map (fun seed ->
                        let split = teacher seed 10 10 12 1

                        let mixture =
                            ScaleMixture.solve network temperature (Study split.Train) |> Result.orFail

                        let measured = measure (plan seed 250 400) network temperature split

                        scoreZ (ScaleMixture.score split.Test mixture) measured,
                        pointZ (ScaleMixture.predict split.Test.Inputs mixture) measured.Points)

                // 45 scores, and 300 means and variances.
                assertNoOutliers (List.collect fst z)
                assertNoOutliers (List.collect snd z))

        testCase "Two outputs of a linear network have the losses and the covariance of the exact mixture" (fun () ->
            let network = linear [ 6 ]
            let split = teacher 3UL 10 12 12 2

            let mixture =
                OutputMixture.solve network temperature (Study split.Train) |> Result.orFail

            let measured =
                measure
                    { plan 4UL 400 1500 with
                        Quantities = [ Quantity.OutputCovariance ]
                    }
                    network
                    temperature
                    split

            let exact = OutputMixture.predict split.Test.Inputs mixture

            let z =
                scoreZ (OutputMixture.score split.Test mixture) measured
                @ pointZ
                    {
                        Mean = exact.Mean
                        Variance = exact.Variance
                    }
                    measured.Points

            // Correlated, of one run: 51 numbers beyond 4.5 once in thousands.
            Expect.isLessThan (z |> List.map abs |> List.max) 4.5 "max of z"

            for t in 0..11 do
                let covariance = measured.OutputCovariances[t]
                Expect.equal (covariance[0, 1]) (covariance[1, 0]) "covariance"
                // The diagonal is the variance, but for the square of the mean's error.
                Expect.within 1e-3 (covariance[0, 0]) (measured.Points.Variance[t, 0]) "covariance"
                // Five times the error of the variances beside it bounds that of the covariance.
                let bound =
                    5.0
                    * max measured.Points.VarianceError[t, 0] measured.Points.VarianceError[t, 1]

                Expect.within bound (covariance[0, 1]) (exact.Covariance[t][0, 1]) "covariance")

        testCase "A wide network has the losses of infinite width" (fun () ->
            let split = teacher 5UL 10 20 12 1
            let network = network Activation.erf [ 1000 ] [ 1.0; 1.0 ]
            let study = Study split.Train

            let score theory =
                Posterior.solve theory network temperature study
                |> Result.map (Posterior.score split.Test)
                |> Result.orFail

            let infinite = score Theory.infiniteWidth
            let measured = measure (plan 6UL 150 250) network temperature split

            let check (exact: float) other (estimate: Estimate) =
                // What is left at order 1/N, a few times what the theory says of it, and four standard errors.
                let tolerance = 3.0 * abs (exact - other) + 4.0 * estimate.Error
                Expect.within tolerance estimate.Value exact "value of estimate"
                Expect.isLessThan tolerance (0.05 * exact) "tolerance"

            let finite = score Theory.proportional
            check infinite.Loss finite.Loss measured.Loss
            check infinite.Bias finite.Bias measured.Bias
            check infinite.Variance finite.Variance measured.Variance)

        testTheory "Every sampler agrees with the standard plan" names (fun name ->
            let _, sampler, thin = samplers |> List.find (fun (other, _, _) -> other = name)
            let plan = plan 9UL (300 * thin) 400

            let measured =
                measure
                    { plan with
                        Sampler = sampler
                        Settings =
                            { plan.Settings with
                                StepsPerDraw = thin
                            }
                    }
                    erfNetwork
                    temperature
                    small

            let difference (a: Estimate) (b: Estimate) =
                (a.Value - b.Value) / sqrt (a.Error * a.Error + b.Error * b.Error)

            let reference = reference.Value

            // Four numbers: beyond 4 once in four thousand.
            for of' in [ _.Loss; _.Bias; _.Variance; _.TrainLoss ] do
                Expect.isLessThan (abs (difference (of' measured) (of' reference))) 4.0 name

            // A bound on the noise, so that agreement means something: 10% of the loss.
            Expect.isLessThan measured.Loss.Error (0.1 * measured.Loss.Value) "error of loss")

        testCase "The hidden Gram matrix of a linear network is that of the exact mixture" (fun () ->
            let network = linear [ 8 ]
            let split = teacher 11UL 6 2 8 1

            let exact =
                ScaleMixture.solve network temperature (Study split.Train)
                |> Result.bind HiddenGram.ofMixture
                |> Result.orFail

            let measured =
                measure
                    { plan 12UL 300 1500 with
                        Quantities = [ Quantity.HiddenGram ]
                    }
                    network
                    temperature
                    split

            let gram = measured.HiddenGram.Value

            for i in 0..5 do
                for j in 0..5 do
                    let z = (exact[nativeint i, nativeint j] - gram.Mean[i, j]) / gram.Error[i, j]
                    // 21 different entries.
                    Expect.isLessThan (abs z) 4.5 $"{i}, {j}")

        testCase "Without data a unit's mean square cosine with a teacher is one over the number of inputs" (fun () ->
            let split = teacher 13UL 9 2 5 1
            let units = Matrix.Create(2n, 5n, fun k i -> float (1n + k + i * i))

            let measured =
                measure
                    { plan 14UL 200 800 with
                        Quantities = [ Quantity.TeacherOverlap units ]
                    }
                    (linear [ 20 ])
                    // At this temperature the data say nothing.
                    1e9
                    split

            for overlap in measured.TeacherOverlaps do
                Expect.isLessThan (abs (Estimate.zScore 0.2 overlap.MeanSquare)) 4.0 "abs"
                Expect.isInRange overlap.Largest.Value (sqrt overlap.MeanSquare.Value) 1.0 "value of largest"

            Expect.equal measured.TeacherOverlaps.Length 2 "length of teacher overlaps")

        testCase "The accuracy is that of the exact posterior mean's signs" (fun () ->
            let split = signs 15UL 20 200 10
            let network = linear [ 10 ]

            let mixture =
                ScaleMixture.solve network temperature (Study split.Train) |> Result.orFail

            let mean = (ScaleMixture.predict split.Test.Inputs mixture).Mean

            let exact =
                [
                    for t in 0..199 ->
                        if mean[t, 0] * split.Test.Targets[nativeint t, 0n] > 0.0 then
                            1.0
                        else
                            0.0
                ]
                |> List.average

            let measured =
                (measure (plan 16UL 200 400) network temperature split).Accuracy.Value
            // A point may sit on the fence: one of 200 more.
            Expect.within (4.0 * measured.Error + 0.005) measured.Value exact "value of measured"
            Expect.isGreaterThan exact 0.6 "exact")

        testCase "Targets that are no labels have no accuracy" (fun () ->
            Expect.equal reference.Value.Accuracy None "accuracy")

        testCase "A measurement that was stopped goes on to the bit" (fun () ->
            ShortRun.inFolder (fun path ->
                let plan = plan 17UL 50 120

                let stored draws =
                    { plan with
                        Settings =
                            { plan.Settings with
                                Draws = draws
                                Checkpoint = ShortRun.checkpoint path
                            }
                    }

                let go plan =
                    Measurement.runOrResume plan (Architecture.FullyConnected erfNetwork) temperature small
                    |> Result.orFail

                go (stored 40) |> ignore
                let resumed = go (stored 120)
                let straight = go plan
                Expect.equal resumed.Loss straight.Loss "loss"
                Expect.equal resumed.Bias straight.Bias "bias"
                Expect.equal resumed.Variance straight.Variance "variance"
                Expect.isTrue (resumed.Points = straight.Points) "resumed.Points = straight.Points"))

        testCase "What cannot be measured is refused in one sentence" (fun () ->
            let dense = Architecture.FullyConnected erfNetwork
            let plan = plan 1UL 10 10

            Expect.equal
                (refusal plan dense 0.0)
                "The temperature is 0: to sample the weights it must be positive and finite."
                "refusal"

            Expect.equal
                (refusal
                    { plan with
                        Sampler = NetworkSampler.Langevin -1.0
                    }
                    dense
                    temperature)
                "The Langevin step eta is -1: it is positive and finite."
                "refusal"

            Expect.equal
                (refusal plan (Architecture.FullyConnected(Network.residual Activation.erf [ 4; 4 ])) temperature)
                "A network with skip connections cannot be sampled: its layers must be sequential."
                "refusal"

            Expect.equal
                (refusal
                    { plan with
                        Settings =
                            { plan.Settings with
                                TimeLimit = Some(TimeSpan.FromTicks 1L)
                            }
                    }
                    dense
                    temperature)
                "The run was stopped after 0 draws a chain: a measurement needs at least 4, so give it more time."
                "refusal")
    ]
