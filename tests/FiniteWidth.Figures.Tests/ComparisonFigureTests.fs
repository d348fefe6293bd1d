module FiniteWidth.Figures.Tests.ComparisonFigureTests

open NUnit.Framework
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private series: ComparisonSeries =
    {
        Label = ""
        X = [| 20.0; 200.0; 2000.0 |]
        Loss = [| 0.05; 0.08; 0.09 |]
        StandardError = [| 0.002; 0.001; 0.001 |]
        Converged = [| false; true; true |]
        ErrorBar = [| 0.01; 0.002; 0.0 |]
        FirstOrder = [| nan; 0.2; 0.25 |]
        InfiniteWidth = [| 0.1; 0.1; 0.1 |]
        Theories =
            [
                {
                    Name = "proportional"
                    Loss = [| 0.06; 0.081; 0.09 |]
                    ZScore = [| 5.0; 1.0; 0.0 |]
                }
            ]
        Details = [ "P/N", [| 5.0; 0.5; 0.05 |] ]
    }

let private figure =
    {
        Series = [ series ]
        Title = "erf network"
        Subtitle = ""
        XLabel = "width N"
    }

let private traces name json =
    [
        for trace in (at "data" json).EnumerateArray() do
            if has "name" trace && text "name" trace = name then
                trace
    ]

[<Test>]
let ``losses stand above, standard errors below`` () =
    let json = ComparisonFigure.chart figure |> parse
    let names = names json

    for name in
        [
            "proportional ± error bar"
            "infinite width"
            "first order in 1/N"
            "proportional"
            "experiment"
            "experiment, not converged"
        ] do
        Assert.That((List.contains name names), name)

    Assert.That(text "layout.xaxis.type" json, Is.EqualTo "log")
    Assert.That(text "layout.xaxis2.type" json, Is.EqualTo "log")
    Assert.That(text "layout.title.text" json, Is.EqualTo "erf network")
    Assert.That(text "layout.shapes.0.yref" json, Is.EqualTo "y2")

[<Test>]
let ``what has not converged is an open circle above and below`` () =
    let json = ComparisonFigure.chart figure |> parse
    let openCircle = "100"

    for name, yAxis, x in
        [
            "experiment, not converged", "y", 20.0
            "proportional, not converged", "y2", 20.0
        ] do
        match traces name json with
        | [ trace ] ->
            Assert.That(numbers "x" trace, equalTo [| x |])
            Assert.That((at "marker.symbol" trace).ToString(), Is.EqualTo(openCircle).Or.EqualTo "circle-open")
            Assert.That(text "yaxis" trace, Is.EqualTo yAxis)
        | others -> Assert.Fail $"{others.Length} traces are called {name}"

[<Test>]
let ``the axis fits experiment and theory, not what lies far from them`` () =
    let range = ComparisonFigure.chart figure |> parse |> numbers "layout.yaxis.range"
    Assert.That(range[0], Is.InRange(0.03, 0.048))
    Assert.That(range[1], Is.InRange(0.1, 0.12), "infinite width at 0.1 is near, the first order at 0.2 is not")

[<Test>]
let ``a point tells what was measured, predicted, and how far apart they are`` () =
    let json = ComparisonFigure.chart figure |> parse
    let note = (texts "text" (trace "experiment" json))[0]

    for part in
        [
            "N = 200"
            "P/N = 0.5"
            "measured loss = 0.08"
            "standard error = 0.001"
            "proportional = 0.081"
            "z of proportional = 1"
        ] do
        Assert.That(note, Does.Contain part)

[<Test>]
let ``series are told apart by their labels and colours`` () =
    let json =
        ComparisonFigure.chart
            { figure with
                Series = [ { series with Label = "T = 0.1" }; { series with Label = "T = 1" } ]
            }
        |> parse

    let color label =
        text "marker.color" (trace $"experiment, {label}" json)

    Assert.That(color "T = 0.1", Is.Not.EqualTo(color "T = 1"))
    Assert.That(text "line.color" (trace "proportional, T = 1" json), Is.EqualTo(color "T = 1"))

[<Test>]
let ``arrays of different lengths and no series are refused`` () =
    match
        sentence (fun () ->
            ComparisonFigure.chart
                { figure with
                    Series = [ { series with X = [| 20.0; 200.0 |] } ]
                }
            |> ignore)
    with
    | Some text -> Assert.That(text, Does.Contain "they must have as many")
    | None -> Assert.Fail "two places and three losses were accepted"

    Assert.That((sentence (fun () -> ComparisonFigure.chart { figure with Series = [] } |> ignore)).IsSome)

[<Test>]
let ``a comparison of which nothing is known is still a figure`` () =
    let unknown = [| nan; nan; nan |]

    let json =
        ComparisonFigure.chart
            { figure with
                Series =
                    [
                        { series with
                            Loss = unknown
                            StandardError = unknown
                            ErrorBar = unknown
                            FirstOrder = unknown
                            InfiniteWidth = unknown
                            Theories = []
                        }
                    ]
            }
        |> parse

    Assert.That(List.contains "experiment" (names json))
    Assert.That(List.contains "infinite width" (names json), Is.False)
