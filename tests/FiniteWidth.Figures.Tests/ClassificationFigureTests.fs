module FiniteWidth.Figures.Tests.ClassificationFigureTests

open Expecto
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private score likelihood accuracy : ClassScore =
    {
        Accuracy = accuracy
        NegativeLogLikelihood = likelihood
        Brier = 0.3
        CalibrationError = 0.1
        Calibration =
            [
                {
                    Low = 0.5
                    High = 0.6
                    Count = 4
                    Confidence = 0.55
                    Accuracy = 0.5
                }
                {
                    Low = 0.9
                    High = 1.0
                    Count = 6
                    Confidence = 0.96
                    Accuracy = 1.0
                }
            ]
    }

let private figure: ClassificationFigure =
    {
        Widths = [| 20.0; 100.0; 500.0 |]
        Scores = [| score 0.5 0.9; score 0.6 0.91; score 0.65 0.92 |]
        InfiniteWidth = Some(score 0.7 0.89)
        Title = "MNIST"
        Subtitle = "ten digits"
    }

let tests =
    testList "Classification figure" [
        testCase "Bins stand on their confidence and accuracy, beside the diagonal" (fun () ->
            let json =
                ClassificationFigure.calibration "digits" [ "N = 20", score 0.5 0.9 ] |> parse

            Expect.equal (names json) [ "calibrated"; "N = 20" ] "names"
            Expect.equal (numbers "x" (trace "N = 20" json)) [| 0.55; 0.96 |] "confidence"
            Expect.equal (numbers "y" (trace "N = 20" json)) [| 0.5; 1.0 |] "accuracy"
            Expect.equal (numbers "y" (trace "calibrated" json)) [| 0.0; 1.0 |] "diagonal")

        testCase "Scores stand against the width" (fun () ->
            let json = ClassificationFigure.chart figure |> parse
            Expect.equal (numbers "y" (trace "negative log likelihood" json)) [| 0.5; 0.6; 0.65 |] "likelihood"
            Expect.equal (numbers "y" (trace "accuracy" json)) [| 0.9; 0.91; 0.92 |] "accuracy"
            Expect.contains (names json) "infinite width" "infinite width")

        testCase "Lists of different lengths are refused" (fun () ->
            Expect.throwsSaying<FailureException>
                (fun () -> ClassificationFigure.chart { figure with Widths = [| 1.0 |] } |> ignore)
                "A classification"
                "length")
    ]
