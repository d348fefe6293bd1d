/// The cavity theory against what is exact: the prior's kernel, infinite width, linear networks, the first order in 1/N, and networks
/// drawn from their prior.
module FiniteWidth.Tests.CavityTests

open System
open System.Threading
open Expecto
open FsCheck
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity
open FiniteWidth.Tests.Problem
open FiniteWidth.Tests.CavityProblem
open FiniteWidth.Testing

let private settings =
    {
        Layers = CavityLayers.Last
        Directions = Some 0
        Units = 240
        Sweeps = 96
        Seed = 3UL
        Accuracy = 0.05
        Seconds = 300.0
        Threads = 2
    }

/// Those of a test that asks for no accuracy.
let private short =
    { settings with
        Units = 100
        Sweeps = 32
        Accuracy = 1.0
        Seconds = 0.001
    }

let private solveBy settings network temperature (test: DataSet) train =
    CavityTheory.solveWith settings None CancellationToken.None ignore network temperature test (Study train)

let private solved network temperature test train =
    solveBy settings network temperature test train |> Result.orFail

/// Bias, variance, loss and log evidence by averages over hidden layers drawn from their prior.
let private direct draws temperature (network: Network) =
    let stream = RandomStream.FromSeed 11UL
    let y0 = DataSet.target 0 test
    let p, n0 = train.Count, y0.Length
    let width = float (List.last network.Widths)

    let draw k =
        let features = RandomFeatures.draw (stream.Split(int64 k)) 6 network
        let phi, phi0: Matrix * Matrix = features train.Inputs, features test.Inputs

        let a = gram phi
        let c = Matrix.Zeros(nativeint p, nativeint n0)
        LinearAlgebra.Default.Multiply(1.0 / width, phi, false, phi0, true, 0.0, c)
        let z, log = likelihood temperature a

        let mean =
            Array.init n0 (fun t -> Seq.sum (seq { for i in 0 .. p - 1 -> c[nativeint i, nativeint t] * z[i] }))

        LinearAlgebra.Default.SolveTriangular(a, false, c)

        let variance =
            Array.init n0 (fun t ->
                let column (m: Matrix) rows f =
                    Seq.sum (seq { for i in 0n .. rows - 1n -> f m i })

                column phi0 phi0.Columns (fun m i -> m[nativeint t, i] * m[nativeint t, i] / width)
                - column c c.Rows (fun m i -> m[i, nativeint t] * m[i, nativeint t]))

        log, mean, variance

    let drawn = Array.init draws draw
    let top = drawn |> Array.map (fun (l, _, _) -> l) |> Array.max
    let weights = drawn |> Array.map (fun (l, _, _) -> exp (l - top))
    let sum = Array.sum weights

    let average f =
        Array.map2 (fun w d -> w * f d) weights drawn
        |> Array.sum
        |> fun total -> total / sum

    let mean = Array.init n0 (fun t -> average (fun (_, m, _) -> m[t]))

    let variance =
        Array.init n0 (fun t -> average (fun (_, m, v) -> v[t] + m[t] * m[t]) - mean[t] * mean[t])

    let bias = Array.map2 (fun y f -> (y - f) * (y - f)) y0 mean |> Array.average
    bias, Array.average variance, top + log (sum / float draws)

let tests =
    testList "Cavity" [
        testCase "Without a field the units have the prior's kernel" (fun () ->
            let coordinates = gaussian (RandomStream.FromSeed 1UL) 5 3
            let none = Matrix.Zeros(0n, 3n)

            let inputs =
                UnitInputs(ActivationFunctions.Erf, coordinates, none, ReadOnlySpan [||])

            let units = 4000

            let population =
                UnitPopulation(inputs, ReadOnlySpan [| 0.0; 0.5 |], units, RandomStream.FromSeed 2UL, 2)

            let field =
                UnitField(1.0, ReadOnlySpan(Array.zeroCreate<float> 5), Matrix.Zeros(5n, 5n))

            population.Sweep(field, RandomStream.FromSeed 3UL, false)
            let weights = Array.create units (1.0 / float units)
            let kernel, second = Matrix.Zeros(5n, 5n), Matrix.Zeros(5n, 5n)
            population.Moments(ReadOnlySpan weights, ReadOnlySpan weights, kernel, second)

            let norm i =
                Seq.sum (seq { for k in 0n .. 2n -> coordinates[i, k] * coordinates[i, k] })

            for i in 0n .. 4n do
                for j in 0n .. 4n do
                    let c = Seq.sum (seq { for k in 0n .. 2n -> coordinates[i, k] * coordinates[j, k] })

                    let expected =
                        2.0 / Math.PI
                        * asin (2.0 * c / sqrt ((1.0 + 2.0 * norm i) * (1.0 + 2.0 * norm j)))

                    // |phi_i phi_j| <= 1.
                    Expect.within (4.5 / sqrt (float units)) (kernel[i, j]) expected "kernel"
                    Expect.equal (kernel[i, j]) (second[i, j]) "kernel"

            Expect.within 0.001 population.Acceptance 1.0 "acceptance")

        testTheory "At great width it is the Gaussian process" [ "erf"; "relu" ] (fun name ->
            let activation = if name = "erf" then Activation.erf else Activation.relu
            let network = Network.dense activation [ 100_000 ] |> Network.withBias 2.0
            let expected = solve Theory.infiniteWidth network 0.1 train
            let score = Posterior.score test expected
            let posterior = solved network 0.1 test train
            let cavity = CavityPosterior.score test posterior
            within 4.0 score.Loss cavity.Loss 1e-4
            within 4.0 score.Bias cavity.Bias 1e-4
            within 4.0 (Posterior.logEvidence expected) posterior.LogEvidence 0.02
            Expect.isLessThan cavity.Loss.Error 1e-3 "error of loss")

        testTheory
            "Of twenty units it agrees with averages over networks from the prior"
            [ 0.08; 0.125 ]
            (fun temperature ->
                let network = Network.dense Activation.erf [ 20 ]
                let bias, variance, logEvidence = direct 20_000 temperature network
                let posterior = solved network temperature test train
                let score = CavityPosterior.score test posterior
                // 20000 draws leave some 1%, and the theory is not exact.
                within 4.0 bias score.Bias (0.02 * bias)
                within 4.0 variance score.Variance (0.05 * variance)
                within 4.0 logEvidence posterior.LogEvidence 0.15)

        testCase "Of linear units it agrees with the exact mixture" (fun () ->
            let network = Network.dense Activation.linear [ 40 ]
            let exact = ScaleMixture.solve network 0.1 (Study train) |> Result.orFail
            let score = ScaleMixture.score test exact
            let posterior = solved network 0.1 test train
            let cavity = CavityPosterior.score test posterior
            within 4.0 score.Loss cavity.Loss (0.01 * score.Loss)
            within 4.0 exact.LogEvidence posterior.LogEvidence 0.05)

        testCase "Its first order in 1/N is the exact one" (fun () ->
            let network = Network.dense Activation.erf [ 400 ]

            let expansion =
                WidthExpansion.solveWith (WidthExpansion.exactly 50_000 2UL) network 0.1 test (Study train)
                |> Result.orFail

            let precise =
                { settings with
                    Units = 1000
                    Sweeps = 160
                }

            let cavity =
                solveBy precise network 0.1 test train
                |> Result.orFail
                |> CavityPosterior.score test

            let slope = 400.0 * (cavity.Loss.Value - expansion.InfiniteWidth.Loss)
            let error = 400.0 * cavity.Loss.Error + expansion.SlopeError.Loss
            Expect.within (4.0 * error) slope expansion.Slope.Loss "slope")

        testTheory
            "Of the last of two layers its first order in 1/N, and infinite width, are the exact ones"
            [ "erf"; "relu" ]
            (fun name ->
                let activation = if name = "erf" then Activation.erf else Activation.relu
                let network = Network.dense activation [ 1000; 500 ]

                let expansion =
                    WidthExpansion.solveWith (WidthExpansion.exactly 20_000 2UL) network 0.1 test (Study train)
                    |> Result.orFail

                let precise =
                    { settings with
                        Units = 800
                        Sweeps = 160
                    }

                let posterior = solveBy precise network 0.1 test train |> Result.orFail
                let cavity = CavityPosterior.score test posterior
                let last = expansion.Layers[1]
                let slope = 500.0 * (cavity.Loss.Value - expansion.InfiniteWidth.Loss)
                let error = 500.0 * cavity.Loss.Error + last.SlopeError.Loss
                // The second order adds some 2% at this width.
                Expect.within (4.0 * error + 0.04 * abs last.Slope.Loss) slope last.Slope.Loss "slope"
                let below = posterior.LayersBelow.Value |> Result.orFail
                within 4.0 (expansion.Layers[0].Slope.Loss / 1000.0) below expansion.Layers[0].SlopeError.Loss)

        testCase "Of twenty units over a wide layer it agrees with averages over networks from the prior" (fun () ->
            let network = Network.dense Activation.erf [ 400; 20 ]
            let bias, variance, logEvidence = direct 10_000 0.1 network
            let posterior = solved network 0.1 test train
            let score = CavityPosterior.score test posterior
            within 4.0 bias score.Bias (0.03 * bias)
            within 4.0 variance score.Variance (0.05 * variance)
            within 4.0 logEvidence posterior.LogEvidence 0.15)

        testCase "What the layers below leave out is not computed again at another width" (fun () ->
            let study = Study train

            let at from widths =
                CavityTheory.solveWith
                    short
                    from
                    CancellationToken.None
                    ignore
                    (Network.dense Activation.erf widths)
                    0.1
                    test
                    study
                |> Result.orFail

            let first = at None [ 50; 20 ]
            let second = at (Some first) [ 25; 30 ]

            let below (posterior: CavityPosterior) =
                (posterior.LayersBelow.Value |> Result.orFail).Value

            Expect.within 1e-15 (below second) (2.0 * below first) "twice at half the width"
            Expect.isNone (at None [ 20 ]).LayersBelow "and none of one layer")

        testCase "The evidence's slope in T is that of its differences" (fun () ->
            let network = Network.dense Activation.erf [ 20 ]
            let at temperature = solved network temperature test train
            let low, middle, high = at 0.09, at 0.1, at 0.11
            let difference = (high.LogEvidence.Value - low.LogEvidence.Value) / 0.02
            let error = (high.LogEvidence.Error + low.LogEvidence.Error) / 0.02
            within 4.0 difference middle.EvidenceSlope (4.0 * error + 0.02 * abs difference))

        testCase
            "A number of threads changes no bit, nor does the test set, and predictions at it are those of the score"
            (fun () ->
                let network = Network.dense Activation.erf [ 12 ]

                let one = solveBy { short with Threads = 1 } network 0.1 test train |> Result.orFail

                let three =
                    solveBy { short with Threads = 3 } network 0.1 test train |> Result.orFail

                Expect.equal three.LogEvidence one.LogEvidence "log evidence"
                Expect.equal (CavityPosterior.score test three) (CavityPosterior.score test one) "score"
                // The same inputs as another matrix: the averages are taken again.
                let again = CavityPosterior.predict (test.Inputs.Clone()) one
                Expect.equal again (CavityPosterior.predict test.Inputs one) "again")

        testCase "A solution is a start for the width beside it" (fun () ->
            let from = solved (Network.dense Activation.erf [ 20 ]) 0.1 test train
            let network = Network.dense Activation.erf [ 24 ]

            let posterior =
                CavityTheory.solveWith
                    settings
                    (Some from)
                    CancellationToken.None
                    ignore
                    network
                    0.1
                    test
                    (Study train)
                |> Result.orFail

            let alone = solved network 0.1 test train

            let loss, other =
                (CavityPosterior.score test posterior).Loss, (CavityPosterior.score test alone).Loss

            Expect.within (4.0 * (loss.Error + other.Error)) loss.Value other.Value "value of loss")

        testCase "What it does not describe it refuses in a sentence" (fun () ->
            let network = Network.dense Activation.erf [ 20 ]

            let two =
                DataSet.create train.Inputs (gaussian (RandomStream.FromSeed 9UL) 10 2)
                |> Result.orFail

            let refused result =
                match result with
                | Ok _ -> failtest "It was solved."
                | Error(failure: Failure) -> Expect.stringEnds failure.Message "." "message"

            refused (solveBy settings network 0.0 test train)
            refused (solveBy settings network -1.0 test train)

            refused (
                solveBy
                    { settings with
                        Layers = CavityLayers.All
                    }
                    (Network.dense Activation.erf [ 20; 20 ])
                    0.1
                    test
                    train
            )

            refused (solveBy settings (Network.residual Activation.erf [ 20 ]) 0.1 test train)
            refused (solveBy settings network 0.1 two two)
            refused (solveBy { settings with Units = 10 } network 0.1 test train)
            refused (solveBy { settings with Sweeps = 4 } network 0.1 test train)
            refused (solveBy { settings with Directions = Some 2 } network 0.1 test train)
            refused (solveBy { settings with Accuracy = 0.0 } network 0.1 test train))

        testCase "Where the others are many and equal their field is Gaussian" (fun () ->
            let posterior = solved (Network.dense Activation.erf [ 4000 ]) 0.1 test train
            let diagnostics = posterior.Diagnostics
            Expect.equal diagnostics.GaussianCavity GaussianCavity.Holds "Gaussian cavity"
            Expect.within 0.02 diagnostics.Curvature.Curvature 1.0 "curvature"
            Expect.within 0.02 diagnostics.Curvature.Loop 0.0 "loop"
            Expect.isFalse (List.contains CavityDoubt.NotGaussian diagnostics.Doubts) "doubts")

        testCase "Where one unit carries the targets it is not, and the solution says so" (fun () ->
            let posterior =
                solveBy
                    { settings with Seconds = 4.0 }
                    (Network.dense Activation.erf [ 2 ] |> Network.withPriors [ 1.0; 0.02 ])
                    0.004
                    test
                    train
                |> Result.orFail

            let diagnostics = posterior.Diagnostics
            Expect.equal diagnostics.GaussianCavity GaussianCavity.Fails "Gaussian cavity"
            Expect.isFalse posterior.Converged "converged"
            Expect.isTrue (List.contains CavityDoubt.NotGaussian diagnostics.Doubts) "doubts"
            Expect.stringContains (string posterior) "Gaussian cavity" "display")

        testProperty "k units that share the targets equally leave 1 - 1/(2k) of the curvature" (fun (PositiveInt k) ->
            let k, share = 1.0 + float (k % 50), 3.0
            let variance = k * share * share

            let measured =
                CavityCurvature.OfCumulants(0.0, 1.0 / variance, variance, k * share ** 3.0, k * share ** 4.0)

            Expect.within 1e-12 measured.Loop (1.0 / (2.0 * k)) "loop"
            Expect.within 1e-12 measured.Curvature (1.0 - 1.0 / (2.0 * k)) "curvature")

        testCase "With an exact direction it takes a Gaussian field for one" (fun () ->
            let network = Network.dense Activation.erf [ 20_000 ]
            let expected = solve Theory.infiniteWidth network 0.1 train |> Posterior.score test

            let posterior =
                solveBy
                    { settings with
                        Units = 800
                        Sweeps = 160
                        Directions = Some 1
                    }
                    network
                    0.1
                    test
                    train
                |> Result.orFail

            let score = CavityPosterior.score test posterior
            // No control variate takes the noise out here.
            within 4.0 expected.Loss score.Loss (0.02 * expected.Loss)
            Expect.isSome posterior.Diagnostics.ExactDirection "exact direction")

        testCase
            "Where few units carry the targets an exact direction is on by itself, and agrees with sampled networks"
            (fun () ->
                let network = Network.dense Activation.erf [ 6 ] |> Network.withReadoutPrior 0.1

                // Four chains of HMC with the readout integrated out, 2500 effective draws.
                let sampled, sampledError = 0.7096, 0.0051

                let by directions =
                    solveBy
                        { settings with
                            Units = 600
                            Sweeps = 256
                            Seconds = 8.0
                            Directions = directions
                        }
                        network
                        0.01
                        test
                        train
                    |> Result.orFail

                let deviations (posterior: CavityPosterior) =
                    let loss = (CavityPosterior.score test posterior).Loss

                    abs (loss.Value - sampled)
                    / sqrt (loss.Error * loss.Error + sampledError * sampledError)

                let automatic, gaussian = by None, by (Some 0)
                Expect.equal automatic.Diagnostics.GaussianCavity GaussianCavity.Fails "Gaussian cavity"
                Expect.isGreaterThan automatic.Diagnostics.ExactDirection.Value 0.9 "exact direction"
                Expect.isFalse (List.contains CavityDoubt.NotGaussian automatic.Diagnostics.Doubts) "doubts"
                Expect.isLessThan (deviations automatic) 4.0 "with the exact direction"
                Expect.isNone gaussian.Diagnostics.ExactDirection "none asked for"
                Expect.isTrue (List.contains CavityDoubt.NotGaussian gaussian.Diagnostics.Doubts) "and doubted"
                Expect.isGreaterThan (deviations gaussian) 4.0 "in a Gaussian field")

        testCase
            "With an exact direction too a number of threads changes no bit, and predictions are those of the score"
            (fun () ->
                let network = Network.dense Activation.erf [ 12 ]

                let short = { short with Directions = Some 1 }
                let one = solveBy { short with Threads = 1 } network 0.1 test train |> Result.orFail

                let three =
                    solveBy { short with Threads = 3 } network 0.1 test train |> Result.orFail

                Expect.equal (CavityPosterior.score test three) (CavityPosterior.score test one) "score"
                let again = CavityPosterior.predict (test.Inputs.Clone()) one
                Expect.equal again (CavityPosterior.predict test.Inputs one) "again"
                Expect.isTrue (Double.IsFinite one.LogEvidence.Value) "the evidence of the Gaussian field")

        testCase "It can be called off" (fun () ->
            use source = new CancellationTokenSource()

            let progress (progress: CavityProgress) =
                if progress.Sweep = 3 then
                    source.Cancel()

            Expect.throwsT<OperationCanceledException>
                (fun () ->
                    CavityTheory.solveWith
                        settings
                        None
                        source.Token
                        progress
                        (Network.dense Activation.erf [ 20 ])
                        0.1
                        test
                        (Study train)
                    |> ignore)
                "operation canceled exception")
    ]
