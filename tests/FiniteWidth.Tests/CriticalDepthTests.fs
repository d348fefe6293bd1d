/// The criterion depth by depth, and its closed forms for one layer.
module FiniteWidth.Tests.CriticalDepthTests

open System
open FiniteWidth
open FiniteWidth.Tests.Problem
open FsCheck
open NUnit.Framework
open FsCheck.NUnit

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

[<Property(MaxTest = 15)>]
let ``Layer by layer it is the criterion of the network rebuilt at every depth`` (seed: PositiveInt) =
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
            && close 1e-6 criterion.Slope point.Criterion.Slope))

[<Property(MaxTest = 20)>]
let ``T > 0, one layer: the slope is the closed form`` (seed: PositiveInt) =
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
        Seq.sum
            [
                for i in 0..7 ->
                    let a = spectrum.EigenValues[i].Real
                    let total = temperature + a
                    yhat[i] * yhat[i] * a / (total * total) - a / total
            ]

    // d/dQbar at 1 of (y0 - f)^2 + s2, with dA^(-1) = -A^(-1) K A^(-1).
    let inverse = (k + temperature * build.DenseIdentity 8).Inverse()
    let v = inverse * y

    let change =
        Seq.average
            [
                for t in 0..5 ->
                    let kx =
                        MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(8, fun mu -> kernel train test mu t)

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
    && close 1e-8 (response * change) point.Criterion.Slope

[<Property(MaxTest = 20)>]
let ``T = 0, one layer: the slope is P (r - 1) times the variance`` (seed: PositiveInt) =
    let seed = seed.Get
    let train, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12
    let point = (profile 0.0 train test (network Activation.erf 1 seed)).Depths.Head
    close 1e-8 (8.0 * (point.Criterion.R - 1.0) * point.Score.Variance) point.Criterion.Slope

[<TestCase(0.0)>]
[<TestCase(0.1)>]
let ``At every depth the sign agrees with the losses of a wide and of an infinite network`` (temperature: float) =
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
                Assert.That(sign difference, Is.EqualTo(sign point.Criterion.Slope))
                // And the size: the next order in 1/N is about P r/N, below 1e-4.
                Assert.That(1e7 * difference, Is.EqualTo(point.Criterion.Slope).Within(1e-2).Percent)

[<Test>]
let ``The critical depth is the first where r exceeds one`` () =
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
                Assert.That(rs, Is.Ordered)

                match profile.CriticalDepth with
                | CriticalDepth.At depth ->
                    Assert.That(rs[depth - 1], Is.GreaterThanOrEqualTo 1.0)
                    Assert.That(depth = 1 || rs[depth - 2] < 1.0)
                    depth
                | CriticalDepth.Beyond depth ->
                    Assert.That(depth, Is.EqualTo 12)
                    Assert.That(List.last rs, Is.LessThan 1.0)
                    depth + 1
                | singular -> failwith singular.Message
        ]

    // Larger targets cross earlier, and the scales span the range.
    Assert.That(List.rev found, Is.Ordered)
    Assert.That(found.Head, Is.EqualTo 13)
    Assert.That(List.last found, Is.EqualTo 1)

[<Test>]
let ``A kernel that becomes singular is named with its depth and rank`` () =
    // Biases draw all inputs together, exponentially with depth.
    let train, test = dataSet 2 8 12 |> scaleTargets 1e-9, dataSet 1002 6 12

    let network =
        Network.dense Activation.erf (List.replicate 40 10) |> Network.withBias 0.2

    let found = profile 0.0 train test network

    match found.CriticalDepth with
    | CriticalDepth.Singular(depth, rank, size) ->
        Assert.That(found.Depths.Length, Is.EqualTo(depth - 1))
        Assert.That(rank, Is.LessThan size)
        Assert.That(size, Is.EqualTo 8)

        Assert.That(
            found.CriticalDepth.Message,
            Does.Contain $"At depth {depth} the kernel of the 8 training examples has rank {rank}"
        )
    | other -> Assert.Fail other.Message

    // With T > 0 nothing ends.
    let warm = profile 0.1 train test network
    Assert.That(warm.Depths.Length, Is.EqualTo 40)
    Assert.That((List.last warm.Depths).Criterion.R, Is.EqualTo infinity)

    match (profile 0.0 (dataSet 2 8 3) (dataSet 3 2 3) (Network.dense Activation.linear [ 5 ])).CriticalDepth with
    | CriticalDepth.Singular(1, 3, 8) -> ()
    | other -> Assert.Fail other.Message

[<Test>]
let ``Several outputs and a negative temperature are refused in one sentence`` () =
    let split: Split =
        {
            Train = dataSet 1 4 5
            Test = dataSet 2 4 5
        }

    match CriticalDepth.profile -0.1 split (Network.dense Activation.relu [ 5 ]) with
    | Error failure -> Assert.That(failure.Message, Does.Contain "The temperature is -0.1")
    | Ok _ -> Assert.Fail "It was solved."

    let two =
        DataSet.FromArrays(array2D [ [ 1.0 ]; [ 2.0 ] ], array2D [ [ 1.0; 2.0 ]; [ 0.0; 1.0 ] ])

    match CriticalDepth.profile 0.1 { Train = two; Test = two } (Network.dense Activation.relu [ 5 ]) with
    | Error failure -> Assert.That(failure.Message, Does.Contain "The targets have 2 columns")
    | Ok _ -> Assert.Fail "It was solved."
