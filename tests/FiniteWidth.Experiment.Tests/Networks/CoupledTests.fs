/// Two networks coupled by the prior of their first layers.
module FiniteWidth.Experiment.Tests.Networks.CoupledTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open MathNet.Numerics.LinearAlgebra
open FiniteWidth.Testing

let private tasks features first second : TaskPair =
    {
        First = dataSet 31 first features 1
        Second = dataSet 32 second features 1
    }

let private coupled network gamma temperature tasks =
    CoupledNetworks.create network gamma
    |> Result.bind (fun networks -> CoupledPosterior.create networks temperature tasks)
    |> Result.orFail

let private network activation width =
    Network.dense activation [ width ] |> Network.withPriors [ 1.3; 0.7 ]

// Two linear networks: given the readouts, the outputs are Gaussian with covariance (v_a . v_b)/(lambda_1 N_1) Lambda^(-1)_ab x_a . x_b/N_0,
// so the posterior is an average over Wishart matrices Q, here over many of them with weights N(y; 0, T I + K(Q)).
let private exactLinear (networks: CoupledNetworks) temperature (tasks: TaskPair) (test: Matrix) draws =
    let width = networks.Network.Widths.Head
    let covariance = networks.Covariance

    let rows =
        [|
            for task, x in [ 0, tasks.First.Inputs; 1, tasks.Second.Inputs; 1, test ] do
                for i in 0n .. x.Rows - 1n -> task, (x.Row i).ToArray()
        |]

    let count = tasks.First.Count + tasks.Second.Count

    let y =
        Vector<float>.Build.DenseOfArray(Array.append (DataSet.target 0 tasks.First) (DataSet.target 0 tasks.Second))

    let gram =
        Array2D.init rows.Length rows.Length (fun i j ->
            let a, x = rows[i]
            let b, z = rows[j]

            covariance[a, b] * Array.fold2 (fun sum x z -> sum + x * z) 0.0 x z
            / float x.Length
            / networks.Network.Priors[1])

    let stream = RandomStream.FromSeed 36UL

    let draw k =
        let v = Array.zeroCreate (2 * width)
        (stream.Split(int64 k)).Normal(Span v)

        let q a b =
            Seq.sum (seq { for j in 0 .. width - 1 -> v[a * width + j] * v[b * width + j] })
            / float width

        let kernel =
            Matrix<float>.Build.Dense(rows.Length, rows.Length, fun i j -> q (fst rows[i]) (fst rows[j]) * gram[i, j])

        let a: Matrix<float> =
            kernel.SubMatrix(0, count, 0, count)
            + temperature * Matrix<float>.Build.DenseIdentity count

        let factor: Factorization.Cholesky<float> = a.Cholesky()
        let cross = kernel.SubMatrix(0, count, count, rows.Length - count)
        let solved: Vector<float> = factor.Solve y
        let logWeight = -0.5 * (factor.DeterminantLn + y * solved)
        let mean: Vector<float> = cross.TransposeThisAndMultiply solved

        let second =
            Array.init mean.Count (fun t ->
                let c = cross.Column t
                mean[t] * mean[t] + kernel[count + t, count + t] - c * factor.Solve c)

        logWeight, Array.append (mean.ToArray()) second

    let all = Array.init draws draw
    let top = all |> Array.map fst |> Array.max
    let weights = all |> Array.map (fun (w, _) -> exp (w - top))
    let total = Array.sum weights

    Array.init (2 * int test.Rows) (fun k ->
        let mean =
            Array.fold2 (fun sum w (_, values: float[]) -> sum + w * values[k]) 0.0 weights all
            / total

        let variance =
            Array.fold2 (fun sum w (_, values: float[]) -> sum + (w * (values[k] - mean)) ** 2.0) 0.0 weights all
            / (total * total)

        mean, sqrt variance)

let tests =
    testList "Coupled" [
        testTheory "The gradient is that of differences" [ 0.0; 1.9; -2.5 ] (fun gamma ->
            for activation in [ Activation.erf; Activation.relu; Activation.tanh ] do
                let posterior = coupled (network activation 4) gamma 0.3 (tasks 5 6 3)
                let target = CoupledTarget.create posterior ()
                let z = position 33 target.Dimension
                let direction = position 34 target.Dimension
                let _, gradient = run (CoupledTarget.create posterior) z
                let slope = Array.fold2 (fun sum g v -> sum + g * v) 0.0 gradient direction

                let along step =
                    target.LogLikelihood
                        (Array.map2 (fun z v -> z + step * v) z direction)
                        (Array.zeroCreate target.Dimension)

                // Fourth order: the error of the formula is h^4, that of rounding 1e-16/h times the value.
                let h = 1e-4

                let difference =
                    (8.0 * (along h - along -h) - (along (2.0 * h) - along (-2.0 * h))) / (12.0 * h)

                Expect.within (1e-8 * (1.0 + abs (along 0.0) + abs slope)) slope difference "slope")

        testCase "Without coupling the two networks are on their own" (fun () ->
            let tasks = tasks 5 6 3
            let network = network Activation.erf 4
            let posterior = coupled network 0.0 0.3 tasks
            let z = position 35 posterior.Dimension
            let half = posterior.Dimension / 2

            let alone data x =
                FiniteWidth.Experiment.Tests.Networks.Reference.posterior
                    complete
                    (Architecture.FullyConnected network)
                    0.3
                    data
                |> fun posterior -> run (MarginalTarget.create posterior) x

            let value, gradient = alone tasks.First z[.. half - 1]
            let value', gradient' = alone tasks.Second z[half..]

            run (CoupledTarget.create posterior) z
            |> assertClose roundingTolerance (value + value', Array.append gradient gradient'))

        testTheory "White noise becomes weights of precision Lambda" [ 0.0; 1.9; -2.5 ] (fun gamma ->
            let network = network Activation.erf 2
            let lambda = network.Priors.Head
            let posterior = coupled network gamma 0.3 (tasks 3 2 2)
            let half = posterior.Dimension / 2

            // One pair of weights: the images of the two unit vectors are the columns of sqrt(lambda_0) L.
            let image k =
                let z = Array.zeroCreate posterior.Dimension
                z[k * half] <- 1.0
                let first, second = Array.zeroCreate half, Array.zeroCreate half
                posterior.Separate(z, first, second)
                [| first[0] / sqrt lambda; second[0] / sqrt lambda |]

            let factor = Matrix<float>.Build.DenseOfColumnArrays(image 0, image 1)
            let precision = (factor * factor.Transpose()).Inverse()
            let expected = array2D [ [ lambda; -gamma / 2.0 ]; [ -gamma / 2.0; lambda ] ]

            // The condition number of Lambda is at most 51.
            for i in 0..1 do
                for j in 0..1 do
                    Expect.within 1e-12 (precision[i, j]) (expected[i, j]) "precision")

        testCase "Coupled linear networks have the moments of the exact average over Wishart matrices" (fun () ->
            let tasks = tasks 3 4 2
            let test = gaussian (RandomStream.FromSeed 37UL) 5 3

            let networks =
                CoupledNetworks.create (network Activation.linear 3) 2.2 |> Result.orFail

            let temperature = 0.2

            let posterior = CoupledPosterior.create networks temperature tasks |> Result.orFail

            let predictors = CoupledPosterior.predictors test test posterior

            let observables () =
                let predict = predictors ()

                {
                    Traced =
                        [
                            for moment in [ "mean"; "square" ] do
                                for t in 0..4 -> $"{moment} {t}"
                        ]
                    Streamed = []
                    Evaluate =
                        fun stream z values ->
                            let struct (_, second) = predict z stream

                            for t in 0..4 do
                                let mean = second.Mean[t, 0]
                                values[t] <- mean
                                values[5 + t] <- mean * mean + second.Variance[t, 0]
                }

            let measured =
                Run.start
                    Sampler.hmc
                    observables
                    (CoupledTarget.create posterior)
                    { RunSettings.defaults with
                        Seed = 38UL
                        Draws = 3000
                    }
                |> Result.orFail

            Expect.equal measured.Verdict Verdict.Converged "verdict"
            let exact = exactLinear networks temperature tasks test 40000

            // Ten numbers: |z| beyond 4 has a probability below one in a thousand.
            for d, (mean, error) in List.zip measured.Diagnoses (List.ofArray exact) do
                let z = (d.Mean - mean) / sqrt (d.Error * d.Error + error * error)
                Expect.isLessThan (abs z) 4.0 $"{d.Name}: {d.Mean} +- {d.Error}, {mean} +- {error}")

        testCase "Tasks with different features are refused" (fun () ->
            let networks =
                CoupledNetworks.create (network Activation.erf 3) 1.0 |> Result.orFail

            match
                CoupledPosterior.create
                    networks
                    0.1
                    {
                        First = dataSet 1 3 4 1
                        Second = dataSet 2 3 5 1
                    }
            with
            | Error failure -> Expect.stringContains failure.Message "4 features and the second 5" "message"
            | Ok _ -> failtest "Different features were taken.")
    ]
