namespace FiniteWidth.Data

open System
open System.Buffers.Binary
open System.IO
open System.Runtime.InteropServices
open System.Text
open FiniteWidth
open FiniteWidth.Numerics

/// numpy's .npy files: one array of numbers of any dtype, rank, byte order and entry order.
[<RequireQualifiedAccess>]
module Npy =

    let private magic = Array.append [| 0x93uy |] "NUMPY"B
    let private longestHeader = 1 <<< 20

    let private headerText (source: ByteSource) =
        let start = source.Bytes(8, "the magic number")

        if start.AsSpan(0, 6).SequenceEqual(ReadOnlySpan magic) |> not then
            Reading.malformed
                $"It starts with the bytes {Convert.ToHexString(start, 0, 6)}: a .npy file starts with 93 and NUMPY."

        let length =
            match start[6], start[7] with
            | 1uy, 0uy -> int64 (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(source.Bytes(2, "the header"))))
            | (2uy | 3uy), 0uy ->
                int64 (BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(source.Bytes(4, "the header"))))
            | major, minor ->
                Reading.malformed $"Its format version is {major}.{minor}: versions 1.0, 2.0 and 3.0 can be read."

        if length > int64 longestHeader then
            Reading.malformed $"Its header is said to have {length} bytes: no array needs more than {longestHeader}."

        // Version 3.0 differs from 2.0 in that its header is UTF-8 rather than Latin-1; what can be read is ASCII.
        Encoding.UTF8.GetString(source.Bytes(int length, "the header"))

    /// The shape of the array that follows, which the source can hold as far as its size tells.
    let internal shape (source: ByteSource) =
        let header = NpyHeader.parse (headerText source)
        Elements.checkedShape header.ElementType source header.Shape |> fst

    let internal parse (source: ByteSource) =
        let header = NpyHeader.parse (headerText source)
        Elements.read header.ElementType header.ByteOrder header.Order header.Shape source

    let internal writeTo (stream: Stream) (array: NdArray) =
        let preamble = magic.Length + 4
        let header = NpyHeader.print array.Shape
        // The entries start at a multiple of 64 bytes, and the header ends in a line feed.
        let padded =
            header.PadRight(64 * ((preamble + header.Length) / 64 + 1) - preamble - 1)
            + "\n"

        stream.Write(ReadOnlySpan magic)
        stream.Write(ReadOnlySpan [| 1uy; 0uy; byte padded.Length; byte (padded.Length >>> 8) |])
        stream.Write(ReadOnlySpan(Encoding.ASCII.GetBytes padded))
        let entries: Matrix = array.Entries

        for i in 0n .. entries.Rows - 1n do
            if BitConverter.IsLittleEndian then
                stream.Write(Span.op_Implicit (MemoryMarshal.AsBytes(entries.Row i)): ReadOnlySpan<byte>)
            else
                let bytes = Array.zeroCreate (8 * int entries.Columns)
                let row = entries.Row i

                for j in 0 .. row.Length - 1 do
                    BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8 * j), row[j])

                stream.Write(ReadOnlySpan bytes)

    /// The array in a .npy file. Integers beyond 2^53 are rounded; arrays of Python objects are refused.
    let read path =
        Reading.file path (fun stream -> parse (ByteSource.OfFile stream))

    /// Writes an array as doubles in C order (format 1.0), whole or not at all.
    let write path (array: NdArray) =
        AtomicFile.write path (fun stream -> writeTo stream array)
