namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.Threading
open FiniteWidth

/// How far a share of a sweep came.
type ShareOutcome =
    {
        Total: int
        /// Those that have a result.
        Done: int
        /// Points with the reasons why they failed.
        Failed: (string * string) list
        /// Told to stop before all was computed.
        IsStopped: bool
    }

/// Runs tasks of a sweep one after the other.
[<RequireQualifiedAccess>]
module SweepRun =

    // Sampling that is told to stop writes a checkpoint first; nothing else listens.
    let private patience job =
        match job, (SweepJob.plain job).Theory.Keys with
        | SweepJob.Experiment _, _
        | _, (OwnKeys.Certificates | OwnKeys.Cavity | OwnKeys.MeanField) -> TimeSpan.FromSeconds 15.0
        | _ -> TimeSpan.FromSeconds 1.0

    // What computes one task after the other from examples that are read once.
    let private computer folder =
        let predict, experiment = PredictCommand.session (), ExperimentCommand.session ()

        fun (task: SweepTask) ->
            match task.Job with
            | SweepJob.Prediction job ->
                predict
                    { job with
                        Auto =
                            { job.Auto with
                                Cache = Some(SweepFolder.points folder)
                            }
                    }
            | SweepJob.Experiment job -> experiment (SweepFolder.checkpoints task.Id folder) job

    // What a task may meet is its failure, a mistake of this program too: other tasks go on.
    let private guarded compute task =
        try
            compute task
        with
        | Expected.Failure failure -> Error failure
        | error ->
            Error(Unsupported $"The program made a mistake ({error.GetType().Name}: {error.Message.TrimEnd '.'}).")

    [<RequireQualifiedAccess>]
    type private Step =
        | Settled
        | Stopped
        /// Another process is at it.
        | Claimed

    let private tell sentence =
        try
            Terminal.note sentence
        with :? IO.IOException ->
            ()

    let private step folder compute (token: CancellationToken) (name: string) (task: SweepTask) =
        let work () =
            match SweepFolder.state folder task.Id with
            | TaskState.Done
            | TaskState.Failed _ -> Ok Step.Settled
            | _ ->
                let clock = Stopwatch.StartNew()

                match guarded compute task with
                | Ok(Outcome.Finished json) ->
                    SweepFolder.keepResult folder task.Id json
                    |> Result.map (fun () ->
                        SweepFolder.dropCheckpoints folder task.Id
                        tell $"{name}: done in {Decimals.short clock.Elapsed.TotalSeconds} s"
                        Step.Settled)
                | Ok(Outcome.Stopped _) -> Ok Step.Stopped
                | Error _ when token.IsCancellationRequested -> Ok Step.Stopped
                | Error failure ->
                    let reason = Sentence.oneLine failure.Message

                    SweepFolder.keepFailure folder task reason
                    |> Result.map (fun () ->
                        tell $"{name}: failed. {reason}"
                        Step.Settled)

        SweepFolder.claimed folder task.Id work |> Option.defaultValue (Ok Step.Claimed)

    let private isSettled folder (task: SweepTask) =
        match SweepFolder.state folder task.Id with
        | TaskState.Done
        | TaskState.Failed _ -> true
        | _ -> false

    /// What the files say of some tasks.
    let outcome folder isStopped (tasks: SweepTask list) =
        let states = tasks |> List.map (fun task -> task, SweepFolder.state folder task.Id)

        {
            Total = tasks.Length
            Done = states |> List.filter (snd >> _.IsDone) |> List.length
            Failed =
                [
                    for task, state in states do
                        match state with
                        | TaskState.Failed reason -> task.Point, reason
                        | _ -> ()
                ]
            IsStopped = isStopped
        }

    // Between one look at what other processes compute and the next.
    let private wait = TimeSpan.FromSeconds 0.3

    // Those that other processes are at come last: one of these may die, and its tasks are to be computed all the same.
    let private runAll folder (token: CancellationToken) tasks =
        let compute = computer folder

        let rec next claimed (tasks: (string * SweepTask) list) =
            match tasks with
            | _ when token.IsCancellationRequested -> Ok true
            | [] when List.isEmpty claimed -> Ok false
            | [] ->
                token.WaitHandle.WaitOne wait |> ignore
                next [] (claimed |> List.rev |> List.filter (snd >> isSettled folder >> not))
            | (name, task) :: rest ->
                step folder compute token name task
                |> Result.bind (fun step ->
                    match step with
                    | Step.Settled -> next claimed rest
                    | Step.Claimed -> next ((name, task) :: claimed) rest
                    | Step.Stopped -> Ok true)

        next [] tasks

    /// Computes the tasks that have neither a result nor a failure, until it is told to stop. What cannot be written ends it.
    let run folder (plan: SweepPlan) (tasks: SweepTask list) =
        SweepFolder.sweep folder

        let open' =
            tasks
            |> List.indexed
            |> List.filter (snd >> isSettled folder >> not)
            |> List.map (fun (k, task) -> $"{k + 1} of {tasks.Length}, {task.Point}", task)

        if open'.IsEmpty then
            Ok(outcome folder false tasks)
        else
            SweepPlan.requireUnchanged plan
            |> Result.bind (fun () ->
                Interruptible.run (patience plan.Job) (fun token -> runAll folder token open')
                |> Option.defaultValue (Ok true))
            |> Result.map (fun isStopped ->
                outcome folder (isStopped && not (List.forall (isSettled folder) tasks)) tasks)
