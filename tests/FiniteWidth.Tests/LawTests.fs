/// The public laws on every built-in activation, and on ones that break them.
module FiniteWidth.Tests.LawTests

open System
open FiniteWidth
open FiniteWidth.Numerics
open NUnit.Framework

let cases =
    [
        for activation in Activation.all do
            for law in Laws.ofActivation (RandomStream.FromSeed 1UL) activation ->
                TestCaseData(law).SetName $"{activation.Name}: {law.Name}"
    ]

[<TestCaseSource(nameof cases)>]
let holds (law: Law) =
    Assert.That(law.Violation(), Is.LessThanOrEqualTo law.Bound)

[<Test>]
let ``A wrong parity breaks a law`` () =
    let wrong =
        { Activation.softplus with
            Parity = Parity.Odd
        }

    let broken =
        Laws.ofActivation (RandomStream.FromSeed 1UL) wrong
        |> List.filter (Law.holds >> not)

    Assert.That(broken |> List.map _.Name, Has.Some.StartsWith "odd")

[<Test>]
let ``A wrong degree breaks a law`` () =
    let wrong =
        { Activation.erf with
            Degree = Some 1.0
        }

    let broken =
        Laws.ofActivation (RandomStream.FromSeed 1UL) wrong
        |> List.filter (Law.holds >> not)

    Assert.That(broken |> List.map _.Name, Has.Some.StartsWith "homogeneous")
