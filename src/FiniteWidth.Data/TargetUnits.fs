namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The units of targets that were standardized, y' = (y - mean)/scale: a mean of each column, and one scale, so that what is averaged over columns can be given in
/// the units of y again.
[<NoComparison>]
type TargetUnits =
    {
        /// What is subtracted from targets, a number an output.
        Means: float[]
        /// The root mean square of the columns' population standard deviations.
        Scale: float
        /// P D, the number of training targets.
        Count: int
    }

/// Targets standardised, and answers put back into their units.
[<RequireQualifiedAccess>]
module TargetUnits =

    let private ofTargets (train: DataSet) =
        FeatureScaling.ofColumns "training targets" train.Targets
        |> Result.bind (fun columns ->
            let squares =
                [
                    for i in 0n .. train.Targets.Rows - 1n do
                        for j in 0n .. train.Targets.Columns - 1n do
                            let distance = train.Targets[i, j] - columns.Means[int j]
                            distance * distance
                ]

            let scale = sqrt (List.average squares)
            let first = train.Targets[0n, 0n]

            if
                Seq.forall
                    (fun d -> Array.forall ((=) first) (DataSet.target d train))
                    (seq { 0 .. train.Outputs - 1 })
            then
                Error(BadData $"All training targets have the value {first}: constant targets cannot be standardized.")
            elif Double.IsFinite scale && scale > 0.0 then
                Ok
                    {
                        Means = columns.Means
                        Scale = scale
                        Count = train.Count * train.Outputs
                    }
            else
                Error(
                    BadData
                        $"The standard deviation of the training targets is {scale}, beyond what doubles can hold: rescale them."
                ))

    let private standardize units (targets: Matrix) =
        Matrix.Create(targets.Rows, targets.Columns, fun i j -> (targets[i, j] - units.Means[int j]) / units.Scale)

    /// Points with their targets standardized by those of the training set, and the units of the latter.
    let applyToPoints (points: Points) =
        result {
            let! units = ofTargets points.Train

            let! train =
                DataSet.create points.Train.Inputs (standardize units points.Train.Targets)

            let! points =
                Points.create train points.Inputs (Option.map (standardize units) points.Targets)

            return points, units
        }

    /// Standardized targets in their own units again.
    let restore units (targets: Matrix) =
        Matrix.Create(targets.Rows, targets.Columns, fun i j -> units.Means[int j] + units.Scale * targets[i, j])

    /// A mean square of standardized targets, such as a loss or an error of one, in their own units.
    let square units (value: float) = units.Scale * units.Scale * value

    /// The same of a loss with its parts.
    let score units (score: Score) =
        {
            Loss = square units score.Loss
            Bias = square units score.Bias
            Variance = square units score.Variance
        }

    /// log p(y | X) of y in its own units.
    let logEvidence units (value: float) =
        value - float units.Count * log units.Scale

    /// The laws of f at points (points x outputs) in the units of y.
    let laws units (laws: PredictiveLaw[,]) =
        laws
        |> Array2D.mapi (fun _ d law -> PredictiveLaw.Rescaled(law, units.Means[d], units.Scale))
