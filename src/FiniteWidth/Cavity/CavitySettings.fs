namespace FiniteWidth

open System

/// Which hidden layers the cavity theory takes as they are.
[<RequireQualifiedAccess>]
type CavityLayers =
    /// All of them, which describes networks of one.
    | All
    /// The last one, over the infinite-width kernel of those below it.
    | Last

/// How the cavity theory is solved, and its limit of infinitely many units.
type CavitySettings =
    {
        /// The hidden layers that it takes as they are.
        Layers: CavityLayers
        /// How many directions of the targets are exact, 0 or 1: along one the others are not taken for Gaussian. Where it is left out, 1 where the Gaussian
        /// field is not to be trusted.
        Directions: int option
        /// M, the copies of one hidden unit that stand for its distribution.
        Units: int
        /// Sweeps of the first attempt, half of them to reach the fixed point; each further attempt takes twice as many.
        Sweeps: int
        /// The seed of all random numbers.
        Seed: uint64
        /// The relative standard error of the test loss that is asked for.
        Accuracy: float
        /// No attempt begins that would end later than this many seconds after the start.
        Seconds: float
        /// Threads that work at once; results do not depend on it.
        Threads: int
    }

/// The usual settings of the cavity theory.
[<RequireQualifiedAccess>]
module CavitySettings =

    /// 2 P units between 200 and 2000, 160 sweeps, an accuracy of 1%, ten minutes, every processor.
    let standard (train: DataSet) =
        {
            Layers = CavityLayers.All
            Directions = None
            Units = Math.Clamp(2 * train.Count, 200, 2000)
            Sweeps = 160
            Seed = 1UL
            Accuracy = 0.01
            Seconds = 600.0
            Threads = Environment.ProcessorCount
        }

    /// The fewest sweeps of an attempt: eight blocks to average over, after as many to arrive.
    let fewestSweeps = 32

    /// The fewest units: a ladder needs several at each node.
    let fewestUnits = 100

    let internal check theory settings =
        if settings.Units < fewestUnits then
            Error(BadNetwork $"The {theory} is given {settings.Units} units: it needs at least {fewestUnits}.")
        elif settings.Sweeps < fewestSweeps then
            Error(BadNetwork $"The {theory} is given {settings.Sweeps} sweeps: it needs at least {fewestSweeps}.")
        elif settings.Directions |> Option.exists (fun count -> count < 0 || count > 1) then
            Error(
                BadNetwork
                    $"The {theory} is given {settings.Directions.Value} exact directions of the targets: it has none or one."
            )
        elif not (settings.Accuracy > 0.0 && Double.IsFinite settings.Accuracy) then
            Error(BadNetwork $"The accuracy of the {theory} is {settings.Accuracy}: it is positive and finite.")
        elif not (settings.Seconds > 0.0) then
            Error(BadNetwork $"The {theory} is given {settings.Seconds} seconds: the time is positive.")
        elif settings.Threads < 1 then
            Error(BadNetwork $"The {theory} is given {settings.Threads} threads: it needs at least one.")
        else
            Ok()
