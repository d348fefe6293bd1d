module FiniteWidth.Figures.Tests.LearningCurveFigureTests

open Expecto
open Plotly.NET
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private figure: LearningCurveFigure =
    {
        Widths = [| 50.0; 500.0; 5000.0 |]
        Loss = [| 0.075; 0.09; 0.11 |]
        Bias = [| 0.03; 0.03; 0.03 |]
        Variance = [| 0.045; 0.06; 0.08 |]
        Examples = Some 1000
        Details = [ Notation.qbar, [| 0.4; 0.8; 0.98 |]; "log evidence", [| 10.0; 12.0; 13.0 |] ]
        ErrorBar = [| 0.01; 0.001; nan |]
        FirstOrder = [| nan; 0.1; 0.115 |]
        InfiniteWidth =
            Some
                {
                    Loss = 0.12
                    Bias = 0.03
                    Variance = 0.09
                }
        Experiment =
            Some
                {
                    Widths = [| 100.0; 1000.0 |]
                    Loss = [| 0.08; 0.1 |]
                    StandardError = [| 0.002; 0.001 |]
                }
        AssumptionError =
            Some
                {
                    Value = [| 0.03; 0.003; 0.0003 |]
                    StandardError = [| 0.01; 0.001; 0.0001 |]
                }
        Title = "MNIST"
        Subtitle = "r = 0.4 < 1"
        XLabel = "width N"
    }

let private plain =
    { figure with
        ErrorBar = [||]
        AssumptionError = None
        FirstOrder = [||]
        InfiniteWidth = None
        Experiment = None
    }

let private teacher: LinearTeacher =
    {
        Inputs = 10
        Train = 20
        Test = 30
        Noise = 0.1
        Seed = 1UL
    }

let tests =
    testList "Learning curve figure" [
        testCase "loss, its parts, its errors and the experiment stand against N on a log axis" (fun () ->
            let json = LearningCurveFigure.chart figure |> parse

            Expect.equal
                (names json)
                [
                    "± Gaussian assumption"
                    "± error bar"
                    "loss"
                    "bias"
                    "variance"
                    "first order in 1/N"
                    "loss, experiment"
                ]
                "names"

            Expect.equal (numbers "y" (trace "loss" json)) figure.Loss "y"
            Expect.equal (numbers "y" (trace "bias" json)) figure.Bias "y"
            Expect.equal (numbers "y" (trace "variance" json)) figure.Variance "y"
            Expect.equal (numbers "y" (trace "first order in 1/N" json)) figure.FirstOrder "y"
            Expect.equal (numbers "error_y.array" (trace "loss, experiment" json)) [| 0.002; 0.001 |] "error_y.array"
            Expect.equal (text "layout.xaxis.type" json) "log" "layout.xaxis.type"
            Expect.equal (text "layout.xaxis.title.text" json) "width N" "layout.xaxis.title.text"
            Expect.stringStarts (text "layout.title.text" json) "MNIST<br>" "layout.title.text"
            Expect.stringContains (text "layout.title.text" json) "r = 0.4 &lt; 1" "layout.title.text")

        testCase "bands lie around the loss where their errors are known" (fun () ->
            let json = LearningCurveFigure.chart figure |> parse
            let y = numbers "y" (trace "± error bar" json)
            Expect.allWithin 1e-12 (y[..3]) [| 0.085; 0.091; 0.089; 0.065 |] "y"
            Expect.equal y.Length 5 "two widths there and back, and the end")

        testCase "a point tells its width, load, order parameter, loss, parts, evidence and errors" (fun () ->
            let note =
                (texts "text" (LearningCurveFigure.chart figure |> parse |> trace "loss"))[0]

            for part in
                [
                    "N = 50"
                    "P/N = 20"
                    $"{Notation.qbar} = 0.4"
                    "log evidence = 10"
                    "loss = 0.075"
                    "bias = 0.03"
                    "variance = 0.045"
                    "error bar = 0.01"
                ] do
                Expect.stringContains note part "note"

            Expect.stringLacks note "first order" "what is not known is not told")

        testCase "the loss at infinite width is a dashed line with a label" (fun () ->
            let layout = LearningCurveFigure.chart figure |> parse |> at "layout"
            Expect.equal (number "shapes.0.y0" layout) 0.12 "shapes.0.y0"
            Expect.equal (text "shapes.0.line.dash" layout) "dash" "shapes.0.line.dash"
            Expect.equal (text "annotations.0.text" layout) "N → ∞" "annotations.0.text")

        testCase "without errors, infinite width or experiment there are three lines and no more" (fun () ->
            let json = LearningCurveFigure.chart plain |> parse
            Expect.equal (names json) [ "loss"; "bias"; "variance" ] "names"
            Expect.isFalse (has "shapes" (at "layout" json)) "shapes")

        testCase "where loss and bias coincide the later one is thinner and broken" (fun () ->
            let json =
                LearningCurveFigure.chart
                    { plain with
                        Bias = plain.Loss
                        Variance = [| 0.0; 0.0; 0.0 |]
                    }
                |> parse

            let width name = number "line.width" (trace name json)
            Expect.isLessThan (width "bias") (width "loss") "bias"
            Expect.equal (text "line.dash" (trace "bias" json)) "dot" "line.dash")

        testCase "errors within a decade stand on a linear axis from zero, over more on a log axis" (fun () ->
            let kind variance =
                let axis =
                    LearningCurveFigure.chart { plain with Variance = variance }
                    |> parse
                    |> at "layout.yaxis"

                has "type" axis, has "rangemode" axis

            Expect.equal (kind [| 0.045; 0.06; 0.08 |]) (false, true) "kind"
            Expect.equal (kind [| 0.045; 0.006; 0.0008 |]) (true, false) "kind"
            Expect.equal (kind [| 0.045; 0.006; 0.0 |]) (false, true) "zero has no logarithm"
            Expect.equal (kind [| 0.045; nan; 0.08 |]) (false, true) "kind")

        testCase "arrays of different lengths are refused with a sentence" (fun () ->
            let refused figure (expected: string) =
                match sentence (fun () -> LearningCurveFigure.chart figure |> ignore) with
                | Some text -> Expect.stringContains text expected "text"
                | None -> failtest "arrays of different lengths were accepted"

            refused { figure with Bias = [| 1.0 |] } "the column bias has 1"
            refused { figure with ErrorBar = [| 1.0 |] } "the column error bar has 1"
            refused { figure with Details = [ "Q", [||] ] } "the column Q has 0")

        testCase "a curve without points is refused" (fun () ->
            match sentence (fun () -> LearningCurveFigure.ofPoints [] |> ignore) with
            | Some text -> Expect.stringContains text "without points" "text"
            | None -> failtest "no points were accepted")

        testCase "each chart is a fresh one" (fun () ->
            let first = LearningCurveFigure.chart figure
            let before = GenericChart.toJson (LearningCurveFigure.chart figure)
            first |> Chart.withTitle "changed" |> ignore
            Expect.equal (GenericChart.toJson (LearningCurveFigure.chart figure)) before "to json")

        testCase "a figure of solved points says what they say" (fun () ->
            let split = LinearTeacher.generate teacher |> Result.orFail
            let study = Study split.Train

            let points =
                [ 20; 200 ]
                |> Result.traverse (fun n ->
                    LearningCurve.point Theory.proportional 0.1 split.Test study (Network.dense Activation.erf [ n ]))
                |> Result.orFail

            let figure = LearningCurveFigure.ofPoints points
            Expect.equal figure.Examples (Some 20) "examples"
            Expect.equal (List.map fst figure.Details) [ Notation.qbar; "log evidence" ] "details"

            Expect.equal
                (snd figure.Details[0])
                [| for p in points -> p.Posterior.OrderParameters[0] |]
                "second of details"

            let expansion =
                WidthExpansion.solve points.Head.Network 0.1 split.Test study |> Result.orFail

            let expanded = figure |> LearningCurveFigure.withExpansion 0.0 expansion
            let error = expanded.AssumptionError.Value
            Expect.within 1e-12 (error.Value[1]) (abs expansion.Slope.Loss / 200.0) "value of error"
            Expect.within 1e-12 (error.StandardError[1]) (expansion.SlopeError.Loss / 200.0) "standard error"
            Expect.equal expanded.FirstOrder.Length 2 "length of first order")
    ]
