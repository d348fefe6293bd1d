namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The span of a set of inputs: r orthonormal directions V (r x N0) with X = X V^T V.
///
/// The likelihood of a network sees its first-layer weights through X W^T alone, so what they have outside the span keeps its prior.
[<Sealed>]
type InputSpan private (directions: Matrix) =

    /// V, r x N0.
    member _.Directions = directions

    /// r.
    member _.Rank = int directions.Rows

    static member internal Unchecked directions = InputSpan directions

/// The directions that inputs span.
[<RequireQualifiedAccess>]
module InputSpan =

    // What rounding leaves of a row inside the span is a few times 1e-15 of it; a remainder below this is taken for such.
    let private tolerance = 1e-12

    let private norm (v: Span<float>) =
        let mutable sum = 0.0

        for x in v do
            sum <- sum + x * x

        sqrt sum

    // Once leaves a remainder that cancellation has made oblique, twice is enough (Parlett).
    let private project (directions: Matrix) (row: Span<float>) =
        let coefficients = Array.zeroCreate<float>(int directions.Rows)

        for _ in 1..2 do
            LinearAlgebra.Default.Multiply(1.0, directions, false, Span.op_Implicit row, 0.0, coefficients)
            LinearAlgebra.Default.Multiply(-1.0, directions, true, ReadOnlySpan coefficients, 1.0, row)

    /// The span of the rows of X, by Gram and Schmidt; rows within 1e-12 of their norm of the span of those before add nothing.
    let ofRows (inputs: Matrix) =
        let directions = Matrix.Zeros(min inputs.Rows inputs.Columns, inputs.Columns)
        let mutable rank = 0n
        let mutable i = 0n

        while rank < directions.Rows && i < inputs.Rows do
            let size = norm (inputs.Row i)

            if size > 0.0 then
                let row = directions.Row rank

                for j in 0 .. row.Length - 1 do
                    row[j] <- inputs[i, nativeint j] / size

                project (directions.View(0n, 0n, rank, directions.Columns)) row
                let rest = norm row

                if rest > tolerance then
                    for j in 0 .. row.Length - 1 do
                        row[j] <- row[j] / rest

                    rank <- rank + 1n

            i <- i + 1n

        InputSpan.Unchecked(directions.View(0n, 0n, rank, directions.Columns).Clone())

    /// The same span with the principal directions of these inputs, the largest squares first.
    let principal (inputs: Matrix) (span: InputSpan) =
        use _ = LinearAlgebra.Default.SingleThreaded()
        let c = Matrix.Uninitialized(inputs.Rows, span.Directions.Rows)
        LinearAlgebra.Default.Multiply(1.0, inputs, false, span.Directions, true, 0.0, c)
        let square = Matrix.Uninitialized(c.Columns, c.Columns)
        LinearAlgebra.Default.Multiply(1.0, c, true, c, false, 0.0, square)
        // Eigenvectors stand in rows, the smallest eigenvalue first.
        LinearAlgebra.Default.Eigen square |> ignore
        let last = square.Rows - 1n

        let descending =
            Matrix.Create(square.Rows, square.Columns, fun i j -> square[last - i, j])

        let directions = Matrix.Uninitialized(span.Directions.Rows, span.Directions.Columns)

        LinearAlgebra.Default.Multiply(1.0, descending, false, span.Directions, false, 0.0, directions)
        InputSpan.Unchecked directions

    /// X V^T: rows of inputs in the coordinates of the span.
    let coordinates (inputs: Matrix) (span: InputSpan) =
        let result = Matrix.Uninitialized(inputs.Rows, span.Directions.Rows)
        LinearAlgebra.Default.Multiply(1.0, inputs, false, span.Directions, true, 0.0, result)
        result

    /// X - X V^T V: what inputs have outside the span, rows x N0.
    let outside (inputs: Matrix) (span: InputSpan) =
        let rest = inputs.Clone()
        LinearAlgebra.Default.Multiply(-1.0, coordinates inputs span, false, span.Directions, false, 1.0, rest)
        rest
