/// Infinitely many units in the mean-field scaling against what is exact: linear units, lazy units, draws from the prior, and the cavity
/// theory of many units.
module FiniteWidth.Tests.MeanFieldLimitTests

open System
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Tests.CavityProblem
open FiniteWidth.Testing

let private settings =
    {
        Layers = CavityLayers.All
        Directions = None
        Units = 240
        Sweeps = 96
        Seed = 3UL
        Accuracy = 0.05
        Seconds = 20.0
        Threads = 2
    }

let private solveBy settings activation scaling (test: DataSet) train =
    let network = Network.dense activation [ 7 ]
    MeanFieldLimit.solveWith settings None CancellationToken.None ignore network scaling test (Study train)

let private solved activation gamma beta =
    solveBy settings activation (MeanFieldScaling.Create(gamma, beta)) test train
    |> Result.orFail

let private dot (x: float[]) (y: float[]) =
    Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

let private times (a: Matrix) (x: float[]) =
    Array.init (int a.Rows) (fun i ->
        Seq.sum (seq { for j in 0 .. x.Length - 1 -> a[nativeint i, nativeint j] * x[j] }))

/// (I/beta + K)^(-1) y.
let private ridge beta (kernel: Matrix) (y: float[]) =
    let a =
        Matrix.Create(kernel.Rows, kernel.Rows, fun i j -> kernel[i, j] + (if i = j then 1.0 / beta else 0.0))

    LinearAlgebra.Default.Cholesky a |> ignore
    let x = Array.copy y
    LinearAlgebra.Default.Solve(a, Span x)
    x

/// Loss and F of linear units: log E exp = -log(1 - q)/2 with q = gamma^2 Delta.K Delta, so that (I/beta + K/(1 - q)) Delta = y.
let private linear gamma beta =
    let gram (left: DataSet) (right: DataSet) =
        Matrix.Create(
            left.Inputs.Rows,
            right.Inputs.Rows,
            fun i j ->
                Seq.sum (seq { for k in 0n .. 5n -> left.Inputs[i, k] * right.Inputs[j, k] })
                / 6.0
        )

    let kernel, cross, y = gram train train, gram test train, DataSet.target 0 train

    let delta q =
        let scaled =
            Matrix.Create(kernel.Rows, kernel.Rows, fun i j -> kernel[i, j] / (1.0 - q))

        ridge beta scaled y

    let rec bisect low high count =
        let q = 0.5 * (low + high)
        let d = delta q

        if count = 0 then
            q, d
        elif gamma * gamma * dot d (times kernel d) > q then
            bisect q high (count - 1)
        else
            bisect low q (count - 1)

    let q, d = bisect 0.0 1.0 60

    let loss =
        Array.map2 (fun y f -> (y - f / (1.0 - q)) ** 2.0) (DataSet.target 0 test) (times cross d)
        |> Array.average

    loss, gamma * gamma * (dot d y - dot d d / (2.0 * beta)) + 0.5 * log (1.0 - q)

/// gamma Delta.phi of hidden units drawn from their prior, and the sums that a function of it weighs.
let private drawn activation =
    let count = 40_000

    let features: Matrix =
        RandomFeatures.draw (RandomStream.FromSeed 12UL) 6 (Network.dense activation [ count ]) train.Inputs

    let fields gamma (delta: float[]) =
        Array.init count (fun i ->
            gamma
            * Seq.sum (seq { for mu in 0 .. delta.Length - 1 -> delta[mu] * features[nativeint mu, nativeint i] }))

    features, fields

let tests =
    testList "Mean-field limit" [
        testTheory "Of linear units it is the closed problem" [ 0.3, 10.0; 1.0, 10.0 ] (fun (gamma, beta) ->
            let loss, energy = linear gamma beta
            let posterior = solved Activation.linear gamma beta
            let score = MeanFieldPosterior.score test posterior
            within 4.0 loss score.Loss 1e-4
            within 4.0 energy posterior.FreeEnergy (1e-3 * energy)
            Expect.equal score.Loss score.Bias "bias"
            Expect.equal score.Variance.Value 0.0 "variance")

        testTheory "Lazy units have the prior's kernel" [ "erf"; "relu" ] (fun name ->
            let activation = if name = "erf" then Activation.erf else Activation.relu
            let gamma, beta = 0.001, 20.0

            let wide =
                solve Theory.infiniteWidth (Network.dense activation [ 7 ]) (1.0 / beta) train
                |> Posterior.score test

            let score = solved activation gamma beta |> MeanFieldPosterior.score test
            within 4.0 wide.Bias score.Loss 1e-4)

        testTheory "Draws from the prior have Delta for the maximum of F" [ "erf"; "relu" ] (fun name ->
            let activation = if name = "erf" then Activation.erf else Activation.relu
            let gamma, beta = 0.15, 20.0
            let posterior = solved activation gamma beta
            let y, delta = DataSet.target 0 train, posterior.Delta
            let features, fields = drawn activation

            let tilts d =
                fields gamma d |> Array.map (fun b -> exp (0.5 * b * b))

            let energy d =
                gamma * gamma * (dot d y - dot d d / (2.0 * beta))
                - log (Array.average (tilts d))

            let weights = tilts delta
            let mean = Array.average weights

            let deviation =
                sqrt (weights |> Array.averageBy (fun w -> (w - mean) ** 2.0)) / mean

            let error = deviation / sqrt (float weights.Length)
            let highest = energy delta
            within 4.0 highest posterior.FreeEnergy (4.0 * error)

            // F falls by a gamma^2 |change|^2/(2 beta) and more.
            for factor in [ 0.8; 1.2 ] do
                let other = delta |> Array.map (fun x -> factor * x)
                Expect.isLessThan (energy other) highest $"{factor}"

            let outputs =
                fields gamma delta |> Array.map2 (fun w b -> w * b / mean / gamma) weights

            let residual =
                Array.init y.Length (fun mu ->
                    let f =
                        Seq.sum (
                            seq {
                                for i in 0 .. outputs.Length - 1 -> outputs[i] * features[nativeint mu, nativeint i]
                            }
                        )

                    delta[mu] / beta + f / float outputs.Length - y[mu])

            Expect.isLessThan (sqrt (dot residual residual / dot y y)) 0.05 "residual")

        testCase "Many units of the cavity theory come close to it" (fun () ->
            let width, gamma, beta = 4000, 0.5, 20.0
            let scaling = MeanFieldScaling.Create(gamma, beta)
            let posterior = solved Activation.erf gamma beta

            let network, temperature =
                MeanFieldScaling.apply scaling (Network.dense Activation.erf [ width ])

            let cavity =
                CavityTheory.solveWith
                    settings
                    None
                    CancellationToken.None
                    ignore
                    network
                    temperature
                    test
                    (Study train)
                |> Result.orFail

            let loss = (CavityPosterior.score test cavity).Loss
            let limit = MeanFieldPosterior.score test posterior
            within 4.0 loss.Value limit.Loss (4.0 * loss.Error + 0.002)
            // log p(y) = -N F + O(log N).
            let perUnit = -cavity.LogEvidence.Value / float width
            within 4.0 perUnit posterior.FreeEnergy (4.0 * cavity.LogEvidence.Error / float width + 0.02))

        testCase "Threads, the width and the readout's prior change no bit" (fun () ->
            let short =
                { settings with
                    Units = 100
                    Sweeps = 32
                    Accuracy = 1.0
                    Seconds = 0.001
                }

            let at threads network =
                MeanFieldLimit.solveWith
                    { short with Threads = threads }
                    None
                    CancellationToken.None
                    ignore
                    network
                    (MeanFieldScaling.Create(1.0, 20.0))
                    test
                    (Study train)
                |> Result.orFail

            let one = at 1 (Network.dense Activation.erf [ 12 ])

            let two =
                at 2 (Network.dense Activation.erf [ 500 ] |> Network.withReadoutPrior 3.0)

            Expect.equal two.FreeEnergy one.FreeEnergy "free energy"
            Expect.equal (MeanFieldPosterior.score test two) (MeanFieldPosterior.score test one) "score"
            // The same inputs as another matrix: the averages are taken again.
            let again = MeanFieldPosterior.predict (test.Inputs.Clone()) one
            Expect.equal again (MeanFieldPosterior.predict test.Inputs one) "again")

        testCase "Units of a solution nearby are a start" (fun () ->
            let from = solved Activation.erf 0.5 20.0
            let scaling = MeanFieldScaling.Create(1.0, 20.0)
            let network = Network.dense Activation.erf [ 7 ]

            let posterior =
                MeanFieldLimit.solveWith
                    settings
                    (Some from)
                    CancellationToken.None
                    ignore
                    network
                    scaling
                    test
                    (Study train)
                |> Result.orFail

            let alone = (solved Activation.erf 1.0 20.0).FreeEnergy
            within 4.0 alone.Value posterior.FreeEnergy (4.0 * alone.Error)
            Expect.stringContains (string posterior) "free energy of a unit" "display")

        testCase "What it does not describe it refuses in a sentence" (fun () ->
            let scaling = MeanFieldScaling.Create(1.0, 20.0)

            let two =
                DataSet.create train.Inputs (gaussian (RandomStream.FromSeed 9UL) 10 2)
                |> Result.orFail

            let refused settings network test train =
                match
                    MeanFieldLimit.solveWith
                        settings
                        None
                        CancellationToken.None
                        ignore
                        network
                        scaling
                        test
                        (Study train)
                with
                | Ok _ -> failtest "It was solved."
                | Error(failure: Failure) -> Expect.stringEnds failure.Message "." "message"

            let network = Network.dense Activation.erf [ 20 ]
            refused settings (Network.dense Activation.erf [ 20; 20 ]) test train
            refused settings (Network.residual Activation.erf [ 20 ]) test train
            refused settings network two two
            refused { settings with Units = 10 } network test train
            refused { settings with Directions = Some 1 } network test train)
    ]
