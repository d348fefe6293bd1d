namespace FiniteWidth.Cli

open FiniteWidth

/// What jobs and flags call by name.
[<RequireQualifiedAccess>]
module Names =

    /// The activations by name.
    let activations =
        [ for activation in Activation.all -> activation.Name, activation ]
