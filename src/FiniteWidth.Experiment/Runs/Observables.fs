namespace FiniteWidth.Experiment

open FiniteWidth.Numerics

/// What is computed at the draws of a chain.
[<NoComparison; NoEquality>]
type Observables =
    {
        /// The quantities whose draws are kept, so that ranks and tails can be diagnosed.
        Traced: string list
        /// The quantities of which only moments and batch means are kept: as many as one likes.
        Streamed: string list
        /// Takes random numbers for whatever the position leaves open, a position in whitened coordinates, and an array to fill with the
        /// traced quantities, then the streamed ones.
        Evaluate: RandomStream -> float[] -> float[] -> unit
    }

/// Makes observables with work space of their own, one for each chain.
type ObservablesSource = unit -> Observables

/// What is computed at the draws of a chain.
[<RequireQualifiedAccess>]
module Observables =

    /// The coordinates themselves, traced.
    let coordinates dimension : ObservablesSource =
        fun () ->
            {
                Traced = List.init dimension (fun i -> $"x{i}")
                Streamed = []
                Evaluate = fun _ position values -> Array.blit position 0 values 0 dimension
            }
