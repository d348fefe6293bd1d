/// The loss as a function of the scale, interpolated: what the error bars of many widths share.
module FiniteWidth.Tests.ScaleLossTests

open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private mixture network temperature train =
    ScaleMixture.solve network temperature (Study train) |> Result.orFail

let tests =
    testList "Scale loss" [
        testTheory
            "The error bar is the mixture's loss less the saddle's"
            [
                "erf", 1, 3, 0.1
                "erf", 1, 100, 1e-6
                "relu", 3, 7, 0.01
                "linear", 2, 1, 10.0
                "tanh", 1, 20, 0.0
            ]
            (fun (name, depth, n, temperature) ->
                let train, test = dataSet 1 12 20, dataSet 2 10 20
                let activation = Activation.ofName name |> Result.orFail

                let mixture =
                    mixture (Network.dense activation (List.replicate depth n)) temperature train

                let loss = (ScaleMixture.score test mixture).Loss
                let direct = loss - (Posterior.score test mixture.Saddle).Loss
                Expect.notEqual direct 0.0 "direct"
                Expect.within (1e-11 * loss) (ScaleMixture.errorBar test mixture) direct "error bar")

        testCase "Widths share the passes over the test kernel" (fun () ->
            let train, test = dataSet 1 12 20, dataSet 2 10 20
            let study = Study train

            let mixtures =
                LearningCurve.logSpaced 50 20000 30
                |> List.map (fun n ->
                    ScaleMixture.solve (Network.dense Activation.erf [ n ]) 0.1 study
                    |> Result.orFail)

            let shared = ScaleLoss(mixtures.Head.Saddle, test)

            let bars () =
                mixtures |> List.map (ScaleMixture.errorBarBy shared)

            let first = bars ()
            let passes = shared.Passes
            Expect.isLessThan passes 100 "passes"
            Expect.equal (bars ()) first "bars"
            Expect.equal shared.Passes passes "passes"
            Expect.allWithin 1e-13 first (mixtures |> List.map (ScaleMixture.errorBar test)) "first")
    ]
