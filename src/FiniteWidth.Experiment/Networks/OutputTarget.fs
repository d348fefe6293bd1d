namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// What the outputs of a network on its training set are weighed by: a function that takes them (P x D), overwrites a matrix of their shape with
/// the gradient of the log likelihood, and returns the log likelihood.
type OutputLikelihood = Matrix -> Matrix -> float

/// Log likelihoods of outputs, as values.
[<RequireQualifiedAccess>]
module OutputLikelihood =

    /// -(1/(2 T)) sum (y - f)^2 of targets y, without an additive constant.
    let gaussian temperature (targets: Matrix) : OutputLikelihood =
        fun outputs gradient ->
            let mutable squares = 0.0

            for mu in 0n .. outputs.Rows - 1n do
                let f = outputs.Row mu
                let y = targets.Row mu
                let g = gradient.Row mu

                for d in 0 .. f.Length - 1 do
                    let error = y[d] - f[d]
                    squares <- squares + error * error
                    g[d] <- error / temperature

            -squares / (2.0 * temperature)

    /// -beta sum CE(label, softmax f) of labels 0 .. D-1.
    let softmax (beta: float) (labels: int[]) : OutputLikelihood =
        fun outputs gradient ->
            let mutable value = 0.0

            for mu in 0 .. labels.Length - 1 do
                let f = outputs.Row(nativeint mu)
                let g = gradient.Row(nativeint mu)
                let mutable largest = -infinity

                for c in 0 .. f.Length - 1 do
                    largest <- max largest f[c]

                let mutable total = 0.0

                for c in 0 .. f.Length - 1 do
                    g[c] <- exp (f[c] - largest)
                    total <- total + g[c]

                for c in 0 .. f.Length - 1 do
                    g[c] <- -beta * g[c] / total

                g[labels[mu]] <- g[labels[mu]] + beta
                value <- value + beta * (f[labels[mu]] - largest - log total)

            value

/// The posterior of all weights of a network under any likelihood of its outputs.
[<RequireQualifiedAccess>]
module OutputTarget =

    /// Targets over all coordinates of the layout, l(x) the log likelihood of the outputs; the posterior's temperature is not used.
    let create (likelihood: OutputLikelihood) (posterior: NetworkPosterior) : TargetSource =
        fun () ->
            let work = posterior.Map.CreateWork posterior.Options.Threads
            let scale = posterior.ReadoutScale
            let layout = posterior.Layout
            let points = nativeint posterior.Map.Points

            let features, outputs =
                nativeint posterior.Map.Features, nativeint posterior.Data.Outputs

            let phi = Matrix.Uninitialized(points, features)
            let upstream = Matrix.Uninitialized(points, features)
            let readout = Matrix.Uninitialized(outputs, features)
            let slopes = Matrix.Uninitialized(outputs, features)
            let f = Matrix.Uninitialized(points, outputs)
            let df = Matrix.Uninitialized(points, outputs)
            let width = int features

            {
                Dimension = layout.Dimension
                LogLikelihood =
                    fun position gradient ->
                        use _ = LinearAlgebra.Default.SingleThreaded()
                        work.Evaluate(position, phi)

                        for d in 0 .. int outputs - 1 do
                            ReadOnlySpan(position, layout.HiddenDimension + d * width, width)
                                .CopyTo(readout.Row(nativeint d))

                        LinearAlgebra.Default.Multiply(scale, phi, false, readout, true, 0.0, f)
                        let value = likelihood f df
                        LinearAlgebra.Default.Multiply(scale, df, false, readout, false, 0.0, upstream)
                        LinearAlgebra.Default.Multiply(scale, df, true, phi, false, 0.0, slopes)
                        work.PullBack(position, upstream, gradient)

                        for d in 0 .. int outputs - 1 do
                            (slopes.Row(nativeint d)).CopyTo(Span(gradient, layout.HiddenDimension + d * width, width))

                        value
            }

/// The posterior of all weights of a network with a softmax likelihood.
[<RequireQualifiedAccess>]
module SoftmaxTarget =

    /// The network with an output a class over labelled examples; targets are labels (`ClassLabels`).
    let posterior options architecture (data: DataSet) =
        result {
            let! labels = ClassLabels.ofTraining data.Targets
            let! classOf = ClassLabels.read labels data.Targets

            let hot =
                Matrix.Create(
                    data.Targets.Rows,
                    nativeint labels.Classes,
                    fun mu c -> if classOf[int mu] = int c then 1.0 else 0.0
                )

            let! data = DataSet.create data.Inputs hot
            return! NetworkPosterior.create options architecture 1.0 data
        }

    /// Targets at beta over such a posterior: l(x) = -beta sum CE(label, softmax f).
    let create beta (posterior: NetworkPosterior) : TargetSource =
        let labels =
            ClassLabels.read (ClassLabels.OneHot posterior.Data.Outputs) posterior.Data.Targets
            |> Result.orFail
            |> Array.ofSeq

        OutputTarget.create (OutputLikelihood.softmax beta labels) posterior
