namespace FiniteWidth.Data

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

/// The IDX format of MNIST: two zero bytes, the element type, the rank, big-endian lengths, big-endian entries; the file
/// may be compressed with gzip, whatever its name.
[<RequireQualifiedAccess>]
module Idx =

    let private elementType (code: byte) =
        match code with
        | 0x08uy -> ElementType.UInt8
        | 0x09uy -> ElementType.Int8
        | 0x0Buy -> ElementType.Int16
        | 0x0Cuy -> ElementType.Int32
        | 0x0Duy -> ElementType.Float32
        | 0x0Euy -> ElementType.Float64
        | _ ->
            Reading.malformed
                $"The element type 0x{code:X2} is none of IDX: 0x08 (unsigned byte), 0x09, 0x0B, 0x0C (integers), 0x0D or 0x0E (floating point)."

    let private header (source: ByteSource) =
        let magic = source.Bytes(4, "the magic number")

        if magic[0] <> 0uy || magic[1] <> 0uy then
            Reading.malformed
                $"It starts with the bytes {Convert.ToHexString magic}: an IDX file starts with two zero bytes, the element type and the rank."

        let elementType = elementType magic[2]

        if magic[3] = 0uy then
            Reading.malformed "Its rank is 0: an IDX file has at least one dimension."

        let lengths = source.Bytes(4 * int magic[3], "the lengths of the dimensions")

        elementType,
        [
            for d in 0 .. int magic[3] - 1 ->
                int64 (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(lengths, 4 * d, 4)))
        ]

    let private isGzip (stream: FileStream) =
        let compressed = stream.ReadByte() = 0x1F && stream.ReadByte() = 0x8B
        stream.Position <- 0L
        compressed

    let private parse (read: ByteSource -> 'T) path =
        Reading.file path (fun stream ->
            if isGzip stream then
                use expanded = new GZipStream(stream, CompressionMode.Decompress)
                read (ByteSource.OfGzip(expanded, stream.Length))
            else
                read (ByteSource.OfFile stream))

    /// The array in an IDX file of any element type and rank, plain or compressed.
    let read path =
        path
        |> parse (fun source ->
            let elementType, shape = header source
            Elements.read elementType BigEndian LastIndexFastest shape source)

    /// The shape of an IDX file of unsigned bytes and the entries of its first `rows` rows, not widened.
    let internal readBytes rows path =
        path
        |> parse (fun source ->
            match header source with
            | ElementType.UInt8, shape -> Elements.readBytes rows shape source
            | other, _ -> Reading.malformed $"Its elements are {other}: images and labels are unsigned bytes.")
