namespace FiniteWidth.Data

open System
open System.IO
open FiniteWidth

/// The binary archives of CIFAR: 32 x 32 images in colour, of 10 or 100 classes.
[<RequireQualifiedAccess>]
type Cifar =
    /// data_batch_1.bin to data_batch_5.bin and test_batch.bin.
    | Ten
    /// train.bin and test.bin; the fine labels.
    | Hundred

/// CIFAR, which is found rather than shipped.
[<RequireQualifiedAccess>]
module Cifar =

    let private side, private channels = 32, 3
    let private pixels = side * side * channels

    /// The environment variable that names the folder of the binary files.
    let folderVariable kind =
        match kind with
        | Cifar.Ten -> "FINITEWIDTH_CIFAR10"
        | Cifar.Hundred -> "FINITEWIDTH_CIFAR100"

    let private folderName kind =
        match kind with
        | Cifar.Ten -> "cifar-10-batches-bin"
        | Cifar.Hundred -> "cifar-100-binary"

    let private name kind =
        match kind with
        | Cifar.Ten -> "CIFAR-10"
        | Cifar.Hundred -> "CIFAR-100"

    // Where its author keeps it, and the MD5 checksum that he tells.
    let private archive kind =
        match kind with
        | Cifar.Ten -> "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"
        | Cifar.Hundred -> "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"

    let private site = "https://www.cs.toronto.edu/~kriz/"

    let private remedy kind =
        let command = (name kind).ToLowerInvariant()

        $"\"finitewidth fetch {command}\" gets it; or unpack {fst (archive kind)} of {site}cifar.html in the folder you work in, or set {folderVariable kind} to its folder {folderName kind}"

    let private parts kind =
        match kind with
        | Cifar.Ten -> [ for i in 1..5 -> $"data_batch_{i}.bin" ], "test_batch.bin"
        | Cifar.Hundred -> [ "train.bin" ], "test.bin"

    // Labels before the pixels of an image, the one that is used last.
    let private labels kind =
        match kind with
        | Cifar.Ten -> 1
        | Cifar.Hundred -> 2

    let private check kind folder =
        let train, test = parts kind

        if not (Directory.Exists folder) then
            Error(BadFile(folder, $"There is no such folder, and {name kind} is wanted from it: {remedy kind}."))
        else
            match
                train @ [ test ]
                |> List.filter (fun file -> not (File.Exists(Path.Combine(folder, file))))
            with
            | [] -> Ok folder
            | missing -> Error(BadFile(folder, $"{name kind} lacks {Sentence.list missing}: {remedy kind}."))

    /// The folder that the environment variable names or, where that is not set, cifar-10-batches-bin (cifar-100-binary) in or above the current
    /// folder.
    let locate kind =
        match Environment.GetEnvironmentVariable(folderVariable kind) with
        | null
        | "" ->
            match
                Folders.upwards (Directory.GetCurrentDirectory())
                |> Seq.map (fun folder -> Path.Combine(folder, folderName kind))
                |> Seq.tryFind Directory.Exists
            with
            | Some folder -> check kind folder
            | None -> Error(BadData $"{name kind} is not here: {remedy kind}.")
        | folder -> check kind folder

    /// Fetches the binary archive from its author's site and unpacks it in a folder, where `locate` finds it; the path of what was unpacked, or of what
    /// was there already.
    let fetch kind (folder: string) =
        let file, md5 = archive kind

        Archive.fetch (Uri(site + file)) md5 (folderName kind) folder
        |> Result.bind (check kind)
        |> Result.mapError (fun failure ->
            BadData $"{failure.Message} Without network, copy {file} here from where there is one, and unpack it.")

    // A colour at a time in the file, a pixel at a time in an image.
    let private images kind (paths: string list) =
        let record = labels kind + pixels

        let read path =
            Reading.file path (fun stream ->
                if stream.Length % int64 record <> 0L then
                    Reading.malformed $"It has {stream.Length} bytes: the images of {name kind} have {record} each."

                let bytes = Array.zeroCreate (int stream.Length)
                stream.ReadExactly(bytes.AsSpan())
                bytes)

        paths
        |> Result.traverse read
        |> Result.bind (fun files ->
            let bytes = Array.concat files
            let count = bytes.Length / record
            let plane = side * side

            let values =
                Array.init (count * pixels) (fun i ->
                    let image, rest = Math.DivRem(i, pixels)
                    let pixel, channel = Math.DivRem(rest, channels)
                    bytes[image * record + labels kind + channel * plane + pixel])

            LabelledImages.create
                side
                side
                channels
                values
                [| for i in 0 .. count - 1 -> int bytes[i * record + labels kind - 1] |])

    /// The training and the test images in a folder.
    let load kind (folder: string) : Result<ImageSplit, Failure> =
        let train, test = parts kind
        let inFolder file = Path.Combine(folder, file)

        Results.both (images kind (List.map inFolder train)) (images kind [ inFolder test ])
        |> Result.map (fun (train, test) -> { Train = train; Test = test })
