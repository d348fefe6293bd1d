namespace FiniteWidth.Experiment

open FiniteWidth.Numerics

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
        /// Overwrites an array with the force at a position, the gradient of the log likelihood as moves follow it; false where it is
        /// not finite.
        Force: float[] -> float[] -> bool
        /// From now on coordinate x_i moves with velocity s_i r_i where r is the momentum; takes s, one for each coordinate. At first all are 1.
        Rescale: float[] -> unit
        /// Another way about, to what moves hardly ever reach: takes random numbers, the length of a step, the number of steps whose time it
        /// may take, on average, and a position that it moves in place or leaves as it is. The posterior stays invariant under it. Returns
        /// the log likelihood of a new position, and how many evaluations were made.
        Jump: (RandomStream -> float -> float -> float[] -> struct (float voption * int)) voption
    }

/// Flows, and which coordinates look alike to them.
[<NoComparison; NoEquality>]
type FlowSource =
    {
        /// For each coordinate the number of its group, counted from 0: coordinates of a group are alike in distribution, and the warm-up
        /// estimates one curvature for all of them. Empty where coordinates keep the velocity of their momenta.
        Groups: int[]
        /// Makes a flow with work space of its own, one for each chain.
        Create: unit -> Flow
    }
