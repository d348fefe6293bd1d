/// Single units that change between idle and specialised: moves that must leave the posterior as it is.
module FiniteWidth.Experiment.Tests.Networks.UnitSwitchTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks
open FiniteWidth.Testing
open MathNet.Numerics.LinearAlgebra

let private temperature = 0.3

// Of a specialised readout, so low that small networks switch often.
let private threshold = 0.5

let private cases =
    [
        "tanh", Architecture.FullyConnected(dense Activation.tanh [ 6 ]), [||]
        "ReLU with biases", Architecture.FullyConnected(dense Activation.relu [ 7 ] |> Network.withBias 0.8), [||]
        "erf, other velocities", Architecture.FullyConnected(dense Activation.erf [ 5 ]), [| 0.5; 0.8 |]
    ]

let private names = cases |> List.map (fun (name, _, _) -> name)

let private inputs = (dataSet 5 9 4 1).Inputs

// A draw of the joint distribution: weights of the prior, and targets of a network that has them.
let private joint architecture (stream: RandomStream) =
    let draft =
        posterior
            NetworkPosterior.defaults
            architecture
            temperature
            (DataSet.create inputs (Matrix.Zeros(9n, 1n)) |> Result.orFail)

    let position: float[] = Array.zeroCreate draft.Layout.Dimension
    (stream.Split 0L).Normal(Span position)
    let noise = Matrix.Uninitialized(9n, 1n)
    (stream.Split 1L).Normal noise
    let readout = ConditionalReadout draft
    readout.Condition position |> ignore
    let hidden = draft.Layout.HiddenDimension

    let targets =
        Matrix.Create(
            9n,
            1n,
            fun p _ ->
                let mutable sum = sqrt temperature * noise[p, 0n]

                for j in 0 .. int readout.Features.Columns - 1 do
                    sum <-
                        sum
                        + draft.ReadoutScale * readout.Features[p, nativeint j] * position[hidden + j]

                sum
        )

    let data = DataSet.create inputs targets |> Result.orFail
    posterior NetworkPosterior.defaults architecture temperature data, Array.truncate hidden position

// What switches change most: the log likelihood, how many readouts the data know, and weights.
let private statistics (readout: ConditionalReadout) (position: float[]) =
    let logLikelihood = readout.Condition position
    let means = (readout.Mean.Row 0n).ToArray()
    let scores = Array.map2 (fun m v -> m * m / v) means (readout.WeightVariances())

    [|
        logLikelihood
        scores
        |> Array.filter (fun score -> score > 2.0 * threshold)
        |> Array.length
        |> float
        scores |> Array.averageBy sqrt
        means |> Array.averageBy (fun m -> m * m)
        position |> Array.averageBy (fun x -> x * x)
        position |> Array.averageBy abs
    |]

// y - u, G = (T I + r^2 Phi Phi^T)^(-1) by Math.NET, of the units that are others.
let private direct (posterior: NetworkPosterior) (features: Matrix) (others: int[]) =
    let phi = features.ToMathNet()
    let some = Matrix<float>.Build.DenseOfColumnVectors(others |> Array.map phi.Column)

    let covariance =
        posterior.Temperature * Matrix<float>.Build.DenseIdentity 9
        + posterior.ReadoutScale ** 2.0 * (some.TransposeAndMultiply some)

    covariance.Inverse()

let tests =
    testList "Switches of units" [
        testCase "What units see of the others is a Gaussian whose covariance is that of the others' outputs" (fun () ->
            let posterior, position =
                joint (Architecture.FullyConnected(dense Activation.tanh [ 6 ])) (RandomStream.FromSeed 3UL)

            let readout = ConditionalReadout posterior
            readout.Condition position |> ignore
            let others = [| 0; 2; 3; 5 |]
            let bath = UnitBath posterior
            Expect.isTrue (bath.Enter(readout.Features, others)) "finite"
            let precision = direct posterior readout.Features others

            for seed in 1UL .. 5UL do
                let u: float[] = Array.zeroCreate 9
                (RandomStream.FromSeed seed).Normal(Span u)
                let misfit = Vector<float>.Build.DenseOfArray(Array.map2 (-) bath.Targets u)
                let force = precision * misfit

                Expect.floatClose
                    Accuracy.high
                    (bath.LogLikelihood u)
                    (-0.5 * misfit.DotProduct force)
                    "log likelihood"

                let found: float[] = Array.zeroCreate 9
                bath.Force(u, found)

                for p in 0..8 do
                    // Single precision.
                    Expect.floatClose Accuracy.low found[p] force[p] "force")
        testCase "A unit is specialised where the squared mean of its readout is large beside the variance" (fun () ->
            let posterior, position =
                joint (Architecture.FullyConnected(dense Activation.erf [ 5 ])) (RandomStream.FromSeed 4UL)

            let readout = ConditionalReadout posterior
            readout.Condition position |> ignore
            let scores = ReadoutScores.ofReadout 0.5 readout

            // E[z] = r Phi^T A^(-1) y and Var z = 1 - r^2 phi^T A^(-1) phi.
            let phi = readout.Features.ToMathNet()
            let inverse = direct posterior readout.Features [| 0..4 |]
            let targets = posterior.Data.Targets.ToMathNet().Column 0
            let means = posterior.ReadoutScale * (phi.Transpose() * (inverse * targets))

            let expected =
                [|
                    for i in 0..4 do
                        let column = phi.Column i

                        let variance =
                            1.0 - posterior.ReadoutScale ** 2.0 * column.DotProduct(inverse * column)

                        Expect.floatClose Accuracy.medium scores.Variances[i] variance "variance"
                        Expect.floatClose Accuracy.medium scores.Means[i] means[i] "mean"

                        if means[i] ** 2.0 > variance then
                            i
                |]

            Expect.equal scores.Specialised expected "specialised"
            Expect.equal (Array.sort (Array.append scores.Idle scores.Specialised)) [| 0..4 |] "all")
        testTheory "Switches of units leave the joint distribution of weights and targets as it is" names (fun name ->
            let _, architecture, velocities =
                cases |> List.find (fun (other, _, _) -> other = name)

            let repeats, attempts = 500, 6
            let mutable made = 0

            let differences =
                Array.init repeats (fun k ->
                    let stream = (RandomStream.FromSeed 9UL).Split(int64 k)
                    let posterior, position = joint architecture stream

                    let switch =
                        UnitSwitch(ConditionalReadout posterior, posterior.Map.In Precision.Single, threshold)

                    let readout = ConditionalReadout posterior
                    let before = statistics readout position

                    let scales =
                        position
                        |> Array.mapi (fun i _ ->
                            if velocities.Length = 0 then
                                1.0
                            else
                                velocities[i % velocities.Length])

                    for n in 1..attempts do
                        let struct (reached, _) =
                            switch.Attempt(stream.Split(int64 (2 + n)), 0.4, 1e9, scales, 0.1, position)

                        match reached with
                        | ValueSome logLikelihood ->
                            made <- made + 1

                            Expect.floatClose
                                Accuracy.high
                                logLikelihood
                                (readout.Condition position)
                                "log likelihood"
                        | ValueNone -> ()

                    Array.map2 (-) (statistics readout position) before)

            Expect.isGreaterThan made 10 "switches made"

            for s in 0 .. differences[0].Length - 1 do
                let values = differences |> Array.map (fun d -> d[s])
                let z = Array.average values / sqrt (Draws.variance values / float repeats)
                // Six statistics of three networks: once in ten thousand runs of all.
                Expect.isLessThan (abs z) 4.6 $"statistic {s}: z = {z}")
    ]
