namespace FiniteWidth.Data

open System
open System.IO
open System.IO.Compression

/// What is known, before they are read, about the number of bytes of a source.
type internal ByteCount =
    | Exactly of int64
    | AtMost of int64

/// Bytes read once, from first to last, with sizes checked before anything is allocated for them.
[<Sealed>]
type internal ByteSource(stream: Stream, size: ByteCount, compressed: int64 option, checksum: uint32 option) =

    // No deflate stream expands by more than this factor.
    static let maximalExpansion = 1032L

    // Beyond this size, what expands by this factor is a trap, or a table of zeros, far more often than data.
    static let suspectSize, suspectExpansion = 1L <<< 28, 100L

    let mutable position = 0L
    let mutable actual = Crc32.initial

    /// A bound on what so many compressed bytes can expand to.
    static member Expanded(compressed: int64) = maximalExpansion * (compressed + 1L)

    static member OfFile(file: FileStream) =
        ByteSource(file, Exactly(file.Length - file.Position), None, None)

    /// The expanded bytes of a gzip file: nothing but reading them can tell how many there are.
    static member OfGzip(expanded: GZipStream, compressed: int64) =
        ByteSource(expanded, AtMost(ByteSource.Expanded compressed), Some compressed, None)

    /// One deflated entry of a zip archive.
    static member OfEntry(expanded: Stream, length: int64, compressed: int64, checksum: uint32) =
        ByteSource(expanded, Exactly length, Some compressed, Some checksum)

    /// Fills the target, or fails because the data ends before it is full; `part` says what was being read.
    member _.Fill(target: Span<byte>, part: string) =
        let read = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream = false)
        position <- position + int64 read

        if read < target.Length then
            Reading.malformed $"The data ends after {position} bytes, within {part}: the file is truncated."

        if checksum.IsSome then
            actual <- Crc32.update (Span.op_Implicit target) actual

    member source.Bytes(count: int, part: string) =
        source.Require(int64 count, part)
        let bytes = GC.AllocateUninitializedArray<byte> count
        source.Fill(bytes.AsSpan(), part)
        bytes

    /// Fails unless `bytes` more can follow.
    member _.Require(bytes: int64, part: string) =
        match size with
        | Exactly total when bytes > total - position ->
            Reading.malformed
                $"It needs {bytes} bytes for {part} and {total - position} follow: the file is truncated or its header is wrong."
        | AtMost total when bytes > total - position ->
            Reading.malformed
                $"It needs {bytes} bytes for {part}, more than the compressed file can hold: its header is wrong."
        | _ -> ()

        match compressed with
        | Some packed when bytes > suspectSize && bytes > suspectExpansion * packed ->
            Reading.malformed
                $"It expands from {packed} to {bytes} bytes, as traps and empty tables do: save it without compression if it is meant so."
        | _ -> ()

    /// Fails unless all bytes have been read and, where a checksum is known, unless they have it.
    member _.RequireEnd() =
        let mutable extra = 0uy

        if stream.Read(Span<byte>(&extra)) > 0 then
            let excess =
                match size with
                | Exactly total -> $"{total - position} bytes follow"
                | AtMost _ -> "More bytes follow"

            Reading.malformed $"{excess} the {position} that the header accounts for: the file or its header is wrong."

        match size with
        | Exactly total when total > position ->
            Reading.malformed $"It is said to have {total} bytes and has {position}: the file is damaged."
        | _ -> ()

        match checksum with
        | Some expected when expected <> actual ->
            Reading.malformed
                $"Its entries have the checksum {actual:X8} where {expected:X8} is recorded: the file is damaged."
        | _ -> ()
