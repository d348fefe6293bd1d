namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A function of one real variable that a formula may apply.
[<RequireQualifiedAccess>]
type Elementary =
    /// x -> e^x
    | Exp
    /// exp x - 1.
    | Expm1
    /// x -> log x
    | Log
    /// log(1 + x).
    | Log1p
    /// x -> tanh x
    | Tanh
    /// x -> erf x
    | Erf
    /// x -> sin x
    | Sin
    /// x -> cos x
    | Cos
    /// x -> sinh x
    | Sinh
    /// x -> cosh x
    | Cosh
    /// x -> arctan x
    | Arctan
    /// x -> |x|
    | Abs
    /// -1, 0 or 1.
    | Sign
    /// 1 above zero, else 0.
    | Step

/// A function of one real variable z, piecewise smooth. The operators, and the functions of the `Formula` module, keep it in
/// normal form: sums and products are flat and sorted, numbers folded, equal terms and factors collected.
///
/// A `Scalar` has symbols of known sign and no kinks; a formula has one variable of any sign and branches, which are evaluated
/// only where they hold.
[<RequireQualifiedAccess>]
type Formula =
    /// A constant.
    | Number of float
    /// z.
    | Argument
    /// A sum of formulas.
    | Sum of Formula list
    /// A product of formulas.
    | Product of Formula list
    /// A formula to a constant power.
    | Power of Formula * exponent: float
    /// A function of a formula.
    | Apply of Elementary * Formula
    /// The larger of two.
    | Max of Formula * Formula
    /// The smaller of two.
    | Min of Formula * Formula
    /// `above` where `test` > 0, else `below`.
    | Branch of test: Formula * above: Formula * below: Formula

/// What the interpreter and the compiled code both compute, to the bit.
module internal FormulaArithmetic =

    let power (x: float) exponent =
        match exponent with
        | -1.0 -> 1.0 / x
        | 0.5 -> sqrt x
        | 2.0 -> x * x
        | 3.0 -> x * x * x
        | e -> Math.Pow(x, e)

    let step (x: float) = if x > 0.0 then 1.0 else 0.0

    /// -1, 0 or 1; NaN of NaN.
    let sign (x: float) =
        if x > 0.0 then 1.0
        elif x < 0.0 then -1.0
        else x + 0.0

    /// log(1 + e^x) without overflow, and to the digits of e^x where that is small.
    let softplus (x: float) =
        let u = exp (-(abs x))
        max x 0.0 + 2.0 * Math.Atanh(u / (2.0 + u))

    let apply f (x: float) =
        match f with
        | Elementary.Exp -> exp x
        | Elementary.Expm1 -> ScalarMath.Expm1 x
        | Elementary.Log -> log x
        | Elementary.Log1p -> ScalarMath.Log1p x
        | Elementary.Tanh -> tanh x
        | Elementary.Erf -> MathNet.Numerics.SpecialFunctions.Erf x
        | Elementary.Sin -> sin x
        | Elementary.Cos -> cos x
        | Elementary.Sinh -> sinh x
        | Elementary.Cosh -> cosh x
        | Elementary.Arctan -> atan x
        | Elementary.Abs -> abs x
        | Elementary.Sign -> sign x
        | Elementary.Step -> step x

/// The rewriting rules behind the operators of `Formula`: each holds wherever both sides are defined, but at isolated points.
module internal FormulaRewrite =

    let zero = Formula.Number 0.0
    let one = Formula.Number 1.0

    let isInteger (x: float) = x = Math.Floor x
    let isEven (x: float) = isInteger (x / 2.0)

    /// Known to be nowhere below zero.
    let rec isNotNegative formula =
        match formula with
        | Formula.Number x -> x >= 0.0
        | Formula.Argument -> false
        | Formula.Sum xs
        | Formula.Product xs -> List.forall isNotNegative xs
        | Formula.Power(x, e) -> isEven e || isNotNegative x
        | Formula.Apply((Elementary.Exp | Elementary.Cosh | Elementary.Abs | Elementary.Step), _) -> true
        | Formula.Apply((Elementary.Tanh | Elementary.Erf | Elementary.Sinh | Elementary.Arctan | Elementary.Sign), x) ->
            isNotNegative x
        | Formula.Apply _ -> false
        | Formula.Max(a, b) -> isNotNegative a || isNotNegative b
        | Formula.Min(a, b)
        | Formula.Branch(_, a, b) -> isNotNegative a && isNotNegative b

    let coefficientAndFactors formula =
        match formula with
        | Formula.Number x -> x, []
        | Formula.Product(Formula.Number x :: rest) -> x, rest
        | Formula.Product factors -> 1.0, factors
        | other -> 1.0, [ other ]

    let private ofFactors coefficient factors =
        match coefficient, factors with
        | 0.0, _ -> zero
        | x, [] -> Formula.Number x
        | 1.0, [ factor ] -> factor
        | 1.0, _ -> Formula.Product factors
        | x, _ -> Formula.Product(Formula.Number x :: factors)

    let sum terms =
        let collected =
            terms
            |> List.collect (fun term ->
                match term with
                | Formula.Sum xs -> xs
                | x -> [ x ])
            |> List.map coefficientAndFactors
            |> List.groupBy snd
            |> List.map (fun (factors, group) -> ofFactors (List.sumBy fst group) factors)
            |> List.filter ((<>) zero)
            |> List.sort

        match collected with
        | [] -> zero
        | [ term ] -> term
        | terms -> Formula.Sum terms

    // y^d to the power e is y^(d e) unless that makes sense of a root of a negative number, or loses the sign's absence.
    let private powersMultiply y d e =
        isNotNegative y || (isInteger e && (isInteger d || not (isInteger (d * e))))

    let rec power x exponent =
        match x, exponent with
        | _, 0.0 -> one
        | _, 1.0 -> x
        | Formula.Number b, e when Double.IsFinite(FormulaArithmetic.power b e) ->
            Formula.Number(FormulaArithmetic.power b e)
        | Formula.Power(y, d), e when powersMultiply y d e -> power y (d * e)
        | Formula.Power(y, d), e when isEven d -> power (apply Elementary.Abs y) (d * e)
        | Formula.Apply(Elementary.Abs, y), e when isEven e -> power y e
        | Formula.Apply(Elementary.Step, _), e when e > 0.0 -> x
        | Formula.Apply(Elementary.Sign, _), e when isInteger e -> if isEven e then one else x
        | Formula.Apply(Elementary.Exp, y), e -> apply Elementary.Exp (product [ Formula.Number e; y ])
        | Formula.Product xs, e when isInteger e -> product (xs |> List.map (fun y -> power y e))
        | Formula.Product xs, e when List.exists isNotNegative xs ->
            let outside, inside = List.partition isNotNegative xs
            let rest = if inside.IsEmpty then [] else [ power (product inside) e ]
            product (List.map (fun y -> power y e) outside @ rest)
        | _ -> Formula.Power(x, exponent)

    and product factors =
        let flat =
            factors
            |> List.collect (fun factor ->
                match factor with
                | Formula.Product xs -> xs
                | x -> [ x ])

        let numbers, others =
            flat
            |> List.partition (fun x ->
                match x with
                | Formula.Number _ -> true
                | _ -> false)

        let coefficient =
            (1.0, numbers) ||> List.fold (fun acc x -> acc * fst (coefficientAndFactors x))

        if coefficient = 0.0 then
            zero
        else
            let collected =
                others
                |> List.map (fun factor ->
                    match factor with
                    | Formula.Power(x, e) -> x, e
                    | x -> x, 1.0)
                |> List.groupBy fst
                |> List.collect (fun (x, group) ->
                    let exponents = List.map snd group
                    let total = List.sum exponents

                    if isNotNegative x || List.forall isInteger exponents || not (isInteger total) then
                        [ power x total ]
                    else
                        List.map (power x) exponents)
                |> List.filter ((<>) one)
                |> List.sort

            match collected with
            // Powers may have found other bases: |z|^2 is z^2, and meets those that were there.
            | changed when changed <> List.sort others -> product (Formula.Number coefficient :: changed)
            // A number distributes over a sum, so that equal terms meet.
            | [ Formula.Sum terms ] when coefficient <> 1.0 ->
                sum (terms |> List.map (fun term -> product [ Formula.Number coefficient; term ]))
            | factors -> ofFactors coefficient factors

    and apply f x =
        match f, x with
        | _, Formula.Number v when Double.IsFinite(FormulaArithmetic.apply f v) ->
            Formula.Number(FormulaArithmetic.apply f v)
        // In normal form exp and log stand for them; how they are evaluated is another matter.
        | Elementary.Expm1, y -> sum [ apply Elementary.Exp y; Formula.Number -1.0 ]
        | Elementary.Log1p, y -> apply Elementary.Log (sum [ one; y ])
        | Elementary.Log, Formula.Apply(Elementary.Exp, y) -> y
        | Elementary.Exp, Formula.Apply(Elementary.Log, y) when isNotNegative y -> y
        | Elementary.Abs, y when isNotNegative y -> y
        | (Elementary.Tanh | Elementary.Erf | Elementary.Sin | Elementary.Sinh | Elementary.Arctan | Elementary.Sign),
          Negative y -> product [ Formula.Number -1.0; apply f y ]
        | (Elementary.Cos | Elementary.Cosh | Elementary.Abs), Negative y -> apply f y
        | (Elementary.Sign | Elementary.Step), Formula.Product(Formula.Number v :: rest) when v > 0.0 && v <> 1.0 ->
            apply f (product rest)
        | Elementary.Abs, Formula.Product(Formula.Number v :: rest) when v <> 1.0 ->
            product [ Formula.Number v; apply f (product rest) ]
        | _ -> Formula.Apply(f, x)

    and private (|Negative|_|) formula =
        match formula with
        | Formula.Product(Formula.Number v :: rest) when v < 0.0 -> Some(product (Formula.Number -v :: rest))
        | _ -> None

    let negate x = product [ Formula.Number -1.0; x ]

    let private extreme numbers make a b =
        match a, b with
        | Formula.Number x, Formula.Number y -> Formula.Number(numbers x y)
        | a, b when a = b -> a
        | a, b -> make (min a b, max a b)

    let largest a b = extreme max Formula.Max a b
    let smallest a b = extreme min Formula.Min a b

    let rec branch test above below =
        match test with
        | Formula.Number x -> if x > 0.0 then above else below
        | _ when above = below -> above
        | Formula.Product(Formula.Number x :: rest) when x > 0.0 && x <> 1.0 -> branch (product rest) above below
        | _ when above = one && below = zero -> apply Elementary.Step test
        | _ -> Formula.Branch(test, above, below)

/// Where the plain order of operations cancels, another order that keeps the digits, for the interpreter and the compiled code alike.
module internal FormulaDigits =

    let private one = Formula.Number 1.0

    let private sumOf terms =
        match terms with
        | [ term ] -> term
        | terms -> Formula.Sum terms

    let private timesSquare coefficient f u =
        Formula.Product
            [
                Formula.Number coefficient
                Formula.Power(Formula.Apply(f, Formula.Product [ Formula.Number 0.5; u ]), 2.0)
            ]

    // f - 1 for an f that is near 1 where its argument is near 0.
    let private lessOne formula =
        match formula with
        | Formula.Apply(Elementary.Exp, u) -> Some(Formula.Apply(Elementary.Expm1, u))
        | Formula.Apply(Elementary.Cos, u) -> Some(timesSquare -2.0 Elementary.Sin u)
        | Formula.Apply(Elementary.Cosh, u) -> Some(timesSquare 2.0 Elementary.Sinh u)
        // -1/(1 + 1/u), which holds for infinite u as well.
        | Formula.Power(Formula.Sum(Formula.Number 1.0 :: rest), -1.0) ->
            let inverse = Formula.Power(sumOf rest, -1.0)
            Some(Formula.Product [ Formula.Number -1.0; Formula.Power(Formula.Sum [ one; inverse ], -1.0) ])
        | Formula.Power(Formula.Sum(Formula.Number 1.0 :: rest), e) when
            not (FormulaRewrite.isInteger e) || FormulaRewrite.isNotNegative (sumOf rest)
            ->
            let logarithm = Formula.Apply(Elementary.Log1p, sumOf rest)
            Some(Formula.Apply(Elementary.Expm1, Formula.Product [ Formula.Number e; logarithm ]))
        | _ -> None

    let private times coefficient formula =
        if coefficient = 1.0 then
            formula
        else
            Formula.Product [ Formula.Number coefficient; formula ]

    let private reduced term =
        match FormulaRewrite.coefficientAndFactors term with
        | c, [ factor ] -> lessOne factor |> Option.map (fun rest -> c, times c rest)
        | _ -> None

    // A number beside terms c f with f near 1: together they cancel it, or the first that does so alone.
    let private withoutNumber number terms =
        let found = terms |> List.map (fun term -> term, reduced term)

        let total =
            found
            |> List.sumBy (fun (_, part) -> part |> Option.map fst |> Option.defaultValue 0.0)

        if total = -number then
            Some(
                found
                |> List.map (fun (term, part) -> part |> Option.map snd |> Option.defaultValue term)
            )
        else
            found
            |> List.tryFindIndex (fun (_, part) ->
                match part with
                | Some(c, _) -> c = -number
                | None -> false)
            |> Option.map (fun at ->
                found
                |> List.mapi (fun i (term, part) ->
                    match part with
                    | Some(_, rest) when i = at -> rest
                    | _ -> term))

    /// The order that keeps the digits, where there is one.
    let (|Cancelling|_|) formula =
        match formula with
        // Softplus, which is evaluated for what it is.
        | Formula.Apply(Elementary.Log, Formula.Sum [ Formula.Number 1.0; Formula.Apply(Elementary.Exp, _) ]) -> None
        | Formula.Apply(Elementary.Log, Formula.Sum(Formula.Number 1.0 :: rest)) ->
            Some(Formula.Apply(Elementary.Log1p, sumOf rest))
        | Formula.Apply(Elementary.Log, x) ->
            lessOne x |> Option.map (fun rest -> Formula.Apply(Elementary.Log1p, rest))
        | Formula.Sum(Formula.Number number :: terms) when number <> 0.0 ->
            withoutNumber number terms |> Option.map sumOf
        | _ -> None

type Formula with
    /// The sum, in normal form.
    static member (+)(a: Formula, b: Formula) = FormulaRewrite.sum [ a; b ]

    /// The sum, in normal form.
    static member (+)(a: Formula, b: float) =
        FormulaRewrite.sum [ a; Formula.Number b ]

    /// The sum, in normal form.
    static member (+)(a: float, b: Formula) =
        FormulaRewrite.sum [ Formula.Number a; b ]

    /// The product, in normal form.
    static member (*)(a: Formula, b: Formula) = FormulaRewrite.product [ a; b ]

    /// The product, in normal form.
    static member (*)(a: Formula, b: float) =
        FormulaRewrite.product [ a; Formula.Number b ]

    /// The product, in normal form.
    static member (*)(a: float, b: Formula) =
        FormulaRewrite.product [ Formula.Number a; b ]

    /// Minus a, in normal form.
    static member (~-)(a: Formula) = FormulaRewrite.negate a

    /// The difference, in normal form.
    static member (-)(a: Formula, b: Formula) =
        FormulaRewrite.sum [ a; FormulaRewrite.negate b ]

    /// The difference, in normal form.
    static member (-)(a: Formula, b: float) =
        FormulaRewrite.sum [ a; Formula.Number -b ]

    /// The difference, in normal form.
    static member (-)(a: float, b: Formula) =
        FormulaRewrite.sum [ Formula.Number a; FormulaRewrite.negate b ]

    /// The quotient, in normal form.
    static member (/)(a: Formula, b: Formula) =
        FormulaRewrite.product [ a; FormulaRewrite.power b -1.0 ]

    /// The quotient, in normal form.
    static member (/)(a: Formula, b: float) =
        FormulaRewrite.product [ a; Formula.Number(1.0 / b) ]

    /// The quotient, in normal form.
    static member (/)(a: float, b: Formula) =
        FormulaRewrite.product [ Formula.Number a; FormulaRewrite.power b -1.0 ]

    /// A power, in normal form.
    static member Pow(a: Formula, exponent: float) = FormulaRewrite.power a exponent
    /// The square root, in normal form.
    static member Sqrt(a: Formula) = FormulaRewrite.power a 0.5
    /// e^x, in normal form.
    static member Exp(a: Formula) = FormulaRewrite.apply Elementary.Exp a
    /// The natural logarithm, in normal form.
    static member Log(a: Formula) = FormulaRewrite.apply Elementary.Log a
    /// The hyperbolic tangent, in normal form.
    static member Tanh(a: Formula) = FormulaRewrite.apply Elementary.Tanh a
    /// The sine, in normal form.
    static member Sin(a: Formula) = FormulaRewrite.apply Elementary.Sin a
    /// The cosine, in normal form.
    static member Cos(a: Formula) = FormulaRewrite.apply Elementary.Cos a
    /// The hyperbolic sine, in normal form.
    static member Sinh(a: Formula) = FormulaRewrite.apply Elementary.Sinh a
    /// The hyperbolic cosine, in normal form.
    static member Cosh(a: Formula) = FormulaRewrite.apply Elementary.Cosh a

    /// The arctangent, in normal form.
    static member Atan(a: Formula) =
        FormulaRewrite.apply Elementary.Arctan a

    /// The absolute value, in normal form.
    static member Abs(a: Formula) = FormulaRewrite.apply Elementary.Abs a

/// Formulas in z: made, evaluated and differentiated.
[<RequireQualifiedAccess>]
module Formula =

    /// z.
    let z = Formula.Argument

    /// A number as a formula.
    let number x = Formula.Number x

    /// f(x) of an elementary function.
    let apply f x = FormulaRewrite.apply f x

    /// The error function.
    let erf x = FormulaRewrite.apply Elementary.Erf x

    /// -1, 0 or 1.
    let sign x = FormulaRewrite.apply Elementary.Sign x

    /// 1 where x > 0, else 0.
    let step x = FormulaRewrite.apply Elementary.Step x

    /// The larger of two formulas, in normal form.
    let max a b = FormulaRewrite.largest a b
    /// The smaller of two formulas, in normal form.
    let min a b = FormulaRewrite.smallest a b

    /// `above` where `test` > 0, else `below`.
    let branch test above below = FormulaRewrite.branch test above below

    /// What is chosen where left and right compare as the sign says, and what elsewhere.
    let internal comparisons: Map<string, Formula -> Formula -> Formula -> Formula -> Formula> =
        Map.ofList
            [
                ">", (fun left right yes no -> branch (left - right) yes no)
                "<", (fun left right yes no -> branch (right - left) yes no)
                ">=", (fun left right yes no -> branch (right - left) no yes)
                "<=", (fun left right yes no -> branch (left - right) no yes)
            ]

    /// x^y: a power where y is a number, else e^(y log x), which needs x > 0.
    let raise x y =
        match x, y with
        | _, Formula.Number e -> FormulaRewrite.power x e
        | _ -> exp (y * log x)

    /// The formula rebuilt by the rules with `argument` in place of z.
    let rec substitute argument formula =
        match formula with
        | Formula.Number _ -> formula
        | Formula.Argument -> argument
        | Formula.Sum xs -> FormulaRewrite.sum (List.map (substitute argument) xs)
        | Formula.Product xs -> FormulaRewrite.product (List.map (substitute argument) xs)
        | Formula.Power(x, e) -> FormulaRewrite.power (substitute argument x) e
        | Formula.Apply(f, x) -> FormulaRewrite.apply f (substitute argument x)
        | Formula.Max(a, b) -> max (substitute argument a) (substitute argument b)
        | Formula.Min(a, b) -> min (substitute argument a) (substitute argument b)
        | Formula.Branch(test, above, below) ->
            branch (substitute argument test) (substitute argument above) (substitute argument below)

    /// The formula in normal form: formulas made by hand from the union's cases become what the operators make.
    let simplify formula = substitute z formula

    let private slope f (x: Formula) =
        match f with
        | Elementary.Exp
        | Elementary.Expm1 -> exp x
        | Elementary.Log -> 1.0 / x
        | Elementary.Log1p -> 1.0 / (1.0 + x)
        | Elementary.Tanh -> 1.0 - tanh x ** 2.0
        | Elementary.Erf -> 2.0 / sqrt Math.PI * exp (-(x * x))
        | Elementary.Sin -> cos x
        | Elementary.Cos -> -(sin x)
        | Elementary.Sinh -> cosh x
        | Elementary.Cosh -> sinh x
        | Elementary.Arctan -> 1.0 / (1.0 + x * x)
        | Elementary.Abs -> sign x
        | Elementary.Sign
        | Elementary.Step -> FormulaRewrite.zero

    /// The derivative between the kinks; what happens at them `Kinks.find` tells: a jump of the formula is a delta function of its
    /// derivative, which is no part of this one.
    let rec derivative formula =
        match formula with
        | Formula.Number _ -> FormulaRewrite.zero
        | Formula.Argument -> FormulaRewrite.one
        | Formula.Sum xs -> FormulaRewrite.sum (List.map derivative xs)
        | Formula.Product xs ->
            xs
            |> List.mapi (fun i x -> FormulaRewrite.product (derivative x :: List.removeAt i xs))
            |> FormulaRewrite.sum
        | Formula.Power(x, e) -> e * FormulaRewrite.power x (e - 1.0) * derivative x
        | Formula.Apply(f, x) -> slope f x * derivative x
        | Formula.Max(a, b) -> branch (b - a) (derivative b) (derivative a)
        | Formula.Min(a, b) -> branch (b - a) (derivative a) (derivative b)
        | Formula.Branch(test, above, below) -> branch test (derivative above) (derivative below)

    /// The value at z.
    let rec evaluate (z: float) formula =
        match formula with
        | Formula.Number x -> x
        | Formula.Argument -> z
        | FormulaDigits.Cancelling better -> evaluate z better
        | Formula.Sum xs -> xs |> List.map (evaluate z) |> List.reduce (+)
        | Formula.Product xs ->
            (1.0, xs)
            ||> List.fold (fun acc x ->
                match x with
                | Formula.Power(y, e) when e < 0.0 -> acc / FormulaArithmetic.power (evaluate z y) -e
                | x -> acc * evaluate z x)
        | Formula.Power(x, e) -> FormulaArithmetic.power (evaluate z x) e
        | Formula.Apply(Elementary.Log, Formula.Sum [ Formula.Number 1.0; Formula.Apply(Elementary.Exp, x) ]) ->
            FormulaArithmetic.softplus (evaluate z x)
        | Formula.Apply(f, x) -> FormulaArithmetic.apply f (evaluate z x)
        | Formula.Max(a, b) -> Math.Max(evaluate z a, evaluate z b)
        | Formula.Min(a, b) -> Math.Min(evaluate z a, evaluate z b)
        | Formula.Branch(test, above, below) ->
            if evaluate z test > 0.0 then
                evaluate z above
            else
                evaluate z below

    /// The formula itself and everything in it.
    let rec parts formula =
        seq {
            yield formula

            match formula with
            | Formula.Number _
            | Formula.Argument -> ()
            | Formula.Sum xs
            | Formula.Product xs ->
                for x in xs do
                    yield! parts x
            | Formula.Power(x, _)
            | Formula.Apply(_, x) -> yield! parts x
            | Formula.Max(a, b)
            | Formula.Min(a, b) ->
                yield! parts a
                yield! parts b
            | Formula.Branch(test, above, below) ->
                yield! parts test
                yield! parts above
                yield! parts below
        }

    /// No z in it.
    let isConstant formula =
        not (Seq.contains Formula.Argument (parts formula))
