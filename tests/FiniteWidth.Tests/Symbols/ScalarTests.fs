/// Symbolic scalars: derivative, normal form, evaluation, LaTeX.
module FiniteWidth.Tests.ScalarTests

open Expecto
open FiniteWidth
open FsCheck
open FsCheck.FSharp
open FiniteWidth.Testing

let private x = Scalar.qbar 1

let private y = Scalar.q 1

let private z = Scalar.prior 2

let private value symbol =
    match symbol with
    | Symbol.Qbar _ -> 0.7
    | Symbol.Q _ -> -0.3
    | _ -> 1.9

/// Random expressions in one positive and one signed symbol; logarithms and roots of positive things only.
let rec private expression depth : Gen<Scalar> =
    let leaf = Gen.elements [ x; y; z; Scalar.number 2.0; Scalar.number -0.5 ]

    if depth = 0 then
        leaf
    else
        let inner = expression (depth - 1)
        let positive = inner |> Gen.map (fun e -> 1.0 + e * e)

        Gen.oneof [
            leaf
            Gen.map2 (+) inner inner
            Gen.map2 (*) inner inner
            Gen.map2 (fun a b -> a / b) inner positive
            Gen.map log positive
            Gen.map (fun e -> e ** 0.5) positive
            Gen.map (fun e -> sin e) inner
            Gen.map (fun e -> exp (cos e)) inner
        ]

/// An expression that fails shrinks to one of its parts.
let private parts whole =
    match whole with
    | Scalar.Number _
    | Scalar.Symbol _ -> []
    | Scalar.Sum parts
    | Scalar.Product parts -> parts
    | Scalar.Power(part, _)
    | Scalar.Apply(_, part) -> [ part ]

type Expressions =
    static member Scalar() =
        Arb.fromGenShrink (expression 3, parts >> Seq.ofList)

let tests =
    testList "Scalar" [
        testPropertyWithConfig madeBy<Expressions> "The derivative is the differences" (fun (e: Scalar) ->
            let h = 1e-5

            [ Symbol.Qbar 1; Symbol.Q 1 ]
            |> List.forall (fun symbol ->
                let at d =
                    Scalar.evaluate (fun s -> if s = symbol then value s + d else value s) e

                let exact = Scalar.evaluate value (Scalar.derivative symbol e)
                let size = [ abs exact; abs (at 0.0); 1.0 ] |> List.max
                abs (exact - (at h - at -h) / (2.0 * h)) <= 1e-5 * size * size))

        testPropertyWithConfig madeBy<Expressions> "Simplifying changes no value" (fun (e: Scalar) ->
            let before, after =
                Scalar.evaluate value e, Scalar.evaluate value (Scalar.simplify e)

            abs (before - after) <= 1e-10 * (1.0 + abs before))

        testPropertyWithConfig
            madeBy<Expressions>
            "Sums and products commute to the letter"
            (fun (a: Scalar) (b: Scalar) -> a + b = b + a && a * b = b * a)

        testCase "Equal terms meet and numbers fold" (fun () ->
            Expect.equal (x + x) (2.0 * x) "x + x"
            Expect.equal (x * x / x) x "x * x / x"
            Expect.equal (x - x) Scalar.zero "x - x"
            Expect.equal (log (exp y)) y "log"
            Expect.equal (sqrt (x * x)) x "sqrt"
            Expect.notEqual (sqrt (y * y)) y "sqrt")

        testCase "A layer's entropy reads like the paper's" (fun () ->
            let entropy = x - 1.0 - log x
            Expect.stringContains (Latex.ofScalar entropy) "\\bar Q_{1}" "of scalar"
            Expect.equal (Latex.ofScalar (x / z)) "\\frac{\\bar Q_{1}}{\\lambda_{2}}" "of scalar"

            Expect.stringContains
                (Latex.ofScalar (Scalar.derivative (Symbol.Qbar 1) entropy))
                "\\frac{1}{\\bar Q_{1}}"
                "of scalar")
    ]
