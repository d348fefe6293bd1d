module FiniteWidth.Figures.Tests.FrameTests

open NUnit.Framework
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private size json =
    number "layout.width" json, number "layout.height" json

// Height of the axes in px.
let private plotHeight json =
    number "layout.height" json
    - number "layout.margin.t" json
    - number "layout.margin.b" json

[<Test>]
let ``a title takes no room from the axes, however long, and neither does a second one in its place`` () =
    let chart title subtitle = line () |> Frame.titled title subtitle

    let short, long =
        chart "short" "", chart (String.replicate 30 "long words ") (String.replicate 30 "more words ")

    Assert.That(plotHeight (parse long), Is.EqualTo(plotHeight (parse short)))
    Assert.That(snd (size (parse long)), Is.GreaterThan(snd (size (parse short)) + 60.0))
    Assert.That(size (parse (long |> Frame.titled "short" "")), equalTo (size (parse short)))

[<Test>]
let ``titles are broken between words into lines that fit`` () =
    let json = line () |> Frame.titled (String.replicate 20 "some words ") "" |> parse
    let lines = (text "layout.title.text" json).Split "<br>"
    Assert.That(lines.Length, Is.GreaterThan 2)

    for words in lines do
        Assert.That(words.Length * 7, Is.LessThan(number "layout.width" json))

[<Test>]
let ``a sign in a title is no tag`` () =
    let json = line () |> Frame.titled "N < P and λ<sub>1</sub> > 0" "r < 1" |> parse
    Assert.That(text "layout.title.text" json, Does.StartWith "N &lt; P and λ<sub>1</sub> > 0<br>")
    Assert.That(text "layout.title.text" json, Does.Contain "r &lt; 1</span>")

[<Test>]
let ``one curve needs no legend, several stand in rows above the axes`` () =
    let curves count =
        [
            for i in 1..count -> Chart.Line(x = [ 1.0; 2.0 ], y = [ 1.0; 2.0 ], Name = $"a curve of a longer name, {i}")
        ]
        |> Chart.combine
        |> Frame.titled "title" ""
        |> parse

    Assert.That((at "layout.showlegend" (curves 1)).GetBoolean(), Is.False)
    Assert.That((at "layout.showlegend" (curves 2)).GetBoolean())
    Assert.That(text "layout.legend.orientation" (curves 2), Is.EqualTo "h")
    Assert.That(plotHeight (curves 8), Is.EqualTo(plotHeight (curves 1)))
    Assert.That(number "layout.margin.t" (curves 8), Is.GreaterThan(number "layout.margin.t" (curves 2) + 40.0))

[<Test>]
let ``a colour bar has room beside the axes`` () =
    let map =
        Draw.heatmap "z" [ 0.0; 1.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 2)
        |> Frame.titled "map" ""

    let curve = line () |> Frame.titled "curve" ""
    Assert.That(number "layout.margin.r" (parse map), Is.GreaterThan(number "layout.margin.r" (parse curve) + 60.0))

[<Test>]
let ``the theme is a template, which another replaces`` () =
    let font chart =
        parse chart |> number "layout.template.layout.font.size"

    Assert.That(font (line () |> Frame.titled "t" ""), Is.EqualTo 15.0)
    Assert.That(font (line () |> Frame.titled "t" "" |> Chart.withTemplate (Theme.slides ())), Is.GreaterThan 18.0)

[<Test>]
let ``a figure goes on with Plotly.NET's own functions`` () =
    let json =
        line ()
        |> Axes.logX "N"
        |> Frame.titled "ours" "and more"
        |> Chart.withTitle "theirs"
        |> Chart.withSize (900, 500)
        |> fun chart -> Chart.combine [ chart; Chart.Point(x = [ 60.0 ], y = [ 0.2 ], Name = "measured") ]
        |> parse

    Assert.That(text "layout.title.text" json, Is.EqualTo "theirs")
    Assert.That(names json, equalTo [ "loss"; "measured" ])
    Assert.That(text "layout.xaxis.type" json, Is.EqualTo "log")
