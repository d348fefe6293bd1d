/// Theory against experiment where it is known which theory is right.
module FiniteWidth.Experiment.Tests.Measurements.ComparisonTests

open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Testing

let private split = teacher 21UL 12 30 10 1

let private linear = network Activation.linear [ 4 ] [ 1.0; 1.0 ]

let private theories =
    [
        ComparedTheory.mixture
        ComparedTheory.ofTheory "proportional" Theory.proportional
        ComparedTheory.ofTheory "infinite-width" Theory.infiniteWidth
    ]

let private point examples width : GridPoint =
    {
        Examples = examples
        Architecture = Architecture.FullyConnected(Network.withWidth width linear)
        Temperature = 0.1
    }

let private grid = [ point 6 4; point 12 4; point 12 40 ]

let private compared =
    lazy
        (let plan = plan 22UL 300 1200
         Comparison.run theories (fun _ -> plan) grid split |> Result.orFail)

let private theory name (point: ComparedPoint) =
    point.Theories |> List.find (fun theory -> theory.Name = name)

let private refusal theories grid =
    match Comparison.run theories (fun _ -> plan 1UL 5 5) grid split with
    | Ok _ -> "accepted"
    | Error failure -> failure.Message

let tests =
    testList "Comparison" [
        testCase "The exact theory of a linear network agrees at every point" (fun () ->
            for point in compared.Value.Points do
                let exact = theory "mixture" point
                // Three standard errors are exceeded once in 370 points.
                Expect.equal exact.Agreement Agreement.Agree "agreement"
                Expect.isLessThan (abs exact.BiasZ) 4.0 "abs"
                Expect.isLessThan (abs exact.VarianceZ) 4.0 "abs")

        testCase
            "Infinite width differs from a network of four units, and the saddle point is within its error bar"
            (fun () ->
                let narrow = compared.Value.Points[1]
                Expect.equal ((theory "infinite-width" narrow).Agreement) Agreement.Differ "agreement"
                Expect.equal narrow.Nearest "mixture" "nearest"
                let saddle = theory "proportional" narrow
                let bar = Result.orFail narrow.ErrorBar
                // The bar is the distance from the exact value.
                Expect.within 1e-12 bar (abs (saddle.Score.Loss - (theory "mixture" narrow).Score.Loss)) "bar"
                Expect.notEqual saddle.Agreement Agreement.Differ "agreement")

        testCase "A chain too short to have converged cannot tell" (fun () ->
            let plan = plan 23UL 5 8

            let compared =
                Comparison.run theories (fun _ -> plan) [ point 12 4 ] split |> Result.orFail

            for theory in compared.Points.Head.Theories do
                Expect.equal theory.Agreement Agreement.NotConverged "agreement")

        testCase "The columns hold a row a point and repeat what the points say" (fun () ->
            let columns = Comparison.columns compared.Value |> Map.ofList
            Expect.isTrue (columns["P"] = [| 6.0; 12.0; 12.0 |]) "columns"
            Expect.isTrue (columns["N"] = [| 4.0; 4.0; 40.0 |]) "columns"

            for i, point in List.indexed compared.Value.Points do
                Expect.equal (columns["loss"][i]) point.Measurement.Loss.Value "columns"
                Expect.equal (columns["loss_error"][i]) point.Measurement.Loss.Error "columns"
                Expect.equal (columns["proportional_z"][i]) ((theory "proportional" point).LossZ) "columns"

                Expect.equal
                    (columns["converged"][i])
                    (if point.Measurement.Verdict = Verdict.Converged then
                         1.0
                     else
                         0.0)
                    "columns")

        testCase "A comparison that is cancelled has the points there are and names the others" (fun () ->
            use source = new CancellationTokenSource()

            let plan point =
                let plan = plan 24UL 20 40

                { plan with
                    Settings =
                        { plan.Settings with
                            Cancellation = source.Token
                            // The second point is cancelled as soon as it moves.
                            Progress =
                                fun _ ->
                                    if obj.ReferenceEquals(point, grid[1]) then
                                        source.Cancel()
                        }
                }

            let compared = Comparison.run theories plan grid split |> Result.orFail
            Expect.equal (compared.Points.Length + compared.Missing.Length) 3 "length"
            Expect.isInRange compared.Missing.Length 1 2 "length of missing"
            Expect.isTrue (List.last compared.Missing = grid[2]) "List.last compared.Missing = grid[2]")

        testCase "A point that runs out of time before it has draws is missing, and the others are measured" (fun () ->
            let plan point =
                let plan = plan 25UL 20 40

                if obj.ReferenceEquals(point, grid[0]) then
                    { plan with
                        Settings =
                            { plan.Settings with
                                TimeLimit = Some(System.TimeSpan.FromTicks 1L)
                            }
                    }
                else
                    plan

            let compared = Comparison.run theories plan grid split |> Result.orFail
            Expect.isTrue (compared.Missing = [ grid[0] ]) "compared.Missing = [ grid[0] ]"
            Expect.equal compared.Points.Length 2 "length of points")

        testCase "The expansion in 1/N stands beside it, of up to four hidden layers" (fun () ->
            let ofLayers widths =
                let point =
                    { grid[0] with
                        Architecture = Architecture.FullyConnected(Network.dense Activation.linear widths)
                    }

                let theories = [ ComparedTheory.ofTheory "proportional" Theory.proportional ]

                (Comparison.run theories (fun _ -> plan 26UL 20 40) [ point ] split
                 |> Result.orFail)
                    .Points.Head

            let narrow, wide = ofLayers [ 4 ], ofLayers [ 100_000 ]
            let expansion = Result.orFail wide.Expansion
            Expect.within 1e-12 expansion.InfiniteWidth.Loss wide.InfiniteWidth.Value.Loss "loss"

            // Of linear units the theory's saddle point has the exact slope, but for the mixture's small part.
            let slope =
                100_000.0 * (wide.Theories.Head.Score.Loss - expansion.InfiniteWidth.Loss)

            let bar = 100_000.0 * Result.orFail wide.ErrorBar
            Expect.within (4.0 * expansion.SlopeError.Loss + bar) expansion.Slope.Loss slope "loss"
            Expect.equal (Result.orFail narrow.Expansion) expansion "expansion"

            Expect.hasLength (Result.orFail (ofLayers [ 4; 4 ]).Expansion).Layers 2 "layers"

            match (ofLayers [ 4; 4; 4; 4; 4 ]).Expansion with
            | Error reason -> Expect.stringContains reason.Message "5 hidden layers" "message"
            | Ok _ -> failtest "Five layers were expanded.")

        testCase "What cannot be compared is refused in one sentence" (fun () ->
            Expect.equal
                (refusal [] grid)
                "There are 0 theories and 3 points: a comparison needs at least one of both."
                "refusal"

            Expect.equal
                (refusal theories [ point 13 4 ])
                "13 training examples are asked for and there are 12: ask for 1 to 12."
                "refusal")
    ]
