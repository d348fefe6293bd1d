namespace FiniteWidth

open System
open System.Globalization

/// Formulas as LaTeX.
[<RequireQualifiedAccess>]
module FormulaLatex =

    // For reading: twelve digits, so that 1/sqrt 2 squared is a half.
    let private number (x: float) =
        let text = x.ToString("G12", CultureInfo.InvariantCulture)

        match text.IndexOf 'E' with
        | -1 -> text
        | e -> $"{text[.. e - 1]} \\cdot 10^{{{int text[e + 1 ..]}}}"

    let private name f =
        match f with
        | Elementary.Exp -> "\\exp"
        | Elementary.Expm1 -> "\\operatorname{expm1}"
        | Elementary.Log -> "\\log"
        | Elementary.Log1p -> "\\operatorname{log1p}"
        | Elementary.Tanh -> "\\tanh"
        | Elementary.Erf -> "\\operatorname{erf}"
        | Elementary.Sin -> "\\sin"
        | Elementary.Cos -> "\\cos"
        | Elementary.Sinh -> "\\sinh"
        | Elementary.Cosh -> "\\cosh"
        | Elementary.Arctan -> "\\arctan"
        | Elementary.Abs -> "\\operatorname{abs}"
        | Elementary.Sign -> "\\operatorname{sign}"
        | Elementary.Step -> "\\theta"

    let private parentheses inner = $"\\left( {inner} \\right)"

    let rec private atom formula =
        match formula with
        | Formula.Sum _
        | Formula.Product _
        | Formula.Power _ -> parentheses (sum formula)
        | Formula.Number x when x < 0.0 -> parentheses (number x)
        | other -> product other

    and private power x (e: float) =
        match x, e with
        | Formula.Sum _, 1.0 -> parentheses (sum x)
        | _, 1.0 -> product x
        | _, 0.5 -> $"\\sqrt{{{sum x}}}"
        | Formula.Apply((Elementary.Exp | Elementary.Abs), _), _ -> $"{{{parentheses (product x)}}}^{{{number e}}}"
        // sin^2 x rather than (sin x)^2.
        | Formula.Apply(f, y), e when e > 0.0 && FormulaRewrite.isInteger e ->
            $"{name f}^{{{number e}}} {parentheses (sum y)}"
        | _ -> $"{{{atom x}}}^{{{number e}}}"

    and private product formula =
        match formula with
        | Formula.Number x -> number x
        | Formula.Argument -> "z"
        | Formula.Apply(Elementary.Exp, x) -> $"e^{{{sum x}}}"
        | Formula.Apply(Elementary.Abs, x) -> $"\\left| {sum x} \\right|"
        | Formula.Apply(f, x) -> $"{name f} {parentheses (sum x)}"
        | Formula.Max(a, b) -> $"\\max \\left( {sum a}, {sum b} \\right)"
        | Formula.Min(a, b) -> $"\\min \\left( {sum a}, {sum b} \\right)"
        | Formula.Branch(test, above, below) ->
            $"\\begin{{cases}} {sum above} & {sum test} > 0 \\\\ {sum below} & \\text{{else}} \\end{{cases}}"
        | Formula.Sum _ -> parentheses (sum formula)
        | Formula.Power(x, e) when e > 0.0 -> power x e
        | Formula.Power _ -> fraction [ formula ]
        | Formula.Product factors -> fraction factors

    and private fraction factors =
        let split (above, below) factor =
            match factor with
            | Formula.Power(x, e) when e < 0.0 -> above, (x, -e) :: below
            // 0.5 z reads better as z/2.
            | Formula.Number x when abs x < 1.0 && 1.0 / x = Math.Round(1.0 / x) ->
                above, (Formula.Number(1.0 / x), 1.0) :: below
            | x -> (x, 1.0) :: above, below

        let above, below = List.fold split ([], []) factors

        let join factors =
            match factors with
            | [ x, 1.0 ] -> sum x
            | factors ->
                factors
                |> List.rev
                |> List.map (fun (x, e) -> power x e)
                |> String.concat " \\, "

        match above, below with
        | above, [] -> join above
        | [], below -> $"\\frac{{1}}{{{join below}}}"
        | above, below -> $"\\frac{{{join above}}}{{{join below}}}"

    and private sum formula =
        match formula with
        | Formula.Sum terms ->
            FormulaText.signedTerms terms
            |> List.mapi (fun i term ->
                match i, term with
                | 0, (true, term) -> $"-{product term}"
                | 0, (false, term) -> product term
                | _, (true, term) -> $" - {product term}"
                | _, (false, term) -> $" + {product term}")
            |> String.concat ""
        | other ->
            match FormulaText.signed other with
            | true, term -> $"-{product term}"
            | false, term -> product term

    /// The formula, in the variable z.
    let write formula = sum formula

    let private signOf (x: float) = if x < 0.0 then "-" else "+"

    let private delta kink =
        if kink.At = 0.0 then
            "\\delta(z)"
        else
            $"\\delta \\left( z {signOf -kink.At} {number (abs kink.At)} \\right)"

    let private weighted kink =
        let weight = Math.Round(abs kink.Jump, 12)

        let size = if weight = 1.0 then "" else $"{number weight} \\, "

        $" {signOf kink.Jump} {size}{delta kink}"

    /// The derivative of a formula with the delta functions that its jumps leave.
    let derivative formula =
        let jumps =
            Kinks.find formula
            |> List.filter (fun kink -> kink.Order = 0)
            |> List.map weighted
            |> String.concat ""

        match Formula.derivative formula, jumps with
        | smooth, "" -> write smooth
        | Formula.Number 0.0, jumps -> jumps.TrimStart().TrimStart('+').TrimStart()
        | smooth, jumps -> write smooth + jumps
