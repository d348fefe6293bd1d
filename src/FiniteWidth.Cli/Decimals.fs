namespace FiniteWidth.Cli

open System
open System.Globalization

/// Numbers as text that a reader can compare.
[<RequireQualifiedAccess>]
module Decimals =

    /// At most this many decimals, then powers of ten.
    let private mostDecimals = 8

    let private largest = 1e7

    let private text (format: string) (value: float) =
        value.ToString(format, CultureInfo.InvariantCulture)

    /// One number to five digits.
    let short value = text "G5" value

    /// One number to two digits: errors are not known better.
    let rough value = text "G2" value

    /// A number with its standard error, both to the error's second digit: errors are not known better.
    let measured value error =
        if error > 0.0 && Double.IsFinite error then
            let digit = 1 - int (floor (log10 error))

            if digit > mostDecimals || abs value >= largest then
                $"{short value} +- {rough error}"
            elif digit >= 0 then
                let format = $"F{digit}"
                $"{text format value} +- {text format error}"
            else
                let unit = 10.0 ** float -digit
                let coarse value = text "F0" (unit * round (value / unit))
                $"{coarse value} +- {coarse error}"
        else
            short value

    // 37 is 40, 7 stays.
    let private coarse (count: float) =
        let unit = if count < 20.0 then 1.0 else 5.0
        unit * Math.Round(count / unit)

    /// A time in the unit that a person would choose, no better than an estimate knows it.
    let time (time: TimeSpan) =
        let count unit name =
            match coarse (max 1.0 (time.TotalSeconds / unit)) with
            | 1.0 -> $"1 {name}"
            | count -> $"{count} {name}s"

        if time.TotalMinutes < 1.5 then count 1.0 "second"
        elif time.TotalHours < 1.5 then count 60.0 "minute"
        elif time.TotalDays < 2.0 then count 3600.0 "hour"
        else count 86400.0 "day"

    /// The numbers of a column, all with the same decimals so that their points align: four digits at least of the smallest.
    let column (values: float list) =
        let sizes =
            values
            |> List.map abs
            |> List.filter (fun size -> size > 0.0 && Double.IsFinite size)

        let format =
            match sizes with
            | [] -> "F0"
            | sizes ->
                let decimals = max 0 (3 - int (floor (log10 (List.min sizes))))

                if decimals > mostDecimals || List.max sizes >= largest then
                    "0.0000E+00"
                else
                    $"F{decimals}"

        List.map (text format) values
