namespace FiniteWidth


/// Eigenvectors of symmetric matrices of two or three rows, many of them: where a call of LAPACK would cost more than its work.
[<RequireQualifiedAccess>]
module internal SmallEigen =

    // Turns rows p and q of A = U^T diag U into each other until A_pq = 0.
    let private rotate order (a: float[]) (u: float[]) p q =
        let apq = a[p * order + q]
        let half = (a[q * order + q] - a[p * order + p]) / (2.0 * apq)
        let t = (if half < 0.0 then -1.0 else 1.0) / (abs half + sqrt (half * half + 1.0))
        let c = 1.0 / sqrt (t * t + 1.0)
        let s = t * c

        for k in 0 .. order - 1 do
            let x, y = a[k * order + p], a[k * order + q]
            a[k * order + p] <- c * x - s * y
            a[k * order + q] <- s * x + c * y

        for k in 0 .. order - 1 do
            let x, y = a[p * order + k], a[q * order + k]
            a[p * order + k] <- c * x - s * y
            a[q * order + k] <- s * x + c * y
            let x, y = u[p * order + k], u[q * order + k]
            u[p * order + k] <- c * x - s * y
            u[q * order + k] <- s * x + c * y

    /// Overwrites the diagonal of the symmetric A (row by row) with its eigenvalues, and U with its eigenvectors, one a row: cyclic
    /// Jacobi rotations.
    let decompose order (a: float[]) (u: float[]) =
        let mutable size = 0.0

        for i in 0 .. order * order - 1 do
            size <- size + a[i] * a[i]
            u[i] <- if i % (order + 1) = 0 then 1.0 else 0.0

        let mutable sweep = 0
        let mutable off = infinity

        // Quadratic convergence: five or six sweeps; off-diagonal entries of 1e-17 change no eigenvalue.
        while off > 1e-34 * size && sweep < 30 do
            off <- 0.0

            for p in 0 .. order - 2 do
                for q in p + 1 .. order - 1 do
                    let apq = a[p * order + q]
                    off <- off + apq * apq

                    if apq * apq > 1e-36 * size then
                        rotate order a u p q

            sweep <- sweep + 1
