namespace FiniteWidth.Data

open System
open System.Buffers.Binary
open System.IO
open System.Text

/// How the entries of a zip archive are compressed, which the framework does not tell.
[<RequireQualifiedAccess>]
module internal ZipMethods =

    let private endSignature, private entrySignature = 0x06054B50u, 0x02014B50u

    // The record at the end of an archive has 22 bytes, and a comment of up to 65535 after it.
    let private tail (stream: Stream) =
        let count = int (min stream.Length (22L + 65535L))
        let bytes = Array.zeroCreate<byte> count
        stream.Position <- stream.Length - int64 count
        stream.ReadExactly(bytes.AsSpan())
        bytes

    let private word16 (bytes: byte[]) at =
        int (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(bytes, at, 2)))

    let private word32 (bytes: byte[]) at =
        BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(bytes, at, 4))

    let private nameOf method =
        match method with
        | 0 -> "stored"
        | 8 -> "deflate"
        | 9 -> "deflate64"
        | 12 -> "bzip2"
        | 14 -> "LZMA"
        | 20
        | 93 -> "zstd"
        | 95 -> "xz"
        | 98 -> "PPMd"
        | other -> $"method {other}"

    /// The compression method of the entry of that name, where the archive's directory says it.
    let tryFind (name: string) (stream: Stream) =
        let bytes = tail stream

        let ending =
            seq { bytes.Length - 22 .. -1 .. 0 }
            |> Seq.tryFind (fun at -> word32 bytes at = endSignature)

        match ending with
        | None -> None
        | Some at ->
            let start, length = int64 (word32 bytes (at + 16)), word32 bytes (at + 12)

            if start + int64 length > stream.Length then
                None
            else
                let directory = Array.zeroCreate<byte>(int length)
                stream.Position <- start
                stream.ReadExactly(directory.AsSpan())

                let rec search at =
                    if at + 46 > directory.Length || word32 directory at <> entrySignature then
                        None
                    else
                        let nameLength = word16 directory (at + 28)

                        let rest = word16 directory (at + 30) + word16 directory (at + 32)

                        if
                            at + 46 + nameLength <= directory.Length
                            && Encoding.UTF8.GetString(directory, at + 46, nameLength) = name
                        then
                            Some(nameOf (word16 directory (at + 10)))
                        else
                            search (at + 46 + nameLength + rest)

                search 0
