namespace FiniteWidth.Experiment

/// <summary>A motion of positions and momenta that a Metropolis correction makes exact: it follows the posterior's force about, at
/// less cost than <see cref="T:FiniteWidth.Experiment.Target" /> has it.</summary>
/// <remarks>Like a target it may own work space.</remarks>
[<NoComparison; NoEquality>]
type Flow =
    {
        /// The log likelihood at a position: the target's.
        LogLikelihood: float[] -> float
        /// Takes the length of a step, a number of steps, a position and a momentum: moves both in place by a map that keeps the volume of
        /// phase space, and whose inverse is the same map with the momentum turned round before and after. False where the force on the way
        /// is not finite; position and momentum are then anywhere.
        Move: float -> int -> float[] -> float[] -> bool
    }

/// Makes a flow with work space of its own, one for each chain.
type FlowSource = unit -> Flow
