/// Layouts, Langevin rates, observables of the hidden layers, bad input.
module FiniteWidth.Experiment.Tests.Networks.LayoutTests

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open NUnit.Framework

let private network =
    Network.create Activation.erf [ 3; 2 ] [ 0.5; 2.0; 4.0 ] [ None; Some 8.0 ]
    |> Result.orFail
    |> Architecture.FullyConnected

[<Test>]
let ``Blocks follow one another, weights before biases, the readout last`` () =
    let layout = WeightLayout.create 5 2 network

    let found =
        layout.Blocks
        |> List.map (fun block -> block.Kind, block.Layer, block.Offset, block.Rows, block.Columns, block.Prior)

    Assert.That(
        found,
        Is.EqualTo<obj>
            [
                WeightKind.Weights, 1, 0, 3, 5, 0.5
                WeightKind.Weights, 2, 15, 2, 3, 2.0
                WeightKind.Biases, 2, 21, 2, 1, 8.0
                WeightKind.Readout, 3, 23, 2, 2, 4.0
            ]
    )

    Assert.That((layout.HiddenDimension, layout.Dimension), Is.EqualTo<obj>((23, 27)))

/// One step of the dynamics as they are written for the weights theta themselves, without noise.
let private plainStep eta (posterior: NetworkPosterior) (theta: float[]) (gradient: float[]) =
    let precisions = WeightLayout.precisions posterior.Layout
    // The gradient of (1/2) sum (y - f)^2 in theta is -T sqrt(lambda) times that of the log likelihood in x.
    Array.init theta.Length (fun i ->
        theta[i]
        - eta
          * (-posterior.Temperature * sqrt precisions[i] * gradient[i]
             + posterior.Temperature * precisions[i] * theta[i]))

[<Test>]
let ``A Langevin step in whitened coordinates is the papers' step of the weights`` () =
    let data = dataSet 61 4 5 2
    let posterior = posterior complete network 0.3 data
    let x = position 62 posterior.Layout.Dimension
    let precisions = WeightLayout.precisions posterior.Layout
    let theta = Array.map2 (fun x precision -> x / sqrt precision) x precisions
    let _, gradient = run (FullTarget.create posterior) x
    let eta = 0.01
    let rates = NetworkPosterior.langevinRates posterior

    let whitened =
        Array.mapi (fun i x -> (1.0 - eta * rates[i]) * x + eta * rates[i] * gradient[i]) x

    let expected = plainStep eta posterior theta gradient

    for i in 0 .. x.Length - 1 do
        Assert.That(whitened[i] / sqrt precisions[i], Is.EqualTo(expected[i]).Within 1e-13)
        // The noise of theta, sqrt(2 eta T), is that of x over sqrt(lambda).
        Assert.That(sqrt (2.0 * eta * rates[i]) / sqrt precisions[i], Is.EqualTo(sqrt (2.0 * eta * 0.3)).Within 1e-15)

[<Test>]
let ``Positions drawn from the prior have mean squares near 1 in every block`` () =
    let layout =
        WeightLayout.create 300 2 (Architecture.FullyConnected(dense Activation.erf [ 200; 100 ]))

    for block, square in WeightLayout.meanSquares layout (position 63 layout.Dimension) do
        // The mean of n squares has standard error sqrt(2/n).
        Assert.That(abs (square - 1.0), Is.LessThan(4.0 * sqrt (2.0 / float block.Count)))

    let hidden = WeightLayout.meanSquares layout (position 63 layout.HiddenDimension)

    Assert.That(hidden |> List.map (fun (block, _) -> block.Layer), Is.EqualTo<int list> [ 1; 2 ])

[<Test>]
let ``Under the prior the hidden Gram matrix is the kernel on average`` () =
    let data = dataSet 64 5 6 1
    let width = 40

    let network =
        Network.dense Activation.erf [ width ] |> Network.withPriors [ 0.5; 1.0 ]

    let posterior =
        posterior NetworkPosterior.defaults (Architecture.FullyConnected network) 0.3 data

    let gram = HiddenLayers.gram posterior ()
    let g = Matrix.Zeros(5n, 5n)
    let draws = 500

    let samples =
        Array.init draws (fun i ->
            gram (position (65 + i) posterior.Layout.HiddenDimension) g
            [| for a in 0n .. 4n -> [| for b in 0n .. 4n -> g[a, b] |] |])

    let kernel =
        (Kernel.dual Activation.erf (Scalar.number (1.0 / 0.5) * Kernel.Gram)).On(data.Inputs, network)

    for a in 0..4 do
        for b in 0..a do
            let values = samples |> Array.map (fun s -> s[a][b])
            let mean = Array.average values

            let error =
                sqrt ((values |> Array.averageBy (fun v -> (v - mean) ** 2.0)) / float draws)

            // Fifteen entries at fixed seeds, each within 4 standard errors.
            Assert.That(abs (mean - kernel[nativeint a, nativeint b]), Is.LessThan(4.0 * error))

[<Test>]
let ``Overlaps with a teacher are scalar products of weights, in either coordinates`` () =
    let data = dataSet 66 4 9 1

    let architecture =
        Architecture.FullyConnected(Network.dense Activation.erf [ 3 ] |> Network.withPriors [ 0.5; 1.0 ])

    // A teacher inside the span of the data: then nothing is lost outside of it.
    let mixing = gaussian (RandomStream.FromSeed 67UL) 2 4
    let teacher = Matrix.Zeros(2n, 9n)
    LinearAlgebra.Default.Multiply(1.0, mixing, false, data.Inputs, false, 0.0, teacher)
    let all = posterior complete architecture 0.3 data
    let inside = posterior NetworkPosterior.defaults architecture 0.3 data
    let x = position 68 all.Layout.HiddenDimension
    let overlaps = HiddenLayers.teacherOverlap teacher all x
    let w = Matrix.FromArray(3n, 9n, System.ReadOnlySpan(x, 0, 27))

    let reduced =
        InputSpan.coordinates w inside.Span.Value
        |> fun m -> m.ToArray() |> Seq.cast<float> |> Array.ofSeq

    let overlaps' = HiddenLayers.teacherOverlap teacher inside reduced

    for j in 0..2 do
        for k in 0..1 do
            let expected =
                Seq.sum [ for i in 0n .. 8n -> w[nativeint j, i] / sqrt 0.5 * teacher[nativeint k, i] ]
                / 9.0

            Assert.That(overlaps[j, k], Is.EqualTo(expected).Within 1e-13)
            Assert.That(overlaps'[j, k], Is.EqualTo(expected).Within 1e-13)

let private refused expected result =
    match result with
    | Ok _ -> Assert.Fail $"It was accepted, where \"{expected}\" was to be said."
    | Error(failure: Failure) -> Assert.That(failure.Message, Does.Contain(expected: string))

[<TestCase(0.0); TestCase(-1.0); TestCase(Double.NaN); TestCase(Double.PositiveInfinity)>]
let ``A temperature that is not positive is refused`` temperature =
    NetworkPosterior.create NetworkPosterior.defaults network temperature (dataSet 69 3 5 1)
    |> refused "must be positive and finite"

[<Test>]
let ``Inputs that are not the network's images are refused`` () =
    NetworkPosterior.create NetworkPosterior.defaults (convolution Activation.erf 3 Pooling.None) 0.1 (dataSet 70 3 5 1)
    |> refused "they must be as many"

[<Test>]
let ``A chain without a thread is refused`` () =
    NetworkPosterior.create { complete with Threads = 0 } network 0.1 (dataSet 70 3 5 1)
    |> refused "at least one"

[<Test>]
let ``Test inputs and teachers of another shape are refused`` () =
    let posterior = posterior complete network 0.1 (dataSet 71 3 5 1)

    let message action =
        Assert.Throws<FailureException>(fun () -> action () |> ignore)
        |> nonNull
        |> _.Message

    Assert.That(message (fun () -> NetworkPredictor.create (Matrix.Zeros(2n, 4n)) posterior |> box), Does.Contain "4")

    Assert.That(
        message (fun () -> HiddenLayers.teacherOverlap (Matrix.Zeros(2n, 4n)) posterior |> box),
        Does.Contain "as many"
    )
