// Features that are trained: one hidden layer f(x) = V sigma(W x/sqrt(N0))/sqrt(N), sigma = tanh, fitted to the training examples by
// full-batch Adam on the mean squared error. For the figure scripts.
#load "load.fsx"

open System.Threading.Tasks
open FiniteWidth
open FiniteWidth.Numerics

let private multiply scale (a: Matrix) transposeA (b: Matrix) transposeB =
    let rows = if transposeA then a.Columns else a.Rows
    let columns = if transposeB then b.Rows else b.Columns
    let product = Matrix.Uninitialized(rows, columns)
    LinearAlgebra.Default.Multiply(scale, a, transposeA, b, transposeB, 0.0, product)
    product

/// x := f x y, entry by entry.
let private update (f: float -> float -> float) (x: Matrix) (y: Matrix) =
    Parallel.For(
        0L,
        int64 x.Rows,
        fun i ->
            let target = x.Row(nativeint i)
            let source = y.Row(nativeint i)

            for j in 0 .. target.Length - 1 do
                target[j] <- f target[j] source[j]
    )
    |> ignore

let private activate (h: Matrix) =
    update (fun _ h -> tanh h) h h
    h

/// Weights with Adam's running means of their gradient and of its square (Kingma and Ba 2015).
type private Weights(values: Matrix) =

    let first = Matrix.Zeros(values.Rows, values.Columns)
    let second = Matrix.Zeros(values.Rows, values.Columns)

    member _.Values = values

    member _.Step rate step (gradient: Matrix) =
        let correction beta = 1.0 - beta ** float step
        update (fun m g -> 0.9 * m + 0.1 * g) first gradient
        update (fun v g -> 0.999 * v + 0.001 * g * g) second gradient
        let direction = first.Clone()

        update (fun m v -> m / correction 0.9 / (sqrt (v / correction 0.999) + 1e-8)) direction second

        update (fun w d -> w - rate * d) values direction

/// Trains both layers of a network of `width` hidden units for a number of steps of Adam, and returns the map from inputs to its hidden
/// layer.
let trainedFeatures (stream: RandomStream) width rate steps (data: DataSet) =
    let draw index (rows: nativeint) columns =
        let matrix = Matrix.Uninitialized(rows, columns)
        stream.Split(index).Normal matrix
        Weights matrix

    let hidden = draw 0L (nativeint width) data.Inputs.Columns
    let readout = draw 1L data.Targets.Columns (nativeint width)
    let inputScale = 1.0 / sqrt (float data.Features)
    let outputScale = 1.0 / sqrt (float width)

    let preactivations x =
        multiply inputScale x false hidden.Values true

    for step in 1..steps do
        let features = activate (preactivations data.Inputs)
        let residual = multiply outputScale features false readout.Values true
        update (-) residual data.Targets
        let scale = 2.0 / float data.Count

        // Backwards: through the readout, through sigma' = 1 - sigma^2, to the inputs.
        let ofReadout = multiply (scale * outputScale) residual true features false
        let backwards = multiply (scale * outputScale) residual false readout.Values false
        update (fun g sigma -> g * (1.0 - sigma * sigma)) backwards features
        let ofHidden = multiply inputScale backwards true data.Inputs false
        readout.Step rate step ofReadout
        hidden.Step rate step ofHidden

    preactivations >> activate
