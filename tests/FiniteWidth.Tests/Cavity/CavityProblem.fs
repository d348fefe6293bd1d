/// What tests of the cavity theory and of its limit share.
module FiniteWidth.Tests.CavityProblem

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

/// Signs of a linear teacher.
let private signs seed =
    let stream = RandomStream.FromSeed seed
    let teacher = gaussian (stream.Split 0L) 1 6

    fun index count ->
        let x = gaussian (stream.Split index) count 6

        let label i =
            Seq.sum (seq { for j in 0n .. 5n -> x[i, j] * teacher[0n, j] }) |> sign |> float

        DataSet.create x (Matrix.Create(x.Rows, 1n, (fun i _ -> label i)))
        |> Result.orFail

let train, test = signs 5UL 1L 10, signs 5UL 2L 8

/// phi phi^T/N of features phi, P x N.
let gram (phi: Matrix) =
    let result = Matrix.Zeros(phi.Rows, phi.Rows)
    LinearAlgebra.Default.Multiply(1.0 / float phi.Columns, phi, false, phi, true, 0.0, result)
    result

/// A^(-1) y and log N(y; 0, A) of A = T I + G on the training set, whose Cholesky factor is left in place of G.
let likelihood temperature (gram: Matrix) =
    let y = DataSet.target 0 train

    for i in 0n .. gram.Rows - 1n do
        gram[i, i] <- gram[i, i] + temperature

    LinearAlgebra.Default.Cholesky gram |> ignore
    let z = Array.copy y
    LinearAlgebra.Default.Solve(gram, System.Span z)

    z,
    -0.5
    * (LinearAlgebra.Default.LogDeterminant gram
       + Array.sum (Array.map2 (*) y z)
       + float y.Length * log (2.0 * System.Math.PI))

/// So many standard errors, and some slack.
let within deviations (expected: float) (measured: Measured) slack =
    Expect.within (deviations * measured.Error + slack) measured.Value expected "value of measured"
