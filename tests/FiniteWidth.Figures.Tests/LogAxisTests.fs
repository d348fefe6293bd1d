module FiniteWidth.Figures.Tests.LogAxisTests

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private xAxis x =
    Chart.Line(x, x)
    |> Chart.withXAxis (AxisStyle.log "N")
    |> parse
    |> at "layout.xaxis"

[<Test>]
let ``two decades are labelled at 1, 2 and 5, with plain digits and ticks between`` () =
    let axis = xAxis [ 50.0; 5000.0 ]
    Assert.That(text "type" axis, Is.EqualTo "log")
    Assert.That(text "dtick" axis, Is.EqualTo "D2")
    Assert.That(text "minor.dtick" axis, Is.EqualTo "D1")
    Assert.That(text "tickformat" axis, Is.EqualTo "~r")

[<Test>]
let ``fifteen decades are labelled with powers of ten that do not touch`` () =
    let axis = xAxis [ 1e-8; 1e7 ]
    Assert.That(number "dtick" axis, Is.GreaterThanOrEqualTo 1.0)
    Assert.That(has "tickformat" axis, Is.False)

[<Test>]
let ``less than a decade is labelled in even steps`` () =
    Assert.That(text "dtick" (xAxis [ 100.0; 200.0 ]), Is.EqualTo "L20")

[<Test>]
let ``a range given in the units of the data is written in decades`` () =
    let axis =
        line
        |> Chart.withXAxis (AxisStyle.log "N" |> AxisStyle.withRange 10.0 10000.0)
        |> parse
        |> at "layout.xaxis"

    Assert.That(numbers "range" axis, equalTo [| 1.0; 4.0 |])

[<Test>]
let ``a reversed log axis runs from large to small`` () =
    let axis =
        line
        |> Chart.withXAxis (AxisStyle.log "N" |> AxisStyle.reversed)
        |> parse
        |> at "layout.xaxis"

    Assert.That(number "range.0" axis, Is.GreaterThan(number "range.1" axis))

[<Test>]
let ``values that are not positive do not widen a log axis`` () =
    Assert.That(
        numbers "range" (xAxis [ -3.0; 0.0; nan; infinity; 50.0; 5000.0 ]),
        equalTo (numbers "range" (xAxis [ 50.0; 5000.0 ]))
    )

/// Two positive numbers between 1e-9 and 1e9.
let private positivePair =
    gen {
        let! a = Gen.choose (-9000, 9000)
        let! b = Gen.choose (-9000, 9000)
        return 10.0 ** (float a / 1000.0), 10.0 ** (float b / 1000.0)
    }
    |> Arb.fromGen

[<FsCheck.NUnit.Property>]
let ``a log axis shows all the data, with little room to spare`` () =
    Prop.forAll positivePair (fun (a, b) ->
        let axis = xAxis [ a; b ]
        let low, high = log10 (min a b), log10 (max a b)
        let first, last = number "range.0" axis, number "range.1" axis
        // Room is 4 % on either side, or a fifth of a decade where the data are one value.
        first < low && last > high && last - first < max (1.1 * (high - low)) 0.45)
