/// Certified answers against what is known exactly, and what becomes of them without time.
module FiniteWidth.Experiment.Tests.AutoTests

open System.Threading
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open NUnit.Framework

let private temperature = 0.1
let private split = teacher 11UL 12 10 6 1

/// Fewer examples than directions, where width matters.
let private few = teacher 11UL 8 10 12 1
let private narrow = network Activation.linear [ 3 ] [ 1.0; 1.0 ]

let private settings =
    { AutoSettings.standard with
        Seconds = 60.0
        Threads = 1
    }

let private exact (split: Split) (network: Network) =
    ScaleMixture.solve network temperature (Study split.Train)
    |> Result.orFail
    |> ScaleMixture.score split.Test

let private isWithin bars (exact: Score) (score: MeasuredScore) =
    for found, exact in
        [
            score.Loss, exact.Loss
            score.Bias, exact.Bias
            score.Variance, exact.Variance
        ] do
        Assert.That(abs (found.Value - exact), Is.LessThanOrEqualTo(bars * found.Error))

[<TestCase(1)>]
[<TestCase(2)>]
let ``A linear network with one output has the exact integral, whatever its width`` (depth: int) =
    let network =
        network Activation.linear (List.replicate depth 3) (List.replicate (depth + 1) 1.0)

    let point = Auto.solve settings network temperature split |> Result.orFail
    Assert.That(point.Certificate.Method.IsExact)
    Assert.That point.Certificate.Certified
    Assert.That(point.Measurement.IsNone)
    isWithin 0.0 (exact split network) point.Certificate.Score

[<Test>]
let ``A narrow network is sampled to the accuracy, and is right`` () =
    let point =
        Auto.solverWithoutExact settings few (narrow, temperature) |> Result.orFail

    let certificate = point.Certificate
    Assert.That(certificate.Certified, certificate.Reason)
    Assert.That(string certificate.Method, Is.EqualTo "sampling")
    Assert.That(certificate.Score.Loss.Error, Is.LessThanOrEqualTo(settings.Accuracy * certificate.Score.Loss.Value))
    isWithin 4.0 (exact few narrow) certificate.Score

[<Test>]
let ``A wide network has its theory corrected, without a chain, and is right`` () =
    let wide = network Activation.linear [ 1000 ] [ 1.0; 1.0 ]

    let point =
        Auto.solverWithoutExact settings few (wide, temperature) |> Result.orFail

    Assert.That(point.Certificate.Certified, point.Certificate.Reason)
    Assert.That(point.Certificate.Method.IsFirstOrder)
    Assert.That(point.Measurement.IsNone)
    isWithin 4.0 (exact few wide) point.Certificate.Score

[<Test>]
let ``Two hidden layers and two outputs are sampled`` () =
    let quick = { settings with Accuracy = 0.2 }

    for network, split in
        [
            network Activation.erf [ 4; 5 ] [ 1.0; 1.0; 1.0 ], split
            network Activation.erf [ 4 ] [ 1.0; 1.0 ], teacher 12UL 8 8 5 2
        ] do
        let point = Auto.solve quick network temperature split |> Result.orFail
        Assert.That(point.Certificate.Certified, point.Certificate.Reason)
        Assert.That(point.Certificate.Method.IsSampling)

[<Test>]
let ``The same seed gives the same numbers on any number of threads`` () =
    let answer threads =
        let point =
            Auto.solverWithoutExact { settings with Threads = threads } few (narrow, temperature)
            |> Result.orFail

        point.Certificate.Score

    Assert.That((answer 1 = answer 3))

let private notCertified (point: AutoPoint) =
    Assert.That(not point.Certificate.Certified)
    Assert.That(point.Effect.IsUndecided)
    Assert.That(point.Certificate.Reason, Does.EndWith ".")

[<Test>]
let ``At T = 0 a narrow network has the theory's number, not certified`` () =
    let point =
        Auto.solve settings (network Activation.erf [ 5 ] [ 1.0; 1.0 ]) 0.0 split
        |> Result.orFail

    notCertified point
    Assert.That(point.Measurement.IsNone)
    Assert.That(point.Certificate.Reason, Does.Contain "T = 0 cannot be sampled")
    Assert.That(point.Certificate.Method, Is.EqualTo(Method.Theory "proportional"))
    Assert.That(point.Certificate.Score.Loss.Error, Is.NaN)

[<Test>]
let ``Without time the nearest theory answers, not certified, and the time that it takes is estimated`` () =
    let network = network Activation.erf [ 6; 6 ] [ 1.0; 1.0; 1.0 ]
    let mutable said = []

    let point =
        Auto.solve
            { settings with
                Accuracy = 1e-5
                Seconds = 0.2
                Progress =
                    fun progress ->
                        match progress with
                        | AutoProgress.Decided sentence -> said <- sentence :: said
                        | AutoProgress.Sampling _ -> ()
            }
            network
            temperature
            split
        |> Result.orFail

    notCertified point
    Assert.That(point.SecondsNeeded.Value, Is.GreaterThan 0.2)
    Assert.That(said, Has.Some.Contains "chains are tried")

[<Test>]
let ``What is known when it is told to stop is kept`` () =
    use source = new CancellationTokenSource()
    source.Cancel()

    let point =
        Auto.solve
            { settings with
                Cancellation = source.Token
            }
            (network Activation.erf [ 5 ] [ 1.0; 1.0 ])
            temperature
            split
        |> Result.orFail

    notCertified point
    Assert.That(point.Certificate.Reason, Does.Contain "stopped")

[<TestCase(0.0, 60.0, "accuracy")>]
[<TestCase(1.0, 60.0, "accuracy")>]
[<TestCase(0.02, 0.0, "time")>]
let ``Settings without sense are refused in one sentence`` (accuracy: float, seconds: float, word: string) =
    match
        Auto.solve
            { settings with
                Accuracy = accuracy
                Seconds = seconds
            }
            narrow
            temperature
            split
    with
    | Error failure -> Assert.That(failure.Message, Does.Contain word)
    | Ok _ -> Assert.Fail "It was not refused."
