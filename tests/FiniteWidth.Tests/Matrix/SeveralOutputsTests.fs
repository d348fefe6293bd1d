/// Several outputs (theory sections 7 and 3b): golden values, limits, the plain Kronecker form, bad input.
module FiniteWidth.Tests.SeveralOutputsTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private joint seed examples features outputs =
    let stream = RandomStream.FromSeed(uint64 seed)

    DataSet.create (gaussian (stream.Split 0L) examples features) (gaussian (stream.Split 1L) examples outputs)
    |> Result.orFail

let private column d (data: DataSet) =
    DataSet.create data.Inputs (data.Targets.View(0n, nativeint d, data.Targets.Rows, 1n))
    |> Result.orFail

let private solveJoint network temperature data =
    SeveralOutputs.solve network temperature (Study data) |> Result.orFail

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * max 1.0 (abs expected)

let private closeMatrices tolerance (expected: float[,]) (actual: float[,]) =
    Seq.forall2 (close tolerance) (Seq.cast<float> expected) (Seq.cast<float> actual)

/// A positive matrix with eigenvalues of order one, from a seed.
let private positive seed order =
    let x = gaussian (RandomStream.FromSeed(uint64 seed).Split 7L) order (2 * order)
    let q = Matrix.Uninitialized(nativeint order, nativeint order)
    LinearAlgebra.Default.Gram(x, 0.5 / float order, q)
    Array2D.init order order (fun i j -> q[nativeint i, nativeint j] + (if i = j then 0.2 else 0.0))

/// log det A and y^T A^(-1) y by Cholesky.
let private gaussianTerms (a: Matrix) (y: float[]) =
    let factor = a.Clone()
    Expect.equal (LinearAlgebra.Managed.Cholesky factor) 0n "cholesky"
    let solved = Array.copy y
    LinearAlgebra.Managed.Solve(factor, System.Span solved)
    LinearAlgebra.Managed.LogDeterminant factor, Array.fold2 (fun sum a b -> sum + a * b) 0.0 y solved

/// S by its definition, with the (P D) x (P D) matrix T I + Qbar (x) K.
let private plain (network: Network) temperature (data: DataSet) (qbar: float[,]) =
    let k =
        KernelProgram.compile (Theory.infiniteWidth network).Kernel
        |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) data.Inputs

    let p, d = data.Count, data.Outputs

    let kronecker =
        Matrix.Create(
            nativeint (p * d),
            nativeint (p * d),
            fun i j ->
                let i, j = int i, int j

                qbar[i / p, j / p] * k[nativeint (i % p), nativeint (j % p)]
                + (if i = j then temperature else 0.0)
        )

    let y =
        Array.init (p * d) (fun i -> data.Targets[nativeint (i % p), nativeint (i / p)])

    let logDeterminant, energy = gaussianTerms kronecker y

    let q = LinearAlgebra.Managed.Eigenvalues(Matrix.FromArray qbar)

    let depth = float network.Depth

    Array.sumBy (fun value -> depth * (value ** (1.0 / depth) - 1.0) - log value) q
    + (logDeterminant - float (p * d) * log temperature + energy)
      / float network.Widths.Head

let private golden =
    lazy
        (let path = Path.Combine(AppContext.BaseDirectory, "golden", "outputs.json")

         use document = JsonDocument.Parse(File.ReadAllText path)
         [ for row in document.RootElement.EnumerateArray() -> row.Clone() ])

let private failure result =
    match result with
    | Ok _ ->
        failtest "A failure was expected."
        ""
    | Error(failure: Failure) -> failure.Message

let tests =
    testList "Several outputs" [
        testCase "One-hot MNIST agrees with the golden rows" (fun () ->
            for row in golden.Value do
                let config, expect = row.GetProperty "config", row.GetProperty "expect"
                let integer (name: string) = config.GetProperty(name).GetInt32()

                let numbers (name: string) =
                    [ for item in expect.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

                let images =
                    match Mnist.locate () |> Result.bind Mnist.load with
                    | Ok images -> images
                    | Error failure -> skiptest failure.Message

                let split =
                    { Protocol.create [ 0; 1 ] (integer "P") (integer "Ptest") with
                        Encoding = OneHot
                    }
                    |> fun protocol -> Protocol.apply protocol images |> Result.orFail

                let posterior =
                    solveJoint
                        (Network.dense Activation.erf [ integer "N1" ])
                        (config.GetProperty("T").GetDouble())
                        split.Train

                // 1e-8: what the reference promises.
                let near what (actual: float) (expected: float) =
                    Expect.within (1e-8 * abs expected) actual expected what

                for actual, expected in Seq.zip (Seq.cast<float> posterior.OrderParameter) (numbers "Qbar") do
                    near "order parameter" actual expected

                let score = SeveralOutputs.score split.Test posterior
                near "loss" score.Loss (expect.GetProperty("loss").GetDouble())
                near "bias" score.Bias (List.average (numbers "bias_per_class"))
                near "variance" score.Variance (List.average (numbers "var_per_class"))

                near
                    "accuracy"
                    (SeveralOutputs.accuracy split.Test posterior)
                    (expect.GetProperty("accuracy").GetDouble())

                Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual")

        testPropertyWithConfig
            (maxTest 20)
            "The action is the plain one over the Kronecker kernel, and its gradient the differences of that"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = joint seed 7 5 3
                let network = Network.dense Activation.erf (List.replicate (1 + seed % 3) 9)
                let posterior = solveJoint network 0.1 data
                let q = positive seed 3
                let value = plain network 0.1 data q
                let gradient = MatrixSaddle.gradient posterior.Action q

                let difference i j =
                    // Centred, h = 1e-5: the error is h^2 times a third derivative, and 1e-15/h of rounding.
                    let moved h =
                        let q = Array2D.copy q
                        q[i, j] <- q[i, j] + h

                        if i <> j then
                            q[j, i] <- q[j, i] + h

                        plain network 0.1 data q

                    (moved 1e-5 - moved -1e-5) / 2e-5 / (if i = j then 1.0 else 2.0)

                close 1e-10 value (MatrixSaddle.value posterior.Action q)
                && closeMatrices 1e-6 (Array2D.init 3 3 difference) gradient)

        testPropertyWithConfig (maxTest 20) "One output is section 3" (fun (seed: PositiveInt) ->
            let data = joint seed.Get 12 6 1
            let network = network Activation.erf 1 seed.Get
            let matrix = solveJoint network 0.05 data
            let scalar = solve Theory.proportional network 0.05 data
            let test = (joint (seed.Get + 1) 4 6 1).Inputs

            let joint, single =
                SeveralOutputs.predict test matrix, Posterior.predict test scalar

            close 1e-9 scalar.OrderParameters[0] matrix.OrderParameter[0, 0]
            && close 1e-9 scalar.SaddlePoint.Chosen.Action matrix.SaddlePoint.Chosen.Action
            && close 1e-9 (Posterior.logEvidence scalar) (SeveralOutputs.logEvidence matrix)
            && closeMatrices 1e-9 single.Mean joint.Mean
            && closeMatrices 1e-9 single.Variance joint.Variance)

        testPropertyWithConfig
            (maxTest 10)
            "One output at depth is the Wishart ansatz, Qbar the product of the layers'"
            (fun (seed: PositiveInt) ->
                let data = joint seed.Get 12 6 1
                let network = Network.dense Activation.erf [ 15; 15; 15 ]
                let matrix = solveJoint network 0.05 data
                let scalar = solve Theory.wishart network 0.05 data
                close 1e-8 (Array.reduce (*) scalar.OrderParameters) matrix.OrderParameter[0, 0])

        testPropertyWithConfig
            (maxTest 10)
            "At infinite width the outputs are independent Gaussian processes"
            (fun (seed: PositiveInt) ->
                let data = joint seed.Get 10 6 3
                let test = (joint (seed.Get + 1) 4 6 3).Inputs

                let matrix =
                    solveJoint (Network.dense Activation.erf [ 1_000_000_000 ]) 0.1 data
                    |> SeveralOutputs.predict test

                Seq.forall
                    (fun d ->
                        let single =
                            column d data
                            |> solve Theory.infiniteWidth (Network.dense Activation.erf [ 1 ]) 0.1
                            |> Posterior.predict test
                        // Qbar - I is of order P/N = 1e-8.
                        Seq.forall
                            (fun t ->
                                close 1e-6 single.Mean[t, 0] matrix.Mean[t, d]
                                && close 1e-6 single.Variance[t, 0] matrix.Variance[t, d])
                            [ 0..3 ])
                    [ 0..2 ])

        testPropertyWithConfig
            (maxTest 20)
            "The closed form at T = 0 is stationary, whatever the load"
            (fun (seed: PositiveInt) ->
                // More features than examples, so that K is far from singular.
                let data = joint seed.Get 12 30 3
                let width = int (between seed.Get 3 4.0 60.0)
                let network = Network.dense Activation.erf [ width ]
                let posterior = solveJoint network 0.0 data

                // The search may move the closed form by no more than rounding.
                let k =
                    KernelProgram.compile (Theory.infiniteWidth network).Kernel
                    |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) data.Inputs

                Expect.equal (LinearAlgebra.Managed.Cholesky k) 0n "cholesky"

                let solved =
                    Array.init 3 (fun d ->
                        let y = DataSet.target d data
                        LinearAlgebra.Managed.Solve(k, System.Span y)
                        y)

                let g =
                    Array2D.init 3 3 (fun c d ->
                        Array.fold2 (fun sum a b -> sum + a * b / 12.0) 0.0 (DataSet.target c data) solved[d])

                closeMatrices 1e-9 (SeveralOutputs.zeroTemperature (12.0 / float width) g) posterior.OrderParameter
                && posterior.SaddlePoint.Chosen.Residual < 1e-10
                && posterior.SaddlePoint.Chosen.Kind = Kind.Minimum)

        testPropertyWithConfig (maxTest 10) "A rotation of the outputs rotates Qbar" (fun (seed: PositiveInt) ->
            let data = joint seed.Get 10 6 2
            let c, s = cos 0.7, sin 0.7

            let rotated =
                Matrix.Create(
                    data.Targets.Rows,
                    2n,
                    fun i d ->
                        if d = 0n then
                            c * data.Targets[i, 0n] - s * data.Targets[i, 1n]
                        else
                            s * data.Targets[i, 0n] + c * data.Targets[i, 1n]
                )

            let network = Network.dense Activation.erf [ 8 ]
            let q = (solveJoint network 0.05 data).OrderParameter

            let turned =
                (solveJoint network 0.05 (DataSet.create data.Inputs rotated |> Result.orFail)).OrderParameter

            close 1e-8 (c * c * q[0, 0] - 2.0 * c * s * q[0, 1] + s * s * q[1, 1]) turned[0, 0])

        testCase
            "Layers of different widths, a negative temperature and a singular kernel at T = 0 are refused"
            (fun () ->
                let data = joint 1 8 3 2

                let solve network temperature =
                    SeveralOutputs.solve network temperature (Study data) |> failure

                Expect.stringContains (solve (Network.dense Activation.erf [ 5; 6 ]) 0.1) "layers of one width" "solve"
                Expect.stringContains (solve (Network.dense Activation.erf [ 5 ]) -0.1) "temperature" "solve"
                Expect.stringContains (solve (Network.dense Activation.linear [ 5 ]) 0.0) "rank 3" "solve")
    ]
