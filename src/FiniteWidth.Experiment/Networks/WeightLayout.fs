namespace FiniteWidth.Experiment

open FiniteWidth
open FiniteWidth.Numerics.Networks

/// What a block of a network's coordinates is.
[<RequireQualifiedAccess>]
type WeightKind =
    /// W_l, a row a unit.
    | Weights
    /// The biases of a layer, one a unit.
    | Biases
    /// v, a row an output.
    | Readout

/// A block of coordinates x, row by row, whose weights are theta = x/sqrt(Prior).
type WeightBlock =
    {
        /// What the weights are.
        Kind: WeightKind
        /// l from 1, L + 1 for the readout.
        Layer: int
        /// Where the block begins.
        Offset: int
        /// Rows of the matrix.
        Rows: int
        /// Columns of the matrix.
        Columns: int
        /// The precision of the weights' prior.
        Prior: float
    }

    /// The number of coordinates.
    member this.Count = this.Rows * this.Columns

/// Where each weight of a network stands in a vector of coordinates whitened by the prior: layer after layer, each layer's weights
/// before its biases, the readout last.
type WeightLayout =
    {
        /// The matrices of weights, one after the other.
        Blocks: WeightBlock list
        /// The number of coordinates before the readout.
        HiddenDimension: int
        /// The number of coordinates.
        Dimension: int
    }

/// Where a network's weights stand in a position.
[<RequireQualifiedAccess>]
module WeightLayout =

    /// The layers as functions of whitened coordinates, the first over `inputs` of the `fanIn` inputs that its prior counts.
    let internal layers inputs fanIn architecture =
        let widths = Architecture.widths architecture

        List.zip3
            (List.zip (Architecture.fanIns inputs architecture) widths)
            (List.take widths.Length (Architecture.priors architecture))
            (Architecture.biases architecture)
        |> List.mapi (fun l ((inputs, units), prior, bias) ->
            let fanIn = if l = 0 then fanIn else inputs

            let biasScale =
                match bias with
                | Some precision -> 1.0 / sqrt precision
                | None -> 0.0

            let weightScale = 1.0 / sqrt (prior * float fanIn)

            match Architecture.footprint (l + 1) architecture with
            | Some(struct (size, places)) -> FeatureLayer(inputs, units, weightScale, biasScale, size, places)
            | None -> FeatureLayer(inputs, units, weightScale, biasScale))

    let private block kind layer rows columns prior =
        {
            Kind = kind
            Layer = layer
            Offset = 0
            Rows = rows
            Columns = columns
            Prior = prior
        }

    /// The layout of a network over `inputs` coordinates of its first layer's inputs, with D outputs.
    let create inputs outputs architecture =
        let priors = Architecture.priors architecture

        let hidden =
            [
                for l, ((inputs, units), bias) in
                    List.zip
                        (List.zip (Architecture.fanIns inputs architecture) (Architecture.widths architecture))
                        (Architecture.biases architecture)
                    |> List.indexed do
                    block WeightKind.Weights (l + 1) units inputs priors[l]

                    match bias with
                    | Some precision -> block WeightKind.Biases (l + 1) units 1 precision
                    | None -> ()
            ]

        let readout =
            block WeightKind.Readout priors.Length outputs (Architecture.features architecture) (List.last priors)

        let place offset (block: WeightBlock) =
            { block with Offset = offset }, offset + block.Count

        let blocks, dimension = List.mapFold place 0 (hidden @ [ readout ])

        {
            Blocks = blocks
            HiddenDimension = dimension - readout.Count
            Dimension = dimension
        }

    /// For every coordinate the precision lambda of its weight's prior.
    let precisions (layout: WeightLayout) =
        let precisions = Array.zeroCreate<float> layout.Dimension

        for block in layout.Blocks do
            System.Array.Fill(precisions, block.Prior, block.Offset, block.Count)

        precisions

    /// The mean of x^2 over each block of a position, 1 under the prior: lambda times the mean square of the block's weights. Blocks
    /// that lie beyond a position without a readout are left out.
    let meanSquares (layout: WeightLayout) (position: float[]) =
        layout.Blocks
        |> List.filter (fun block -> block.Offset + block.Count <= position.Length)
        |> List.map (fun block ->
            let mutable sum = 0.0

            for i in block.Offset .. block.Offset + block.Count - 1 do
                sum <- sum + position[i] * position[i]

            block, sum / float block.Count)

    /// What a block's mean of x^2 is called.
    let internal sizeName (block: WeightBlock) =
        match block.Kind with
        | WeightKind.Weights -> $"lambda <w^2> of layer {block.Layer}"
        | WeightKind.Biases -> $"lambda_b <b^2> of layer {block.Layer}"
        | WeightKind.Readout -> "lambda <v^2> of the readout"
