namespace FiniteWidth.Experiment

/// <summary>A posterior in coordinates whitened by its prior: its density at x is proportional to
/// $e^{\ell(x)} \, \mathcal{N}(x; 0, I)$, with $\ell$ the log likelihood.</summary>
/// <remarks>Samplers see nothing else of a model. A target may own work space, so each chain takes its own from a
/// <see cref="T:FiniteWidth.Experiment.TargetSource" />.</remarks>
[<NoComparison; NoEquality>]
type Target =
    {
        /// The number of coordinates.
        Dimension: int
        /// Takes a position and an array for the gradient: overwrites the array with the gradient of the log likelihood there and
        /// returns the log likelihood. Neither array is kept.
        LogLikelihood: float[] -> float[] -> float
    }

/// Makes a target with work space of its own, one for each chain; what is large and constant is shared between them.
type TargetSource = unit -> Target
