namespace FiniteWidth

open FiniteWidth.Numerics

/// Random units of a hidden layer whose layers below are infinitely wide: features at training and test points, P x count and Ptest x count.
type internal LayerUnits = RandomStream -> int -> struct (Matrix * Matrix)

[<RequireQualifiedAccess>]
module internal LayerUnits =

    // Eigenvalues of a covariance below this part of the largest are rounding.
    let private rounding = 1e-13

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

    // Of a layer above: h is a Gaussian field of the kernel of its preactivations. Test points are drawn one by one given the training points: no
    // average that is of account has two of them.
    let private ofField (network: Network) layer (train: Matrix) (test: Matrix) : LayerUnits =
        let program = KernelProgram.compile (Theory.preactivations network layer)

        let value symbol =
            Network.tryValue symbol network |> Option.get

        let vectors = KernelProgram.symmetric value train program
        KernelProgram.requireFinite vectors
        let cross = KernelProgram.cross value train test program
        let variances = KernelProgram.diagonal value test program
        // Eigenvectors stand in rows.
        let eigenvalues = LinearAlgebra.Default.Eigen vectors
        let largest = Array.last eigenvalues

        let roots =
            eigenvalues
            |> Array.map (fun k -> if k > rounding * largest then sqrt k else 0.0)

        let share = UnitAlgebra.product 1.0 vectors false cross

        for i in 0n .. share.Rows - 1n do
            let row = share.Row i
            let root = roots[int i]

            for t in 0 .. row.Length - 1 do
                row[t] <- if root > 0.0 then row[t] / root else 0.0

        let explained = UnitAlgebra.columnDots share share

        let rest =
            Array.map2 (fun variance explained -> sqrt (max 0.0 (variance - explained))) variances explained

        let units = Units.ofActivation network.Activation

        fun stream count ->
            let normal index rows =
                let matrix = Matrix.Uninitialized(rows, nativeint count)
                stream.Split(index).Normal matrix
                matrix

            use x = normal 0L vectors.Rows
            let h0 = normal 1L test.Rows

            for t in 0n .. h0.Rows - 1n do
                let row = h0.Row t
                let deviation = rest[int t]

                for j in 0 .. row.Length - 1 do
                    row[j] <- deviation * row[j]

            LinearAlgebra.Default.Multiply(1.0, share, true, x, false, 1.0, h0)

            for i in 0n .. x.Rows - 1n do
                let row = x.Row i

                for j in 0 .. row.Length - 1 do
                    row[j] <- roots[int i] * row[j]

            let h = UnitAlgebra.product 1.0 vectors true x

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
