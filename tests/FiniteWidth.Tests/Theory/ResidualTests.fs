/// Networks with skip connections: their action, random networks, what is exact of linear ones, limits, bad input.
module FiniteWidth.Tests.ResidualTests

open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private allClose tolerance expected actual =
    Seq.forall2 (close tolerance) (Seq.cast<float> expected) (Seq.cast<float> actual)

/// Unequal widths, unequal precisions, and biases in every layer where a precision is given.
let private residual activation depth seed bias =
    let network = network activation depth seed |> Network.withWiring Wiring.Residual

    match bias with
    | Some precision -> Network.withBias precision network
    | None -> network

let private systems =
    [
        "erf, one layer", Activation.erf, 1, Theory.proportional, None
        "erf, three layers with biases", Activation.erf, 3, Theory.proportional, Some 1.7
        "ReLU, two layers", Activation.relu, 2, Theory.proportional, None
        "linear, two layers: O(P)", Activation.linear, 2, Theory.proportional, None
        "linear, two layers with biases", Activation.linear, 2, Theory.proportional, Some 0.6
        "non-odd ReLU, one layer", Activation.relu, 1, Theory.nonOdd, None
        "non-odd cos, two layers with biases", Activation.cos, 2, Theory.nonOdd, Some 2.0
    ]

let private cases =
    [
        for name, activation, depth, theory, bias in systems -> name, (activation, depth, theory, bias)
    ]

/// One channel of the stream after every layer, drawn for the inputs of X (P x N0): s_0 .. s_L, each channels x P, the first N_l rows of
/// `channels l` read by layer l.
let private streams (network: Network) (x: Matrix) (stream: RandomStream) =
    let points = x.Rows
    let features = float x.Columns
    let mutable draws = 0L

    let normal rows columns =
        draws <- draws + 1L
        gaussian (stream.Split draws) (int rows) (int columns)

    let addBias layer (s: Matrix) =
        match List.tryItem (layer - 1) network.Biases |> Option.flatten with
        | Some precision ->
            let b = normal s.Rows 1n
            Matrix.Create(s.Rows, s.Columns, (fun i mu -> s[i, mu] + b[i, 0n] / sqrt precision))
        | None -> s

    let write precision (source: Matrix) (width: float) channels =
        let s = Matrix.Uninitialized(channels, points)

        LinearAlgebra.Default.Multiply(
            1.0 / sqrt (precision * width),
            normal channels source.Rows,
            false,
            source,
            false,
            0.0,
            s
        )

        s

    // Every block of channels (one a layer, then the outputs) receives what the layers before it write.
    let inputs = Matrix.Create(x.Columns, points, (fun j mu -> x[mu, j]))
    let outputs = nativeint network.Widths.Head

    let rec channels hidden layer =
        let size =
            List.tryItem (layer - 1) network.Widths
            |> Option.map nativeint
            |> Option.defaultValue outputs

        let initial = write network.Priors[0] inputs features size |> addBias 1

        let s =
            (initial, List.indexed hidden)
            ||> List.fold (fun s (k, sigma: Matrix) ->
                let branch = write network.Priors[k + 1] sigma (float sigma.Rows) size

                Matrix.Create(size, points, (fun i mu -> s[i, mu] + branch[i, mu]))
                |> addBias (k + 2))

        if layer > network.Depth then
            s
        else
            let sigma =
                Matrix.Create(size, points, (fun i mu -> network.Activation.Function s[i, mu]))

            channels (hidden @ [ sigma ]) (layer + 1)

    channels [] 1

/// The posterior mean of the prediction and log p(y|X) of a linear network: f | q ~ GP(0, prod_l (1 + q_l/lambda_l) C), N_l q_l ~ chi^2_(N_l),
/// integrated over log q_l by the trapezoidal rule.
let private exact (network: Network) temperature (data: DataSet) (test: Matrix) =
    let program =
        KernelProgram.compile ((1.0 / Scalar.prior 0) * Kernel.Gram |> Kernel.simplify)

    let value = EffectiveAction.bind network [] [||]
    let vectors = KernelProgram.symmetric value data.Inputs program
    let eigenvalues = LinearAlgebra.Managed.Eigen vectors
    let cross = KernelProgram.cross value data.Inputs test program
    let y = DataSet.target 0 data

    let rotate (column: int -> float) a =
        Seq.init y.Length (fun mu -> vectors[nativeint a, nativeint mu] * column mu)
        |> Seq.sum

    let yhat = Array.init y.Length (rotate (fun mu -> y[mu]))
    let khat = Array.init y.Length (rotate (fun mu -> cross[nativeint mu, 0n]))

    let step = 0.02

    let layer l =
        let half = float network.Widths[l - 1] / 2.0

        [|
            for x in -4.0 .. step .. 3.0 ->
                let q = exp x

                1.0 + q / network.Priors[l],
                half * (log half + x - q) - MathNet.Numerics.SpecialFunctions.GammaLn half
                + log step
        |]

    let scales =
        ([| 1.0, 0.0 |], [ 1 .. network.Depth ])
        ||> List.fold (fun known l ->
            [|
                for s, w in known do
                    for t, v in layer l do
                        if w + v > -60.0 then
                            s * t, w + v
            |])

    let mutable evidence = 0.0
    let mutable mean = 0.0

    for s, prior in scales do
        let mutable logDensity = prior
        let mutable prediction = 0.0

        for i in 0 .. y.Length - 1 do
            let a = temperature + s * max 0.0 eigenvalues[i]

            logDensity <- logDensity - 0.5 * (log (2.0 * System.Math.PI * a) + yhat[i] * yhat[i] / a)

            prediction <- prediction + s * khat[i] * yhat[i] / a

        evidence <- evidence + exp logDensity
        mean <- mean + prediction * exp logDensity

    mean / evidence, log evidence

let private message result =
    match result with
    | Ok _ ->
        failtest "A failure was expected."
        ""
    | Error(failure: Failure) -> failure.Message

let tests =
    testList "Residual" [
        testCases
            "The action with skip connections and its gradient are the plain ones"
            cases
            (fun (activation, depth, theory, bias) ->
                for seed in 1..5 do
                    let data = dataSet seed 9 6
                    let network = residual activation depth seed bias
                    let posterior = solve theory network 0.05 data
                    let fast = posterior.EffectiveAction
                    let plain = DifferentiableModel.effectiveAction posterior.Model network 0.05 data
                    let theta = orderParameters seed posterior.Model
                    let value, gradient = grad' plain (DV theta)
                    // Rounding, magnified by A^(-1) ~ 1/T = 20.
                    let tolerance = 1e-10 * fast.Size * (1.0 + abs value.Value)
                    Expect.within tolerance (fast.Value theta) value.Value "value of fast"

                    for actual, expected in Seq.zip (fast.Gradient theta) (DV.toArray gradient) do
                        Expect.within tolerance actual expected "value"

                    Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual")

        testCase "A linear network with skip connections is one scale times the input's kernel" (fun () ->
            let model = Theory.proportional (residual Activation.linear 3 1 None)

            match Kernel.normalForm model.OrderParameters model.Kernel with
            | NormalForm.Scaled(scale, Kernel.Gram) ->
                let value symbol =
                    match symbol with
                    | Symbol.Qbar l -> 0.5 + float l
                    | _ -> 2.0

                // (1/lambda_0) prod_l (1 + Qbar_l/lambda_l).
                Expect.within 1e-14 (Scalar.evaluate value scale) (0.5 * 1.75 * 2.25 * 2.75) "value of scale"
            | other -> failtest $"{other}")

        testPropertyWithConfig
            (maxTest 15)
            "Infinite width: every order parameter goes to 1 as 1/N"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 7 5

                [
                    Theory.proportional, Activation.erf, 2
                    Theory.proportional, Activation.linear, 3
                    Theory.nonOdd, Activation.relu, 2
                ]
                |> List.forall (fun (theory, activation, depth) ->
                    Laws.ofTheory theory 0.1 data (residual activation depth seed (Some 1.3))
                    |> List.forall Law.holds))

        testPropertyWithConfig
            (maxTest 15)
            "Branches of huge precision leave the Gaussian process of the input's kernel"
            (fun (seed: PositiveInt) ->
                let data, test = dataSet seed.Get 9 6, (dataSet (seed.Get + 1000) 5 6).Inputs

                let predict theory network =
                    solve theory network 0.1 data |> Posterior.predict test

                let closed =
                    Network.residual Activation.erf [ 20; 30 ]
                    |> Network.withPriors [ 0.7; 1e9; 1e9 ]
                    |> predict Theory.proportional

                let input =
                    Network.dense Activation.linear [ 1 ]
                    |> Network.withPriors [ 0.7; 1.0 ]
                    |> predict Theory.infiniteWidth
                // What is left of the branches is of order 1e-9, times 1/T.
                allClose 1e-7 input.Mean closed.Mean
                && allClose 1e-7 input.Variance closed.Variance)

        testPropertyWithConfig
            (maxTest 10)
            "An odd activation has no mean with skip connections either"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 9 6
                let network = residual Activation.erf 2 seed.Get (Some 1.4)
                let odd = solve Theory.proportional network 0.1 data
                let nonOdd = solve Theory.nonOdd network 0.1 data
                // Both are stationary to 1e-10.
                allClose 1e-8 odd.OrderParameters nonOdd.OrderParameters[..1])

        testTheory
            "Random wide networks with skip connections have the kernel of infinite width"
            [ "erf"; "relu" ]
            (fun activation ->
                let x = (dataSet 4 4 6).Inputs

                let network =
                    Network.residual (Activation.ofName activation |> Result.orFail) [ 800; 1200 ]
                    |> Network.withPriors [ 0.8; 1.3; 0.6 ]
                    |> Network.withBias 2.0

                let draws = 60

                // The mean of f f^T over 800 independent outputs, a draw.
                let kernels =
                    List.init draws (fun k ->
                        let f = streams network x (RandomStream.FromSeed(uint64 (100 + k)))
                        let kernel = Matrix.Uninitialized(4n, 4n)
                        LinearAlgebra.Default.Multiply(1.0 / float f.Rows, f, true, f, false, 0.0, kernel)
                        kernel)

                let expected =
                    KernelProgram.compile (Theory.infiniteWidth network).Kernel
                    |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) x

                for i in 0n .. 3n do
                    for j in 0n .. i do
                        let values = kernels |> List.map (fun k -> k[i, j])
                        let mean = List.average values

                        let deviation =
                            sqrt (List.sumBy (fun v -> (v - mean) ** 2.0) values / float (draws - 1))
                        // What is left of 1/N is a tenth of a standard error.
                        let z = (mean - expected[i, j]) / (deviation / sqrt (float draws))
                        Expect.isLessThan (abs z) 4.0 $"{activation}: entry {i}, {j}")

        testCase
            "A linear network of finite width has the scale prod_l (1 + chi^2/(lambda_l N_l)): its fourth moment is exact"
            (fun () ->
                let x = (dataSet 6 1 5).Inputs

                let network =
                    Network.residual Activation.linear [ 3; 5 ]
                    |> Network.withPriors [ 0.8; 1.3; 0.6 ]

                let c = (KernelProgram.norms x)[0] / 0.8
                let draws = 40000

                let samples =
                    Array.init draws (fun k ->
                        let f = streams network x (RandomStream.FromSeed(uint64 k))
                        f[0n, 0n])

                let moment (l: int) power =
                    let q1, q2 = 1.0, 1.0 + 2.0 / float network.Widths[l - 1]
                    let lambda = network.Priors[l]

                    if power = 1 then
                        1.0 + q1 / lambda
                    else
                        1.0 + 2.0 * q1 / lambda + q2 / (lambda * lambda)

                for power, expected in [ 2, c * moment 1 1 * moment 2 1; 4, 3.0 * c * c * moment 1 2 * moment 2 2 ] do
                    let values = samples |> Array.map (fun f -> f ** float power)
                    let mean = Array.average values

                    let deviation =
                        sqrt (Array.sumBy (fun v -> (v - mean) ** 2.0) values / float (draws - 1))

                    let z = (mean - expected) / (deviation / sqrt (float draws))
                    Expect.isLessThan (abs z) 4.0 $"moment {power}: {mean}, expected {expected}")

        testTheory "Linear networks: the saddle point nears the exact integral as 1/N" [ 1; 2 ] (fun depth ->
            let data, test = dataSet 8 6 4, (dataSet 9 1 4).Inputs

            let errors n =
                let network =
                    Network.residual Activation.linear (List.replicate depth n)
                    |> Network.withPriors (0.7 :: List.replicate depth 1.2)

                let mean, evidence = exact network 0.1 data test
                let posterior = solve Theory.proportional network 0.1 data

                abs ((Posterior.predict test posterior).Mean[0, 0] - mean),
                abs (Posterior.logEvidence posterior - evidence)

            let mean, evidence = errors 100
            let widerMean, widerEvidence = errors 500
            Expect.isLessThan mean 0.01 "mean"
            Expect.isLessThan evidence 0.1 "evidence"
            // Five times as wide, a fifth of the error; the next order is a few percent at N = 100.
            Expect.within 0.5 (mean / widerMean) 5.0 "mean / widerMean"
            Expect.within 0.5 (evidence / widerEvidence) 5.0 "evidence / widerEvidence")

        testCase
            "Skip connections stay where widths, priors and biases change, and the network says that it has them"
            (fun () ->
                let network =
                    Network.residual Activation.erf [ 5; 6 ]
                    |> Network.withWidth 7
                    |> Network.withPriors [ 1.0; 2.0; 3.0 ]
                    |> Network.withReadoutPrior 4.0
                    |> Network.withBias 2.0

                Expect.equal network.Wiring Wiring.Residual "wiring"
                Expect.stringStarts (string network) "erf residual network, widths [7, 7]" "network"
                Expect.equal ((Network.withWiring Wiring.Sequential network).Wiring) Wiring.Sequential "wiring")

        testCase
            "What no formula covers is refused: one scale, several outputs, transfer, a singular kernel at T = 0"
            (fun () ->
                let study = Study(dataSet 1 8 3)
                let network = Network.residual Activation.erf [ 5 ]

                Expect.stringContains
                    (Posterior.solve Theory.wishart network 0.1 study |> message)
                    "The Wishart ansatz"
                    "message"

                Expect.stringContains (ScaleMixture.solve network 0.1 study |> message) "The Wishart ansatz" "message"

                Expect.stringContains
                    (SeveralOutputs.solve network 0.1 study |> message)
                    "takes networks without skip connections"
                    "message"

                Expect.stringContains (CoupledNetworks.create network 0.1 |> message) "skip connections" "message"
                let linear = Network.residual Activation.linear [ 5; 5 ]

                Expect.stringContains
                    (Posterior.solve Theory.proportional linear 0.0 study |> message)
                    "rank 3"
                    "message")
    ]
