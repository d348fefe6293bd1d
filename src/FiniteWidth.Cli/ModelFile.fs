namespace FiniteWidth.Cli

open System
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open System.Text
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data

/// A job with its training data in one file, which predicts at new points without either: a zip archive of what identifies it (model.json), the
/// job as it was understood (job.json) and the training data (train.csv, or train.npz with x_train and y_train).
[<RequireQualifiedAccess>]
module ModelFile =

    let private format = 1
    let private table, private arrays = "train.csv", "train.npz"
    let private training = [ "x_train"; "y_train" ]

    // Nothing is unpacked that is larger than a training set can be.
    let private largest = 1L <<< 33

    let private keptArrays folder read =
        let kept = Path.Combine(folder, arrays)

        read
        |> Result.bind (fun read -> Npz.write kept (List.zip training read))
        |> Result.map (fun () -> arrays, kept)

    let rec private trainingData folder source =
        match source with
        | Source.Csv(train, _, _) -> Ok(table, train)
        | Source.Npz path -> Npz.read training path |> keptArrays folder
        | Source.Npy files -> NpyFiles.training files |> keptArrays folder
        | Source.Hdf5 path -> Hdf5.training path |> keptArrays folder
        | Source.Standardized(_, source)
        | Source.StandardizedTargets source
        | Source.First(_, _, source) -> trainingData folder source
        | _ ->
            Error(
                Unsupported
                    "A model keeps training data of one's own, \"npz\", \"npy\", \"hdf5\", \"csv\" or \"parquet\": images and teachers can be had anew, predict from the job."
            )

    let private hashOf (parts: byte[] list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for part in parts do
            hash.AppendData(BitConverter.GetBytes part.LongLength)
            hash.AppendData part

        Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant()

    let private identity (hash: string) =
        Tree.Object
            [
                "format", Tree.count format
                "version", Tree.Word Provenance.version
                "sha256", Tree.Word hash
            ]
        |> Tree.text
        |> Encoding.UTF8.GetBytes

    // What `f` makes of a new folder, which is gone afterwards.
    let private inFolder (f: string -> 'T) =
        let folder = Directory.CreateTempSubdirectory "finitewidth-model-"

        try
            f folder.FullName
        finally
            folder.Delete true

    /// Writes a job with its training data, whole or not at all.
    let save path (job: Job) =
        inFolder (fun folder ->
            result {
                let! name, file = trainingData folder job.Source
                let text, data = Encoding.UTF8.GetBytes(JobWriter.text job), File.ReadAllBytes file

                return!
                    AtomicFile.write path (fun stream ->
                        use archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen = true)

                        for name, bytes in
                            [ "model.json", identity (hashOf [ text; data ]); "job.json", text; name, data ] do
                            let entry = archive.CreateEntry(name, CompressionLevel.Fastest)
                            // The same model makes the same bytes.
                            entry.LastWriteTime <- DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)
                            use target = entry.Open()
                            target.Write(bytes, 0, bytes.Length))
            })

    let private content path (entry: ZipArchiveEntry | null) =
        match entry with
        | null -> Error(BadFile(path, "It is not a model: finitewidth predict JOB --save MODEL makes one."))
        | entry when entry.Length > largest ->
            Error(BadFile(path, $"{entry.Name} is said to have {entry.Length} bytes."))
        | entry ->
            use source = entry.Open()
            use bytes = new MemoryStream()
            source.CopyTo bytes
            Ok(bytes.ToArray())

    let private check path hash (identity: byte[]) =
        try
            use document = JsonDocument.Parse(ReadOnlyMemory identity)
            let root = document.RootElement

            match root.TryGetProperty "format", root.TryGetProperty "sha256" with
            | (true, known), _ when known.ValueKind = JsonValueKind.Number && known.GetRawText() <> string format ->
                Error(BadFile(path, $"It is a model of format {known.GetRawText()}, and this program reads {format}."))
            | (true, _), (true, told) when told.ValueKind = JsonValueKind.String && told.GetString() = hash -> Ok()
            | _ -> Error(BadFile(path, "It is damaged: its contents are not those that it was saved with."))
        with
        | :? JsonException
        | :? InvalidOperationException -> Error(BadFile(path, "It is damaged: model.json is not valid JSON."))

    // The inputs of new points: a table like the training table, an array, or x_test (or x) of an archive.
    let private newInputs (points: string) =
        if points.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) then
            Npy.read points
        else
            Npz.keys points
            |> Result.bind (fun keys ->
                match List.filter (fun key -> List.contains key keys) [ "x_test"; "x" ] with
                | key :: _ -> Npz.read [ key ] points |> Result.map List.head
                | [] -> Error(BadFile(points, "It has neither an array x_test nor x: the new points are one of them.")))

    let rec private withPoints folder points source =
        match source with
        | Source.Csv(_, _, layout) -> Ok(Source.Csv(Path.Combine(folder, table), points, layout))
        | Source.Standardized(kind, source) ->
            withPoints folder points source
            |> Result.map (fun source -> Source.Standardized(kind, source))
        | Source.StandardizedTargets source -> withPoints folder points source |> Result.map Source.StandardizedTargets
        | Source.First(train, _, source) ->
            withPoints folder points source
            |> Result.map (fun source -> Source.First(train, None, source))
        | _ ->
            result {
                let! train = Npz.read training (Path.Combine(folder, arrays))
                let! inputs = newInputs points
                let joined = Path.Combine(folder, "joined.npz")
                do! Npz.write joined (List.zip training train @ [ "x_test", inputs ])
                return Source.Npz joined
            }

    // The source as its owner knows it: the training data where they were, the points where they are.
    let rec private told points source =
        match source with
        | Source.Csv(train, _, layout) -> Source.Csv(train, points, layout)
        | Source.Standardized(kind, source) -> Source.Standardized(kind, told points source)
        | Source.StandardizedTargets source -> Source.StandardizedTargets(told points source)
        | Source.First(train, _, source) -> Source.First(train, None, told points source)
        | source -> source

    // Unpacks what is where it belongs and what it was.
    let private unpack path folder =
        try
            use archive = ZipFile.OpenRead path
            let part (name: string) = content path (archive.GetEntry name)

            result {
                let! identity = part "model.json"
                let! job = part "job.json"
                let name = if isNull (archive.GetEntry table) then arrays else table
                let! data = part name
                do! check path (hashOf [ job; data ]) identity
                File.WriteAllBytes(Path.Combine(folder, name), data)
                let file = Path.Combine(folder, "job.json")
                File.WriteAllBytes(file, job)
                return file
            }
        with
        | :? InvalidDataException ->
            Error(BadFile(path, "It is not a model: finitewidth predict JOB --save MODEL makes one."))
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> Error(BadFile(path, "There is no such file."))

    /// What `predict` makes of a model's job, its data those of the model and the points those of a file, and of its source as its owner knows it.
    let apply path (points: string) (predict: Source -> Job -> Result<'T, Failure>) =
        if FileKind.isSpecial path || Directory.Exists path then
            Error(BadFile(path, FileKind.special))
        else
            inFolder (fun folder ->
                result {
                    let! file = unpack path folder
                    let! job = JobFile.readPrediction file
                    let! source = withPoints folder points job.Source
                    return! predict (told points job.Source) { job with Source = source }
                })
