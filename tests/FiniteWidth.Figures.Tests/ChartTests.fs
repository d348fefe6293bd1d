module FiniteWidth.Figures.Tests.ChartTests

open NUnit.Framework
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private rejected: (string * (unit -> Chart) * string) list =
    [
        "a line", (fun () -> Chart.Line([ 1.0; 2.0 ], [ 1.0 ])), "Chart.Line: x has 2 values and y has 1"
        "points",
        (fun () -> Chart.Point([ 1.0 ], [ 1.0 ], YError = ErrorBars.symmetric [ 1.0; 2.0 ])),
        "the error bars below has 2"
        "a band", (fun () -> Chart.Band([ 1.0 ], [ 1.0 ], [])), "upper has 0"
        "columns", (fun () -> Chart.Column([ "a" ], [])), "keys has 1 values and values has 0"
        "a heat map", (fun () -> Chart.Heatmap(array2D [ [ 1.0; 2.0 ] ], X = [ 1.0 ])), "X has 1"
        "no bins", (fun () -> Chart.Histogram([ 1.0 ], Bins = 0)), "at least 1"
        "nothing to combine", (fun () -> Chart.combine []), "no chart to combine"
        "an empty grid", (fun () -> Chart.grid 2 []), "make no grid"
        "a grid of grids", (fun () -> Chart.grid 1 [ Chart.grid 2 [ line; line ] ]), "single pair of axes"
        "grids of two shapes",
        (fun () -> Chart.combine [ Chart.grid 2 [ line; line ]; line ]),
        "2 panels cannot be combined with one of 1"
        "no size", (fun () -> Chart.withSize 10 10 line), "at least 100 x 100"
        "a log axis through zero",
        (fun () -> line |> Chart.withXAxis (AxisStyle.log "N" |> AxisStyle.withRange 0.0 1.0)),
        "both ends must be positive"
        "an axis without length",
        (fun () -> line |> Chart.withXAxis (AxisStyle.linear "N" |> AxisStyle.withRange 1.0 1.0)),
        "finite and different"
        "a colour", (fun () -> Chart.Line([], [], Color = Color.ofHex "#12")), "six hexadecimal digits"
    ]

[<Test>]
let ``what cannot be drawn is refused with a sentence that says why`` () =
    for name, chart, part in rejected do
        match sentence (chart >> ignore) with
        | Some text -> Assert.That(text, Does.Contain part, name)
        | None -> Assert.Fail $"{name} was accepted"

[<Test>]
let ``changing a chart leaves the first as it was`` () =
    let before = Chart.toJson line

    line
    |> Chart.withTitle "t"
    |> Chart.withXAxis (AxisStyle.log "N")
    |> Chart.withHorizontalLine "h" 1.0
    |> Chart.toJson
    |> ignore

    Assert.That(Chart.toJson line, Is.EqualTo before)

[<Test>]
let ``a chart tells F# Interactive what it shows`` () =
    Assert.That(
        string (line |> Chart.withTitle "N<sub>1</sub>"),
        Is.EqualTo "Chart \"N1\": 1 trace (loss), 700 x 480 px"
    )

[<Test>]
let ``colours are written as CSS`` () =
    Assert.That(Color.toCss (Color.ofHex "#0072b2"), Is.EqualTo "#0072B2")
    Assert.That(Color.toCss (Color.withOpacity 0.5 Color.blue), Is.EqualTo "rgba(0,114,178,0.5)")

[<Test>]
let ``the methods for C# make the same chart as the functions`` () =
    let functions =
        line
        |> Chart.withTitle "title"
        |> Chart.withSubtitle "subtitle"
        |> Chart.withXAxis (AxisStyle.log "N")
        |> Chart.withYAxis (AxisStyle.log "loss")
        |> Chart.withLegend LegendPosition.Right
        |> Chart.withSize 500 400
        |> Chart.withTheme Theme.slides
        |> Chart.withAnnotation (Annotation.at 50.0 0.3 "here")
        |> Chart.withHorizontalLine "h" 0.2
        |> Chart.withVerticalLine "v" 200.0

    let methods =
        line
            .WithTitle("title")
            .WithSubtitle("subtitle")
            .WithXAxis(AxisStyle.log "N")
            .WithYAxis(AxisStyle.log "loss")
            .WithLegend(LegendPosition.Right)
            .WithSize(500, 400)
            .WithTheme(Theme.slides)
            .WithAnnotation(Annotation.at 50.0 0.3 "here")
            .WithHorizontalLine("h", 0.2)
            .WithVerticalLine("v", 200.0)

    Assert.That(Chart.toJson methods, equalTo (Chart.toJson functions))
