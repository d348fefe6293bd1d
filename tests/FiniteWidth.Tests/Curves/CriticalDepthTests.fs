/// The criterion depth by depth, and its closed forms for one layer.
module FiniteWidth.Tests.CriticalDepthTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private profile temperature train test network =
    CriticalDepth.profile temperature { Train = train; Test = test } network
    |> Result.orFail

/// The first L hidden layers.
let private truncate depth (network: Network) =
    Network.create
        network.Activation
        (List.take depth network.Widths)
        (List.take (depth + 1) network.Priors)
        (List.take depth network.Biases)
    |> Result.orFail

let tests =
    testList "Critical depth" [
        testPropertyWithConfig
            (maxTest 15)
            "Layer by layer it is the criterion of the network rebuilt at every depth"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let train, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12

                List.allPairs [ Activation.erf; Activation.relu ] [ 0.0; 0.2 ]
                |> List.forall (fun (activation, temperature) ->
                    let plain = network activation 4 seed
                    let biases = [ None; Some 2.0; None; Some 0.7 ]

                    let network =
                        Network.create activation plain.Widths plain.Priors biases |> Result.orFail

                    (profile temperature train test network).Depths
                    |> List.forall (fun point ->
                        let posterior =
                            solve Theory.wishart (truncate point.Depth network) temperature train

                        let criterion = Criterion.evaluate test posterior

                        // The recursion's kernels differ by rounding, which a condition number of up to 1e6 amplifies.
                        close 1e-8 criterion.R point.Criterion.R
                        && close 1e-6 criterion.Slope point.Criterion.Slope)))

        testPropertyWithConfig (maxTest 20) "T > 0, one layer: the slope is the closed form" (fun (seed: PositiveInt) ->
            let seed = seed.Get
            let train, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12

            let lambda0, lambda1, temperature =
                between seed 1 0.5 2.0, between seed 2 0.5 2.0, between seed 3 0.05 1.0

            let network =
                Network.dense Activation.erf [ 30 ] |> Network.withPriors [ lambda0; lambda1 ]

            let kernel (a: DataSet) (b: DataSet) i j =
                let c (x: DataSet) k (z: DataSet) l =
                    Seq.sum [ for f in 0n .. 11n -> x.Inputs[nativeint k, f] * z.Inputs[nativeint l, f] ]
                    / (12.0 * lambda0)

                let root = sqrt ((1.0 + 2.0 * c a i a i) * (1.0 + 2.0 * c b j b j))
                2.0 / Math.PI * asin (2.0 * c a i b j / root) / lambda1

            let build = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build
            let k = build.Dense(8, 8, kernel train train)

            let y =
                MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(DataSet.target 0 train)
            // dQbar/d(1/N) = sum_i [yhat_i^2 a_i/(T + a_i)^2 - a_i/(T + a_i)].
            let spectrum = k.Evd MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric
            let yhat = spectrum.EigenVectors.Transpose() * y

            let response =
                Seq.sum [
                    for i in 0..7 ->
                        let a = spectrum.EigenValues[i].Real
                        let total = temperature + a
                        yhat[i] * yhat[i] * a / (total * total) - a / total
                ]

            // d/dQbar at 1 of (y0 - f)^2 + s2, with dA^(-1) = -A^(-1) K A^(-1).
            let inverse = (k + temperature * build.DenseIdentity 8).Inverse()
            let v = inverse * y

            let change =
                Seq.average [
                    for t in 0..5 ->
                        let kx =
                            MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(
                                8,
                                fun mu -> kernel train test mu t
                            )

                        let g = inverse * kx
                        let error = test.Targets[nativeint t, 0n] - kx * v
                        let mean = kx * v - g * (k * v)
                        let variance = kernel test test t t - 2.0 * (kx * g) + g * (k * g)
                        -2.0 * error * mean + variance
                ]

            let posterior = solve Theory.proportional network temperature train
            let criterion = Criterion.evaluate test posterior
            let point = (profile temperature train test network).Depths.Head
            // Fourth-order differences with h = 2e-3.
            close 1e-8 (response * change) criterion.Slope
            && close 1e-8 (response * change) point.Criterion.Slope)

        testPropertyWithConfig
            (maxTest 20)
            "T = 0, one layer: the slope is P (r - 1) times the variance"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let train, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12
                let point = (profile 0.0 train test (network Activation.erf 1 seed)).Depths.Head
                close 1e-8 (8.0 * (point.Criterion.R - 1.0) * point.Score.Variance) point.Criterion.Slope)

        testTheory
            "At every depth the sign agrees with the losses of a wide and of an infinite network"
            [ 0.0; 0.1 ]
            (fun temperature ->
                for seed in 1..4 do
                    let train, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12

                    for activation in [ Activation.erf; Activation.relu ] do
                        let network =
                            Network.dense activation (List.replicate 5 1)
                            |> Network.withPriors [ 1.0; 0.6; 0.6; 0.6; 0.6; 0.6 ]

                        for point in (profile temperature train test network).Depths do
                            let deep = truncate point.Depth network |> Network.withWidth 10_000_000

                            let loss theory =
                                (solve theory deep temperature train |> Posterior.score test).Loss

                            let difference = loss Theory.wishart - loss Theory.infiniteWidth
                            Expect.equal (sign difference) (sign point.Criterion.Slope) "sign"
                            // And the size: the next order in 1/N is about P r/N, below 1e-4.
                            Expect.withinPercent 1e-2 (1e7 * difference) point.Criterion.Slope "1e7 * difference")

        testCase "The critical depth is the first where r exceeds one" (fun () ->
            let train, test = dataSet 2 8 12, dataSet 1002 6 12

            let network =
                Network.dense Activation.relu (List.replicate 12 10)
                |> Network.withPriors (1.0 :: List.replicate 12 0.5)

            let found =
                [
                    for scale in [ 0.05; 0.2; 0.4; 0.6; 2.0 ] do
                        let profile = profile 0.0 (scaleTargets scale train) test network
                        let rs = profile.Depths |> List.map (fun point -> point.Criterion.R)
                        // r grows with depth as the kernel nears singularity.
                        Expect.isAscending rs "rs"

                        match profile.CriticalDepth with
                        | CriticalDepth.At depth ->
                            Expect.isGreaterThanOrEqual (rs[depth - 1]) 1.0 "rs"
                            Expect.isTrue (depth = 1 || rs[depth - 2] < 1.0) "depth = 1 || rs[depth - 2] < 1.0"
                            depth
                        | CriticalDepth.Beyond depth ->
                            Expect.equal depth 12 "depth"
                            Expect.isLessThan (List.last rs) 1.0 "last of rs"
                            depth + 1
                        | singular -> failwith singular.Message
                ]

            // Larger targets cross earlier, and the scales span the range.
            Expect.isAscending (List.rev found) "rev of found"
            Expect.equal found.Head 13 "head of found"
            Expect.equal (List.last found) 1 "last of found")

        testCase "A kernel that becomes singular is named with its depth and rank" (fun () ->
            // Biases draw all inputs together, exponentially with depth.
            let train, test = dataSet 2 8 12 |> scaleTargets 1e-9, dataSet 1002 6 12

            let network =
                Network.dense Activation.erf (List.replicate 40 10) |> Network.withBias 0.2

            let found = profile 0.0 train test network

            match found.CriticalDepth with
            | CriticalDepth.Singular(depth, rank, size) ->
                Expect.equal found.Depths.Length (depth - 1) "length of depths"
                Expect.isLessThan rank size "rank"
                Expect.equal size 8 "size"

                Expect.stringContains
                    found.CriticalDepth.Message
                    $"At depth {depth} the kernel of the 8 training examples has rank {rank}"
                    "message"
            | other -> failtest other.Message

            // With T > 0 nothing ends.
            let warm = profile 0.1 train test network
            Expect.equal warm.Depths.Length 40 "length of depths"
            Expect.equal ((List.last warm.Depths).Criterion.R) infinity "R"

            match
                (profile 0.0 (dataSet 2 8 3) (dataSet 3 2 3) (Network.dense Activation.linear [ 5 ])).CriticalDepth
            with
            | CriticalDepth.Singular(1, 3, 8) -> ()
            | other -> failtest other.Message)

        testCase "Several outputs and a negative temperature are refused in one sentence" (fun () ->
            let split: Split =
                {
                    Train = dataSet 1 4 5
                    Test = dataSet 2 4 5
                }

            match CriticalDepth.profile -0.1 split (Network.dense Activation.relu [ 5 ]) with
            | Error failure -> Expect.stringContains failure.Message "The temperature is -0.1" "message"
            | Ok _ -> failtest "It was solved."

            let two =
                DataSet.FromArrays(array2D [ [ 1.0 ]; [ 2.0 ] ], array2D [ [ 1.0; 2.0 ]; [ 0.0; 1.0 ] ])

            match CriticalDepth.profile 0.1 { Train = two; Test = two } (Network.dense Activation.relu [ 5 ]) with
            | Error failure -> Expect.stringContains failure.Message "The targets have 2 columns" "message"
            | Ok _ -> failtest "It was solved.")
    ]
