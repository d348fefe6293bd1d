/// Jobs and data files to try the command line on.
module FiniteWidth.Cli.Tests.Jobs

open System
open System.IO
open System.IO.Compression
open System.Text
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Testing

/// A job that is in order: a small teacher and a network of one hidden layer.
let sound =
    [
        "data",
        """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
        "network", """{"activation": "erf", "widths": [20], "priors": [1.0, 1.0], "biases": null}"""
        "temperature", "0.01"
        "theory", "\"proportional\""
    ]

/// The examples of the sound job.
let soundSplit =
    LinearTeacher.generate
        {
            Inputs = 5
            Train = 8
            Test = 6
            Noise = 0.1
            Seed = 1UL
        }
    |> Result.orFail

let text (fields: (string * string) list) =
    let body =
        fields
        |> List.map (fun (key, value) -> $"\"{key}\": {value}")
        |> String.concat ",\n  "

    $"{{ {body} }}"

let private but (changes: (string * string) list) (fields: (string * string) list) =
    let kept =
        fields
        |> List.filter (fun (key, _) -> not (List.exists (fst >> (=) key) changes))

    kept @ changes

/// The sound job with some of its values replaced, or with others added.
let soundBut changes = sound |> but changes |> text

/// The same in the mean-field scaling, which sets the temperature and the readout's prior.
let scaledBut changes =
    sound
    |> List.filter (fst >> (<>) "temperature")
    |> but [
        "network", """{"activation": "erf", "widths": [20]}"""
        "scaling", """{"gamma": 0.5, "beta": 50}"""
    ]
    |> but changes
    |> text

let soundWithout key =
    sound |> List.filter (fst >> (<>) key) |> text

/// The arguments that predict from a job with this text.
let predict (job: string) folder =
    let path = Path.Combine(folder, "job.json")
    File.WriteAllText(path, job)
    [ "predict"; path ]

/// The arguments that fit a job with this text.
let fit job folder = "fit" :: List.tail (predict job folder)

/// The arguments that explain a job with this text.
let explain job folder =
    "explain" :: List.tail (predict job folder)

/// A .npy file, written here so that the reader is not its own judge.
let npy (descr: string) (shape: int list) (entries: byte[]) =
    let tuple = shape |> List.map (fun n -> $"{n},") |> String.concat " "
    let header = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({tuple}), }}"
    let padded = header.PadRight(64 * ((header.Length + 11) / 64 + 1) - 11) + "\n"

    Array.concat [
        [| 0x93uy |]
        Encoding.ASCII.GetBytes "NUMPY"
        [| 1uy; 0uy; byte padded.Length; byte (padded.Length >>> 8) |]
        Encoding.ASCII.GetBytes padded
        entries
    ]

let doubles (shape: int list) (values: float seq) =
    npy "<f8" shape (values |> Seq.map BitConverter.GetBytes |> Array.concat)

let singles (shape: int list) (values: float seq) =
    npy "<f4" shape (values |> Seq.map (float32 >> BitConverter.GetBytes) |> Array.concat)

let integers (shape: int list) (values: float seq) =
    npy "<i8" shape (values |> Seq.map (int64 >> BitConverter.GetBytes) |> Array.concat)

let bytes (shape: int list) (values: float seq) =
    npy "|u1" shape (values |> Seq.map byte |> Array.ofSeq)

let npz (path: string) (arrays: (string * byte[]) list) =
    use archive = ZipFile.Open(path, ZipArchiveMode.Create)

    for name, content in arrays do
        use entry = archive.CreateEntry(name + ".npy").Open()
        entry.Write(content, 0, content.Length)

/// Whole numbers from 0 to 9 that look random, the same every time.
let digits seed count =
    [
        for i in 1..count -> float ((i * i * 7 + 31 * i + seed * seed * 13 + i * seed) % 10)
    ]

/// A data set of 6 training and 4 test examples with 3 features, its arrays encoded by `encode`.
let arrays encode =
    [
        "x_train", encode [ 6; 3 ] (digits 1 18)
        "y_train", encode [ 6 ] (digits 2 6)
        "x_test", encode [ 4; 3 ] (digits 3 12)
        "y_test", encode [ 4 ] (digits 4 4)
    ]

/// The same in doubles with some arrays replaced.
let arraysBut (changes: (string * byte[]) list) =
    [
        for name, content in arrays doubles ->
            name,
            changes
            |> List.tryFind (fst >> (=) name)
            |> Option.map snd
            |> Option.defaultValue content
    ]

let npzSource = "data", """{"source": "npz", "path": "data.npz"}"""

/// The arguments that predict from an .npz file with these arrays.
let predictFrom (arrays: (string * byte[]) list) changes folder =
    npz (Path.Combine(folder, "data.npz")) arrays
    predict (soundBut (npzSource :: changes)) folder
