module FiniteWidth.Figures.Tests.AxesTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private curve (x: float list) (y: float list) = Chart.Line(x = x, y = y)

let private logX x =
    curve x [ for _ in x -> 1.0 ] |> Axes.logX "N" |> parse |> at "layout.xaxis"

[<Test>]
let ``a logarithmic axis is labelled at 1, 2, 5 times powers of ten in plain digits`` () =
    let axis = logX [ 20.0; 1000.0 ]
    Assert.That(text "type" axis, Is.EqualTo "log")
    Assert.That(texts "ticktext" axis, equalTo [ "20"; "50"; "100"; "200"; "500"; "1000" ])
    Assert.That(numbers "tickvals" axis, equalTo [| 20.0; 50.0; 100.0; 200.0; 500.0; 1000.0 |])

[<Test>]
let ``over many decades powers of ten alone are labelled, the largest as powers`` () =
    let axis = logX [ 1e-8; 1e8 ]
    let labels = texts "ticktext" axis
    Assert.That(labels, Does.Contain "1")
    Assert.That(labels, Does.Contain "10<sup>6</sup>")
    Assert.That(labels, Does.Contain "10<sup>−6</sup>")
    Assert.That(labels.Length, Is.InRange(3, 9))

[<Test>]
let ``within less than a decade the labels are evenly spaced round numbers`` () =
    let axis = logX [ 100.0; 160.0 ]
    let values = numbers "tickvals" axis
    Assert.That(values.Length, Is.GreaterThanOrEqualTo 3)
    let steps = values |> Array.pairwise |> Array.map (fun (a, b) -> b - a)
    Assert.That(steps, Is.All.EqualTo(steps[0]).Within 1e-9)

[<Test>]
let ``values that have no logarithm do not move a logarithmic axis`` () =
    let range x = numbers "range" (logX x)
    Assert.That(range [ 0.0; 20.0; -3.0; nan; 1000.0; infinity ], equalTo (range [ 20.0; 1000.0 ]))
    Assert.That(range [], equalTo (range [ 1.0; 10.0 ]), "an axis without values is some axis")
    Assert.That(range [ -1.0; 0.0 ], equalTo (range [ 1.0; 10.0 ]))

[<Test>]
let ``one value alone stands in the middle of its axis`` () =
    let range = numbers "range" (logX [ 100.0 ])
    Assert.That((range[0] + range[1]) / 2.0, Is.EqualTo(2.0).Within 1e-12)
    Assert.That(range[1] - range[0], Is.GreaterThan 0.1)

let private exponents = Gen.choose (-120, 120) |> Gen.map (fun i -> float i / 10.0)

[<Property(MaxTest = 300)>]
let ``labels of a logarithmic axis tell its ticks, increase, lie within it and leave room between them`` () =
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
        && Array.forall (fun (p, q) -> (q - p) * 430.0 > 15.0) (Array.pairwise places))

[<Test>]
let ``error bars are part of what an axis shows`` () =
    let chart =
        Chart.Point(x = [ 1.0; 2.0 ], y = [ 1.0; 2.0 ])
        |> Draw.withErrors [ 0.5; 8.0 ]
        |> Axes.logY "loss"

    let range = parse chart |> numbers "layout.yaxis.range"
    Assert.That(range[0], Is.LessThan(log10 0.5))
    Assert.That(range[1], Is.GreaterThan(log10 10.0))

[<Test>]
let ``whole numbers are labelled, all of a few and some of many`` () =
    let step count =
        curve [ for i in 0 .. count - 1 -> float i ] [ for _ in 1..count -> 1.0 ]
        |> Axes.wholeX "patch"
        |> parse
        |> number "layout.xaxis.dtick"

    Assert.That(step 4, Is.EqualTo 1.0)
    Assert.That(step 10, Is.EqualTo 1.0)
    Assert.That(step 16, Is.EqualTo 1.0)
    Assert.That(step 49, Is.EqualTo 5.0)

[<Test>]
let ``axes have titles, and a sign in one is no tag`` () =
    let json =
        curve [ 1.0; 2.0 ] [ 1.0; 2.0 ]
        |> Axes.linearX "r < 1"
        |> Axes.fromZeroY "λ<sub>1</sub>"
        |> parse

    Assert.That(text "layout.xaxis.title.text" json, Is.EqualTo "r &lt; 1")
    Assert.That(text "layout.yaxis.title.text" json, Is.EqualTo "λ<sub>1</sub>")
    Assert.That(text "layout.yaxis.rangemode" json, Is.EqualTo "tozero")
