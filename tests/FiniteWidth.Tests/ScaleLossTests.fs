/// The loss as a function of the scale, interpolated: what the error bars of many widths share.
module FiniteWidth.Tests.ScaleLossTests

open FiniteWidth
open FiniteWidth.Tests.Problem
open NUnit.Framework

let private mixture network temperature train =
    ScaleMixture.solve network temperature (Study train) |> Result.orFail

[<TestCase("erf", 1, 3, 0.1)>]
[<TestCase("erf", 1, 100, 1e-6)>]
[<TestCase("relu", 3, 7, 0.01)>]
[<TestCase("linear", 2, 1, 10.0)>]
[<TestCase("tanh", 1, 20, 0.0)>]
let ``The error bar is the mixture's loss less the saddle's`` (name: string, depth, n: int, temperature) =
    let train, test = dataSet 1 12 20, dataSet 2 10 20
    let activation = Activation.ofName name |> Result.orFail

    let mixture =
        mixture (Network.dense activation (List.replicate depth n)) temperature train

    let loss = (ScaleMixture.score test mixture).Loss
    let direct = loss - (Posterior.score test mixture.Saddle).Loss
    Assert.That(direct, Is.Not.Zero)
    Assert.That(ScaleMixture.errorBar test mixture, Is.EqualTo(direct).Within(1e-11 * loss))

[<Test>]
let ``Widths share the passes over the test kernel`` () =
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
    Assert.That(passes, Is.LessThan 100)
    Assert.That(bars (), Is.EqualTo<float> first)
    Assert.That(shared.Passes, Is.EqualTo passes)
    Assert.That(first, Is.EqualTo<float>(mixtures |> List.map (ScaleMixture.errorBar test)).Within 1e-13)
