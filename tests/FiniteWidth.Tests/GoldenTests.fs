namespace FiniteWidth.Tests

open System.Collections.Concurrent
open FiniteWidth
open FiniteWidth.Tests.Golden
open NUnit.Framework

/// The theories against an independent implementation: tests/golden.
type GoldenTests() =

    // Rows on the same data share a study, and so an eigendecomposition, as a user's sweep does.
    static let studies = ConcurrentDictionary<string * int * int, Study * DataSet>()

    static let studyOf (row: Row) =
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

    static let theoryOf name =
        match name with
        | "proportional" -> Theory.proportional
        | "wishart" -> Theory.wishart
        | other -> failwith $"The golden rows have no theory {other}."

    static let posteriorOf (row: Row) =
        let study, test = studyOf row

        let network =
            Network.create row.Activation row.Widths row.Priors (List.replicate row.Widths.Length None)
            |> Result.orFail

        Posterior.solve (theoryOf row.Theory) network row.Temperature study
        |> Result.orFail,
        test

    /// 1e-8 relative, as the reference promises; 1e-6 at T = 1e-3, where the condition number of A reaches 1e7.
    static let check row what (actual: float) (expected: float) =
        let tolerance = if row.Temperature = 1e-3 then 1e-6 else 1e-8
        Assert.That(actual, Is.EqualTo(expected).Within(tolerance * abs expected), $"{row.Id}: {what}")

    static let number (row: Row) (name: string) =
        row.Expect.GetProperty(name).GetDouble()

    static let numbers (row: Row) (name: string) =
        [
            for item in row.Expect.GetProperty(name).EnumerateArray() -> item.GetDouble()
        ]

    static member Rows = fullyConnected [ "proportional"; "wishart" ]

    [<TestCaseSource("Rows")>]
    member _.``The saddle point and the test error agree with the golden row``(row: Row) =
        let posterior, test = posteriorOf row
        let score = Posterior.score test posterior

        for actual, expected in Seq.zip posterior.OrderParameters (numbers row "Qbar") do
            check row "Qbar" actual expected

        check row "loss" score.Loss (number row "loss")
        check row "bias" score.Bias (number row "bias")
        check row "variance" score.Variance (number row "variance")
        Assert.That(posterior.SaddlePoint.Chosen.Residual, Is.LessThan 1e-10)

        if row.Temperature > 0.0 then
            check row "action" posterior.SaddlePoint.Chosen.Action (number row "action")
            let means = (Posterior.predict test.Inputs posterior).Mean

            for t, expected in List.indexed (numbers row "mean5") do
                // A mean near zero is a difference of terms of order one.
                let tolerance = if row.Temperature = 1e-3 then 1e-6 else 1e-8
                Assert.That(means[t, 0], Is.EqualTo(expected).Within(tolerance * max 1.0 (abs expected)))
        else
            check row "r" (Criterion.evaluate test posterior).R (number row "r")
