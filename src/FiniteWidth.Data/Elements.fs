namespace FiniteWidth.Data

open System
open FiniteWidth.Numerics

/// The order in which an array file lists its entries.
type internal EntryOrder =
    | LastIndexFastest
    | FirstIndexFastest

[<RequireQualifiedAccess>]
module internal Elements =

    let private blockLength = 1 <<< 14

    /// Decodes the next entries of the source into `target`, through a buffer of bytes.
    let private decodeInto elementType byteOrder (source: ByteSource) (bytes: byte[]) (target: Span<float>) =
        let size = ElementType.size elementType
        let mutable first = 0

        while first < target.Length do
            let count = min (bytes.Length / size) (target.Length - first)
            let block = bytes.AsSpan(0, count * size)
            source.Fill(block, "the entries")
            ElementType.decode elementType byteOrder block (target.Slice(first, count))
            first <- first + count

    /// Rows one after the other: whole blocks are decoded, then dealt out, so that short rows cost no more than long ones.
    let private readRows (decode: float[] -> int -> unit) (entries: Matrix) =
        let block = Array.zeroCreate blockLength
        let mutable left = int64 entries.Rows * int64 entries.Columns
        let mutable row, column = 0n, 0

        while left > 0L do
            let count = int (min left (int64 block.Length))
            decode block count
            let mutable first = 0

            while first < count do
                let target = entries.Row(row).Slice column
                let length = min target.Length (count - first)
                block.AsSpan(first, length).CopyTo target
                first <- first + length
                column <- column + length

                if column = int entries.Columns then
                    row <- row + 1n
                    column <- 0

            left <- left - int64 count

    /// The column, in C order, of the f-th column in the order of the file.
    let private columnOf (others: int list) (f: int) =
        let rec go f stride lengths =
            match lengths with
            | [] -> 0
            | length :: rest ->
                let stride = stride / length
                (f % length) * stride + go (f / length) stride rest

        go f (List.fold (*) 1 others) others

    /// Columns one after the other: several are decoded at a time, so that each visit of a row writes several entries.
    let private readColumns (decode: float[] -> int -> unit) (others: int list) (entries: Matrix) =
        let rows, columns = int entries.Rows, int entries.Columns
        let together = (1 <<< 20) / rows |> max 1 |> min 16 |> min columns
        let block = Array.zeroCreate (rows * together)

        for first in 0..together .. columns - 1 do
            let count = min together (columns - first)
            decode block (count * rows)
            let targets = Array.init count (fun c -> columnOf others (first + c))

            for i in 0 .. rows - 1 do
                let row = entries.Row(nativeint i)

                for c in 0 .. count - 1 do
                    row[targets[c]] <- block[c * rows + i]

    /// The lengths as 32-bit numbers and the bytes that the entries take, after checking that the source can hold them.
    let checkedShape elementType (source: ByteSource) (shape: int64 list) =
        let bytes, columns =
            try
                let columns = shape |> List.skip (min 1 shape.Length) |> List.fold Checked.(*) 1L
                let rows = List.tryHead shape |> Option.defaultValue 1L
                Checked.(*) (Checked.(*) rows columns) (int64 (ElementType.size elementType)), columns
            with :? OverflowException ->
                Reading.malformed
                    $"The shape {NdArray.print shape} has more entries than any file can hold: its header is wrong."

        source.Require(bytes, $"the entries of an array of shape {NdArray.print shape}")

        if
            columns > int64 Array.MaxLength
            || List.exists (fun length -> length > int64 Array.MaxLength) shape
        then
            Reading.malformed
                $"The shape {NdArray.print shape} has more rows, or more entries in a row, than the {Array.MaxLength} that can be read."

        let entries = 8.0 * float bytes / float (ElementType.size elementType)

        match Capacity.require $"The entries of an array of shape {NdArray.print shape}" entries with
        | Ok() -> List.map int shape, bytes
        | Error failure -> Reading.malformed failure.Message

    /// The rest of the source as an array: its entries, all of them, and nothing else.
    let read elementType byteOrder order (shape: int64 list) (source: ByteSource) =
        let shape, _ = checkedShape elementType source shape
        let rows, columns = NdArray.matrixShape shape
        let entries = Matrix.Uninitialized(rows, columns)
        let bytes = Array.zeroCreate (8 * blockLength)

        let decode (block: float[]) count =
            decodeInto elementType byteOrder source bytes (block.AsSpan(0, count))

        match order with
        | FirstIndexFastest when rows > 1n && columns > 1n -> readColumns decode shape.Tail entries
        | _ -> readRows decode entries

        source.RequireEnd()
        NdArray.Unchecked(shape, entries)

    /// The shape of the rest of the source, and of its rows (slices along the first dimension) the first `rows`, as single bytes. Only
    /// what is read is known to be whole; all rows are the whole source.
    let readBytes rows (shape: int64 list) (source: ByteSource) =
        let shape, count = checkedShape ElementType.UInt8 source shape

        if count > int64 Array.MaxLength then
            Reading.malformed $"It has {count} bytes of pixels: at most {Array.MaxLength} can be read."

        let rows = min rows shape.Head
        let size = if shape.Head = 0 then 0L else count / int64 shape.Head
        let bytes = source.Bytes(rows * int size, "the entries")

        if rows = shape.Head then
            source.RequireEnd()

        shape, bytes
