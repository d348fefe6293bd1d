/// Certified answers against the truth, on random problems.
module FiniteWidth.Calibration.Program

open System
open FiniteWidth
open FiniteWidth.Experiment

let private usage =
    "Usage: FiniteWidth.Calibration [--small | --curves] [FIRST COUNT] : problems FIRST to FIRST + COUNT - 1 (1 to 10); small ones are linear, and their truth is exact; so are curves, each of twelve widths. FiniteWidth.Calibration --figure TABLE FILE.svg : the figure of a table that was printed."

// What a problem's answer and its truth may take.
type private Patience = { Answer: float; Truth: float }

let private one settings truth problem =
    Trial.run settings truth problem |> Result.map List.singleton

let private trials range patience run seeds =
    let settings =
        { AutoSettings.standard with
            Seconds = patience.Answer
        }

    printfn $"{Report.heading}"

    [
        for seed in seeds do
            match RandomProblem.draw range seed |> Result.bind (run settings patience.Truth) with
            | Ok trials ->
                for trial in trials do
                    printfn $"{Report.line trial}"

                yield! trials
            | Error failure -> eprintfn $"{seed}: {failure.Message}"
    ]

let private report trials =
    printfn ""
    printfn $"{Report.table trials}"
    if Report.isBad trials then 1 else 0

let private measure arguments =
    let run, rest =
        match arguments with
        | "--small" :: rest -> trials RandomProblem.small { Answer = 60.0; Truth = 60.0 } one, rest
        | "--curves" :: rest -> trials RandomProblem.small { Answer = 60.0; Truth = 60.0 } Trial.curve, rest
        | rest -> trials RandomProblem.all { Answer = 30.0; Truth = 40.0 } one, rest

    let numbers =
        rest
        |> List.choose (fun text ->
            match UInt64.TryParse text with
            | true, number when number > 0UL -> Some number
            | _ -> None)

    match rest, numbers with
    | [], _ -> run [ 1UL .. 10UL ] |> report
    | [ _; _ ], [ first; count ] -> run [ first .. first + count - 1UL ] |> report
    | _ ->
        eprintfn $"{usage}"
        2

[<EntryPoint>]
let main arguments =
    match List.ofArray arguments with
    | [ "--figure"; table; file ] ->
        match CalibrationFigure.save table file with
        | Ok() -> 0
        | Error failure ->
            eprintfn $"{failure.Message}"
            2
    | arguments -> measure arguments
