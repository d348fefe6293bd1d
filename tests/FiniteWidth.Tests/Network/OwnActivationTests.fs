/// Activations of one's own: from quotations, formulas, functions; their kernels against closed forms and quadrature.
module FiniteWidth.Tests.OwnActivationTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Numerics
open FsCheck
open FsCheck.FSharp
open FiniteWidth.Testing

let private captured = 0.3

[<ReflectedDefinition>]
let private bump (x: float) = exp (-(x * x))

[<ReflectedDefinition>]
let private scaled (factor: float) (x: float) = factor * bump x

[<ReflectedDefinition>]
let rec private endless (x: float) : float = 1.0 + endless x

let private opaque (x: float) = x * x

let private formulaOf activation =
    match activation.Definition with
    | Definition.Symbolic formula -> formula
    | Definition.Numeric -> invalidOp "no formula"

/// Quotations beside the functions that they quote and the text of their formula.
let private quotations: (Quotations.Expr<float -> float> * (float -> float) * string) list =
    [
        <@ fun z -> z * tanh z @>, (fun z -> z * tanh z), "z * tanh(z)"
        <@ fun z -> if z > 0.0 then z else captured * z @>,
        (fun z -> if z > 0.0 then z else 0.3 * z),
        "if(z > 0, z, 0.3 * z)"
        <@ fun z -> if z >= 1.0 || (z < -1.0 && not (z <= -2.0)) then 1.0 else z @>,
        (fun z -> if z >= 1.0 || (z < -1.0 && z > -2.0) then 1.0 else z),
        "if(1 - z > 0, if(-z - 1 > 0, if(2 + z > 0, 1, z), z), 1)"
        <@ fun z -> Math.Max(-1.0, min 1.0 z) @>, (fun z -> max -1.0 (min 1.0 z)), "max(-1, min(1, z))"
        <@ fun z -> pown z 3 + float (sign z) + abs z ** 1.5 @>,
        (fun z -> z * z * z + float (sign z) + abs z ** 1.5),
        "z^3 + abs(z)^1.5 + sign(z)"
        <@
            fun z ->
                let u = z * z
                let twice x = 2.0 * x
                u |> sqrt |> twice |> sin
        @>,
        (fun z -> sin (2.0 * abs z)),
        "sin(2 * abs(z))"
        <@ fun z -> bump z + scaled 2.0 (z - 1.0) @>,
        (fun z -> exp (-z * z) + 2.0 * exp (-((z - 1.0) ** 2.0))),
        "2 * exp(-(z - 1)^2) + exp(-z^2)"
        <@ fun z -> MathNet.Numerics.SpecialFunctions.Erf(z / Math.PI) - cos -z + log (1.0 + exp z) @>,
        (fun z -> MathNet.Numerics.SpecialFunctions.Erf(z / Math.PI) - cos z + log (1.0 + exp z)),
        "erf(0.3183098861837907 * z) - cos(z) + log(1 + exp(z))"
        <@ fun z -> sinh (atan z) / cosh (atan z) + 1.0 / (2.0 + z ** 2.0) @>,
        (fun z -> tanh (atan z) + 1.0 / (2.0 + z * z)),
        "1 / (2 + z^2) + sinh(arctan(z)) / cosh(arctan(z))"
    ]

let private refused: (Quotations.Expr<float -> float> * string) list =
    [
        <@ fun z -> Math.Floor z @>, "a call of Math.Floor has no place in it"
        <@ fun z -> opaque z @>, "opaque cannot be looked into; mark it [<ReflectedDefinition>]"
        <@ fun z -> endless z @>, "recursive"
        <@ fun z -> if z = 0.0 then 1.0 else sin z / z @>, "a test by op_Equality has no place in it"
        <@ fun z -> z * float (1 / 2) @>, "whole numbers"
        <@ fun z -> z * float (int z) @>, "has no place in it"
        <@
            fun z ->
                let mutable s = z
                s <- s * s
                s
        @>,
        "s is mutable"
        <@ fun z -> [| z; 1.0 |][0] @>, "has no place in it"
        <@ fun z -> (if z > 0.0 then "a" else "b").Length |> float @>, "has no place in it"
        <@ fun z -> fst (z, 1.0) @>, "has no place in it"
    ]

let private pairs =
    [
        for c11, c22 in [ 0.3, 0.3; 1.0, 2.5; 4.0, 0.7 ] do
            for rho in [ -0.95; -0.4; 0.0; 0.6; 0.9 ] -> c11, rho * sqrt (c11 * c22), c22
    ]

/// E[sigma sigma] at one pair, through the map that works on whole matrices.
let private value (activation: Activation) (c11, c12: float, c22) =
    let points = activation.Map.Prepare(ReadOnlySpan [| c11; c22 |])
    let k = [| 0.0 |]
    activation.Map.Map(points, 0, points, 1, ReadOnlySpan [| c12 |], Span k)
    k[0]

let private scale (activation: Activation) (c11, _, c22) =
    sqrt (activation.Map.Variance c11 * activation.Map.Variance c22)

/// The built-in activations' formulas through the series, whatever closed form is known.
let private asSeries (activation: Activation) accuracy =
    let formula = formulaOf activation
    let f = FormulaCode.compile formula

    { activation with
        Map = HermiteMap(Func<float, float> f, accuracy, 1000, Array.ofList (Kinks.points formula))
    }

/// The integral of f over [-9, 9] by Simpson's rule, halved where it has not settled to an absolute tolerance.
let private simpson tolerance depth (f: float -> float) =
    let rule a b fa fm fb = (b - a) / 6.0 * (fa + 4.0 * fm + fb)

    let rec refine a b fa fm fb whole tolerance depth =
        let m = 0.5 * (a + b)
        let left, right = f (0.5 * (a + m)), f (0.5 * (m + b))
        let lower, upper = rule a m fa left fm, rule m b fm right fb
        let difference = lower + upper - whole

        if depth = 0 || abs difference <= 15.0 * tolerance then
            lower + upper + difference / 15.0
        else
            refine a m fa left fm lower (0.5 * tolerance) (depth - 1)
            + refine m b fm right fb upper (0.5 * tolerance) (depth - 1)

    List.pairwise [ -9.0 .. 1.5..9.0 ]
    |> List.sumBy (fun (a, b) ->
        let fa, fm, fb = f a, f (0.5 * (a + b)), f b
        refine a b fa fm fb (rule a b fa fm fb) tolerance depth)

/// E[sigma(z1) sigma(z2)] by adaptive quadrature over both variables, which has nothing in common with the series.
let private adaptive (sigma: float -> float) (c11: float, c12: float, c22) =
    let normal u =
        exp (-0.5 * u * u) / sqrt (2.0 * Math.PI)

    let slope = c12 / sqrt c11
    let spread = sqrt (c22 - slope * slope)
    // Sharper than the outer integral, which would else halve for ever on its error.
    let inner u =
        simpson 1e-11 20 (fun v -> normal v * sigma (slope * u + spread * v))

    simpson 1e-7 16 (fun u -> normal u * sigma (sqrt c11 * u) * inner u)

let tests =
    testList "Own activation" [
        testCase "A quotation becomes its formula, with its values" (fun () ->
            for quotation, f, text in quotations do
                let formula = QuotedFormula.translate quotation |> Result.orFail

                Expect.equal
                    (FormulaText.write formula)
                    (FormulaText.write (FormulaParser.parse text |> Result.orFail))
                    "write"

                for z in [ -2.3; -1.5; -0.4; 0.2; 0.9; 1.0; 2.7 ] do
                    // Terms change places in normal form: a few roundings.
                    Expect.within (1e-14 * (1.0 + abs (f z))) (Formula.evaluate z formula) (f z) text)

        testCase "What has no formula is refused in one sentence that names it" (fun () ->
            for quotation, says in refused do
                match Activation.tryDefine quotation with
                | Ok activation -> failtest $"{activation}"
                | Error failure ->
                    Expect.stringStarts failure.Message "The activation cannot be turned into a formula: " "message"
                    Expect.stringContains failure.Message says "message"
                    Expect.stringEnds failure.Message "." "message")

        testTheory
            "A formula that is no activation is refused"
            [
                "exp(z^2)", "grows so fast that E[sigma(z)^2] is not finite"
                "exp(exp(z))", "not a finite number"
                "1 / z", "not a finite number"
                "log(z)", "not a finite number"
                "sqrt(z)", "not a finite number"
                "3", "does not depend on z"
                "z - z", "does not depend on z"
            ]
            (fun (text, says) ->
                match Activation.parse text with
                | Ok activation -> failtest $"{activation}"
                | Error failure -> Expect.stringContains failure.Message says "message")

        testCase
            "A built-in activation's formula gives its closed form by the series, to the series' accuracy"
            (fun () ->
                // A kink in sigma leaves K^(-3/2) beyond order K, a jump K^(-1/2): what 1000 terms can meet.
                for activation, accuracy in
                    [
                        Activation.linear, 1e-10
                        Activation.erf, 1e-10
                        Activation.sin, 1e-10
                        Activation.cos, 1e-10
                        Activation.square, 1e-10
                        Activation.exp, 1e-10
                        Activation.relu, 1e-5
                        Activation.leakyRelu, 1e-5
                        Activation.sign, 0.05
                        Activation.step, 0.05
                    ] do
                    let series = asSeries activation accuracy

                    for pair in pairs do
                        let error = abs (value series pair - value activation pair)
                        Expect.isLessThanOrEqual error (accuracy * scale activation pair) $"{activation} at {pair}")

        testCase "A built-in activation is the function of its formula" (fun () ->
            for activation in Activation.all do
                let formula = formulaOf activation

                for z in [ -3.1; -0.7; 0.0; 0.4; 2.2 ] do
                    // Two ways of writing the same function.
                    Expect.within
                        (1e-15 * (1.0 + abs (activation.Function z)))
                        (activation.Function z)
                        (Formula.evaluate z formula)
                        activation.Name

                Expect.equal (Symmetry.parity formula) activation.Parity activation.Name
                Expect.equal (Symmetry.degree formula) activation.Degree activation.Name)

        testCase "A formula that is a built-in's has its closed form" (fun () ->
            for text, known in
                [
                    "z", Activation.linear
                    "max(0, z)", Activation.relu
                    "z * z", Activation.square
                    "erf(z)", Activation.erf
                    "tanh(z)", Activation.tanh
                    "if(z > 0, 1, 0)", Activation.step
                    "z / (1 + exp(-z))", Activation.silu
                ] do
                let own = Activation.parse text |> Result.orFail
                Expect.equal own known "own")

        testPropertyWithConfig
            (maxTest 40)
            "A homogeneous formula has the closed form of its two slopes"
            (fun (above: int8) (below: int8) ->
                let above, below = float above / 16.0 + 0.01, float below / 16.0

                let own =
                    above * Formula.max Formula.z (Formula.number 0.0)
                    - below * Formula.max -Formula.z (Formula.number 0.0)
                    |> Activation.ofFormula
                    |> Result.orFail

                let known = Activation.piecewiseLinear above below

                pairs
                |> List.forall (fun pair -> abs (value own pair - value known pair) <= 1e-14 * scale known pair))

        testCase "A step of any two heights has a closed form" (fun () ->
            let own = Activation.parse "if(z > 0, 2, -1)" |> Result.orFail
            let series = asSeries own 0.05
            Expect.equal own.Degree (Some 0.0) "degree"

            for pair in pairs do
                // Away from rho = 1 the series' error of 5% at equal points is far smaller; 3/2 of a sign is all that it is of.
                Expect.within (0.05 * scale own pair) (value own pair) (value series pair) "value"

            for law in Laws.ofActivation (RandomStream.FromSeed 3UL) own do
                Expect.isLessThanOrEqual (law.Violation()) law.Bound law.Name)

        testTheory
            "The kernel of an own activation is what adaptive quadrature finds"
            [
                "z * tanh(z)", 1e-8
                "exp(-z^2) + 0.5 * z", 1e-8
                "sin(2 * z) * z", 1e-8
                "max(-1, min(1, z))", 1e-4
                "if(z > 0.5, z, 0.3 * (exp(z) - 1))", 1e-3
            ]
            (fun (text, accuracy) ->
                let own = Activation.parse text |> Result.orFail |> Activation.withAccuracy accuracy

                let pair = 0.8, 0.5, 1.7
                // The quadrature's accuracy, and what the series leaves beyond an order that rho = 0.43 to its power makes vanish.
                Expect.within 2e-6 (value own pair) (adaptive own.Function pair) "value")

        testCase "Own activations obey the laws" (fun () ->
            for text in
                [
                    "z * tanh(z)"
                    "z^3 - z"
                    "sin(z) + 0.3 * z"
                    "exp(-z^2)"
                    "if(z > 0, z, tanh(z))"
                ] do
                let own = Activation.parse text |> Result.orFail

                for law in Laws.ofActivation (RandomStream.FromSeed 5UL) own do
                    Expect.isLessThanOrEqual (law.Violation()) law.Bound $"{text}: {law.Name}")

        testCase "An accuracy that kinks forbid is a failure that names what was reached" (fun () ->
            let own = Activation.define <@ fun z -> max -1.0 (min 1.0 z) @>

            match Activation.seriesAccuracy [ 1.0 ] own with
            | Error(Inaccurate what) ->
                Expect.stringContains what "order 1000 leaves out 3.2e-06" "what"
                Expect.stringContains what "above the tolerance 1e-08" "what"
            | other -> failtest $"{other}"

            match own |> Activation.withAccuracy 1e-5 |> Activation.seriesAccuracy [ 1.0 ] with
            | Ok(Some reached) -> Expect.isInRange reached.Error 1e-7 1e-5 "error of reached"
            | other -> failtest $"{other}"

            Expect.equal
                (Activation.seriesAccuracy [ 1.0 ] Activation.relu)
                (Ok None: Result<SeriesAccuracy option, Failure>)
                "series accuracy"

            Expect.throwsSaying<FailureException>
                (fun () -> own |> Activation.withAccuracy 0.0 |> ignore)
                "it lies between 1E-13 and 1"
                "an accuracy of zero")

        testCase "Known kinks are integrated to rounding" (fun () ->
            // E[clamp^2] at unit variance, by parts: P(|z| < 1) - 2 phi(1) + P(|z| > 1).
            let own = Activation.define <@ fun z -> max -1.0 (min 1.0 z) @>
            let inside = MathNet.Numerics.SpecialFunctions.Erf(1.0 / sqrt 2.0)
            let density = exp -0.5 / sqrt (2.0 * Math.PI)
            Expect.within 1e-14 (own.Map.Variance 1.0) (inside - 2.0 * density + (1.0 - inside)) "variance")

        testCase "A derivative is symbolic where there is a formula, and differences where there is none" (fun () ->
            let own = Activation.define <@ fun z -> z * tanh z @>
            let numeric = Activation.custom "the same" (fun z -> z * tanh z)
            Expect.equal numeric.Definition Definition.Numeric "definition"
            Expect.equal numeric.Parity Parity.Even "parity"

            for z in [ -2.0; 0.0; 0.3; 5.0 ] do
                let exact = tanh z + z * (1.0 - tanh z ** 2.0)
                Expect.within 1e-15 (Activation.derivative own z) exact "derivative"
                // Fourth-order differences of step 1e-3 (1 + |z|): rounding over the step.
                Expect.within 1e-10 (Activation.derivative numeric z) exact "derivative")

        testCase "The derivative of a kernel in its covariance is the kernel of the symbolic derivative" (fun () ->
            // Price's theorem: the map's own derivative against the series of sigma'.
            let own = Activation.define <@ fun z -> z * tanh z @>

            let slope =
                Activation.ofFormula (Formula.derivative (formulaOf own)) |> Result.orFail

            for c11, c12, c22 in pairs do
                let points = own.Map.Prepare(ReadOnlySpan [| c11; c22 |])
                let d12, d11, d22 = [| 0.0 |], [| 0.0 |], [| 0.0 |]
                own.Map.Derivatives(points, 0, points, 1, ReadOnlySpan [| c12 |], Span d12, Span d11, Span d22)
                // k times the terms beyond the order of a series accurate to 1e-8.
                Expect.within (1e-6 * scale slope (c11, c12, c22)) (d12[0]) (value slope (c11, c12, c22)) "d12")

        testCase "An own activation works in every theory as the built-in that it equals" (fun () ->
            let own = Activation.custom "erf again" MathNet.Numerics.SpecialFunctions.Erf

            let defined =
                { Activation.erf with
                    Map = (asSeries Activation.erf 1e-10).Map
                    Dual = Dual.Series 1e-10
                }

            let data = Problem.dataSet 5 12 6

            for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                let evidence activation =
                    Network.dense activation [ 30; 20 ]
                    |> fun network -> Problem.solve theory network 0.1 data
                    |> Posterior.logEvidence

                let exact = evidence Activation.erf
                // The kernel's 1e-10, magnified by 1/T and by the sum over examples.
                Expect.within (1e-7 * abs exact) (evidence own) exact "evidence"
                Expect.within (1e-7 * abs exact) (evidence defined) exact "evidence")

        testCase "The gradient of the action of an own activation is that of differentiable numbers" (fun () ->
            let own = Activation.define <@ fun z -> z * tanh z + 0.3 * z @>
            let network = Network.dense own [ 25; 15 ] |> Network.withPriors [ 1.0; 1.5; 0.8 ]
            let data = Problem.dataSet 6 10 5
            let posterior = Problem.solve Theory.proportional network 0.2 data
            let plain = DifferentiableModel.effectiveAction posterior.Model network 0.2 data
            let theta = [| 0.7; 1.3 |]
            let value, gradient = grad' plain (DV theta)
            let fast = posterior.EffectiveAction
            // The series' 1e-8, magnified by A^(-1) ~ 1/T.
            let tolerance = 1e-7 * fast.Size * (1.0 + abs value.Value)
            Expect.within tolerance (fast.Value theta) value.Value "value of fast"
            Expect.allWithin tolerance (fast.Gradient theta) (DV.toArray gradient) "gradient")

        testCase "A name is the formula, or one's own" (fun () ->
            let own = Activation.define <@ fun z -> z * tanh z @>
            Expect.equal own.Name "z * tanh(z)" "name of own"
            Expect.equal ((own |> Activation.withName "zt").Name) "zt" "name of with name"
            Expect.equal (own |> Activation.withName "zt") own "with name"
            Expect.equal (Activation.latex own) "z \\, \\tanh \\left( z \\right)" "latex"
            Expect.equal (Activation.latex (Activation.custom "f" id)) "\\mathrm{f} \\left( z \\right)" "latex")
    ]
