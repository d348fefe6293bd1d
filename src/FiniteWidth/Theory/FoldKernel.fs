namespace FiniteWidth

open FiniteWidth.Numerics

/// Kernels of a whole data set, of which those of its parts are blocks: each is computed once, however many parts there are.
[<Sealed>]
type internal WholeKernel(inputs: Matrix) =

    let mutable known: (Kernel * Matrix) option = None

    /// K(x, x') of all rows, as `compute` makes it of the inputs.
    member _.Of(kernel: Kernel, compute: Matrix -> Matrix) =
        match known with
        | Some(other, matrix) when other = kernel -> matrix
        | _ ->
            known <- None
            let matrix = compute inputs
            known <- Some(kernel, matrix)
            matrix

/// A part of a data set to train on and the rest, which is held out, by their rows.
[<Sealed>]
type internal FoldKernel(whole: WholeKernel, train: int[], held: int[], heldInputs: Matrix) =

    let block (matrix: Matrix) (rows: int[]) (columns: int[]) =
        Matrix.Create(
            nativeint rows.Length,
            nativeint columns.Length,
            fun i j -> matrix[nativeint rows[int i], nativeint columns[int j]]
        )

    /// Whether these are the inputs that are held out.
    member _.IsHeld(inputs: Matrix) = obj.ReferenceEquals(inputs, heldInputs)

    /// K of the training rows.
    member _.Train(kernel, compute) =
        block (whole.Of(kernel, compute)) train train

    /// K between training and held-out rows.
    member _.Cross(kernel, compute) =
        block (whole.Of(kernel, compute)) train held

    /// K(x, x) of the held-out rows.
    member _.Diagonal(kernel, compute) =
        let matrix: Matrix = whole.Of(kernel, compute)
        held |> Array.map (fun row -> matrix[nativeint row, nativeint row])
