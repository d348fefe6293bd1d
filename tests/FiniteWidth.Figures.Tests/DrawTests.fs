module FiniteWidth.Figures.Tests.DrawTests

open System
open Expecto
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

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

let tests =
    testList "Draw" [
        testCase "a band runs along its upper end and back along its lower one" (fun () ->
            Expect.equal
                (pieces (outline [ 1.0; 2.0 ] [ 0.1; 0.2 ] [ 0.3; 0.4 ]))
                [ [ 1.0, 0.3; 2.0, 0.4; 2.0, 0.2; 1.0, 0.1 ] ]
                "pieces")

        testCase "a band breaks where either end is not known" (fun () ->
            let x = [ 1.0; 2.0; 3.0; 4.0; 5.0 ]
            let lower = [ nan; 0.2; nan; 0.4; 0.5 ]
            let upper = [ 0.6; 0.7; 0.8; infinity; 0.9 ]
            Expect.equal (pieces (outline x lower upper)) [ [ 2.0, 0.7; 2.0, 0.2 ]; [ 5.0, 0.9; 5.0, 0.5 ] ] "pieces"
            Expect.isEmpty (outline [] [] []) "outline")

        testCase "a band of different lengths is refused" (fun () ->
            match sentence (fun () -> Draw.band "b" Palette.blue [ 1.0; 2.0 ] [ 1.0 ] [ 1.0; 2.0 ] |> ignore) with
            | Some text -> Expect.stringContains text "x has 2 values and lower has 1" "text"
            | None -> failtest "a band with one lower end for two places was accepted")

        testCase "notes are shown on hovering with the trace's name" (fun () ->
            let trace = line () |> Draw.withNotes [ "a"; "b"; "c" ] |> parse |> at "data.0"
            Expect.equal (texts "text" trace) [ "a"; "b"; "c" ] "text"
            Expect.stringContains (text "hovertemplate" trace) "%{text}" "hovertemplate")

        testCase "guide lines stand at their values, their labels in decades on logarithmic axes" (fun () ->
            let layout =
                line ()
                |> Axes.logX "N"
                |> Axes.linearY "loss"
                |> Draw.horizontal "±3" 0.2
                |> Draw.vertical "edge" 100.0
                |> parse
                |> at "layout"

            Expect.equal (number "shapes.0.y0" layout) 0.2 "shapes.0.y0"
            Expect.equal (text "shapes.0.xref" layout) "x domain" "shapes.0.xref"
            Expect.equal (number "annotations.0.y" layout) 0.2 "annotations.0.y"
            Expect.equal (number "shapes.1.x0" layout) 100.0 "shapes.1.x0"
            Expect.equal (number "annotations.1.x" layout) 2.0 "annotations.1.x")

        testCase "a guide line without a label has no note, and Plotly.NET's own shapes stay" (fun () ->
            let layout =
                line ()
                |> Draw.horizontal "" 0.2
                |> Chart.withShape (
                    LayoutObjects.Shape.init (ShapeType = StyleParam.ShapeType.Circle, X0 = 1.0, X1 = 2.0)
                )
                |> parse
                |> at "layout"

            Expect.equal ((at "shapes" layout).GetArrayLength()) 2 "array length"
            Expect.isFalse (has "annotations" layout) "annotations")

        testCase "rows of a heat map are the rows of its matrix, and a diverging one is white at zero" (fun () ->
            let z = Array2D.init 2 3 (fun i j -> float (3 * i + j) - 1.0)

            let trace =
                Draw.diverging "change" [ 0.0; 1.0; 2.0 ] [ 0.0; 1.0 ] z |> parse |> at "data.0"

            Expect.equal (numbers "z.0" trace) [| -1.0; 0.0; 1.0 |] "z.0"
            Expect.equal (numbers "z.1" trace) [| 2.0; 3.0; 4.0 |] "z.1"
            Expect.equal (number "zmid" trace) 0.0 "zmid"
            Expect.equal (text "colorbar.title.text" trace) "change" "colorbar.title.text")

        testCase "a heat map with places for other columns than it has is refused" (fun () ->
            match sentence (fun () -> Draw.heatmap "z" [ 0.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 3) |> ignore) with
            | Some text -> Expect.stringContains text "3 values and x has 1" "text"
            | None -> failtest "three columns at one place were accepted")
    ]
