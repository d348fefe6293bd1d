namespace FiniteWidth.Differentiation

open System
open FiniteWidth.Numerics

/// A matrix: numbers, a forward dual, or a step of a reverse trace. The matrix of a constant must not be written to.
[<NoEquality; NoComparison>]
type DM =
    /// A constant.
    | DM of Matrix
    /// A forward dual.
    | DMF of primal: DM * tangent: DM * tag: Tag
    /// A step of a reverse trace.
    | DMR of node: Node<DM>

    /// The numbers, every level of differentiation left out.
    member this.Value =
        match this with
        | DM value -> value
        | DMF(primal, _, _) -> primal.Value
        | DMR node -> node.Primal.Value

    override this.ToString() = this.Value.ToString()

    interface IArray<DM> with
        member this.Tag =
            match this with
            | DM _ -> 0L
            | DMF(_, _, tag) -> tag
            | DMR node -> node.Tag

        member this.Primal =
            match this with
            | DM _ -> this
            | DMF(primal, _, _) -> primal
            | DMR node -> node.Primal

        member this.Tangent =
            match this with
            | DMF(_, tangent, _) -> tangent
            | _ -> DM(Matrix.Zeros(this.Value.Rows, this.Value.Columns))

        member this.Node =
            match this with
            | DMR node -> node
            | _ -> null

        static member Forward(primal, tangent, tag) = DMF(primal, tangent, tag)
        static member Reverse node = DMR node
        static member Plus(a, b) = Elementwise.plus a b
        static member Map(f, x) = DM(Dense.map f x.Value)
        static member Map2(f, a, b) = DM(Dense.map2 f a.Value b.Value)
        static member SumOf x = Dense.sum x.Value
        static member InnerOf(a, b) = Dense.inner a.Value b.Value

/// Rules of the operations on matrices. Most are linear in each argument and come with their transposes.
module internal MatrixRules =

    /// f(M), after which a constant M, which nobody else may hold, is freed: memory that is used again at once costs far
    /// less than fresh pages. A result that is not a constant may refer to M.
    let consume (f: DM -> 'Y) (m: DM) : 'Y :> IDifferentiable<'Y> =
        let y = f m

        match m with
        | DM value when y.Tag = 0L -> value.Dispose()
        | _ -> ()

        y

    let private shape (m: DM) = int m.Value.Rows, int m.Value.Columns

    let rec transpose (m: DM) : DM =
        Trace.lift1 (fun (m: DM) -> DM(Dense.transpose m.Value)) (fun _ _ -> { Push = transpose; Pull = transpose }) m

    /// op(A) op(B).
    let rec multiply transposeA transposeB (a: DM) (b: DM) : DM =
        Trace.lift2
            (fun (a: DM) (b: DM) -> DM(Dense.multiply transposeA transposeB a.Value b.Value))
            (fun _ b _ ->
                {
                    Push = fun t -> multiply transposeA transposeB t b
                    Pull =
                        fun c ->
                            if transposeA then
                                multiply transposeB true b c
                            else
                                multiply false (not transposeB) c b
                })
            (fun a _ _ ->
                {
                    Push = multiply transposeA transposeB a
                    Pull =
                        fun c ->
                            if transposeB then
                                multiply true transposeA c a
                            else
                                multiply (not transposeA) false a c
                })
            a
            b

    /// op(A) v.
    let rec multiplyVector transpose (a: DM) (v: DV) : DV =
        Trace.lift2
            (fun (a: DM) (v: DV) -> DV(Dense.multiplyVector transpose a.Value v.Value))
            (fun _ v _ ->
                {
                    Push = fun t -> multiplyVector transpose t v
                    Pull = fun c -> if transpose then outer v c else outer c v
                })
            (fun a _ _ ->
                {
                    Push = multiplyVector transpose a
                    Pull = multiplyVector (not transpose) a
                })
            a
            v

    /// u v^T.
    and outer (u: DV) (v: DV) : DM =
        Trace.lift2
            (fun (u: DV) (v: DV) -> DM(Dense.outer u.Value v.Value))
            (fun _ v _ ->
                {
                    Push = fun t -> outer t v
                    Pull = fun c -> multiplyVector false c v
                })
            (fun u _ _ ->
                {
                    Push = outer u
                    Pull = fun c -> multiplyVector true c u
                })
            u
            v

    /// diag(v) M.
    let rec scaleRows (v: DV) (m: DM) : DM =
        Trace.lift2
            (fun (v: DV) (m: DM) -> DM(Dense.scaleRows v.Value m.Value))
            (fun _ m _ ->
                {
                    Push = fun t -> scaleRows t m
                    Pull = rowInner m
                })
            (fun v _ _ ->
                {
                    Push = scaleRows v
                    Pull = scaleRows v
                })
            v
            m

    /// r_i = sum_j a_ij b_ij.
    and rowInner (a: DM) (b: DM) : DV =
        let along m =
            {
                Push = rowInner m
                Pull = fun r -> scaleRows r m
            }

        Trace.lift2
            (fun (a: DM) (b: DM) -> DV(Dense.rowInner a.Value b.Value))
            (fun _ b _ -> along b)
            (fun a _ _ -> along a)
            a
            b

    /// M diag(v).
    let rec scaleColumns (v: DV) (m: DM) : DM =
        Trace.lift2
            (fun (v: DV) (m: DM) -> DM(Dense.scaleColumns v.Value m.Value))
            (fun _ m _ ->
                {
                    Push = fun t -> scaleColumns t m
                    Pull = columnInner m
                })
            (fun v _ _ ->
                {
                    Push = scaleColumns v
                    Pull = scaleColumns v
                })
            v
            m

    /// r_j = sum_i a_ij b_ij.
    and columnInner (a: DM) (b: DM) : DV =
        let along m =
            {
                Push = columnInner m
                Pull = fun r -> scaleColumns r m
            }

        Trace.lift2
            (fun (a: DM) (b: DM) -> DV(Dense.columnInner a.Value b.Value))
            (fun _ b _ -> along b)
            (fun a _ _ -> along a)
            a
            b

    let rec diagonal (m: DM) : DV =
        Trace.lift1 (fun (m: DM) -> DV(Dense.diagonal m.Value)) (fun _ _ -> { Push = diagonal; Pull = ofDiagonal }) m

    and ofDiagonal (v: DV) : DM =
        Trace.lift1 (fun (v: DV) -> DM(Dense.ofDiagonal v.Value)) (fun _ _ -> { Push = ofDiagonal; Pull = diagonal }) v

    /// M with its diagonal replaced by v.
    let rec withDiagonal (v: DV) (m: DM) : DM =
        Trace.lift2
            (fun (v: DV) (m: DM) -> DM(Dense.withDiagonal v.Value m.Value))
            (fun _ _ _ -> { Push = ofDiagonal; Pull = diagonal })
            (fun v _ _ ->
                let clear = withDiagonal (DV(Array.zeroCreate v.Length))
                { Push = clear; Pull = clear })
            v
            m

    /// M + diag(v).
    let addDiagonal (v: DV) (m: DM) : DM =
        Trace.lift2
            (fun (v: DV) (m: DM) ->
                let diagonal = v.Value
                DM(Dense.withDiagonal (Array.map2 (+) diagonal (Dense.diagonal m.Value)) m.Value))
            (fun _ _ _ -> { Push = ofDiagonal; Pull = diagonal })
            (fun _ _ _ -> { Push = id; Pull = id })
            v
            m

    /// The entries row by row.
    let rec flatten (m: DM) : DV =
        Trace.lift1
            (fun (m: DM) -> DV(Dense.toArray m.Value))
            (fun m _ ->
                {
                    Push = flatten
                    Pull = reshape (fst (shape m))
                })
            m

    /// The entries of v in so many rows.
    and reshape rows (v: DV) : DM =
        Trace.lift1
            (fun (v: DV) -> DM(Dense.ofArray rows v.Value))
            (fun _ _ -> { Push = reshape rows; Pull = flatten })
            v

    /// The block of rows x columns entries from (row, column) on.
    let rec slice row column rows columns (m: DM) : DM =
        Trace.lift1
            (fun (m: DM) -> DM(m.Value.View(row, column, rows, columns).Clone()))
            (fun m _ ->
                let height, width = shape m

                {
                    Push = slice row column rows columns
                    Pull = embed height width row column
                })
            m

    /// The height x width matrix of zeros but for m from (row, column) on.
    and embed height width row column (m: DM) : DM =
        Trace.lift1
            (fun (m: DM) -> DM(Dense.embed height width row column m.Value))
            (fun m _ ->
                let rows, columns = shape m

                {
                    Push = embed height width row column
                    Pull = slice row column rows columns
                })
            m

    /// The entry in row i and column j.
    let rec item i j (m: DM) : D =
        Trace.lift1
            (fun (m: DM) -> D m.Value[i, j])
            (fun m _ ->
                let rows, columns = shape m

                {
                    Push = item i j
                    Pull = basis rows columns i j
                })
            m

    /// The matrix of zeros but for a in row i and column j.
    and basis rows columns i j (a: D) : DM =
        Trace.lift1
            (fun (a: D) ->
                let m = Matrix.Zeros(rows, columns)
                m[i, j] <- a.Value
                DM m)
            (fun _ _ ->
                {
                    Push = basis rows columns i j
                    Pull = item i j
                })
            a

    /// The lower triangle with its diagonal multiplied by a factor.
    let rec lower factor (m: DM) : DM =
        Trace.lift1
            (fun (m: DM) -> DM(Dense.lower factor m.Value))
            (fun _ _ ->
                {
                    Push = lower factor
                    Pull = lower factor
                })
            m

type DM with

    /// Number of rows.
    member this.Rows = int this.Value.Rows

    /// Number of columns.
    member this.Columns = int this.Value.Columns

    /// The entry in row i and column j, from 0.
    member this.Item
        with get (i: int, j: int): D = MatrixRules.item i j this

    /// The block between the first and last rows and columns, which are included.
    member this.GetSlice(firstRow: int option, lastRow: int option, firstColumn: int option, lastColumn: int option) =
        let row = defaultArg firstRow 0
        let column = defaultArg firstColumn 0
        let rows = defaultArg lastRow (this.Rows - 1) - row + 1
        let columns = defaultArg lastColumn (this.Columns - 1) - column + 1
        MatrixRules.slice row column rows columns this

    /// Row i.
    member this.GetSlice(i: int, firstColumn: int option, lastColumn: int option) =
        this.GetSlice(Some i, Some i, firstColumn, lastColumn) |> MatrixRules.flatten

    /// Column j.
    member this.GetSlice(firstRow: int option, lastRow: int option, j: int) =
        this.GetSlice(firstRow, lastRow, Some j, Some j) |> MatrixRules.flatten

    /// The sum of all entries.
    member this.Sum() : D = Broadcast.sum this

    /// The sum of the diagonal entries of a square matrix.
    member this.Trace() : D =
        Broadcast.sum (MatrixRules.diagonal this)

    /// The diagonal of a square matrix.
    member this.Diagonal() : DV = MatrixRules.diagonal this

    /// The transpose, which carries derivatives too.
    member this.Transpose() : DM = MatrixRules.transpose this

    /// A constant, whose derivatives are zero.
    static member op_Implicit(matrix: Matrix) : DM = DM matrix
    /// A constant, whose derivatives are zero.
    static member op_Implicit(entries: float[,]) : DM = DM(Matrix.FromArray entries)

    /// The sum, entry by entry.
    static member (+)(a: DM, b: DM) : DM = Elementwise.plus a b
    /// The sum, entry by entry.
    static member (+)(a: DM, b: D) : DM = Broadcast.shift b a
    /// The sum, entry by entry.
    static member (+)(a: D, b: DM) : DM = Broadcast.shift a b
    /// The sum, entry by entry.
    static member (+)(a: DM, b: float) : DM = Elementwise.shift b a
    /// The sum, entry by entry.
    static member (+)(a: float, b: DM) : DM = Elementwise.shift a b
    /// The difference, entry by entry.
    static member (-)(a: DM, b: DM) : DM = Elementwise.minus a b
    /// The difference, entry by entry.
    static member (-)(a: DM, b: D) : DM = Broadcast.shift -b a

    /// The difference, entry by entry.
    static member (-)(a: D, b: DM) : DM =
        Broadcast.shift a (Elementwise.negate b)

    /// The difference, entry by entry.
    static member (-)(a: DM, b: float) : DM = Elementwise.shift -b a

    /// The difference, entry by entry.
    static member (-)(a: float, b: DM) : DM =
        Elementwise.shift a (Elementwise.negate b)

    /// The matrix product.
    static member (*)(a: DM, b: DM) : DM = MatrixRules.multiply false false a b

    /// The product A v.
    static member (*)(a: DM, v: DV) : DV = MatrixRules.multiplyVector false a v

    /// The product v^T A.
    static member (*)(v: DV, a: DM) : DV = MatrixRules.multiplyVector true a v

    /// The product, entry by entry.
    static member (*)(a: D, b: DM) : DM = Broadcast.scale a b
    /// The product, entry by entry.
    static member (*)(a: DM, b: D) : DM = Broadcast.scale b a
    /// The product, entry by entry.
    static member (*)(a: float, b: DM) : DM = Elementwise.scale a b
    /// The product, entry by entry.
    static member (*)(a: DM, b: float) : DM = Elementwise.scale b a
    /// The quotient, entry by entry.
    static member (/)(a: DM, b: D) : DM = Broadcast.scale (1.0 / b) a

    /// The quotient, entry by entry.
    static member (/)(a: D, b: DM) : DM =
        Broadcast.scale a (Elementwise.reciprocal b)

    /// The quotient, entry by entry.
    static member (/)(a: DM, b: float) : DM = Elementwise.scale (1.0 / b) a

    /// The quotient, entry by entry.
    static member (/)(a: float, b: DM) : DM =
        Elementwise.scale a (Elementwise.reciprocal b)

    /// Minus x, entry by entry.
    static member (~-)(x: DM) : DM = Elementwise.negate x

    /// The product entry by entry.
    static member (.*)(a: DM, b: DM) : DM = Elementwise.times a b

    /// The quotient entry by entry.
    static member (./)(a: DM, b: DM) : DM = Elementwise.divide a b

    /// A power, entry by entry.
    static member Pow(a: DM, b: DM) : DM = Elementwise.raise a b
    /// A power, entry by entry.
    static member Pow(a: DM, b: float) : DM = Elementwise.power b a
    /// The angle of the point (x, y), entry by entry.
    static member Atan2(y: DM, x: DM) : DM = Elementwise.atan2 y x
    /// e^x, entry by entry.
    static member Exp(x: DM) : DM = Elementwise.exp x
    /// The natural logarithm, entry by entry.
    static member Log(x: DM) : DM = Elementwise.log x
    /// The square root, entry by entry.
    static member Sqrt(x: DM) : DM = Elementwise.sqrt x
    /// The sine, entry by entry.
    static member Sin(x: DM) : DM = Elementwise.sin x
    /// The cosine, entry by entry.
    static member Cos(x: DM) : DM = Elementwise.cos x
    /// The tangent, entry by entry.
    static member Tan(x: DM) : DM = Elementwise.tan x
    /// The arcsine, entry by entry.
    static member Asin(x: DM) : DM = Elementwise.asin x
    /// The arccosine, entry by entry.
    static member Acos(x: DM) : DM = Elementwise.acos x
    /// The arctangent, entry by entry.
    static member Atan(x: DM) : DM = Elementwise.atan x
    /// The hyperbolic sine, entry by entry.
    static member Sinh(x: DM) : DM = Elementwise.sinh x
    /// The hyperbolic cosine, entry by entry.
    static member Cosh(x: DM) : DM = Elementwise.cosh x
    /// The hyperbolic tangent, entry by entry.
    static member Tanh(x: DM) : DM = Elementwise.tanh x
    /// The absolute value, entry by entry.
    static member Abs(x: DM) : DM = Elementwise.abs x

    /// The error function of every entry.
    static member Erf(x: DM) : DM = Elementwise.erf x

    /// 1/(1 + exp(-x)) of every entry.
    static member Sigmoid(x: DM) : DM = Elementwise.sigmoid x

/// Matrices that carry derivatives.
[<RequireQualifiedAccess>]
module DM =

    /// A constant matrix, copied from an array.
    let ofArray2D (entries: float[,]) = DM(Matrix.FromArray entries)

    /// A copy of the numbers, every level of differentiation left out.
    let toArray2D (m: DM) = m.Value.ToArray()

    /// The matrix whose rows these vectors of one length are.
    let ofRows (rows: seq<DV>) =
        let rows = Array.ofSeq rows
        let lengths = rows |> Array.map _.Length |> Array.distinct

        if lengths.Length <> 1 then
            let found = lengths |> Array.map string |> String.concat ", "

            invalidArg
                (nameof rows)
                $"The rows of a matrix need one length, at least one row; found the lengths [{found}]."

        VectorRules.concat rows |> MatrixRules.reshape rows.Length

    /// The entries of a vector laid out row by row in so many rows.
    let ofDV rows (v: DV) = MatrixRules.reshape rows v

    /// The entries row by row.
    let toDV (m: DM) = MatrixRules.flatten m

    /// The matrix of these sizes with the entries f(i, j).
    let init rows columns (f: int -> int -> D) =
        DV.init (rows * columns) (fun k -> f (k / columns) (k % columns)) |> ofDV rows

    /// A matrix of zeros.
    let zeros (rows: int) (columns: int) = DM(Matrix.Zeros(rows, columns))

    /// The n x n identity.
    let identity n =
        DM(Dense.ofDiagonal (Array.create n 1.0))

    /// The transpose, which carries derivatives too.
    let transpose (m: DM) = m.Transpose()

    /// The sum of all entries.
    let sum (m: DM) = m.Sum()

    /// The sum of the diagonal entries of a square matrix.
    let trace (m: DM) = m.Trace()

    /// The diagonal of a square matrix.
    let diagonal (m: DM) = m.Diagonal()

    /// The diagonal matrix with the diagonal v.
    let ofDiagonal (v: DV) = MatrixRules.ofDiagonal v

    /// The square matrix M with its diagonal replaced by v.
    let withDiagonal (v: DV) (m: DM) = MatrixRules.withDiagonal v m

    /// M + diag(v).
    let addDiagonal (v: DV) (m: DM) = MatrixRules.addDiagonal v m

    /// t I + M.
    let addIdentity (t: D) (m: DM) =
        MatrixRules.addDiagonal (DV.create m.Rows t) m

    /// The outer product u v^T.
    let outer (u: DV) (v: DV) = MatrixRules.outer u v

    /// The sum of the products of the entries, Tr(A^T B).
    let inner (a: DM) (b: DM) = Broadcast.inner a b

    /// diag(v) M: row i multiplied by v_i.
    let scaleRows (v: DV) (m: DM) = MatrixRules.scaleRows v m

    /// M diag(v): column j multiplied by v_j.
    let scaleColumns (v: DV) (m: DM) = MatrixRules.scaleColumns v m

    /// A^T B, without a transposed copy.
    let transposedTimes (a: DM) (b: DM) = MatrixRules.multiply true false a b

    /// A B^T, without a transposed copy.
    let timesTransposed (a: DM) (b: DM) = MatrixRules.multiply false true a b
