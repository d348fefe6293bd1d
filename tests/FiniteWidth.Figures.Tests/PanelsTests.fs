module FiniteWidth.Figures.Tests.PanelsTests

open NUnit.Framework
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private panel names =
    [
        for name in names -> Chart.Line(x = [ 1.0; 10.0 ], y = [ 1.0; 2.0 ], Name = name)
    ]
    |> Chart.combine
    |> Axes.logX "N"
    |> Axes.linearY "loss"

let private grid columns panels = Panels.grid columns panels |> parse

[<Test>]
let ``each panel has axes of its own, in rows from the top left`` () =
    let json = grid 2 [ panel [ "a" ]; panel [ "a" ]; panel [ "a" ] ]
    let domain axis = numbers $"layout.{axis}.domain" json
    Assert.That((domain "xaxis")[1], Is.LessThan((domain "xaxis2")[0]))
    Assert.That(domain "xaxis3", equalTo (domain "xaxis"))
    Assert.That(domain "yaxis2", equalTo (domain "yaxis"))
    Assert.That((domain "yaxis3")[1], Is.LessThan((domain "yaxis")[0]))
    Assert.That((domain "yaxis")[1], Is.EqualTo(1.0).Within 1e-12)
    Assert.That([ for i in 0..2 -> text $"data.{i}.yaxis" json ], equalTo [ "y"; "y2"; "y3" ])
    Assert.That(text "layout.yaxis3.anchor" json, Is.EqualTo "x3")

[<Test>]
let ``guide lines and notes move with their panel`` () =
    let marked () =
        panel [ "a" ] |> Draw.horizontal "±3" 1.5 |> Draw.vertical "edge" 2.0

    let layout = grid 2 [ marked (); marked () ] |> at "layout"
    Assert.That(text "shapes.0.yref" layout, Is.EqualTo "y")
    Assert.That(text "shapes.2.xref" layout, Is.EqualTo "x2 domain")
    Assert.That(text "shapes.2.yref" layout, Is.EqualTo "y2")
    Assert.That(text "shapes.3.yref" layout, Is.EqualTo "y2 domain")
    Assert.That(text "annotations.2.yref" layout, Is.EqualTo "y2")

[<Test>]
let ``panels of the same names share one legend with each name once`` () =
    let json = grid 2 [ panel [ "a"; "b" ]; panel [ "a"; "b" ] ]

    let shown =
        [
            for trace in (at "data" json).EnumerateArray() -> not (has "showlegend" trace)
        ]

    Assert.That(shown, equalTo [ true; true; false; false ])
    Assert.That(has "legend2" (at "layout" json), Is.False)
    Assert.That(text "layout.legend.orientation" json, Is.EqualTo "h")

[<Test>]
let ``panels of other names have a legend each, above their own axes`` () =
    let json = grid 2 [ panel [ "a"; "b" ]; panel [ "c"; "d" ] ]
    Assert.That([ for i in 2..3 -> text $"data.{i}.legend" json ], equalTo [ "legend2"; "legend2" ])
    Assert.That(number "layout.legend2.x" json, Is.EqualTo((numbers "layout.xaxis2.domain" json)[0]))
    Assert.That(number "layout.margin.t" json, Is.GreaterThan 50.0)

[<Test>]
let ``titles of panels become headings`` () =
    let json =
        grid
            2
            [
                panel [ "a" ] |> Chart.withTitle "left"
                panel [ "a" ] |> Chart.withTitle "right"
            ]

    Assert.That(
        [
            for note in (at "layout.annotations" json).EnumerateArray() -> text "text" note
        ],
        equalTo [ "left"; "right" ]
    )

    Assert.That(has "title" (at "layout" json), Is.False)

[<Test>]
let ``a colour bar stands beside its own panel`` () =
    let map = Draw.heatmap "z" [ 0.0; 1.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 2)
    let json = grid 2 [ map; panel [ "a" ] ]
    let bar = number "data.0.colorbar.x" json
    Assert.That(bar, Is.GreaterThan((numbers "layout.xaxis.domain" json)[1]))
    Assert.That(bar + 0.05, Is.LessThan((numbers "layout.xaxis2.domain" json)[0]))

[<Test>]
let ``nothing, no columns and panels within panels are refused`` () =
    let refused panels columns =
        match sentence (fun () -> Panels.grid columns panels |> ignore) with
        | Some text -> Assert.That(text, Does.StartWith "Panels.grid: ")
        | None -> Assert.Fail "it was accepted"

    refused [] 2
    refused [ panel [ "a" ] ] 0
    refused [ Panels.grid 2 [ panel [ "a" ]; panel [ "a" ] ] ] 1
