module FiniteWidth.Figures.Tests.DrawTests

open System
open NUnit.Framework
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private outline x lower upper =
    let trace = Draw.band "error bar" Palette.blue x lower upper |> parse |> at "data.0"
    List.zip (List.ofArray (numbers "x" trace)) (List.ofArray (numbers "y" trace))

let private pieces points =
    let folder point pieces =
        match point, pieces with
        | (x: float, _), _ when Double.IsNaN x -> [] :: pieces
        | point, [] -> [ [ point ] ]
        | point, piece :: rest -> (point :: piece) :: rest

    List.foldBack folder points [] |> List.filter (List.isEmpty >> not)

[<Test>]
let ``a band runs along its upper end and back along its lower one`` () =
    Assert.That(
        pieces (outline [ 1.0; 2.0 ] [ 0.1; 0.2 ] [ 0.3; 0.4 ]),
        equalTo [ [ 1.0, 0.3; 2.0, 0.4; 2.0, 0.2; 1.0, 0.1 ] ]
    )

[<Test>]
let ``a band breaks where either end is not known`` () =
    let x = [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
    let lower = [ nan; 0.2; nan; 0.4; 0.5 ]
    let upper = [ 0.6; 0.7; 0.8; infinity; 0.9 ]
    Assert.That(pieces (outline x lower upper), equalTo [ [ 2.0, 0.7; 2.0, 0.2 ]; [ 5.0, 0.9; 5.0, 0.5 ] ])
    Assert.That(outline [] [] [], Is.Empty)

[<Test>]
let ``a band of different lengths is refused`` () =
    match sentence (fun () -> Draw.band "b" Palette.blue [ 1.0; 2.0 ] [ 1.0 ] [ 1.0; 2.0 ] |> ignore) with
    | Some text -> Assert.That(text, Does.Contain "x has 2 values and lower has 1")
    | None -> Assert.Fail "a band with one lower end for two places was accepted"

[<Test>]
let ``notes are shown on hovering with the trace's name`` () =
    let trace = line () |> Draw.withNotes [ "a"; "b"; "c" ] |> parse |> at "data.0"
    Assert.That(texts "text" trace, equalTo [ "a"; "b"; "c" ])
    Assert.That(text "hovertemplate" trace, Does.Contain "%{text}")

[<Test>]
let ``guide lines stand at their values, their labels in decades on logarithmic axes`` () =
    let layout =
        line ()
        |> Axes.logX "N"
        |> Axes.linearY "loss"
        |> Draw.horizontal "±3" 0.2
        |> Draw.vertical "edge" 100.0
        |> parse
        |> at "layout"

    Assert.That(number "shapes.0.y0" layout, Is.EqualTo 0.2)
    Assert.That(text "shapes.0.xref" layout, Is.EqualTo "x domain")
    Assert.That(number "annotations.0.y" layout, Is.EqualTo 0.2)
    Assert.That(number "shapes.1.x0" layout, Is.EqualTo 100.0)
    Assert.That(number "annotations.1.x" layout, Is.EqualTo 2.0)

[<Test>]
let ``a guide line without a label has no note, and Plotly.NET's own shapes stay`` () =
    let layout =
        line ()
        |> Draw.horizontal "" 0.2
        |> Chart.withShape (LayoutObjects.Shape.init (ShapeType = StyleParam.ShapeType.Circle, X0 = 1.0, X1 = 2.0))
        |> parse
        |> at "layout"

    Assert.That((at "shapes" layout).GetArrayLength(), Is.EqualTo 2)
    Assert.That(has "annotations" layout, Is.False)

[<Test>]
let ``rows of a heat map are the rows of its matrix, and a diverging one is white at zero`` () =
    let z = Array2D.init 2 3 (fun i j -> float (3 * i + j) - 1.0)

    let trace =
        Draw.diverging "change" [ 0.0; 1.0; 2.0 ] [ 0.0; 1.0 ] z |> parse |> at "data.0"

    Assert.That(numbers "z.0" trace, equalTo [| -1.0; 0.0; 1.0 |])
    Assert.That(numbers "z.1" trace, equalTo [| 2.0; 3.0; 4.0 |])
    Assert.That(number "zmid" trace, Is.EqualTo 0.0)
    Assert.That(text "colorbar.title.text" trace, Is.EqualTo "change")

[<Test>]
let ``a heat map with places for other columns than it has is refused`` () =
    match sentence (fun () -> Draw.heatmap "z" [ 0.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 3) |> ignore) with
    | Some text -> Assert.That(text, Does.Contain "3 values and x has 1")
    | None -> Assert.Fail "three columns at one place were accepted"
