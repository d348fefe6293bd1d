namespace FiniteWidth

open System.Globalization

/// Formulas as the text that `FormulaParser` reads: `z * tanh(z)`.
[<RequireQualifiedAccess>]
module FormulaText =

    let internal functions =
        [
            "exp", Elementary.Exp
            "expm1", Elementary.Expm1
            "log", Elementary.Log
            "log1p", Elementary.Log1p
            "tanh", Elementary.Tanh
            "erf", Elementary.Erf
            "sin", Elementary.Sin
            "cos", Elementary.Cos
            "sinh", Elementary.Sinh
            "cosh", Elementary.Cosh
            "arctan", Elementary.Arctan
            "abs", Elementary.Abs
            "sign", Elementary.Sign
            "step", Elementary.Step
        ]

    let private nameOf f =
        functions |> List.find (fun (_, g) -> g = f) |> fst

    let private number (x: float) =
        x.ToString("R", CultureInfo.InvariantCulture)

    /// Sign and absolute value of a term: a sum writes the sign between its terms.
    let internal signed formula =
        match formula with
        | Formula.Number x when x < 0.0 -> true, Formula.Number -x
        | Formula.Product(Formula.Number x :: rest) when x < 0.0 ->
            true, FormulaRewrite.product (Formula.Number -x :: rest)
        | other -> false, other

    /// The terms of a sum with their signs, a negative number last: z - 1 rather than -1 + z.
    let internal signedTerms terms =
        match terms with
        | Formula.Number x :: rest when x < 0.0 -> rest @ [ Formula.Number x ] |> List.map signed
        | terms -> List.map signed terms

    // From loose to tight: a sum, a product, a power, an atom.
    let rec private sumText formula =
        match formula with
        | Formula.Sum terms ->
            signedTerms terms
            |> List.mapi (fun i term ->
                match i, term with
                | 0, term -> minus term
                | _, (true, term) -> $" - {productText term}"
                | _, (false, term) -> $" + {productText term}")
            |> String.concat ""
        | other -> minus (signed other)

    and private minus (negative, term) =
        if negative then
            $"-{productText term}"
        else
            productText term

    and private productText formula =
        match formula with
        | Formula.Product _
        | Formula.Power(_, _) ->
            let factors =
                match formula with
                | Formula.Product factors -> factors
                | other -> [ other ]

            let below, above =
                factors
                |> List.partition (fun x ->
                    match x with
                    | Formula.Power(_, e) -> e < 0.0
                    | _ -> false)

            let above =
                if above.IsEmpty then
                    "1"
                else
                    above |> List.map powerText |> String.concat " * "

            below
            |> List.map (fun x ->
                match x with
                | Formula.Power(y, e) -> $" / {powerText (Formula.Power(y, -e))}"
                | other -> powerText other)
            |> String.concat ""
            |> (+) above
        | other -> powerText other

    and private powerText formula =
        match formula with
        | Formula.Power(x, 1.0) -> atomText x
        | Formula.Power(x, 0.5) -> $"sqrt({sumText x})"
        | Formula.Power(x, e) -> $"{atomText x}^{number e}"
        | other -> atomText other

    and private atomText formula =
        match formula with
        | Formula.Number x when x >= 0.0 -> number x
        | Formula.Argument -> "z"
        | Formula.Apply(f, x) -> $"{nameOf f}({sumText x})"
        | Formula.Max(a, b) -> $"max({sumText a}, {sumText b})"
        | Formula.Min(a, b) -> $"min({sumText a}, {sumText b})"
        | Formula.Branch(test, above, below) -> $"if({sumText test} > 0, {sumText above}, {sumText below})"
        | other -> $"({sumText other})"

    /// The formula as text.
    let write formula = sumText formula
