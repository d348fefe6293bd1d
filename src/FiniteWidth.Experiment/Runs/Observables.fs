namespace FiniteWidth.Experiment

/// What is computed at the draws of a chain.
[<NoComparison; NoEquality>]
type Observables =
    {
        /// The quantities whose draws are kept, so that ranks and tails can be diagnosed.
        Traced: string list
        /// The quantities of which only moments and batch means are kept: as many as one likes.
        Streamed: string list
        /// Takes a position in whitened coordinates and fills an array with the traced quantities, then the streamed ones.
        Evaluate: float[] -> float[] -> unit
    }

/// Makes observables with work space of their own, one for each chain.
type ObservablesSource = unit -> Observables

[<RequireQualifiedAccess>]
module Observables =

    /// The coordinates themselves, traced.
    let coordinates dimension : ObservablesSource =
        fun () ->
            {
                Traced = List.init dimension (fun i -> $"x{i}")
                Streamed = []
                Evaluate = fun position values -> Array.blit position 0 values 0 dimension
            }
