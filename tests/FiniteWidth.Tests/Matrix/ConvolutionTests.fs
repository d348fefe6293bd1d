/// Convolution (theory section 8): golden values, limits, the plain action, bad input.
module FiniteWidth.Tests.ConvolutionTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private network activation channels priors height width colours patch stride pooling =
    ConvolutionalNetwork.create
        activation
        channels
        priors
        {
            Height = height
            Width = width
            Channels = colours
        }
        patch
        stride
        pooling
    |> Result.orFail

let private solveOn temperature network data =
    Convolution.solve network temperature (ConvolutionStudy data) |> Result.orFail

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * max 1.0 (abs expected)

let private rows =
    lazy
        (let path = Path.Combine(AppContext.BaseDirectory, "golden", "golden.json")

         use document = JsonDocument.Parse(File.ReadAllText path)

         [
             for row in document.RootElement.EnumerateArray() do
                 match row.TryGetProperty "kind" with
                 | true, kind when kind.GetString() = "convolution" -> row.Clone()
                 | _ -> ()
         ])

/// S by its definition: patches cut by hand, the kernels from the Gram matrices of whole patches, Cholesky.
let private plain (network: ConvolutionalNetwork) temperature (data: DataSet) (qbar: float[,]) =
    let m = float network.PatchLength
    let image = network.Image

    let patch i mu =
        let top, left =
            i / network.PatchColumns * network.Stride, i % network.PatchColumns * network.Stride

        [
            for y in top .. top + network.Patch - 1 do
                for x in left .. left + network.Patch - 1 do
                    for c in 0 .. image.Channels - 1 ->
                        data.Inputs[nativeint mu, nativeint ((y * image.Width + x) * image.Channels + c)]
        ]

    let product a b =
        List.fold2 (fun sum x y -> sum + x * y) 0.0 a b / (network.FilterPrior * m)

    // The erf kernel, written out.
    let kernel a b =
        let c11, c12, c22 = product a a, product a b, product b b

        2.0 / System.Math.PI
        * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22)))

    let n = network.Patches
    let patches = Array2D.init n data.Count patch

    let a =
        Matrix.Create(
            nativeint data.Count,
            nativeint data.Count,
            fun mu nu ->
                let mutable sum = if mu = nu then temperature else 0.0

                for i in 0 .. n - 1 do
                    for j in 0 .. n - 1 do
                        let k = kernel patches[i, int mu] patches[j, int nu]

                        sum <-
                            sum
                            + (match network.Pooling with
                               | Pooling.None -> qbar[i, j] * k / float n
                               | Pooling.Average -> qbar[0, 0] * k / float (n * n))
                              / network.ReadoutPrior

                sum
        )

    Expect.equal (LinearAlgebra.Managed.Cholesky a) 0n "cholesky"
    let y = DataSet.target 0 data
    let solved = Array.copy y
    LinearAlgebra.Managed.Solve(a, System.Span solved)

    let entropy =
        LinearAlgebra.Managed.Eigenvalues(Matrix.FromArray qbar)
        |> Array.sumBy (fun q -> q - 1.0 - log q)

    entropy
    + (LinearAlgebra.Managed.LogDeterminant a - float data.Count * log temperature
       + Array.fold2 (fun sum a b -> sum + a * b) 0.0 y solved)
      / float network.Channels

let private failure result =
    match result with
    | Ok _ ->
        failtest "A failure was expected."
        ""
    | Error(failure: Failure) -> failure.Message

let tests =
    testList "Convolution" [
        testCase "Convolutional networks on MNIST agree with the golden rows" (fun () ->
            Expect.isNonEmpty rows.Value "value of rows"

            for row in rows.Value do
                let expect = row.GetProperty "expect"
                let integer (name: string) = row.GetProperty(name).GetInt32()

                let list (element: JsonElement) =
                    [ for item in element.EnumerateArray() -> item.GetDouble() ]

                let split = Golden.mnist01 (integer "P") (integer "Ptest")
                let temperature = row.GetProperty("temperature").GetDouble()
                let priors = list (row.GetProperty "priors")

                let activation =
                    Activation.ofName (string (row.GetProperty("activation").GetString()))
                    |> Result.orFail

                let network =
                    network
                        activation
                        (row.GetProperty("widths").[0].GetInt32())
                        (struct (priors[0], priors[1]))
                        28
                        28
                        1
                        (integer "patch")
                        (integer "stride")
                        Pooling.None

                let posterior = solveOn temperature network split.Train
                let n = network.Patches

                // 1e-8, as the reference promises; 1e-6 at T = 1e-3, where the condition number of A reaches 1e7.
                let tolerance = if temperature = 1e-3 then 1e-6 else 1e-8

                let check what (expected: float) actual =
                    Expect.isTrue (close tolerance expected actual) $"{row}: {what} is {actual}"

                for actual, expected in
                    Seq.zip (Seq.cast<float> posterior.OrderParameter) (list (expect.GetProperty "Qbar")) do
                    check "Qbar" expected actual

                let score = Convolution.score split.Test posterior
                check "loss" (expect.GetProperty("loss").GetDouble()) score.Loss
                check "bias" (expect.GetProperty("bias").GetDouble()) score.Bias
                check "variance" (expect.GetProperty("variance").GetDouble()) score.Variance
                // The reference's constant is -1 where ours is -n, so that S = 0 for Qbar = I without data.
                check
                    "action"
                    (expect.GetProperty("action").GetDouble() - float (n - 1))
                    posterior.SaddlePoint.Chosen.Action

                let mean = (Convolution.predict split.Test.Inputs posterior).Mean

                for t, expected in List.indexed (list (expect.GetProperty "mean5")) do
                    check "mean" expected mean[t, 0]

                Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual"
                Expect.equal posterior.SaddlePoint.Chosen.Kind Kind.Minimum "kind of chosen")

        testCase
            "The action is the plain one, and its gradient the differences of that: overlapping patches, two channels, both poolings"
            (fun () ->
                for pooling in [ Pooling.None; Pooling.Average ] do
                    let network = network Activation.erf 6 (struct (0.7, 1.6)) 3 5 2 2 1 pooling
                    let data = dataSet 11 8 30
                    let posterior = solveOn 0.1 network data
                    let order = Array2D.length1 posterior.OrderParameter

                    // Away from the saddle, symmetric and diagonally dominant.
                    let q =
                        Array2D.init order order (fun i j ->
                            if i = j then
                                1.0 + 0.1 * float i
                            else
                                0.1 / float (1 + i + j))

                    let value = plain network 0.1 data q
                    Expect.within (1e-10 * (1.0 + abs value)) (MatrixSaddle.value posterior.Action q) value "value"
                    let gradient = MatrixSaddle.gradient posterior.Action q

                    for i, j in [ 0, 0; order - 1, order - 1; order - 1, 0 ] do
                        let moved h =
                            let q = Array2D.copy q
                            q[i, j] <- q[i, j] + h

                            if i <> j then
                                q[j, i] <- q[j, i] + h

                            plain network 0.1 data q

                        let difference = (moved 1e-5 - moved -1e-5) / 2e-5 / (if i = j then 1.0 else 2.0)
                        // Centred differences with h = 1e-5: an error of h^2 and of 1e-15/h.
                        Expect.within (1e-7 * (1.0 + abs difference)) (gradient[i, j]) difference "gradient")

        testPropertyWithConfig
            (maxTest 10)
            "One patch that covers the image is section 3, with and without pooling"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 12 12
                let test = (dataSet (seed.Get + 1) 5 12).Inputs
                let dense = Network.dense Activation.erf [ 9 ] |> Network.withPriors [ 0.8; 1.7 ]
                let scalar = solve Theory.proportional dense 0.05 data
                let expected = Posterior.predict test scalar

                [ Pooling.None; Pooling.Average ]
                |> List.forall (fun pooling ->
                    let posterior =
                        solveOn 0.05 (network Activation.erf 9 (struct (0.8, 1.7)) 2 2 3 2 1 pooling) data

                    let actual = Convolution.predict test posterior

                    close 1e-9 scalar.OrderParameters[0] posterior.OrderParameter[0, 0]
                    && close 1e-9 (Posterior.logEvidence scalar) (Convolution.logEvidence posterior)
                    && Seq.forall2 (close 1e-9) (Seq.cast<float> expected.Mean) (Seq.cast<float> actual.Mean)
                    && Seq.forall2 (close 1e-9) (Seq.cast<float> expected.Variance) (Seq.cast<float> actual.Variance)))

        testCase "With infinitely many channels Qbar is the identity" (fun () ->
            let network =
                network Activation.erf 1_000_000_000 (struct (1.0, 1.0)) 4 4 1 2 2 Pooling.None

            let q = (solveOn 0.1 network (dataSet 2 10 16)).OrderParameter

            for i in 0..3 do
                for j in 0..3 do
                    // Qbar - I is of order P/N_c = 1e-8, times beta y^2 = 10.
                    Expect.within 1e-6 (q[i, j]) (if i = j then 1.0 else 0.0) "q")

        testCase "A network of many patches and few channels still has a stationary Qbar, at T = 0 as well" (fun () ->
            let network = network Activation.erf 3 (struct (1.0, 1.0)) 4 4 2 2 1 Pooling.None

            for temperature in [ 0.0; 1e-3; 1.0 ] do
                let posterior = solveOn temperature network (dataSet 5 14 32)
                Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual")

        testCase "Patches that do not fit, bad priors and inputs of another size are refused" (fun () ->
            let image =
                {
                    Height = 28
                    Width = 28
                    Channels = 1
                }

            let create channels priors patch stride =
                ConvolutionalNetwork.create Activation.erf channels priors image patch stride Pooling.None
                |> failure

            Expect.stringContains (create 10 (struct (1.0, 1.0)) 5 5) "multiple of the stride" "create"
            Expect.stringContains (create 10 (struct (1.0, 1.0)) 29 1) "larger than the image" "create"
            Expect.stringContains (create 10 (struct (1.0, 1.0)) 7 0) "stride is 0" "create"
            Expect.stringContains (create 0 (struct (1.0, 1.0)) 7 7) "0 channels" "create"
            Expect.stringContains (create 10 (struct (-1.0, 1.0)) 7 7) "lambda_0" "create"
            Expect.stringContains (create 10 (struct (1.0, nan)) 7 7) "lambda_1" "create"
            let sound = network Activation.erf 10 (struct (1.0, 1.0)) 4 4 1 2 2 Pooling.None

            let solve temperature data =
                Convolution.solve sound temperature (ConvolutionStudy data) |> failure

            Expect.stringContains (solve 0.1 (dataSet 1 5 15)) "15 features" "solve"
            Expect.stringContains (solve nan (dataSet 1 5 16)) "temperature" "solve"
            let linear = network Activation.linear 10 (struct (1.0, 1.0)) 2 2 1 2 2 Pooling.None

            Expect.stringContains
                (Convolution.solve linear 0.0 (ConvolutionStudy(dataSet 1 9 4)) |> failure)
                "rank 4"
                "failure")
    ]
