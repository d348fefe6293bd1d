namespace FiniteWidth

open System
open System.Buffers
open System.Threading.Tasks
open FiniteWidth.Numerics

/// A kernel on P examples that is linear in a symmetric matrix: K(Q) = sum_ij Q_ij B_ij, B_ji = B_ij^T, i and j from 0 to n - 1.
///
/// Only B_ij + B_ji counts, a symmetric matrix: its lower triangle is kept, a row a pair i >= j. K(Q) and all the traces
/// Tr(M B_ij) are then one matrix-vector product each, which read n^2 P^2/4 numbers once: less than computing the kernel maps
/// anew, n^2 P^2/2 products of length M each. 64 blocks at P = 1000 take 7.8 GiB. The curvature of an action, which needs no more than
/// a few digits, reads a copy in single precision where memory has room for that.
[<Sealed>]
type internal KernelSum private (order: int, count: int, packed: Matrix) =

    static let triangle n = n * (n + 1) / 2

    // Of so few matrices products of P x P matrices take more time than reading them: no copy is made.
    static let fewest = 4

    let entries = triangle count

    let rounded =
        lazy
            (if
                 order > fewest
                 && count <= RoundedCurvature.LargestSize
                 && 2.0 * KernelSum.Bytes(order, count) < float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
             then
                 Some(RoundedRows packed)
             else
                 None)

    // The coefficients of the pairs.
    let lowerOf (q: Matrix) =
        let coefficients = Array.zeroCreate<float>(triangle order)

        for i in 0 .. order - 1 do
            for j in 0..i do
                coefficients[triangle i + j] <- q[nativeint i, nativeint j]

        coefficients

    let isDiagonal (q: Matrix) =
        let isZero i j = q[nativeint i, nativeint j] = 0.0

        Seq.forall (fun i -> Seq.forall (isZero i) (seq { 0 .. i - 1 })) (seq { 1 .. order - 1 })

    // Of a row a pair, n x n.
    let pairs (traces: float[]) =
        Matrix.Create(
            nativeint order,
            nativeint order,
            fun i j ->
                let trace = traces[triangle (int (max i j)) + int (min i j)]
                if i = j then trace else trace / 2.0
        )

    /// Every row of a P x P matrix. Threads that wait for a matrix product's keep the processors from small loops: only large matrices are shared out.
    static member ForEachRow count (f: int -> unit) =
        if count < 600 then
            for i in 0 .. count - 1 do
                f i
        else
            Parallel.For(0, count, f) |> ignore

    /// n.
    member _.Order = order

    /// P.
    member _.Count = count

    static member Bytes(order: int, count: int) =
        4.0 * float order * float (order + 1) * float count * float (count + 1) / 2.0

    /// With the copy in single precision.
    static member BytesWithCopy(order: int, count: int) =
        (if order > fewest then 1.5 else 1.0) * KernelSum.Bytes(order, count)

    /// The sum with every B_ij zero.
    static member Zero(order: int, count: int) =
        KernelSum(order, count, Matrix.Zeros(nativeint (triangle order), nativeint (triangle count)))

    /// One whose table is known.
    static member OfTable(order: int, count: int, table: Matrix) = KernelSum(order, count, table)

    /// A row a pair i >= j, a column a pair mu >= nu: B_ij + B_ji, and B_ii where i = j.
    member _.Table = packed

    /// Those of the pair i >= j and the example mu, of nu from 0 to mu.
    member _.Entries(i: int, j: int, mu: int) =
        packed.Row(nativeint (triangle i + j)).Slice(triangle mu, mu + 1)

    /// Sets those of the pair i >= j in the block of examples that begins at (mu, nu), as far as it is on or below the diagonal.
    member this.Set(i: int, j: int, mu: int, nu: int, block: Matrix) =
        for row in 0 .. int block.Rows - 1 do
            let target = this.Entries(i, j, mu + row).Slice nu
            let columns = min target.Length (int block.Columns)
            block.Row(nativeint row).Slice(0, columns).CopyTo target

    /// K(Q), both triangles.
    member _.Assemble(q: Matrix) =
        let lower = ArrayPool.Shared.Rent entries
        let sum = Span(lower, 0, entries)

        // The identity and its multiples, where every search begins, need the rows of B_ii alone.
        if isDiagonal q then
            sum.Clear()

            for i in 0 .. order - 1 do
                VectorArithmetic.AddScaled(packed.Row(nativeint (triangle i + i)), q[nativeint i, nativeint i], sum)
        else
            LinearAlgebra.Default.Multiply(1.0, packed, true, ReadOnlySpan(lowerOf q), 0.0, sum)

        let k = Matrix.Uninitialized(nativeint count, nativeint count)

        KernelSum.ForEachRow count (fun mu ->
            let row = k.Row(nativeint mu)
            lower.AsSpan(triangle mu, mu + 1).CopyTo row

            for nu in mu + 1 .. count - 1 do
                row[nu] <- lower[triangle nu + mu])

        ArrayPool.Shared.Return lower
        k

    /// Tr(M (B_ij + B_ji))/2 for every pair, n x n, of a symmetric M.
    member _.Traces(m: Matrix) =
        let lower = ArrayPool.Shared.Rent entries

        KernelSum.ForEachRow count (fun mu ->
            let row = m.Row(nativeint mu)
            let start = triangle mu

            for nu in 0 .. mu - 1 do
                lower[start + nu] <- 2.0 * row[nu]

            lower[start + mu] <- row[mu])

        let traces = Array.zeroCreate<float>(triangle order)
        LinearAlgebra.Default.Multiply(1.0, packed, false, ReadOnlySpan(lower, 0, entries), 0.0, Span traces)
        ArrayPool.Shared.Return lower
        pairs traces

    /// X -> the traces of dM for dA = K(X), by B_ij in single precision, M = A^(-1) - w w^T; none where there is no room for these.
    member _.Curvature(inverse: Matrix, representer: float[]) =
        rounded.Value
        |> Option.map (fun rows ->
            let curvature = RoundedCurvature(rows, inverse, ReadOnlySpan representer)
            fun (x: Matrix) -> curvature.Along(ReadOnlySpan(lowerOf x)) |> pairs)

/// The posterior of one output over the kernel scale * K(Qbar): the action and what is needed to predict.
[<RequireQualifiedAccess>]
module internal KernelSum =

    /// A = T I + K_R factorised, and A^(-1) y.
    type Conditioned =
        {
            Factor: Matrix
            Representer: float[]
            LogDeterminant: float
            Energy: float
        }

    /// A = T I + scale K(Q), or none where it is not positive.
    let condition temperature scale (targets: float[]) (sum: KernelSum) (q: Matrix) =
        let a = sum.Assemble(Matrix.Create(q.Rows, q.Columns, (fun i j -> scale * q[i, j])))

        for i in 0n .. a.Rows - 1n do
            a[i, i] <- a[i, i] + temperature

        if LinearAlgebra.Default.Cholesky a = 0n then
            let representer = Array.copy targets
            LinearAlgebra.Default.Solve(a, Span representer)

            Some
                {
                    Factor = a
                    Representer = representer
                    LogDeterminant = LinearAlgebra.Default.LogDeterminant a
                    Energy = Array.fold2 (fun sum a b -> sum + a * b) 0.0 targets representer
                }
        else
            None

    /// Whether T > 0 is lost in the rounding of K_R, as the pivots of the factor show.
    let isLost temperature conditioned =
        temperature > 0.0
        && KernelChecks.isLost (LinearAlgebra.PivotCondition conditioned.Factor)

    /// m - factor (v w^T + w v^T), in place.
    let subtractOuter factor (v: float[]) (w: float[]) (m: Matrix) =
        KernelSum.ForEachRow v.Length (fun i ->
            let row = m.Row(nativeint i)
            VectorArithmetic.AddScaled(ReadOnlySpan w, -factor * v[i], row)
            VectorArithmetic.AddScaled(ReadOnlySpan v, -factor * w[i], row))

    // Whether A^(-1) dK A^(-1) is known to a hundredth, at worst, where the entries of dK are rounded to single precision: 2 |dK|_F/sqrt(P) 2^-24 is
    // the spectral norm of independent roundings, and |L|_F^2 = Tr A is at least |A|_F. Numbers must be such that single precision can hold their products, too.
    let private mayRound (factor: Matrix) (inverse: Matrix) =
        let squares (m: Matrix) lower =
            let mutable sum = 0.0

            for i in 0n .. m.Rows - 1n do
                let row = m.Row i
                let row = if lower then row.Slice(0, int i + 1) else row
                sum <- sum + VectorArithmetic.Dot(row, row)

            sum

        let size, inverseSize = squares factor true, sqrt (squares inverse false)
        let rounding = 2.0 / sqrt (float factor.Rows) / float (1 <<< 24)
        rounding * size * inverseSize < 1e-2 && size * inverseSize * inverseSize < 1e30

    // dW = Tr(M dK)/N, M = A^(-1) - w w^T; d2W: dM = -A^(-1) dK A^(-1) + (A^(-1) dK w) w^T + w (A^(-1) dK w)^T.
    let private expand temperature scale (width: float) (targets: float[]) (sum: KernelSum) (q: PositiveMatrix) =
        let algebra = LinearAlgebra.Default

        condition temperature scale targets sum q.Entries
        |> Option.map (fun a ->
            let w = a.Representer
            let size = nativeint sum.Count

            let constant =
                if temperature > 0.0 then
                    float sum.Count * log temperature
                else
                    0.0

            let inverse =
                lazy
                    (let inverse = a.Factor.Clone()
                     algebra.Invert inverse
                     inverse)

            let pull (traces: Matrix) =
                q.Pull(Matrix.Create(traces.Rows, traces.Columns, (fun i j -> scale * traces[i, j] / width)))

            let gradient =
                lazy
                    (use m = inverse.Value.Clone()
                     subtractOuter 0.5 w w m
                     pull (sum.Traces m))

            let exactly (x: Matrix) =
                use dk = sum.Assemble x
                use half = Matrix.Uninitialized(size, size)
                use dm = Matrix.Uninitialized(size, size)
                algebra.Multiply(1.0, inverse.Value, false, dk, false, 0.0, half)
                algebra.Multiply(-1.0, half, false, inverse.Value, false, 0.0, dm)
                let u = Array.zeroCreate<float> sum.Count
                algebra.Multiply(1.0, half, false, ReadOnlySpan w, 0.0, Span u)
                subtractOuter -1.0 u w dm
                sum.Traces dm

            let curved =
                lazy
                    (if mayRound a.Factor inverse.Value then
                         sum.Curvature(inverse.Value, w) |> Option.defaultValue exactly
                     else
                         exactly)

            let curvature (x: Matrix) =
                let direction = q.Push x

                Matrix.Create(direction.Rows, direction.Columns, (fun i j -> scale * direction[i, j]))
                |> curved.Value
                |> pull

            let expansion: MatrixExpansion =
                {
                    Value = (a.LogDeterminant - constant + a.Energy) / width
                    Gradient = gradient
                    Curvature = curvature
                }

            expansion)

    /// scale K(I), decomposed with the targets: the kernel along the multiples of the identity.
    let spectrum (targets: Matrix) (sum: KernelSum) =
        let n = nativeint sum.Order
        let identity = Matrix.Create(n, n, (fun i j -> if i = j then 1.0 else 0.0))
        let k = sum.Assemble identity
        KernelProgram.requireFinite k
        let spectrum = Spectrum.decompose k targets

        if Array.forall Double.IsFinite spectrum.TargetPower then
            spectrum
        else
            raise (FailureException Failures.beyondDoubles)

    /// The action over K_R = scale K(Qbar) of L hidden layers, for the decomposition of K(I).
    let layered layers (width: float) temperature scale (targets: Matrix) (sum: KernelSum) (spectrum: Spectrum) =
        let y = Array.init sum.Count (fun mu -> targets[nativeint mu, 0n])

        let scaled = spectrum.Scaled scale

        {
            Order = sum.Order
            Layers = layers
            Expand = expand temperature scale width y sum
            Size = 1.0 + float sum.Count / width
            Symmetric = MatrixSaddle.symmetric sum.Order layers width temperature scaled
            Cost = Cost.Large
        }

    /// The action of one hidden layer.
    let action width temperature scale targets sum spectrum =
        layered 1 width temperature scale targets sum spectrum

    /// mean = k_x^T w; variance = k_xx - |L^(-1) k_x|^2. The cross kernel (P x Ptest) is overwritten.
    let predict (a: Conditioned) (cross: Matrix) (diagonal: float[]) : Prediction =
        let algebra = LinearAlgebra.Default
        let mean = Array.zeroCreate<float> diagonal.Length
        algebra.Multiply(1.0, cross, true, ReadOnlySpan a.Representer, 0.0, Span mean)
        algebra.SolveTriangular(a.Factor, false, cross)
        let explained = Array.zeroCreate<float> diagonal.Length

        for i in 0n .. cross.Rows - 1n do
            let row = cross.Row i

            for t in 0 .. row.Length - 1 do
                explained[t] <- explained[t] + row[t] * row[t]

        {
            Mean = Array2D.init mean.Length 1 (fun t _ -> mean[t])
            Variance = Array2D.init mean.Length 1 (fun t _ -> max 0.0 (diagonal[t] - explained[t]))
        }

    /// log p(y|X) = -(N/2) S - (P/2) log(2 pi T); at T = 0 the density of the targets themselves.
    let logEvidence count (width: float) temperature (saddlePoint: MatrixSaddlePoint) =
        let noise = if temperature > 0.0 then temperature else 1.0

        -0.5
        * (width * saddlePoint.Chosen.Action + float count * log (2.0 * Math.PI * noise))
