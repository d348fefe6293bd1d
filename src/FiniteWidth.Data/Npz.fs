namespace FiniteWidth.Data

open System
open System.IO
open System.IO.Compression
open FiniteWidth

/// numpy's .npz files: a zip archive (stored or deflated) of named .npy arrays.
[<RequireQualifiedAccess>]
module Npz =

    let private extension = ".npy"

    let private keyOf (entry: ZipArchiveEntry) =
        if entry.FullName.EndsWith(extension, StringComparison.Ordinal) then
            Some(entry.FullName.Substring(0, entry.FullName.Length - extension.Length))
        else
            None

    let private archive path (read: FileStream -> Map<string, ZipArchiveEntry> -> 'T) =
        Reading.file path (fun stream ->
            use archive = new ZipArchive(stream, ZipArchiveMode.Read)

            let entries =
                archive.Entries
                |> Seq.choose (fun entry -> keyOf entry |> Option.map (fun key -> key, entry))
                |> Seq.toList

            match entries |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1) with
            | Some(key, _) -> Reading.malformed $"It holds more than one array named {key}."
            | None -> read stream (Map.ofList entries))

    let private list keys =
        if Seq.isEmpty keys then
            "no arrays"
        else
            Sentence.list (Seq.sort keys)

    let private readable = [ "stored"; "deflate"; "deflate64" ]

    /// What `read` makes of one entry; what is wrong with it is told along with its key.
    let private readEntry (file: FileStream) read (key: string) (entry: ZipArchiveEntry) =
        try
            if entry.IsEncrypted then
                Reading.malformed "It is encrypted: save the archive without a password."

            if entry.CompressedLength > file.Length then
                Reading.malformed
                    $"It is said to have {entry.CompressedLength} bytes in a file of {file.Length}: the file is damaged."

            if entry.Length > ByteSource.Expanded entry.CompressedLength then
                Reading.malformed
                    $"It is said to expand from {entry.CompressedLength} to {entry.Length} bytes, which no zip file does."

            use stream = entry.Open()

            ByteSource.OfEntry(stream, entry.Length, entry.CompressedLength, entry.Crc32)
            |> read
        with
        | Malformed what -> Reading.malformed $"{key}: {what}"
        | :? InvalidDataException ->
            match ZipMethods.tryFind entry.FullName file with
            | Some method when not (List.contains method readable) ->
                Reading.malformed
                    $"{key}: It is compressed with {method}, which is not supported: save it with numpy.savez or numpy.savez_compressed."
            | _ -> Reading.malformed $"{key}: Its compressed data is damaged."

    let private find file read (entries: Map<string, ZipArchiveEntry>) key =
        match Map.tryFind key entries with
        | Some entry -> readEntry file read key entry
        | None -> Reading.malformed $"It has no array named {key}; it has {list entries.Keys}."

    /// The names of the arrays in an archive, sorted.
    let keys path =
        archive path (fun _ entries -> List.ofSeq entries.Keys)

    /// The arrays of the given names, in that order; no other array is decoded.
    let read (keys: string seq) path =
        archive path (fun file entries -> [ for key in keys -> find file Npy.parse entries key ])

    /// The training set in the arrays x_train (P x N0; a higher rank is flattened) and y_train (P or P x D), and the points to predict at in
    /// x_test, with y_test where the archive has it; of any dtype of numbers. Nothing is decoded before the headers agree with each other and
    /// `accept` has taken the numbers of training examples and points; then entries are decoded straight into the matrices.
    let pointsWhere (accept: int -> int -> Result<unit, Failure>) path =
        archive path (fun file entries ->
            ArrayPoints.read
                (List.ofSeq entries.Keys)
                accept
                (find file Npy.shape entries)
                (find file Npy.parse entries))
        |> ArrayPoints.ofFile path

    /// The training and test set in the arrays x_train (P x N0; a higher rank is flattened), y_train (P or P x D), x_test
    /// and y_test, of any dtype of numbers.
    let split path =
        pointsWhere (fun _ _ -> Ok()) path |> Result.bind (Points.split (Some path))

    /// Writes named arrays as doubles into a deflated archive, whole or not at all; the names differ and are not empty.
    let write path (arrays: (string * NdArray) seq) =
        let arrays = List.ofSeq arrays

        match
            arrays
            |> List.countBy fst
            |> List.tryFind (fun (key, count) -> count > 1 || String.IsNullOrWhiteSpace key)
        with
        | Some(key, 1) -> Error(BadFile(path, $"An array is named '{key}': a name may not be empty."))
        | Some(key, count) -> Error(BadFile(path, $"{count} arrays are named {key}: names must differ."))
        | None ->
            AtomicFile.write path (fun stream ->
                use archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen = true)

                for key, array in arrays do
                    let entry = archive.CreateEntry(key + extension, CompressionLevel.Fastest)
                    // The same arrays make the same bytes: the time of writing is left out.
                    entry.LastWriteTime <- DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)
                    use target = new BufferedStream(entry.Open(), 1 <<< 16)
                    Npy.writeTo target array)
