module FiniteWidth.Figures.Tests.LearningCurveFigureTests

open NUnit.Framework
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private figure: LearningCurveFigure =
    {
        Widths = [| 50.0; 500.0; 5000.0 |]
        Loss = [| 0.075; 0.09; 0.11 |]
        Bias = [| 0.03; 0.03; 0.03 |]
        Variance = [| 0.045; 0.06; 0.08 |]
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
        AssumptionError = None
        Title = "MNIST"
        Subtitle = "r = 0.4 < 1"
        XLabel = "width N"
    }

[<Test>]
let ``loss, bias, variance and experiment stand against N on a log axis`` () =
    let json = LearningCurveFigure.chart figure |> parse

    Assert.That(
        [ for i in 0..3 -> text $"data.{i}.name" json ],
        equalTo [ "loss"; "bias"; "variance"; "loss, experiment" ]
    )

    Assert.That(numbers "data.0.y" json, equalTo figure.Loss)
    Assert.That(numbers "data.1.y" json, equalTo figure.Bias)
    Assert.That(numbers "data.2.y" json, equalTo figure.Variance)
    Assert.That(numbers "data.3.error_y.array" json, equalTo [| 0.002; 0.001 |])
    Assert.That(text "layout.xaxis.type" json, Is.EqualTo "log")
    Assert.That(text "layout.xaxis.title.text" json, Is.EqualTo "width N")
    Assert.That(text "layout.annotations.0.text" json, Is.EqualTo "MNIST")
    Assert.That(text "layout.annotations.1.text" json, Is.EqualTo "r = 0.4 &lt; 1")

[<Test>]
let ``the loss at infinite width is a dashed line with a label`` () =
    let layout = LearningCurveFigure.chart figure |> parse |> at "layout"
    Assert.That(number "shapes.0.y0" layout, Is.EqualTo 0.12)
    Assert.That(text "shapes.0.line.dash" layout, Is.EqualTo "dash")
    Assert.That(text "annotations.2.text" layout, Is.EqualTo "N → ∞")

[<Test>]
let ``without infinite width or experiment there are three lines and no more`` () =
    let json =
        LearningCurveFigure.chart
            { figure with
                InfiniteWidth = None
                Experiment = None
            }
        |> parse

    Assert.That((at "data" json).GetArrayLength(), Is.EqualTo 3)
    Assert.That((at "layout.shapes" json).GetArrayLength(), Is.EqualTo 0)

[<Test>]
let ``errors within a decade stand on a linear axis from zero, over more on a log axis`` () =
    let kind variance =
        let axis =
            LearningCurveFigure.chart { figure with Variance = variance }
            |> parse
            |> at "layout.yaxis"

        text "type" axis, has "rangemode" axis

    Assert.That(kind [| 0.045; 0.06; 0.08 |], Is.EqualTo(("linear", true)))
    Assert.That(kind [| 0.045; 0.006; 0.0008 |], Is.EqualTo(("log", false)))
    Assert.That(kind [| 0.045; 0.006; 0.0 |], Is.EqualTo(("linear", true)), "zero has no logarithm")
    Assert.That(kind [| 0.045; nan; 0.08 |], Is.EqualTo(("linear", true)))

[<Test>]
let ``arrays of different lengths are refused with a sentence`` () =
    match sentence (fun () -> LearningCurveFigure.chart { figure with Bias = [| 1.0 |] } |> ignore) with
    | Some text -> Assert.That(text, Does.Contain "x has 3 values and y has 1")
    | None -> Assert.Fail "three widths and one bias were accepted"
