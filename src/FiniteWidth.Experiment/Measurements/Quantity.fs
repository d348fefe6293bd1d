namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// What may be measured besides losses. All of it is streamed: memory of about 130 numbers a chain for each entry, whatever the number
/// of draws.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Quantity =
    /// The hidden Gram matrix Phi Phi^T/N_L of the training set, P (P + 1)/2 entries.
    | HiddenGram
    /// For each hidden unit of a teacher (K x N0) the largest |cosine| of the angle to a unit of the first layer, and the mean square of
    /// that cosine over the units, inside the span of the training inputs where the chain is: 2 K entries. Neither depends on the order
    /// of the student's units.
    | TeacherOverlap of units: Matrix
    /// The covariance of the outputs at each test point, D (D + 1)/2 entries a point.
    | OutputCovariance

/// What a chain shows at a draw.
[<NoComparison; NoEquality>]
type internal NetworkDraw =
    {
        Position: float[]
        /// At the test points.
        Prediction: Prediction
        /// Makes Cov[f_d, f_e] given the draw as a function of the test point and two different outputs.
        CrossCovariance: unit -> (int -> nativeint -> nativeint -> float)
    }

/// A quantity of a network's posterior, ready to be streamed.
[<NoComparison; NoEquality>]
type internal QuantityStream =
    {
        Names: string list
        /// Makes functions, one a chain, that write the entries of a draw from a place in an array on.
        Create: unit -> (NetworkDraw -> float[] -> int -> unit)
    }

[<RequireQualifiedAccess>]
module internal Quantity =

    /// (i, j), j <= i < n, row by row.
    let triangle n =
        [|
            for i in 0 .. n - 1 do
                for j in 0..i -> struct (i, j)
        |]

    let private hiddenGram (posterior: NetworkPosterior) =
        let count = posterior.Data.Count
        let pairs = triangle count
        let source = HiddenLayers.gram posterior

        {
            Names = [ for struct (i, j) in pairs -> $"Gram matrix {i},{j}" ]
            Create =
                fun () ->
                    let gram = source ()
                    let matrix = Matrix.Uninitialized(nativeint count, nativeint count)

                    fun draw values offset ->
                        gram draw.Position matrix

                        for k in 0 .. pairs.Length - 1 do
                            let struct (i, j) = pairs[k]
                            values[offset + k] <- matrix[nativeint i, nativeint j]
        }

    let private norm (v: ReadOnlySpan<float>) = sqrt (VectorArithmetic.Dot(v, v))

    let private teacherOverlap (units: Matrix) (posterior: NetworkPosterior) =
        let block = posterior.Layout.Blocks.Head
        let overlap = HiddenLayers.teacherOverlap units posterior

        let inside =
            match posterior.Span with
            | None -> units
            | Some span -> InputSpan.coordinates units span

        let count = int units.Rows
        let fanIn = float units.Columns

        let teacherNorms =
            Array.init count (fun k -> norm (Span.op_Implicit (inside.Row(nativeint k))))

        {
            Names =
                [ for k in 0 .. count - 1 -> $"largest |cosine| with teacher unit {k}" ]
                @ [ for k in 0 .. count - 1 -> $"mean square cosine with teacher unit {k}" ]
            Create =
                fun () ->
                    fun draw values offset ->
                        let overlaps = overlap draw.Position

                        for k in 0 .. count - 1 do
                            let mutable largest = 0.0
                            let mutable squares = 0.0

                            for j in 0 .. block.Rows - 1 do
                                let size = norm (ReadOnlySpan(draw.Position, j * block.Columns, block.Columns))

                                // The overlap is |w| |w*| cosine/N0, and x = sqrt(lambda_0) w.
                                let cosine = overlaps[j, k] * fanIn * sqrt block.Prior / (size * teacherNorms[k])

                                largest <- max largest (abs cosine)
                                squares <- squares + cosine * cosine

                            values[offset + k] <- largest
                            values[offset + count + k] <- squares / float block.Rows
        }

    // E[f_d f_e | draw].
    let private outputCovariance points (posterior: NetworkPosterior) =
        let pairs = triangle posterior.Data.Outputs

        {
            Names =
                [
                    for t in 0 .. points - 1 do
                        for struct (d, e) in pairs -> $"f_{d} f_{e} at test point {t}"
                ]
            Create =
                fun () ->
                    fun draw values offset ->
                        let prediction = draw.Prediction
                        let cross = draw.CrossCovariance()

                        for t in 0 .. points - 1 do
                            for k in 0 .. pairs.Length - 1 do
                                let struct (d, e) = pairs[k]
                                let product = prediction.Mean[t, d] * prediction.Mean[t, e]

                                values[offset + t * pairs.Length + k] <-
                                    if d = e then
                                        product + prediction.Variance[t, d]
                                    else
                                        product + cross t (nativeint d) (nativeint e)
        }

    /// The stream of a quantity at this many test points.
    let stream points posterior quantity =
        match quantity with
        | Quantity.HiddenGram -> hiddenGram posterior
        | Quantity.TeacherOverlap units -> teacherOverlap units posterior
        | Quantity.OutputCovariance -> outputCovariance points posterior
