/// The theories against an independent implementation: tests/golden.
module FiniteWidth.Tests.GoldenTests

open System.Collections.Concurrent
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Golden
open FiniteWidth.Testing

// Rows on the same data share a study, and so an eigendecomposition, as a user's sweep does.
let private studies = ConcurrentDictionary<string * int * int, Study * DataSet>()

let private studyOf (row: Row) =
    studies.GetOrAdd(
        (row.Data, row.P, row.Ptest),
        fun _ ->
            let split =
                if row.Data = "gauss" then
                    gauss.Value
                else
                    mnist01 row.P row.Ptest

            Study split.Train, split.Test
    )

let private theoryOf name =
    match name with
    | "proportional" -> Theory.proportional
    | "wishart" -> Theory.wishart
    | "non-odd" -> Theory.nonOdd
    | other -> failwith $"The golden rows have no theory {other}."

let private posteriorOf (row: Row) =
    let study, test = studyOf row

    let network =
        Network.create row.Activation row.Widths row.Priors (List.replicate row.Widths.Length None)
        |> Result.orFail

    Posterior.solve (theoryOf row.Theory) network row.Temperature study
    |> Result.orFail,
    test

/// 1e-8 relative, as the reference promises; 1e-6 at T = 1e-3, where the condition number of A reaches 1e7.
let private check row what (actual: float) (expected: float) =
    let tolerance = if row.Temperature = 1e-3 then 1e-6 else 1e-8
    Expect.within (tolerance * abs expected) actual expected $"{row.Id}: {what}"

let private number (row: Row) (name: string) =
    row.Expect.GetProperty(name).GetDouble()

let private numbers (row: Row) (name: string) =
    [
        for item in row.Expect.GetProperty(name).EnumerateArray() -> item.GetDouble()
    ]

let private rows = fullyConnected [ "proportional"; "wishart"; "non-odd" ]

let tests =
    testList "Golden" [
        testTheory "The saddle point and the test error agree with the golden row" rows (fun row ->
            let posterior, test = posteriorOf row
            let score = Posterior.score test posterior

            // The conjugates come after the Qbar.
            let expected =
                numbers row "Qbar" @ (if row.Theory = "non-odd" then numbers row "Q" else [])

            Expect.equal posterior.OrderParameters.Length expected.Length "length of order parameters"

            for actual, expected in Seq.zip posterior.OrderParameters expected do
                check row "order parameter" actual expected

            check row "loss" score.Loss (number row "loss")
            check row "bias" score.Bias (number row "bias")
            check row "variance" score.Variance (number row "variance")
            Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual"

            if row.Temperature > 0.0 then
                check row "action" posterior.SaddlePoint.Chosen.Action (number row "action")
                let means = (Posterior.predict test.Inputs posterior).Mean

                for t, expected in List.indexed (numbers row "mean5") do
                    // A mean near zero is a difference of terms of order one.
                    let tolerance = if row.Temperature = 1e-3 then 1e-6 else 1e-8
                    Expect.within (tolerance * max 1.0 (abs expected)) (means[t, 0]) expected "means"
            else
                check row "r" (Criterion.evaluate test posterior).R (number row "r"))
    ]
