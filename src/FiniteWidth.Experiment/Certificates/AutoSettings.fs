namespace FiniteWidth.Experiment

open System
open System.Threading
open FiniteWidth

/// What is told while an answer is sought.
[<RequireQualifiedAccess>]
type AutoProgress =
    /// What was decided, in one sentence.
    | Decided of sentence: string
    /// Chains are on their way: the share of the iterations that they need by the last estimate, and the time left for the others.
    | Sampling of share: float * remaining: TimeSpan

/// How good an answer is to be, and what may be spent on it.
[<NoComparison; NoEquality>]
type AutoSettings =
    {
        /// The largest standard error of the loss, as a share of it.
        Accuracy: float
        /// The seconds that chains may take: of one point, or of a whole curve.
        Seconds: float
        /// Of the chains.
        Seed: uint64
        /// Chains that may move at once; results do not depend on it.
        Threads: int
        /// A folder that keeps what converged chains have found, by a hash of data, network, temperature and seed, so that they need not run again.
        Cache: string option
        /// Called now and then, on the thread that seeks.
        Progress: AutoProgress -> unit
        /// Ends the search with what there is.
        Cancellation: CancellationToken
    }

/// What certified answers may cost.
[<RequireQualifiedAccess>]
module AutoSettings =

    /// A standard error of 2%, two minutes a point, seed 1.
    let standard =
        {
            Accuracy = 0.02
            Seconds = 120.0
            Seed = 1UL
            Threads = Environment.ProcessorCount
            Cache = None
            Progress = ignore
            Cancellation = CancellationToken.None
        }

    /// The same with five minutes for a whole curve.
    let standardOfCurves = { standard with Seconds = 300.0 }

    /// Whether the settings make sense, or one sentence that says what does not.
    let check settings =
        if not (settings.Accuracy > 0.0 && settings.Accuracy < 1.0) then
            Error(
                BadData
                    $"The accuracy is {settings.Accuracy}: it is the standard error of the loss as a share of it, between 0 and 1."
            )
        elif not (Double.IsFinite settings.Seconds && settings.Seconds > 0.0) then
            Error(BadData $"The time is {settings.Seconds} s: it is positive and finite.")
        elif settings.Threads < 1 then
            Error(BadData $"There are {settings.Threads} threads: at least 1 is needed.")
        else
            Ok()
