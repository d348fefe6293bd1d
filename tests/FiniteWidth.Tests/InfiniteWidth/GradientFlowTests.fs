/// Gradient flow of infinitely wide networks against plain integration, Gaussian-process regression and gradient descent of networks.
module FiniteWidth.Tests.GradientFlowTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

let private same tolerance (expected: Prediction) (actual: Prediction) =
    Expect.equal (Array2D.length1 actual.Mean) (Array2D.length1 expected.Mean) "length1 of mean of actual"
    Expect.equal (Array2D.length2 actual.Mean) (Array2D.length2 expected.Mean) "length2 of mean of actual"

    for t in 0 .. Array2D.length1 expected.Mean - 1 do
        for d in 0 .. Array2D.length2 expected.Mean - 1 do
            within tolerance expected.Mean[t, d] actual.Mean[t, d]
            within tolerance expected.Variance[t, d] actual.Variance[t, d]

let private train network data =
    GradientFlow.train data network |> Result.orFail

let private biased =
    Network.dense Activation.erf [ 9; 9 ]
    |> Network.withPriors [ 0.7; 1.2; 0.5 ]
    |> Network.withBias 2.0

/// f(x) = f_0(x) + a(x).(y - f_0(X)) with a(x) = Theta(x,X) int exp(-Theta s) ds, integrated by Runge and Kutta's method.
let private integrated network time (data: DataSet) (inputs: Matrix) =
    let theta = (NeuralTangent.kernel data.Inputs network |> Result.orFail).ToMathNet()

    let cross =
        (NeuralTangent.cross inputs data.Inputs network |> Result.orFail).ToMathNet()

    let value = EffectiveAction.bind network [] [||]
    let program = KernelProgram.compile (Theory.infiniteWidth network).Kernel
    let k = (KernelProgram.symmetric value data.Inputs program).ToMathNet()
    let kx = (KernelProgram.cross value inputs data.Inputs program).ToMathNet()
    let steps = 2000
    let h = time / float steps

    let identity =
        MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity data.Count
    // dG/ds = 1 - Theta G, G(0) = 0.
    let slope (g: MathNet.Numerics.LinearAlgebra.Matrix<float>) = identity - theta * g

    let step (g: MathNet.Numerics.LinearAlgebra.Matrix<float>) _ =
        let k1 = slope g
        let k2 = slope (g + 0.5 * h * k1)
        let k3 = slope (g + 0.5 * h * k2)
        let k4 = slope (g + h * k3)
        g + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    let g = List.fold step (0.0 * identity) [ 1..steps ]
    let a = cross * g
    let mean = a * data.Targets.ToMathNet()

    let covariance = a * k * a.Transpose() - a * kx.Transpose() - kx * a.Transpose()
    let diagonal = KernelProgram.diagonal value inputs program

    {
        Mean = mean.ToArray()
        Variance = Array2D.init (int inputs.Rows) (int data.Targets.Columns) (fun t _ -> diagonal[t] + covariance[t, t])
    }

let tests =
    testList "Gradient flow" [
        testCase "At t = 0 f is the NNGP prior" (fun () ->
            let data, test = dataSet 1 8 5, dataSet 2 4 5
            let flow = train biased data
            let prediction = GradientFlow.predict 0.0 test.Inputs flow
            let kernel = (Theory.infiniteWidth biased).Kernel

            let diagonal =
                KernelProgram.compile kernel
                |> KernelProgram.diagonal (EffectiveAction.bind biased [] [||]) test.Inputs

            for t in 0..3 do
                Expect.equal (prediction.Mean[t, 0]) 0 "mean of prediction"
                Expect.equal (prediction.Variance[t, 0]) (diagonal[t]) "variance")

        testCase "The readout's flow ends in Gaussian-process regression at T = 0" (fun () ->
            for activation in [ Activation.erf; Activation.relu; Activation.tanh ] do
                let network =
                    Network.dense activation [ 5; 5 ] |> Network.withPriors [ 1.0; 0.8; 2.0 ]

                let data, test = dataSet 3 10 20, dataSet 4 6 20
                let flow = GradientFlow.trainReadout data network |> Result.orFail
                let posterior = solve Theory.infiniteWidth network 0.0 data
                // Rounding times the condition number, here about 100.
                same 1e-11 (Posterior.predict test.Inputs posterior) (GradientFlow.predict infinity test.Inputs flow))

        testTheory
            "At any time mean and variance are those of the linear dynamics, step by step"
            [ 0.3; 4.0 ]
            (fun time ->
                let data, test = dataSet 5 6 4, dataSet 6 3 4
                // Fourth order in theta t/2000 < 0.05.
                same
                    1e-8
                    (integrated biased time data test.Inputs)
                    (GradientFlow.predict time test.Inputs (train biased data)))

        testPropertyWithConfig
            (maxTest 30)
            "On the training set the prediction's score is the training error, which falls with time"
            (fun (seed: int) ->
                let seed = abs (seed % 1000)
                let network = network Activation.erf (1 + seed % 3) seed
                let data = dataSet seed 7 10
                let flow = train network data
                let times = [ 0.0; 0.1; 1.0; 10.0; 300.0; infinity ]
                let scores = times |> List.map (fun t -> GradientFlow.trainScore t flow)

                // The test kernel's rounding, which the gains 1/theta magnify.
                let tolerance = 1e-14 * scores.Head.Loss * Array.last flow.Rates / flow.Rates[0]

                for time, score in List.zip times scores do
                    let predicted = GradientFlow.score time data flow
                    Expect.within tolerance predicted.Bias score.Bias "bias"
                    Expect.within tolerance predicted.Variance score.Variance "variance"
                    Expect.equal score.Loss (score.Bias + score.Variance) "loss"

                for before, after in List.pairwise scores do
                    Expect.isLessThanOrEqual after.Bias before.Bias "bias"
                    Expect.isLessThanOrEqual after.Variance before.Variance "variance"

                // Theta is not singular: everything is learnt.
                Expect.equal ((List.last scores).Loss) 0 "loss")

        testCase "A late time is the end, an early one the first step" (fun () ->
            let data, test = dataSet 7 9 12, dataSet 8 4 12
            let flow = train biased data
            let slowest = flow.Rates[0]

            same
                1e-12
                (GradientFlow.predict infinity test.Inputs flow)
                (GradientFlow.predict (50.0 / slowest) test.Inputs flow)

            let small = 1e-6 / Array.last flow.Rates
            let first = NeuralTangent.cross test.Inputs data.Inputs biased |> Result.orFail
            let mean = (GradientFlow.predict small test.Inputs flow).Mean

            for t in 0..3 do
                let expected =
                    small
                    * Seq.sum (
                        seq { for mu in 0..8 -> first[nativeint t, nativeint mu] * data.Targets[nativeint mu, 0n] }
                    )
                // The next order is 1e-6 of it, and its sign may change in the sum.
                Expect.within 1e-11 (mean[t, 0]) expected "mean")

        testCase "Several outputs are several flows of one output" (fun () ->
            let both =
                DataSet.create (dataSet 9 7 5).Inputs (gaussian (RandomStream.FromSeed 2UL) 7 2)
                |> Result.orFail

            let test = (dataSet 10 4 5).Inputs
            let prediction = train biased both |> GradientFlow.predict 2.0 test

            let scores =
                [
                    for d in 0..1 do
                        let targets = both.Targets.View(0n, nativeint d, 7n, 1n).Clone()
                        let one = DataSet.create both.Inputs targets |> Result.orFail |> train biased
                        let alone = GradientFlow.predict 2.0 test one

                        for t in 0..3 do
                            within 1e-12 alone.Mean[t, 0] prediction.Mean[t, d]
                            within 1e-12 alone.Variance[t, 0] prediction.Variance[t, d]

                        GradientFlow.trainScore 2.0 one
                ]

            let joint = GradientFlow.trainScore 2.0 (train biased both)
            within 1e-12 (scores |> List.averageBy _.Bias) joint.Bias
            within 1e-12 (scores |> List.averageBy _.Variance) joint.Variance)

        testCase
            "A repeated example with two labels counts with their mean, and half their difference is never learnt"
            (fun () ->
                let x = (dataSet 11 5 6).Inputs
                let y = [| 1.0; -0.5; 0.3; 0.7; 2.0 |]
                let twice = Matrix.Create(6n, 6n, (fun i j -> x[min i 4n, j]))

                let labels =
                    Matrix.Create(6n, 1n, (fun i _ -> if i = 5n then y[4] - 3.0 else y[int i]))

                let averaged =
                    Matrix.Create(5n, 1n, (fun i _ -> if i = 4n then y[4] - 1.5 else y[int i]))

                let test = (dataSet 12 4 6).Inputs

                for activation in [ Activation.erf; Activation.relu ] do
                    let network = Network.dense activation [ 4 ]
                    let singular = DataSet.create twice labels |> Result.orFail |> train network
                    let regular = DataSet.create x averaged |> Result.orFail |> train network
                    Expect.equal (singular.Rates[0]) 0 "rates"
                    Expect.isGreaterThan (singular.Rates[1]) 0.0 "rates"
                    // Rounding of Theta over its smallest eigenvalue.
                    same
                        1e-10
                        (GradientFlow.predict infinity test regular)
                        (GradientFlow.predict infinity test singular)

                    let score = GradientFlow.trainScore infinity singular
                    within 1e-12 (2.0 * 1.5 * 1.5 / 6.0) score.Bias
                    within 1e-12 0.0 score.Variance)

        testCase "Fewer features than examples: a linear network learns what it can" (fun () ->
            let data, test = dataSet 13 12 3, dataSet 14 5 3
            let flow = train (Network.dense Activation.linear [ 7 ]) data
            Expect.hasLength (flow.Rates |> Array.filter (fun rate -> rate > 0.0)) 3 "rates"
            let x = data.Inputs.ToMathNet()
            let fit = x.QR().Solve(data.Targets.ToMathNet())
            let expected = test.Inputs.ToMathNet() * fit
            let prediction = GradientFlow.predict infinity test.Inputs flow

            for t in 0..4 do
                within 1e-11 expected[t, 0] prediction.Mean[t, 0]
                // Three directions and nine more equations: nothing is left of the initialisation.
                within 1e-11 0.0 prediction.Variance[t, 0])

        testCase "Gradient descent of wide networks has this mean and variance" (fun () ->
            let data, test = dataSet 15 4 3, dataSet 16 2 3
            let width, draws, steps, time = 300, 300, 100, 1.5
            let lambda0, lambda1, lambdaBias = 0.8, 1.3, 2.0

            let network =
                Network.dense Activation.erf [ width ]
                |> Network.withPriors [ lambda0; lambda1 ]
                |> Network.withBias lambdaBias

            let flow = train network data
            let expected = GradientFlow.predict time test.Inputs flow

            let scaleIn, scaleOut, scaleBias =
                1.0 / sqrt (3.0 * lambda0), 1.0 / sqrt (float width * lambda1), 1.0 / sqrt lambdaBias

            let rows (m: Matrix) =
                [| for i in 0n .. m.Rows - 1n -> m.Row(i).ToArray() |]

            let inputs, tests = rows data.Inputs, rows test.Inputs
            let eta = time / float steps
            let slope z = 2.0 / sqrt Math.PI * exp (-z * z)

            let trained draw =
                // Three weights, the bias and the readout of each unit.
                let units = (gaussian (RandomStream.FromSeed(uint64 draw)) width 5).ToArray()

                let field i (x: float[]) =
                    scaleIn * (units[i, 0] * x[0] + units[i, 1] * x[1] + units[i, 2] * x[2])
                    + scaleBias * units[i, 3]

                let f x =
                    let mutable sum = 0.0

                    for i in 0 .. width - 1 do
                        sum <- sum + units[i, 4] * MathNet.Numerics.SpecialFunctions.Erf(field i x)

                    scaleOut * sum

                let change = Array.zeroCreate<float> 5

                for _ in 1..steps do
                    let residuals =
                        inputs |> Array.mapi (fun mu x -> data.Targets[nativeint mu, 0n] - f x)

                    for i in 0 .. width - 1 do
                        Array.Clear change

                        for mu in 0..3 do
                            let h = field i inputs[mu]
                            let toReadout = eta * residuals[mu] * scaleOut
                            let toField = toReadout * units[i, 4] * slope h
                            change[4] <- change[4] + toReadout * MathNet.Numerics.SpecialFunctions.Erf h
                            change[3] <- change[3] + toField * scaleBias

                            for j in 0..2 do
                                change[j] <- change[j] + toField * scaleIn * inputs[mu][j]

                        for j in 0..4 do
                            units[i, j] <- units[i, j] + change[j]

                tests |> Array.map f

            let samples = Array.Parallel.init draws trained

            for t in 0..1 do
                let values = samples |> Array.map (fun sample -> sample[t])
                let mean = Array.average values
                let squares = values |> Array.map (fun v -> (v - expected.Mean[t, 0]) ** 2.0)
                let variance = Array.average squares
                let n = float draws
                let error = sqrt (variance / n)

                let varianceError =
                    sqrt (Array.averageBy (fun s -> (s - variance) ** 2.0) squares / n)
                // One run in ten thousand, and the seed is fixed; 1/N and the finite step are below a tenth of these errors.
                Expect.isLessThan
                    (abs (mean - expected.Mean[t, 0]) / error)
                    4.0
                    "abs (mean - expected.Mean[t, 0]) / error"

                Expect.isLessThan (abs (variance - expected.Variance[t, 0]) / varianceError) 4.0 "abs"
                // At this time training has moved both by more than the errors: the prior would not pass.
                let prior = GradientFlow.predict 0.0 test.Inputs flow
                Expect.isGreaterThan (abs (prior.Variance[t, 0] - expected.Variance[t, 0]) / varianceError) 8.0 "abs")

        testCase "A time is not negative, and a network whose activation jumps has no flow" (fun () ->
            let data = dataSet 1 4 3
            let flow = train biased data

            for time in [ -1.0; nan; -infinity ] do
                let refused compute =
                    try
                        compute () |> ignore
                        failtest $"The time {time} was accepted."
                    with FailureException failure ->
                        Expect.stringStarts failure.Message "The training time is" "message"

                refused (fun () -> GradientFlow.trainScore time flow |> box)
                refused (fun () -> GradientFlow.predict time data.Inputs flow |> box)

            match GradientFlow.train data (Network.dense Activation.sign [ 3 ]) with
            | Error(Unsupported message) -> Expect.stringStarts message "The activation sign jumps" "message"
            | _ -> failtest "sign was trained."

            // The readout alone needs no derivative.
            Expect.isTrue
                (GradientFlow.trainReadout data (Network.dense Activation.sign [ 3 ])
                 |> Result.isOk)
                "train readout"
            // Inputs beyond what a kernel can hold.
            let huge =
                DataSet.create (Matrix.Create(2n, 2n, (fun _ _ -> 1e100))) (Matrix.Create(2n, 1n, (fun _ _ -> 1.0)))
                |> Result.orFail

            match GradientFlow.train huge (Network.dense Activation.square [ 3; 3 ]) with
            | Error(Inaccurate _) -> ()
            | _ -> failtest "A kernel of 1e400 was decomposed.")
    ]
