/// What hidden units learn, against networks drawn from their prior and weighted by their likelihood, and against infinite width.
module FiniteWidth.Tests.CavityFeaturesTests

open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.CavityProblem
open FiniteWidth.Testing

let private features temperature (network: Network) =
    let settings =
        {
            Layers = CavityLayers.Last
            Directions = Some 0
            Units = 400
            Sweeps = 160
            Seed = 7UL
            Accuracy = 0.05
            Seconds = 300.0
            Threads = 2
        }

    CavityTheory.solveWith settings None CancellationToken.None ignore network temperature test (Study train)
    |> Result.orFail
    |> _.Features

let private norm (a: Matrix) =
    sqrt (
        Seq.sum (
            seq { for i in 0n .. a.Rows - 1n -> Seq.sum (seq { for j in 0n .. a.Columns - 1n -> a[i, j] * a[i, j] }) }
        )
    )

let private difference (a: Matrix) (b: Matrix) =
    norm (Matrix.Create(a.Rows, a.Columns, (fun i j -> a[i, j] - b[i, j])))

/// y^T G y/|y|^2.
let private alongTargets (gram: Matrix) =
    let y = DataSet.target 0 train
    let projected = Array.zeroCreate<float> y.Length
    LinearAlgebra.Default.Multiply(1.0, gram, false, System.ReadOnlySpan y, 0.0, System.Span projected)
    Array.sum (Array.map2 (*) y projected) / Array.sumBy (fun y -> y * y) y

/// The same of phi.phi/N by averages over hidden layers drawn from their prior, with its standard error from ten batches.
let private direct draws temperature (network: Network) =
    let stream = RandomStream.FromSeed 13UL

    let draw k =
        let a = RandomFeatures.draw (stream.Split(int64 k)) 6 network train.Inputs |> gram
        let along = alongTargets a
        snd (likelihood temperature a), along

    let average (drawn: (float * float)[]) =
        let top = drawn |> Array.map fst |> Array.max

        (drawn |> Array.sumBy (fun (l, along) -> exp (l - top) * along))
        / (drawn |> Array.sumBy (fun (l, _) -> exp (l - top)))

    let drawn = Array.init draws draw
    let mean = average drawn
    let batches = Array.splitInto 10 drawn |> Array.map average
    mean, sqrt (Array.averageBy (fun batch -> (batch - mean) ** 2.0) batches / 9.0)

// How much of the preactivations on the training set is along the targets.
let private alignment (feature: SpecialisedFeature) =
    let x, y = train.Inputs, DataSet.target 0 train

    let h =
        Array.init y.Length (fun i ->
            feature.Bias
            + Seq.sum (
                seq { for j in 0 .. feature.Weights.Length - 1 -> feature.Weights[j] * x[nativeint i, nativeint j] }
              )
              / sqrt (float feature.Weights.Length))

    let dot a b = Array.sum (Array.map2 (*) a b)
    dot h y / sqrt (dot h h * dot y y)

let tests =
    testList "Cavity features" [
        testCases
            "The hidden layer's Gram matrix is that of networks drawn from their prior and weighted"
            [ "erf", Activation.erf; "ReLU", Activation.relu ]
            (fun activation ->
                let network = Network.dense activation [ 20 ]
                let expected, error = direct 20_000 0.1 network
                let found = features 0.1 network
                let before, after = alongTargets found.Prior, alongTargets found.Posterior
                // 2% beyond the errors, as the theory is not exact.
                Expect.within
                    (4.0 * (error + found.Error * after) + 0.02 * expected)
                    after
                    expected
                    "along the targets"

                Expect.isGreaterThan after (1.15 * before) "there is something to see")

        testCase "Of infinitely many units it is the prior's, and none is specialised" (fun () ->
            let found = features 0.1 (Network.dense Activation.erf [ 1_000_000 ])
            Expect.isLessThan (difference found.Posterior found.Prior) (4.0 * found.Error * norm found.Prior) "prior"
            Expect.isEmpty found.Specialised "specialised units")

        testCase "Specialised units look along the targets, those of negative readout against them" (fun () ->
            match (features 0.01 (Network.dense Activation.erf [ 6 ])).Specialised with
            | [| odd |] ->
                Expect.isGreaterThan odd.Readout 0.0 "the readout of an odd unit is taken as positive"
                Expect.isGreaterThan (alignment odd) 0.7 "along the targets"
                Expect.isTrue (odd.Number > 0.1 && odd.Number < 6.0) $"{odd.Number} of six units"
            | found -> failtest $"One feature of an odd activation was expected: {found}."

            match (features 0.01 (Network.dense Activation.relu [ 6 ] |> Network.withBias 1.0)).Specialised with
            | [| up; down |] ->
                Expect.isTrue (up.Readout > 0.0 && down.Readout < 0.0) "signs of the readout"
                Expect.isGreaterThan (alignment up) 0.5 "along the targets"
                Expect.isLessThan (alignment down) -0.5 "against the targets"
            | found -> failtest $"Two features of a ReLU were expected: {found}.")

        testCase "The last of several layers has a Gram matrix and no input weights" (fun () ->
            let found = features 0.01 (Network.dense Activation.erf [ 6; 6 ])
            Expect.isGreaterThan (difference found.Posterior found.Prior) 0.0 "learnt"
            Expect.isEmpty found.Specialised "input weights")
    ]
