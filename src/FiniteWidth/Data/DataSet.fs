namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Examples, one a row: inputs X (P x N0) and targets Y (P x D), none beyond 1e150 in size, P, N0 and D at least 1.
[<Sealed>]
type DataSet private (inputs: Matrix, targets: Matrix) =

    /// X, P x N0.
    member _.Inputs = inputs

    /// Y, P x D.
    member _.Targets = targets

    /// P, the number of examples.
    member _.Count = int inputs.Rows

    /// N0, the number of input features.
    member _.Features = int inputs.Columns

    /// D, the number of targets an example has.
    member _.Outputs = int targets.Columns

    static member internal Unchecked(inputs, targets) = DataSet(inputs, targets)

/// A training and a test set of the same shape of example.
type Split =
    {
        /// The training set.
        Train: DataSet
        /// The test set.
        Test: DataSet
    }

/// Examples with their targets, checked.
[<RequireQualifiedAccess>]
module DataSet =

    // Sums of squares of numbers up to this size stay finite.
    let private largest = 1e150

    let private firstOutside (matrix: Matrix) =
        let mutable found = None
        let mutable i = 0n

        while found.IsNone && i < matrix.Rows do
            let row = matrix.Row i
            let mutable j = 0

            while found.IsNone && j < row.Length do
                if not (abs row[j] <= largest) then
                    found <- Some(i, j, row[j])

                j <- j + 1

            i <- i + 1n

        found

    let private rule value =
        if Double.IsFinite value then
            $"no value may be beyond {largest} in size"
        else
            "every value must be finite"

    /// Whether inputs and targets of so many rows and columns can be a data set: they are not empty, and have as many rows as each other.
    let checkSizes (inputRows: nativeint, features: nativeint) (targetRows: nativeint, outputs: nativeint) =
        if inputRows <> targetRows then
            Error(BadData $"There are {inputRows} inputs and {targetRows} targets: each input needs one target.")
        elif inputRows = 0n || features = 0n || outputs = 0n then
            Error(
                BadData
                    $"The inputs are {inputRows} x {features} and the targets {targetRows} x {outputs}: neither may be empty."
            )
        else
            Ok()

    /// Whether inputs are within the bounds of those of a data set.
    let checkInputs inputs =
        match firstOutside inputs with
        | Some(i, j, value) ->
            Error(BadData $"Input {i} (counted from 0) has the value {value} in feature {j}: {rule value}.")
        | None -> Ok()

    let private checkTargets targets =
        match firstOutside targets with
        | Some(i, j, value) ->
            Error(BadData $"Target {i} (counted from 0) has the value {value} in column {j}: {rule value}.")
        | None -> Ok()

    /// The number of inputs that differ from each other: no kernel of them has a higher rank.
    let distinctInputs (data: DataSet) =
        let rows = System.Collections.Generic.HashSet<string>(StringComparer.Ordinal)

        for i in 0n .. data.Inputs.Rows - 1n do
            // Adding 0 makes -0 the 0 that it equals.
            let row = data.Inputs.Row(i).ToArray() |> Array.map (fun x -> x + 0.0)

            rows.Add(String(Runtime.InteropServices.MemoryMarshal.Cast<float, char>(ReadOnlySpan row)))
            |> ignore

        rows.Count

    /// Inputs and targets as a data set, where they are within bounds, not empty, and have as many rows as each other.
    let create (inputs: Matrix) (targets: Matrix) =
        result {
            do! checkSizes (inputs.Rows, inputs.Columns) (targets.Rows, targets.Columns)
            do! checkInputs inputs
            do! checkTargets targets
            return DataSet.Unchecked(inputs, targets)
        }

    /// A data set with one target an example, from arrays: rows of inputs (P x N0) and P targets.
    let ofArrays (inputs: float[,]) (targets: float[]) =
        create (Matrix.FromArray inputs) (Matrix.FromArray(nativeint targets.Length, 1n, ReadOnlySpan targets))

    /// Raises a FailureException unless inputs to predict at have as many features as those of the training set.
    let internal requireFeatures (train: Matrix) (inputs: Matrix) =
        if inputs.Columns <> train.Columns then
            raise (
                FailureException(
                    BadData
                        $"The inputs to predict at have {inputs.Columns} features and the training inputs {train.Columns}: they must have the same."
                )
            )

    /// Column d of the targets, as an array of length P.
    let target d (data: DataSet) =
        Array.init data.Count (fun mu -> data.Targets[nativeint mu, nativeint d])

/// A training set and a test set of one problem.
[<RequireQualifiedAccess>]
module Split =

    /// Whether training and test inputs have the same number of features.
    let checkFeatures (train: int) (test: int) =
        if train = test then
            Ok()
        else
            Error(BadData $"Training inputs have {train} features and test inputs {test}: they must have the same.")

    /// Whether training and test sets have the same number of targets an example.
    let checkOutputs (train: int) (test: int) =
        if train = test then
            Ok()
        else
            Error(BadData $"Training targets have {train} columns and test targets {test}: they must have the same.")

    /// A split, where both sets have the same numbers of features and of targets.
    let create (train: DataSet) (test: DataSet) =
        result {
            do! checkFeatures train.Features test.Features
            do! checkOutputs train.Outputs test.Outputs
            return { Train = train; Test = test }
        }

type DataSet with

    /// Inputs X (P x N0) and targets Y (P x D) as a data set; a FailureException where `DataSet.create` fails.
    static member Create(inputs: Matrix, targets: Matrix) =
        DataSet.create inputs targets |> Result.orFail

    /// Inputs (P x N0) and one target an example as a data set; a FailureException where they do not fit together.
    static member FromArrays(inputs: float[,], targets: float[]) =
        DataSet.ofArrays inputs targets |> Result.orFail

    /// Inputs (P x N0) and D targets an example (P x D) as a data set; a FailureException where they do not fit together.
    static member FromArrays(inputs: float[,], targets: float[,]) =
        DataSet.Create(Matrix.FromArray inputs, Matrix.FromArray targets)

type Split with

    /// A training and a test set; a FailureException where they differ in features or targets.
    static member Create(train, test) =
        Split.create train test |> Result.orFail
