/// The evidence where the order parameter is a matrix: against differences of re-solved saddles, the scalar theory, and limits.
module FiniteWidth.Tests.MatrixEvidenceTests

open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open NUnit.Framework

let private joint seed examples features outputs =
    let stream = RandomStream.FromSeed(uint64 seed)

    DataSet.create (gaussian (stream.Split 0L) examples features) (gaussian (stream.Split 1L) examples outputs)
    |> Result.orFail

/// d f/d log h by fourth-order differences: error h^4 against rounding 1e-13/h.
let private slopeOf (f: float -> float) =
    let h = 1e-2

    let centred k =
        (f (k * h) - f (-k * h)) / (2.0 * k * h)

    (4.0 * centred 1.0 - centred 2.0) / 3.0

let private temperature = 0.2

[<TestCase(1, 3)>]
[<TestCase(2, 3)>]
[<TestCase(1, 1)>]
let ``The gradient with several outputs is the differences of re-solved evidences`` (depth: int, outputs: int) =
    for activation in [ Activation.erf; Activation.relu ] do
        let data = joint 3 12 6 outputs

        let network =
            network activation depth 2 |> Network.withWidth 15 |> Network.withBias 1.5

        let all = Hyperparameter.all network

        let solved (network, temperature) =
            SeveralOutputs.solve network temperature (Study data) |> Result.orFail

        let gradient =
            solved (network, temperature)
            |> SeveralOutputsEvidence.gradient all
            |> Result.orFail

        for hyperparameter, slope in Seq.zip all gradient do
            let value = Hyperparameter.tryValue network temperature hyperparameter |> Option.get

            let expected =
                slopeOf (fun step ->
                    Hyperparameter.set (network, temperature) hyperparameter (value * exp step)
                    |> Result.orFail
                    |> solved
                    |> SeveralOutputs.logEvidence)

            Assert.That(slope * value, Is.EqualTo(expected).Within 1e-6, string hyperparameter)

[<Test>]
let ``One output of several is fitted like one output`` () =
    let data = joint 5 20 6 1
    let network = Network.dense Activation.erf [ 12 ]
    let hyperparameters = [ Hyperparameter.Prior 0; Hyperparameter.Temperature ]

    let several =
        SeveralOutputsEvidence.fit hyperparameters network 0.5 (Study data)
        |> Result.orFail

    let one =
        Evidence.fit Theory.proportional hyperparameters network 0.5 (Study data)
        |> Result.orFail

    Assert.That(several.LogEvidence, Is.EqualTo(one.LogEvidence).Within 1e-8)
    Assert.That(several.GradientNorm, Is.LessThan 1e-6)

[<Test>]
let ``The fitted readout prior of several outputs leaves no direction along which Qbar could grow`` () =
    // lambda_1 enters as Qbar/lambda_1: the data's term is stationary along Qbar, hence Tr Qbar = D.
    let data = joint 4 15 6 3
    let network = Network.dense Activation.erf [ 30 ]

    let fitted =
        SeveralOutputsEvidence.fit [ Hyperparameter.Prior 1 ] network 0.5 (Study data)
        |> Result.orFail

    Assert.That(fitted.End, Is.EqualTo SearchEnd.Converged)
    let q = fitted.Optimum.OrderParameter
    // A gradient of 1e-7 P D/2 divided by N/2.
    Assert.That(q[0, 0] + q[1, 1] + q[2, 2], Is.EqualTo(3.0).Within 1e-6)

let private image: ImageShape = { Height = 4; Width = 4; Channels = 1 }

let private convolutional (filter, readout) pooling =
    ConvolutionalNetwork.create Activation.erf 20 (struct (filter, readout)) image 2 2 pooling
    |> Result.orFail

let private poolings = [| Pooling.None; Pooling.Average |]

[<TestCaseSource(nameof poolings)>]
let ``The gradient of a convolutional network is the differences of re-solved evidences`` (pooling: Pooling) =
    let data = joint 6 10 16 1

    let evidence filter readout t =
        Convolution.solve (convolutional (filter, readout) pooling) t (ConvolutionStudy data)
        |> Result.orFail

    let gradient =
        evidence 0.7 1.4 temperature
        |> ConvolutionEvidence.gradient ConvolutionEvidence.hyperparameters
        |> Result.orFail

    let log' filter readout t =
        evidence filter readout t |> Convolution.logEvidence

    let expected =
        [
            slopeOf (fun step -> log' (0.7 * exp step) 1.4 temperature) / 0.7
            slopeOf (fun step -> log' 0.7 (1.4 * exp step) temperature) / 1.4
            slopeOf (fun step -> log' 0.7 1.4 (temperature * exp step)) / temperature
        ]

    for actual, expected in Seq.zip gradient expected do
        Assert.That(actual, Is.EqualTo(expected).Within 1e-5)

[<Test>]
let ``A convolutional network of one patch is fitted like one hidden layer`` () =
    let data = joint 7 15 4 1
    let hyperparameters = [ Hyperparameter.Prior 0; Hyperparameter.Temperature ]

    let network =
        ConvolutionalNetwork.create
            Activation.erf
            12
            (struct (1.0, 1.0))
            { Height = 2; Width = 2; Channels = 1 }
            2
            2
            Pooling.None
        |> Result.orFail

    let convolution =
        ConvolutionEvidence.fit hyperparameters network 0.5 (ConvolutionStudy data)
        |> Result.orFail

    let dense =
        Evidence.fit Theory.proportional hyperparameters (Network.dense Activation.erf [ 12 ]) 0.5 (Study data)
        |> Result.orFail

    Assert.That(convolution.LogEvidence, Is.EqualTo(dense.LogEvidence).Within 1e-8)

[<Test>]
let ``A convolutional network has no biases to fit`` () =
    let data = joint 7 5 16 1

    match
        ConvolutionEvidence.fit
            [ Hyperparameter.BiasPrior 1 ]
            (convolutional (1.0, 1.0) Pooling.None)
            0.1
            (ConvolutionStudy data)
    with
    | Ok _ -> Assert.Fail "A bias that does not exist was fitted."
    | Error failure -> Assert.That(failure.Message, Does.Contain "lambda_b,1")
