namespace FiniteWidth.Experiment

open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// What a measurement of classes evaluates at each draw. Traced: the cross-entropies of the training and the test set, the size of each layer's weights.
/// Streamed: the probability of each class at each test point, a point's classes together.
[<RequireQualifiedAccess>]
module internal ClassObservables =

    let TestCrossEntropy = "test cross-entropy"
    let TrainCrossEntropy = "training cross-entropy"

    // Writes softmax f from an offset on, and returns -log of the label's probability.
    let private softmax (f: float[,]) t label (into: float[]) offset =
        let classes = Array2D.length2 f
        let mutable largest = -infinity

        for c in 0 .. classes - 1 do
            largest <- max largest f[t, c]

        let mutable total = 0.0

        for c in 0 .. classes - 1 do
            let weight = exp (f[t, c] - largest)
            into[offset + c] <- weight
            total <- total + weight

        for c in 0 .. classes - 1 do
            into[offset + c] <- into[offset + c] / total

        log total - (f[t, label] - largest)

    /// The observables of chains of all weights at test points with labels.
    let create (inputs: Matrix) (labels: int[]) (posterior: NetworkPosterior) : ObservablesSource =
        let predictors = NetworkPredictor.drawn inputs posterior
        let classes = posterior.Data.Outputs
        let points = labels.Length

        let trainLabels =
            ClassLabels.read (ClassLabels.OneHot classes) posterior.Data.Targets
            |> Result.orFail

        let traced =
            [ TestCrossEntropy; TrainCrossEntropy ]
            @ List.map WeightLayout.sizeName posterior.Layout.Blocks

        let streamed =
            [
                for t in 0 .. points - 1 do
                    for c in 0 .. classes - 1 -> $"probability {t},{c}"
            ]

        fun () ->
            let predictor = predictors ()
            // beta = 1: minus the sum of the cross-entropies.
            let likelihood = OutputLikelihood.softmax 1.0 trainLabels
            let examples = posterior.Data.Count
            let work = posterior.Map.CreateWork posterior.Options.Threads

            let phi =
                Matrix.Uninitialized(nativeint posterior.Map.Points, nativeint posterior.Map.Features)

            let f = Matrix.Uninitialized(nativeint examples, nativeint classes)
            let unused = Matrix.Uninitialized(nativeint examples, nativeint classes)

            let trainCrossEntropy (position: float[]) =
                use _ = LinearAlgebra.Default.SingleThreaded()
                work.Evaluate(position, phi)
                let layout = posterior.Layout

                let readout =
                    Matrix.FromArray(
                        nativeint classes,
                        phi.Columns,
                        System.ReadOnlySpan(position, layout.HiddenDimension, layout.Dimension - layout.HiddenDimension)
                    )

                LinearAlgebra.Default.Multiply(posterior.ReadoutScale, phi, false, readout, true, 0.0, f)
                -(likelihood f unused) / float examples

            {
                Traced = traced
                Streamed = streamed
                Evaluate =
                    fun stream position values ->
                        let outputs = predictor.Full(position, stream).Mean
                        let mutable total = 0.0

                        for t in 0 .. points - 1 do
                            total <- total + softmax outputs t labels[t] values (traced.Length + t * classes)

                        values[0] <- total / float points
                        values[1] <- trainCrossEntropy position

                        WeightLayout.meanSquares posterior.Layout position
                        |> List.iteri (fun k (_, square) -> values[2 + k] <- square)
            }
