namespace FiniteWidth.Experiment

open System
open System.Threading
open FiniteWidth

/// How far a run is.
type RunProgress =
    {
        /// Iterations of each chain so far, warm-up included.
        Iterations: int64
        /// Iterations of each chain that were asked for.
        Total: int64
        /// Whether the chains still adapt.
        WarmingUp: bool
        /// Iterations of each chain in a second, since this run or its resumption began.
        Rate: float
        /// The time taken, all resumptions together.
        Elapsed: TimeSpan
        /// The time left until the number of draws or the limit of time is reached, at this rate.
        Remaining: TimeSpan
        /// Divergent transitions since the warm-up ended, all chains together.
        Divergences: int64
    }

/// Where and how often a run is stored, so that it can go on after whatever may happen.
type Checkpoint =
    {
        /// The file.
        Path: string
        /// The time between two writes.
        Every: TimeSpan
    }

/// How many chains of how many draws, and when to stop before that.
[<NoComparison; NoEquality>]
type RunSettings =
    {
        /// The seed of all random numbers.
        Seed: uint64
        /// Chains side by side.
        Chains: int
        /// Iterations that each chain adapts in, which count for nothing else.
        WarmUp: int
        /// Draws of each chain after the warm-up.
        Draws: int
        /// Transitions between one draw and the next.
        StepsPerDraw: int
        /// Where chain number i starts, in whitened coordinates; none for draws of the prior.
        Start: (int -> float[]) option
        /// Chains that may move at once; results do not depend on it.
        Threads: int
        /// Stop after this time, counted over all resumptions.
        TimeLimit: TimeSpan option
        /// Stop when every traced observable (every streamed one, where none is traced) has as many effective draws, all chains together,
        /// and is within the limits: not before as many as these ask for.
        EffectiveDraws: float option
        /// Asked at a sequence of numbers of draws that does not depend on the clock, 40, 55, 75, 100 and then each a fifth more, with how far the run is and
        /// the diagnoses of the traced observables: whether it ends there.
        Judge: (RunProgress -> Diagnosis list -> bool) option
        /// What the run must satisfy to be called converged.
        Limits: ConvergenceLimits
        /// Where the run is stored, if anywhere.
        Checkpoint: Checkpoint option
        /// Called a few times a second, on the thread that runs.
        Progress: RunProgress -> unit
        /// Stops the run with the draws there are.
        Cancellation: CancellationToken
    }

/// The usual settings of a run, and their checks.
[<RequireQualifiedAccess>]
module RunSettings =

    /// Four chains of 1000 draws after a warm-up of 1000, from draws of the prior, seed 1.
    let defaults =
        {
            Seed = 1UL
            Chains = 4
            WarmUp = 1000
            Draws = 1000
            StepsPerDraw = 1
            Start = None
            Threads = Environment.ProcessorCount
            TimeLimit = None
            EffectiveDraws = None
            Judge = None
            Limits = Verdict.limits
            Checkpoint = None
            Progress = ignore
            Cancellation = CancellationToken.None
        }

    /// Whether the settings make sense, or one sentence that says what does not.
    let check settings =
        let atLeast least what value =
            if value < least then
                Error(BadData $"The run has {value} {what}: at least {least} is needed.")
            else
                Ok()

        result {
            do! atLeast 1 "chains" settings.Chains
            do! atLeast 1 "draws a chain" settings.Draws
            do! atLeast 1 "transitions a draw" settings.StepsPerDraw
            do! atLeast 1 "threads" settings.Threads

            match settings.TimeLimit, settings.EffectiveDraws with
            | Some limit, _ when limit <= TimeSpan.Zero ->
                return! Error(BadData $"The time limit is {limit.TotalSeconds} s: it is positive.")
            | _, Some size when not (Double.IsFinite size && size > 0.0) ->
                return! Error(BadData $"The effective draws to reach are {size}: they are positive and finite.")
            | _ -> return ()
        }
