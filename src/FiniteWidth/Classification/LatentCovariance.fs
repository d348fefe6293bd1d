namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The prior covariance of n latent functions at P points; nothing in it says which order parameters it came from.
[<RequireQualifiedAccess>]
type internal LatentCovariance =
    /// I (x) K: independent functions of one kernel, P x P. Any Q (x) K is this in the coordinates h = R^(-1) g, Q = R R^T.
    | Shared of order: int * Matrix
    /// Cov(h_a, h_b), a P x P block for each pair.
    | Blocks of Matrix[,]

/// Fields over the points are arrays, h_a(x_mu) at a P + mu.
[<RequireQualifiedAccess>]
module internal LatentCovariance =

    /// n.
    let order covariance =
        match covariance with
        | LatentCovariance.Shared(order, _) -> order
        | LatentCovariance.Blocks blocks -> Array2D.length1 blocks

    /// P.
    let points covariance =
        match covariance with
        | LatentCovariance.Shared(_, k) -> int k.Rows
        | LatentCovariance.Blocks blocks -> int blocks[0, 0].Rows

    /// The blocks (c, d) that are not zero.
    let nonZero covariance =
        match covariance with
        | LatentCovariance.Shared(order, k) -> [ for c in 0 .. order - 1 -> struct (c, c, k) ]
        | LatentCovariance.Blocks blocks ->
            [
                for c in 0 .. Array2D.length1 blocks - 1 do
                    for d in 0 .. Array2D.length1 blocks - 1 -> struct (c, d, blocks[c, d])
            ]

    /// K x.
    let multiply covariance (x: float[]) =
        let algebra = LinearAlgebra.Default
        let p = points covariance

        match covariance with
        | LatentCovariance.Shared(order, k) ->
            use fields = Matrix.FromArray(nativeint order, k.Rows, ReadOnlySpan x)
            use product = Matrix.Uninitialized(nativeint order, k.Rows)
            algebra.Multiply(1.0, fields, false, k, false, 0.0, product)
            let result = Array.zeroCreate x.Length

            for a in 0 .. order - 1 do
                product.Row(nativeint a).CopyTo(Span(result, a * p, p))

            result
        | LatentCovariance.Blocks _ ->
            let result = Array.zeroCreate x.Length

            for struct (c, d, block) in nonZero covariance do
                algebra.Multiply(1.0, block, false, ReadOnlySpan(x, d * p, p), 1.0, Span(result, c * p, p))

            result

    /// K M for a matrix M of n P rows.
    let multiplyMatrix covariance (m: Matrix) =
        let p = nativeint (points covariance)
        let product = Matrix.Zeros(m.Rows, m.Columns)

        let rows (matrix: Matrix) a =
            matrix.View(nativeint a * p, 0n, p, matrix.Columns)

        for struct (c, d, block) in nonZero covariance do
            LinearAlgebra.Default.Multiply(1.0, block, false, rows m d, false, 1.0, rows product c)

        product
