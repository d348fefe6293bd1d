/// Kernel maps at small variances, against Gaussian moments of Taylor series written by hand.
module FiniteWidth.Tests.SmallVarianceTests

open System
open System.Linq.Expressions
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private factorial n =
    Seq.fold (*) 1.0 (seq { for i in 2..n -> float i })

/// E[z1^j z2^k] of a Gaussian pair (Isserlis): a sum over the m pairings between the two.
let private moment j k c11 c22 c12 =
    Seq.sum (
        seq {
            for m in 0 .. min j k do
                if (j - m) % 2 = 0 && (k - m) % 2 = 0 then
                    let a, b = (j - m) / 2, (k - m) / 2

                    yield
                        factorial j
                        * factorial k
                        * (c12 ** float m)
                        * (0.5 * c11) ** float a
                        * (0.5 * c22) ** float b
                        / (factorial m * factorial a * factorial b)
        }
    )

/// E[sigma(z1) sigma(z2)] of sigma = sum_k t_k z^k.
let private ofTaylor (terms: (int * float) list) (c11, c22, c12) =
    List.allPairs terms terms
    |> List.sumBy (fun ((j, s), (k, t)) -> s * t * moment j k c11 c22 c12)

let private mapped (activation: Activation) (c11, c22, c12) =
    let points = activation.Map.Prepare(ReadOnlySpan [| c11; c22 |])
    let k = [| 0.0 |]
    activation.Map.Map(points, 0, points, 1, ReadOnlySpan [| c12 |], Span k)
    k[0]

let private pairs c =
    [
        for ratio in [ 1.0; 0.3; 1e-3 ] do
            for rho in [ -0.7; 0.0; 0.5; 1.0 ] -> c, ratio * c, rho * sqrt ratio * c
    ]

let private scale (activation: Activation) (c11, c22, _) =
    sqrt (activation.Map.Variance c11 * activation.Map.Variance c22)

let private ln2 = log 2.0

let private smooth =
    [
        "log(1 + z^2)", [ 2, 1.0; 4, -1.0 / 2.0; 6, 1.0 / 3.0 ]
        "log1p(z^2)", [ 2, 1.0; 4, -1.0 / 2.0; 6, 1.0 / 3.0 ]
        "sqrt(1 + z^2) - 1", [ 2, 1.0 / 2.0; 4, -1.0 / 8.0; 6, 1.0 / 16.0 ]
        "1 - exp(-z^2)", [ 2, 1.0; 4, -1.0 / 2.0; 6, 1.0 / 6.0 ]
        "-expm1(-z^2)", [ 2, 1.0; 4, -1.0 / 2.0; 6, 1.0 / 6.0 ]
        "1 - cos(z)", [ 2, 1.0 / 2.0; 4, -1.0 / 24.0; 6, 1.0 / 720.0 ]
        "cosh(z) - 1", [ 2, 1.0 / 2.0; 4, 1.0 / 24.0; 6, 1.0 / 720.0 ]
        "log(cosh(z))", [ 2, 1.0 / 2.0; 4, -1.0 / 12.0; 6, 1.0 / 45.0 ]
        "1 - 1 / (1 + z^2)", [ 2, 1.0; 4, -1.0; 6, 1.0 ]
        "1 - 1 / cosh(z)", [ 2, 1.0 / 2.0; 4, -5.0 / 24.0; 6, 61.0 / 720.0 ]
        "exp(-z^2 / 2) - exp(-z^2)", [ 2, 1.0 / 2.0; 4, -3.0 / 8.0; 6, 7.0 / 48.0 ]
        "log((1 + z^2) / (1 + z^4))", [ 2, 1.0; 4, -3.0 / 2.0; 6, 1.0 / 3.0 ]
        "(1 + z^2)^1.5 - 1", [ 2, 3.0 / 2.0; 4, 3.0 / 8.0; 6, -1.0 / 16.0 ]
        "exp(z) - 1", [ for k in 1..7 -> k, 1.0 / factorial k ]
        "expm1(z)", [ for k in 1..7 -> k, 1.0 / factorial k ]
        "log1p(expm1(z) * expm1(z))", [ 2, 1.0; 3, 1.0; 4, 1.0 / 12.0; 5, -3.0 / 4.0 ]
        "exp(z) - 1 - z", [ for k in 2..7 -> k, 1.0 / factorial k ]
        "z - tanh(z)", [ 3, 1.0 / 3.0; 5, -2.0 / 15.0; 7, 17.0 / 315.0 ]
        "sin(z) - z", [ 3, -1.0 / 6.0; 5, 1.0 / 120.0; 7, -1.0 / 5040.0 ]
        "sinh(z) - z", [ 3, 1.0 / 6.0; 5, 1.0 / 120.0; 7, 1.0 / 5040.0 ]
        "z * log1p(z^2)", [ 3, 1.0; 5, -1.0 / 2.0; 7, 1.0 / 3.0 ]
        "2 / (1 + exp(-z)) - 1", [ 1, 1.0 / 2.0; 3, -1.0 / 24.0; 5, 1.0 / 240.0 ]
        "log(1 + exp(z)) - log(2)", [ 1, 1.0 / 2.0; 2, 1.0 / 8.0; 4, -1.0 / 192.0 ]
        "arctan(z + 1) - arctan(1)", [ 1, 1.0 / 2.0; 2, -1.0 / 4.0; 3, 1.0 / 12.0; 5, -1.0 / 40.0 ]
    ]

let private named =
    [
        Activation.linear, [ 1, 1.0 ]
        Activation.erf,
        [ 1, 2.0; 3, -2.0 / 3.0; 5, 1.0 / 5.0 ]
        |> List.map (fun (k, t) -> k, t / sqrt Math.PI)
        Activation.sin, [ 1, 1.0; 3, -1.0 / 6.0; 5, 1.0 / 120.0 ]
        Activation.cos, [ 0, 1.0; 2, -1.0 / 2.0; 4, 1.0 / 24.0 ]
        Activation.square, [ 2, 1.0 ]
        Activation.exp, [ for k in 0..6 -> k, 1.0 / factorial k ]
        Activation.tanh, [ 1, 1.0; 3, -1.0 / 3.0; 5, 2.0 / 15.0 ]
        Activation.sigmoid, [ 0, 1.0 / 2.0; 1, 1.0 / 4.0; 3, -1.0 / 48.0; 5, 1.0 / 480.0 ]
        Activation.softplus, [ 0, ln2; 1, 1.0 / 2.0; 2, 1.0 / 8.0; 4, -1.0 / 192.0 ]
        Activation.silu, [ 1, 1.0 / 2.0; 2, 1.0 / 4.0; 4, -1.0 / 48.0; 6, 1.0 / 480.0 ]
        Activation.gelu,
        (1, 0.5)
        :: ([ 2, 1.0; 4, -1.0 / 6.0; 6, 1.0 / 40.0 ]
            |> List.map (fun (k, t) -> k, t / sqrt (2.0 * Math.PI)))
        // z tanh(log 2 + z/2 + z^2/8): tanh(log 2) = 3/5.
        Activation.mish, [ 1, 0.6; 2, 0.32; 3, -0.016 ]
    ]

let private check tolerance (activation: Activation) terms c =
    for pair in pairs c do
        let size = scale activation pair

        Expect.within (tolerance * size) (mapped activation pair) (ofTaylor terms pair) $"{activation} at {pair}"

let private texts = smooth |> List.map fst

let private names = named |> List.map (fun (activation, _) -> activation.Name)

/// E[sigma(z)^2] and E[sigma(z)] of slope z above 0 and sum_k a/k! z^k below.
let private exponentialBelow slope a c =
    let half n =
        // E[|z|^n; z > 0].
        0.5
        * (2.0 * c) ** (0.5 * float n)
        * MathNet.Numerics.SpecialFunctions.Gamma(0.5 * float (n + 1))
        / sqrt Math.PI

    let orders = [ 1..20 ]
    let sign n = if n % 2 = 0 then 1.0 else -1.0

    let square =
        List.allPairs orders orders
        |> List.sumBy (fun (j, k) -> sign (j + k) * half (j + k) / (factorial j * factorial k))

    let mean = orders |> List.sumBy (fun k -> sign k * half k / factorial k)
    slope * slope * 0.5 * c + a * a * square, slope * half 1 + a * mean

let private selu =
    "1.0507009873554805 * if(z > 0, z, 1.6732632423543772 * (exp(z) - 1))"

let private kinked =
    [
        "elu", Activation.elu, 1.0, 1.0
        "elu as a formula", Activation.parse "if(z > 0, z, exp(z) - 1)" |> Result.orFail, 1.0, 1.0
        "elu with expm1", Activation.parse "max(0, z) + expm1(min(0, z))" |> Result.orFail, 1.0, 1.0
        "SELU", Activation.parse selu |> Result.orFail, 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772
        "the documentation's", Activation.parse "if(z > 0, z, 0.3 * (exp(z) - 1))" |> Result.orFail, 1.0, 0.3
    ]

let private kinkedNames = kinked |> List.map (fun (name, _, _, _) -> name)

let tests =
    testList "Small variance" [
        testTheory "A formula that vanishes at zero keeps its kernel at small variances" texts (fun text ->
            let _, terms = smooth |> List.find (fun (other, _) -> other = text)
            let activation = Activation.parse text |> Result.orFail
            // The series' accuracy of 1e-8; at 1e-3 also what the Taylor series leaves out.
            for c in [ 1e-5; 1e-8; 1e-12; 1e-16 ] do
                check 1e-8 activation terms c

            check 1e-4 activation terms 1e-3)

        testTheory "A named activation keeps its kernel at small variances" names (fun name ->
            let activation, terms =
                named |> List.find (fun (activation, _) -> activation.Name = name)

            for c in [ 1e-5; 1e-8; 1e-12 ] do
                check 1e-8 activation terms c)

        testTheory "An exponential branch keeps variance, mean and kernel at small variances" kinkedNames (fun name ->
            let _, activation, slope, a =
                kinked |> List.find (fun (other, _, _, _) -> other = name)

            let rough = Activation.withAccuracy 1e-4 activation

            for c in [ 0.1; 1e-3; 1e-6; 1e-9; 1e-12; 1e-16 ] do
                let square, mean = exponentialBelow slope a c
                Expect.within (1e-12 * square) (activation.Map.Variance c) square $"{c}"
                Expect.within (1e-12 * sqrt square) (activation.Map.Mean c) mean $"{c}"
                // Correlated fully: the series' own accuracy.
                Expect.within (1e-4 * square) (mapped rough (c, c, c)) square $"{c}")

        testCase
            "Rounding in a function of which only values are known is put up with, down to where it is nothing else"
            (fun () ->
                let plain =
                    Activation.custom "elu" (fun z -> if z > 0.0 then z else exp z - 1.0)
                    |> Activation.withAccuracy 1e-5

                for c in [ 1e-4; 1e-8; 1e-11 ] do
                    Expect.within
                        (1e-5 * c)
                        (mapped plain (c, c, 0.5 * c))
                        (mapped Activation.elu (c, c, 0.5 * c))
                        "mapped"

                let second = Activation.custom "second" (fun z -> exp z - 1.0 - z)

                for part in [ "differences of nearly equal numbers"; "expm1" ] do
                    Expect.throwsSaying<InaccurateKernelException>
                        (fun () -> second.Map.Variance 1e-14 |> ignore)
                        part
                        "rounding alone")

        testCase "Values next to zero keep their digits, and so do slopes" (fun () ->
            for text, power, coefficient in
                [
                    "exp(z) - 1", 1, 1.0
                    "log(cosh(z))", 2, 0.5
                    "z - tanh(z)", 3, 1.0 / 3.0
                    "1 - exp(-abs(z)^1.5)", 0, 1.0
                    "abs(z) - log(1 + abs(z))", 2, 0.5
                ] do
                let activation = Activation.parse text |> Result.orFail
                let z = 1e-7

                let expected =
                    if power = 0 then
                        z ** 1.5
                    else
                        coefficient * z ** float power

                Expect.within (1e-6 * expected) (activation.Function z) expected text

                if power > 0 then
                    let slope = float power * coefficient * z ** float (power - 1)
                    Expect.within (1e-6 * slope) (Activation.derivative activation z) slope text)

        testCase "Far from zero nothing changes" (fun () ->
            for text, f in
                [
                    "exp(z) - 1 - z", (fun z -> exp z - 1.0 - z)
                    "1 - 1 / (1 + exp(z))", (fun z -> 1.0 - 1.0 / (1.0 + exp z))
                    "sqrt(1 + z^2) - 1", (fun z -> sqrt (1.0 + z * z) - 1.0)
                    "exp(z) + exp(-z) - 2", (fun z -> exp z + exp -z - 2.0)
                    "log(1 + z^2)", (fun z -> log (1.0 + z * z))
                ] do
                let activation = Activation.parse text |> Result.orFail

                for z in [ -300.0; -20.0; -1.7; 0.9; 4.0; 300.0 ] do
                    let expected: float = f z

                    Expect.within (1e-14 * abs expected + 1e-15) (activation.Function z) expected $"{text} at {z}")

        testCase "Texts, quotations and lambda expressions know expm1 and log1p" (fun () ->
            let expected = FormulaParser.parse "exp(z) - 1 + log(1 + z^2)" |> Result.orFail
            let parsed = FormulaParser.parse "expm1(z) + log1p(z^2)" |> Result.orFail
            Expect.equal parsed expected "parsed"
            Expect.equal (FormulaParser.parse (FormulaText.write parsed) |> Result.orFail) expected "parse"

            let quoted =
                QuotedFormula.translate <@ fun z -> ScalarMath.Expm1 z + ScalarMath.Log1p(z * z) @>
                |> Result.orFail

            Expect.equal quoted expected "quoted"

            let framework =
                QuotedFormula.translate <@ fun z -> Double.ExpM1 z + Double.LogP1(z * z) @>
                |> Result.orFail

            Expect.equal framework expected "framework"

            let z = Expression.Parameter(typeof<float>, "z")

            let call name (x: Expression) =
                Expression.Call(typeof<ScalarMath>.GetMethod((name: string), [| typeof<float> |]) |> nonNull, x)
                :> Expression

            let lambda =
                Expression.Lambda<Func<float, float>>(
                    Expression.Add(call "Expm1" z, call "Log1p" (Expression.Multiply(z, z))),
                    z
                )

            Expect.equal (ExpressionFormula.translate lambda |> Result.orFail) expected "translate"
            Expect.stringContains (FormulaLatex.write parsed) "e^{z}" "write"
            Expect.isEmpty (Kinks.find parsed) "find")

        testCase "The edge of chaos of elu is where it is" (fun () ->
            let edge = EdgeOfChaos.at 0.04 Activation.elu |> Result.orFail |> List.exactlyOne
            // By plain quadrature: sigma_w at sigma_b = 0.2.
            Expect.within 1e-5 (sqrt edge.WeightVariance) 1.22925 "sqrt")

        testCase "SELU normalises itself" (fun () ->
            let activation = Activation.parse selu |> Result.orFail
            let propagation = SignalPropagation.create activation 1.0 0.0 |> Result.orFail

            match propagation.Fate with
            | LengthFate.Settles point ->
                Expect.within 1e-9 point.Length 1.0 "length of point"
                // Klambauer et al. 2017: the map of the variance contracts there.
                Expect.within 1e-6 point.Slope 0.782648 "slope"
            | other -> failtest $"{other}"

            Expect.within 1e-5 propagation.Chi.Value 1.07157 "value of chi"
            Expect.equal propagation.Phase Phase.Chaotic "phase"

            let edge = EdgeOfChaos.at 0.04 activation |> Result.orFail |> List.exactlyOne
            Expect.within 1e-9 (SignalPropagation.lengthMap 1.0 propagation) 1.0 "length map"
            // There chi = 1 and the length is fixed.
            let there =
                SignalPropagation.createFrom edge.Length activation edge.WeightVariance 0.04
                |> Result.orFail

            Expect.within 1e-8 there.Chi.Value 1.0 "value of chi")

        testCase "An elu network learns inputs that pass through zero" (fun () ->
            // Twenty inputs from -1 to 0.9 a tenth apart, one of them 2e-16, and y = sin 3 x.
            let step = -0.9 + 1.0
            let points = [ for i in 0..19 -> -1.0 + float i * step ]
            Expect.notEqual (points[10]) 0.0 "the point next to zero"
            Expect.within 1e-15 (points[10]) 0.0 "the point next to zero"

            let column f =
                Matrix.Create(20n, 1n, (fun i _ -> f points[int i]))

            let data =
                DataSet.create (column id) (column (fun x -> sin (3.0 * x))) |> Result.orFail

            let score =
                solve Theory.infiniteWidth (Network.dense Activation.elu [ 30 ]) 0.01 data
                |> Posterior.score data

            // A Gaussian process in numpy, its kernel by Gauss-Legendre quadrature on panels of unit length with expm1.
            Expect.within (1e-4 * 0.1255) score.Loss 0.12551558780690825 "loss")
    ]
