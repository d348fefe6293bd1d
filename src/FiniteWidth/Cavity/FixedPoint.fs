namespace FiniteWidth

/// The solution of a theory whose unknowns solve equations that come from no action: a state that reproduces itself, and by how much it
/// fails to.
[<NoComparison; NoEquality>]
type FixedPoint<'state> =
    {
        /// The state at the end.
        State: 'state
        /// The relative change of the state under one more iteration.
        Residual: float
        /// Iterations taken in all.
        Iterations: int
    }
