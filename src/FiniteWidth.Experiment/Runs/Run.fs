namespace FiniteWidth.Experiment

open System
open System.Diagnostics
open System.IO
open System.Threading.Tasks
open FiniteWidth
open FiniteWidth.Numerics

/// Why a run ended.
[<RequireQualifiedAccess>]
type Stop =
    /// It has all the draws that were asked for.
    | Complete
    /// Every traced observable has the effective draws that were asked for.
    | EnoughEffectiveDraws
    /// Its judge has ended it.
    | Judged
    /// Its time is over.
    | TimeLimit
    /// It was told to stop.
    | Cancelled

/// The draws of a traced quantity, an array a chain.
type Trace =
    {
        /// The quantity.
        Name: string
        /// Its draws, an array a chain.
        Values: float[][]
    }

/// What a run has found.
[<NoComparison; NoEquality>]
type Run =
    {
        /// The sampler and its settings in one line.
        Sampler: string
        /// Draws of each chain; the warm-up is not among them.
        Length: int
        /// Why it ended.
        Stopped: Stop
        /// The time taken, all resumptions together.
        Elapsed: TimeSpan
        /// The chains as they are at the end.
        States: ChainState[]
        /// The draws of the traced quantities.
        Traces: Trace list
        /// Moments of the streamed quantities, a stream a chain.
        Streams: StreamedMoments[]
        /// Each traced, then each streamed quantity; empty where there are fewer than four draws.
        Diagnoses: Diagnosis list
        /// Whether the chains have converged.
        Verdict: Verdict
    }

    /// What was counted in each chain.
    member this.Tallies = this.States |> Array.map _.Tally

/// Chains run side by side, and what they have found.
[<RequireQualifiedAccess>]
module Run =

    // How long chains run without looking at the clock.
    let private blockSeconds = 0.25
    // Effective draws are counted at these numbers of draws, and then each time there are a fifth more.
    let private firstCounts = [ 40; 55; 75; 100 ]

    [<NoComparison; NoEquality>]
    type private Worker = { Chain: Chain; Recorder: Recorder }

    let private diagnoseTraced (observables: Observables) (recorders: Recorder[]) =
        observables.Traced
        |> List.mapi (fun k name -> Diagnosis.ofDraws name (recorders |> Array.map (fun r -> r.Traces[k].ToArray())))

    let private diagnoseStreamed (observables: Observables) (recorders: Recorder[]) =
        let moments = recorders |> Array.map _.Moments

        observables.Streamed
        |> List.mapi (fun k name -> StreamedMoments.diagnose name k moments)

    let private diagnose observables recorders =
        diagnoseTraced observables recorders @ diagnoseStreamed observables recorders

    let private drawsAt (settings: RunSettings) (iteration: int64) =
        int (max 0L (iteration - int64 settings.WarmUp) / int64 settings.StepsPerDraw)

    let private advance (settings: RunSettings) count worker =
        for _ in 1..count do
            worker.Chain.Step()
            let after = worker.Chain.State.Iteration - int64 settings.WarmUp

            if after > 0L && after % int64 settings.StepsPerDraw = 0L then
                worker.Recorder.Record worker.Chain.DrawStream worker.Chain.Position

    let private advanceAll (settings: RunSettings) count (workers: Worker[]) =
        if workers.Length = 1 then
            advance settings count workers[0]
        else
            // The chains are the parallelism: a product that took more threads would only be in their way.
            use _ = LinearAlgebra.Default.SingleThreaded()
            let options = ParallelOptions(MaxDegreeOfParallelism = settings.Threads)

            try
                Parallel.For(0, workers.Length, options, (fun i -> advance settings count workers[i]))
                |> ignore
            with :? AggregateException as error ->
                let first = error.Flatten().InnerExceptions[0]
                Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(first).Throw()

    let private enough (settings: RunSettings) observables recorders draws =
        match settings.EffectiveDraws with
        | Some wanted when draws >= Draws.shortest ->
            // By the rule that the verdict goes by, so that a run does not stop before it could be called converged.
            let limits =
                { settings.Limits with
                    MinimalSize = max settings.Limits.MinimalSize (wanted / float settings.Chains)
                }

            // Of thousands of streamed quantities some always seem slow: they count where nothing is traced.
            match diagnoseTraced observables recorders with
            | [] -> diagnoseStreamed observables recorders
            | traced -> traced
            |> List.forall (Verdict.accepts limits settings.Chains)
        | _ -> false

    let private finish sampler (settings: RunSettings) observables (workers: Worker[]) stopped elapsed =
        let recorders = workers |> Array.map _.Recorder
        let states = workers |> Array.map _.Chain.State
        let draws = drawsAt settings states[0].Iteration
        let enough = draws >= Draws.shortest

        let diagnoses = if enough then diagnose observables recorders else []

        {
            Sampler = string sampler
            Length = draws
            Stopped = stopped
            Elapsed = elapsed
            States = states
            Traces =
                observables.Traced
                |> List.mapi (fun k name ->
                    {
                        Name = name
                        Values = recorders |> Array.map (fun r -> r.Traces[k].ToArray())
                    })
            Streams = recorders |> Array.map _.Moments
            Diagnoses = diagnoses
            Verdict =
                if enough then
                    Verdict.judge settings.Limits (states |> Array.map _.Tally) diagnoses
                else
                    Verdict.NotConverged [ Reason.TooFewDraws draws ]
        }

    let private drive identity sampler (settings: RunSettings) observables (before: TimeSpan) (workers: Worker[]) =
        let states = workers |> Array.map _.Chain.State
        let recorders = workers |> Array.map _.Recorder

        let total =
            int64 settings.WarmUp + int64 settings.Draws * int64 settings.StepsPerDraw

        let startedAt = states[0].Iteration
        let clock = Stopwatch.StartNew()
        let elapsed () = before + clock.Elapsed

        let save () =
            match settings.Checkpoint with
            | Some checkpoint -> CheckpointFile.write checkpoint.Path identity (elapsed ()) (Array.zip states recorders)
            | None -> Ok()

        let progress iteration =
            let rate = float (iteration - startedAt) / clock.Elapsed.TotalSeconds
            let byDraws = TimeSpan.FromSeconds(min 1e9 (float (total - iteration) / rate))

            {
                Iterations = iteration
                Total = total
                WarmingUp = states[0].IsWarmingUp
                Rate = rate
                Elapsed = elapsed ()
                Remaining =
                    match settings.TimeLimit with
                    | Some limit -> max TimeSpan.Zero (min byDraws (limit - elapsed ()))
                    | None -> byDraws
                Divergences = states |> Array.sumBy _.Tally.Divergences
            }

        let judged iteration =
            match settings.Judge with
            | Some judge -> diagnoseTraced observables recorders |> judge (progress iteration)
            | None -> false

        // A fixed sequence of numbers of draws, so that where a run stops does not depend on the clock.
        let countAfter draws =
            let rec next count =
                if count > draws then
                    count
                else
                    next (count + (count + 4) / 5)

            match firstCounts |> List.tryFind (fun count -> count > draws) with
            | Some count -> count
            | None -> next (List.last firstCounts)

        let iterationOf draws =
            int64 settings.WarmUp + int64 draws * int64 settings.StepsPerDraw

        let rec go block savedAt =
            let iteration = states[0].Iteration
            let draws = drawsAt settings iteration

            let counted =
                draws >= firstCounts.Head
                && iteration = iterationOf draws
                && countAfter (draws - 1) = draws

            let stop =
                if iteration >= total then
                    Some Stop.Complete
                elif counted && enough settings observables recorders draws then
                    Some Stop.EnoughEffectiveDraws
                elif counted && judged iteration then
                    Some Stop.Judged
                elif settings.Cancellation.IsCancellationRequested then
                    Some Stop.Cancelled
                elif settings.TimeLimit |> Option.exists (fun limit -> elapsed () >= limit) then
                    Some Stop.TimeLimit
                else
                    None

            match stop with
            | Some stop ->
                save ()
                |> Result.map (fun () -> finish sampler settings observables workers stop (elapsed ()))
            | None ->
                let until = min total (iterationOf (countAfter draws))
                let count = int (min (int64 block) (until - iteration))
                let start = clock.Elapsed
                advanceAll settings count workers
                let seconds = (clock.Elapsed - start).TotalSeconds
                settings.Progress(progress states[0].Iteration)

                let block =
                    int (Math.Clamp(blockSeconds / seconds * float count, 1.0, 2.0 * float block))

                match settings.Checkpoint with
                | Some checkpoint when clock.Elapsed - savedAt >= checkpoint.Every ->
                    save () |> Result.bind (fun () -> go block clock.Elapsed)
                | _ -> go block savedAt

        go 1 TimeSpan.Zero

    let private identity
        sampler
        (settings: RunSettings)
        (observables: Observables)
        dimension
        : CheckpointFile.Identity =
        {
            Sampler = string sampler
            Dimension = dimension
            Seed = settings.Seed
            Chains = settings.Chains
            WarmUp = settings.WarmUp
            StepsPerDraw = settings.StepsPerDraw
            Traced = observables.Traced
            Streamed = observables.Streamed
        }

    // Threads that chains leave over are theirs.
    let private onThreads (settings: RunSettings) chain =
        chain
        |> Chain.onThreads (settings.Threads / min settings.Threads settings.Chains)

    let private prepare (source: TargetSource) (observables: ObservablesSource) (settings: RunSettings) =
        Array.init settings.Chains (fun _ -> source (), observables ())

    /// Runs chains of a sampler on a target, and computes observables at their draws.
    let start sampler (observables: ObservablesSource) (source: TargetSource) (settings: RunSettings) =
        result {
            do! RunSettings.check settings
            let parts = prepare source observables settings

            let! chains =
                Array.indexed parts
                |> Result.traverse (fun (i, (target, _)) ->
                    match settings.Start with
                    | Some position ->
                        Chain.startAt (position i) sampler target settings.Seed (int64 i) settings.WarmUp
                    | None -> Chain.start sampler target settings.Seed (int64 i) settings.WarmUp)

            let workers =
                Array.ofList chains
                |> Array.map2
                    (fun (_, observables) chain ->
                        {
                            Chain = onThreads settings chain
                            Recorder = Recorder observables
                        })
                    parts

            let target, observables = parts[0]
            let identity = identity sampler settings observables target.Dimension
            return! drive identity sampler settings observables TimeSpan.Zero workers
        }

    /// Goes on from the checkpoint that the settings name, bit for bit as if the run had never stopped; more draws, more time and
    /// another number of threads may be asked for than before.
    let resume sampler (observables: ObservablesSource) (source: TargetSource) (settings: RunSettings) =
        result {
            do! RunSettings.check settings

            match settings.Checkpoint with
            | None -> return! Error(BadData "The settings name no checkpoint to resume from.")
            | Some checkpoint ->
                let parts = prepare source observables settings
                let target, first = parts[0]
                let identity = identity sampler settings first target.Dimension
                let recorders = parts |> Array.map (snd >> Recorder)

                let! before, states =
                    CheckpointFile.read checkpoint.Path identity settings.Draws recorders

                let! chains =
                    Array.zip parts states
                    |> Result.traverse (fun ((target, _), state) -> Chain.resume sampler target state)

                let workers =
                    Array.ofList chains
                    |> Array.map2
                        (fun recorder chain ->
                            {
                                Chain = onThreads settings chain
                                Recorder = recorder
                            })
                        recorders

                return! drive identity sampler settings first before workers
        }

    /// From the checkpoint that the settings name where there is one, otherwise from the start: the result is the same.
    let startOrResume sampler observables source (settings: RunSettings) =
        match settings.Checkpoint with
        | Some checkpoint when File.Exists checkpoint.Path -> resume sampler observables source settings
        | _ -> start sampler observables source settings
