namespace FiniteWidth.Benchmarks

open System
open System.Diagnostics

/// What a case took: medians over the rounds, in seconds.
type Measurement =
    {
        Case: Case
        Ours: float
        /// None where the baseline could not be run.
        Baseline: float option
        /// |ours - theirs|/|theirs| of the number that both sides compute.
        Disagreement: float option
        /// The relative residual of our saddle point.
        Residual: float option
        /// In bytes, beyond what was resident before.
        Peak: float option
    }

[<RequireQualifiedAccess>]
module Measurement =

    let private seconds (action: unit -> 'T) =
        GC.Collect()
        GC.WaitForPendingFinalizers()
        let clock = Stopwatch.StartNew()
        let answer = action ()
        clock.Elapsed.TotalSeconds, answer

    // The runtime compiles hot code again while it runs: what is short is repeated until that is over.
    let private warmUp run =
        let clock = Stopwatch.StartNew()
        run () |> ignore

        while clock.Elapsed.TotalSeconds < 2.0 do
            run () |> ignore

    let private median values =
        let sorted = Array.sort values
        let middle = sorted.Length / 2

        if sorted.Length % 2 = 1 then
            sorted[middle]
        else
            (sorted[middle - 1] + sorted[middle]) / 2.0

    /// One round of the baseline: its seconds, and its answer where that is ours too.
    let private baseline scripts (case: Case) =
        let ofScript arguments answer =
            Option.map (fun script () ->
                let taken, result = PythonScript.run arguments script
                taken, Some(answer result))

        match case.Baseline with
        | Baseline.Naive(arguments, answer) -> scripts.Naive |> ofScript arguments answer
        | Baseline.Torch(arguments, answer) -> scripts.Torch |> ofScript arguments answer
        | Baseline.Ours(_, prepare) ->
            let run = prepare ()
            warmUp run
            Some(fun () -> fst (seconds run), None)
        | Baseline.Sampler(_, prepare) ->
            let run = prepare ()
            warmUp run

            Some(fun () ->
                let taken, draws = seconds run
                taken / draws, None)

    // Of a sampler, the seconds of one effective draw.
    let private round (case: Case) ours =
        let taken, answer = seconds ours

        match case.Baseline with
        | Baseline.Sampler _ -> taken / answer.Value
        | _ -> taken

    /// Both sides in turn, so that a machine that slows down slows both. First runs of ours compile it,
    /// another tells its memory.
    let run scripts rounds (case: Case) =
        let ours = case.Prepare()
        let theirs = baseline scripts case
        warmUp ours
        GC.Collect()
        GC.WaitForPendingFinalizers()
        let answer, peak = Memory.peakOf ours

        let taken =
            Array.init rounds (fun _ -> round case ours, theirs |> Option.map (fun theirs -> theirs ()))

        let theirs = Array.choose snd taken

        {
            Case = case
            Ours = taken |> Array.map fst |> median
            Baseline =
                if theirs.Length = 0 then
                    None
                else
                    Some(theirs |> Array.map fst |> median)
            Disagreement =
                theirs
                |> Array.tryPick snd
                |> Option.map (fun expected -> abs (answer.Value - expected) / abs expected)
            Residual = answer.Residual
            Peak = peak
        }
