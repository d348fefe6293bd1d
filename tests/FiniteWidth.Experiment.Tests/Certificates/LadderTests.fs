/// Chains that go from one width to another.
module FiniteWidth.Experiment.Tests.Certificates.LadderTests

open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Testing

let private biased widths =
    Network.create
        Activation.erf
        widths
        (List.replicate (widths.Length + 1) 1.0)
        (widths |> List.map (fun _ -> Some 1.0))
    |> Result.orFail

let private layoutOf network =
    WeightLayout.create 5 1 (Architecture.FullyConnected network)

// Every coordinate is its own number, so that one sees where it went.
let private rung network =
    let layout = layoutOf network

    {
        Network = network
        Layout = layout
        Positions = [| Array.init layout.HiddenDimension (fun i -> 1000.0 + float i) |]
    }

let private rowsOf (layout: WeightLayout) (position: float[]) block =
    let block = layout.Blocks[block]

    [
        for i in 0 .. block.Rows - 1 ->
            position
            |> Array.skip (block.Offset + i * block.Columns)
            |> Array.truncate block.Columns
            |> List.ofArray
    ]

let private isOld value = value >= 1000.0

let tests =
    testList "Ladder" [
        testCase "Wider networks keep their units and take new ones from the prior" (fun () ->
            let before = rung (biased [ 40 ])
            let after = biased [ 300 ]
            let position = Ladder.start 1UL after before 0

            let old, grown =
                rowsOf before.Layout (Array.head before.Positions), rowsOf (layoutOf after) position

            for block in 0..1 do
                Expect.equal (List.take 40 (grown block)) (old block) "units"

            let added = List.skip 40 (grown 0) |> List.concat
            Expect.all added (isOld >> not) "added"
            let square = added |> List.averageBy (fun x -> x * x)
            Expect.within 0.2 square 1.0 "square")

        testCase "Narrower networks keep some of their units, weights and biases together" (fun () ->
            let before = rung (biased [ 40 ])
            let after = biased [ 7 ]
            let position = Ladder.start 1UL after before 0

            let old, left =
                rowsOf before.Layout (Array.head before.Positions), rowsOf (layoutOf after) position

            Expect.all position isOld "position"
            let chosen = left 0 |> List.map (fun row -> List.findIndex ((=) row) (old 0))
            Expect.hasLength (List.distinct chosen) 7 "chosen"
            Expect.equal [ for i in chosen -> (old 1)[i] ] (left 1) "biases")

        testCase "In deep networks the weights between units that are kept are kept" (fun () ->
            let before = rung (network Activation.erf [ 6; 6 ] [ 1.0; 1.0; 1.0 ])
            let after = network Activation.erf [ 4; 9 ] [ 1.0; 1.0; 1.0 ]
            let position = Ladder.start 1UL after before 0

            let old, now =
                rowsOf before.Layout (Array.head before.Positions), rowsOf (layoutOf after) position

            let chosen = now 0 |> List.map (fun row -> List.findIndex ((=) row) (old 0))

            for i, row in List.indexed (now 1) do
                if i < 6 then
                    Expect.equal row [ for j in chosen -> ((old 1)[i]).[j] ] "row"
                else
                    Expect.all row (isOld >> not) "row")
    ]
