namespace FiniteWidth.Experiment

open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// What a measurement evaluates at each draw. Traced: the losses, the log likelihood, the size of each layer's weights. Streamed: of
/// each test point and output the mean m of f given the draw, then (y0 - m)^2 + v with v its variance, then further quantities.
[<RequireQualifiedAccess>]
module internal LossObservables =

    let TestLoss = "test loss"
    let TrainLoss = "train loss"
    let LogLikelihood = "log likelihood"

    /// (y - m)^2 + v averaged over examples and outputs, as in Prediction.score.
    let private meanLoss (targets: Matrix) (prediction: Prediction) =
        (Prediction.score targets prediction).Loss

    /// At one draw: the log likelihood, and predictions at the training and the test points.
    [<Struct; NoComparison; NoEquality>]
    type private View =
        {
            LogLikelihood: float
            /// The readout, or its mean given the hidden layers, D x features.
            Readout: Matrix
            Train: Prediction
            Test: Prediction
        }

    // f = r Phi u^T.
    let private outputs scale (phi: Matrix) (readout: Matrix) =
        use _ = LinearAlgebra.Default.SingleThreaded()
        let mean = Matrix.Uninitialized(phi.Rows, readout.Rows)
        LinearAlgebra.Default.Multiply(scale, phi, false, readout, true, 0.0, mean)
        mean.ToArray()

    // The readout averaged over its distribution given the hidden layers.
    let private averaged (posterior: NetworkPosterior) (predictor: NetworkPredictor) =
        let readout = ConditionalReadout posterior
        let scale = posterior.ReadoutScale

        fun (stream: RandomStream) (position: float[]) ->
            let logLikelihood = readout.Condition position
            let spread = readout.Variances readout.Features

            {
                LogLikelihood = logLikelihood
                Readout = readout.Mean
                Train =
                    {
                        Mean = outputs scale readout.Features readout.Mean
                        Variance =
                            Array2D.init spread.Length posterior.Data.Outputs (fun mu _ -> scale * scale * spread[mu])
                    }
                Test = predictor.Given(readout, position, stream)
            }

    // The readout as it is.
    let private asDrawn (posterior: NetworkPosterior) (predictor: NetworkPredictor) =
        let work = posterior.Map.CreateWork posterior.Options.Threads
        let data = posterior.Data
        let layout = posterior.Layout

        let phi =
            Matrix.Uninitialized(nativeint posterior.Map.Points, nativeint posterior.Map.Features)

        fun (stream: RandomStream) (position: float[]) ->
            work.Evaluate(position, phi)

            let readout =
                Matrix.FromArray(
                    nativeint data.Outputs,
                    phi.Columns,
                    System.ReadOnlySpan(position, layout.HiddenDimension, layout.Dimension - layout.HiddenDimension)
                )

            let train =
                {
                    Mean = outputs posterior.ReadoutScale phi readout
                    Variance = Array2D.zeroCreate data.Count data.Outputs
                }

            let squares = float (data.Count * data.Outputs) * meanLoss data.Targets train

            {
                LogLikelihood = -0.5 * squares / posterior.Temperature
                Readout = readout
                Train = train
                Test = predictor.Full(position, stream)
            }

    /// The observables of chains of a sampler on a posterior, at a test set.
    let create
        (test: DataSet)
        (quantities: QuantityStream list)
        sampler
        (posterior: NetworkPosterior)
        : ObservablesSource =
        let predictors = NetworkPredictor.create test.Inputs posterior
        let train = posterior.Data

        let view =
            match sampler with
            | NetworkSampler.Integrated _
            | NetworkSampler.Gibbs _ -> averaged posterior
            | NetworkSampler.Sampled _
            | NetworkSampler.Langevin _ -> asDrawn posterior

        let blocks =
            match sampler with
            | NetworkSampler.Integrated _ ->
                posterior.Layout.Blocks
                |> List.filter (fun block -> block.Kind <> WeightKind.Readout)
            | _ -> posterior.Layout.Blocks

        let traced =
            [ TestLoss; TrainLoss; LogLikelihood ] @ List.map WeightLayout.sizeName blocks

        let entries = test.Count * test.Outputs

        let perPoint name =
            [
                for t in 0 .. test.Count - 1 do
                    for d in 0 .. test.Outputs - 1 -> $"{name} {t},{d}"
            ]

        let streamed = perPoint "mean" @ perPoint "loss" @ List.collect _.Names quantities

        fun () ->
            let predictor = predictors ()
            let view = view predictor

            let further =
                quantities
                |> List.map (fun quantity -> quantity.Names.Length, quantity.Create())

            {
                Traced = traced
                Streamed = streamed
                Evaluate =
                    fun stream position values ->
                        let view = view stream position
                        values[0] <- meanLoss test.Targets view.Test
                        values[1] <- meanLoss train.Targets view.Train
                        values[2] <- view.LogLikelihood

                        WeightLayout.meanSquares posterior.Layout position
                        |> List.iteri (fun k (_, square) -> values[3 + k] <- square)

                        let first = traced.Length

                        for t in 0 .. test.Count - 1 do
                            for d in 0 .. test.Outputs - 1 do
                                let k = first + t * test.Outputs + d
                                let mean = view.Test.Mean[t, d]
                                let error = test.Targets[nativeint t, nativeint d] - mean
                                values[k] <- mean
                                values[k + entries] <- error * error + view.Test.Variance[t, d]

                        let draw =
                            {
                                Position = position
                                Prediction = view.Test
                                CrossCovariance = fun () -> predictor.CrossCovariance(view.Readout, position, stream)
                            }

                        (first + 2 * entries, further)
                        ||> List.fold (fun offset (length, write) ->
                            write draw values offset
                            offset + length)
                        |> ignore
            }
