namespace FiniteWidth.Experiment

open System
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open FiniteWidth
open FiniteWidth.Numerics

/// The log evidence log p(Y | X) of a network's posterior from chains between prior and posterior.
[<NoComparison>]
type SampledEvidence =
    {
        /// log p(Y | X), with its standard error.
        LogEvidence: Estimate
        /// What the ways up weigh on average, a lower bound of the log evidence but for this error.
        Lower: Estimate
        /// What the ways down weigh on average: an upper bound, so far as the chains had arrived at the posterior.
        Upper: Estimate
        /// Independent chains, each from a draw of the prior.
        Chains: int
        /// Powers of the likelihood between prior and posterior.
        Rungs: int
        /// The mean acceptance probability of trajectories.
        Acceptance: float
        /// The time that it took.
        Elapsed: TimeSpan
    }

    /// Whether the bounds are within two units of each other: ways up and ways down weigh alike, and the error is that of the evidence.
    member this.HasConverged = this.Upper.Value - this.Lower.Value <= 2.0

/// How accurately the evidence is sampled, and what may be spent on it.
[<NoComparison; NoEquality>]
type AnnealingSettings =
    {
        /// The standard error of the log evidence to reach.
        Accuracy: float
        /// The seconds that chains may take.
        Seconds: float
        /// Of the chains' random numbers.
        Seed: uint64
        /// Independent chains: the error is that of the mean over them.
        Chains: int
        /// Chains that may move at once; results do not depend on it.
        Threads: int
        /// Called with what each round of chains has found.
        Progress: SampledEvidence -> unit
        /// Ends with what there is.
        Cancellation: CancellationToken
    }

/// Annealed importance sampling (Neal 2001) of the hidden weights, the readout integrated out, in both directions: from draws of the prior, through
/// powers p(Y | w)^beta of the likelihood, up to the posterior, and down again. Ways up weigh too little on average and ways down too much, by what is
/// lost on the way; what lies between follows from both (Bennett 1976).
[<RequireQualifiedAccess>]
module SampledEvidence =

    /// A standard error of 0.1 in log p(Y | X) from 16 chains, two minutes, seed 1.
    let standard =
        {
            Accuracy = 0.1
            Seconds = 120.0
            Seed = 1UL
            Chains = 16
            Threads = Environment.ProcessorCount
            Progress = ignore
            Cancellation = CancellationToken.None
        }

    // Passes that find the path, and their trajectories a rung.
    let private pilots, private pilotMoves = 4, 2
    // Rungs at least, and the factor between one round and the next at most.
    let private fewest, private growth = 8, 4.0
    // A round that would have fewer rungs than this many times as many as the last one is not worth its time.
    let private worthwhile = 1.3
    // Of the time left, what a round may plan to take.
    let private cautious = 0.9
    // Work that is lost on a path, as so many times its thermodynamic length's square over its rungs: draws of successive rungs are correlated.
    let private inefficiency = 2.0

    let private check settings =
        if not (Double.IsFinite settings.Accuracy && settings.Accuracy > 0.0) then
            Error(BadData $"The accuracy of the log evidence is {settings.Accuracy}: it is positive and finite.")
        elif not (Double.IsFinite settings.Seconds && settings.Seconds > 0.0) then
            Error(BadData $"The time is {settings.Seconds} s: it is positive and finite.")
        elif settings.Chains < 4 then
            Error(BadData $"There are {settings.Chains} chains: an error takes at least 4.")
        elif settings.Threads < 1 then
            Error(BadData $"There are {settings.Threads} threads: at least 1 is needed.")
        else
            Ok()

    // The passes of one round, none where they were stopped; each thread has a flow of its own.
    let private passes
        settings
        (source: unit -> MarginalFlow)
        dimension
        path
        perRung
        isAdapting
        isStopped
        count
        (stream: RandomStream)
        =
        let results: AnnealedPass option[] = Array.create count None

        let options = ParallelOptions(MaxDegreeOfParallelism = min settings.Threads count)

        let body (i: int) (_: ParallelLoopState) (flow: MarginalFlow) =
            results[i] <- AnnealedPass.run flow dimension path perRung isAdapting isStopped (stream.Split(int64 i))
            flow

        Parallel.For(0, count, options, source, body, ignore) |> ignore

        if Array.forall Option.isSome results then
            Some(Array.choose id results)
        else
            None

    let private summarise (passes: AnnealedPass[]) : RungRecord[] =
        Array.init passes[0].Up.Length (fun k ->
            let met =
                passes
                |> Array.collect (fun pass -> [| pass.Up[k]; pass.Down[k] |])
                |> Array.filter Double.IsFinite

            let mean = Array.average met

            {
                Deviation = sqrt (Array.averageBy (fun l -> (l - mean) ** 2.0) met)
                Acceptance = passes |> Array.averageBy _.Acceptance[k]
            })

    let private evaluate (path: AnnealingPath) (passes: AnnealedPass[]) elapsed : SampledEvidence =
        let up = passes |> Array.map (AnnealedPass.upward path.Powers)
        let down = passes |> Array.map (AnnealedPass.downward path.Powers)

        {
            LogEvidence = Bridge.estimate up down
            Lower = Bridge.mean up
            Upper = Bridge.mean down
            Chains = passes.Length
            Rungs = path.Rungs
            Acceptance = passes |> Array.averageBy (fun pass -> Array.average pass.Acceptance[1..])
            Elapsed = elapsed
        }

    // The path with the steps that pilots found good.
    let private learnt (path: AnnealingPath) (passes: AnnealedPass[]) =
        { path with
            Steps =
                Array.init path.Steps.Length (fun k -> passes |> Array.averageBy (fun pass -> log pass.Steps[k]) |> exp)
        }

    // The pilot's acceptance has gone into its steps.
    let private asAccepted (records: RungRecord[]) =
        records
        |> Array.map (fun record ->
            { record with
                Acceptance = AnnealingPath.acceptance
            })

    /// The log evidence of a network's posterior. It fails where the time is over before a first estimate.
    let run settings (posterior: NetworkPosterior) =
        let clock = Stopwatch.StartNew()

        let left () =
            settings.Seconds - clock.Elapsed.TotalSeconds

        let isStopped () =
            settings.Cancellation.IsCancellationRequested || left () <= 0.0

        let source = MarginalFlow.source posterior
        let dimension = posterior.Layout.HiddenDimension
        let stream = RandomStream.FromSeed settings.Seed

        let round number (path: AnnealingPath) perRung isAdapting count =
            let start = clock.Elapsed

            passes settings source dimension path perRung isAdapting isStopped count (stream.Split(int64 number))
            |> Option.map (fun passes ->
                // The seconds that a rung of all chains takes.
                let cost =
                    (clock.Elapsed - start).TotalSeconds / float (perRung * path.Rungs * count)
                    * float settings.Chains

                passes, cost)

        let rec refine number (path: AnnealingPath) records cost wanted (known: SampledEvidence option) =
            let affordable = int (cautious * left () / cost)
            let rungs = min wanted affordable |> max (if known.IsNone then fewest else 0)

            let isWorthwhile =
                known
                |> Option.forall (fun known -> float rungs >= worthwhile * float known.Rungs)

            if not isWorthwhile then
                known
            else
                let path = AnnealingPath.refine rungs path records

                match round number path 1 false settings.Chains with
                | None -> known
                | Some(passes, cost) ->
                    let found = evaluate path passes clock.Elapsed
                    settings.Progress found
                    let error = found.LogEvidence.Error

                    if found.HasConverged && error <= settings.Accuracy then
                        Some found
                    else
                        let factor = Math.Clamp(1.2 * (error / settings.Accuracy) ** 2.0, 2.0, growth)

                        refine (number + 1) path (summarise passes) cost (int (factor * float rungs)) (Some found)

        result {
            do! check settings
            let first = AnnealingPath.first

            match round 0 first pilotMoves true pilots with
            | Some(passes, cost) ->
                let path = learnt first passes
                let records = summarise passes |> asAccepted
                let length = Array.last (AnnealingPath.lengths path records)

                if not (Double.IsFinite length) then
                    return! Error Failures.beyondDoubles
                else
                    // The error of the mean of both ways over all chains: lost work/(2 chains) is its square.
                    let wanted =
                        inefficiency * length * length
                        / (2.0 * float settings.Chains * settings.Accuracy * settings.Accuracy)

                    let most = float Int32.MaxValue / 8.0
                    let wanted = int (Math.Clamp(wanted, float fewest, most))

                    match refine 1 path records cost wanted None with
                    | Some evidence -> return evidence
                    | None ->
                        return! Error(Inaccurate "The evidence was stopped before a first estimate: give it more time.")
            | None -> return! Error(Inaccurate "The evidence was stopped before a first estimate: give it more time.")
        }

    /// The log evidence of a network at temperature T > 0 on a training set.
    let solve settings architecture temperature train =
        NetworkPosterior.create NetworkPosterior.defaults architecture temperature train
        |> Result.bind (run settings)
