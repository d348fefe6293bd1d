namespace FiniteWidth.Cli

open System
open System.IO
open System.Security.Cryptography
open FiniteWidth
open FiniteWidth.Data

/// The files that examples come from.
[<RequireQualifiedAccess>]
module SourceFiles =

    /// Their paths, none of examples that are generated.
    let rec paths source =
        match source with
        | Source.Npz path
        | Source.Hdf5 path -> Ok [ path ]
        | Source.Csv(train, test, _) -> Ok(List.distinct [ train; test ])
        | Source.Npy files ->
            [ files.TrainInputs; files.TrainTargets; files.TestInputs ]
            @ Option.toList files.TestTargets
            |> Ok
        | Source.Mnist _ ->
            Mnist.locate ()
            |> Result.map (fun files -> [ files.TrainImages; files.TrainLabels; files.TestImages; files.TestLabels ])
        | Source.Cifar(kind, _, _, _, _, _) ->
            Cifar.locate kind
            |> Result.map (fun folder -> Directory.GetFiles(folder, "*.bin") |> Array.sort |> List.ofArray)
        | Source.Standardized(_, source)
        | Source.StandardizedTargets source
        | Source.First(_, _, source) -> paths source
        | Source.LinearTeacher _
        | Source.HiddenLayerTeacher _
        | Source.TemplateTeacher _
        | Source.RandomLabels _ -> Ok []

    let private name (path: string) = string (Path.GetFileName path)

    /// The source with the names of its files in place of their paths.
    let rec withoutFolders source =
        match source with
        | Source.Npz path -> Source.Npz(name path)
        | Source.Hdf5 path -> Source.Hdf5(name path)
        | Source.Csv(train, test, layout) -> Source.Csv(name train, name test, layout)
        | Source.Npy files ->
            Source.Npy
                {
                    TrainInputs = name files.TrainInputs
                    TrainTargets = name files.TrainTargets
                    TestInputs = name files.TestInputs
                    TestTargets = files.TestTargets |> Option.map name
                }
        | Source.Standardized(kind, source) -> Source.Standardized(kind, withoutFolders source)
        | Source.StandardizedTargets source -> Source.StandardizedTargets(withoutFolders source)
        | Source.First(train, test, source) -> Source.First(train, test, withoutFolders source)
        | source -> source

    /// The SHA-256 of a file's bytes.
    let hash (path: string) =
        let bad what = Error(BadFile(path, what))

        if FileKind.isSpecial path || Directory.Exists path then
            bad FileKind.special
        else
            try
                use stream = File.OpenRead path
                Ok(Convert.ToHexStringLower(SHA256.HashData stream))
            with
            | :? FileNotFoundException
            | :? DirectoryNotFoundException -> bad "there is no such file."
            | :? UnauthorizedAccessException -> bad "the file may not be read: its permissions forbid it."
            | :? IOException as error -> bad $"the file cannot be read ({error.Message.TrimEnd '.'})."
