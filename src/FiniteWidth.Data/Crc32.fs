namespace FiniteWidth.Data

open System
open System.Runtime.InteropServices

/// The checksum of zip archives (reflected polynomial 0xEDB88320), which the framework stores but does not verify.
[<RequireQualifiedAccess>]
module internal Crc32 =

    // tables[k][b]: the effect of byte b followed by k zero bytes. Eight tables take eight bytes a step.
    let private tables =
        let single (b: int) =
            let mutable crc = uint32 b

            for _ in 1..8 do
                crc <-
                    if crc &&& 1u = 0u then
                        crc >>> 1
                    else
                        (crc >>> 1) ^^^ 0xEDB88320u

            crc

        let first = Array.init 256 single

        (first, [ 1..7 ])
        ||> List.scan (fun previous _ -> previous |> Array.map (fun crc -> (crc >>> 8) ^^^ first[int (crc &&& 0xFFu)]))
        |> List.toArray

    /// The checksum before the first byte.
    let initial = 0u

    /// The checksum after some more bytes.
    let update (bytes: ReadOnlySpan<byte>) (checksum: uint32) =
        let mutable crc = ~~~checksum
        let words = MemoryMarshal.Cast<byte, uint64> bytes

        for word in words do
            let word =
                (if BitConverter.IsLittleEndian then
                     word
                 else
                     Buffers.Binary.BinaryPrimitives.ReverseEndianness word)
                ^^^ uint64 crc

            let mutable next = 0u

            for k in 0..7 do
                next <- next ^^^ tables[7 - k][int (word >>> (8 * k)) &&& 0xFF]

            crc <- next

        for i in 8 * words.Length .. bytes.Length - 1 do
            crc <- (crc >>> 8) ^^^ tables[0][int ((crc ^^^ uint32 bytes[i]) &&& 0xFFu)]

        ~~~crc
