namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A symmetric positive matrix Qbar = R R^T, R = U^T diag(q)^(1/2), with its eigenvalues q and eigenvectors (the rows of U).
///
/// R^T R = diag(q): in the coordinates X of Qbar(X) = R exp(X) R^T, X symmetric, the entropy's Hessian is diagonal.
[<Sealed>]
type PositiveMatrix private (values: float[], vectors: Matrix) =

    let root =
        Matrix.Create(vectors.Columns, vectors.Rows, (fun i a -> vectors[a, i] * sqrt values[int a]))

    let entries =
        lazy
            (let product = Matrix.Uninitialized(root.Rows, root.Rows)
             LinearAlgebra.Default.Gram(root, 1.0, product)
             product)

    /// The number of rows.
    member _.Order = values.Length

    /// q, in increasing order.
    member _.Eigenvalues = values

    /// U, an eigenvector a row.
    member _.Eigenvectors = vectors

    /// R.
    member _.Root = root

    /// Qbar.
    member _.Entries = entries.Value

    /// R^T G R for a symmetric G.
    member internal _.Pull(g: Matrix) =
        let half = Matrix.Uninitialized(g.Rows, root.Columns)
        let pulled = Matrix.Uninitialized(root.Columns, root.Columns)
        LinearAlgebra.Default.Multiply(1.0, g, false, root, false, 0.0, half)
        LinearAlgebra.Default.Multiply(1.0, root, true, half, false, 0.0, pulled)
        pulled

    /// R X R^T for a symmetric X.
    member internal _.Push(x: Matrix) =
        let half = Matrix.Uninitialized(root.Rows, root.Columns)
        let pushed = Matrix.Uninitialized(root.Rows, root.Rows)
        LinearAlgebra.Default.Multiply(1.0, root, false, x, false, 0.0, half)
        LinearAlgebra.Default.Multiply(1.0, half, false, root, true, 0.0, pushed)
        pushed

    static member internal Decompose(entries: Matrix) =
        let vectors = entries.Clone()
        let values = LinearAlgebra.Default.Eigen vectors
        PositiveMatrix(values, vectors)

    static member internal Diagonal(values: float[]) =
        let n = nativeint values.Length
        PositiveMatrix(values, Matrix.Create(n, n, (fun i j -> if i = j then 1.0 else 0.0)))

[<RequireQualifiedAccess>]
module internal PositiveMatrix =

    /// The matrix with these entries, where all its eigenvalues are positive.
    let tryOfEntries (entries: Matrix) =
        let q = PositiveMatrix.Decompose entries

        if Array.forall (fun value -> Double.IsFinite value && value > 0.0) q.Eigenvalues then
            Some q
        else
            None

    /// s times the identity.
    let scalar order (s: float) =
        PositiveMatrix.Diagonal(Array.create order s)

    /// R exp(factor X) R^T: where the geodesic along X has come to.
    let move factor (x: Matrix) (q: PositiveMatrix) =
        let algebra = LinearAlgebra.Default
        let directions = x.Clone()
        let rates = algebra.Eigen directions
        let stretched = Matrix.Uninitialized(q.Root.Rows, x.Rows)
        algebra.Multiply(1.0, q.Root, false, directions, true, 0.0, stretched)

        for i in 0n .. stretched.Rows - 1n do
            for a in 0 .. rates.Length - 1 do
                let a' = nativeint a
                stretched[i, a'] <- stretched[i, a'] * exp (factor * rates[a] / 2.0)

        let moved = Matrix.Uninitialized(stretched.Rows, stretched.Rows)
        algebra.Gram(stretched, 1.0, moved)
        tryOfEntries moved
