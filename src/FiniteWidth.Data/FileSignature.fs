namespace FiniteWidth.Data

open System
open System.IO

/// What a file is by its first bytes, where it is not the text that it was given for.
[<RequireQualifiedAccess>]
module internal FileSignature =

    let private kinds: (byte list * string) list =
        [
            [ 0x50uy; 0x4Buy; 3uy; 4uy ],
            "a zip archive, such as an Excel workbook (.xlsx) or a NumPy archive: save a workbook as CSV, and give an archive as \"npz\""
            [ 0xD0uy; 0xCFuy; 0x11uy; 0xE0uy ], "an Excel workbook (.xls): save it as CSV"
            [ 0x1Fuy; 0x8Buy ], "compressed with gzip: expand it first"
            [ 0x42uy; 0x5Auy; 0x68uy ], "compressed with bzip2: expand it first"
            [ 0xFDuy; 0x37uy; 0x7Auy; 0x58uy; 0x5Auy ], "compressed with xz: expand it first"
            [ 0x28uy; 0xB5uy; 0x2Fuy; 0xFDuy ], "compressed with zstd: expand it first"
            [ 0x93uy; 0x4Euy; 0x55uy; 0x4Duy ], "a NumPy array (.npy), not text"
            [ 0x89uy; 0x48uy; 0x44uy; 0x46uy ], "an HDF5 file, not text"
            [ 0x25uy; 0x50uy; 0x44uy; 0x46uy ], "a PDF document, not a table"
            [ 0x7Buy; 0x5Cuy; 0x72uy; 0x74uy ], "a document in rich text, not a table: save it as plain text"
        ]

    let private isMarked (head: byte[]) =
        match head with
        | [||]
        | [| _ |] -> false
        | _ -> (head[0] = 0xFFuy && head[1] = 0xFEuy) || (head[0] = 0xFEuy && head[1] = 0xFFuy)

    /// Fails where the stream, from its beginning, is no text; it is then at its beginning again.
    let requireText (stream: Stream) =
        let head = Array.zeroCreate 512

        let count =
            stream.ReadAtLeast(head.AsSpan(), head.Length, throwOnEndOfStream = false)

        stream.Position <- 0L
        let head = Array.truncate count head

        match
            kinds
            |> List.tryFind (fun (signature, _) -> List.ofArray (Array.truncate signature.Length head) = signature)
        with
        | Some(_, what) -> Reading.malformed $"It is {what}."
        | None when Array.contains 0uy head && not (isMarked head) ->
            Reading.malformed "It has zero bytes, so it is no text in UTF-8: save it as UTF-8."
        | None -> ()
