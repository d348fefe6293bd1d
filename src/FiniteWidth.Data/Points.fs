namespace FiniteWidth.Data

open FiniteWidth
open FiniteWidth.Numerics

/// A training set and the points to predict at, with their targets where these are known.
[<Sealed>]
type Points private (train: DataSet, inputs: Matrix, test: DataSet option) =

    /// The training examples.
    member _.Train = train

    /// The points, Ptest x N0.
    member _.Inputs = inputs

    /// The points with their targets.
    member _.Test = test

    /// Their targets, Ptest x D.
    member _.Targets = test |> Option.map _.Targets

    static member internal Unchecked(train, inputs, test) = Points(train, inputs, test)

/// Points to predict at, with targets or without.
[<RequireQualifiedAccess>]
module Points =

    /// Of a training and a test set.
    let ofSplit (split: Split) =
        Points.Unchecked(split.Train, split.Test.Inputs, Some split.Test)

    /// Of a training and a test set that fit together.
    let labelled (train: DataSet) test =
        Split.create train test |> Result.map ofSplit

    /// Of a training set and points without targets, which have as many features.
    let unlabelled (train: DataSet) (inputs: Matrix) =
        Split.checkFeatures train.Features (int inputs.Columns)
        |> Result.map (fun () -> Points.Unchecked(train, inputs, None))

    /// Of a training set and points, with targets or without.
    let create train inputs targets =
        match targets with
        | Some targets -> DataSet.create inputs targets |> Result.bind (labelled train)
        | None -> unlabelled train inputs

    let private noTargets =
        "It has the inputs of a test set and not its targets: a test error needs them."

    /// The training and the test set; refused where the points have no targets, with the file they are from.
    let split file (points: Points) =
        match points.Test, file with
        | Some test, _ -> Split.create points.Train test
        | None, Some file -> Error(BadFile(file, noTargets))
        | None, None -> Error(BadData noTargets)
