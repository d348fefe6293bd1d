module FiniteWidth.Figures.Tests.PanelsTests

open Expecto
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private panel names =
    [
        for name in names -> Chart.Line(x = [ 1.0; 10.0 ], y = [ 1.0; 2.0 ], Name = name)
    ]
    |> Chart.combine
    |> Axes.logX "N"
    |> Axes.linearY "loss"

let private grid columns panels = Panels.grid columns panels |> parse

let tests =
    testList "Panels" [
        testCase "each panel has axes of its own, in rows from the top left" (fun () ->
            let json = grid 2 [ panel [ "a" ]; panel [ "a" ]; panel [ "a" ] ]
            let domain axis = numbers $"layout.{axis}.domain" json
            Expect.isLessThan ((domain "xaxis")[1]) ((domain "xaxis2")[0]) "xaxis"
            Expect.equal (domain "xaxis3") (domain "xaxis") "xaxis3"
            Expect.equal (domain "yaxis2") (domain "yaxis") "yaxis2"
            Expect.isLessThan ((domain "yaxis3")[1]) ((domain "yaxis")[0]) "yaxis3"
            Expect.within 1e-12 ((domain "yaxis")[1]) 1.0 "yaxis"
            Expect.equal [ for i in 0..2 -> text $"data.{i}.yaxis" json ] [ "y"; "y2"; "y3" ] "text"
            Expect.equal (text "layout.yaxis3.anchor" json) "x3" "layout.yaxis3.anchor")

        testCase "guide lines and notes move with their panel" (fun () ->
            let marked () =
                panel [ "a" ] |> Draw.horizontal "±3" 1.5 |> Draw.vertical "edge" 2.0

            let layout = grid 2 [ marked (); marked () ] |> at "layout"
            Expect.equal (text "shapes.0.yref" layout) "y" "shapes.0.yref"
            Expect.equal (text "shapes.2.xref" layout) "x2 domain" "shapes.2.xref"
            Expect.equal (text "shapes.2.yref" layout) "y2" "shapes.2.yref"
            Expect.equal (text "shapes.3.yref" layout) "y2 domain" "shapes.3.yref"
            Expect.equal (text "annotations.2.yref" layout) "y2" "annotations.2.yref")

        testCase "panels of the same names share one legend with each name once" (fun () ->
            let json = grid 2 [ panel [ "a"; "b" ]; panel [ "a"; "b" ] ]

            let shown =
                [
                    for trace in (at "data" json).EnumerateArray() -> not (has "showlegend" trace)
                ]

            Expect.equal shown [ true; true; false; false ] "shown"
            Expect.isFalse (has "legend2" (at "layout" json)) "legend2"
            Expect.equal (text "layout.legend.orientation" json) "h" "layout.legend.orientation")

        testCase "a shared legend stands above the headings" (fun () ->
            let plain = [ panel [ "a"; "b" ]; panel [ "a"; "b" ] ]

            let headed =
                [
                    panel [ "a"; "b" ] |> Chart.withTitle "one"
                    panel [ "a"; "b" ] |> Chart.withTitle "two"
                ]

            let plain, headed = grid 2 plain, grid 2 headed
            Expect.equal (number "layout.legend.y" plain) 1.0 "legend on the axes"
            // A row of text over axes of the height that is left.
            let axes =
                number "layout.height" headed
                - number "layout.margin.t" headed
                - number "layout.margin.b" headed

            Expect.isGreaterThan ((number "layout.legend.y" headed - 1.0) * axes) 20.0 "room for headings")

        testCase "panels of other names have a legend each, above their own axes" (fun () ->
            let json = grid 2 [ panel [ "a"; "b" ]; panel [ "c"; "d" ] ]
            Expect.equal [ for i in 2..3 -> text $"data.{i}.legend" json ] [ "legend2"; "legend2" ] "text"
            Expect.equal (number "layout.legend2.x" json) ((numbers "layout.xaxis2.domain" json)[0]) "layout.legend2.x"
            Expect.isGreaterThan (number "layout.margin.t" json) 50.0 "layout.margin.t")

        testCase "panels of a row show a name once, each row its own" (fun () ->
            let json =
                grid 2 [
                    panel [ "a"; "b" ]
                    panel [ "a"; "b"; "law" ]
                    panel [ "a"; "c"; "d" ]
                    panel [ "a"; "c"; "d" ]
                ]

            let shown =
                [
                    for trace in (at "data" json).EnumerateArray() do
                        if not (has "showlegend" trace) then
                            text "name" trace
                ]

            Expect.equal shown [ "a"; "b"; "law"; "a"; "c"; "d" ] "shown"
            // Two entries above the first row make the room, not three.
            Expect.isLessThan (number "layout.margin.t" json) 70.0 "layout.margin.t")

        testCase "titles of panels become headings" (fun () ->
            let json =
                grid 2 [
                    panel [ "a" ] |> Chart.withTitle "left"
                    panel [ "a" ] |> Chart.withTitle "right"
                ]

            Expect.equal
                [
                    for note in (at "layout.annotations" json).EnumerateArray() -> text "text" note
                ]
                [ "left"; "right" ]
                "text"

            Expect.isFalse (has "title" (at "layout" json)) "title")

        testCase "a colour bar stands beside its own panel" (fun () ->
            let map = Draw.heatmap "z" [ 0.0; 1.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 2)
            let json = grid 2 [ map; panel [ "a" ] ]
            let bar = number "data.0.colorbar.x" json
            Expect.isGreaterThan bar ((numbers "layout.xaxis.domain" json)[1]) "bar"
            Expect.isLessThan (bar + 0.05) ((numbers "layout.xaxis2.domain" json)[0]) "bar + 0.05")

        testCase "a colour bar takes room in its own column alone" (fun () ->
            let map = Draw.heatmap "z" [ 0.0; 1.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 2)

            let gap json =
                (numbers "layout.xaxis2.domain" json)[0]
                - (numbers "layout.xaxis.domain" json)[1]

            let plain, last =
                grid 2 [ panel [ "a" ]; panel [ "a" ] ], grid 2 [ panel [ "a" ]; map ]

            Expect.within 1e-12 (gap last) (gap plain) "gap"
            Expect.isGreaterThan (number "layout.margin.r" last) (number "layout.margin.r" plain) "layout.margin.r")

        testCase "nothing, no columns and panels within panels are refused" (fun () ->
            let refused panels columns =
                match sentence (fun () -> Panels.grid columns panels |> ignore) with
                | Some text -> Expect.stringStarts text "Panels.grid: " "text"
                | None -> failtest "it was accepted"

            refused [] 2
            refused [ panel [ "a" ] ] 0
            refused [ Panels.grid 2 [ panel [ "a" ]; panel [ "a" ] ] ] 1)
    ]
