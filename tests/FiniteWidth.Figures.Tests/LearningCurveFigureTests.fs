module FiniteWidth.Figures.Tests.LearningCurveFigureTests

open NUnit.Framework
open Plotly.NET
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

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

[<Test>]
let ``loss, its parts, its errors and the experiment stand against N on a log axis`` () =
    let json = LearningCurveFigure.chart figure |> parse

    Assert.That(
        names json,
        equalTo
            [
                "± Gaussian assumption"
                "± error bar"
                "loss"
                "bias"
                "variance"
                "first order in 1/N"
                "loss, experiment"
            ]
    )

    Assert.That(numbers "y" (trace "loss" json), equalTo figure.Loss)
    Assert.That(numbers "y" (trace "bias" json), equalTo figure.Bias)
    Assert.That(numbers "y" (trace "variance" json), equalTo figure.Variance)
    Assert.That(numbers "y" (trace "first order in 1/N" json), equalTo figure.FirstOrder)
    Assert.That(numbers "error_y.array" (trace "loss, experiment" json), equalTo [| 0.002; 0.001 |])
    Assert.That(text "layout.xaxis.type" json, Is.EqualTo "log")
    Assert.That(text "layout.xaxis.title.text" json, Is.EqualTo "width N")
    Assert.That(text "layout.title.text" json, Does.StartWith "MNIST<br>")
    Assert.That(text "layout.title.text" json, Does.Contain "r = 0.4 &lt; 1")

[<Test>]
let ``bands lie around the loss where their errors are known`` () =
    let json = LearningCurveFigure.chart figure |> parse
    let y = numbers "y" (trace "± error bar" json)
    Assert.That(y[..3], (equalTo [| 0.085; 0.091; 0.089; 0.065 |]).Within 1e-12)
    Assert.That(y.Length, Is.EqualTo 5, "two widths there and back, and the end")

[<Test>]
let ``a point tells its width, load, order parameter, loss, parts, evidence and errors`` () =
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
        Assert.That(note, Does.Contain part)

    Assert.That(note, Does.Not.Contain "first order", "what is not known is not told")

[<Test>]
let ``the loss at infinite width is a dashed line with a label`` () =
    let layout = LearningCurveFigure.chart figure |> parse |> at "layout"
    Assert.That(number "shapes.0.y0" layout, Is.EqualTo 0.12)
    Assert.That(text "shapes.0.line.dash" layout, Is.EqualTo "dash")
    Assert.That(text "annotations.0.text" layout, Is.EqualTo "N → ∞")

[<Test>]
let ``without errors, infinite width or experiment there are three lines and no more`` () =
    let json = LearningCurveFigure.chart plain |> parse
    Assert.That(names json, equalTo [ "loss"; "bias"; "variance" ])
    Assert.That(has "shapes" (at "layout" json), Is.False)

[<Test>]
let ``where loss and bias coincide the later one is thinner and broken`` () =
    let json =
        LearningCurveFigure.chart
            { plain with
                Bias = plain.Loss
                Variance = [| 0.0; 0.0; 0.0 |]
            }
        |> parse

    let width name = number "line.width" (trace name json)
    Assert.That(width "bias", Is.LessThan(width "loss"))
    Assert.That(text "line.dash" (trace "bias" json), Is.EqualTo "dot")

[<Test>]
let ``errors within a decade stand on a linear axis from zero, over more on a log axis`` () =
    let kind variance =
        let axis =
            LearningCurveFigure.chart { plain with Variance = variance }
            |> parse
            |> at "layout.yaxis"

        has "type" axis, has "rangemode" axis

    Assert.That(kind [| 0.045; 0.06; 0.08 |], Is.EqualTo((false, true)))
    Assert.That(kind [| 0.045; 0.006; 0.0008 |], Is.EqualTo((true, false)))
    Assert.That(kind [| 0.045; 0.006; 0.0 |], Is.EqualTo((false, true)), "zero has no logarithm")
    Assert.That(kind [| 0.045; nan; 0.08 |], Is.EqualTo((false, true)))

[<Test>]
let ``arrays of different lengths are refused with a sentence`` () =
    let refused figure (expected: string) =
        match sentence (fun () -> LearningCurveFigure.chart figure |> ignore) with
        | Some text -> Assert.That(text, Does.Contain expected)
        | None -> Assert.Fail "arrays of different lengths were accepted"

    refused { figure with Bias = [| 1.0 |] } "the column bias has 1"
    refused { figure with ErrorBar = [| 1.0 |] } "the column error bar has 1"
    refused { figure with Details = [ "Q", [||] ] } "the column Q has 0"

[<Test>]
let ``a curve without points is refused`` () =
    match sentence (fun () -> LearningCurveFigure.ofPoints [] |> ignore) with
    | Some text -> Assert.That(text, Does.Contain "without points")
    | None -> Assert.Fail "no points were accepted"

[<Test>]
let ``each chart is a fresh one`` () =
    let first = LearningCurveFigure.chart figure
    let before = GenericChart.toJson (LearningCurveFigure.chart figure)
    first |> Chart.withTitle "changed" |> ignore
    Assert.That(GenericChart.toJson (LearningCurveFigure.chart figure), Is.EqualTo before)

let private teacher: LinearTeacher =
    {
        Inputs = 10
        Train = 20
        Test = 30
        Noise = 0.1
        Seed = 1UL
    }

[<Test>]
let ``a figure of solved points says what they say`` () =
    let split = LinearTeacher.generate teacher |> Result.orFail
    let study = Study split.Train

    let points =
        [ 20; 200 ]
        |> Result.traverse (fun n ->
            LearningCurve.point Theory.proportional 0.1 split.Test study (Network.dense Activation.erf [ n ]))
        |> Result.orFail

    let figure = LearningCurveFigure.ofPoints points
    Assert.That(figure.Examples, equalTo (Some 20))
    Assert.That(List.map fst figure.Details, equalTo [ Notation.qbar; "log evidence" ])
    Assert.That(snd figure.Details[0], equalTo [| for p in points -> p.Posterior.OrderParameters[0] |])

    let expansion =
        WidthExpansion.solve points.Head.Network 0.1 split.Test study |> Result.orFail

    let expanded = figure |> LearningCurveFigure.withExpansion 0.0 expansion
    let error = expanded.AssumptionError.Value
    Assert.That(error.Value[1], Is.EqualTo(abs expansion.Slope.Loss / 200.0).Within 1e-12)
    Assert.That(error.StandardError[1], Is.EqualTo(expansion.SlopeError.Loss / 200.0).Within 1e-12)
    Assert.That(expanded.FirstOrder.Length, Is.EqualTo 2)
