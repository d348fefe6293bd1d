namespace FiniteWidth

/// How tightly the parts of a formula hang together: what binds less than its place needs parentheses there.
[<RequireQualifiedAccess>]
type internal Binding =
    | Sum
    | Product
    | Factor
    | Atom

/// A formula typeset twice: as plain Unicode text, and as LaTeX.
type Typeset =
    internal
        {
            /// As Unicode text.
            Plain: string
            /// As LaTeX.
            Tex: string
            /// How tightly it binds: what stands around it may need parentheses.
            Binding: Binding
        }

    /// As text, readable in a terminal.
    member this.Text = this.Plain

    /// As LaTeX, for math mode.
    member this.Latex = this.Tex

    override this.ToString() = this.Plain

/// Typeset formulas from their parts.
[<RequireQualifiedAccess>]
module Typeset =

    /// A letter, or whatever else needs no parentheses.
    let letter plain latex =
        {
            Plain = plain
            Tex = latex
            Binding = Binding.Atom
        }

    let internal enclosed (formula: Typeset) =
        letter $"({formula.Plain})" $"\\left( {formula.Tex} \\right)"

    /// In parentheses as text; as LaTeX a fraction's bar does their work.
    let internal enclosedPlain (formula: Typeset) = letter $"({formula.Plain})" formula.Tex

    let internal bracketed (formula: Typeset) =
        letter $"[ {formula.Plain} ]" $"\\left[ {formula.Tex} \\right]"

    let internal atLeast binding formula =
        if formula.Binding < binding then
            enclosed formula
        else
            formula

    let private join separator (parts: string seq) = String.concat separator parts

    /// Terms added, each with whether it is subtracted instead.
    let internal signedSum terms =
        let write (i: int) (isNegative, term) =
            let term = if isNegative then atLeast Binding.Product term else term

            match i, isNegative with
            | 0, false -> term.Plain, term.Tex
            | 0, true -> $"−{term.Plain}", $"-{term.Tex}"
            | _, false -> $"+ {term.Plain}", $"+ {term.Tex}"
            | _, true -> $"− {term.Plain}", $"- {term.Tex}"

        match terms with
        | [ false, only ] -> only
        | terms ->
            let plain, latex = terms |> List.mapi write |> List.unzip

            {
                Plain = join " " plain
                Tex = join " " latex
                Binding = Binding.Sum
            }

    /// The sum of some terms.
    let sum terms =
        terms |> List.map (fun term -> false, term) |> signedSum

    /// a - b.
    let minus b a = signedSum [ false, a; true, b ]

    /// Factors side by side.
    let product factors =
        match factors with
        | [ only ] -> only
        | factors ->
            let factors = factors |> List.map (atLeast Binding.Product)

            {
                Plain = factors |> List.map _.Plain |> join " "
                Tex = factors |> List.map _.Tex |> join " \\, "
                Binding = Binding.Product
            }

    /// above/below.
    let fraction above below =
        {
            Plain = $"{(atLeast Binding.Product above).Plain}/{(atLeast Binding.Factor below).Plain}"
            Tex = $"\\frac{{{above.Tex}}}{{{below.Tex}}}"
            Binding = Binding.Product
        }

    let private superscript (text: string) =
        let raised = "⁰¹²³⁴⁵⁶⁷⁸⁹"

        text
        |> String.map (fun c ->
            if c = '-' then '⁻'
            elif System.Char.IsDigit c then raised[int c - int '0']
            else c)

    let internal subscript (number: int) =
        string number |> String.map (fun c -> char (0x2080 + int c - int '0'))

    /// The formula to a whole power.
    let internal power (exponent: int) formula =
        let inner = atLeast Binding.Atom formula

        {
            Plain = inner.Plain + superscript (string exponent)
            Tex = $"{{{inner.Tex}}}^{{{exponent}}}"
            Binding = Binding.Factor
        }

    let internal squareRoot formula =
        {
            Plain = "√" + (atLeast Binding.Atom formula).Plain
            Tex = $"\\sqrt{{{formula.Tex}}}"
            Binding = Binding.Factor
        }

    /// name(argument).
    let apply name argument =
        let inside = enclosed argument

        {
            Plain = name.Plain + inside.Plain
            Tex = $"{name.Tex} {inside.Tex}"
            Binding = Binding.Factor
        }

    /// log x, or log(x + y) where the argument is not one letter.
    let internal applyFunction name argument =
        if argument.Binding = Binding.Atom then
            {
                Plain = $"{name.Plain} {argument.Plain}"
                Tex = $"{name.Tex} {argument.Tex}"
                Binding = Binding.Product
            }
        else
            apply name argument

    /// a^T.
    let internal transposed formula =
        let inner = atLeast Binding.Atom formula

        {
            Plain = inner.Plain + "ᵀ"
            Tex = $"{{{inner.Tex}}}^\\top"
            Binding = Binding.Factor
        }

    /// An operator such as a sum or a trace in front of what it applies to.
    let internal prefixed operator' formula =
        let inner = atLeast Binding.Product formula

        {
            Plain = $"{operator'.Plain} {inner.Plain}"
            Tex = $"{operator'.Tex} {inner.Tex}"
            Binding = Binding.Product
        }

    /// d below the derivative's bar: the partial derivative of a formula in another.
    let internal partial variable formula =
        {
            Plain = $"∂{formula.Plain}/∂{variable.Plain}"
            Tex = $"\\frac{{\\partial {formula.Tex}}}{{\\partial {variable.Tex}}}"
            Binding = Binding.Product
        }

    /// The same formula, taken for one that needs no parentheses.
    let internal asAtom formula = { formula with Binding = Binding.Atom }

    /// f'.
    let internal primed formula =
        letter (formula.Plain + "′") $"{formula.Tex}'"

    /// Two formulas without a space between them.
    let internal beside left right =
        {
            Plain = left.Plain + right.Plain
            Tex = left.Tex + right.Tex
            Binding = Binding.Factor
        }

    let private separated plain latex formulas =
        {
            Plain = formulas |> List.map _.Plain |> join plain
            Tex = formulas |> List.map _.Tex |> join latex
            Binding = Binding.Sum
        }

    /// Formulas one after the other.
    let internal listed formulas = separated ",  " ", \\quad " formulas

    /// The arguments of a function.
    let internal arguments formulas = separated ", " ", " formulas

    /// left = right.
    let equals right left =
        {
            Plain = $"{left.Plain} = {right.Plain}"
            Tex = $"{left.Tex} = {right.Tex}"
            Binding = Binding.Sum
        }

    let internal pi = letter "π" "\\pi"

    let private whole (n: int) = letter (string n) (string n)

    let private positive x =
        match Constant.ofPositive x with
        | Constant.Digits(mantissa, 0) -> letter mantissa mantissa
        | Constant.Digits("1", exponent) -> power exponent (whole 10)
        | Constant.Digits(mantissa, exponent) ->
            letter $"{mantissa}·10{superscript (string exponent)}" $"{mantissa} \\cdot 10^{{{exponent}}}"
        | Constant.Simple(p, q, piPower) ->
            let factor n (rest: Typeset list) =
                if n = 1 && not rest.IsEmpty then rest else whole n :: rest

            let above = factor p (if piPower = 1 then [ pi ] else [])
            let below = factor q (if piPower = -1 then [ pi ] else [])

            match below with
            | [ one ] when one = whole 1 -> product above
            | below -> fraction (product above) (product below)

    /// A number: whole, a simple fraction of whole numbers or of pi, or its digits.
    let number (x: float) =
        if x < 0.0 then
            signedSum [ true, positive -x ]
        else
            positive x

    // Letters stand in italics, words upright.
    let private upright (name: string) =
        if name.Length = 1 then name else $"{{\\mathrm{{{name}}}}}"

    /// A number by its digits.
    let internal decimal (x: float) =
        let text = x.ToString("R", System.Globalization.CultureInfo.InvariantCulture)

        if text.Contains 'E' then number x else letter text text

    /// A symbol as in the papers.
    let ofSymbol symbol =
        let indexed plain latex (l: int) =
            letter (plain + subscript l) $"{latex}_{{{l}}}"

        match symbol with
        | Symbol.Qbar l -> indexed "Q̄" "\\bar Q" l
        | Symbol.Q l -> indexed "Q" "Q" l
        | Symbol.Prior l -> indexed "λ" "\\lambda" l
        | Symbol.BiasPrior l -> letter $"λ_b,{l}" $"\\lambda_{{b,{l}}}"
        | Symbol.Width l -> indexed "N" "N" l
        | Symbol.Variance p -> letter ("c" + subscript p + subscript p) $"c_{{{p}{p}}}"
        | Symbol.Covariance -> letter ("c" + subscript 1 + subscript 2) "c_{12}"
        | Symbol.Named name -> letter name (name.Split '_' |> Array.map upright |> String.concat "_")

    let private functionName f =
        match f with
        | Function.Log -> letter "log" "\\log"
        | Function.Exp -> letter "exp" "\\exp"
        | Function.Sin -> letter "sin" "\\sin"
        | Function.Cos -> letter "cos" "\\cos"
        | Function.Sinh -> letter "sinh" "\\sinh"
        | Function.Cosh -> letter "cosh" "\\cosh"
        | Function.Arcsin -> letter "arcsin" "\\arcsin"
        | Function.Arccos -> letter "arccos" "\\arccos"

    let private isNegative term =
        match term with
        | Scalar.Number x
        | Scalar.Product(Scalar.Number x :: _) -> x < 0.0
        | _ -> false

    // Terms with sums inside read better in front of plain ones.
    let private hasSum term =
        match term with
        | Scalar.Product factors ->
            factors
            |> List.exists (fun factor ->
                match factor with
                | Scalar.Sum _ -> true
                | _ -> false)
        | _ -> false

    let private isWhole (x: float) =
        x = System.Math.Round x && abs x < 100.0

    let rec private powered x (exponent: float) =
        if exponent = 1.0 then
            ofScalar x
        elif exponent = 0.5 then
            squareRoot (ofScalar x)
        elif isWhole exponent then
            power (int exponent) (ofScalar x)
        else
            let inner = atLeast Binding.Atom (ofScalar x)
            let raised = number exponent

            {
                Plain = $"{inner.Plain}^{(enclosed raised).Plain}"
                Tex = $"{{{inner.Tex}}}^{{{raised.Tex}}}"
                Binding = Binding.Factor
            }

    // Negative powers and denominators of numbers go below the bar, square roots under one sign.
    and private ofFactors factors =
        let roots, factors =
            factors
            |> List.partition (fun factor ->
                match factor with
                | Scalar.Power(_, e) -> abs e = 0.5
                | _ -> false)

        let root sign =
            roots
            |> List.choose (fun factor ->
                match factor with
                | Scalar.Power(x, e) when e = sign * 0.5 -> Some(ofScalar x)
                | _ -> None)
            |> fun inside ->
                if inside.IsEmpty then
                    []
                else
                    [ squareRoot (product inside) ]

        let numbers, symbols =
            factors
            |> List.partition (fun factor ->
                match factor with
                | Scalar.Number _ -> true
                | _ -> false)

        let split (above, below) factor =
            match factor with
            | Scalar.Power(x, e) when e < 0.0 -> above, below @ [ powered x -e ]
            | Scalar.Power(x, e) -> above @ [ powered x e ], below
            | factor -> above @ [ ofScalar factor ], below

        let above, below = List.fold split ([], []) symbols
        let above, below = above @ root 1.0, below @ root -1.0
        let coefficientAbove, coefficientBelow = ofNumbers numbers

        let quotient above below =
            match above, below with
            | above, [] -> product above
            | [], below -> fraction (whole 1) (product below)
            | above, below -> fraction (product above) (product below)

        let hasApplication =
            symbols
            |> List.exists (fun factor ->
                match factor with
                | Scalar.Apply _ -> true
                | _ -> false)

        match coefficientAbove, coefficientBelow, below with
        // 2/pi stands by itself in front, and 1/2 before log x, where log x/2 might be log(x/2).
        | numbersAbove, _ :: _, [] when not (List.isEmpty above) && (not (List.isEmpty numbersAbove) || hasApplication) ->
            let leading = quotient coefficientAbove coefficientBelow
            product (enclosedPlain leading :: above)
        | _ ->
            match coefficientAbove @ above, coefficientBelow @ below with
            | [], [] -> whole 1
            | above, below -> quotient above below

    and private ofNumbers numbers =
        match numbers with
        | [ Scalar.Number x ] ->
            match Constant.ofPositive x with
            | Constant.Simple(p, q, piPower) ->
                let wholes n = if n = 1 then [] else [ whole n ]
                let piAt k = if piPower = k then [ pi ] else []
                wholes p @ piAt 1, wholes q @ piAt -1
            | Constant.Digits _ -> [ number x ], []
        | _ -> [], []

    /// A symbolic scalar.
    and ofScalar scalar =
        match scalar with
        | Scalar.Number x -> number x
        | Scalar.Symbol s -> ofSymbol s
        | Scalar.Sum terms ->
            terms
            |> List.sortBy (hasSum >> not)
            |> List.map (fun term ->
                if isNegative term then
                    true, ofScalar -term
                else
                    false, ofScalar term)
            // What is added before what is subtracted.
            |> List.sortBy fst
            |> signedSum
        | Scalar.Product(Scalar.Number x :: rest) when x < 0.0 ->
            signedSum [ true, ofScalar (Rewrite.product (Scalar.Number -x :: rest)) ]
        | Scalar.Product factors -> ofFactors factors
        | Scalar.Power _ -> ofFactors [ scalar ]
        | Scalar.Apply(Function.Exp, x) ->
            let exponent = ofScalar x

            {
                Plain = $"exp({exponent.Plain})"
                Tex = $"e^{{{exponent.Tex}}}"
                Binding = Binding.Factor
            }
        | Scalar.Apply(f, x) -> applyFunction (functionName f) (ofScalar x)

    let rec private length scalar =
        match scalar with
        | Scalar.Number _
        | Scalar.Symbol _ -> 1
        | Scalar.Sum xs
        | Scalar.Product xs -> List.sumBy length xs
        | Scalar.Power(x, _)
        | Scalar.Apply(_, x) -> 1 + length x

    // Of two ways to write it the shorter.
    let private shortest scalar =
        let expanded = Scalar.expand scalar

        if length expanded < length scalar then expanded else scalar

    /// A scalar in the shorter of two ways to write it.
    let internal ofShortest scalar = ofScalar (shortest scalar)

    /// A scalar in front of something else: what is not one factor in parentheses.
    let internal coefficient scalar =
        let formula = ofShortest scalar

        match formula.Binding with
        | Binding.Sum -> enclosed formula
        | Binding.Product -> enclosedPlain formula
        | _ -> formula

    let private signedTerms terms =
        terms
        |> List.map (fun (scalar, formula) -> shortest scalar, formula)
        |> List.filter (fun (scalar, _) -> scalar <> Scalar.zero)
        |> List.map (fun (scalar: Scalar, formula) ->
            let sign = isNegative scalar
            let size = if sign then -scalar else scalar

            sign,
            (if size = Scalar.one then
                 formula
             else
                 product [ coefficient size; formula ]))

    /// Formulas added with scalars in front of them.
    let internal linear terms = signedTerms terms |> signedSum

    /// A scalar, and formulas added to it with scalars in front of them.
    let internal linearAfter scalar terms =
        signedSum (
            (if scalar = Scalar.zero then
                 []
             else
                 [ false, ofScalar scalar ])
            @ signedTerms terms
        )

    /// A number to three digits.
    let internal rounded (x: float) =
        let exponent = if x > 0.0 then int (floor (log10 x)) else 0

        if exponent < 4 then
            number (System.Math.Round(x, max 0 (2 - exponent)))
        else
            let mantissa = System.Math.Round(x / 10.0 ** float exponent, 2)
            let ten = power exponent (whole 10)

            if mantissa = 1.0 then
                ten
            else
                letter $"{(number mantissa).Plain}·{ten.Plain}" $"{(number mantissa).Tex} \\cdot {ten.Tex}"

    /// left, about right.
    let internal about right left =
        {
            Plain = $"{left.Plain} ≈ {right.Plain}"
            Tex = $"{left.Tex} \\approx {right.Tex}"
            Binding = Binding.Sum
        }
