namespace FiniteWidth.Differentiation

open System.Threading.Tasks
open FiniteWidth.Numerics

/// Loops over the entries of constant matrices. None writes to its arguments.
module internal Dense =

    // Below this many entries starting threads costs more than the loop.
    let private parallelFrom = 1n <<< 16

    /// body i for every row i, at once where that pays.
    let rows (m: Matrix) (body: nativeint -> unit) =
        if m.Rows * m.Columns < parallelFrom then
            let mutable i = 0n

            while i < m.Rows do
                body i
                i <- i + 1n
        else
            Parallel.For(0L, int64 m.Rows, (fun i -> body (nativeint i))) |> ignore

    let private requireSameShape (a: Matrix) (b: Matrix) =
        if a.Rows <> b.Rows || a.Columns <> b.Columns then
            invalidArg
                (nameof b)
                $"A {a.Rows} x {a.Columns} matrix and one of {b.Rows} x {b.Columns} were combined entry by entry: they need the same shape."

    let private requireLength (v: float[]) (count: nativeint) what =
        if nativeint v.Length <> count then
            invalidArg (nameof v) $"A vector of {v.Length} entries was given where the matrix has {count} {what}."

    let requireSquare (m: Matrix) =
        if m.Rows <> m.Columns then
            invalidArg (nameof m) $"A {m.Rows} x {m.Columns} matrix was given where a square one is needed."

    let map (f: float -> float) (m: Matrix) =
        let result = Matrix.Uninitialized(m.Rows, m.Columns)

        rows m (fun i ->
            let source = m.Row i
            let target = result.Row i

            for j in 0 .. target.Length - 1 do
                target[j] <- f source[j])

        result

    let map2 (f: float -> float -> float) (a: Matrix) (b: Matrix) =
        requireSameShape a b
        let f = OptimizedClosures.FSharpFunc<_, _, _>.Adapt f
        let result = Matrix.Uninitialized(a.Rows, a.Columns)

        rows a (fun i ->
            let left = a.Row i
            let right = b.Row i
            let target = result.Row i

            for j in 0 .. target.Length - 1 do
                target[j] <- f.Invoke(left[j], right[j]))

        result

    /// r_i = sum_j a_ij b_ij.
    let rowInner (a: Matrix) (b: Matrix) =
        requireSameShape a b
        let sums = Array.zeroCreate (int a.Rows)

        rows a (fun i ->
            let left = a.Row i
            let right = b.Row i
            let mutable sum = 0.0

            for j in 0 .. left.Length - 1 do
                sum <- sum + left[j] * right[j]

            sums[int i] <- sum)

        sums

    /// r_j = sum_i a_ij b_ij.
    let columnInner (a: Matrix) (b: Matrix) =
        requireSameShape a b
        let sums = Array.zeroCreate (int a.Columns)
        let mutable i = 0n

        while i < a.Rows do
            let left = a.Row i
            let right = b.Row i

            for j in 0 .. left.Length - 1 do
                sums[j] <- sums[j] + left[j] * right[j]

            i <- i + 1n

        sums

    let inner a b = Array.sum (rowInner a b)

    let sum (m: Matrix) =
        let sums = Array.zeroCreate (int m.Rows)

        rows m (fun i ->
            let mutable sum = 0.0

            for entry in m.Row i do
                sum <- sum + entry

            sums[int i] <- sum)

        Array.sum sums

    /// diag(v) M.
    let scaleRows (v: float[]) (m: Matrix) =
        requireLength v m.Rows "rows"
        let result = Matrix.Uninitialized(m.Rows, m.Columns)

        rows m (fun i ->
            let source = m.Row i
            let target = result.Row i
            let factor = v[int i]

            for j in 0 .. target.Length - 1 do
                target[j] <- factor * source[j])

        result

    /// M diag(v).
    let scaleColumns (v: float[]) (m: Matrix) =
        requireLength v m.Columns "columns"
        let result = Matrix.Uninitialized(m.Rows, m.Columns)

        rows m (fun i ->
            let source = m.Row i
            let target = result.Row i

            for j in 0 .. target.Length - 1 do
                target[j] <- source[j] * v[j])

        result

    let transpose (m: Matrix) =
        let result = Matrix.Uninitialized(m.Columns, m.Rows)

        rows result (fun i ->
            let target = result.Row i

            for j in 0 .. target.Length - 1 do
                target[j] <- m[nativeint j, i])

        result

    /// u v^T.
    let outer (u: float[]) (v: float[]) =
        let result = Matrix.Uninitialized(u.Length, v.Length)

        rows result (fun i ->
            let target = result.Row i
            let factor = u[int i]

            for j in 0 .. target.Length - 1 do
                target[j] <- factor * v[j])

        result

    /// The diagonal matrix with these entries.
    let ofDiagonal (v: float[]) =
        let result = Matrix.Zeros(v.Length, v.Length)
        v |> Array.iteri (fun i value -> result[i, i] <- value)
        result

    /// A copy with the diagonal changed by f, which is given the place and the old entry.
    let mapDiagonal (f: int -> float -> float) (m: Matrix) =
        requireSquare m
        let result = m.Clone()

        for i in 0 .. int m.Rows - 1 do
            result[i, i] <- f i result[i, i]

        result

    /// A copy with the diagonal v.
    let withDiagonal (v: float[]) (m: Matrix) =
        requireLength v m.Rows "rows"
        mapDiagonal (fun i _ -> v[i]) m

    let diagonal (m: Matrix) =
        requireSquare m
        m.Diagonal()

    /// The entries row by row.
    let toArray (m: Matrix) =
        let entries = Array.zeroCreate (int (m.Rows * m.Columns))

        for i in 0 .. int m.Rows - 1 do
            (m.Row i).CopyTo(System.Span(entries, i * int m.Columns, int m.Columns))

        entries

    /// Entries row by row as a matrix of so many rows.
    let ofArray rowCount (entries: float[]) =
        if rowCount <= 0 || entries.Length % rowCount <> 0 then
            invalidArg
                (nameof rowCount)
                $"{entries.Length} entries cannot be laid out in {rowCount} rows of one length."

        Matrix.FromArray(nativeint rowCount, nativeint (entries.Length / rowCount), System.ReadOnlySpan entries)

    /// The matrix of zeros but for m from (row, column) on.
    let embed rowCount columnCount row column (m: Matrix) =
        let result = Matrix.Zeros(rowCount, columnCount)
        m.CopyTo(result.View(row, column, m.Rows, m.Columns))
        result

    /// The lower triangle, its diagonal multiplied by a factor, and zeros above.
    let lower diagonalFactor (m: Matrix) =
        requireSquare m
        let result = Matrix.Zeros(m.Rows, m.Columns)

        for i in 0 .. int m.Rows - 1 do
            let target = result.Row i
            (m.Row i).Slice(0, i).CopyTo target
            target[i] <- diagonalFactor * m[i, i]

        result

    let private requireInner (leftColumns: nativeint) (rightRows: nativeint) =
        if leftColumns <> rightRows then
            invalidArg
                "b"
                $"A product of matrices needs as many columns on the left as rows on the right, not {leftColumns} and {rightRows}."

    /// op(A) op(B), where op transposes if asked to.
    let multiply transposeA transposeB (a: Matrix) (b: Matrix) =
        let n, inner = if transposeA then a.Columns, a.Rows else a.Rows, a.Columns
        let inner', m = if transposeB then b.Columns, b.Rows else b.Rows, b.Columns
        requireInner inner inner'
        let result = Matrix.Uninitialized(n, m)
        LinearAlgebra.Default.Multiply(1.0, a, transposeA, b, transposeB, 0.0, result)
        result

    /// op(A) v.
    let multiplyVector transpose (a: Matrix) (v: float[]) =
        let n, inner = if transpose then a.Columns, a.Rows else a.Rows, a.Columns
        requireInner inner (nativeint v.Length)
        let result = Array.zeroCreate (int n)
        LinearAlgebra.Default.Multiply(1.0, a, transpose, System.ReadOnlySpan v, 0.0, System.Span result)
        result
