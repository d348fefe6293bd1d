module FiniteWidth.Figures.Tests.CertifiedFigureTests

open Expecto
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

let private figure: CertifiedFigure =
    {
        Widths = [| 20.0; 100.0; 500.0; 2500.0 |]
        Loss = [| 0.004; 0.006; 0.02; 0.03 |]
        Bias = [| 0.002; 0.002; 0.01; 0.01 |]
        Variance = [| 0.002; 0.004; 0.01; 0.02 |]
        StandardError = [| 1e-4; 2e-4; nan; 3e-4 |]
        Certified = [| true; true; false; true |]
        Examples = 1000
        Sampled =
            {
                Widths = [| 20.0; 100.0 |]
                Loss = [| 0.0041; 0.0059 |]
                StandardError = [| 1e-4; 1e-4 |]
            }
        Theory = "proportional", [| 0.023; 0.024; 0.027; 0.031 |]
        TheoryFrom = Some 2500.0
        InfiniteWidth = Some 0.033
        Title = "MNIST"
        Subtitle = "Finite width helps: yes."
        XLabel = "width N"
    }

let tests =
    testList "Certified figure" [
        testCase "The certified curve stands with its band beside the theory, dashed, and the chains' points" (fun () ->
            let json = CertifiedFigure.chart figure |> parse

            Expect.equal
                (names json)
                [
                    "± 2 standard errors"
                    "proportional theory"
                    "bias"
                    "variance"
                    "not certified"
                    "loss, certified"
                    "sampled"
                ]
                "names"

            Expect.equal (text "line.dash" (trace "proportional theory" json)) "dash" "dash"
            Expect.equal (numbers "y" (trace "sampled" json)) [| 0.0041; 0.0059 |] "sampled"
            let certified = numbers "y" (trace "loss, certified" json)
            Expect.equal certified [| 0.004; 0.006; nan; 0.03 |] "certified"
            // From neighbour to neighbour, so that the curve has no gap.
            Expect.equal (numbers "y" (trace "not certified" json)) [| nan; 0.006; 0.02; 0.03 |] "not certified"
            let band = numbers "y" (trace "± 2 standard errors" json)
            Expect.contains band 0.0042 "band"
            Expect.contains band 0.0056 "band"
            Expect.equal (text "layout.yaxis.type" json) "log" "type")

        testCase "Infinite width and the place where theory takes over are marked" (fun () ->
            let json = CertifiedFigure.chart figure |> parse
            Expect.equal (number "layout.shapes.0.y0" json) 0.033 "y0"
            Expect.equal (number "layout.shapes.1.x0" json) 2500.0 "x0"

            let plain =
                CertifiedFigure.chart
                    { figure with
                        TheoryFrom = None
                        InfiniteWidth = None
                        Certified = Array.create 4 true
                        Sampled =
                            {
                                Widths = [||]
                                Loss = [||]
                                StandardError = [||]
                            }
                    }
                |> parse

            Expect.isFalse
                (names plain
                 |> List.exists (fun name -> name = "not certified" || name = "sampled"))
                "names")

        testCase "Arrays of different lengths are refused in one sentence" (fun () ->
            for figure in
                [
                    { figure with Certified = [| true |] }
                    { figure with
                        Theory = "proportional", [||]
                    }
                    { figure with
                        Sampled = { figure.Sampled with Loss = [||] }
                    }
                ] do
                Expect.stringContains
                    (sentence (fun () -> CertifiedFigure.chart figure |> ignore)
                     |> Option.defaultValue "none")
                    "they must have as many"
                    "sentence")
    ]
