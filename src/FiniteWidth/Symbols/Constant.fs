namespace FiniteWidth

open System
open System.Globalization

/// A number as people write it: sign (p/q) pi^k with small whole p and q where it is one, else its digits.
[<RequireQualifiedAccess>]
type internal Constant =
    | Simple of numerator: int * denominator: int * piPower: int
    | Digits of mantissa: string * exponent: int

[<RequireQualifiedAccess>]
module internal Constant =

    // Further fractions are better read as digits.
    let private largestDenominator = 12
    let private largestNumerator = 1000
    // Of a number that went through a few operations.
    let private rounding = 4e-16

    let private simple piPower (x: float) =
        let reduced = x / Math.Pow(Math.PI, float piPower)

        Seq.tryPick
            (fun q ->
                let p = Math.Round(reduced * float q)

                if
                    p >= 1.0
                    && p <= float largestNumerator
                    && abs (reduced * float q - p) <= rounding * p
                then
                    Some(Constant.Simple(int p, q, piPower))
                else
                    None)
            (seq { 1..largestDenominator })

    let private digits (x: float) =
        let text = x.ToString("R", CultureInfo.InvariantCulture)

        match text.IndexOf 'E' with
        | -1 -> Constant.Digits(text, 0)
        | e -> Constant.Digits(text[.. e - 1], int text[e + 1 ..])

    let private isDecimal (x: float) =
        x.ToString("R", CultureInfo.InvariantCulture).Length <= 6

    /// A number that is not negative.
    let ofPositive (x: float) =
        match simple 0 x with
        | Some(Constant.Simple(_, 1, _) as whole) -> whole
        | Some(Constant.Simple(1, _, _) as part) -> part
        | _ when isDecimal x -> digits x
        | fraction ->
            fraction
            |> Option.orElse (simple -1 x)
            |> Option.orElse (simple 1 x)
            |> Option.defaultWith (fun () -> digits x)
