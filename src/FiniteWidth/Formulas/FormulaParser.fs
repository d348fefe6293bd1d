namespace FiniteWidth

open System
open System.Globalization

/// Formulas from text: numbers, z, pi and e; + - * / ^ and parentheses; the functions of `FormulaText`, sqrt, pow, max, min;
/// and if(a > b, x, y), with any of > >= < <=.
[<RequireQualifiedAccess>]
module FormulaParser =

    let private longest = 1000
    let private deepest = 100

    // What stops the parser inside; outside it is a failure.
    exception private Misread of position: int * what: string

    type private Token =
        | Figure of float
        | Name of string
        | Mark of string
        | End

    let private marks = [ ">="; "<="; ">"; "<"; "+"; "-"; "*"; "/"; "^"; "("; ")"; "," ]

    let private isDigit c = Char.IsAsciiDigit c

    // Digits with a decimal point and an exponent, as far as they go.
    let private figureEnd (text: string) start =
        let digits from =
            let mutable i = from

            while i < text.Length && isDigit text[i] do
                i <- i + 1

            i

        let whole = digits start

        let mantissa =
            if whole < text.Length && text[whole] = '.' then
                digits (whole + 1)
            else
                whole

        if mantissa < text.Length && (text[mantissa] = 'e' || text[mantissa] = 'E') then
            let sign =
                if
                    mantissa + 1 < text.Length
                    && (text[mantissa + 1] = '+' || text[mantissa + 1] = '-')
                then
                    2
                else
                    1

            let finish = digits (mantissa + sign)
            if finish > mantissa + sign then finish else mantissa
        else
            mantissa

    let private tokens (text: string) =
        let rec read position found =
            if position >= text.Length then
                List.rev ((text.Length, End) :: found)
            elif Char.IsWhiteSpace text[position] then
                read (position + 1) found
            elif isDigit text[position] || text[position] = '.' then
                let finish = figureEnd text position
                let figure = text[position .. finish - 1]

                match Double.TryParse(figure, NumberStyles.Float, CultureInfo.InvariantCulture) with
                | true, x when Double.IsFinite x -> read finish ((position, Figure x) :: found)
                | _ -> raise (Misread(position, $"\"{figure}\" is no number"))
            elif Char.IsAsciiLetter text[position] then
                let mutable finish = position

                while finish < text.Length && Char.IsAsciiLetterOrDigit text[finish] do
                    finish <- finish + 1

                read finish ((position, Name text[position .. finish - 1]) :: found)
            else
                match
                    marks
                    |> List.tryFind (fun mark -> String.CompareOrdinal(text, position, mark, 0, mark.Length) = 0)
                with
                | Some mark -> read (position + mark.Length) ((position, Mark mark) :: found)
                | None -> raise (Misread(position, $"\"{text[position]}\" has no meaning in a formula"))

        read 0 []

    let private describe token =
        match token with
        | Figure x -> $"the number {x}"
        | Name name -> $"\"{name}\""
        | Mark mark -> $"\"{mark}\""
        | End -> "the end"

    let private constants =
        [ "z", Formula.z; "pi", Formula.number Math.PI; "e", Formula.number Math.E ]

    let private unary =
        ("sqrt", (fun (x: Formula) -> sqrt x))
        :: (FormulaText.functions |> List.map (fun (name, f) -> name, Formula.apply f))

    let private binary =
        [ "max", Formula.max; "min", Formula.min; "pow", Formula.raise ]

    let private known =
        List.map fst unary @ List.map fst binary @ [ "if" ] |> String.concat ", "

    /// A cursor over the tokens; one parse, one instance.
    type private Reader(tokens: (int * Token) list) =
        let mutable rest = tokens
        let mutable depth = 0

        let next () = snd rest.Head
        let fail what = raise (Misread(fst rest.Head, what))
        let advance () = rest <- rest.Tail

        let expect mark =
            if next () = Mark mark then
                advance ()
            else
                fail $"\"{mark}\" is needed here, and this is {describe (next ())}"

        let accept mark =
            let found = next () = Mark mark

            if found then
                advance ()

            found

        member private this.Nested(read: unit -> 'a) =
            depth <- depth + 1

            if depth > deepest then
                fail $"parentheses, signs and powers are nested more than {deepest} deep"

            let value = read ()
            depth <- depth - 1
            value

        member this.Sum() =
            let mutable value = this.Product()
            let mutable going = true

            while going do
                if accept "+" then value <- value + this.Product()
                elif accept "-" then value <- value - this.Product()
                else going <- false

            value

        member private this.Product() =
            let mutable value = this.Signed()
            let mutable going = true

            while going do
                if accept "*" then value <- value * this.Signed()
                elif accept "/" then value <- value / this.Signed()
                else going <- false

            value

        // -z^2 is -(z^2), and z^-2 is z^(-2).
        member private this.Signed() =
            if accept "-" then this.Nested(fun () -> -(this.Signed()))
            elif accept "+" then this.Nested this.Signed
            else this.Power()

        member private this.Power() =
            let x = this.Atom()

            if accept "^" then
                this.Nested(fun () -> Formula.raise x (this.Signed()))
            else
                x

        member private this.Atom() : Formula =
            match next () with
            | Figure x ->
                advance ()
                Formula.number x
            | Mark "(" ->
                advance ()
                let inner = this.Nested this.Sum
                expect ")"
                inner
            | Name name ->
                match List.tryFind (fst >> (=) name) constants with
                | Some(_, value) ->
                    advance ()
                    value
                | None -> this.Call name
            | other -> fail $"a number, z, a function or \"(\" is needed here, and this is {describe other}"

        member private this.Call name =
            let lookup table =
                table |> List.tryFind (fst >> (=) name) |> Option.map snd

            match lookup unary, lookup binary with
            | Some f, _ ->
                advance ()
                expect "("
                let x = this.Nested this.Sum
                expect ")"
                f x
            | None, Some f ->
                advance ()
                expect "("
                let x = this.Nested this.Sum
                expect ","
                let y = this.Nested this.Sum
                expect ")"
                f x y
            | None, None when name = "if" ->
                advance ()
                expect "("
                let left = this.Nested this.Sum
                let compare = this.Comparison()
                let right = this.Nested this.Sum
                expect ","
                let x = this.Nested this.Sum
                expect ","
                let y = this.Nested this.Sum
                expect ")"
                compare left right x y
            | None, None ->
                fail $"\"{name}\" is not known: the variable is z, constants are pi and e, functions are {known}"

        member private _.Comparison() =
            match next () with
            | Mark mark when Formula.comparisons.ContainsKey mark ->
                advance ()
                Formula.comparisons[mark]
            | other -> fail $"if compares with >, >=, < or <=, and this is {describe other}"

        member this.All() =
            let formula = this.Sum()

            if next () <> End then
                fail $"an operator is needed here, and this is {describe (next ())}"

            formula

    let private quoted (text: string) =
        if text.Length <= 60 then text else text[..59] + "..."

    /// The formula that a text writes, or where and why it writes none.
    let parse (text: string) =
        if String.IsNullOrWhiteSpace text then
            Error(BadNetwork "The formula of the activation is empty: write one such as z * tanh(z).")
        elif text.Length > longest then
            Error(BadNetwork $"The formula of the activation has {text.Length} characters, and {longest} is the most.")
        else
            try
                Ok(Reader(tokens text).All())
            with Misread(position, what) ->
                Error(BadNetwork $"The formula \"{quoted text}\" cannot be read at character {position + 1}: {what}.")
