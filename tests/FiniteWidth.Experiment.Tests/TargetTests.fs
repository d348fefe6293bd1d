module FiniteWidth.Experiment.Tests.TargetTests

open FiniteWidth.Experiment
open NUnit.Framework

[<Test>]
let ``A target overwrites the gradient it is given`` () =
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
    Assert.That(value, Is.EqualTo -2.5)
    Assert.That(gradient, Is.EqualTo<float[]> [| -1.0; -2.0 |])
