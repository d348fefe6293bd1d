/// The integral over a matrix order parameter against the scalar one, plain quadrature, a duality and draws of the weights.
module FiniteWidth.Tests.OutputMixtureTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private joint seed examples features outputs =
    let stream = RandomStream.FromSeed(uint64 seed)

    DataSet.create (gaussian (stream.Split 0L) examples features) (gaussian (stream.Split 1L) examples outputs)
    |> Result.orFail

let private integrate accuracy network temperature data =
    OutputMixture.solveWith
        { OutputMixture.defaults with
            Accuracy = accuracy
        }
        network
        temperature
        (Study data)
    |> Result.orFail

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

let private linear width =
    Network.dense Activation.linear [ width ]

/// P orthogonal inputs for which K is the identity, and these targets.
let private orthogonal (targets: float[,]) =
    let count = Array2D.length1 targets
    let inputs = Array2D.init count 6 (fun i j -> if i = j then sqrt 6.0 else 0.0)
    DataSet.FromArrays(inputs, targets)

/// f(x*) of linear networks drawn from their prior, with the likelihood of the data as weights.
let private sampled draws width temperature (train: DataSet) (test: DataSet) =
    let features, outputs = train.Features, train.Outputs
    let weights = width * (features + outputs)
    let normals = gaussian (RandomStream.FromSeed 8UL) draws weights

    Array.init draws (fun i ->
        let row = normals.Row(nativeint i).ToArray()

        let hidden (x: Matrix) mu =
            Array.init width (fun a ->
                Seq.sum [ for j in 0 .. features - 1 -> row[a * features + j] * x[mu, nativeint j] ]
                / sqrt (float features))

        let f (x: Matrix) mu =
            let h = hidden x mu

            Array.init outputs (fun d ->
                Seq.sum [ for a in 0 .. width - 1 -> row[width * features + d * width + a] * h[a] ]
                / sqrt (float width))

        let mutable misfit = 0.0

        for mu in 0n .. nativeint train.Count - 1n do
            let out = f train.Inputs mu

            for d in 0 .. outputs - 1 do
                let e = train.Targets[mu, nativeint d] - out[d]
                misfit <- misfit + e * e

        exp (-misfit / (2.0 * temperature)), f test.Inputs 0n)

let tests =
    testList "Output mixture" [
        testTheory "With one output it is the scale mixture" [ 1; 20; 500 ] (fun width ->
            let train, test = joint 1 12 20 1, joint 2 5 20 1
            let scalar = ScaleMixture.solve (linear width) 0.1 (Study train) |> Result.orFail
            let matrix = integrate 1e-10 (linear width) 0.1 train
            within 1e-8 scalar.LogEvidence matrix.LogEvidence
            within 1e-8 scalar.MeanScale matrix.MeanOrderParameter[0, 0]

            let expected, actual =
                ScaleMixture.predict test.Inputs scalar, OutputMixture.predict test.Inputs matrix

            for t in 0..4 do
                within 1e-8 expected.Mean[t, 0] actual.Mean[t, 0]
                within 1e-8 expected.Variance[t, 0] actual.Covariance[t].[0, 0])

        testTheory
            "Where the targets say nothing the posterior is the prior, whose mean is one and whose mass is one"
            [ 2, 2; 2, 300; 3, 20; 3, 300 ]
            (fun (outputs, width) ->
                let data = joint 3 4 6 outputs
                // The likelihood differs from a constant by K/T and y^2/T, both below 1e-9.
                let temperature = 1e10
                let mixture = integrate 1e-4 (linear width) temperature data

                let noise = 0.5 * float (4 * outputs) * log (2.0 * Math.PI * temperature)
                // Ten times the accuracy asked for: it is the evidence's, and the mean has a factor more.
                within 1e-3 1.0 (exp (mixture.LogEvidence + noise))

                for a in 0 .. outputs - 1 do
                    for b in 0 .. outputs - 1 do
                        within 1e-3 (if a = b then 1.0 else 0.0) mixture.MeanOrderParameter[a, b])

        testTheory
            "Of one example the evidence is a single integral over a chi-square scale"
            [ 0.0; 0.3 ]
            (fun temperature ->
                // f = V h/sqrt N with h ~ N(0, k I): given |h|^2/N = q k the outputs are independent.
                for outputs, width, accuracy in [ 2, 6, 1e-8; 3, 20, 1e-3 ] do
                    let data = joint 5 1 4 outputs

                    let power =
                        Seq.sum [
                            for d in 0n .. nativeint outputs - 1n -> data.Targets[0n, d] * data.Targets[0n, d]
                        ]

                    let k =
                        Seq.sum [ for j in 0n .. 3n -> data.Inputs[0n, j] * data.Inputs[0n, j] ] / 4.0

                    let prior = ScaleDensity.log [ width ]
                    let d = float outputs
                    let step = 0.01

                    let evidence =
                        step
                        * Seq.sum (
                            seq {
                                for x in -20.0 .. step .. 4.0 ->
                                    let v = temperature + k * exp x
                                    exp (prior x - 0.5 * (d * log (2.0 * Math.PI * v) + power / v))
                            }
                        )

                    within accuracy (log evidence) (integrate accuracy (linear width) temperature data).LogEvidence)

        testTheory "Where K is the identity examples and outputs may change places" [ 0.0; 0.2 ] (fun temperature ->
            // f = V H/sqrt N: V and H are Gaussian alike.
            let y = (gaussian (RandomStream.FromSeed 4UL) 3 2).ToArray()
            let transposed = Array2D.init 2 3 (fun i j -> y[j, i])
            let two = integrate 1e-8 (linear 20) temperature (orthogonal y)
            let three = integrate 1e-3 (linear 20) temperature (orthogonal transposed)
            within 1e-3 two.LogEvidence three.LogEvidence)

        testCase
            "Two outputs: evidence, order parameter and prediction are those of a plain sum over Cholesky factors"
            (fun () ->
                let train, test = joint 6 4 3 2, joint 7 2 3 2
                let width, temperature = 5, 0.3
                let network = linear width |> Network.withPriors [ 1.2; 0.8 ]
                let mixture = integrate 1e-9 network temperature train
                let n = float width

                let kernel (a: Matrix) (b: Matrix) i j =
                    Seq.sum [ for f in 0n .. 2n -> a[nativeint i, f] * b[nativeint j, f] ]
                    / (3.0 * 1.2 * 0.8)

                let build = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build
                let k = build.Dense(4, 4, kernel train.Inputs train.Inputs)
                let cross = build.Dense(2, 4, kernel test.Inputs train.Inputs)

                let y =
                    MathNet.Numerics.LinearAlgebra.Vector<float>.Build.Dense(
                        8,
                        fun i -> train.Targets[nativeint (i % 4), nativeint (i / 4)]
                    )

                // Q = L L^T, dQ = 4 L_11^2 L_22 dL and Bartlett's density, at the nodes log L_11, L_21, log L_22.
                let step = 0.16
                let logGamma = MathNet.Numerics.SpecialFunctions.GammaLn

                let constant =
                    n * log (n / 2.0)
                    - 0.5 * log Math.PI
                    - logGamma (n / 2.0)
                    - logGamma ((n - 1.0) / 2.0)

                let terms =
                    [|
                        for u in -3.5 .. step .. 1.7 do
                            for w in -4.0 .. step .. 1.7 do
                                for l in -2.8 .. step .. 2.8 do
                                    let a, c = exp u, exp w
                                    let q = build.DenseOfArray(array2D [ [ a * a; a * l ]; [ a * l; l * l + c * c ] ])
                                    let trace = a * a + l * l + c * c

                                    let prior =
                                        constant + (n - 3.0) * (u + w) - n / 2.0 * trace + log 4.0 + 3.0 * u + 2.0 * w

                                    // The Kronecker form, 8 x 8, where the package has eigenvalues.
                                    let covariance = q.KroneckerProduct k + temperature * build.DenseIdentity 8
                                    let factor = covariance.Cholesky()
                                    let weighted = factor.Solve y
                                    let energy = y * weighted + factor.DeterminantLn + 8.0 * log (2.0 * Math.PI)
                                    let mean = q.KroneckerProduct cross * weighted
                                    exp (prior - 0.5 * energy) * step ** 3.0, q, mean
                    |]

                let total = terms |> Array.sumBy (fun (p, _, _) -> p)

                let average f =
                    (terms |> Array.sumBy (fun (p, q, m) -> p * f q m)) / total

                // The box cuts off less than 1e-6 of the mass.
                within 3e-6 (log total) mixture.LogEvidence

                let prediction = OutputMixture.predict test.Inputs mixture

                for a in 0..1 do
                    for b in 0..1 do
                        within 1e-5 (average (fun q _ -> q[a, b])) mixture.MeanOrderParameter[a, b]
                        within 1e-5 (average (fun _ m -> m[2 * b + a])) prediction.Mean[a, b])

        testCase
            "A linear network's weights, drawn from their prior, give the same evidence, mean and covariance"
            (fun () ->
                let train, test = joint 11 3 2 2, joint 12 1 2 2
                let width, temperature = 3, 0.5
                let draws = 100_000
                let samples = sampled draws width temperature train test
                let mixture = integrate 1e-8 (linear width) temperature train
                let prediction = OutputMixture.predict test.Inputs mixture
                let n = float draws
                let mean = Array.averageBy fst samples
                let z estimate error expected = abs (estimate - expected) / error

                let weighted f =
                    let estimate = Array.averageBy (fun (w, x) -> w * f x) samples / mean

                    let spread =
                        Array.averageBy (fun (w, x) -> (w * (f x - estimate) / mean) ** 2.0) samples

                    estimate, sqrt (spread / n)

                let deviation =
                    sqrt (Array.averageBy (fun (w, _) -> (w - mean) * (w - mean)) samples / n)

                let evidence = exp (mixture.LogEvidence + 3.0 * log (2.0 * Math.PI * temperature))
                // Four standard errors: one run in ten thousand, and the seed is fixed.
                Expect.isLessThan (z mean deviation evidence) 4.0 "z"
                Expect.isLessThan deviation (0.01 * mean) "deviation"

                for a in 0..1 do
                    let estimate, error = weighted (fun (x: float[]) -> x[a])
                    Expect.isLessThan (z estimate error prediction.Mean[0, a]) 4.0 "z"

                    for b in 0..a do
                        let centre d = prediction.Mean[0, d]
                        let estimate, error = weighted (fun x -> (x[a] - centre a) * (x[b] - centre b))
                        Expect.isLessThan (z estimate error prediction.Covariance[0].[a, b]) 4.0 "z"

                let distributions = OutputMixture.distributions test.Inputs mixture

                for d in 0..1 do
                    for p in [ 0.05; 0.5; 0.9 ] do
                        let value = PredictiveMixture.quantile p distributions[0, d]
                        let estimate, error = weighted (fun x -> if x[d] <= value then 1.0 else 0.0)
                        // The quantile itself is good to 1e-3.
                        Expect.isLessThan (z estimate (error + 1e-3) p) 4.0 "z")

        testCase "Turning the outputs turns the posterior" (fun () ->
            let train, test = joint 1 10 12 2, joint 2 3 12 2
            let c, s = cos 0.7, sin 0.7
            let rotation = Matrix.FromArray(array2D [ [ c; s ]; [ -s; c ] ])

            let turned (data: DataSet) =
                let y = Matrix.Uninitialized(data.Targets.Rows, 2n)
                LinearAlgebra.Default.Multiply(1.0, data.Targets, false, rotation, false, 0.0, y)
                DataSet.create data.Inputs y |> Result.orFail

            let network = Network.dense Activation.erf [ 7 ]

            let straight, oblique =
                integrate 1e-8 network 0.1 train, integrate 1e-8 network 0.1 (turned train)

            within 1e-8 straight.LogEvidence oblique.LogEvidence

            let expected, actual =
                OutputMixture.predict test.Inputs straight, OutputMixture.predict test.Inputs oblique

            for t in 0..2 do
                within 1e-7 (c * expected.Mean[t, 0] - s * expected.Mean[t, 1]) actual.Mean[t, 0]
                let v = expected.Covariance[t]

                within 1e-7 (c * c * v[0, 0] - 2.0 * c * s * v[0, 1] + s * s * v[1, 1]) actual.Covariance[t].[0, 0])

        testCase "A very wide network's outputs decouple into Gaussian processes" (fun () ->
            let train, test = joint 1 10 12 3, joint 2 3 12 3
            let network = Network.dense Activation.erf [ 10_000_000 ]
            let mixture = integrate 1e-4 network 0.1 train
            let prediction = OutputMixture.predict test.Inputs mixture
            let gaussian = solve Theory.infiniteWidth network 0.1 train
            let expected = Posterior.predict test.Inputs gaussian
            // 1/N = 1e-7 times P and the energies, and the quadrature's accuracy.
            within 1e-4 (Posterior.logEvidence gaussian) mixture.LogEvidence

            for t in 0..2 do
                for a in 0..2 do
                    within 1e-4 expected.Mean[t, a] prediction.Mean[t, a]

                    for b in 0..2 do
                        within 1e-4 (if a = b then expected.Variance[t, a] else 0.0) prediction.Covariance[t].[a, b])

        testCase
            "The error bar falls as 1/N, and the saddle's distance from the mean order parameter as 1/N^2"
            (fun () ->
                let train, test = joint 1 12 20 2, joint 2 10 20 2

                let errors =
                    [ 5; 20; 100; 500; 2500 ]
                    |> List.map (fun n ->
                        let mixture = integrate 1e-9 (linear n) 0.1 train
                        let q, saddle = mixture.MeanOrderParameter, mixture.Saddle.OrderParameter

                        let distance =
                            Seq.max [
                                for a in 0..1 do
                                    for b in 0..1 -> abs (q[a, b] - saddle[a, b])
                            ]

                        abs (OutputMixture.errorBar test mixture)
                        / (OutputMixture.score test mixture).Loss,
                        distance)

                for (bar, distance), (nextBar, nextDistance) in List.pairwise errors do
                    Expect.isLessThan nextBar bar "next bar"
                    Expect.isLessThan nextDistance distance "next distance"

                // The next order is P/N = 2 percent, times the number of outputs.
                Expect.within 0.5 (fst errors[3] / fst errors[4]) 5.0 "fst errors[3] / fst errors[4]"
                Expect.within 2.5 (snd errors[3] / snd errors[4]) 25.0 "snd errors[3] / snd errors[4]")

        testCase "Its estimate of its own error is not below the error" (fun () ->
            let train = joint 1 12 20 2

            for width in [ 2; 5; 50 ] do
                let exact = integrate 1e-9 (linear width) 0.1 train

                for accuracy in [ 1e-2; 1e-4; 1e-6 ] do
                    let mixture = integrate accuracy (linear width) 0.1 train
                    Expect.isLessThanOrEqual mixture.QuadratureError accuracy "quadrature error"
                    // Its relative error is that of the logarithm.
                    Expect.isLessThan
                        (abs (mixture.LogEvidence - exact.LogEvidence))
                        (mixture.QuadratureError + 2e-9)
                        "abs"

                    Expect.within 1e-12 (Array.sum mixture.Posterior.Weights) 1.0 "sum of weights")

        testCase "What it does not describe is refused in one sentence" (fun () ->
            let refused (message: string) network temperature data =
                match OutputMixture.solve network temperature (Study data) with
                | Error failure -> Expect.stringContains failure.Message message "message"
                | Ok mixture -> failtest $"It was solved: {mixture.LogEvidence}"

            refused "takes 3 columns at most" (linear 20) 0.1 (joint 1 5 8 4)
            refused "at least as many units as outputs" (linear 2) 0.1 (joint 1 5 8 3)
            refused "that of one hidden layer" (Network.dense Activation.relu [ 20; 20 ]) 0.1 (joint 1 5 8 2)
            refused "The temperature is -1" (linear 20) -1.0 (joint 1 5 8 2)
            refused "has rank 2" (linear 20) 0.0 (joint 1 5 2 2)

            match
                OutputMixture.solveWith { Accuracy = 1e-9; MostNodes = 1000 } (linear 5) 0.1 (Study(joint 1 5 8 2))
            with
            | Error failure -> Expect.stringContains failure.Message "does not reach a relative accuracy" "message"
            | Ok _ -> failtest "A thousand nodes were enough.")
    ]
