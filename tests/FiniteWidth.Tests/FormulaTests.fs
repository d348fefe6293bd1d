/// Formulas: text, rewriting, derivatives, kinks, symmetries, LaTeX, compiled code.
module FiniteWidth.Tests.FormulaTests

open System
open FiniteWidth
open FiniteWidth.Differentiation
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit

let private z = Formula.z

/// Random formulas that are defined for every z, with kinks and branches, their values moderate on [-2, 2].
let rec private formula depth : Gen<Formula> =
    let leaf =
        Gen.frequency
            [
                3, Gen.constant z
                1, Gen.elements [ Formula.number 2.0; Formula.number -0.5; Formula.number 0.3 ]
            ]

    if depth = 0 then
        leaf
    else
        let inner = formula (depth - 1)
        let positive = inner |> Gen.map (fun f -> 1.0 + f * f)

        Gen.oneof
            [
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

type Formulas =
    static member Formula() = Arb.fromGen (formula 3)

let private points = [ -1.7; -0.61; -0.013; 0.0; 0.29; 1.1; 1.93 ]

let private parse text =
    FormulaParser.parse text |> Result.orFail

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``What is written is read back with its value, and from then on to the letter`` (f: Formula) =
    let back = parse (FormulaText.write f)

    // A number before a sum is multiplied into it as it is read, which rounds.
    let isClose x =
        let written, read = Formula.evaluate x f, Formula.evaluate x back
        abs (written - read) <= 1e-12 * (1.0 + abs written)

    parse (FormulaText.write back) = back && points |> List.forall isClose

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``Compiled code gives the interpreter's value to the bit`` (f: Formula) =
    let compiled = FormulaCode.compile f

    points |> List.forall (fun x -> (compiled x).Equals(Formula.evaluate x f))

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``The derivative is the differences, away from kinks`` (f: Formula) =
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
        abs (exact - differences) <= 1e-5 * size * size)

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``Simplifying changes nothing`` (f: Formula) = Formula.simplify f = f

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``Sums and products commute to the letter`` (f: Formula) (g: Formula) = f + g = g + f && f * g = g * f

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``LaTeX closes what it opens`` (f: Formula) =
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
    && count "\\begin{cases}" = count "\\end{cases}"

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``The odd and the even part of a formula are odd and even`` (f: Formula) =
    let mirrored = Formula.substitute -z f
    // What vanishes, if for rounding, has every parity.
    let vanishes g =
        points
        |> List.forall (fun x -> abs (Formula.evaluate x g) <= 1e-12 * (1.0 + abs (Formula.evaluate x f)))

    let isParity expected g =
        let parity = Symmetry.parity g
        parity = expected || parity = Parity.Neither || vanishes g

    isParity Parity.Even (f + mirrored) && isParity Parity.Odd (f - mirrored)

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``A parity that is claimed holds at other points`` (f: Formula) =
    let mirror sign =
        [ 0.137; 0.9; 1.71 ]
        |> List.forall (fun x ->
            let right, left = Formula.evaluate x f, Formula.evaluate -x f
            abs (right - sign * left) <= 1e-11 * (1.0 + abs right))

    match Symmetry.parity f with
    | Parity.Odd -> mirror -1.0
    | Parity.Even -> mirror 1.0
    | Parity.Neither -> true

[<Property(Arbitrary = [| typeof<Formulas> |])>]
let ``A degree that is claimed holds`` (f: Formula) =
    match Symmetry.degree f with
    | Some k ->
        List.allPairs points [ 0.2; 3.0 ]
        |> List.forall (fun (x, q) ->
            let scaled, expected = Formula.evaluate (q * x) f, q ** k * Formula.evaluate x f
            x = 0.0 || abs (scaled - expected) <= 1e-12 * abs expected)
    | None -> true

[<TestCase("z", "odd")>]
[<TestCase("z^3 - 2 * sin(z)", "odd")>]
[<TestCase("z * abs(z)", "odd")>]
[<TestCase("1 / (1 + exp(-z)) - 0.5", "odd")>]
[<TestCase("if(z > 0, 1 + z, z - 1)", "odd")>]
[<TestCase("max(-1, min(1, z))", "odd")>]
[<TestCase("z * tanh(z)", "even")>]
[<TestCase("(z - 1) * (z + 1)", "even")>]
[<TestCase("max(z, -z) + exp(-z^2)", "even")>]
[<TestCase("max(z, 0)", "neither")>]
[<TestCase("tanh(z) + 1e-6", "neither")>]
[<TestCase("exp(z)", "neither")>]
let ``Parity is recognised`` (text: string, expected: string) =
    Assert.That((string (Symmetry.parity (parse text))).ToLowerInvariant(), Is.EqualTo expected)

[<TestCase("max(z, 0.1 * z)", 1.0)>]
[<TestCase("sqrt(z^2)", 1.0)>]
[<TestCase("z^2 / abs(z)", 1.0)>]
[<TestCase("z * abs(z)", 2.0)>]
[<TestCase("abs(z)^1.5 * sign(z)", 1.5)>]
[<TestCase("3 * step(z) - sign(z)", 0.0)>]
[<TestCase("exp(sign(z)) * z", 1.0)>]
let ``Homogeneity is recognised`` (text: string, degree: float) =
    Assert.That(Symmetry.degree (parse text), Is.EqualTo(Some degree))

[<TestCase("z + 1")>]
[<TestCase("tanh(z)")>]
[<TestCase("max(z, 1)")>]
[<TestCase("z + z^2")>]
[<TestCase("if(z > 1, z, 0)")>]
let ``What is not homogeneous is not taken for it`` (text: string) =
    Assert.That(Symmetry.degree (parse text), Is.EqualTo(None: float option))

let private kinks text =
    Kinks.find (parse text)
    |> List.map (fun kink -> kink.At, kink.Order, Math.Round(kink.Jump, 9))

let private equalTo (expected: 'T) = Is.EqualTo(box expected)

[<Test>]
let ``Kinks are found where they are, with what jumps and by how much`` () =
    Assert.That(kinks "max(z, 0)", equalTo [ 0.0, 1, 1.0 ])
    Assert.That(kinks "sign(z - 0.25)", equalTo [ 0.25, 0, 2.0 ])
    Assert.That(kinks "max(-1, min(1, z))", equalTo [ -1.0, 1, 1.0; 1.0, 1, -1.0 ])
    Assert.That(kinks "if(z > 0, z, exp(z) - 1)", equalTo [ 0.0, 2, -1.0 ])
    Assert.That(kinks "z / (1 + abs(z))", equalTo [ 0.0, 2, -4.0 ])
    Assert.That(kinks "abs(z)^3", Is.Empty, "the third derivative is the first to jump")
    Assert.That(kinks "abs(z)^2 + tanh(z)", Is.Empty)
    // |z^2 - 2| has its kinks where a test that is not linear vanishes: slopes 2 |z| on either side.
    let zeros = Kinks.find (parse "abs(z^2 - 2)")
    Assert.That(zeros |> List.map _.At, (equalTo [ -sqrt 2.0; sqrt 2.0 ]).Within(1e-14))
    Assert.That(zeros |> List.map _.Jump, (equalTo [ 4.0 * sqrt 2.0; 4.0 * sqrt 2.0 ]).Within(1e-9))

[<Test>]
let ``A jump is a delta function of the derivative`` () =
    Assert.That(FormulaLatex.derivative (parse "sign(z)"), Is.EqualTo "2 \\, \\delta(z)")

    Assert.That(
        FormulaLatex.derivative (parse "z - 0.5 * step(z - 1)"),
        Does.EndWith "- 0.5 \\, \\delta \\left( z - 1 \\right)"
    )

    Assert.That(FormulaLatex.derivative (parse "max(z, 0)"), Is.EqualTo "\\theta \\left( z \\right)")

[<Test>]
let ``Derivatives read like a table's`` () =
    let derivative = parse >> Formula.derivative >> FormulaText.write
    Assert.That(derivative "z * tanh(z)", Is.EqualTo "z * (1 - tanh(z)^2) + tanh(z)")
    Assert.That(derivative "log(1 + exp(z))", Is.EqualTo "exp(z) / (1 + exp(z))")
    Assert.That(derivative "abs(z)", Is.EqualTo "sign(z)")
    Assert.That(derivative "max(z, 0)", Is.EqualTo "step(z)")
    Assert.That(derivative "2^z", Is.EqualTo(FormulaText.write (log 2.0 * parse "2^z")))
    Assert.That(derivative "if(z > 1, z^2, z)", Is.EqualTo "if(z - 1 > 0, 2 * z, 1)")

[<Test>]
let ``Second derivatives are those of forward differentiation`` () =
    let softened (x: D) = x * tanh x + log (1.0 + exp x)

    let symbolic =
        Formula.derivative (Formula.derivative (parse "z * tanh(z) + log(1 + exp(z))"))

    for x in points do
        let curvature = hessian (fun v -> softened v[0]) (DV [| x |])
        // A few tens of roundings of numbers of order one.
        Assert.That(Formula.evaluate x symbolic, Is.EqualTo((DM.toArray2D curvature)[0, 0]).Within(1e-13))

[<Test>]
let ``Equal formulas meet in one form`` () =
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
        Assert.That(parse a, Is.EqualTo(parse b), $"{a} = {b}")

    Assert.That(parse "sqrt(z)^2", Is.Not.EqualTo(parse "z"), "the root of a negative number is none")

[<Test>]
let ``The softplus formula neither overflows nor loses its small values`` () =
    let softplus = parse "log(1 + exp(z))"
    Assert.That(Formula.evaluate 1000.0 softplus, Is.EqualTo 1000.0)
    Assert.That(Formula.evaluate -50.0 softplus, Is.EqualTo(exp -50.0).Within(1e-14 * exp -50.0))

[<TestCase("", "is empty")>]
[<TestCase("   ", "is empty")>]
[<TestCase("z +", "at character 4: a number, z, a function or \"(\" is needed here, and this is the end")>]
[<TestCase("z * tan(z)", "at character 5: \"tan\" is not known")>]
[<TestCase("x", "at character 1: \"x\" is not known: the variable is z")>]
[<TestCase("(z", "at character 3: \")\" is needed here")>]
[<TestCase("z)", "at character 2: an operator is needed here, and this is \")\"")>]
[<TestCase("3z", "at character 2: an operator is needed here, and this is \"z\"")>]
[<TestCase("tanh z", "at character 6: \"(\" is needed here")>]
[<TestCase("max(z)", "at character 6: \",\" is needed here")>]
[<TestCase("if(z, 1, 2)", "at character 5: if compares with >, >=, < or <=")>]
[<TestCase("if(z = 0, 1, 2)", "at character 6: \"=\" has no meaning")>]
[<TestCase("1e400 * z", "at character 1: \"1e400\" is no number")>]
[<TestCase("1..2", "at character 3")>]
[<TestCase(".", "\".\" is no number")>]
[<TestCase("z; z", "at character 2: \";\" has no meaning")>]
[<TestCase("π * z", "at character 1: \"π\" has no meaning")>]
let ``A text that is no formula is refused with the place`` (text: string, says: string) =
    match FormulaParser.parse text with
    | Ok formula -> Assert.Fail $"{formula}"
    | Error failure ->
        Assert.That(failure.Message, Does.Contain says)
        Assert.That(failure.Message, Does.EndWith ".")

[<Test>]
let ``A text too long or too deep is refused`` () =
    let message text =
        match FormulaParser.parse text with
        | Ok _ -> ""
        | Error failure -> failure.Message

    Assert.That(message (String('(', 101) + "z"), Does.Contain "more than 100 deep")
    Assert.That(message (String('-', 101) + "z"), Does.Contain "more than 100 deep")
    Assert.That(message ("z" + String.replicate 101 "^z"), Does.Contain "more than 100 deep")
    Assert.That(message (String.replicate 501 "z+"), Does.Contain "has 1002 characters, and 1000 is the most")
    Assert.That(message (String.replicate 400 "z+" + ")"), Has.Length.LessThan 250)

[<Property>]
let ``Any text is read or refused in one sentence`` (text: NonEmptyString) =
    match FormulaParser.parse text.Get with
    | Ok _ -> true
    | Error failure -> failure.Message.EndsWith '.'

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
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<Scribbles> |], MaxTest = 1000)>]
let ``Any scribble is read or refused in one sentence`` (text: string) =
    match FormulaParser.parse text with
    | Ok formula ->
        FormulaParser.parse (FormulaText.write formula) |> Result.isOk
        || not (Double.IsFinite(Formula.evaluate 1.0 formula))
    | Error failure -> failure.Message.EndsWith '.'
