namespace FiniteWidth.Data

open System
open System.Globalization
open System.Text.RegularExpressions
open FiniteWidth

/// What one field of a table says, and what is wrong with one that is no number.
[<RequireQualifiedAccess>]
module internal CsvField =

    // A number with this decimal sign, and with nothing between its thousands.
    let private format (decimal: char) =
        NumberFormatInfo(
            NumberDecimalSeparator = string decimal,
            NumberGroupSeparator = (if decimal = ',' then "." else ",")
        )

    let private formats = [ '.', format '.'; ',', format ',' ] |> dict

    /// The number that a field is.
    let number (decimal: char) (field: string) =
        match Double.TryParse(field, NumberStyles.Float, formats[decimal]) with
        | true, value -> ValueSome value
        | _ -> ValueNone

    let private missingMarks =
        set
            [
                "na"
                "n/a"
                "#n/a"
                "nan"
                "null"
                "none"
                "nil"
                "missing"
                "?"
                "-"
                "--"
                "."
                "\\n"
            ]

    /// Whether a field stands for a value that is not there.
    let isMissing (field: string) =
        String.IsNullOrWhiteSpace field
        || missingMarks.Contains(field.Trim().ToLowerInvariant())

    let private infinities = set [ "inf"; "infinity"; "∞" ]

    let private isInfinite (field: string) =
        infinities.Contains(field.Trim().TrimStart('+', '-').ToLowerInvariant())

    let private isBoolean (field: string) =
        match field.Trim().ToLowerInvariant() with
        | "true"
        | "false" -> true
        | _ -> false

    let private date =
        Regex(
            @"^(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.(\d{2}|\d{4})|\d{1,4}/\d{1,2}/\d{1,4})([ T].*)?$",
            RegexOptions.CultureInvariant
        )

    let private otherSigns =
        Regex(@"^[-+]?\d[\d.,'\s]*([eE][-+]?\d+)?$", RegexOptions.CultureInvariant)

    /// Whether a field in the first line is a value rather than the name of a column.
    let isValue field =
        not (String.IsNullOrWhiteSpace field)
        && (isMissing field
            || isInfinite field
            || isBoolean field
            || not (Seq.exists Char.IsLetter field))

    /// What is wrong with a field that is not a finite number, and what would be right.
    let complaint decimal (field: string) =
        let quoted = Sentence.quote field
        let sign = if decimal = ',' then "comma" else "point"

        if String.IsNullOrWhiteSpace field then
            "is empty: a number belongs there, and a line without one is left out or its value filled in"
        elif
            isInfinite field
            || (number decimal field |> ValueOption.exists Double.IsInfinity)
        then
            $"is {field |> Sentence.oneLine |> Sentence.shorten 40}: every value must be finite"
        elif isMissing field then
            $"is {quoted}, a missing value: leave the line out, or fill the value in"
        elif isBoolean field then
            $"is {quoted}, which is not a number: write 1 for true and 0 for false"
        elif date.IsMatch field then
            $"is {quoted}, which is not a number but a date: write days since some day, or leave the column out with \"ignore\""
        elif otherSigns.IsMatch field then
            $"is {quoted}, which is not a number: write a decimal {sign} and nothing between thousands, or set \"decimal\""
        else
            $"is {quoted}, which is not a number: leave the column out with \"ignore\", or turn its words into numbers with \"categories\""
