namespace FiniteWidth

open System

/// A quantity that the theory keeps as a symbol until numbers are needed.
[<RequireQualifiedAccess>]
type Symbol =
    /// Qbar_l > 0, the renormalisation of layer l.
    | Qbar of layer: int
    /// Q_l > -1, the conjugate of Qbar_l.
    | Q of layer: int
    /// lambda_l > 0, the precision of the prior of the weights that leave layer l (lambda_0: the input's).
    | Prior of layer: int
    /// lambda_b,l > 0, the precision of the prior of the biases of layer l.
    | BiasPrior of layer: int
    /// N_l, the width of hidden layer l.
    | Width of layer: int
    /// c11 or c22 >= 0, the variance of one point of a Gaussian pair.
    | Variance of point: int
    /// c12, the covariance of a Gaussian pair.
    | Covariance
    /// A user's own symbol, of any sign.
    | Named of name: string

/// A function of one real variable that a symbolic scalar may apply.
[<RequireQualifiedAccess>]
type Function =
    /// x -> log x
    | Log
    /// x -> e^x
    | Exp
    /// x -> sin x
    | Sin
    /// x -> cos x
    | Cos
    /// x -> sinh x
    | Sinh
    /// x -> cosh x
    | Cosh
    /// x -> arcsin x
    | Arcsin
    /// x -> arccos x
    | Arccos

/// A symbolic expression in real symbols. The operators, and the functions of the `Scalar` module, keep it in normal
/// form: sums and products are flat and sorted, numbers folded, equal terms and factors collected.
[<RequireQualifiedAccess>]
type Scalar =
    /// A constant.
    | Number of float
    /// An order parameter, a prior or a width.
    | Symbol of Symbol
    /// A sum of expressions.
    | Sum of Scalar list
    /// A product of expressions.
    | Product of Scalar list
    /// An expression to a constant power.
    | Power of Scalar * exponent: float
    /// A function of an expression.
    | Apply of Function * Scalar

/// The rewriting rules behind the operators of `Scalar`.
module internal Rewrite =

    let zero = Scalar.Number 0.0
    let one = Scalar.Number 1.0

    let private isInteger (x: float) = x = Math.Floor x

    let rec isPositive scalar =
        match scalar with
        | Scalar.Number x -> x >= 0.0
        | Scalar.Symbol(Symbol.Q _ | Symbol.Covariance | Symbol.Named _) -> false
        | Scalar.Symbol _ -> true
        | Scalar.Sum xs
        | Scalar.Product xs -> List.forall isPositive xs
        | Scalar.Power(x, e) -> isPositive x || (isInteger e && e % 2.0 = 0.0)
        | Scalar.Apply((Function.Exp | Function.Cosh | Function.Arccos), _) -> true
        | Scalar.Apply _ -> false

    let private coefficientAndFactors term =
        match term with
        | Scalar.Number x -> x, []
        | Scalar.Product(Scalar.Number x :: rest) -> x, rest
        | Scalar.Product factors -> 1.0, factors
        | other -> 1.0, [ other ]

    let private ofFactors coefficient factors =
        match coefficient, factors with
        | 0.0, _ -> zero
        | x, [] -> Scalar.Number x
        | 1.0, [ factor ] -> factor
        | 1.0, _ -> Scalar.Product factors
        | x, _ -> Scalar.Product(Scalar.Number x :: factors)

    let sum terms =
        let flat =
            terms
            |> List.collect (fun term ->
                match term with
                | Scalar.Sum xs -> xs
                | x -> [ x ])

        let collected =
            flat
            |> List.map coefficientAndFactors
            |> List.groupBy snd
            |> List.map (fun (factors, group) -> ofFactors (List.sumBy fst group) factors)
            |> List.filter ((<>) zero)
            |> List.sort

        match collected with
        | [] -> zero
        | [ term ] -> term
        | terms -> Scalar.Sum terms

    let rec power x exponent =
        match x, exponent with
        | _, 0.0 -> one
        | _, 1.0 -> x
        | Scalar.Number b, e when b >= 0.0 || isInteger e -> Scalar.Number(Math.Pow(b, e))
        | Scalar.Power(y, d), e when isInteger e || isPositive y -> power y (d * e)
        | Scalar.Product xs, e when isInteger e -> product (xs |> List.map (fun y -> power y e))
        | Scalar.Product xs, e when List.exists isPositive xs && not (List.forall isPositive xs) ->
            let positive, rest = List.partition isPositive xs
            product (power (product rest) e :: List.map (fun y -> power y e) positive)
        | Scalar.Product xs, e when List.forall isPositive xs -> product (xs |> List.map (fun y -> power y e))
        | Scalar.Apply(Function.Exp, y), e -> Scalar.Apply(Function.Exp, product [ Scalar.Number e; y ])
        | _ -> Scalar.Power(x, exponent)

    and product factors =
        let flat =
            factors
            |> List.collect (fun factor ->
                match factor with
                | Scalar.Product xs -> xs
                | x -> [ x ])

        let numbers, symbols =
            flat
            |> List.partition (fun x ->
                match x with
                | Scalar.Number _ -> true
                | _ -> false)

        let coefficient =
            (1.0, numbers)
            ||> List.fold (fun acc x ->
                match x with
                | Scalar.Number n -> acc * n
                | _ -> acc)

        if coefficient = 0.0 then
            zero
        else
            let baseAndExponent factor =
                match factor with
                | Scalar.Power(x, e) -> x, e
                | x -> x, 1.0

            let collected =
                symbols
                |> List.map baseAndExponent
                |> List.groupBy fst
                |> List.map (fun (x, group) -> x, List.sumBy snd group)
                |> List.filter (fun (_, e) -> e <> 0.0)
                |> List.map (fun (x, e) -> if e = 1.0 then x else Scalar.Power(x, e))
                |> List.sort

            match collected with
            // A number distributes over a sum, so that equal terms meet.
            | [ Scalar.Sum terms ] when coefficient <> 1.0 ->
                sum (terms |> List.map (fun term -> product [ Scalar.Number coefficient; term ]))
            | factors -> ofFactors coefficient factors

    /// The function's value at a number.
    let number f x =
        match f with
        | Function.Log -> log x
        | Function.Exp -> exp x
        | Function.Sin -> sin x
        | Function.Cos -> cos x
        | Function.Sinh -> sinh x
        | Function.Cosh -> cosh x
        | Function.Arcsin -> asin x
        | Function.Arccos -> acos x

    let apply f x =
        match f, x with
        | _, Scalar.Number v when Double.IsFinite(number f v) -> Scalar.Number(number f v)
        | Function.Log, Scalar.Apply(Function.Exp, y) -> y
        | Function.Log, Scalar.Product xs when List.forall isPositive xs ->
            sum (xs |> List.map (fun y -> Scalar.Apply(Function.Log, y)))
        | Function.Log, Scalar.Power(y, e) when isPositive y ->
            product [ Scalar.Number e; Scalar.Apply(Function.Log, y) ]
        | Function.Exp, Scalar.Apply(Function.Log, y) -> y
        | _ -> Scalar.Apply(f, x)

type Scalar with
    /// The sum, in normal form.
    static member (+)(a, b) = Rewrite.sum [ a; b ]
    /// The sum, in normal form.
    static member (+)(a, b) = Rewrite.sum [ a; Scalar.Number b ]
    /// The sum, in normal form.
    static member (+)(a, b) = Rewrite.sum [ Scalar.Number a; b ]
    /// The product, in normal form.
    static member (*)(a, b) = Rewrite.product [ a; b ]
    /// The product, in normal form.
    static member (*)(a, b) = Rewrite.product [ a; Scalar.Number b ]
    /// The product, in normal form.
    static member (*)(a, b) = Rewrite.product [ Scalar.Number a; b ]
    /// Minus a, in normal form.
    static member (~-)(a: Scalar) = -1.0 * a
    /// The difference, in normal form.
    static member (-)(a: Scalar, b: Scalar) = a + -b
    /// The difference, in normal form.
    static member (-)(a: Scalar, b: float) = a + -b
    /// The difference, in normal form.
    static member (-)(a: float, b: Scalar) = a + -b
    /// The quotient, in normal form.
    static member (/)(a: Scalar, b: Scalar) = a * Rewrite.power b -1.0
    /// The quotient, in normal form.
    static member (/)(a: Scalar, b: float) = a * (1.0 / b)
    /// The quotient, in normal form.
    static member (/)(a: float, b: Scalar) = a * Rewrite.power b -1.0
    /// A power, in normal form.
    static member Pow(a: Scalar, exponent: float) = Rewrite.power a exponent
    /// The square root, in normal form.
    static member Sqrt(a: Scalar) = Rewrite.power a 0.5
    /// The natural logarithm, in normal form.
    static member Log(a: Scalar) = Rewrite.apply Function.Log a
    /// e^x, in normal form.
    static member Exp(a: Scalar) = Rewrite.apply Function.Exp a
    /// The sine, in normal form.
    static member Sin(a: Scalar) = Rewrite.apply Function.Sin a
    /// The cosine, in normal form.
    static member Cos(a: Scalar) = Rewrite.apply Function.Cos a
    /// The hyperbolic sine, in normal form.
    static member Sinh(a: Scalar) = Rewrite.apply Function.Sinh a
    /// The hyperbolic cosine, in normal form.
    static member Cosh(a: Scalar) = Rewrite.apply Function.Cosh a
    /// The arcsine, in normal form.
    static member Asin(a: Scalar) = Rewrite.apply Function.Arcsin a
    /// The arccosine, in normal form.
    static member Acos(a: Scalar) = Rewrite.apply Function.Arccos a

/// Expressions in order parameters, priors and widths.
[<RequireQualifiedAccess>]
module Scalar =

    /// The constant 0.
    let zero = Rewrite.zero
    /// The constant 1.
    let one = Rewrite.one

    /// A number as an expression.
    let number x = Scalar.Number x

    /// A symbol as an expression.
    let symbol s = Scalar.Symbol s

    /// Qbar_l, the renormalisation of hidden layer l.
    let qbar layer = Scalar.Symbol(Symbol.Qbar layer)
    /// Q_l, the conjugate of Qbar_l.
    let q layer = Scalar.Symbol(Symbol.Q layer)
    /// lambda_l, the precision of the weights that leave layer l.
    let prior layer = Scalar.Symbol(Symbol.Prior layer)
    /// lambda_b,l, the precision of the biases of hidden layer l.
    let biasPrior layer = Scalar.Symbol(Symbol.BiasPrior layer)
    /// N_l, the width of hidden layer l.
    let width layer = Scalar.Symbol(Symbol.Width layer)

    /// The sum of many terms.
    let sum terms = Rewrite.sum terms

    /// The product of many factors.
    let product factors = Rewrite.product factors

    /// The same expression with every symbol replaced by what `replace` gives for it, simplified.
    let rec substitute replace scalar =
        match scalar with
        | Scalar.Number _ -> scalar
        | Scalar.Symbol s -> replace s
        | Scalar.Sum xs -> Rewrite.sum (List.map (substitute replace) xs)
        | Scalar.Product xs -> Rewrite.product (List.map (substitute replace) xs)
        | Scalar.Power(x, e) -> Rewrite.power (substitute replace x) e
        | Scalar.Apply(f, x) -> Rewrite.apply f (substitute replace x)

    /// The expression in normal form: expressions made by hand from the union's cases become what the operators make.
    let simplify scalar = substitute Scalar.Symbol scalar

    /// The expression with products and whole powers distributed over sums, equal terms collected.
    let rec expand scalar =
        let termsOf expanded =
            match expanded with
            | Scalar.Sum terms -> terms
            | term -> [ term ]

        match scalar with
        | Scalar.Number _
        | Scalar.Symbol _ -> scalar
        | Scalar.Sum xs -> Rewrite.sum (List.map expand xs)
        | Scalar.Product xs ->
            ([ one ], List.map (expand >> termsOf) xs)
            ||> List.fold (fun products terms ->
                [
                    for a in products do
                        for b in terms -> Rewrite.product [ a; b ]
                ])
            |> Rewrite.sum
        | Scalar.Power(x, e) when e = 2.0 || e = 3.0 ->
            match expand x with
            | Scalar.Sum _ as sum -> expand (Scalar.Product(List.replicate (int e) sum))
            | other -> Rewrite.power other e
        | Scalar.Power(x, e) -> Rewrite.power (expand x) e
        | Scalar.Apply(f, x) -> Rewrite.apply f (expand x)

    /// The symbols that occur.
    let rec symbols scalar =
        match scalar with
        | Scalar.Number _ -> Set.empty
        | Scalar.Symbol s -> Set.singleton s
        | Scalar.Sum xs
        | Scalar.Product xs -> xs |> List.map symbols |> Set.unionMany
        | Scalar.Power(x, _)
        | Scalar.Apply(_, x) -> symbols x

    let private derivativeOf f (x: Scalar) =
        match f with
        | Function.Log -> 1.0 / x
        | Function.Exp -> exp x
        | Function.Sin -> cos x
        | Function.Cos -> -(sin x)
        | Function.Sinh -> cosh x
        | Function.Cosh -> sinh x
        | Function.Arcsin -> Rewrite.power (1.0 - x * x) -0.5
        | Function.Arccos -> -(Rewrite.power (1.0 - x * x) -0.5)

    /// The partial derivative in a symbol.
    let rec derivative variable scalar =
        match scalar with
        | Scalar.Number _ -> zero
        | Scalar.Symbol s -> if s = variable then one else zero
        | Scalar.Sum xs -> Rewrite.sum (List.map (derivative variable) xs)
        | Scalar.Product xs ->
            xs
            |> List.mapi (fun i x -> Rewrite.product (derivative variable x :: List.removeAt i xs))
            |> Rewrite.sum
        | Scalar.Power(x, e) -> Rewrite.product [ Scalar.Number e; Rewrite.power x (e - 1.0); derivative variable x ]
        | Scalar.Apply(f, x) -> derivativeOf f x * derivative variable x

    /// The value, given the symbols' values.
    let rec evaluate (value: Symbol -> float) scalar =
        match scalar with
        | Scalar.Number x -> x
        | Scalar.Symbol s -> value s
        | Scalar.Sum xs -> xs |> List.sumBy (evaluate value)
        | Scalar.Product xs -> (1.0, xs) ||> List.fold (fun acc x -> acc * evaluate value x)
        | Scalar.Power(x, -1.0) -> 1.0 / evaluate value x
        | Scalar.Power(x, 0.5) -> sqrt (evaluate value x)
        | Scalar.Power(x, 2.0) ->
            let v = evaluate value x
            v * v
        | Scalar.Power(x, e) -> Math.Pow(evaluate value x, e)
        | Scalar.Apply(f, x) -> Rewrite.number f (evaluate value x)

    /// The number, where the expression is one.
    let tryNumber scalar =
        match scalar with
        | Scalar.Number x -> Some x
        | _ -> None

type Scalar with

    /// Qbar_l, the renormalisation of hidden layer l.
    static member Qbar layer = Scalar.qbar layer
    /// Q_l, the conjugate of Qbar_l.
    static member Q layer = Scalar.q layer
    /// lambda_l, the precision of the weights that leave layer l.
    static member Prior layer = Scalar.prior layer
    /// lambda_b,l, the precision of the biases of hidden layer l.
    static member BiasPrior layer = Scalar.biasPrior layer
    /// N_l, the width of hidden layer l.
    static member Width layer = Scalar.width layer

    /// A symbol of one's own.
    static member Named name = Scalar.symbol (Symbol.Named name)
