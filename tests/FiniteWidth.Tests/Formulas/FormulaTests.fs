/// Formulas: text, rewriting, derivatives, kinks, symmetries, LaTeX, compiled code.
module FiniteWidth.Tests.FormulaTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FsCheck
open FsCheck.FSharp
open FiniteWidth.Testing

let private z = Formula.z

/// Random formulas that are defined for every z, with kinks and branches, their values moderate on [-2, 2].
let rec private formula depth : Gen<Formula> =
    let leaf =
        Gen.frequency [
            3, Gen.constant z
            1, Gen.elements [ Formula.number 2.0; Formula.number -0.5; Formula.number 0.3 ]
        ]

    if depth = 0 then
        leaf
    else
        let inner = formula (depth - 1)
        let positive = inner |> Gen.map (fun f -> 1.0 + f * f)

        Gen.oneof [
            leaf
            Gen.map2 (+) inner inner
            Gen.map2 (-) inner inner
            Gen.map2 (*) inner inner
            Gen.map2 (/) inner positive
            Gen.map (fun f -> log (1.0 + exp (tanh f))) inner
            Gen.map (fun f -> f ** 0.5) positive
            Gen.map (fun f -> f ** -1.5) positive
            Gen.map (fun f -> f ** 3.0) (Gen.map tanh inner)
            Gen.map Formula.erf inner
            Gen.map (fun f -> sin f + cos f) inner
            Gen.map (fun f -> exp (-(f * f))) inner
            Gen.map (fun f -> atan f) inner
            Gen.map (fun f -> sinh (tanh f) + cosh (tanh f)) inner
            Gen.map abs inner
            Gen.map Formula.sign inner
            Gen.map Formula.step inner
            Gen.map2 Formula.max inner inner
            Gen.map2 Formula.min inner inner
            Gen.map3 Formula.branch inner inner inner
        ]

/// A formula that fails shrinks to one of its parts.
let private parts whole =
    match whole with
    | Formula.Number _
    | Formula.Argument -> []
    | Formula.Sum parts
    | Formula.Product parts -> parts
    | Formula.Power(part, _)
    | Formula.Apply(_, part) -> [ part ]
    | Formula.Max(a, b)
    | Formula.Min(a, b) -> [ a; b ]
    | Formula.Branch(test, above, below) -> [ test; above; below ]

type Formulas =
    static member Formula() =
        Arb.fromGenShrink (formula 3, parts >> Seq.ofList)

let private points = [ -1.7; -0.61; -0.013; 0.0; 0.29; 1.1; 1.93 ]

let private parse text =
    FormulaParser.parse text |> Result.orFail

let private kinks text =
    Kinks.find (parse text)
    |> List.map (fun kink -> kink.At, kink.Order, Math.Round(kink.Jump, 9))

/// Texts that look like formulas more than those do.
type Scribbles =
    static member String() =
        [
            "z"
            "1"
            ".5"
            "e"
            "("
            ")"
            "+"
            "-"
            "*"
            "/"
            "^"
            "max"
            "if"
            ","
            ">"
            "tanh"
            " "
        ]
        |> Gen.elements
        |> Gen.listOf
        |> Gen.map (String.concat "")
        |> fun scribble -> Arb.fromGenShrink (scribble, (fun text -> Seq.init text.Length (fun i -> text.Remove(i, 1))))

let tests =
    testList "Formula" [
        testPropertyWithConfig
            madeBy<Formulas>
            "What is written is read back with its value, and from then on to the letter"
            (fun (f: Formula) ->
                let back = parse (FormulaText.write f)

                // A number before a sum is multiplied into it as it is read, which rounds.
                let isClose x =
                    let written, read = Formula.evaluate x f, Formula.evaluate x back
                    abs (written - read) <= 1e-12 * (1.0 + abs written)

                parse (FormulaText.write back) = back && points |> List.forall isClose)

        testPropertyWithConfig
            madeBy<Formulas>
            "Compiled code gives the interpreter's value to the bit"
            (fun (f: Formula) ->
                let compiled = FormulaCode.compile f

                points |> List.forall (fun x -> (compiled x).Equals(Formula.evaluate x f)))

        testPropertyWithConfig
            madeBy<Formulas>
            "The derivative is the differences, away from kinks"
            (fun (f: Formula) ->
                let slope = Formula.derivative f
                let kinks = Kinks.points f
                let h = 1e-4

                points
                |> List.filter (fun x -> kinks |> List.forall (fun kink -> abs (x - kink) > 10.0 * h))
                |> List.forall (fun x ->
                    let centred k =
                        (Formula.evaluate (x + k * h) f - Formula.evaluate (x - k * h) f)
                        / (2.0 * k * h)

                    // Fourth order: the step's error is the fifth derivative's, which nested functions make large.
                    let differences = (4.0 * centred 1.0 - centred 2.0) / 3.0
                    let exact = Formula.evaluate x slope
                    let size = [ 1.0; abs exact; abs (Formula.evaluate x f) ] |> List.max
                    abs (exact - differences) <= 1e-5 * size * size))

        testPropertyWithConfig madeBy<Formulas> "Simplifying changes nothing" (fun (f: Formula) ->
            Formula.simplify f = f)

        testPropertyWithConfig
            madeBy<Formulas>
            "Sums and products commute to the letter"
            (fun (f: Formula) (g: Formula) -> f + g = g + f && f * g = g * f)

        testPropertyWithConfig madeBy<Formulas> "LaTeX closes what it opens" (fun (f: Formula) ->
            let text = FormulaLatex.write f

            let count (part: string) = text.Split(part).Length - 1

            let depths =
                (0, text)
                ||> Seq.scan (fun depth c ->
                    match c with
                    | '{' -> depth + 1
                    | '}' -> depth - 1
                    | _ -> depth)

            Seq.forall (fun depth -> depth >= 0) depths
            && Seq.last depths = 0
            && count "\\left" = count "\\right"
            && count "\\begin{cases}" = count "\\end{cases}")

        testPropertyWithConfig
            madeBy<Formulas>
            "The odd and the even part of a formula are odd and even"
            (fun (f: Formula) ->
                let mirrored = Formula.substitute -z f
                // What vanishes, if for rounding, has every parity.
                let vanishes g =
                    points
                    |> List.forall (fun x -> abs (Formula.evaluate x g) <= 1e-12 * (1.0 + abs (Formula.evaluate x f)))

                let isParity expected g =
                    let parity = Symmetry.parity g
                    parity = expected || parity = Parity.Neither || vanishes g

                isParity Parity.Even (f + mirrored) && isParity Parity.Odd (f - mirrored))

        testPropertyWithConfig madeBy<Formulas> "A parity that is claimed holds at other points" (fun (f: Formula) ->
            let mirror sign =
                [ 0.137; 0.9; 1.71 ]
                |> List.forall (fun x ->
                    let right, left = Formula.evaluate x f, Formula.evaluate -x f
                    abs (right - sign * left) <= 1e-11 * (1.0 + abs right))

            match Symmetry.parity f with
            | Parity.Odd -> mirror -1.0
            | Parity.Even -> mirror 1.0
            | Parity.Neither -> true)

        testPropertyWithConfig madeBy<Formulas> "A degree that is claimed holds" (fun (f: Formula) ->
            match Symmetry.degree f with
            | Some k ->
                List.allPairs points [ 0.2; 3.0 ]
                |> List.forall (fun (x, q) ->
                    let scaled, expected = Formula.evaluate (q * x) f, q ** k * Formula.evaluate x f
                    x = 0.0 || abs (scaled - expected) <= 1e-12 * abs expected)
            | None -> true)

        testTheory
            "Parity is recognised"
            [
                "z", "odd"
                "z^3 - 2 * sin(z)", "odd"
                "z * abs(z)", "odd"
                "1 / (1 + exp(-z)) - 0.5", "odd"
                "if(z > 0, 1 + z, z - 1)", "odd"
                "max(-1, min(1, z))", "odd"
                "z * tanh(z)", "even"
                "(z - 1) * (z + 1)", "even"
                "max(z, -z) + exp(-z^2)", "even"
                "max(z, 0)", "neither"
                "tanh(z) + 1e-6", "neither"
                "exp(z)", "neither"
            ]
            (fun (text, expected) ->
                Expect.equal ((string (Symmetry.parity (parse text))).ToLowerInvariant()) expected "to lower invariant")

        testTheory
            "Homogeneity is recognised"
            [
                "max(z, 0.1 * z)", 1.0
                "sqrt(z^2)", 1.0
                "z^2 / abs(z)", 1.0
                "z * abs(z)", 2.0
                "abs(z)^1.5 * sign(z)", 1.5
                "3 * step(z) - sign(z)", 0.0
                "exp(sign(z)) * z", 1.0
            ]
            (fun (text, degree) -> Expect.equal (Symmetry.degree (parse text)) (Some degree) "degree")

        testTheory
            "What is not homogeneous is not taken for it"
            [ "z + 1"; "tanh(z)"; "max(z, 1)"; "z + z^2"; "if(z > 1, z, 0)" ]
            (fun text -> Expect.equal (Symmetry.degree (parse text)) (None: float option) "degree")

        testCase "Kinks are found where they are, with what jumps and by how much" (fun () ->
            Expect.equal (kinks "max(z, 0)") [ 0.0, 1, 1.0 ] "max(z, 0)"
            Expect.equal (kinks "sign(z - 0.25)") [ 0.25, 0, 2.0 ] "sign(z - 0.25)"
            Expect.equal (kinks "max(-1, min(1, z))") [ -1.0, 1, 1.0; 1.0, 1, -1.0 ] "max(-1, min(1, z))"
            Expect.equal (kinks "if(z > 0, z, exp(z) - 1)") [ 0.0, 2, -1.0 ] "if(z > 0, z, exp(z) - 1)"
            Expect.equal (kinks "z / (1 + abs(z))") [ 0.0, 2, -4.0 ] "z / (1 + abs(z))"
            Expect.isEmpty (kinks "abs(z)^3") "the third derivative is the first to jump"
            Expect.isEmpty (kinks "abs(z)^2 + tanh(z)") "abs(z)^2 + tanh(z)"
            // |z^2 - 2| has its kinks where a test that is not linear vanishes: slopes 2 |z| on either side.
            let zeros = Kinks.find (parse "abs(z^2 - 2)")
            Expect.allWithin 1e-14 (zeros |> List.map _.At) [ -sqrt 2.0; sqrt 2.0 ] "at"
            Expect.allWithin 1e-9 (zeros |> List.map _.Jump) [ 4.0 * sqrt 2.0; 4.0 * sqrt 2.0 ] "jump")

        testCase "A jump is a delta function of the derivative" (fun () ->
            Expect.equal (FormulaLatex.derivative (parse "sign(z)")) "2 \\, \\delta(z)" "derivative"

            Expect.stringEnds
                (FormulaLatex.derivative (parse "z - 0.5 * step(z - 1)"))
                "- 0.5 \\, \\delta \\left( z - 1 \\right)"
                "derivative"

            Expect.equal (FormulaLatex.derivative (parse "max(z, 0)")) "\\theta \\left( z \\right)" "derivative")

        testCase "Derivatives read like a table's" (fun () ->
            let derivative = parse >> Formula.derivative >> FormulaText.write
            Expect.equal (derivative "z * tanh(z)") "z * (1 - tanh(z)^2) + tanh(z)" "z * tanh(z)"
            Expect.equal (derivative "log(1 + exp(z))") "exp(z) / (1 + exp(z))" "log(1 + exp(z))"
            Expect.equal (derivative "abs(z)") "sign(z)" "abs(z)"
            Expect.equal (derivative "max(z, 0)") "step(z)" "max(z, 0)"
            Expect.equal (derivative "2^z") (FormulaText.write (log 2.0 * parse "2^z")) "2^z"
            Expect.equal (derivative "if(z > 1, z^2, z)") "if(z - 1 > 0, 2 * z, 1)" "if(z > 1, z^2, z)")

        testCase "Second derivatives are those of forward differentiation" (fun () ->
            let softened (x: D) = x * tanh x + log (1.0 + exp x)

            let symbolic =
                Formula.derivative (Formula.derivative (parse "z * tanh(z) + log(1 + exp(z))"))

            for x in points do
                let curvature = hessian (fun v -> softened v[0]) (DV [| x |])
                // A few tens of roundings of numbers of order one.
                Expect.within 1e-13 (Formula.evaluate x symbolic) ((DM.toArray2D curvature)[0, 0]) "value of symbolic")

        testCase "Equal formulas meet in one form" (fun () ->
            for a, b in
                [
                    "max(z, 0)", "max(0, z)"
                    "z * tanh(z)", "tanh(z) * z"
                    "z + z", "2 * z"
                    "sqrt(z^2)", "abs(z)"
                    "tanh(-z)", "-tanh(z)"
                    "abs(-2 * z)", "2 * abs(z)"
                    "exp(z)^2", "exp(2 * z)"
                    "z / z^3", "1 / z^2"
                    "if(z > 0, 1, 0)", "step(z)"
                    "pow(z, 3)", "z * z * z"
                    "2 ^ 3 ^ 2", "512"
                    "-z^2", "-(z^2)"
                    "if(z < 1, z, 2)", "if(1 > z, z, 2)"
                ] do
                Expect.equal (parse a) (parse b) $"{a} = {b}"

            Expect.notEqual (parse "sqrt(z)^2") (parse "z") "the root of a negative number is none")

        testCase "The softplus formula neither overflows nor loses its small values" (fun () ->
            let softplus = parse "log(1 + exp(z))"
            Expect.equal (Formula.evaluate 1000.0 softplus) 1000.0 "value of softplus"
            Expect.within (1e-14 * exp -50.0) (Formula.evaluate -50.0 softplus) (exp -50.0) "value of softplus")

        testTheory
            "A text that is no formula is refused with the place"
            [
                "", "is empty"
                "   ", "is empty"
                "z +", "at character 4: a number, z, a function or \"(\" is needed here, and this is the end"
                "z * tan(z)", "at character 5: \"tan\" is not known"
                "x", "at character 1: \"x\" is not known: the variable is z"
                "(z", "at character 3: \")\" is needed here"
                "z)", "at character 2: an operator is needed here, and this is \")\""
                "3z", "at character 2: an operator is needed here, and this is \"z\""
                "tanh z", "at character 6: \"(\" is needed here"
                "max(z)", "at character 6: \",\" is needed here"
                "if(z, 1, 2)", "at character 5: if compares with >, >=, < or <="
                "if(z = 0, 1, 2)", "at character 6: \"=\" has no meaning"
                "1e400 * z", "at character 1: \"1e400\" is no number"
                "1..2", "at character 3"
                ".", "\".\" is no number"
                "z; z", "at character 2: \";\" has no meaning"
                "π * z", "at character 1: \"π\" has no meaning"
            ]
            (fun (text, says) ->
                match FormulaParser.parse text with
                | Ok formula -> failtest $"{formula}"
                | Error failure ->
                    Expect.stringContains failure.Message says "message"
                    Expect.stringEnds failure.Message "." "message")

        testCase "A text too long or too deep is refused" (fun () ->
            let message text =
                match FormulaParser.parse text with
                | Ok _ -> ""
                | Error failure -> failure.Message

            Expect.stringContains (message (String('(', 101) + "z")) "more than 100 deep" "message"
            Expect.stringContains (message (String('-', 101) + "z")) "more than 100 deep" "message"
            Expect.stringContains (message ("z" + String.replicate 101 "^z")) "more than 100 deep" "message"

            Expect.stringContains
                (message (String.replicate 501 "z+"))
                "has 1002 characters, and 1000 is the most"
                "message"

            Expect.isLessThan (String.length (message (String.replicate 400 "z+" + ")"))) 250 "message")

        testProperty "Any text is read or refused in one sentence" (fun (text: NonEmptyString) ->
            match FormulaParser.parse text.Get with
            | Ok _ -> true
            | Error failure -> failure.Message.EndsWith '.')

        testPropertyWithConfig
            { madeBy<Scribbles> with
                maxTest = 1000
            }
            "Any scribble is read or refused in one sentence"
            (fun (text: string) ->
                match FormulaParser.parse text with
                | Ok formula ->
                    FormulaParser.parse (FormulaText.write formula) |> Result.isOk
                    || not (Double.IsFinite(Formula.evaluate 1.0 formula))
                | Error failure -> failure.Message.EndsWith '.')
    ]
