/// The gap of an optimised last layer: exact Gaussian designs, limits, and random features of real networks.
module FiniteWidth.Tests.GapBoundTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private meanAndError (values: float[]) =
    let mean = Array.average values

    mean,
    sqrt (
        Array.sumBy (fun v -> (v - mean) * (v - mean)) values
        / float (values.Length * (values.Length - 1))
    )

let private optimise data =
    LastLayer.optimise data |> Result.orFail

let private features (map: Matrix -> Matrix) (data: DataSet) =
    DataSet.create (map data.Inputs) data.Targets |> Result.orFail

let tests =
    testList "Gap bound" [
        testTheory
            "Gaussian features: training error, test error and gap average to their exact values"
            [ 40, 10; 100, 5; 25, 20 ]
            (fun (p, n) ->
                let noise = 0.7
                let draws = 3000
                let stream = RandomStream.FromSeed(uint64 (1000 * p + n))
                let best = gaussian (stream.Split 0L) n 1

                let layers =
                    Array.init draws (fun k ->
                        let stream = stream.Split(int64 k + 1L)
                        let phi = gaussian (stream.Split 0L) p n
                        let xi = gaussian (stream.Split 1L) p 1
                        let y = Matrix.Create(nativeint p, 1n, (fun mu _ -> sqrt noise * xi[mu, 0n]))
                        LinearAlgebra.Default.Multiply(1.0, phi, false, best, false, 1.0, y)
                        let layer = optimise (DataSet.create phi y |> Result.orFail)

                        // Features of unit covariance: the test error is exact.
                        let distance =
                            Seq.sum (
                                Seq.init n (fun i -> (layer.Readout[nativeint i, 0n] - best[nativeint i, 0n]) ** 2.0)
                            )

                        layer, noise + distance)

                let rho = float n / float p

                for what, expected, f in
                    [
                        "training error", noise * (1.0 - rho), (fun (layer: LastLayer, _) -> layer.TrainingError)
                        "test error", noise * (1.0 + float n / float (p - n - 1)), snd
                        "gap", noise * GapBound.gaussian n p, (fun (layer, test) -> test - layer.TrainingError)
                        "noise level", noise, (fun (layer, _) -> (GapBound.ofLayer layer).NoiseLevel)
                    ] do
                    let mean, error = layers |> Array.map f |> meanAndError
                    // Four standard errors: one run in ten thousand, and the seed is fixed.
                    Expect.isLessThan (abs (mean - expected) / error) 4.0 what)

        testProperty
            "The gap approaches 2 N/P from above, and the finite-size gap the large one"
            (fun (n: PositiveInt) ->
                let n = n.Get

                let relative p =
                    GapBound.meanField n p / GapBound.leading n p
                // (1 - rho/2)/(1 - rho) = 1 + rho/2 + ...
                close 1e-6 1.0005 (relative (1000 * n))
                && relative (10 * n) > relative (100 * n)
                && GapBound.gaussian n (10 * n + 2) > GapBound.meanField n (10 * n + 2)
                && close (2.0 / float n) (GapBound.meanField n (3 * n + 1)) (GapBound.gaussian n (3 * n + 1))
                && GapBound.meanField n n = infinity
                && GapBound.gaussian n (n + 1) = infinity)

        testPropertyWithConfig
            (maxTest 30)
            "At any ridge the gap is below 2 N/P of the test error"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let n = 2 + seed % 20
                let p = n + 1 + seed % 200

                let population =
                    Array.init n (fun i ->
                        {
                            Eigenvalue = between seed i 1e-3 1.0
                            Multiplicity = 1.0
                            Power = between seed (100 + i) 0.1 2.0
                        })
                    |> Population.ofLevels 0.3
                    |> Result.orFail

                let average =
                    AveragedCurve.point
                        Theory.infiniteWidth
                        (between seed 300 1e-6 10.0)
                        population
                        p
                        (Network.dense Activation.linear [ n ])
                    |> Result.orFail

                average.Score.Bias - average.TrainingError
                <= GapBound.leading n p * average.Score.Bias)

        testPropertyWithConfig
            (maxTest 30)
            "The readout is optimal: residuals are orthogonal to every feature"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 30 8
                let layer = optimise data
                let residual = data.Targets.Clone()
                LinearAlgebra.Default.Multiply(-1.0, data.Inputs, false, layer.Readout, false, 1.0, residual)
                let along = Matrix.Zeros(8n, 1n)
                LinearAlgebra.Default.Multiply(1.0, data.Inputs, true, residual, false, 0.0, along)

                layer.Units = 8
                && Seq.forall (fun i -> abs along[nativeint i, 0n] < 1e-11) [ 0..7 ]
                && close 1e-12 layer.TrainingError (LastLayer.error data layer))

        testCase "Repeated features count once and change no prediction" (fun () ->
            let data = dataSet 3 30 4

            let twice =
                DataSet.create (Matrix.Create(30n, 8n, (fun mu i -> data.Inputs[mu, i % 4n]))) data.Targets
                |> Result.orFail

            let once, repeated = optimise data, optimise twice
            Expect.equal repeated.Units 4 "units"
            Expect.within 1e-13 repeated.TrainingError once.TrainingError "training error"

            for i in 0n .. 7n do
                Expect.within 1e-13 (repeated.Readout[i, 0n]) (0.5 * once.Readout[i % 4n, 0n]) "readout")

        testCase "Random features have the network's kernel for their Gram matrix" (fun () ->
            let x = gaussian (RandomStream.FromSeed 1UL) 4 6

            for activation, widths in [ Activation.erf, [ 20000 ]; Activation.relu, [ 3000; 3000 ] ] do
                let depth = List.length widths

                let network =
                    Network.dense activation widths
                    |> Network.withPriors (List.init (depth + 1) (fun l -> if l = depth then 1.0 else 0.5 + float l))
                    |> Network.withBias 3.0

                let model = Theory.infiniteWidth network

                let kernel =
                    KernelProgram.compile model.Kernel
                    |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) x

                let phi = RandomFeatures.draw (RandomStream.FromSeed 2UL) 6 network x

                for mu in 0n .. 3n do
                    for nu in 0n .. mu do
                        let products =
                            Array.init (int phi.Columns) (fun i -> phi[mu, nativeint i] * phi[nu, nativeint i])

                        let mean, error = meanAndError products
                        // Four standard errors, and the fluctuations of the first of two layers: 1/sqrt(3000) of the kernel's size.
                        let below = if depth = 1 then 0.0 else 4.0 / sqrt 3000.0 * mean
                        Expect.within (4.0 * error + abs below) mean (kernel[mu, nu]) "mean")

        testCase "Random features keep their weights: the same input, the same features" (fun () ->
            let map =
                RandomFeatures.draw (RandomStream.FromSeed 4UL) 5 (Network.dense Activation.erf [ 7; 3 ])

            let x = gaussian (RandomStream.FromSeed 5UL) 6 5
            let all, some = map x, map (x.View(2n, 0n, 2n, 5n))
            Expect.equal all.Columns 3n "columns of all"

            for i in 0n .. 2n do
                // Another shape of product may sum in another order.
                Expect.within 1e-15 (some[1n, i]) (all[3n, i]) "some")

        testCase "Random features of a nonlinear teacher: the gap is what the training residual predicts" (fun () ->
            let n, p = 20, 400
            let network = Network.dense Activation.erf [ n ]
            let stream = RandomStream.FromSeed 6UL

            let data (stream: RandomStream) count =
                let x = gaussian (stream.Split 0L) count 10
                let xi = gaussian (stream.Split 1L) count 1
                // Neither linear nor odd: most of it no readout expresses.
                DataSet.create
                    x
                    (Matrix.Create(
                        nativeint count,
                        1n,
                        fun mu _ -> x[mu, 0n] + x[mu, 1n] * x[mu, 2n] + 0.3 * xi[mu, 0n]
                    ))
                |> Result.orFail

            let draws =
                Array.init 200 (fun k ->
                    let stream = stream.Split(int64 k)
                    let map = RandomFeatures.draw (stream.Split 0L) 10 network
                    let layer = data (stream.Split 1L) p |> features map |> optimise
                    let test = data (stream.Split 2L) 2000 |> features map
                    let bound = GapBound.ofLayer layer
                    (LastLayer.error test layer - layer.TrainingError) / bound.NoiseLevel)

            let mean, error = meanAndError draws
            // Four standard errors, and a tenth of the gap: the misfit is not independent of the features, as the formula has it.
            Expect.within (4.0 * error + 0.1 * GapBound.meanField n p) mean (GapBound.meanField n p) "mean"
            Expect.isLessThan error (0.1 * mean) "error")

        testCase "A last layer of as many units as examples is refused in one sentence" (fun () ->
            match LastLayer.optimise (dataSet 1 5 5) with
            | Ok _ -> failtest "It was accepted."
            | Error failure -> Expect.stringContains failure.Message "5 features and 5 examples" "message")
    ]
