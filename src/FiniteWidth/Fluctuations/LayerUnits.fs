namespace FiniteWidth

open FiniteWidth.Numerics

/// Random units of a hidden layer whose layers below are infinitely wide: features at training and test points, P x count and Ptest x count.
type internal LayerUnits = RandomStream -> int -> struct (Matrix * Matrix)

[<RequireQualifiedAccess>]
module internal LayerUnits =

    // Of the first layer: h = W x, the same for all points.
    let private ofInputs (network: Network) (train: Matrix) (test: Matrix) : LayerUnits =
        let units = Units.ofActivation network.Activation

        let layer count =
            Network.Unchecked(
                network.Activation,
                [ count ],
                List.truncate 2 network.Priors,
                List.truncate 1 network.Biases,
                Wiring.Sequential
            )

        fun stream count ->
            let features =
                RandomFeatures.drawWith units stream (int train.Columns) (layer count)

            struct (features train, features test)

    // Of a layer above.
    let private ofField (network: Network) layer (train: Matrix) (test: Matrix) : LayerUnits =
        let field = LayerField(network, layer, train)
        let z = field.Train
        let struct (z0, deviations) = field.At test
        let units = Units.ofActivation network.Activation

        fun stream count ->
            let normal index rows =
                let matrix = Matrix.Uninitialized(rows, nativeint count)
                stream.Split(index).Normal matrix
                matrix

            use x = normal 0L z.Columns
            let h0 = normal 1L test.Rows

            for t in 0n .. h0.Rows - 1n do
                let row = h0.Row t
                let deviation = deviations[int t]

                for j in 0 .. row.Length - 1 do
                    row[j] <- deviation * row[j]

            LinearAlgebra.Default.Multiply(1.0, z0, false, x, false, 1.0, h0)
            let h = UnitAlgebra.product 1.0 z false x

            for field in [ h; h0 ] do
                for i in 0n .. field.Rows - 1n do
                    units.Apply(System.Span.op_Implicit (field.Row i), field.Row i)

            struct (h, h0)

    /// Units of hidden layer l, counted from 1, of a sequential network.
    let create (network: Network) layer (train: Matrix) (test: Matrix) =
        if layer = 1 then
            ofInputs network train test
        else
            ofField network layer train test
