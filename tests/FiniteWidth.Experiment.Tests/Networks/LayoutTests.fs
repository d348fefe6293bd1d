/// Layouts, Langevin rates, observables of the hidden layers, bad input.
module FiniteWidth.Experiment.Tests.Networks.LayoutTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private network =
    Network.create Activation.erf [ 3; 2 ] [ 0.5; 2.0; 4.0 ] [ None; Some 8.0 ]
    |> Result.orFail
    |> Architecture.FullyConnected

/// One step of the dynamics as they are written for the weights theta themselves, without noise.
let private plainStep eta (posterior: NetworkPosterior) (theta: float[]) (gradient: float[]) =
    let precisions = WeightLayout.precisions posterior.Layout
    // The gradient of (1/2) sum (y - f)^2 in theta is -T sqrt(lambda) times that of the log likelihood in x.
    Array.init theta.Length (fun i ->
        theta[i]
        - eta
          * (-posterior.Temperature * sqrt precisions[i] * gradient[i]
             + posterior.Temperature * precisions[i] * theta[i]))

let private refused expected result =
    match result with
    | Ok _ -> failtest $"It was accepted, where \"{expected}\" was to be said."
    | Error(failure: Failure) -> Expect.stringContains failure.Message (expected: string) "message"

// Networks and what the mean of their hidden Gram matrix is at these inputs.
let private priorCases: (string * (Architecture * (Matrix -> Matrix))) list =
    let network = Network.dense Activation.erf [ 40 ] |> Network.withPriors [ 0.5; 1.0 ]

    let kernel = Kernel.dual Activation.erf (Scalar.number (1.0 / 0.5) * Kernel.Gram)

    let fullyConnected =
        "one hidden layer", (Architecture.FullyConnected network, (fun inputs -> kernel.On(inputs, network)))

    // Exact at any width, as the network is linear: zeros around images, strides, places under filters.
    let convolutional pooling dense =
        match layered Activation.linear pooling dense with
        | Architecture.Image network as architecture ->
            let whole = ImageNetwork.withReadoutPrior 1.0 network |> Result.orFail
            $"{pooling} {dense}", (architecture, (fun inputs -> ImageKernels.kernel inputs whole |> Result.orFail))
        | other -> failtest $"{other}"

    [
        fullyConnected
        convolutional Pooling.None []
        convolutional Pooling.Average []
        convolutional Pooling.None [ 5 ]
    ]

let tests =
    testList "Layout" [
        testCase "Blocks follow one another, weights before biases, the readout last" (fun () ->
            let layout = WeightLayout.create 5 2 network

            let found =
                layout.Blocks
                |> List.map (fun block ->
                    block.Kind, block.Layer, block.Offset, block.Rows, block.Columns, block.Prior)

            Expect.equal
                found
                [
                    WeightKind.Weights, 1, 0, 3, 5, 0.5
                    WeightKind.Weights, 2, 15, 2, 3, 2.0
                    WeightKind.Biases, 2, 21, 2, 1, 8.0
                    WeightKind.Readout, 3, 23, 2, 2, 4.0
                ]
                "blocks"

            Expect.equal (layout.HiddenDimension, layout.Dimension) (23, 27) "dimensions")

        testCase "A Langevin step in whitened coordinates is the papers' step of the weights" (fun () ->
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
                Expect.within 1e-13 (whitened[i] / sqrt precisions[i]) (expected[i]) "whitened[i] / sqrt precisions[i]"
                // The noise of theta, sqrt(2 eta T), is that of x over sqrt(lambda).
                Expect.within 1e-15 (sqrt (2.0 * eta * rates[i]) / sqrt precisions[i]) (sqrt (2.0 * eta * 0.3)) "sqrt")

        testCase "Positions drawn from the prior have mean squares near 1 in every block" (fun () ->
            let layout =
                WeightLayout.create 300 2 (Architecture.FullyConnected(dense Activation.erf [ 200; 100 ]))

            for block, square in WeightLayout.meanSquares layout (position 63 layout.Dimension) do
                // The mean of n squares has standard error sqrt(2/n).
                Expect.isLessThan (abs (square - 1.0)) (4.0 * sqrt (2.0 / float block.Count)) "abs"

            let hidden = WeightLayout.meanSquares layout (position 63 layout.HiddenDimension)

            Expect.equal (hidden |> List.map (fun (block, _) -> block.Layer)) [ 1; 2 ] "hidden layers")

        testCases
            "Under the prior the hidden Gram matrix is the kernel on average"
            priorCases
            (fun (architecture, kernelOn) ->
                let features =
                    match architecture with
                    | Architecture.Image _ -> 48
                    | _ -> 6

                let data = dataSet 64 5 features 1
                let posterior = posterior NetworkPosterior.defaults architecture 0.3 data
                let gram = HiddenLayers.gram posterior ()
                let g = Matrix.Zeros(5n, 5n)
                let draws = 500

                let samples =
                    Array.init draws (fun i ->
                        gram (position (65 + i) posterior.Layout.HiddenDimension) g
                        [| for a in 0n .. 4n -> [| for b in 0n .. 4n -> g[a, b] |] |])

                let kernel: Matrix = kernelOn data.Inputs

                for a in 0..4 do
                    for b in 0..a do
                        let values = samples |> Array.map (fun s -> s[a][b])
                        let mean = Array.average values

                        let error =
                            sqrt ((values |> Array.averageBy (fun v -> (v - mean) ** 2.0)) / float draws)

                        // Fifteen entries at fixed seeds, each within 4 standard errors.
                        Expect.isLessThan (abs (mean - kernel[nativeint a, nativeint b])) (4.0 * error) "abs")

        testCase "Overlaps with a teacher are scalar products of weights, in either coordinates" (fun () ->
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

                    Expect.within 1e-13 (overlaps[j, k]) expected "overlaps"
                    Expect.within 1e-13 (overlaps'[j, k]) expected "overlaps")

        testTheory
            "A temperature that is not positive is refused"
            [ 0.0; -1.0; Double.NaN; Double.PositiveInfinity ]
            (fun temperature ->
                NetworkPosterior.create NetworkPosterior.defaults network temperature (dataSet 69 3 5 1)
                |> refused "must be positive and finite")

        testCase "Inputs that are not the network's images are refused" (fun () ->
            NetworkPosterior.create
                NetworkPosterior.defaults
                (convolution Activation.erf 3 Pooling.None)
                0.1
                (dataSet 70 3 5 1)
            |> refused "they must be as many")

        testCase "A chain without a thread is refused" (fun () ->
            NetworkPosterior.create { complete with Threads = 0 } network 0.1 (dataSet 70 3 5 1)
            |> refused "at least one")

        testCase "Test inputs and teachers of another shape are refused" (fun () ->
            let posterior = posterior complete network 0.1 (dataSet 71 3 5 1)

            Expect.throwsSaying<FailureException>
                (fun () -> NetworkPredictor.create (Matrix.Zeros(2n, 4n)) posterior |> ignore)
                "4"
                "test inputs"

            Expect.throwsSaying<FailureException>
                (fun () -> HiddenLayers.teacherOverlap (Matrix.Zeros(2n, 4n)) posterior |> ignore)
                "as many"
                "teacher")
    ]
