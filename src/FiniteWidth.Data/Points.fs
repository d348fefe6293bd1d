namespace FiniteWidth.Data

open FiniteWidth
open FiniteWidth.Numerics

/// A training set and the points to predict at, with their targets where these are known.
[<Sealed>]
type Points private (train: DataSet, inputs: Matrix, targets: Matrix option) =

    member _.Train = train

    /// The points, Ptest x N0.
    member _.Inputs = inputs

    /// Their targets, Ptest x D.
    member _.Targets = targets

    static member internal Unchecked(train, inputs, targets) = Points(train, inputs, targets)

[<RequireQualifiedAccess>]
module Points =

    /// Of a training and a test set.
    let ofSplit (split: Split) =
        Points.Unchecked(split.Train, split.Test.Inputs, Some split.Test.Targets)

    /// Where points and training set have as many features, and their targets as many columns.
    let create (train: DataSet) (inputs: Matrix) targets =
        match targets with
        | Some targets ->
            DataSet.create inputs targets
            |> Result.bind (Split.create train)
            |> Result.map ofSplit
        | None ->
            Split.checkFeatures train.Features (int inputs.Columns)
            |> Result.map (fun () -> Points.Unchecked(train, inputs, None))

    let private noTargets =
        "It has the inputs of a test set and not its targets: a test error needs them."

    /// The training and the test set; refused where the points have no targets, with the file they are from.
    let split file (points: Points) =
        match points.Targets, file with
        | Some targets, _ -> DataSet.create points.Inputs targets |> Result.bind (Split.create points.Train)
        | None, Some file -> Error(BadFile(file, noTargets))
        | None, None -> Error(BadData noTargets)
