module FiniteWidth.Experiment.Tests.TargetTests

open Expecto
open FiniteWidth.Experiment
open FiniteWidth.Testing

let tests =
    testList "Target" [
        testCase "A target overwrites the gradient it is given" (fun () ->
            let target =
                {
                    Dimension = 2
                    LogLikelihood =
                        fun position gradient ->
                            for i in 0..1 do
                                gradient[i] <- -position[i]

                            -0.5 * Array.sumBy (fun x -> x * x) position
                }

            let gradient = [| nan; nan |]
            let value = target.LogLikelihood [| 1.0; 2.0 |] gradient
            Expect.equal value -2.5 "value"
            Expect.equal gradient [| -1.0; -2.0 |] "gradient")
    ]
