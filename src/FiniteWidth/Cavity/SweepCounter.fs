namespace FiniteWidth

open System.Threading

/// How far a solution has come.
[<RequireQualifiedAccess>]
type CavityProgress =
    {
        /// Sweeps done.
        Sweep: int
        /// Sweeps of this attempt and those before it.
        Sweeps: int
        /// Copies of a unit that count after reweighting, in this sweep.
        EffectiveUnits: float
    }

/// Counts sweeps, tells of each, and ends them with an OperationCanceledException where they are called off.
[<Sealed>]
type internal SweepCounter(cancellation: CancellationToken, progress: CavityProgress -> unit) =

    let mutable swept = 0

    /// Counts a sweep of so many in all.
    member _.UpTo sweeps =
        fun (record: SweepRecord) ->
            cancellation.ThrowIfCancellationRequested()
            swept <- swept + 1

            progress
                {
                    Sweep = swept
                    Sweeps = sweeps
                    EffectiveUnits = record.EffectiveUnits
                }

    /// Counts a sweep of so many after those counted before.
    member this.Further sweeps = this.UpTo(swept + sweeps)
