namespace FiniteWidth

open FiniteWidth.Numerics

/// Directions of the targets, n of length 1.
[<RequireQualifiedAccess>]
module internal CavityDirections =

    /// The part of |y|^2 that a direction carries.
    let share (y: float[]) (n: float[]) =
        let overlap = CavityFields.dot n y
        overlap * overlap / CavityFields.dot y y

    /// The eigenvectors of V, those that overlap most with y first.
    let ofCovariance (y: float[]) (covariance: Matrix) =
        let vectors = covariance.Clone()
        LinearAlgebra.Default.Eigen vectors |> ignore

        [ 0n .. vectors.Rows - 1n ]
        |> List.map (fun i -> vectors.Row(i).ToArray())
        |> List.sortByDescending (fun n -> abs (CavityFields.dot n y))

    /// n.A n.
    let along (a: Matrix) (n: float[]) =
        CavityFields.dot n (CavityFields.times a false n)
