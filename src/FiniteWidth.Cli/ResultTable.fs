namespace FiniteWidth.Cli

open System
open FiniteWidth

/// A result as a table for the screen.
[<RequireQualifiedAccess>]
module ResultTable =

    /// A number in words of a table, nothing where it is not known.
    let orDash (texts: string list) =
        [ for text in texts -> if text = "NaN" then "-" else text ]

    /// A parameter as a reader writes it.
    let parameter value =
        if Double.IsFinite value then
            Decimals.short value
        else
            "infinity"

    /// The columns of the parameters that differ, the width always among them.
    let parameters (result: ResultFile) =
        let shown =
            match ResultFile.varied result with
            | [] -> [ "N" ]
            | varied -> varied

        [
            for name in shown do
                let values =
                    result.Points
                    |> List.map (fun point ->
                        point.Parameters
                        |> List.tryFind (fst >> (=) name)
                        |> Option.map (snd >> parameter)
                        |> Option.defaultValue "-")

                if List.exists ((<>) "-") values then
                    name, values
        ]

    // The slopes say more in a sentence.
    let private isColumn name = name <> "slope" && name <> "exactSlope"

    // How far a number is off, rather than a number.
    let private isError (name: string) =
        name = "error bar" || name = "assumption error"

    let private withError (value: Measured) =
        match Decimals.rough value.Value, Decimals.rough value.Error with
        | value, "NaN" -> value
        | value, error -> $"{value} +- {error}"

    let private numbers (points: ReadPoint list) =
        let names =
            points
            |> List.collect (_.Numbers >> List.map fst)
            |> List.distinct
            |> List.filter isColumn

        [
            for name in names do
                let values =
                    points
                    |> List.map (fun point -> point.Numbers |> List.tryFind (fst >> (=) name) |> Option.map snd)

                let each read =
                    values |> List.map (Option.map read >> Option.defaultValue nan)

                if isError name then
                    name, values |> List.map (Option.map withError >> Option.defaultValue "-")
                else
                    name, each _.Value |> Decimals.column |> orDash
                    let errors = each _.Error

                    if List.exists Double.IsFinite errors then
                        "+-", errors |> List.map Decimals.rough |> orDash
        ]

    let private words name (points: ReadPoint list) =
        let values =
            points
            |> List.map (fun point -> point.Words |> List.tryFind (fst >> (=) name) |> Option.map snd)

        if List.exists Option.isSome values then
            [ name, values |> List.map (Option.defaultValue "-") ]
        else
            []

    // A verdict is of a test error: there is none where the test set has no targets.
    let private judged (points: ReadPoint list) =
        [
            for point in points do
                if Double.IsFinite(ResultFile.value "loss" point) then
                    point
                else
                    { point with
                        Words = point.Words |> List.filter (fst >> (<>) "verdict")
                    }
        ]

    // Of each theory what `named` calls it.
    let private ofTheories named (values: ReadPoint -> (string * float) list) (points: ReadPoint list) =
        [
            for name in points |> List.collect (values >> List.map fst) |> List.distinct do
                named name,
                points
                |> List.map (fun point ->
                    values point
                    |> List.tryFind (fst >> (=) name)
                    |> Option.map snd
                    |> Option.defaultValue nan)
                |> Decimals.column
                |> orDash
        ]

    /// What was computed, in a line.
    let title (result: ResultFile) =
        let shared =
            ResultFile.shared result
            |> List.map (fun (name, value) -> $"{name} = {parameter value}")
            |> String.concat ", "

        $"{result.Theory} theory, {result.Activation} network: {shared}".TrimEnd(':', ' ')

    /// The table, a row a point.
    let columns (result: ResultFile) =
        parameters result
        @ numbers result.Points
        @ ofTheories id _.Theories result.Points
        @ ofTheories (fun name -> $"z of {name}") _.ZScores result.Points
        @ words "verdict" (judged result.Points)
        @ words "method" result.Points
        @ words "certified" result.Points
        @ words "finite width" result.Points
        @ words "converged" result.Points
