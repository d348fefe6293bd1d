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

    let private archive path (read: Map<string, ZipArchiveEntry> -> 'T) =
        Reading.file path (fun stream ->
            use archive = new ZipArchive(stream, ZipArchiveMode.Read)

            let entries =
                archive.Entries
                |> Seq.choose (fun entry -> keyOf entry |> Option.map (fun key -> key, entry))
                |> Seq.toList

            match entries |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1) with
            | Some(key, _) -> Reading.malformed $"It holds more than one array named {key}."
            | None -> read (Map.ofList entries))

    let private list keys =
        if Seq.isEmpty keys then
            "no arrays"
        else
            String.Join(", ", Seq.sort keys)

    /// The array of one entry; what is wrong with it is told along with its key.
    let private readEntry (key: string) (entry: ZipArchiveEntry) =
        try
            if entry.Length > ByteSource.Expanded entry.CompressedLength then
                Reading.malformed
                    $"It is said to expand from {entry.CompressedLength} to {entry.Length} bytes, which no zip file does."

            use stream = entry.Open()
            Npy.parse (ByteSource(stream, Exactly entry.Length, Some entry.Crc32))
        with
        | Malformed what -> Reading.malformed $"{key}: {what}"
        | :? InvalidDataException -> Reading.malformed $"{key}: Its compressed data is damaged."

    let private find (entries: Map<string, ZipArchiveEntry>) key =
        match Map.tryFind key entries with
        | Some entry -> readEntry key entry
        | None -> Reading.malformed $"It has no array named {key}; it has {list entries.Keys}."

    /// The names of the arrays in an archive, sorted.
    let keys path =
        archive path (fun entries -> List.ofSeq entries.Keys)

    /// The arrays of the given names, in that order; no other array is decoded.
    let read (keys: string seq) path =
        archive path (fun entries -> [ for key in keys -> find entries key ])

    let private inputs key (array: NdArray) =
        if array.Rank < 2 then
            Reading.malformed
                $"{key} has shape {NdArray.print (List.map int64 array.Shape)}: inputs are P x N0, or of higher rank with P examples along the first dimension."

        array.Entries

    let private targets key (array: NdArray) =
        if array.Rank <> 1 && array.Rank <> 2 then
            Reading.malformed $"{key} has shape {NdArray.print (List.map int64 array.Shape)}: targets are P or P x D."

        array.Entries

    let private dataSet entries part =
        let x, y = $"x_{part}", $"y_{part}"

        match DataSet.create (inputs x (find entries x)) (targets y (find entries y)) with
        | Ok data -> data
        | Error failure -> Reading.malformed $"{x} and {y}: {failure.Message}"

    /// The training and test set in the arrays x_train (P x N0; a higher rank is flattened), y_train (P or P x D), x_test
    /// and y_test, of any dtype of numbers. Entries are decoded straight into the matrices.
    let split path =
        archive path (fun entries ->
            let missing =
                [ "x_train"; "y_train"; "x_test"; "y_test" ]
                |> List.filter (fun key -> not (entries.ContainsKey key))

            if not missing.IsEmpty then
                Reading.malformed $"It lacks the arrays {list missing}; it has {list entries.Keys}."

            dataSet entries "train", dataSet entries "test")
        |> Result.bind (fun (train, test) ->
            Split.create train test
            |> Result.mapError (fun failure -> BadFile(path, failure.Message)))

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
