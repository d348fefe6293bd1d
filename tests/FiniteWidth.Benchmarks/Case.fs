namespace FiniteWidth.Benchmarks

open System.Text.Json

/// What a case is compared with.
[<RequireQualifiedAccess>]
type Baseline =
    /// naive.py with these arguments, and where its result holds the number that our side returns.
    | Naive of arguments: string list * answer: (JsonElement -> float)
    /// langevin_torch.py with these arguments, likewise.
    | Torch of arguments: string list * answer: (JsonElement -> float)
    /// Another computation of ours: its preparation, which returns the part that is timed.
    | Ours of description: string * prepare: (unit -> unit -> float)
    /// Another sampler of ours, likewise: both sides return how many effective draws they made, and seconds are those of one.
    | Sampler of description: string * prepare: (unit -> unit -> float)

/// What is aimed at.
[<RequireQualifiedAccess>]
type Target =
    /// The ratio, the baseline's time over ours, is at least this.
    | Ratio of least: float
    /// Ours takes at most this many seconds.
    | Seconds of most: float

/// What a computation of ours found.
type Answer =
    {
        /// The number that the baseline finds too.
        Value: float
        /// The relative residual of the saddle point, where it is one that counts.
        Residual: float option
    }

/// A computation to be timed.
type Case =
    {
        Name: string
        /// P: peak memory is reported in P x P matrices.
        Examples: int
        Target: Target
        Baseline: Baseline
        /// Reads what is needed, untimed, and returns the part that is timed. Its number shows that both sides did the same.
        Prepare: unit -> unit -> Answer
    }
