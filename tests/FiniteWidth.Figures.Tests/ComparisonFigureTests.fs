module FiniteWidth.Figures.Tests.ComparisonFigureTests

open Expecto
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

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

let tests =
    testList "Comparison figure" [
        testCase "losses stand above, standard errors below" (fun () ->
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
                Expect.isTrue (List.contains name names) name

            Expect.equal (text "layout.xaxis.type" json) "log" "layout.xaxis.type"
            Expect.equal (text "layout.xaxis2.type" json) "log" "layout.xaxis2.type"
            Expect.equal (text "layout.title.text" json) "erf network" "layout.title.text"
            Expect.equal (text "layout.shapes.0.yref" json) "y2" "layout.shapes.0.yref")

        testCase "another measure than the loss has its name at the axis" (fun () ->
            let json = ComparisonFigure.chartOf "negative log likelihood" figure |> parse
            Expect.equal (text "layout.yaxis.title.text" json) "negative log likelihood" "label of y"
            let loss = ComparisonFigure.chart figure |> parse
            Expect.equal (text "layout.yaxis.title.text" loss) "test error" "label of the loss")

        testCase "what has not converged is an open circle above and below" (fun () ->
            let json = ComparisonFigure.chart figure |> parse
            let openCircle = "100"

            for name, yAxis, x in
                [
                    "experiment, not converged", "y", 20.0
                    "proportional, not converged", "y2", 20.0
                ] do
                match traces name json with
                | [ trace ] ->
                    Expect.equal (numbers "x" trace) [| x |] "x"

                    Expect.contains
                        [ openCircle; "circle-open" ]
                        ((at "marker.symbol" trace).ToString())
                        "marker.symbol"

                    Expect.equal (text "yaxis" trace) yAxis "yaxis"
                | others -> failtest $"{others.Length} traces are called {name}")

        testCase "the axis fits experiment and theory, not what lies far from them" (fun () ->
            let range = ComparisonFigure.chart figure |> parse |> numbers "layout.yaxis.range"
            Expect.isInRange (range[0]) 0.03 0.048 "range"
            Expect.isInRange (range[1]) 0.1 0.12 "infinite width at 0.1 is near, the first order at 0.2 is not")

        testCase "a point tells what was measured, predicted, and how far apart they are" (fun () ->
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
                Expect.stringContains note part "note")

        testCase "series are told apart by their labels and colours" (fun () ->
            let json =
                ComparisonFigure.chart
                    { figure with
                        Series = [ { series with Label = "T = 0.1" }; { series with Label = "T = 1" } ]
                    }
                |> parse

            let color label =
                text "marker.color" (trace $"experiment, {label}" json)

            Expect.notEqual (color "T = 0.1") (color "T = 1") "T = 0.1"
            Expect.equal (text "line.color" (trace "proportional, T = 1" json)) (color "T = 1") "line.color")

        testCase "arrays of different lengths and no series are refused" (fun () ->
            match
                sentence (fun () ->
                    ComparisonFigure.chart
                        { figure with
                            Series = [ { series with X = [| 20.0; 200.0 |] } ]
                        }
                    |> ignore)
            with
            | Some text -> Expect.stringContains text "they must have as many" "text"
            | None -> failtest "two places and three losses were accepted"

            Expect.isTrue
                ((sentence (fun () -> ComparisonFigure.chart { figure with Series = [] } |> ignore)).IsSome)
                "is some")

        testCase "a comparison of which nothing is known is still a figure" (fun () ->
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

            Expect.isTrue (List.contains "experiment" (names json)) "contains of names"
            Expect.isFalse (List.contains "infinite width" (names json)) "contains of names")
    ]
