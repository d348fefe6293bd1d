namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The prior covariance of n latent functions at P points; nothing in it says which order parameters it came from.
[<RequireQualifiedAccess>]
type internal LatentCovariance =
    /// I (x) K: independent functions of one kernel, P x P. Any Q (x) K is this in the coordinates h = R^(-1) g, Q = R R^T.
    | Shared of order: int * Matrix
    /// Any other, n P x n P: Cov(h_a, h_b) is its block (a, b).
    | Joint of order: int * Matrix

/// Fields over the points are arrays, h_a(x_mu) at a P + mu.
[<RequireQualifiedAccess>]
module internal LatentCovariance =

    /// n.
    let order covariance =
        match covariance with
        | LatentCovariance.Shared(order, _)
        | LatentCovariance.Joint(order, _) -> order

    /// P.
    let points covariance =
        match covariance with
        | LatentCovariance.Shared(_, k) -> int k.Rows
        | LatentCovariance.Joint(order, c) -> int c.Rows / order

    /// The blocks (c, d) that are not zero.
    let nonZero covariance =
        match covariance with
        | LatentCovariance.Shared(order, k) -> [ for c in 0 .. order - 1 -> struct (c, c, k) ]
        | LatentCovariance.Joint(order, c) ->
            let p = c.Rows / nativeint order

            [
                for a in 0 .. order - 1 do
                    for b in 0 .. order - 1 -> struct (a, b, c.View(nativeint a * p, nativeint b * p, p, p))
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
        | LatentCovariance.Joint(_, c) ->
            let result = Array.zeroCreate x.Length
            algebra.Multiply(1.0, c, false, ReadOnlySpan x, 0.0, Span result)
            result

    /// K M for a matrix M of n P rows.
    let multiplyMatrix covariance (m: Matrix) =
        let product = Matrix.Uninitialized(m.Rows, m.Columns)

        match covariance with
        | LatentCovariance.Shared(order, k) ->
            for a in 0n .. nativeint order - 1n do
                let rows (matrix: Matrix) =
                    matrix.View(a * k.Rows, 0n, k.Rows, matrix.Columns)

                LinearAlgebra.Default.Multiply(1.0, k, false, rows m, false, 0.0, rows product)
        | LatentCovariance.Joint(_, c) -> LinearAlgebra.Default.Multiply(1.0, c, false, m, false, 0.0, product)

        product
