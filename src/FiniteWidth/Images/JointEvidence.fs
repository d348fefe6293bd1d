namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// log Z = log E exp(l(g)) over n functions with the joint covariance C at P points, for some likelihood l: what a saddle point and predictions ask of it.
type internal JointEvidence =
    {
        /// log Z.
        LogEvidence: float
        /// Omega, symmetric: d log Z = Tr(Omega dC).
        Adjoint: Lazy<Matrix>
        /// What Omega changes by along a symmetric dC.
        AdjointChange: Matrix -> Matrix
        /// alpha = C^(-1) E g under the posterior.
        Representer: float[]
        /// M X of a matrix X, M = C^(-1) - C^(-1) Cov(g) C^(-1) under the posterior.
        Screen: Matrix -> Matrix
        /// The condition number of what was factorised.
        Condition: Lazy<float>
    }

/// Actions and predictions over an order parameter of functions and sites.
[<RequireQualifiedAccess>]
module internal JointEvidence =

    let private product (a: Matrix) (b: Matrix) =
        let c = Matrix.Uninitialized(a.Rows, b.Columns)
        LinearAlgebra.Default.Multiply(1.0, a, false, b, false, 0.0, c)
        c

    /// Of numbers y (P x n) with noise T: log N(y; 0, T I + C) up to the constant (n P/2) log(2 pi T); C is overwritten. None where T I + C is not
    /// positive.
    let gaussian temperature (targets: Matrix) (c: Matrix) =
        let algebra = LinearAlgebra.Default
        let points = int targets.Rows

        let y =
            Array.init (points * int targets.Columns) (fun i -> targets[nativeint (i % points), nativeint (i / points)])

        for i in 0n .. c.Rows - 1n do
            c[i, i] <- c[i, i] + temperature

        if algebra.Cholesky c <> 0n then
            None
        else
            let alpha = Array.copy y
            algebra.Solve(c, Span alpha)
            let unit = if temperature > 0.0 then temperature else 1.0

            let inverse =
                lazy
                    (let inverse = c.Clone()
                     algebra.Invert inverse
                     inverse)

            Some
                {
                    LogEvidence =
                        -0.5
                        * (algebra.LogDeterminant c - float y.Length * log unit
                           + VectorArithmetic.Dot(ReadOnlySpan y, ReadOnlySpan alpha))
                    Adjoint =
                        lazy
                            (let omega = inverse.Value.Clone()

                             for i in 0n .. omega.Rows - 1n do
                                 VectorArithmetic.Scale(-0.5, omega.Row i)

                             KernelSum.subtractOuter -0.25 alpha alpha omega
                             omega)
                    AdjointChange =
                        fun dc ->
                            // With A = T I + C: dA^(-1) = -A^(-1) dC A^(-1), dalpha = -A^(-1) dC alpha.
                            use half = product inverse.Value dc
                            let change = Matrix.Uninitialized(dc.Rows, dc.Columns)
                            algebra.Multiply(0.5, half, false, inverse.Value, false, 0.0, change)
                            let moved = Array.zeroCreate<float> alpha.Length
                            algebra.Multiply(-1.0, half, false, ReadOnlySpan alpha, 0.0, Span moved)
                            KernelSum.subtractOuter -0.5 alpha moved change
                            change
                    Representer = alpha
                    Screen =
                        fun x ->
                            let screened = x.Clone()
                            algebra.SolveTriangular(c, false, screened)
                            algebra.SolveTriangular(c, true, screened)
                            screened
                    Condition = lazy (LinearAlgebra.PivotCondition c)
                }

    /// The data's part of an action of width N: -(2/N) log Z of s C(Q).
    let expand (width: float) scale (covariance: SiteCovariance) evidence (q: PositiveMatrix) =
        let pull (omega: Matrix) =
            let g = covariance.Pull omega
            let factor = -2.0 * scale / width
            q.Pull(Matrix.Create(g.Rows, g.Columns, (fun i j -> factor * g[i, j])))

        evidence (covariance.Assemble(scale, q.Entries))
        |> Option.map (fun (found: JointEvidence) ->
            let expansion: MatrixExpansion =
                {
                    Value = -2.0 * found.LogEvidence / width
                    Gradient = lazy (pull found.Adjoint.Value)
                    Curvature =
                        fun x ->
                            use change = found.AdjointChange(covariance.Assemble(scale, q.Push x))
                            pull change
                }

            expansion)
        |> Option.filter (fun expansion -> Double.IsFinite expansion.Value)

    // Columns of the cross covariance that are screened at once.
    let private most = 2048

    /// Means (points x n) and covariances (n x n a point) of the functions at test points, whose blocks H_ij with the training points lie in the rows
    /// i d + j of a table with columns mu times the test points + t, and those of each test point with itself in a table with a column a point.
    let predict scale (q: Matrix) sites (evidence: JointEvidence) (cross: Matrix) (each: Matrix) =
        let n = int q.Rows / sites
        let count = evidence.Representer.Length / n
        let points = int each.Columns
        use blocks = SiteCovariance.Combine(scale, q, sites, cross)
        use own = SiteCovariance.Combine(scale, q, sites, each)
        let mean = Array2D.zeroCreate points n
        let covariance = Array.init points (fun _ -> Array2D.zeroCreate n n)
        let batch = max 1 (most / n)

        for first in 0..batch .. points - 1 do
            let size = min batch (points - first)
            // Cov(g_b(x_mu), g_a(x_t)), a row (b, mu), a column (a, t).
            use k = Matrix.Uninitialized(nativeint (n * count), nativeint (n * size))

            for b in 0 .. n - 1 do
                for a in 0 .. n - 1 do
                    let block = blocks.Row(nativeint (b * n + a))

                    for mu in 0 .. count - 1 do
                        block
                            .Slice(mu * points + first, size)
                            .CopyTo(k.Row(nativeint (b * count + mu)).Slice(a * size, size))

            let means = Array.zeroCreate<float>(n * size)
            LinearAlgebra.Default.Multiply(1.0, k, true, ReadOnlySpan evidence.Representer, 0.0, Span means)
            use screened = evidence.Screen k
            let explained = Array.zeroCreate<float> size

            for a in 0 .. n - 1 do
                for t in 0 .. size - 1 do
                    mean[first + t, a] <- means[a * size + t]

                for b in 0..a do
                    Array.Clear explained

                    for row in 0n .. k.Rows - 1n do
                        VectorArithmetic.AddProduct(
                            k.Row(row).Slice(a * size, size),
                            screened.Row(row).Slice(b * size, size),
                            1.0,
                            Span explained
                        )

                    for t in 0 .. size - 1 do
                        let value = own[nativeint (a * n + b), nativeint (first + t)] - explained[t]
                        let value = if a = b then max 0.0 value else value
                        covariance[first + t].[a, b] <- value
                        covariance[first + t].[b, a] <- value

        mean, covariance
