module FiniteWidth.Figures.Tests.LayoutTests

open System.Text.Json
open NUnit.Framework
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private elements path element =
    (at path element).EnumerateArray() |> List.ofSeq

let private series count =
    [
        for i in 1..count -> Chart.Line([ 1.0; 2.0 ], [ 1.0; float i ], Name = $"series {i}", ShowMarkers = true)
    ]
    |> Chart.combine

[<Test>]
let ``series differ in colour, dash and marker`` () =
    let data = series 6 |> parse |> elements "data"

    for path in [ "line.color"; "line.dash"; "marker.symbol" ] do
        Assert.That(data |> List.map (text path), Is.Unique, path)

[<Test>]
let ``series of one name share a colour and one entry in the legend`` () =
    let chart =
        Chart.combine
            [
                Chart.Range([ 1.0; 2.0 ], [ 1.0; 2.0 ], [ 0.0; 1.0 ], [ 2.0; 3.0 ], "mean")
                Chart.Line([ 1.0; 2.0 ], [ 2.0; 1.0 ], Name = "other")
                Chart.Point([ 1.5 ], [ 1.5 ], Name = "mean")
            ]

    let data = chart |> parse |> elements "data"
    Assert.That(data |> List.map (fun t -> (at "showlegend" t).GetBoolean()), equalTo [ false; true; true; false ])
    Assert.That(text "line.color" data[1], equalTo (text "marker.color" data[3]))
    Assert.That(text "fillcolor" data[0], Does.StartWith "rgba(0,114,178,")

[<Test>]
let ``one name needs no legend, few names stand above the axes, many to their right`` () =
    let legend chart =
        let layout = chart |> parse |> at "layout"
        (at "showlegend" layout).GetBoolean(), has "orientation" (at "legend" layout)

    Assert.That(legend (series 1), Is.EqualTo((false, false)))
    Assert.That(legend (series 3), Is.EqualTo((true, true)))
    Assert.That(legend (series 12), Is.EqualTo((true, false)))
    Assert.That(number "layout.legend.x" (series 12 |> parse), Is.GreaterThan 1.0)
    Assert.That(legend (series 3 |> Chart.withLegend LegendPosition.Hidden), Is.EqualTo((false, false)))

[<Test>]
let ``a legend above the axes has room for all of its rows below the title`` () =
    let top count =
        series count
        |> Chart.withTitle "title"
        |> Chart.withLegend LegendPosition.Above
        |> parse
        |> number "layout.margin.t"

    let one = top 3
    Assert.That(top 4, Is.EqualTo one, "one row")
    // A row is a line of text, 1.3 font sizes, and plotly.js's gap of 3 px; 22 entries need several.
    let row = 3.0 + 1.3 * (series 1 |> parse |> number "layout.font.size")
    let further = (top 22 - one) / row
    Assert.That(further, Is.GreaterThanOrEqualTo 2.0)
    // A whole number, but for rounding.
    Assert.That(further, Is.EqualTo(round further).Within 1e-9)

[<Test>]
let ``a long title is broken into lines and makes room above the axes`` () =
    let top title =
        number "layout.margin.t" (line |> Chart.withTitle title |> parse)

    let long = String.replicate 12 "eleven chars "
    Assert.That(text "layout.annotations.0.text" (line |> Chart.withTitle long |> parse), Does.Contain "<br>")
    Assert.That(top long, Is.GreaterThan(top "short" + 20.0))

[<Test>]
let ``a line across log axes is placed by its value and its label by the logarithm`` () =
    let layout =
        line
        |> Chart.withYAxis (AxisStyle.log "loss")
        |> Chart.withHorizontalLine "N → ∞" 0.01
        |> parse
        |> at "layout"

    Assert.That(number "shapes.0.y0" layout, Is.EqualTo 0.01)
    // log10 is correct to an ulp or so.
    Assert.That(number "annotations.0.y" layout, Is.EqualTo(-2.0).Within 1e-15)
    Assert.That(text "annotations.0.text" layout, Is.EqualTo "N → ∞")
    Assert.That(number "yaxis.range.0" layout, Is.LessThan -2.0, "the axis shows the line")

[<Test>]
let ``panels of a grid do not overlap and have axes of their own`` () =
    let figure =
        [ for title in [ "a"; "b"; "c"; "d" ] -> line |> Chart.withTitle title ]
        |> Chart.grid 2
        |> parse

    let layout = at "layout" figure

    let domain axis =
        let ends = numbers $"{axis}.domain" layout
        ends[0], ends[1]

    let boxes =
        [ for i in [ ""; "2"; "3"; "4" ] -> domain $"xaxis{i}", domain $"yaxis{i}" ]

    let apart (a0, a1) (b0, b1) = a1 < b0 || b1 < a0

    for (x1, y1), (x2, y2) in List.allPairs boxes boxes |> List.filter (fun (a, b) -> a <> b) do
        Assert.That(apart x1 x2 || apart y1 y2)

    let first, third = snd boxes[0], snd boxes[2]
    Assert.That(fst first, Is.GreaterThan(snd third), "rows run downwards")
    Assert.That([ for i in 0..3 -> text $"data.{i}.xaxis" figure ], equalTo [ "x"; "x2"; "x3"; "x4" ])
    Assert.That([ for i in 0..3 -> text $"annotations.{i}.text" layout ], equalTo [ "a"; "b"; "c"; "d" ])

[<Test>]
let ``a band is one closed polygon for every run of finite values`` () =
    let trace =
        Chart.Band([ 1.0; 2.0; 3.0; 4.0; 5.0 ], [ 0.0; 1.0; nan; 3.0; 4.0 ], [ 1.0; 2.0; 3.0; 4.0; 5.0 ])
        |> parse
        |> at "data.0"

    let values path =
        [
            for v in elements path trace ->
                if v.ValueKind = JsonValueKind.Null then
                    nan
                else
                    v.GetDouble()
        ]

    Assert.That(values "x", equalTo [ 1.0; 2.0; 2.0; 1.0; nan; 4.0; 5.0; 5.0; 4.0 ])
    Assert.That(values "y", equalTo [ 0.0; 1.0; 2.0; 1.0; nan; 3.0; 4.0; 5.0; 4.0 ])

[<Test>]
let ``a band that passes zero is cut at the bottom of a log axis`` () =
    let figure =
        Chart.Band([ 1.0; 2.0 ], [ -1.0; 0.1 ], [ 1.0; 1.0 ])
        |> Chart.withYAxis (AxisStyle.log "y")
        |> parse

    let bottom = 10.0 ** number "layout.yaxis.range.0" figure
    // One power and one logarithm lie between the two.
    Assert.That(number "data.0.y.0" figure, Is.EqualTo(bottom).Within(1e-12 * bottom))

[<Test>]
let ``a band without a finite value draws nothing`` () =
    Assert.That(Chart.Band([ 1.0 ], [ nan ], [ 1.0 ]) |> parse |> numbers "data.0.x", Is.Empty)

[<Test>]
let ``error bars keep their lengths on both sides`` () =
    let trace =
        Chart.Point([ 1.0; 2.0 ], [ 1.0; 2.0 ], YError = ErrorBars.asymmetric [ 0.1; 0.2 ] [ 0.3; 0.4 ])
        |> parse
        |> at "data.0.error_y"

    Assert.That(numbers "arrayminus" trace, equalTo [| 0.1; 0.2 |])
    Assert.That(numbers "array" trace, equalTo [| 0.3; 0.4 |])

[<Test>]
let ``keys of bars are names even where they look like numbers`` () =
    Assert.That(Chart.Column([ "10"; "2" ], [ 1.0; 2.0 ]) |> parse |> text "layout.xaxis.type", Is.EqualTo "category")

    let lying = Chart.Bar([ "10"; "2" ], [ 1.0; 2.0 ]) |> parse
    Assert.That(text "layout.yaxis.type" lying, Is.EqualTo "category")
    Assert.That(text "layout.xaxis.type" lying, Is.EqualTo "linear")

[<Test>]
let ``diverging colours are centred at zero`` () =
    let map =
        Chart.Heatmap(array2D [ [ -1.0; 5.0 ] ], ColorScale = ColorScale.Diverging)
        |> parse
        |> at "data.0"

    Assert.That(number "zmid" map, Is.EqualTo 0.0)
    Assert.That(text "colorscale.3.1" map, Is.EqualTo "#FFFFFF")

[<Test>]
let ``an axis from zero, a range, a format and a histogram's height reach plotly.js`` () =
    let figure =
        Chart.Histogram([ 1.0; 2.0 ], Bins = 7, Height = HistogramHeight.Density)
        |> Chart.withYAxis (AxisStyle.fromZero "density")
        |> Chart.withXAxis (
            AxisStyle.linear "f"
            |> AxisStyle.withRange -1.0 3.0
            |> AxisStyle.withTickFormat ".1f"
        )
        |> parse

    Assert.That(text "data.0.histnorm" figure, Is.EqualTo "probability density")
    Assert.That(number "data.0.nbinsx" figure, Is.EqualTo 7.0)
    Assert.That(text "layout.yaxis.rangemode" figure, Is.EqualTo "tozero")
    Assert.That(numbers "layout.xaxis.range" figure, equalTo [| -1.0; 3.0 |])
    Assert.That(text "layout.xaxis.tickformat" figure, Is.EqualTo ".1f")
