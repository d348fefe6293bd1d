namespace FiniteWidth

open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// The preactivations of a hidden layer whose layers below are infinitely wide: a Gaussian field of their kernel K.
///
/// h = Z x at the training points, with K = Z Z^T and x ~ N(0, I), and Z0 x + s z at test points, with z ~ N(0, 1) for each of them: test points are
/// described one by one given the training points, as no average that is of account has two of them.
[<Sealed>]
type internal LayerField(network: Network, layer: int, train: Matrix) =

    // Eigenvalues of a covariance below this part of the largest are rounding.
    static let rounding = 1e-13

    let program = KernelProgram.compile (Theory.preactivations network layer)

    let value symbol =
        Network.tryValue symbol network |> Option.get

    // Eigenvectors stand in rows, the smallest eigenvalue first.
    let vectors, roots =
        let vectors = KernelProgram.symmetric value train program
        KernelProgram.requireFinite vectors
        let eigenvalues = LinearAlgebra.Default.Eigen vectors
        let least = rounding * max 0.0 (Array.last eigenvalues)
        let first = eigenvalues |> Array.filter (fun k -> not (k > least)) |> Array.length
        let rank = vectors.Rows - nativeint first

        vectors.View(nativeint first, 0n, rank, vectors.Columns).Clone(), eigenvalues[first..] |> Array.map sqrt

    /// Z, P x r with r the rank of K.
    member _.Train =
        Matrix.Create(train.Rows, vectors.Rows, (fun mu i -> roots[int i] * vectors[i, mu]))

    /// Z0 (Ptest x r) and s (Ptest) at the rows of `test`.
    member _.At(test: Matrix) =
        let share = Matrix.Uninitialized(test.Rows, vectors.Rows)

        LinearAlgebra.Default.Multiply(
            1.0,
            KernelProgram.cross value test train program,
            false,
            vectors,
            true,
            0.0,
            share
        )

        for t in 0n .. share.Rows - 1n do
            let row = share.Row t

            for i in 0 .. row.Length - 1 do
                row[i] <- row[i] / roots[i]

        let deviations =
            (KernelProgram.diagonal value test program, Dense.rowInner share share)
            ||> Array.map2 (fun variance explained -> sqrt (max 0.0 (variance - explained)))

        struct (share, deviations)
