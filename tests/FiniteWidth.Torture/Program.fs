/// Random and degenerate problems in number: whatever is asked of them, the answer is finite numbers or one sentence, in seconds.
module FiniteWidth.Torture.Program

open System
open System.Collections.Generic
open System.Diagnostics
open System.Threading
open FiniteWidth

/// CPU-seconds that no problem may take.
let private longest = 5.0

type private Verdict =
    | Sound of answered: bool
    | Crashed of exn
    | NotFinite of name: string * value: float
    | NoSentence of string
    | Abandoned

let private isSentence (message: string) =
    message.Length > 0
    && message.Length <= Sentence.longest
    && not (message.Contains '\n')
    && message.EndsWith '.'

let private ofFailure (failure: Failure) =
    if isSentence failure.Message then
        Sound false
    else
        NoSentence failure.Message

let private judge (question: Question) problem =
    try
        match question.Ask problem with
        | Error failure -> ofFailure failure
        | Ok numbers ->
            match numbers |> List.tryFind (snd >> Double.IsFinite >> not) with
            | Some(name, value) -> NotFinite(name, value)
            | None -> Sound true
    with
    | FailureException failure -> ofFailure failure
    | error -> Crashed error

/// CPU-seconds after which a problem is abandoned, on a thread that the program does not wait for.
let private patience = 20.0

/// The CPU-seconds of the program but for those of abandoned problems.
type private Clock() =
    let abandoned = Dictionary<int, float>()

    let threads () =
        [
            for thread in Process.GetCurrentProcess().Threads ->
                thread.Id,
                (try
                    thread.TotalProcessorTime.TotalSeconds
                 with _ ->
                     0.0)
        ]

    member _.Seconds() =
        let total = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds

        if abandoned.Count > 0 then
            for id, seconds in threads () do
                if abandoned.ContainsKey id then
                    abandoned[id] <- max abandoned[id] seconds

        total - Seq.sum abandoned.Values

    /// The busiest thread is that of the problem to abandon.
    member _.Abandon() =
        let id, seconds =
            threads ()
            |> List.filter (fst >> abandoned.ContainsKey >> not)
            |> List.maxBy snd

        abandoned[id] <- seconds

let private number (arguments: string list) name otherwise =
    match List.tryFindIndex ((=) name) arguments with
    | Some i when i + 1 < arguments.Length -> int arguments[i + 1]
    | _ -> otherwise

[<EntryPoint>]
let main argv =
    let arguments = List.ofArray argv
    let problems = number arguments "--problems" 500
    let seed = number arguments "--seed" 1
    let first = number arguments "--first" 0
    let mutable crashes, infinite, slow, answered = 0, 0, 0, 0
    let mutable slowest = 0.0
    let clock = Clock()
    // What is compiled and loaded once is no problem's.
    Posterior.solve
        Theory.proportional
        (Network.dense Activation.tanh [ 2; 2 ])
        0.1
        (Study (Problem.draw (Chance(0UL, 0)) 1 1).Train)
    |> ignore

    for k in first .. first + problems - 1 do
        let chance = Chance(uint64 seed, k)
        let question = chance.OneOf Question.all

        let depth =
            match question.Depth with
            | Some depth -> depth
            | None -> chance.OneOf [ 1; 1; 2; 3; 4 ]

        let problem = Problem.draw chance question.Outputs depth
        let before = clock.Seconds()
        let answer = [| Abandoned |]

        let thread =
            Thread((fun () -> answer[0] <- judge question problem), IsBackground = true)

        thread.Start()

        while not (thread.Join 250) && clock.Seconds() - before < patience do
            ()

        let seconds = clock.Seconds() - before

        let verdict =
            if thread.IsAlive then
                clock.Abandon()
                Abandoned
            else
                answer[0]

        slowest <- max slowest seconds

        let report (what: string) =
            printfn $"{k}: {question.Name}: {what}\n    {problem.Description}"

        match verdict with
        | Sound true -> answered <- answered + 1
        | Sound false
        | Abandoned -> ()
        | Crashed error ->
            crashes <- crashes + 1
            report $"{error}"
        | NoSentence message ->
            crashes <- crashes + 1
            report $"not a sentence: {message}"
        | NotFinite(name, value) ->
            infinite <- infinite + 1
            report $"the {name} is {value}"

        if seconds > longest then
            slow <- slow + 1
            report $"{seconds:F1} CPU-seconds"

    printfn
        $"{problems} problems of seed {seed}, {answered} answered: {crashes} undocumented exceptions, {infinite} values that are not finite, {slow} over {longest} CPU-seconds; the slowest took {slowest:F1}"

    if crashes + infinite + slow = 0 then 0 else 1
