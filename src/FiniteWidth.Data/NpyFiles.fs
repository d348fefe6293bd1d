namespace FiniteWidth.Data

open System.IO
open FiniteWidth

/// A training set and points to predict at in .npy files, an array each.
type NpyFiles =
    {
        /// x_train, P x N0; a higher rank is flattened.
        TrainInputs: string
        /// y_train, P or P x D.
        TrainTargets: string
        /// x_test.
        TestInputs: string
        /// y_test, where it is known.
        TestTargets: string option
    }

/// Examples from .npy files.
[<RequireQualifiedAccess>]
module NpyFiles =

    let private paths files =
        [
            "x_train", files.TrainInputs
            "y_train", files.TrainTargets
            "x_test", files.TestInputs
            yield! files.TestTargets |> Option.map (fun path -> "y_test", path) |> Option.toList
        ]

    // Complaints name the file that they are of.
    let private orMalformed path result =
        match result with
        | Ok value -> value
        | Error(failure: Failure) -> Reading.malformed $"{Path.GetFileName(path: string)}: {failure.Message}"

    /// The points, none of them decoded before the headers agree and `accept` has taken their numbers.
    let pointsWhere accept files =
        let paths = paths files

        let find read key =
            let path = paths |> List.find (fst >> (=) key) |> snd
            Reading.file path (ByteSource.OfFile >> read) |> orMalformed path

        match paths |> List.tryFind (snd >> File.Exists >> not) with
        | Some(_, path) -> Error(BadFile(path, "There is no such file."))
        | None ->
            Reading.guard files.TrainInputs (fun () ->
                ArrayPoints.read (List.map fst paths) accept (find Npy.shape) (find Npy.parse))
            |> ArrayPoints.ofFile files.TrainInputs

    /// The training arrays, x_train and y_train.
    let training files =
        Results.both (Npy.read files.TrainInputs) (Npy.read files.TrainTargets)
        |> Result.map (fun (inputs, targets) -> [ inputs; targets ])
