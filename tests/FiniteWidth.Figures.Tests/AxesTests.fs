module FiniteWidth.Figures.Tests.AxesTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private curve (x: float list) (y: float list) = Chart.Line(x = x, y = y)

let private logX x =
    curve x [ for _ in x -> 1.0 ] |> Axes.logX "N" |> parse |> at "layout.xaxis"

let private exponents = Gen.choose (-120, 120) |> Gen.map (fun i -> float i / 10.0)

let tests =
    testList "Axes" [
        testCase "a logarithmic axis is labelled at 1, 2, 5 times powers of ten in plain digits" (fun () ->
            let axis = logX [ 20.0; 1000.0 ]
            Expect.equal (text "type" axis) "log" "type"
            Expect.equal (texts "ticktext" axis) [ "20"; "50"; "100"; "200"; "500"; "1000" ] "ticktext"
            Expect.equal (numbers "tickvals" axis) [| 20.0; 50.0; 100.0; 200.0; 500.0; 1000.0 |] "tickvals")

        testCase "over many decades powers of ten alone are labelled, the largest as powers" (fun () ->
            let axis = logX [ 1e-8; 1e8 ]
            let labels = texts "ticktext" axis
            Expect.contains labels "1" "labels"
            Expect.contains labels "10<sup>6</sup>" "labels"
            Expect.contains labels "10<sup>−6</sup>" "labels"
            Expect.isInRange labels.Length 3 9 "length of labels")

        testCase "within less than a decade the labels are evenly spaced round numbers" (fun () ->
            let axis = logX [ 100.0; 160.0 ]
            let values = numbers "tickvals" axis
            Expect.isGreaterThanOrEqual values.Length 3 "length of values"
            let steps = values |> Array.pairwise |> Array.map (fun (a, b) -> b - a)
            Expect.all steps (fun x -> abs (x - steps[0]) <= 1e-9) "steps")

        testCase "values that have no logarithm do not move a logarithmic axis" (fun () ->
            let range x = numbers "range" (logX x)
            Expect.equal (range [ 0.0; 20.0; -3.0; nan; 1000.0; infinity ]) (range [ 20.0; 1000.0 ]) "range"
            Expect.equal (range []) (range [ 1.0; 10.0 ]) "an axis without values is some axis"
            Expect.equal (range [ -1.0; 0.0 ]) (range [ 1.0; 10.0 ]) "range")

        testCase "one value alone stands in the middle of its axis" (fun () ->
            let range = numbers "range" (logX [ 100.0 ])
            Expect.within 1e-12 ((range[0] + range[1]) / 2.0) 2.0 "(range[0] + range[1]) / 2.0"
            Expect.isGreaterThan (range[1] - range[0]) 0.1 "range[1] - range[0]")

        testPropertyWithConfig
            (maxTest 300)
            "labels of a logarithmic axis tell its ticks, increase, lie within it and leave room between them"
            (fun () ->
                Prop.forAll (Gen.two exponents |> Arb.fromGen) (fun (a, b) ->
                    let axis = logX [ 10.0 ** a; 10.0 ** b ]
                    let range, values = numbers "range" axis, numbers "tickvals" axis

                    let places =
                        values |> Array.map (fun v -> (log10 v - range[0]) / (range[1] - range[0]))

                    let labels = texts "ticktext" axis

                    let plain =
                        List.zip labels (List.ofArray values)
                        |> List.filter (fun (label, _) -> not (label.Contains '<'))
                        |> List.forall (fun (label, value) -> abs (float label / value - 1.0) < 1e-9)

                    values.Length >= 1
                    && labels.Length = values.Length
                    && plain
                    && Array.forall (fun p -> p > -1e-6 && p < 1.0 + 1e-6) places
                    && Array.forall (fun (p, q) -> (q - p) * 430.0 > 15.0) (Array.pairwise places)))

        testCase "error bars are part of what an axis shows" (fun () ->
            let chart =
                Chart.Point(x = [ 1.0; 2.0 ], y = [ 1.0; 2.0 ])
                |> Draw.withErrors [ 0.5; 8.0 ]
                |> Axes.logY "loss"

            let range = parse chart |> numbers "layout.yaxis.range"
            Expect.isLessThan (range[0]) (log10 0.5) "range"
            Expect.isGreaterThan (range[1]) (log10 10.0) "range")

        testCase "whole numbers are labelled, all of a few and some of many" (fun () ->
            let step count =
                curve [ for i in 0 .. count - 1 -> float i ] [ for _ in 1..count -> 1.0 ]
                |> Axes.wholeX "patch"
                |> parse
                |> number "layout.xaxis.dtick"

            Expect.equal (step 4) 1.0 "step"
            Expect.equal (step 10) 1.0 "step"
            Expect.equal (step 16) 1.0 "step"
            Expect.equal (step 49) 5.0 "step")

        testCase "axes have titles, and a sign in one is no tag" (fun () ->
            let json =
                curve [ 1.0; 2.0 ] [ 1.0; 2.0 ]
                |> Axes.linearX "r < 1"
                |> Axes.fromZeroY "λ<sub>1</sub>"
                |> parse

            Expect.equal (text "layout.xaxis.title.text" json) "r &lt; 1" "layout.xaxis.title.text"
            Expect.equal (text "layout.yaxis.title.text" json) "λ<sub>1</sub>" "layout.yaxis.title.text"
            Expect.equal (text "layout.yaxis.rangemode" json) "tozero" "layout.yaxis.rangemode")
    ]
