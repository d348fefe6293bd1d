namespace FiniteWidth.Cli

open System
open FiniteWidth

/// The losses of two results at a point that both have.
type ComparedLosses =
    {
        Parameters: (string * float) list
        First: Measured
        Second: Measured
    }

    /// Second less first.
    member this.Difference = this.Second.Value - this.First.Value

    /// The difference in standard errors, NaN where neither has one.
    member this.Z =
        let square (value: Measured) =
            if Double.IsFinite value.Error then
                value.Error * value.Error
            else
                0.0

        this.Difference / sqrt (square this.First + square this.Second)

/// `finitewidth compare A.json B.json`.
[<RequireQualifiedAccess>]
module CompareCommand =

    let private loss (point: ReadPoint) =
        point.Numbers |> List.tryFind (fst >> (=) "loss") |> Option.map snd

    // What neither result varies does not keep points apart: priors of two networks, say, may be what is compared.
    let private pairs (first: ResultFile) (second: ResultFile) =
        let names = ResultFile.varied first @ ResultFile.varied second |> List.distinct

        let key (point: ReadPoint) =
            point.Parameters |> List.filter (fun (name, _) -> List.contains name names)

        [
            for a in first.Points do
                match second.Points |> List.tryFind (fun b -> key a = key b) with
                | Some b ->
                    match loss a, loss b with
                    | Some lossA, Some lossB ->
                        {
                            Parameters = key a
                            First = lossA
                            Second = lossB
                        }
                    | _ -> ()
                | None -> ()
        ]

    // The keys of the jobs that differ, with the value of either.
    let private changes (first: ResultFile) (second: ResultFile) =
        let find key (job: (string * string) list) =
            job |> List.tryFind (fst >> (=) key) |> Option.map snd

        first.Job @ second.Job
        |> List.map fst
        |> List.distinct
        |> List.choose (fun key ->
            match find key first.Job, find key second.Job with
            | a, b when a = b -> None
            | a, b -> Some(key, Option.defaultValue "nothing" a, Option.defaultValue "nothing" b))

    let private json changes (pairs: ComparedLosses list) =
        Tree.Object
            [
                "jobs",
                Tree.objects
                    [
                        for key, a, b in changes ->
                            [ "key", Tree.Word key; "first", Tree.Word a; "second", Tree.Word b ]
                    ]

                "points",
                Tree.objects
                    [
                        for pair in pairs ->
                            [ for name, value in pair.Parameters -> name, Tree.Number value ]
                            @ [
                                "first", Tree.Number pair.First.Value
                                "second", Tree.Number pair.Second.Value
                                "difference", Tree.Number pair.Difference
                                "relative", Tree.Number(pair.Difference / pair.First.Value)
                                "z", Tree.Number pair.Z
                            ]
                    ]
            ]
        |> Tree.text

    let private table (pairs: ComparedLosses list) =
        let numbers name value =
            name, pairs |> List.map value |> Decimals.column |> ResultTable.orDash

        [
            for i, (name, _) in List.indexed pairs.Head.Parameters do
                name, pairs |> List.map (fun pair -> ResultTable.parameter (snd pair.Parameters[i]))

            numbers "first" _.First.Value
            numbers "second" _.Second.Value
            numbers "difference" _.Difference
            numbers "per cent" (fun pair -> 100.0 * pair.Difference / pair.First.Value)

            if pairs |> List.exists (fun pair -> Double.IsFinite pair.Z) then
                numbers "z" _.Z
        ]

    let private sentence (pairs: ComparedLosses list) =
        let largest =
            pairs |> List.maxBy (fun pair -> abs (pair.Difference / pair.First.Value))

        let lower = pairs |> List.filter (fun pair -> pair.Difference < 0.0) |> List.length
        let percent = 100.0 * largest.Difference / largest.First.Value

        if pairs |> List.forall (fun pair -> pair.Difference = 0.0) then
            $"The test errors are the same at all of {pairs.Length} points."
        else
            $"The second has the smaller test error at {lower} of {pairs.Length} points; the largest difference is {Decimals.short percent} per cent."

    /// The test errors of two results where both have a point, and the keys in which their jobs differ: a table, or JSON.
    let run asJson firstPath secondPath =
        result {
            let! first = ResultFile.read firstPath
            let! second = ResultFile.read secondPath
            let changes, pairs = changes first second, pairs first second

            if pairs.IsEmpty then
                return!
                    Error(
                        BadFile(
                            secondPath,
                            $"It has no point with a test error in common with {firstPath}: the same widths, priors and temperatures are needed."
                        )
                    )
            elif asJson then
                return json changes pairs
            else
                Terminal.table $"test error, first: {firstPath}, second: {secondPath}" (table pairs)

                return
                    [ for key, a, b in changes -> $"{key}: {a} and {b}" ] @ [ sentence pairs ]
                    |> String.concat "\n"
        }
