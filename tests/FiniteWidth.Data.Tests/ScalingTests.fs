module FiniteWidth.Data.Tests.ScalingTests

open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private points () =
    let train =
        DataSet.create
            (matrixOf [ [ 1.0; 7.0; 0.0 ]; [ 3.0; 7.0; 10.0 ]; [ 8.0; 7.0; -4.0 ] ])
            (matrixOf [ [ 100.0; 2.0 ]; [ 300.0; 4.0 ]; [ 500.0; 0.0 ] ])
        |> ok

    Points.create train (matrixOf [ [ 2.0; 9.0; 1.0 ] ]) (Some(matrixOf [ [ 400.0; 1.0 ] ]))
    |> ok

let tests =
    testList "Scaling" [
        test "each feature has mean 0 and deviation 1 over the training inputs, a constant one is only shifted" {
            let scaled = points () |> FeatureScaling.applyToPoints |> ok

            for j in [ 0; 2 ] do
                let mean, deviation =
                    moments [| for i in 0..2 -> scaled.Train.Inputs[nativeint i, nativeint j] |]

                Expect.within 1e-15 mean 0.0 "mean"
                Expect.within 1e-15 deviation 1.0 "deviation"

            Expect.equal [ for i in 0..2 -> scaled.Train.Inputs[nativeint i, 1n] ] [ 0.0; 0.0; 0.0 ] "constant"
            let mean, deviation = moments [| 1.0; 3.0; 8.0 |]
            Expect.within 1e-15 scaled.Inputs[0n, 0n] ((2.0 - mean) / deviation) "a point, by the training inputs"
            Expect.equal scaled.Inputs[0n, 1n] 2.0 "a constant feature that differs at a point"
            Expect.equal (entries scaled.Train.Targets) (entries (points ()).Train.Targets) "targets"
        }

        test "targets lose their means and one scale, and get them back" {
            let given = points ()
            let scaled, units = TargetUnits.applyToPoints given |> ok
            let _, first = moments [| 100.0; 300.0; 500.0 |]
            let _, second = moments [| 2.0; 4.0; 0.0 |]
            Expect.within 1e-12 units.Scale (sqrt ((first * first + second * second) / 2.0)) "scale"
            Expect.within 1e-12 (Array.averageBy (fun y -> y * y) (entries scaled.Train.Targets)) 1.0 "mean square"

            let restored = TargetUnits.restore units scaled.Targets.Value

            for restored, given in Seq.zip (entries restored) (entries given.Targets.Value) do
                Expect.within 1e-12 restored given "a test target"
        }

        test "laws, losses and evidence are in the units of the targets again" {
            let units =
                {
                    Means = [| 10.0 |]
                    Scale = 4.0
                    Count = 5
                }

            let law =
                (TargetUnits.laws units (array2D [ [ PredictiveLaw.Gaussian(0.5, 0.25) ] ]))[0, 0]

            let same = PredictiveLaw.Gaussian(12.0, 1.0)
            Expect.equal law.Mean same.Mean "mean"
            Expect.equal law.Deviation same.Deviation "deviation"
            Expect.within 1e-12 (law.Quantile 0.9) (same.Quantile 0.9) "quantile"
            Expect.within 1e-12 (law.Above 11.0) (same.Above 11.0) "above"
            Expect.equal (TargetUnits.square units 2.0) 32.0 "a loss"
            // The density of y = 4 y' is a quarter of that of y', five times.
            Expect.within 1e-12 (TargetUnits.logEvidence units 1.0) (1.0 - 5.0 * log 4.0) "evidence"
        }

        test "constant targets have no scale" {
            let train =
                DataSet.ofArrays (array2D [ [ 1.0 ]; [ 2.0 ]; [ 4.0 ] ]) [| 0.1; 0.1; 0.1 |]
                |> ok

            let points = Points.unlabelled train (matrixOf [ [ 1.0 ] ]) |> ok
            Expect.stringContains (sentence (TargetUnits.applyToPoints points)) "constant targets cannot" "sentence"
        }
    ]
