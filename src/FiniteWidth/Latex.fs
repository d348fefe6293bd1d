namespace FiniteWidth

open System
open System.Globalization

/// Symbols and symbolic scalars as LaTeX.
[<RequireQualifiedAccess>]
module Latex =

    let private number (x: float) =
        let text = x.ToString("R", CultureInfo.InvariantCulture)

        match text.IndexOf 'E' with
        | -1 -> text
        | e -> $"{text[.. e - 1]} \\cdot 10^{{{int text[e + 1 ..]}}}"

    /// A symbol as in the papers: \bar Q_1, \lambda_0, N_2, ...
    let symbol symbol =
        match symbol with
        | Symbol.Qbar l -> $"\\bar Q_{{{l}}}"
        | Symbol.Q l -> $"Q_{{{l}}}"
        | Symbol.Prior l -> $"\\lambda_{{{l}}}"
        | Symbol.BiasPrior l -> $"\\lambda_{{b,{l}}}"
        | Symbol.Width l -> $"N_{{{l}}}"
        | Symbol.Variance p -> $"c_{{{p}{p}}}"
        | Symbol.Covariance -> "c_{12}"
        | Symbol.Named name -> if name.Length = 1 then name else $"\\mathrm{{{name}}}"

    let private functionName f =
        match f with
        | Function.Log -> "\\log"
        | Function.Exp -> "\\exp"
        | Function.Sin -> "\\sin"
        | Function.Cos -> "\\cos"
        | Function.Sinh -> "\\sinh"
        | Function.Cosh -> "\\cosh"
        | Function.Arcsin -> "\\arcsin"
        | Function.Arccos -> "\\arccos"

    let private isNegative term =
        match term with
        | Scalar.Number x
        | Scalar.Product(Scalar.Number x :: _) -> x < 0.0
        | _ -> false

    let rec private factor scalar =
        match scalar with
        | Scalar.Sum _ -> $"\\left( {ofScalar scalar} \\right)"
        | Scalar.Number x when x < 0.0 -> $"\\left( {number x} \\right)"
        | _ -> ofScalar scalar

    and private powered x (e: float) =
        match e with
        | 1.0 -> factor x
        | 0.5 -> $"\\sqrt{{{ofScalar x}}}"
        | _ ->
            match x with
            | Scalar.Symbol _ -> $"{{{ofScalar x}}}^{{{number e}}}"
            | _ -> $"\\left( {ofScalar x} \\right)^{{{number e}}}"

    and private fraction factors =
        let split (above, below) f =
            match f with
            | Scalar.Power(x, e) when e < 0.0 -> above, powered x -e :: below
            | Scalar.Power(x, e) -> powered x e :: above, below
            | Scalar.Number x when x <> 0.0 && 1.0 / x = Math.Round(1.0 / x) && abs x < 1.0 ->
                above, number (1.0 / x) :: below
            | f -> factor f :: above, below

        let above, below = List.fold split ([], []) factors
        let join = List.rev >> String.concat " \\, "

        match above, below with
        | above, [] -> join above
        | [], below -> $"\\frac{{1}}{{{join below}}}"
        | above, below -> $"\\frac{{{join above}}}{{{join below}}}"

    /// An expression.
    and ofScalar scalar =
        match scalar with
        | Scalar.Number x -> number x
        | Scalar.Symbol s -> symbol s
        | Scalar.Sum terms ->
            let term i t =
                if isNegative t then $"- {ofScalar -t}"
                elif i = 0 then ofScalar t
                else $"+ {ofScalar t}"

            terms |> List.mapi term |> String.concat " "
        | Scalar.Product(Scalar.Number x :: rest) when x < 0.0 ->
            $"-{ofScalar (Rewrite.product (Scalar.Number -x :: rest))}"
        | Scalar.Product factors -> fraction factors
        | Scalar.Power _ -> fraction [ scalar ]
        | Scalar.Apply(Function.Exp, x) -> $"e^{{{ofScalar x}}}"
        | Scalar.Apply(f, x) -> $"{functionName f} \\left( {ofScalar x} \\right)"
