/// Certified answers against the truth, on random problems.
module FiniteWidth.Calibration.Program

open System
open FiniteWidth
open FiniteWidth.Experiment

let private usage =
    "Usage: FiniteWidth.Calibration [--small | FIRST COUNT] : problems FIRST to FIRST + COUNT - 1, or ten small linear ones."

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
    match List.ofArray arguments with
    | [ "--small" ] ->
        trials RandomProblem.small { Answer = 60.0; Truth = 60.0 } [ 1UL .. 10UL ]
        |> report
    | [ first; count ] ->
        match UInt64.TryParse first, UInt64.TryParse count with
        | (true, first), (true, count) when count > 0UL ->
            trials RandomProblem.all { Answer = 60.0; Truth = 120.0 } [ first .. first + count - 1UL ]
            |> report
        | _ ->
            eprintfn $"{usage}"
            2
    | _ ->
        eprintfn $"{usage}"
        2
