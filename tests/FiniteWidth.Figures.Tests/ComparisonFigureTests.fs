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
    }

let private figure =
    {
        Series = [ series ]
        Title = "erf network"
        Subtitle = ""
        XLabel = "width N"
    }

let private names json =
    [
        for trace in (at "data" json).EnumerateArray() do
            match trace.TryGetProperty "name" with
            | true, name -> nonNull (name.GetString())
            | _ -> ()
    ]

[<Test>]
let ``losses stand above, standard errors below, and what has not converged is told apart`` () =
    let json = ComparisonFigure.chart figure |> parse
    let names = names json

    for name in
        [
            "infinite width"
            "first order in 1/N"
            "proportional"
            "experiment"
            "experiment, not converged"
        ] do
        Assert.That((List.contains name names), name)

    Assert.That(text "layout.xaxis.type" json, Is.EqualTo "log")
    Assert.That(text "layout.xaxis2.type" json, Is.EqualTo "log")
    Assert.That(text "layout.annotations.0.text" json, Is.EqualTo "erf network")

[<Test>]
let ``series are told apart by their labels`` () =
    let chart =
        ComparisonFigure.chart
            { figure with
                Series = [ { series with Label = "T = 0.1" }; { series with Label = "T = 1" } ]
            }

    let names = parse chart |> names
    Assert.That((List.contains "experiment, T = 0.1" names))
    Assert.That((List.contains "proportional, T = 1" names))

[<Test>]
let ``arrays of different lengths are refused`` () =
    let error =
        Assert.Throws<FailureException>(fun () ->
            ComparisonFigure.chart
                { figure with
                    Series = [ { series with X = [| 20.0; 200.0 |] } ]
                }
            |> ignore)

    Assert.That((nonNull error).Message, Does.Contain "they must have as many")
