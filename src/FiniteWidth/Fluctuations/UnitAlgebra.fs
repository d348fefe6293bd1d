namespace FiniteWidth

open FiniteWidth.Numerics

/// Products of matrices whose columns belong to random hidden units.
[<RequireQualifiedAccess>]
module internal UnitAlgebra =

    /// s A B or s A^T B.
    let product scale (a: Matrix) transposeA (b: Matrix) =
        let product =
            Matrix.Uninitialized((if transposeA then a.Columns else a.Rows), b.Columns)

        LinearAlgebra.Default.Multiply(scale, a, transposeA, b, false, 0.0, product)
        product

    /// The features of the first `count` units, scaled.
    let scaled scale count (features: Matrix) =
        Matrix.Create(features.Rows, nativeint count, (fun i j -> scale * features[i, j]))

    /// The sum of every row.
    let rowSums (a: Matrix) =
        Array.init (int a.Rows) (fun i ->
            let row = a.Row(nativeint i)
            let mutable sum = 0.0

            for j in 0 .. row.Length - 1 do
                sum <- sum + row[j]

            sum)

    /// The sum of every column.
    let columnSums (a: Matrix) =
        let sums = Array.zeroCreate<float>(int a.Columns)

        for i in 0n .. a.Rows - 1n do
            let row = a.Row i

            for j in 0 .. sums.Length - 1 do
                sums[j] <- sums[j] + row[j]

        sums

    /// sum_i v_i a_ij for every column j.
    let weighted (v: float[]) (a: Matrix) =
        let sums = Array.zeroCreate<float>(int a.Columns)

        for i in 0 .. v.Length - 1 do
            let row = a.Row(nativeint i)

            for j in 0 .. sums.Length - 1 do
                sums[j] <- sums[j] + v[i] * row[j]

        sums

    /// The same column for each of so many units.
    let repeated count (column: float[]) =
        Matrix.Create(nativeint column.Length, nativeint count, (fun i _ -> column[int i]))
