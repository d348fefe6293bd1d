/// Certified answers against the truth, on random problems.
module FiniteWidth.Calibration.Program

open System
open FiniteWidth
open FiniteWidth.Experiment

let private usage =
    "Usage: FiniteWidth.Calibration [--small] [FIRST COUNT] : problems FIRST to FIRST + COUNT - 1 (1 to 10); small ones are linear, and their truth is exact."

// What a problem's answer and its truth may take.
type private Patience = { Answer: float; Truth: float }

let private trials range patience seeds =
    let settings =
        { AutoSettings.standard with
            Seconds = patience.Answer
        }

    printfn $"{Report.heading}"

    [
        for seed in seeds do
            match RandomProblem.draw range seed |> Result.bind (Trial.run settings patience.Truth) with
            | Ok trial ->
                printfn $"{Report.line trial}"
                trial
            | Error failure -> eprintfn $"{seed}: {failure.Message}"
    ]

let private report trials =
    printfn ""
    printfn $"{Report.table trials}"
    if Report.isBad trials then 1 else 0

[<EntryPoint>]
let main arguments =
    let range, patience, rest =
        match List.ofArray arguments with
        | "--small" :: rest -> RandomProblem.small, { Answer = 60.0; Truth = 60.0 }, rest
        | rest -> RandomProblem.all, { Answer = 60.0; Truth = 120.0 }, rest

    let numbers =
        rest
        |> List.choose (fun text ->
            match UInt64.TryParse text with
            | true, number when number > 0UL -> Some number
            | _ -> None)

    match rest, numbers with
    | [], _ -> trials range patience [ 1UL .. 10UL ] |> report
    | [ _; _ ], [ first; count ] -> trials range patience [ first .. first + count - 1UL ] |> report
    | _ ->
        eprintfn $"{usage}"
        2
