namespace FiniteWidth

open System.Threading.Tasks
open FiniteWidth.Numerics

/// The joint covariance of n functions at P images, whose readout weights have an order parameter Q over functions and final positions (sites), a
/// function's d sites together:
///
/// Cov(g_a(x_mu), g_b(x_nu)) = s sum_ij Q_(ai)(bj) H_ij(mu, nu).
///
/// The table holds H_ij of the sites i >= j, a row a pair: C = A + A^T with A_ab = s sum_(i >= j) Q_(ai)(bj) H_ij, half of it where i = j. C and all
/// traces Tr(Omega_ba H_ij) are one matrix product each, of (n d P)^2 operations.
[<Sealed>]
type internal SiteCovariance(sites: int, count: int, table: Matrix) =

    static let triangle n = n * (n + 1) / 2

    let order (q: Matrix) = int q.Rows / sites

    // A row a pair (a, b) of functions: block (a, b) of C or of what it is traced with.
    let blocks (omega: Matrix) =
        let p = nativeint count
        let functions = nativeint (int omega.Rows / count)
        let gathered = Matrix.Uninitialized(functions * functions, p * p)

        Parallel.For(
            0,
            int omega.Rows,
            fun row ->
                let a, mu = row / count, row % count
                let source = omega.Row(nativeint row)

                for b in 0 .. int functions - 1 do
                    source
                        .Slice(b * count, count)
                        .CopyTo(gathered.Row(nativeint a * functions + nativeint b).Slice(mu * count, count))
        )
        |> ignore

        gathered

    /// d.
    member _.Sites = sites

    /// P.
    member _.Count = count

    /// s C(Q), n P x n P, a function's points together.
    member _.Assemble(scale: float, q: Matrix) =
        let n = order q

        let coefficients = Matrix.Uninitialized(nativeint (n * n), table.Rows)

        for a in 0 .. n - 1 do
            for b in 0 .. n - 1 do
                let row = coefficients.Row(nativeint (a * n + b))

                for i in 0 .. sites - 1 do
                    for j in 0..i do
                        let weight = if i = j then 0.5 * scale else scale
                        row[triangle i + j] <- weight * q[nativeint (a * sites + i), nativeint (b * sites + j)]

        use half = Matrix.Uninitialized(coefficients.Rows, table.Columns)
        LinearAlgebra.Default.Multiply(1.0, coefficients, false, table, false, 0.0, half)
        let c = Matrix.Uninitialized(nativeint (n * count), nativeint (n * count))

        Parallel.For(
            0,
            n * count,
            fun row ->
                let a, mu = row / count, row % count
                let target = c.Row(nativeint row)

                for b in 0 .. n - 1 do
                    let own = half.Row(nativeint (a * n + b)).Slice(mu * count, count)
                    let other = half.Row(nativeint (b * n + a))

                    for nu in 0 .. count - 1 do
                        target[b * count + nu] <- own[nu] + other[nu * count + mu]
        )
        |> ignore

        c

    /// G of Tr(Omega dC) = Tr(G dQ) at s = 1, for a symmetric Omega.
    member _.Pull(omega: Matrix) =
        let n = int omega.Rows / count
        use gathered = blocks omega
        let traces = Matrix.Uninitialized(gathered.Rows, table.Rows)
        LinearAlgebra.Default.Multiply(1.0, gathered, false, table, true, 0.0, traces)

        Matrix.Create(
            nativeint (n * sites),
            nativeint (n * sites),
            fun row column ->
                let a, i = int row / sites, int row % sites
                let b, j = int column / sites, int column % sites

                if i >= j then
                    traces[nativeint (a * n + b), nativeint (triangle i + j)]
                else
                    traces[nativeint (b * n + a), nativeint (triangle j + i)]
        )

    /// sum_i H_ii, P x P: C of one function at Q = I.
    member _.Trace() =
        let identity =
            Matrix.Create(nativeint sites, nativeint sites, (fun i j -> if i = j then 1.0 else 0.0))

        SiteCovariance(sites, count, table).Assemble(1.0, identity)

    /// s sum_ij Q_(ai)(bj) H_ij for blocks H_ij in the rows i d + j of a matrix: a row a pair (a, b), n n x columns.
    static member Combine(scale: float, q: Matrix, sites: int, blocks: Matrix) =
        let n = int q.Rows / sites

        use coefficients =
            Matrix.Create(
                nativeint (n * n),
                nativeint (sites * sites),
                fun functions pair ->
                    let a, b = int functions / n, int functions % n
                    let i, j = int pair / sites, int pair % sites
                    scale * q[nativeint (a * sites + i), nativeint (b * sites + j)]
            )

        let combined = Matrix.Uninitialized(coefficients.Rows, blocks.Columns)
        LinearAlgebra.Default.Multiply(1.0, coefficients, false, blocks, false, 0.0, combined)
        combined
