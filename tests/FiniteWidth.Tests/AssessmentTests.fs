/// How far a prediction is to be trusted, and whether finite width helps.
module FiniteWidth.Tests.AssessmentTests

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open NUnit.Framework

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
    }

let private criterion slope : Criterion = { R = 0.5; Slope = slope }

let private missing = Unsupported "It is not known."

[<TestCase(-0.43, 0.1, "wins")>]
[<TestCase(0.43, 0.1, "loses")>]
[<TestCase(-0.19, 0.1, "undecided")>]
[<TestCase(0.19, 0.1, "undecided")>]
[<TestCase(-0.21, 0.1, "wins")>]
[<TestCase(0.0, 0.0, "undecided")>]
[<TestCase(-1e-9, 0.0, "wins")>]
[<TestCase(Double.NaN, 0.1, "undecided")>]
let ``A slope decides beyond two standard errors`` (slope: float, error: float, verdict: string) =
    Assert.That(string (WidthVerdict.ofSlope slope error), Is.EqualTo verdict)

[<Test>]
let ``The exact slope decides where there is one, whatever the theory says`` () =
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
        Assert.That(verdict exact theory, Is.EqualTo expected)

[<Test>]
let ``The assumption's error comes with its own, and where the first order is not small with a reason`` () =
    let expansion = expansion -6.0 0.1

    match AssumptionError.atWidth -4.0 100 expansion with
    | Ok error ->
        Assert.That(error.Value, Is.EqualTo(0.02).Within 1e-12)
        Assert.That(error.StandardError, Is.EqualTo(0.001).Within 1e-12)
    | Error reason -> Assert.Fail reason.Message

    // The exact first order is half the loss at N = 30; that of the theory is too where its slope is far off.
    for slope, width, first in [ -4.0, 30, "0.2"; -4.0, 20, "0.3"; 94.0, 400, "0.25" ] do
        match AssumptionError.atWidth slope width expansion with
        | Ok error -> Assert.Fail $"{error}"
        | Error reason ->
            Assert.That(reason.Message, Does.StartWith $"At N = {width} the first order in 1/N is {first},")

    Assert.That(AssumptionError.isSignificant -5.7 expansion)
    Assert.That(AssumptionError.isSignificant -5.9 expansion, Is.False)

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

[<Test>]
let ``On a regression the theory says that finite width loses, and it wins`` () =
    let train, test = regression 2UL 150 200

    let posterior =
        solve Theory.proportional (Network.dense Activation.erf [ 100 ]) 0.3 train

    let assessment = Assessment.evaluate test posterior
    let theory = Result.orFail assessment.Criterion
    let exact = Result.orFail assessment.Expansion

    TestContext.Out.WriteLine
        $"theory {theory.Slope}, exact {exact.Slope.Loss} +- {exact.SlopeError.Loss} ({exact.Units} units)"

    Assert.That(theory.Slope, Is.GreaterThan 0.0)
    Assert.That(exact.Slope.Loss, Is.LessThan(-3.0 * exact.SlopeError.Loss))
    Assert.That(assessment.Verdict, Is.EqualTo WidthVerdict.Wins)
    Assert.That(assessment.Witness, Is.EqualTo Witness.ExactSlope)
    Assert.That(assessment.FiniteWidthWins, Is.EqualTo(Some true))
    let assumption = Result.orFail assessment.AssumptionError
    Assert.That(assumption.Value, Is.EqualTo((theory.Slope - exact.Slope.Loss) / 100.0).Within 1e-12)
    Assert.That(assumption.StandardError, Is.EqualTo(exact.SlopeError.Loss / 100.0).Within 1e-12)

[<Test>]
let ``In mean-field scaling the first order is not small, and says so`` () =
    let train, test = regression 2UL 150 200

    let network =
        Network.dense Activation.erf [ 100 ] |> Network.withPriors [ 1.0; 100.0 ]

    let assessment =
        solve Theory.proportional network 0.001 train |> Assessment.evaluate test

    match assessment.AssumptionError with
    | Ok error -> Assert.Fail $"{error}"
    | Error reason -> Assert.That(reason.Message, Does.Contain "not small against the loss")

    Assert.That(Result.isOk assessment.Expansion)

[<Test>]
let ``What a theory does not have is missing with a reason, and what it has is there`` () =
    let train, test = dataSet 1 8 3, dataSet 2 5 3

    let assess theory widths =
        solve theory (Network.dense Activation.erf widths) 0.1 train
        |> Assessment.evaluate test

    let reason part =
        match part with
        | Ok _ -> "it is there"
        | Error(failure: Failure) -> failure.Message

    let deep = assess Theory.proportional [ 20; 20 ]
    Assert.That(reason deep.ErrorBar, Does.Contain "do not scale one kernel")
    Assert.That(reason deep.Expansion, Does.Contain "2 hidden layers")
    Assert.That(reason deep.AssumptionError, Is.EqualTo(reason deep.Expansion))
    Assert.That(deep.Witness, Is.EqualTo Witness.TheorySlope)
    Assert.That(Result.isOk deep.Criterion)

    let infinite = assess Theory.infiniteWidth [ 20 ]
    Assert.That(reason infinite.ErrorBar, Does.Contain "no order parameter")
    Assert.That(reason infinite.Expansion, Does.Contain "no order parameter")
    Assert.That(infinite.Verdict, Is.EqualTo WidthVerdict.Undecided)
    Assert.That(infinite.FiniteWidthWins, Is.EqualTo None)
    Assert.That(Result.isOk (assess Theory.proportional [ 20 ]).ErrorBar)
