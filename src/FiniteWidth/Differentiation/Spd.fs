namespace FiniteWidth.Differentiation

open System
open FiniteWidth
open FiniteWidth.Numerics

/// Rules of a symmetric positive matrix A in terms of one Cholesky factor of its numbers, at every level of
/// differentiation.
module internal SpdRules =

    /// The Cholesky factor of the numbers of A, or the reason why there is none.
    let decompose (a: DM) =
        Dense.requireSquare a.Value
        let factor = a.Value.Clone()

        match LinearAlgebra.Default.Cholesky factor with
        | 0n -> Ok factor
        | minor ->
            let which =
                $"the leading {minor} x {minor} block of this {a.Rows} x {a.Columns} one"

            Error(
                Inaccurate
                    $"A Cholesky factor needs a symmetric positive matrix, and {which} is not positive in double precision: enlarge its diagonal, for example by a larger temperature."
            )

    let solveVector (factor: Matrix) (b: float[]) =
        if nativeint b.Length <> factor.Rows then
            invalidArg
                (nameof b)
                $"A right-hand side of {b.Length} entries was given where the matrix has {factor.Rows} rows."

        let x = Array.copy b
        LinearAlgebra.Default.Solve(factor, Span x)
        x

    let solveTriangular transpose (factor: Matrix) (b: Matrix) =
        if b.Rows <> factor.Rows then
            invalidArg
                (nameof b)
                $"Right-hand sides of {b.Rows} rows were given where the matrix has {factor.Rows} rows."

        let x = b.Clone()
        LinearAlgebra.Default.SolveTriangular(factor, transpose, x)
        x

    let invert (factor: Matrix) =
        let inverse = factor.Clone()
        LinearAlgebra.Default.Invert inverse
        inverse

    /// A^(-1) b.
    let rec solve factor (a: DM) (b: DV) : DV =
        Trace.lift2
            (fun _ (b: DV) -> DV(solveVector factor b.Value))
            (fun a _ x ->
                {
                    Push = fun t -> -(solve factor a (t * x))
                    Pull = fun c -> MatrixRules.outer (-(solve factor a c)) x
                })
            (fun a _ _ ->
                {
                    Push = solve factor a
                    Pull = solve factor a
                })
            a
            b

    /// A^(-1) B.
    let rec solveMany factor (a: DM) (b: DM) : DM =
        Trace.lift2
            (fun _ (b: DM) -> DM(b.Value |> solveTriangular false factor |> solveTriangular true factor))
            (fun a _ x ->
                {
                    Push = fun t -> -(solveMany factor a (t * x))
                    Pull = fun c -> MatrixRules.multiply false true (-(solveMany factor a c)) x
                })
            (fun a _ _ ->
                {
                    Push = solveMany factor a
                    Pull = solveMany factor a
                })
            a
            b

    /// A^(-1), given its numbers.
    let inverse (value: Lazy<Matrix>) (a: DM) : DM =
        let rule _ y =
            let sandwich t = -(y * t * y)
            { Push = sandwich; Pull = sandwich }

        Trace.lift1 (fun _ -> DM value.Value) rule a

    /// log det A, given the numbers of A^(-1), which only the derivative needs.
    let logDet factor inverseValue (a: DM) : D =
        let rule a _ =
            let inverse = inverse inverseValue a

            {
                Push = Broadcast.inner inverse
                Pull = fun c -> Broadcast.scale c inverse
            }

        Trace.lift1 (fun _ -> D(LinearAlgebra.Default.LogDeterminant factor)) rule a

/// A symmetric positive matrix A with the Cholesky factor of its numbers, which its log-determinant, its inverse and
/// all its solves share, and so do their derivatives of every order.
/// Derivatives are those of A among symmetric matrices: tangents of A must be symmetric.
[<Sealed>]
type Spd internal (matrix: DM, factor: Matrix) =

    let inverse = lazy (SpdRules.invert factor)

    /// A with its Cholesky factor; a FailureException where A is not positive. Only the lower triangle of A is read.
    static member Factor(a: DM) =
        Spd(a, SpdRules.decompose a |> Result.orFail)

    /// A.
    member _.Matrix = matrix

    /// log det A.
    member _.LogDet: D = SpdRules.logDet factor inverse matrix

    /// A^(-1). Costs n^3 and is seldom needed: see Solve, LogDet, Quadratic.
    member _.Inverse: DM = SpdRules.inverse inverse matrix

    /// A^(-1) b.
    member _.Solve(b: DV) : DV = SpdRules.solve factor matrix b

    /// A^(-1) B.
    member _.Solve(b: DM) : DM = SpdRules.solveMany factor matrix b

    /// y^T A^(-1) y.
    member this.Quadratic(y: DV) : D = y.Dot(this.Solve y)

/// Symmetric positive definite matrices: factors, determinants and solutions that carry derivatives.
[<RequireQualifiedAccess>]
module Spd =

    /// A with its Cholesky factor, or the reason why it has none. Only the lower triangle of A is read.
    let tryFactor (a: DM) =
        SpdRules.decompose a |> Result.map (fun factor -> Spd(a, factor))

    /// A with its Cholesky factor; a FailureException where A is not positive. Only the lower triangle of A is read.
    let factor (a: DM) = Spd.Factor a

    /// log det A.
    let logDet (a: Spd) = a.LogDet

    /// A^(-1) b.
    let solve (b: DV) (a: Spd) = a.Solve b

    /// y^T A^(-1) y.
    let quadratic (y: DV) (a: Spd) = a.Quadratic y

    /// A^(-1).
    let inverse (a: Spd) = a.Inverse

    /// L^(-1) B, or L^(-T) B, for a lower triangular L.
    let rec private solveTriangular transpose (l: DM) (b: DM) : DM =
        Trace.lift2
            (fun (l: DM) (b: DM) -> DM(SpdRules.solveTriangular transpose l.Value b.Value))
            (fun l _ x ->
                {
                    Push =
                        fun t ->
                            -(solveTriangular
                                transpose
                                l
                                (MatrixRules.multiply transpose false (MatrixRules.lower 1.0 t) x))
                    Pull =
                        fun c ->
                            let c = -(solveTriangular (not transpose) l c)
                            let c, x = if transpose then x, c else c, x
                            MatrixRules.lower 1.0 (MatrixRules.multiply false true c x)
                })
            (fun l _ _ ->
                {
                    Push = solveTriangular transpose l
                    Pull = solveTriangular (not transpose) l
                })
            l
            b

    /// The lower triangular L with A = L L^T, zeros above the diagonal; a FailureException where A is not positive.
    /// Where only log det A or A^(-1) is wanted, `factor` is faster.
    let cholesky (a: DM) : DM =
        let rule _ l =
            // L^(-1) M L^(-T)
            let within m =
                m
                |> solveTriangular false l
                |> MatrixRules.transpose
                |> solveTriangular false l
                |> MatrixRules.transpose
            // L^(-T) M L^(-1)
            let around m =
                m
                |> solveTriangular true l
                |> MatrixRules.transpose
                |> solveTriangular true l
                |> MatrixRules.transpose

            let symmetric m = 0.5 * (m + MatrixRules.transpose m)

            {
                Push = fun t -> l * MatrixRules.lower 0.5 (within (symmetric t))
                Pull =
                    fun c ->
                        MatrixRules.multiply true false l c
                        |> MatrixRules.lower 0.5
                        |> around
                        |> symmetric
            }

        Trace.lift1 (fun a -> DM(SpdRules.decompose a |> Result.orFail |> Dense.lower 1.0)) rule a
