namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The scalar map x -> (x - mean)/deviation, the same for every feature.
type Standardization =
    {
        /// What is subtracted from inputs.
        Mean: float
        /// What inputs are divided by.
        Deviation: float
    }

/// Inputs standardised by one mean and one deviation.
[<RequireQualifiedAccess>]
module Standardization =

    let private average (f: float -> float) (matrix: Matrix) =
        let mutable total = 0.0

        for i in 0n .. matrix.Rows - 1n do
            // Row by row: the rounding error grows with the rows plus the columns, not with their product.
            let row = matrix.Row i
            let mutable sum = 0.0

            for j in 0 .. row.Length - 1 do
                sum <- sum + f row[j]

            total <- total + sum

        total / (float matrix.Rows * float matrix.Columns)

    let private isConstant (value: float) (matrix: Matrix) =
        let mutable constant = true
        let mutable i = 0n

        while constant && i < matrix.Rows do
            constant <- matrix.Row(i).IndexOfAnyExcept value < 0
            i <- i + 1n

        constant

    let internal ofMatrix (inputs: Matrix) =
        let first = inputs[0n, 0n]

        // The rounded mean of equal numbers may differ from them, so a deviation of zero is no test for constant data.
        if isConstant first inputs then
            Error(
                BadData
                    $"All {inputs.Rows * inputs.Columns} training inputs have the value {first}: constant data cannot be standardized."
            )
        else
            let mean = average id inputs
            let deviation = sqrt (average (fun x -> (x - mean) * (x - mean)) inputs)

            if Double.IsFinite deviation && deviation > 0.0 then
                Ok { Mean = mean; Deviation = deviation }
            else
                Error(
                    BadData
                        $"The standard deviation of the training inputs is {deviation}, beyond what doubles can hold: rescale them."
                )

    let internal applyInPlace (inputs: Matrix) (standardization: Standardization) =
        let { Mean = mean; Deviation = deviation } = standardization

        for i in 0n .. inputs.Rows - 1n do
            let row = inputs.Row i

            for j in 0 .. row.Length - 1 do
                row[j] <- (row[j] - mean) / deviation

    /// The mean and the population standard deviation over all entries of the inputs, which must not be constant.
    let ofInputs (data: DataSet) = ofMatrix data.Inputs

    /// (x - mean)/deviation of every entry; the given matrix stays as it is.
    let transform (inputs: Matrix) standardization =
        let inputs = inputs.Clone()
        applyInPlace inputs standardization
        inputs

    /// The training inputs and the points standardized by the mean and the standard deviation of the former; the given ones stay as they are.
    let applyToPoints (points: Points) =
        ofInputs points.Train
        |> Result.bind (fun standardization ->
            DataSet.create (transform points.Train.Inputs standardization) points.Train.Targets
            |> Result.bind (fun train -> Points.create train (transform points.Inputs standardization) points.Targets))

    /// Both sets standardized by the mean and the standard deviation of the training inputs; the given ones stay as they are.
    let apply (split: Split) =
        Points.ofSplit split |> applyToPoints |> Result.bind (Points.split None)
