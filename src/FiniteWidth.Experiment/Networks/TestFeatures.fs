namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// What the first layer sees of test points: in the coordinates of the chain, and outside of those, where its weights keep their
/// prior.
[<NoComparison; NoEquality>]
type internal TestInputs =
    {
        /// Rows in the coordinates of the chain.
        Inside: Matrix
        /// The rest of each row, in an orthonormal basis of its own; no columns where the chain's coordinates see everything.
        Outside: Matrix
        /// N0, or M for patches.
        FanIn: int
    }

[<RequireQualifiedAccess>]
module internal TestInputs =

    // A remainder of this size relative to the test point is rounding.
    let private negligible = 1e-12

    let norm (matrix: Matrix) (i: nativeint) =
        let mutable sum = 0.0
        let row = matrix.Row i

        for j in 0 .. row.Length - 1 do
            sum <- sum + row[j] * row[j]

        sqrt sum

    let private remainder (receptive: Matrix) span =
        let rest = InputSpan.outside receptive span

        for i in 0n .. rest.Rows - 1n do
            if norm rest i <= negligible * norm receptive i then
                (rest.Row i).Clear()

        rest

    let create (inputs: Matrix) (posterior: NetworkPosterior) =
        if inputs.Columns <> nativeint posterior.Data.Features then
            raise (
                FailureException(
                    BadData
                        $"Training inputs have {posterior.Data.Features} features and test inputs {inputs.Columns}: they must have the same."
                )
            )

        let receptive = Architecture.receptive inputs posterior.Architecture

        let inside, outside =
            match posterior.Span with
            | None -> receptive, Matrix.Zeros(receptive.Rows, 0n)
            | Some span ->
                let rest = remainder receptive span
                InputSpan.coordinates receptive span, InputSpan.coordinates rest (InputSpan.ofRows rest)

        {
            Inside = inside
            Outside = outside
            FanIn = int receptive.Columns
        }

/// Features of test points given hidden coordinates, with weights outside the chain's coordinates drawn from their prior: one exact
/// draw for all test points together.
[<Sealed>]
type internal DrawnFeatures(posterior: NetworkPosterior, map: FeatureMap, inside: int, outside: int) =

    let work = map.CreateWork posterior.Options.Threads

    let features = Matrix.Uninitialized(nativeint map.Points, nativeint map.Features)

    // Each unit's drawn weights stand after those of the chain.
    let extended (position: float[]) (stream: RandomStream) =
        let units = posterior.Layout.Blocks.Head.Rows
        let drawn = Array.zeroCreate<float>(units * outside)
        stream.Normal(Span drawn)
        let result = Array.zeroCreate<float> map.Parameters

        for unit in 0 .. units - 1 do
            let start = unit * (inside + outside)
            Array.blit position (unit * inside) result start inside
            Array.blit drawn (unit * outside) result (start + inside) outside

        let rest = posterior.Layout.HiddenDimension - units * inside
        Array.blit position (units * inside) result (units * (inside + outside)) rest
        result

    /// Phi, points x features; overwritten by the next call.
    member _.Evaluate(position, stream) =
        work.Evaluate((if outside = 0 then position else extended position stream), features)
        features

[<RequireQualifiedAccess>]
module internal DrawnFeatures =

    let create (test: TestInputs) (posterior: NetworkPosterior) =
        let joined =
            Matrix.Create(
                test.Inside.Rows,
                test.Inside.Columns + test.Outside.Columns,
                fun i j ->
                    if j < test.Inside.Columns then
                        test.Inside[i, j]
                    else
                        test.Outside[i, j - test.Inside.Columns]
            )

        let map =
            NetworkPosterior.mapOver joined test.FanIn Precision.Double posterior.Architecture

        fun () -> DrawnFeatures(posterior, map, int test.Inside.Columns, int test.Outside.Columns)

/// Means and variances of the features of one fully connected hidden layer over weights outside the chain's coordinates: they add
/// N(0, s_t^2) to the preactivation of every unit at test point t, independently from unit to unit.
[<Sealed>]
type internal AveragedFeatures(posterior: NetworkPosterior, test: TestInputs) =

    let inside = test.Inside

    let layer =
        WeightLayout.layers (int inside.Columns) test.FanIn posterior.Architecture
        |> List.exactlyOne

    let deviations =
        Array.init (int test.Outside.Rows) (fun t -> layer.WeightScale * TestInputs.norm test.Outside (nativeint t))

    let means = Matrix.Uninitialized(inside.Rows, nativeint layer.Units)
    let variances = Matrix.Uninitialized(inside.Rows, nativeint layer.Units)
    let preactivations = Matrix.Uninitialized(inside.Rows, nativeint layer.Units)

    let evaluatePreactivations (position: float[]) =
        use _ = LinearAlgebra.Default.SingleThreaded()

        let weights =
            Matrix.FromArray(nativeint layer.Units, inside.Columns, ReadOnlySpan(position, 0, layer.Weights))

        for t in 0n .. preactivations.Rows - 1n do
            let row = preactivations.Row t

            for j in 0 .. row.Length - 1 do
                row[j] <-
                    if layer.HasBiases then
                        layer.BiasScale * position[layer.Weights + j]
                    else
                        0.0

        LinearAlgebra.Default.Multiply(layer.WeightScale, inside, false, weights, true, 1.0, preactivations)

    /// Both points x features; overwritten by the next call.
    member _.Evaluate position : struct (Matrix * Matrix) =
        evaluatePreactivations position

        for t in 0n .. means.Rows - 1n do
            GaussianMoments.evaluate
                (Architecture.activation posterior.Architecture)
                deviations[int t]
                ((preactivations.Row t).ToArray())
                (means.Row t)
                (variances.Row t)

        means, variances
