/// Small problems to measure networks on.
module FiniteWidth.Experiment.Tests.Measurements.Problems

open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private gaussian seed rows columns =
    let matrix = Matrix.Uninitialized(nativeint rows, nativeint columns)
    RandomStream.FromSeed(seed).Normal matrix
    matrix

/// A linear teacher with noise 0.3: P training and `test` test examples of N0 features, D outputs.
let teacher seed examples test features outputs : Split =
    let total = examples + test
    let x = gaussian seed total features
    let w = gaussian (seed + 1000UL) features outputs
    let y = gaussian (seed + 2000UL) total outputs
    LinearAlgebra.Default.Multiply(1.0 / sqrt (float features), x, false, w, false, 0.3, y)

    let part first count =
        let rows (matrix: Matrix) =
            matrix.View(nativeint first, 0n, nativeint count, matrix.Columns)

        DataSet.create (rows x) (rows y) |> Result.orFail

    Split.create (part 0 examples) (part examples test) |> Result.orFail

/// The same with the signs of the targets as labels.
let signs seed examples test features =
    let split = teacher seed examples test features 1

    let signed (data: DataSet) =
        DataSet.create
            data.Inputs
            (Matrix.Create(data.Targets.Rows, 1n, fun i _ -> if data.Targets[i, 0n] > 0.0 then 1.0 else -1.0))
        |> Result.orFail

    Split.create (signed split.Train) (signed split.Test) |> Result.orFail

let network activation widths priors =
    Network.create activation widths priors (widths |> List.map (fun _ -> None))
    |> Result.orFail

/// The standard plan with this seed and these numbers of draws.
let plan seed warmUp draws =
    { Measurement.standard with
        Settings =
            { Measurement.standard.Settings with
                Seed = seed
                WarmUp = warmUp
                Draws = draws
                Threads = 1
            }
    }

let measure plan network temperature split =
    Measurement.run plan (Architecture.FullyConnected network) temperature split
    |> Result.orFail

let scoreZ score measurement =
    let struct (loss, bias, variance) = Measurement.zScores score measurement
    [ loss; bias; variance ]

/// Of every point and output: predicted means and variances in standard errors.
let pointZ (prediction: Prediction) (points: PointEstimates) =
    let z (expected: float[,]) (value: float[,]) (error: float[,]) =
        [
            for t in 0 .. Array2D.length1 value - 1 do
                for d in 0 .. Array2D.length2 value - 1 -> (expected[t, d] - value[t, d]) / error[t, d]
        ]

    z prediction.Mean points.Mean points.MeanError
    @ z prediction.Variance points.Variance points.VarianceError

/// No excess of outliers among z-scores that come in correlated groups: of normal ones 0.27% lie beyond 3, and one in 600 000 beyond 4.8.
/// Standard errors are themselves known to about 5%, which doubles the first share at most.
let assertNoOutliers (z: float list) =
    let share = List.averageBy (fun z -> if abs z > 3.0 then 1.0 else 0.0) z
    let square = List.averageBy (fun z -> z * z) z
    Expect.isLessThan (z |> List.map abs |> List.max) 4.8 "max of z"
    // Of few z-scores one may lie beyond: which it is depends on the rounding of the machine's linear algebra.
    Expect.isLessThan share (max 0.02 (1.5 / float z.Length)) "share"
    // Means over at least fifteen independent problems, within which z-scores go together: 1 +- 0.37 at most.
    Expect.isInRange square 0.4 2.0 "square"
