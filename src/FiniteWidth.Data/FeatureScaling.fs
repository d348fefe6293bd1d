namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The map x -> (x - mean)/deviation with a mean and a deviation of each column.
[<NoComparison>]
type FeatureScaling =
    {
        /// What is subtracted, a number a feature.
        Means: float[]
        /// 1 for a column that is constant.
        Deviations: float[]
    }

/// Inputs standardised feature by feature.
[<RequireQualifiedAccess>]
module FeatureScaling =

    /// The mean and the population standard deviation of each column, which `what` are.
    let ofColumns what (matrix: Matrix) =
        let count, columns = float matrix.Rows, int matrix.Columns

        let average (f: int -> float -> float) =
            let sums = Array.zeroCreate columns

            for i in 0n .. matrix.Rows - 1n do
                let row = matrix.Row i

                for j in 0 .. columns - 1 do
                    sums[j] <- sums[j] + f j row[j]

            sums |> Array.map (fun sum -> sum / count)

        let means = average (fun _ x -> x)
        let variances = average (fun j x -> (x - means[j]) * (x - means[j]))

        // The rounded mean of equal numbers may differ from them.
        let isConstant j =
            let first = matrix[0n, nativeint j]
            Seq.forall (fun i -> matrix[nativeint i, nativeint j] = first) (seq { 0 .. int matrix.Rows - 1 })

        let deviations =
            variances |> Array.mapi (fun j v -> if isConstant j then 1.0 else sqrt v)

        match deviations |> Array.tryFindIndex (fun d -> not (Double.IsFinite d && d > 0.0)) with
        | Some j ->
            Error(
                BadData
                    $"The standard deviation of column {j} (counted from 0) of the {what} is {deviations[j]}, beyond what doubles can hold: rescale it."
            )
        | None ->
            Ok
                {
                    Means = means
                    Deviations = deviations
                }

    /// (x - mean)/deviation of every entry; the given matrix stays as it is.
    let transform scaling (matrix: Matrix) =
        Matrix.Create(
            matrix.Rows,
            matrix.Columns,
            fun i j -> (matrix[i, j] - scaling.Means[int j]) / scaling.Deviations[int j]
        )

    /// The training inputs and the points standardized feature by feature, by the training inputs; the given ones stay as they are. A feature that is
    /// constant in the training set is only shifted.
    let applyToPoints (points: Points) =
        result {
            let! scaling = ofColumns "training inputs" points.Train.Inputs

            let! train =
                DataSet.create (transform scaling points.Train.Inputs) points.Train.Targets

            return! Points.create train (transform scaling points.Inputs) points.Targets
        }
