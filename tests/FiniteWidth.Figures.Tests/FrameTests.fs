module FiniteWidth.Figures.Tests.FrameTests

open Expecto
open Plotly.NET
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private size json =
    number "layout.width" json, number "layout.height" json

// Height of the axes in px.
let private plotHeight json =
    number "layout.height" json
    - number "layout.margin.t" json
    - number "layout.margin.b" json

let tests =
    testList "Frame" [
        testCase
            "a title takes no room from the axes, however long, and neither does a second one in its place"
            (fun () ->
                let chart title subtitle = line () |> Frame.titled title subtitle

                let short, long =
                    chart "short" "", chart (String.replicate 30 "long words ") (String.replicate 30 "more words ")

                Expect.equal (plotHeight (parse long)) (plotHeight (parse short)) "plot height"
                Expect.isGreaterThan (snd (size (parse long))) (snd (size (parse short)) + 60.0) "second of size"
                Expect.equal (size (parse (long |> Frame.titled "short" ""))) (size (parse short)) "size")

        testCase "titles are broken between words into lines that fit" (fun () ->
            let json = line () |> Frame.titled (String.replicate 20 "some words ") "" |> parse
            let lines = (text "layout.title.text" json).Split "<br>"
            Expect.isGreaterThan lines.Length 2 "length of lines"

            for words in lines do
                Expect.isLessThan (float words.Length * 7.0) (number "layout.width" json) "width of the line in px")

        testCase "a sign in a title is no tag" (fun () ->
            let json = line () |> Frame.titled "N < P and λ<sub>1</sub> > 0" "r < 1" |> parse

            Expect.stringStarts
                (text "layout.title.text" json)
                "N &lt; P and λ<sub>1</sub> > 0<br>"
                "layout.title.text"

            Expect.stringContains (text "layout.title.text" json) "r &lt; 1</span>" "layout.title.text")

        testCase "one curve needs no legend, several stand in rows above the axes" (fun () ->
            let curves count =
                [
                    for i in 1..count ->
                        Chart.Line(x = [ 1.0; 2.0 ], y = [ 1.0; 2.0 ], Name = $"a curve of a longer name, {i}")
                ]
                |> Chart.combine
                |> Frame.titled "title" ""
                |> parse

            Expect.isFalse ((at "layout.showlegend" (curves 1)).GetBoolean()) "boolean"
            Expect.isTrue ((at "layout.showlegend" (curves 2)).GetBoolean()) "boolean"
            Expect.equal (text "layout.legend.orientation" (curves 2)) "h" "layout.legend.orientation"
            Expect.equal (plotHeight (curves 8)) (plotHeight (curves 1)) "plot height"

            Expect.isGreaterThan
                (number "layout.margin.t" (curves 8))
                (number "layout.margin.t" (curves 2) + 40.0)
                "layout.margin.t")

        testCase "a colour bar has room beside the axes" (fun () ->
            let map =
                Draw.heatmap "z" [ 0.0; 1.0 ] [ 0.0; 1.0 ] (Array2D.zeroCreate 2 2)
                |> Frame.titled "map" ""

            let curve = line () |> Frame.titled "curve" ""

            Expect.isGreaterThan
                (number "layout.margin.r" (parse map))
                (number "layout.margin.r" (parse curve) + 60.0)
                "layout.margin.r")

        testCase "the theme is a template, which another replaces" (fun () ->
            let font chart =
                parse chart |> number "layout.template.layout.font.size"

            Expect.equal (font (line () |> Frame.titled "t" "")) 15.0 "font"

            Expect.isGreaterThan
                (font (line () |> Frame.titled "t" "" |> Chart.withTemplate (Theme.slides ())))
                18.0
                "font")

        testCase "a figure goes on with Plotly.NET's own functions" (fun () ->
            let json =
                line ()
                |> Axes.logX "N"
                |> Frame.titled "ours" "and more"
                |> Chart.withTitle "theirs"
                |> Chart.withSize (900, 500)
                |> fun chart -> Chart.combine [ chart; Chart.Point(x = [ 60.0 ], y = [ 0.2 ], Name = "measured") ]
                |> parse

            Expect.equal (text "layout.title.text" json) "theirs" "layout.title.text"
            Expect.equal (names json) [ "loss"; "measured" ] "names"
            Expect.equal (text "layout.xaxis.type" json) "log" "layout.xaxis.type")
    ]
