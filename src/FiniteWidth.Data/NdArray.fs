namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// An array of any rank, kept as a matrix: the first dimension counts its rows, the others are flattened in C order into
/// its columns. A vector of length P is P x 1 and a number 1 x 1.
[<Sealed>]
type NdArray private (shape: int list, entries: Matrix) =

    /// The length of each dimension; empty for a single number.
    member _.Shape = shape

    /// The number of dimensions.
    member _.Rank = shape.Length

    /// The entries, shape[0] x (shape[1] ... shape[rank-1]).
    member _.Entries = entries

    static member internal Unchecked(shape, entries) = NdArray(shape, entries)

/// Arrays of any rank as NumPy writes them.
[<RequireQualifiedAccess>]
module NdArray =

    /// The shape as numpy prints it.
    let internal print (shape: int64 list) =
        match shape with
        | [ length ] -> $"({length},)"
        | _ -> $"""({String.Join(", ", shape)})"""

    /// Rows and columns of the matrix that holds an array of this shape.
    let internal matrixShape (shape: int list) =
        match shape with
        | [] -> 1n, 1n
        | rows :: others -> nativeint rows, others |> List.fold (fun product length -> product * nativeint length) 1n

    /// An array of the given shape over the entries of a matrix, which has the rows and columns that the shape says.
    let create (shape: int list) (entries: Matrix) =
        if shape |> List.exists (fun length -> length < 0) then
            Error(BadData $"The shape {print (List.map int64 shape)} has a negative length.")
        elif matrixShape shape <> (entries.Rows, entries.Columns) then
            let rows, columns = matrixShape shape

            Error(
                BadData
                    $"An array of shape {print (List.map int64 shape)} is a {rows} x {columns} matrix, not {entries.Rows} x {entries.Columns}."
            )
        else
            Ok(NdArray.Unchecked(shape, entries))

    /// A matrix as an array of rank 2.
    let ofMatrix (entries: Matrix) =
        NdArray.Unchecked([ int entries.Rows; int entries.Columns ], entries)

    /// Numbers as an array of rank 1.
    let ofVector (numbers: float[]) =
        NdArray.Unchecked([ numbers.Length ], Matrix.FromArray(nativeint numbers.Length, 1n, ReadOnlySpan numbers))
