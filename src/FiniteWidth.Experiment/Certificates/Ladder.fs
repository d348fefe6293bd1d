namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// Where the chains of one network are, from which those of a wider or narrower one can start.
[<NoComparison; NoEquality>]
type internal Rung =
    {
        Network: Network
        Layout: WeightLayout
        /// One a chain, hidden weights first.
        Positions: float[][]
    }

/// From one width to the next: units are added from the prior or left out at random, in every hidden layer; the readout is integrated out.
[<RequireQualifiedAccess>]
module internal Ladder =

    /// Where the chains of a measurement are.
    let rungOf network (measurement: Measurement) =
        {
            Network = network
            Layout = measurement.Posterior.Layout
            Positions = measurement.Run.States |> Array.map _.Position
        }

    // For each unit of a layer the one that it was, -1 for a new one.
    let private origins (stream: RandomStream) before after =
        if after >= before then
            Array.init after (fun unit -> if unit < before then unit else -1)
        else
            let keys: float[] = Array.zeroCreate before
            stream.Uniform(Span keys)
            Array.sortBy (fun unit -> keys[unit]) [| 0 .. before - 1 |] |> Array.take after

    /// Where chain number i of a network starts that differs from the rung's in its widths alone; of fewer chains more than one starts at each.
    let start (seed: uint64) (network: Network) rung =
        let readout = List.last rung.Layout.Blocks

        let layout =
            WeightLayout.create rung.Layout.Blocks.Head.Columns readout.Rows (Architecture.FullyConnected network)

        let isHidden (block: WeightBlock) = block.Kind <> WeightKind.Readout

        fun chain ->
            let stream =
                RandomStream.FromSeed(seed).Split(int64 (List.last network.Widths)).Split(int64 chain)

            let old = rung.Positions[chain % rung.Positions.Length]
            let position: float[] = Array.zeroCreate layout.HiddenDimension
            stream.Normal(Span position)

            let units =
                List.zip rung.Network.Widths network.Widths
                |> List.mapi (fun l (before, after) -> origins (stream.Split(int64 (1 + l))) before after)
                |> Array.ofList

            for was, is in List.zip (List.filter isHidden rung.Layout.Blocks) (List.filter isHidden layout.Blocks) do
                let rows = units[is.Layer - 1]

                let columns =
                    if is.Kind = WeightKind.Weights && is.Layer > 1 then
                        units[is.Layer - 2]
                    else
                        [| 0 .. is.Columns - 1 |]

                for i in 0 .. is.Rows - 1 do
                    for j in 0 .. is.Columns - 1 do
                        if rows[i] >= 0 && columns[j] >= 0 then
                            position[is.Offset + i * is.Columns + j] <-
                                old[was.Offset + rows[i] * was.Columns + columns[j]]

            position
