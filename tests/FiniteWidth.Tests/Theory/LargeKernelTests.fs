/// Kernels large enough to be reduced to a band, against a Cholesky factor.
module FiniteWidth.Tests.LargeKernelTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private count, private temperature = 5000, 0.1

let private network = Network.dense Activation.erf [ 100 ]

let tests =
    testList "Large kernels" [
        testCase "The evidence and predictions are those of a Cholesky factor" (fun () ->
            let stream = RandomStream.FromSeed 31UL
            let x, x0 = gaussian (stream.Split 0L) count 12, gaussian (stream.Split 1L) 40 12
            let y = gaussian (stream.Split 2L) count 1
            let train = DataSet.create x y |> Result.orFail
            let algebra = LinearAlgebra.Default
            let program = KernelProgram.compile (Theory.infiniteWidth network).Kernel
            let value = EffectiveAction.bind network [] [||]
            let a = KernelProgram.symmetric value x program

            for i in 0n .. a.Rows - 1n do
                a[i, i] <- a[i, i] + temperature

            Expect.equal (algebra.Cholesky a) 0n "positive"
            let solved = DataSet.target 0 train
            algebra.Solve(a, Span solved)

            let energy =
                Array.fold2 (fun sum a b -> sum + a * b) 0.0 solved (DataSet.target 0 train)

            let logEvidence =
                -0.5 * (algebra.LogDeterminant a + energy + float count * log (2.0 * Math.PI))

            let posterior =
                Posterior.solve Theory.infiniteWidth network temperature (Study train)
                |> Result.orFail

            Expect.within (1e-10 * abs logEvidence) (Posterior.logEvidence posterior) logEvidence "log evidence"
            let prediction = Posterior.predict x0 posterior
            let cross = KernelProgram.cross value x x0 program
            let mean = Array.zeroCreate<float> 40
            algebra.Multiply(1.0, cross, true, ReadOnlySpan solved, 0.0, Span mean)
            algebra.SolveTriangular(a, false, cross)
            let diagonal = KernelProgram.diagonal value x0 program

            for t in 0..39 do
                let explained =
                    Seq.sum (seq { for i in 0n .. cross.Rows - 1n -> cross[i, nativeint t] * cross[i, nativeint t] })

                Expect.within 1e-10 prediction.Mean[t, 0] mean[t] "mean"
                Expect.within 1e-10 prediction.Variance[t, 0] (diagonal[t] - explained) "variance")
    ]
