namespace FiniteWidth.Cli

open System
open FiniteWidth

/// What to do with a prediction, in words.
[<RequireQualifiedAccess>]
module Advice =

    // The theory is good enough where what it may be off by is less than this share of the loss.
    let private goodEnough = 0.05

    let private best (points: ReadPoint list) =
        let known =
            [
                for point in points do
                    match List.tryFind (fst >> (=) "N") point.Parameters, ResultFile.value "loss" point with
                    | Some(_, width), loss when Double.IsFinite loss -> width, loss
                    | _ -> ()
            ]

        match known |> List.map fst |> List.distinct with
        | []
        | [ _ ] -> []
        | _ ->
            let width, loss = List.minBy snd known

            [
                $"The smallest of these test errors is {Decimals.short loss}, at N = {Decimals.short width}."
            ]

    let private slope (point: ReadPoint) =
        let known name =
            point.Numbers |> List.tryFind (fst >> (=) name) |> Option.map snd

        match known "exactSlope", known "slope" with
        | Some exact, _ ->
            $" (exact slope {Decimals.short exact.Value} +- {Decimals.short exact.Error} in 1/N at infinite width)"
        | None, Some slope -> $" (slope {Decimals.short slope.Value} in 1/N at infinite width, by the theory alone)"
        | None, None -> ""

    let private word name (point: ReadPoint) =
        point.Words |> List.tryFind (fst >> (=) name) |> Option.map snd

    let private verdict (point: ReadPoint) =
        match word "verdict" point with
        | Some "wins" -> Some $"Finite width helps: the test error falls as N comes down from infinity{slope point}"
        | Some "loses" -> Some $"Wider is better: the test error rises as N comes down from infinity{slope point}"
        | Some _ ->
            Some
                $"Whether finite width helps is undecided: the slope is within two standard errors of zero{slope point}"
        | None -> None

    // Where the verdicts of the rows differ, none of them speaks for all.
    let private verdicts (points: ReadPoint list) =
        let counts = points |> List.choose (word "verdict") |> List.countBy id

        let rows name said =
            counts
            |> List.tryFind (fst >> (=) name)
            |> Option.map (fun (_, count) -> $"it {said} in {count}")

        match counts with
        | []
        | [ _ ] -> verdict points.Head
        | _ ->
            let each =
                [ rows "wins" "helps"; rows "loses" "hurts"; rows "undecided" "is undecided" ]
                |> List.choose id
                |> String.concat ", "

            Some $"Whether finite width helps differs between the rows: {each}"

    // The largest share of the loss that the theory may be off by, of the points where that is known.
    let private doubt (points: ReadPoint list) =
        let shares =
            [
                for point in points do
                    let loss = ResultFile.value "loss" point

                    match point.Numbers |> List.tryFind (fst >> (=) "assumption error") with
                    | Some(_, error) when loss > 0.0 ->
                        let noise =
                            if Double.IsFinite error.Error then
                                2.0 * error.Error
                            else
                                0.0

                        (abs error.Value + noise) / loss
                    | _ -> nan
            ]

        if List.exists Double.IsNaN shares then
            None
        else
            Some(List.max shares)

    let private percent share =
        $"{Decimals.short (Math.Round(100.0 * share, 1))} per cent"

    let private trust points (settle: Lazy<string>) =
        match doubt points with
        | Some share when share < goodEnough ->
            $"; the theory is off by at most {percent share} of the test error, two standard errors included."
        | Some share ->
            $"; the theory may be off by {percent share} of the test error, two standard errors included: {settle.Value}"
        | None -> $"; how far the theory is off is not known to first order in 1/N: {settle.Value}"

    /// The command that settles a question, with what it takes on this machine, or why it cannot.
    let settledBy command (time: Result<TimeSpan, Failure>) =
        match time with
        | Ok time -> $"{command} settles it, in about {Decimals.time time} on this machine."
        | Error failure -> $"finitewidth experiment, which would settle it, refuses the job. {failure.Message}"

    let private atWidths (points: ReadPoint list) =
        [
            for point in points do
                match List.tryFind (fst >> (=) "N") point.Parameters with
                | Some(_, width) -> Decimals.short width
                | None -> ()
        ]
        |> List.distinct
        |> String.concat ", "

    // Of certified answers: what finite width does at each width, and what would certify those that are not.
    let private effects (points: ReadPoint list) =
        let having name value =
            points |> List.filter (fun point -> word name point = Some value)

        let said =
            match having "finite width" "helps", having "finite width" "hurts" with
            | [], [] ->
                "Whether finite width helps is undecided: no test error here differs from that at infinite width by two standard errors"
            | [], hurts -> $"Wider is better: at N = {atWidths hurts} the test error is larger than at infinite width"
            | helps, _ ->
                $"Finite width helps: at N = {atWidths helps} the test error is smaller than at infinite width"

        match having "certified" "no" with
        | [] -> $"{said}; all of this is certified."
        | open' ->
            let settle =
                match List.tryPick (word "settle") open' with
                | Some command -> $" {command} settles it."
                | None -> ""

            $"{said}; not certified is N = {atWidths open'}.{settle}"

    /// The last lines below a table: why it is not certified, the best width, and as the last one whether finite width helps, how sure that is, and what would settle it,
    /// which is computed where it is needed.
    let sentences settle (result: ResultFile) =
        let note =
            result.NotCertified
            |> Option.map (fun reason -> $"Not certified. {reason}")
            |> Option.toList

        match verdicts result.Points with
        | None when (word "certified" result.Points.Head).IsSome ->
            note @ best result.Points @ [ effects result.Points ]
        | Some verdict when Double.IsFinite(ResultFile.value "loss" result.Points.Head) ->
            note @ best result.Points @ [ verdict + trust result.Points settle ]
        | _ -> note @ best result.Points
