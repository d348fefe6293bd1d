/// The posterior-mean hidden Gram matrix against its sum rule, its limit, and draws of hidden layers.
module FiniteWidth.Tests.HiddenGramTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private oneLayer activation width priors =
    Network.dense activation [ width ] |> Network.withPriors priors

/// K o [C], K without the readout's prior.
let private hiddenKernel (network: Network) (data: DataSet) =
    let kernel = (Theory.infiniteWidth network).Kernel
    let value = EffectiveAction.bind network [] [||]
    let k = KernelProgram.compile kernel |> KernelProgram.symmetric value data.Inputs
    Matrix.Create(k.Rows, k.Columns, (fun i j -> List.last network.Priors * k[i, j]))

/// Hidden Gram matrices drawn from the prior, with the likelihood of the targets, the readout integrated out, for their logarithmic weights.
let private draws count (network: Network) temperature (data: DataSet) =
    let n, p, features = network.Widths.Head, data.Count, data.Features
    let stream = RandomStream.FromSeed 9UL

    let y =
        MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(DataSet.target 0 data)

    let build = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build

    Array.init count (fun draw ->
        let w = gaussian (stream.Split(int64 draw)) n features
        let h = Matrix.Uninitialized(nativeint p, nativeint n)

        LinearAlgebra.Default.Multiply(
            1.0 / sqrt (network.Priors[0] * float features),
            data.Inputs,
            false,
            w,
            true,
            0.0,
            h
        )

        let sigma =
            Matrix.Create(h.Rows, h.Columns, (fun i j -> network.Activation.Function h[i, j]))

        let gram = Matrix.Uninitialized(nativeint p, nativeint p)
        LinearAlgebra.Default.Gram(sigma, 1.0 / float n, gram)

        let a: MathNet.Numerics.LinearAlgebra.Matrix<float> =
            gram.ToMathNet() / network.Priors[1] + temperature * build.DenseIdentity p

        let factor = a.Cholesky()
        -0.5 * (factor.DeterminantLn + y * factor.Solve y), gram)

let private zScores (samples: (float * Matrix)[]) (expected: Matrix) =
    let top = samples |> Array.map fst |> Array.max
    let weights = samples |> Array.map (fun (l, _) -> exp (l - top))
    let mean = Array.average weights
    let n = float samples.Length

    [
        for i in 0n .. expected.Rows - 1n do
            for j in 0n .. i ->
                let estimate =
                    (Array.map2 (fun w (_, g: Matrix) -> w * g[i, j]) weights samples
                     |> Array.average)
                    / mean

                let spread =
                    Array.map2 (fun w (_, g: Matrix) -> (w * (g[i, j] - estimate) / mean) ** 2.0) weights samples
                    |> Array.average

                abs (estimate - expected[i, j]) / sqrt (spread / n)
    ]

let tests =
    testList "Hidden gram" [
        testPropertyWithConfig (maxTest 20) "Sum rule: Tr K^(-1) G = P + Qbar - 1" (fun (seed: PositiveInt) ->
            let data = dataSet seed.Get 8 12
            let temperature = if seed.Get % 2 = 0 then 0.0 else 0.3

            [ Activation.erf; Activation.linear; Activation.relu ]
            |> List.forall (fun activation ->
                let network = network activation 1 seed.Get
                let posterior = solve Theory.proportional network temperature data
                let gram = HiddenGram.atSaddle posterior |> Result.orFail
                let k = hiddenKernel network data
                let ratio = k.ToMathNet().Solve(gram.ToMathNet())
                // The condition number of K amplifies rounding.
                abs (ratio.Trace() - (8.0 + posterior.OrderParameters[0] - 1.0)) < 1e-9))

        testCase "A very wide network keeps its prior's Gram matrix" (fun () ->
            let data = dataSet 1 8 12
            let network = oneLayer Activation.erf 10_000_000 [ 1.0; 0.7 ]

            let gram =
                solve Theory.proportional network 0.1 data
                |> HiddenGram.atSaddle
                |> Result.orFail

            let k = hiddenKernel network data

            for i in 0n .. 7n do
                for j in 0n .. 7n do
                    // 1/N = 1e-7, times the energies.
                    Expect.within 1e-5 (gram[i, j]) (k[i, j]) "gram"
                    Expect.equal (gram[i, j]) (gram[j, i]) "gram")

        testCase
            "Where a linear network's scale is averaged and where it is taken at the saddle differ as 1/N^2"
            (fun () ->
                let data = dataSet 1 8 12

                let difference n =
                    let network = oneLayer Activation.linear n [ 1.0; 1.0 ]
                    let mixture = ScaleMixture.solve network 0.1 (Study data) |> Result.orFail
                    let exact = HiddenGram.ofMixture mixture |> Result.orFail
                    let saddle = HiddenGram.atSaddle mixture.Saddle |> Result.orFail

                    Seq.max [
                        for i in 0n .. 7n do
                            for j in 0n .. i -> abs (exact[i, j] - saddle[i, j])
                    ]

                // The next order is P/N = 1 percent.
                Expect.within 0.1 (difference 800 / difference 1600) 4.0 "difference 800 / difference 1600")

        testCase
            "A narrow linear network: hidden layers drawn from their prior give the mixture's Gram matrix"
            (fun () ->
                let data = dataSet 3 3 4
                let network = oneLayer Activation.linear 4 [ 0.8; 1.3 ]
                let mixture = ScaleMixture.solve network 0.2 (Study data) |> Result.orFail
                let samples = draws 20_000 network 0.2 data
                // Four standard errors for each of six entries, and the seed is fixed.
                Expect.all
                    (zScores samples (HiddenGram.ofMixture mixture |> Result.orFail))
                    (fun x -> x < 4.0)
                    "z scores"
                // Enough draws to tell it from the prior's.
                Expect.isGreaterThan (zScores samples (hiddenKernel network data) |> List.max) 20.0 "max of z scores")

        testCase "Wide networks: hidden layers drawn from their prior give the first-order Gram matrix" (fun () ->
            let data = dataSet 3 3 4 |> scaleTargets 1.5

            for network in
                [
                    oneLayer Activation.linear 100 [ 0.5; 1.0 ]
                    // Preactivations of variance 0.002: features that are Gaussian to a few parts in a thousand, K/lambda_1 of order one.
                    oneLayer Activation.erf 100 [ 500.0; 0.0025 ]
                ] do
                let posterior = solve Theory.proportional network 0.1 data
                let samples = draws 6_000 network 0.1 data
                // The second order is P/N = 3 percent of the change, which is some tens of standard errors.
                Expect.all
                    (zScores samples (HiddenGram.atSaddle posterior |> Result.orFail))
                    (fun x -> x < 4.0)
                    "z scores"

                Expect.isGreaterThan (zScores samples (hiddenKernel network data) |> List.max) 10.0 "max of z scores")

        testCase "Deep networks and other theories are refused in one sentence" (fun () ->
            let data = dataSet 1 5 8

            for theory, network in
                [
                    Theory.proportional, Network.dense Activation.erf [ 5; 5 ]
                    Theory.nonOdd, Network.dense Activation.relu [ 50 ]
                    Theory.infiniteWidth, Network.dense Activation.erf [ 5 ]
                ] do
                match solve theory network 0.1 data |> HiddenGram.atSaddle with
                | Error failure -> Expect.stringContains failure.Message "hidden Gram matrix" "message"
                | Ok _ -> failtest "It was computed."

            let deep =
                ScaleMixture.solve (Network.dense Activation.erf [ 5; 5 ]) 0.1 (Study data)
                |> Result.orFail

            match HiddenGram.ofMixture deep with
            | Error failure -> Expect.stringContains failure.Message "one hidden layer" "message"
            | Ok _ -> failtest "It was computed.")
    ]
