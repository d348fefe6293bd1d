namespace FiniteWidth

open FiniteWidth.Numerics

/// Moments of a unit's features in the field of the others, phi at the training points and phi0 at test points.
[<NoComparison; NoEquality>]
type internal CavityMoments =
    {
        /// Khat = E[phi phi^T/(1 + a)]/lambda_1.
        Kernel: Matrix
        /// E[E[v^2|w] phi phi^T].
        Second: Matrix
        /// E[phi0 phi^T/(1 + a)]/lambda_1, Ptest x P.
        TestKernel: Matrix
        /// E[E[v^2|w] phi0 phi^T], Ptest x P.
        TestSecond: Matrix
        /// E[E[v^2|w] phi0^2].
        TestSquares: float[]
        /// delta = sqrt(N) E[v phi] - Khat g and the same at test points: 0 where the field is Gaussian.
        Excess: float[]
        TestExcess: float[]
        /// g, G and log z0: of the sweeps, so that what fluctuates of the evidence can be put right to first order.
        Linear: float[]
        Curvature: Matrix
        LogPartition: float ref
    }

/// Sums of matrices in place.
[<RequireQualifiedAccess>]
module internal InPlace =

    /// target := target + weight source.
    let add weight (source: Matrix) (target: Matrix) =
        for i in 0n .. target.Rows - 1n do
            VectorArithmetic.AddScaled(source.Row i, weight, target.Row i)

    /// Row i of A times row i of B.
    let rowDot (a: Matrix) (b: Matrix) (i: int) =
        VectorArithmetic.Dot(System.Span.op_Implicit (a.Row(nativeint i)), System.Span.op_Implicit (b.Row(nativeint i)))

    /// Tr A^T B, of A and B alike the square of Frobenius's norm.
    let frobenius (a: Matrix) (b: Matrix) =
        let mutable sum = 0.0

        for i in 0 .. int a.Rows - 1 do
            sum <- sum + rowDot a b i

        sum

    /// target := target + weight source of arrays.
    let addArray weight (source: float[]) (target: float[]) =
        for i in 0 .. target.Length - 1 do
            target[i] <- target[i] + weight * source[i]

    let scale (weight: float) (target: Matrix) =
        for i in 0n .. target.Rows - 1n do
            let row = target.Row i

            for j in 0 .. row.Length - 1 do
                row[j] <- weight * row[j]

    /// An average that follows: target := (1 - rate) target + rate source.
    let follow rate (source: Matrix) (target: Matrix) =
        scale (1.0 - rate) target
        add rate source target

    let addDiagonal (x: float) (target: Matrix) =
        for i in 0n .. target.Rows - 1n do
            target[i, i] <- target[i, i] + x

    /// target := target + weight x y^T.
    let addOuter weight (x: float[]) (y: float[]) (target: Matrix) =
        for i in 0 .. x.Length - 1 do
            VectorArithmetic.AddScaled(System.ReadOnlySpan y, weight * x[i], target.Row(nativeint i))

[<RequireQualifiedAccess>]
module internal CavityMoments =

    let zero points testPoints =
        {
            Kernel = Matrix.Zeros(points, points)
            Second = Matrix.Zeros(points, points)
            TestKernel = Matrix.Zeros(testPoints, points)
            TestSecond = Matrix.Zeros(testPoints, points)
            TestSquares = Array.zeroCreate (int testPoints)
            Excess = Array.zeroCreate (int points)
            TestExcess = Array.zeroCreate (int testPoints)
            Linear = Array.zeroCreate (int points)
            Curvature = Matrix.Zeros(points, points)
            LogPartition = ref 0.0
        }

    /// The first moments alone, of infinitely many units.
    let kernels points testPoints =
        { zero 0n 0n with
            Kernel = Matrix.Zeros(points, points)
            TestKernel = Matrix.Zeros(testPoints, points)
            Linear = Array.zeroCreate (int points)
        }

    let private zeroLike moments =
        let like (matrix: Matrix) =
            Matrix.Zeros(matrix.Rows, matrix.Columns)

        {
            Kernel = like moments.Kernel
            Second = like moments.Second
            TestKernel = like moments.TestKernel
            TestSecond = like moments.TestSecond
            TestSquares = Array.zeroCreate moments.TestSquares.Length
            Excess = Array.zeroCreate moments.Excess.Length
            TestExcess = Array.zeroCreate moments.TestExcess.Length
            Linear = Array.zeroCreate moments.Linear.Length
            Curvature = like moments.Curvature
            LogPartition = ref 0.0
        }

    /// target := target + weight source.
    let add weight (source: CavityMoments) (target: CavityMoments) =
        InPlace.add weight source.Kernel target.Kernel
        InPlace.add weight source.Second target.Second
        InPlace.add weight source.TestKernel target.TestKernel
        InPlace.add weight source.TestSecond target.TestSecond
        InPlace.addArray weight source.TestSquares target.TestSquares
        InPlace.addArray weight source.Excess target.Excess
        InPlace.addArray weight source.TestExcess target.TestExcess
        InPlace.addArray weight source.Linear target.Linear
        InPlace.add weight source.Curvature target.Curvature
        target.LogPartition.Value <- target.LogPartition.Value + weight * source.LogPartition.Value

    /// The average of sums over sweeps.
    let average (sums: (CavityMoments * int) list) =
        let total = zeroLike (fst sums.Head)
        let count = sums |> List.sumBy snd |> float

        for sum, _ in sums do
            add (1.0 / count) sum total

        total
