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

/// So many standard errors, and some slack.
let within deviations (expected: float) (measured: Measured) slack =
    Expect.within (deviations * measured.Error + slack) measured.Value expected "value of measured"
