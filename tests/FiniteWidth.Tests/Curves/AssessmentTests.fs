/// How far a prediction is to be trusted, and whether finite width helps.
module FiniteWidth.Tests.AssessmentTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private score loss =
    {
        Loss = loss
        Bias = loss
        Variance = 0.0
    }

let private expansion slope error : WidthExpansion =
    {
        InfiniteWidth = score 0.4
        Slope = score slope
        SlopeError = score error
        Units = 1000
        EvidenceVariance = 1.0
        Layers = []
    }

let private criterion slope : Criterion = { R = 0.5; Slope = slope }

let private missing = Unsupported "It is not known."

/// A noisy regression in eight inputs: f(x) = tanh(2 w_1.x/sqrt 8) + 0.3 (w_2.x)^2/8, standardised.
let private regression seed train test =
    let stream = RandomStream.FromSeed seed
    let count = train + test
    let x = gaussian (stream.Split 0L) count 8
    let w = gaussian (stream.Split 1L) 8 2
    let noise = gaussian (stream.Split 2L) count 1

    let along j i =
        Seq.sum (seq { for k in 0n .. 7n -> x[i, k] * w[k, j] }) / sqrt 8.0

    let raw =
        [|
            for i in 0n .. nativeint count - 1n ->
                tanh (2.0 * along 0n i) + 0.3 * along 1n i ** 2.0 + 0.3 * noise[i, 0n]
        |]

    let mean = Array.average raw
    let deviation = sqrt (raw |> Array.averageBy (fun f -> (f - mean) ** 2.0))

    let part first size =
        DataSet.create
            (x.View(nativeint first, 0n, nativeint size, 8n))
            (Matrix.Create(nativeint size, 1n, (fun i _ -> (raw[first + int i] - mean) / deviation)))
        |> Result.orFail

    part 0 train, part train test

let tests =
    testList "Assessment" [
        testTheory
            "A slope decides beyond two standard errors"
            [
                -0.43, 0.1, "wins"
                0.43, 0.1, "loses"
                -0.19, 0.1, "undecided"
                0.19, 0.1, "undecided"
                -0.21, 0.1, "wins"
                0.0, 0.0, "undecided"
                -1e-9, 0.0, "wins"
                Double.NaN, 0.1, "undecided"
            ]
            (fun (slope, error, verdict) -> Expect.equal (string (WidthVerdict.ofSlope slope error)) verdict "of slope")

        testCase "The exact slope decides where there is one, whatever the theory says" (fun () ->
            let verdict exact theory = WidthVerdict.ofSlopes exact theory
            let wins = Ok(expansion -0.43 0.1)

            for exact, theory, expected in
                [
                    wins, Ok(criterion 0.247), (WidthVerdict.Wins, Witness.ExactSlope)
                    Ok(expansion 0.1 0.1), Ok(criterion -3.0), (WidthVerdict.Undecided, Witness.ExactSlope)
                    Error missing, Ok(criterion 0.247), (WidthVerdict.Loses, Witness.TheorySlope)
                    wins, Error missing, (WidthVerdict.Wins, Witness.ExactSlope)
                    Error missing, Error missing, (WidthVerdict.Undecided, Witness.NoSlope)
                ] do
                Expect.equal (verdict exact theory) expected "verdict")

        testCase
            "The assumption's error comes with its own, and where the first order is not small with a reason"
            (fun () ->
                let expansion = expansion -6.0 0.1

                match AssumptionError.atWidth -4.0 100 expansion with
                | Ok error ->
                    Expect.within 1e-12 error.Value 0.02 "value of error"
                    Expect.within 1e-12 error.StandardError 0.001 "standard error"
                | Error reason -> failtest reason.Message

                // The exact first order is half the loss at N = 30; that of the theory is too where its slope is far off.
                for slope, width, first in [ -4.0, 30, "0.2"; -4.0, 20, "0.3"; 94.0, 400, "0.25" ] do
                    match AssumptionError.atWidth slope width expansion with
                    | Ok error -> failtest $"{error}"
                    | Error reason ->
                        Expect.stringStarts
                            reason.Message
                            $"At N = {width} the first order in 1/N is {first},"
                            "message"

                Expect.isTrue (AssumptionError.isSignificant -5.7 expansion) "is significant"
                Expect.isFalse (AssumptionError.isSignificant -5.9 expansion) "is significant")

        testCase "On a regression the theory says that finite width loses, and it wins" (fun () ->
            let train, test = regression 2UL 150 200

            let posterior =
                solve Theory.proportional (Network.dense Activation.erf [ 100 ]) 0.3 train

            let assessment = Assessment.evaluate test posterior
            let theory = Result.orFail assessment.Criterion
            let exact = Result.orFail assessment.Expansion

            Expect.isGreaterThan theory.Slope 0.0 "slope"
            Expect.isLessThan exact.Slope.Loss (-3.0 * exact.SlopeError.Loss) "loss"
            Expect.equal assessment.Verdict WidthVerdict.Wins "verdict"
            Expect.equal assessment.Witness Witness.ExactSlope "witness"
            Expect.equal assessment.FiniteWidthWins (Some true) "finite width wins"
            let assumption = Result.orFail assessment.AssumptionError
            Expect.within 1e-12 assumption.Value ((theory.Slope - exact.Slope.Loss) / 100.0) "value of assumption"
            Expect.within 1e-12 assumption.StandardError (exact.SlopeError.Loss / 100.0) "standard error")

        testCase "In mean-field scaling the first order is not small, and says so" (fun () ->
            let train, test = regression 2UL 150 200

            let network =
                Network.dense Activation.erf [ 100 ] |> Network.withPriors [ 1.0; 100.0 ]

            let assessment =
                solve Theory.proportional network 0.001 train |> Assessment.evaluate test

            match assessment.AssumptionError with
            | Ok error -> failtest $"{error}"
            | Error reason -> Expect.stringContains reason.Message "not small against the loss" "message"

            Expect.isTrue (Result.isOk assessment.Expansion) "is ok")

        testCase "What a theory does not have is missing with a reason, and what it has is there" (fun () ->
            let train, test = dataSet 1 8 3, dataSet 2 5 3

            let assess theory widths =
                solve theory (Network.dense Activation.erf widths) 0.1 train
                |> Assessment.evaluate test

            let reason part =
                match part with
                | Ok _ -> "it is there"
                | Error(failure: Failure) -> failure.Message

            let deep = assess Theory.proportional [ 20; 20 ]
            Expect.stringContains (reason deep.ErrorBar) "do not scale one kernel" "reason"
            Expect.isTrue (Result.isOk deep.Expansion) "the first order of two layers"
            Expect.equal deep.Witness Witness.ExactSlope "witness"
            let deepest = assess Theory.proportional [ 20; 20; 20; 20; 20 ]
            Expect.stringContains (reason deepest.Expansion) "5 hidden layers" "reason"
            Expect.equal (reason deepest.AssumptionError) (reason deepest.Expansion) "reason"
            Expect.equal deepest.Witness Witness.TheorySlope "witness"
            Expect.isTrue (Result.isOk deep.Criterion) "is ok"

            let infinite = assess Theory.infiniteWidth [ 20 ]
            Expect.stringContains (reason infinite.ErrorBar) "no order parameter" "reason"
            Expect.stringContains (reason infinite.Expansion) "no order parameter" "reason"
            Expect.equal infinite.Verdict WidthVerdict.Undecided "verdict"
            Expect.equal infinite.FiniteWidthWins None "finite width wins"
            Expect.isTrue (Result.isOk (assess Theory.proportional [ 20 ]).ErrorBar) "is ok")
    ]
