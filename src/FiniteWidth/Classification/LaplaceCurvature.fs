namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// What the second derivative of log Z in X, K = (I + X) (x) K, needs of Sigma, J and M: their contractions over examples.
[<Sealed>]
type internal LaplaceCurvature private (order: int, points: int, sigma: Matrix, pairs: float[], overlaps: float[]) =

    let p = nativeint points
    let squared = order * order

    /// The change of Tr M_ab K along X and dW, given those traces:
    ///
    /// -sum_cd X_cd Tr M_ac K M_db K + sum_mu sum_cd dW_cd [J_ca K J_db^T]_mumu.
    member _.TraceChange(x: float[,], dw: float[], traces: float[,]) =
        Array2D.init order order (fun a b ->
            let mutable sum = 0.0

            for c in 0 .. order - 1 do
                for d in 0 .. order - 1 do
                    // K M_db K = delta_db K - Sigma_db.
                    let product =
                        (if d = b then traces[a, c] else 0.0)
                        - overlaps[(a * order + c) * squared + b * order + d]

                    sum <- sum - x[c, d] * product

            for mu in 0 .. points - 1 do
                let start = mu * squared * squared

                for c in 0 .. order - 1 do
                    for d in 0 .. order - 1 do
                        sum <-
                            sum
                            + dw[mu * squared + c * order + d]
                              * pairs[start + (c * order + a) * squared + d * order + b]

            sum)

    /// The change of Sigma along X and dW, J (X (x) K) J^T - Sigma dW Sigma: the blocks that belong to one example each.
    member _.VarianceChange(x: float[,], dw: float[]) =
        let blocks = Array.zeroCreate (points * squared)

        // dW by function rather than by example.
        let fields =
            Array.init (squared * points) (fun i -> dw[i % points * squared + i / points])

        Parallel.For(
            0,
            points,
            (fun () -> Array.zeroCreate<float>(order * points)),
            (fun mu _ (bent: float[]) ->
                let start = mu * squared * squared

                for e in 0 .. order - 1 do
                    let row = sigma.Row(nativeint e * p + nativeint mu)
                    Array.Clear bent

                    for d in 0 .. order - 1 do
                        let target = Span(bent, d * points, points)

                        for c in 0 .. order - 1 do
                            VectorArithmetic.AddProduct(
                                row.Slice(c * points, points),
                                ReadOnlySpan(fields, (c * order + d) * points, points),
                                1.0,
                                target
                            )

                    for f in 0 .. order - 1 do
                        let mutable sum =
                            -VectorArithmetic.Dot(ReadOnlySpan bent, sigma.Row(nativeint f * p + nativeint mu))

                        for c in 0 .. order - 1 do
                            for d in 0 .. order - 1 do
                                sum <- sum + x[c, d] * pairs[start + (e * order + c) * squared + f * order + d]

                        blocks[mu * squared + e * order + f] <- sum

                bent),
            ignore
        )
        |> ignore

        blocks

    /// From M and Y = K M of a shared kernel.
    static member create (term: Softmax) (mode: LaplaceMode) (m: Matrix) (y: Matrix) covariance =
        let algebra = LinearAlgebra.Default
        let order, points = term.Order, term.Points
        let p = nativeint points
        let squared = order * order

        let k =
            match covariance with
            | LatentCovariance.Shared(_, k) -> k
            | LatentCovariance.Joint _ -> invalidOp "The second derivative is that of a shared kernel."

        // Sigma_ab = delta_ab K - Y_ab K.
        let sigma = Matrix.Zeros(m.Rows, m.Columns)

        for a in 0n .. nativeint order - 1n do
            k.CopyTo(sigma.View(a * p, a * p, p, p))
            let columns (matrix: Matrix) = matrix.View(0n, a * p, matrix.Rows, p)
            algebra.Multiply(-1.0, columns y, false, k, false, 1.0, columns sigma)

        let pairs = Array.zeroCreate (points * squared * squared)
        use _ = algebra.SingleThreaded()

        // Shares of examples whatever the threads are: the sums are the same to the bit.
        let shares = min points 16

        let partial =
            Array.init shares (fun _ -> Array.zeroCreate<float>(squared * squared))

        let add mu (sums: float[]) =
            // Row (a, b) is row mu of the block (a, b).
            let rows (matrix: Matrix) =
                let gathered = Matrix.Uninitialized(nativeint squared, p)

                for a in 0 .. order - 1 do
                    let row = matrix.Row(nativeint a * p + nativeint mu)

                    for b in 0 .. order - 1 do
                        row.Slice(b * points, points).CopyTo(gathered.Row(nativeint (a * order + b)))

                gathered

            use ofSigma = rows sigma
            use ofY = rows y
            use ofM = rows m
            use product = Matrix.Uninitialized(nativeint squared, nativeint squared)

            // J_db = delta_db - Y_db.
            for d in 0 .. order - 1 do
                let diagonal = ofY.Row(nativeint (d * order + d))
                diagonal[mu] <- diagonal[mu] - 1.0

            algebra.Multiply(-1.0, ofSigma, false, ofY, true, 0.0, product)

            for i in 0 .. squared - 1 do
                product.Row(nativeint i).CopyTo(Span(pairs, (mu * squared + i) * squared, squared))

            algebra.Multiply(1.0, ofM, false, ofSigma, true, 0.0, product)

            for i in 0 .. squared - 1 do
                let row = product.Row(nativeint i)

                for j in 0 .. squared - 1 do
                    sums[i * squared + j] <- sums[i * squared + j] + row[j]

        Parallel.For(
            0,
            shares,
            fun share ->
                for mu in share * points / shares .. (share + 1) * points / shares - 1 do
                    add mu partial[share]
        )
        |> ignore

        let overlaps = partial |> Array.reduce (Array.map2 (+))

        LaplaceCurvature(order, points, sigma, pairs, overlaps)
