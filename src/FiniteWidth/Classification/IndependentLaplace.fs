namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// Laplace's method where the logits are independent and share a kernel K, as at infinite width (Rasmussen & Williams 2006, algorithm 3.3):
///
/// W = D - D R (R^T D R)^(-1) R^T D,  D = beta diag(pi),  E_c = D_c^(1/2) (I + D_c^(1/2) K D_c^(1/2))^(-1) D_c^(1/2),  S = sum_c E_c,
/// log det(I + K W) = sum_c log det(I + D_c^(1/2) K D_c^(1/2)) + log det S - P log beta,
/// M_cd = delta_cd E_c - E_c S^(-1) E_d.
///
/// D + 1 factors of P x P numbers in place of one of ((D-1) P)^2: D P^3/3 operations for log Z, a few D P^3 for its derivatives.
[<Sealed>]
type internal IndependentLaplace
    private (term: Softmax, k: Matrix, mode: LaplaceMode, e: Matrix[], s: Matrix, logDeterminant: float) =

    let algebra = LinearAlgebra.Default
    let order, classes, points = term.Order, term.Classes, term.Points
    let basis = term.Basis

    let multiply = LatentCovariance.multiply (LatentCovariance.Shared(order, k))

    let vector (x: float[]) a = Array.sub x (a * points) points

    let times (matrix: Matrix) (x: float[]) =
        let result = Array.zeroCreate<float> x.Length
        algebra.Multiply(1.0, matrix, false, ReadOnlySpan x, 0.0, Span result)
        result

    // M x for a field of contrasts.
    let applyM (x: float[]) =
        let screened =
            Array.init classes (fun c ->
                let logits = Array.zeroCreate<float> points

                for a in 0 .. order - 1 do
                    VectorArithmetic.AddScaled(ReadOnlySpan(x, a * points, points), basis[c, a], Span logits)

                times e[c] logits)

        let shared = Array.zeroCreate<float> points

        for y in screened do
            VectorArithmetic.AddScaled(ReadOnlySpan y, 1.0, Span shared)

        algebra.Solve(s, Span shared)
        let result = Array.zeroCreate<float> x.Length

        for c in 0 .. classes - 1 do
            VectorArithmetic.AddScaled(ReadOnlySpan(times e[c] shared), -1.0, Span screened[c])

            for a in 0 .. order - 1 do
                VectorArithmetic.AddScaled(ReadOnlySpan screened[c], basis[c, a], Span(result, a * points, points))

        result

    // L^(-1) E_c B, S = L L^T.
    let halved c (b: Matrix) =
        let product = Matrix.Uninitialized(b.Rows, b.Columns)
        algebra.Multiply(1.0, e[c], false, b, false, 0.0, product)
        let whole = product.Clone()
        algebra.SolveTriangular(s, false, product)
        whole, product

    // sum over rows of u o w, a number a column.
    let columnDots (u: Matrix) (w: Matrix) =
        let sums = Array.zeroCreate<float>(int u.Columns)

        for mu in 0n .. u.Rows - 1n do
            VectorArithmetic.AddProduct(u.Row mu, w.Row mu, 1.0, Span sums)

        sums

    // b^T M_ab b for every column b: D (D+1)/2 sums in the logits, then in the contrasts.
    let explained (b: Matrix) =
        let parts = Array.init classes (fun c -> halved c b)
        let quadratic = parts |> Array.map (fun (whole, _) -> columnDots b whole)

        let crossed =
            Array2D.init classes classes (fun c d ->
                if d > c then
                    [||]
                else
                    columnDots (snd parts[c]) (snd parts[d]))

        for whole, half in parts do
            whole.Dispose()
            half.Dispose()

        Array.init (int b.Columns) (fun t ->
            let inLogits c d =
                (if c = d then quadratic[c][t] else 0.0) - crossed[max c d, min c d][t]

            Array2D.init order order (fun a b ->
                let mutable sum = 0.0

                for c in 0 .. classes - 1 do
                    for d in 0 .. classes - 1 do
                        sum <- sum + basis[c, a] * basis[d, b] * inLogits c d

                sum))

    let shift () =
        let blocks = Array.zeroCreate (points * order * order)

        explained k
        |> Array.iteri (fun mu covered ->
            for a in 0 .. order - 1 do
                for b in 0 .. order - 1 do
                    blocks[mu * order * order + a * order + b] <-
                        (if a = b then k[nativeint mu, nativeint mu] else 0.0) - covered[a, b])

        let pulled = Softmax.pull term mode.Point blocks
        Array.map2 (-) pulled (applyM (multiply pulled))

    interface ILatentPosterior with
        member _.LogEvidence = mode.Height - 0.5 * logDeterminant
        member _.Mode = mode
        member _.Explained cross = explained cross

        member _.TotalAdjoint() =
            let alpha, v = mode.Point.Gradient, shift ()
            // -(1/2) sum_a M_aa = -(1/2) [ S - sum_c E_c S^(-1) E_c ], S = sum_c E_c.
            let total = Matrix.Zeros(k.Rows, k.Columns)

            for c in 0 .. classes - 1 do
                use half = e[c].Clone()
                algebra.SolveTriangular(s, false, half)
                algebra.Multiply(0.5, half, true, half, false, 1.0, total)

            Parallel.For(
                0,
                points,
                fun mu ->
                    let row = total.Row(nativeint mu)

                    for c in 0 .. classes - 1 do
                        VectorArithmetic.AddScaled(e[c].Row(nativeint mu), -0.5, row)

                    for a in 0 .. order - 1 do
                        let i = a * points

                        VectorArithmetic.AddScaled(
                            ReadOnlySpan(alpha, i, points),
                            0.5 * (alpha[i + mu] + v[i + mu]),
                            row
                        )

                        VectorArithmetic.AddScaled(ReadOnlySpan(v, i, points), 0.5 * alpha[i + mu], row)
            )
            |> ignore

            total

    /// For contrasts with an orthonormal basis; none where beta is 0, or a factor or the mode is not found.
    static member TryCreate(term: Softmax, k: Matrix, start: float[]) =
        let algebra = LinearAlgebra.Default
        let classes, points = term.Classes, term.Points
        let mutable logDeterminant = -float points * log term.Beta

        // E_c, and what it adds to the determinant.
        let screened (mode: LaplaceMode) c =
            let root =
                Array.init points (fun mu -> sqrt (term.Beta * mode.Point.Probabilities[mu * classes + c]))

            let b = Matrix.Uninitialized(k.Rows, k.Columns)

            Parallel.For(
                0,
                points,
                fun mu ->
                    let row = b.Row(nativeint mu)
                    row.Clear()
                    VectorArithmetic.AddProduct(k.Row(nativeint mu), ReadOnlySpan root, root[mu], row)
                    row[mu] <- row[mu] + 1.0
            )
            |> ignore

            if algebra.Cholesky b <> 0n then
                None
            else
                logDeterminant <- logDeterminant + algebra.LogDeterminant b
                algebra.Invert b

                Parallel.For(
                    0,
                    points,
                    fun mu ->
                        let row = b.Row(nativeint mu)
                        VectorArithmetic.Multiply(ReadOnlySpan root, row)
                        VectorArithmetic.Scale(root[mu], row)
                )
                |> ignore

                Some b

        let finish (mode: LaplaceMode) =
            let e = Array.init classes (screened mode)

            if Array.forall Option.isSome e then
                let e = Array.map Option.get e
                let s = e[0].Clone()

                for c in 1 .. classes - 1 do
                    for mu in 0n .. s.Rows - 1n do
                        VectorArithmetic.AddScaled(e[c].Row mu, 1.0, s.Row mu)

                if algebra.Cholesky s = 0n then
                    logDeterminant <- logDeterminant + algebra.LogDeterminant s
                    Some(IndependentLaplace(term, k, mode, e, s, logDeterminant) :> ILatentPosterior)
                else
                    None
            else
                None

        if term.Beta > 0.0 then
            LaplaceMode.find term (LatentCovariance.Shared(term.Order, k)) start
            |> Option.bind finish
        else
            None
