/// The mean-field scaling, and the theory of its limit.
module FiniteWidth.Tests.MeanFieldTests

open Expecto
open FsCheck
open FiniteWidth
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let scaling =
    testList "Mean-field scaling" [
        testProperty "A network in the scaling has it at its temperature" (fun seed (PositiveInt depth) ->
            let network = network Activation.erf (1 + depth % 3) seed
            let gamma, beta = between seed 1 0.1 10.0, between seed 2 0.1 1000.0
            let scaling = MeanFieldScaling.create gamma beta |> Result.orFail
            let scaled, temperature = MeanFieldScaling.apply scaling network
            let width = float (List.last network.Widths)
            Expect.withinPercent 1e-10 (List.last scaled.Priors) (width * gamma * gamma) "readout prior"
            Expect.withinPercent 1e-10 (beta * width * gamma * gamma * temperature) 1.0 "temperature"
            Expect.equal (List.take network.Depth scaled.Priors) (List.take network.Depth network.Priors) "priors"
            Expect.equal scaled.Widths network.Widths "widths"
            let found = MeanFieldScaling.ofNetwork scaled temperature |> Result.orFail
            Expect.withinPercent 1e-10 found.Gamma gamma "gamma"
            Expect.withinPercent 1e-10 found.Beta beta "beta")

        testCase "A curve over widths has every width's own prior and temperature" (fun () ->
            let data = Split.create (dataSet 1 10 6) (dataSet 2 8 6) |> Result.orFail
            let network = Network.dense Activation.erf [ 5 ]
            let scaling = MeanFieldScaling.Create(0.5, 20.0)

            let curve =
                network
                |> LearningCurve.overScaledWidths Theory.proportional scaling data [ 10; 40 ]
                |> Result.orFail

            for point, width in List.zip curve [ 10; 40 ] do
                let prior = 0.25 * float width

                let own =
                    Network.dense Activation.erf [ width ] |> Network.withPriors [ 1.0; prior ]

                let posterior = solve Theory.proportional own (1.0 / (20.0 * prior)) data.Train
                Expect.equal point.Network own "network"
                Expect.within 1e-9 point.Score.Loss (Posterior.score data.Test posterior).Loss "loss")

        testTheory
            "Numbers outside their domain are refused in a sentence"
            [
                0.0, 1.0
                -1.0, 1.0
                nan, 1.0
                infinity, 1.0
                1.0, 0.0
                1.0, -2.0
                1.0, nan
                1.0, infinity
            ]
            (fun (gamma, beta) ->
                match MeanFieldScaling.create gamma beta with
                | Ok _ -> failtest "It was made."
                | Error failure -> Expect.stringEnds failure.Message "is positive and finite." "message")

        testCase "T = 0 has no beta" (fun () ->
            match MeanFieldScaling.ofNetwork (Network.dense Activation.erf [ 5 ]) 0.0 with
            | Ok _ -> failtest "It was made."
            | Error failure -> Expect.stringContains failure.Message "needs a temperature above zero" "message")
    ]
