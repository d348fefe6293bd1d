/// The evidence's gradient and fits where inputs are repeated or collinear, so that correlations are 1 for every parameter.
module FiniteWidth.Tests.RepeatedInputTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private temperature = 0.1

/// Eight Gaussian rows, then three that repeat them, then two on their lines.
let private data seed features =
    let stream = RandomStream.FromSeed(uint64 seed)
    let x = gaussian (stream.Split 0L) 8 features

    let row scale i =
        Array.init features (fun j -> 0.5 * scale * x[nativeint i, nativeint j])

    let rows =
        [ for i in 0..7 -> row 1.0 i ]
        @ [ row 1.0 0; row 1.0 1; row 1.0 0; row 2.3 2; row -0.7 3 ]

    let inputs =
        Matrix.Create(nativeint rows.Length, nativeint features, (fun i j -> rows[int i][int j]))

    DataSet.create inputs (gaussian (stream.Split 1L) rows.Length 1)
    |> Result.orFail

let private activations =
    [
        Activation.sign
        Activation.step
        Activation.piecewiseConstant 2.0 -0.5
        Activation.relu
        Activation.leakyRelu
        Activation.linear
        Activation.erf
        Activation.sin
        Activation.cos
        Activation.square
        Activation.tanh
        Activation.sigmoid
        Activation.softplus
        Activation.silu
        Activation.gelu
        Activation.mish
        Activation.elu
    ]

let private names = activations |> List.map _.Name

let tests =
    testList "Repeated input" [
        testTheory "At small T rows that are repeated count once" names (fun name ->
            let activation = activations |> List.find (fun a -> a.Name = name)
            let x = gaussian (RandomStream.FromSeed 7UL) 20 3

            let rows (indices: int list) =
                let at (i: nativeint) j = x[nativeint indices[int i], j]
                let count = nativeint indices.Length

                DataSet.create (Matrix.Create(count, 3n, at)) (Matrix.Create(count, 1n, (fun i _ -> sin (at i 0n))))
                |> Result.orFail

            // Kernels of lower rank than there are rows are lost in their rounding either way.
            let isOfLowRank = activation = Activation.linear || activation = Activation.square

            for depth in [ 1; 2 ] do
                let loss indices =
                    Network.dense activation (List.replicate depth 20)
                    |> fun network -> Posterior.solve Theory.proportional network 1e-10 (Study(rows indices))
                    |> Result.map (fun posterior -> (Posterior.score (rows [ 10..19 ]) posterior).Loss)

                match loss [ 0..9 ], loss ([ 0..9 ] @ [ 0..3 ]) with
                | Ok once, Ok repeated -> Expect.withinPercent 0.01 repeated once $"loss, depth {depth}"
                | _, Error failure
                | Error failure, _ when isOfLowRank ->
                    Expect.stringContains failure.Message "lost in the rounding" "message"
                | _, Error failure
                | Error failure, _ -> failtest failure.Message)

        testTheory "The gradient of the evidence is the differences" names (fun name ->
            let activation = activations |> List.find (fun a -> a.Name = name)

            let accuracy =
                match activation.Dual with
                | Dual.Closed _ -> 2e-6
                // What the series leaves at rho = 1, over T and the step of the differences.
                | Dual.Series accuracy -> max 2e-6 (1e3 * accuracy)

            let features =
                match activation.Dual with
                | Dual.Closed _ -> [ 5; 300 ]
                | Dual.Series _ -> [ 5 ]

            for features in features do
                let data = data 1 features

                for depth in [ 1; 2; 3 ] do
                    for bias in [ None; Some 2.0 ] do
                        // Squares of squares change too fast for differences.
                        if depth = 1 || activation <> Activation.square then
                            let network = Network.dense activation (List.replicate depth 30)

                            let network =
                                match bias with
                                | Some precision -> Network.withBias precision network
                                | None -> network

                            let all = Hyperparameter.all network

                            let evidence network temperature =
                                solve Theory.infiniteWidth network temperature data |> Posterior.logEvidence

                            let gradient =
                                solve Theory.infiniteWidth network temperature data
                                |> Evidence.gradient all
                                |> Result.orFail

                            for hyperparameter, slope in Seq.zip all gradient do
                                let value = Hyperparameter.tryValue network temperature hyperparameter |> Option.get

                                let at step =
                                    Hyperparameter.set (network, temperature) hyperparameter (value * exp step)
                                    |> Result.orFail
                                    ||> evidence

                                let h = 1e-2

                                let centred k =
                                    (at (k * h) - at (-k * h)) / (2.0 * k * h)

                                let expected = (4.0 * centred 1.0 - centred 2.0) / 3.0

                                Expect.within
                                    (accuracy * (10.0 + abs expected))
                                    (slope * value)
                                    expected
                                    $"{hyperparameter}, {depth} layers, bias {bias}, {features} features")

        testCase
            "Repeated inputs count as the same in every layer of signs, however their products were rounded"
            (fun () ->
                for features in [ 3; 50; 784 ] do
                    let data = data 2 features

                    let network =
                        Network.dense Activation.sign [ 10; 10; 10; 10 ] |> Network.withBias 2.0

                    let kernel =
                        let model = Theory.infiniteWidth network

                        KernelProgram.symmetric
                            (fun symbol -> Network.tryValue symbol network |> Option.defaultValue 1.0)
                            data.Inputs
                            (KernelProgram.compile model.Kernel)

                    for i, j in [ 0n, 8n; 0n, 10n; 8n, 10n; 1n, 9n ] do
                        Expect.within 1e-14 (kernel[i, j]) (kernel[i, i]) "kernel")

        testCase "A fit ends at the largest evidence that a grid finds" (fun () ->
            for activation in [ Activation.sign; Activation.step ] do
                for depth in [ 1; 2 ] do
                    let data = data 1 5

                    let network =
                        Network.dense activation (List.replicate depth 30) |> Network.withBias 2.0

                    let fit =
                        Study data
                        |> Evidence.fit Theory.infiniteWidth [ Hyperparameter.Prior 0 ] network temperature
                        |> Result.orFail

                    let at lambda =
                        let network, temperature =
                            Hyperparameter.set (network, temperature) (Hyperparameter.Prior 0) lambda
                            |> Result.orFail

                        solve Theory.infiniteWidth network temperature data |> Posterior.logEvidence

                    let best = Seq.max (seq { for i in -60 .. 60 -> at (10.0 ** (float i / 10.0)) })
                    Expect.isGreaterThanOrEqual fit.LogEvidence (best - 1e-6) $"{activation}, {depth} layers"
                    Expect.isLessThan fit.GradientNorm 1e-6 "gradient norm")
    ]
