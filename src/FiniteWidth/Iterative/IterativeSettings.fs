namespace FiniteWidth

open System
open System.Threading

/// What the iterative solver tells while it works.
[<RequireQualifiedAccess>]
type IterativeProgress =
    /// Said once, as a sentence: what it needs, what it resumes, what it does next.
    | Stated of string
    /// This share of the kernel is computed, and how long the rest will take.
    | Kernel of share: float * remaining: TimeSpan
    /// So many products of the kernel with a block of vectors are done, each of which takes so long; the number that will do is known when the
    /// answers have converged.
    | Products of steps: int * vectors: int * each: TimeSpan

/// How the iterative solver works, and how good its answers are to be.
[<NoComparison; NoEquality>]
type IterativeSettings =
    {
        /// The relative error of every order parameter, two standard errors and what is left of the iteration together.
        Tolerance: float
        /// The number of random vectors that traces begin with.
        Probes: int
        /// The most random vectors that are added before the error is reported as it is.
        MostProbes: int
        /// The most vectors of a Krylov space.
        MostVectors: int
        /// Draws the random vectors.
        Seed: uint64
        /// A folder for the Krylov basis, from which a run that was ended goes on; none is written where it is left out.
        Checkpoint: string option
        /// A folder for a file of the kernel, where memory does not hold it; the folder of temporary files where it is left out.
        Scratch: string option
        /// Keeps the kernel in a file even where memory would hold it.
        KernelInFile: bool
        /// Ends the work.
        Cancellation: CancellationToken
        /// Told of progress.
        Progress: IterativeProgress -> unit
    }

/// Settings of the iterative solver.
[<RequireQualifiedAccess>]
module IterativeSettings =

    /// The usual settings: order parameters to a thousandth.
    let standard =
        {
            Tolerance = 1e-3
            Probes = 32
            MostProbes = 1024
            MostVectors = 8000
            Seed = 1UL
            Checkpoint = None
            Scratch = None
            KernelInFile = false
            Cancellation = CancellationToken.None
            Progress = ignore
        }

    /// Settings that could not be followed, in one sentence.
    let check settings =
        if not (settings.Tolerance > 0.0 && settings.Tolerance < 1.0) then
            Error(BadData $"The iterative solver's tolerance is {settings.Tolerance}: it lies between 0 and 1.")
        elif settings.Probes < 2 then
            Error(
                BadData
                    $"The iterative solver has {settings.Probes} probes: a standard error takes two of them at least."
            )
        else
            Ok()
