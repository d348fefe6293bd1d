/// The public laws on every built-in activation, and on ones that break them.
module FiniteWidth.Tests.LawTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private cases =
    [
        for activation in Activation.all do
            for law in Laws.ofActivation (RandomStream.FromSeed 1UL) activation -> $"{activation.Name}: {law.Name}", law
    ]

let tests =
    testList "Law" [
        testCases "A built-in activation obeys its laws" cases (fun law ->
            Expect.isLessThanOrEqual (law.Violation()) law.Bound "violation")

        testCase "A wrong parity breaks a law" (fun () ->
            let wrong =
                { Activation.softplus with
                    Parity = Parity.Odd
                }

            let broken =
                Laws.ofActivation (RandomStream.FromSeed 1UL) wrong
                |> List.filter (Law.holds >> not)

            Expect.exists (broken |> List.map _.Name) (fun (text: string) -> text.StartsWith "odd") "name")

        testCase "A wrong degree breaks a law" (fun () ->
            let wrong =
                { Activation.erf with
                    Degree = Some 1.0
                }

            let broken =
                Laws.ofActivation (RandomStream.FromSeed 1UL) wrong
                |> List.filter (Law.holds >> not)

            Expect.exists (broken |> List.map _.Name) (fun (text: string) -> text.StartsWith "homogeneous") "name")
    ]
