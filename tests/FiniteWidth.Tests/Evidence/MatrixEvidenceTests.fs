/// The evidence where the order parameter is a matrix: against differences of re-solved saddles, the scalar theory, and limits.
module FiniteWidth.Tests.MatrixEvidenceTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

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

let private image: ImageShape = { Height = 4; Width = 4; Channels = 1 }

let private convolutional (filter, readout) pooling =
    ConvolutionalNetwork.create Activation.erf 20 (struct (filter, readout)) image 2 2 pooling
    |> Result.orFail

let private poolings = [| Pooling.None; Pooling.Average |]

let tests =
    testList "Matrix evidence" [
        testTheory
            "The gradient with several outputs is the differences of re-solved evidences"
            [ 1, 3; 2, 3; 1, 1 ]
            (fun (depth, outputs) ->
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

                        Expect.within 1e-6 (slope * value) expected (string hyperparameter))

        testCase "One output of several is fitted like one output" (fun () ->
            let data = joint 5 20 6 1
            let network = Network.dense Activation.erf [ 12 ]
            let hyperparameters = [ Hyperparameter.Prior 0; Hyperparameter.Temperature ]

            let several =
                SeveralOutputsEvidence.fit hyperparameters network 0.5 (Study data)
                |> Result.orFail

            let one =
                Evidence.fit Theory.proportional hyperparameters network 0.5 (Study data)
                |> Result.orFail

            Expect.within 1e-8 several.LogEvidence one.LogEvidence "log evidence"
            Expect.isLessThan several.GradientNorm 1e-6 "gradient norm")

        testCase
            "The fitted readout prior of several outputs leaves no direction along which Qbar could grow"
            (fun () ->
                // lambda_1 enters as Qbar/lambda_1: the data's term is stationary along Qbar, hence Tr Qbar = D.
                let data = joint 4 15 6 3
                let network = Network.dense Activation.erf [ 30 ]

                let fitted =
                    SeveralOutputsEvidence.fit [ Hyperparameter.Prior 1 ] network 0.5 (Study data)
                    |> Result.orFail

                Expect.equal fitted.End SearchEnd.Converged "end"
                let q = fitted.Optimum.OrderParameter
                // A gradient of 1e-7 P D/2 divided by N/2.
                Expect.within 1e-6 (q[0, 0] + q[1, 1] + q[2, 2]) 3.0 "q[0, 0] + q[1, 1] + q[2, 2]")

        testTheory
            "The gradient of a convolutional network is the differences of re-solved evidences"
            poolings
            (fun pooling ->
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
                    Expect.within 1e-5 actual expected "value")

        testCase "A convolutional network of one patch is fitted like one hidden layer" (fun () ->
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

            Expect.within 1e-8 convolution.LogEvidence dense.LogEvidence "log evidence")

        testCase "A convolutional network has no biases to fit" (fun () ->
            let data = joint 7 5 16 1

            match
                ConvolutionEvidence.fit
                    [ Hyperparameter.BiasPrior 1 ]
                    (convolutional (1.0, 1.0) Pooling.None)
                    0.1
                    (ConvolutionStudy data)
            with
            | Ok _ -> failtest "A bias that does not exist was fitted."
            | Error failure -> Expect.stringContains failure.Message "lambda_b,1" "message")
    ]
