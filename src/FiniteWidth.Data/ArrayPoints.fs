namespace FiniteWidth.Data

open FiniteWidth

/// A training set in the arrays x_train (P x N0; a higher rank is flattened) and y_train (P or P x D), and the points to predict at in x_test, with
/// y_test where it is there: the same in every format that holds arrays.
[<RequireQualifiedAccess>]
module internal ArrayPoints =

    let private names = [ "x_train"; "y_train"; "x_test"; "y_test" ]

    let private print (shape: int list) = NdArray.print (List.map int64 shape)

    // Of inputs of one set, where their header is right.
    let private inputSize key shape =
        if List.length shape < 2 then
            Reading.malformed
                $"{key} has shape {print shape}: inputs are P x N0, or of higher rank with P examples along the first dimension."

        NdArray.matrixShape shape

    let private targetSize key (shape: int list) =
        if shape.Length <> 1 && shape.Length <> 2 then
            Reading.malformed $"{key} has shape {print shape}: targets are P or P x D."

        NdArray.matrixShape shape

    let private orMalformed place result =
        match result with
        | Ok value -> value
        | Error(failure: Failure) -> Reading.malformed $"{place}{failure.Message}"

    // The numbers of training examples and of points that the shapes tell, once all agree with each other.
    let private sizes isLabelled shapeOf =
        let sizesOf part =
            let x, y = $"x_{part}", $"y_{part}"
            let inputs, targets = inputSize x (shapeOf x), targetSize y (shapeOf y)
            DataSet.checkSizes inputs targets |> orMalformed $"{x} and {y}: "
            inputs, targets

        let (train, features), (_, outputs) = sizesOf "train"

        if isLabelled then
            let (test, testFeatures), (_, testOutputs) = sizesOf "test"
            Split.checkFeatures (int features) (int testFeatures) |> orMalformed ""
            Split.checkOutputs (int outputs) (int testOutputs) |> orMalformed ""
            train, test
        else
            let test, testFeatures = inputSize "x_test" (shapeOf "x_test")
            Split.checkFeatures (int features) (int testFeatures) |> orMalformed ""
            train, test

    let private dataSet (arrayOf: string -> NdArray) part =
        let x, y = $"x_{part}", $"y_{part}"

        DataSet.create (arrayOf x).Entries (arrayOf y).Entries
        |> orMalformed $"{x} and {y}: "

    /// The points in arrays of which these keys are there. Nothing is decoded before the shapes agree with each other and `accept` has taken the
    /// numbers of training examples and points.
    let read (keys: string list) (accept: int -> int -> Result<unit, Failure>) shapeOf arrayOf =
        let missing = names |> List.filter (fun key -> not (List.contains key keys))
        let isLabelled = missing.IsEmpty

        if not (isLabelled || missing = [ "y_test" ]) then
            let there =
                if keys.IsEmpty then
                    "no arrays"
                else
                    Sentence.list (List.sort keys)

            Reading.malformed $"It lacks the arrays {Sentence.list (List.sort missing)}; it has {there}."

        let train, test = sizes isLabelled shapeOf

        accept (int train) (int test)
        |> Result.map (fun () ->
            let train = dataSet arrayOf "train"

            if isLabelled then
                dataSet arrayOf "test" |> Points.labelled train
            else
                let inputs = (arrayOf "x_test").Entries
                DataSet.checkInputs inputs |> orMalformed "x_test: "
                Points.unlabelled train inputs)

    /// What came of it as the file's own, complaints named after it.
    let ofFile path outcome =
        outcome
        |> Result.bind id
        |> Result.bind (Result.mapError (fun (failure: Failure) -> BadFile(path, failure.Message)))
