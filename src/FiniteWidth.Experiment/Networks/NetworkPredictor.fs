namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The mean and variance of f at test points given a position of a chain. What the position leaves open (the readout where it is
/// integrated out, first-layer weights outside the span of the training inputs) is averaged over in closed form where that is
/// possible, with one fully connected hidden layer, and otherwise drawn exactly from a stream.
///
/// Averaged over the posterior of the position, mean and mean^2 + variance are the first two moments of f. The work space serves one
/// chain.
[<Sealed>]
type NetworkPredictor
    internal (posterior: NetworkPosterior, features: float[] -> RandomStream -> struct (Matrix * Matrix option)) =

    let layout = posterior.Layout
    let outputs = posterior.Data.Outputs
    let scale = posterior.ReadoutScale
    let readout = lazy ConditionalReadout posterior

    // r^2 sum_j Var[phi_tj] w_j, w_j the mean square of readout weight j.
    let spread (variances: Matrix option) t (weight: int -> float) =
        match variances with
        | None -> 0.0
        | Some variances ->
            let row = variances.Row(nativeint t)
            let mutable sum = 0.0

            for j in 0 .. row.Length - 1 do
                sum <- sum + row[j] * weight j

            scale * scale * sum

    let means (phi: Matrix) (readout: Matrix) =
        use _ = LinearAlgebra.Default.SingleThreaded()
        let mean = Matrix.Uninitialized(phi.Rows, readout.Rows)
        LinearAlgebra.Default.Multiply(scale, phi, false, readout, true, 0.0, mean)
        mean.ToArray()

    /// At a position of all coordinates.
    member _.Full(position: float[], stream: RandomStream) : Prediction =
        let struct (phi, variances) = features position stream

        let u =
            Matrix.FromArray(
                nativeint outputs,
                phi.Columns,
                ReadOnlySpan(position, layout.HiddenDimension, layout.Dimension - layout.HiddenDimension)
            )

        {
            Mean = means phi u
            Variance =
                Array2D.init (int phi.Rows) outputs (fun t d ->
                    spread variances t (fun j -> u[nativeint d, nativeint j] * u[nativeint d, nativeint j]))
        }

    /// At a position of the hidden coordinates, with the readout averaged over its distribution given them.
    member this.Marginal(position: float[], stream: RandomStream) : Prediction =
        readout.Value.RequireCondition position
        this.Given(readout.Value, position, stream)

    /// The same with a readout that has just been conditioned on this position.
    member internal _.Given(readout: ConditionalReadout, position: float[], stream: RandomStream) : Prediction =
        let struct (phi, variances) = features position stream
        let explained = readout.Variances phi

        let weightVariances =
            match variances with
            | Some _ -> readout.WeightVariances()
            | None -> [||]

        {
            Mean = means phi readout.Mean
            Variance =
                Array2D.init (int phi.Rows) outputs (fun t d ->
                    scale * scale * explained[t]
                    + spread variances t (fun j ->
                        let mean = readout.Mean[nativeint d, nativeint j]
                        weightVariances[j] + mean * mean))
        }

    /// Cov[f_d, f_e], d <> e, at test point t given a position and a mean readout (D x features): what first-layer weights that are
    /// averaged over leave to all outputs in common.
    member internal _.CrossCovariance(readout: Matrix, position: float[], stream: RandomStream) =
        let struct (_, variances) = features position stream

        fun t d e -> spread variances t (fun j -> readout[d, nativeint j] * readout[e, nativeint j])

/// Predictions of networks from their weights.
[<RequireQualifiedAccess>]
module NetworkPredictor =

    let private drawnAt test (posterior: NetworkPosterior) =
        let source = DrawnFeatures.create test posterior

        fun () ->
            let drawn = source ()
            NetworkPredictor(posterior, fun position stream -> drawn.Evaluate(position, stream), None)

    /// Predictors at the rows of `inputs` that draw first-layer weights outside the span of the training inputs instead of averaging over them: at a
    /// position of all coordinates the mean is then f of one network and its variance 0, as the average of anything that is not linear in f needs.
    /// A FailureException where the inputs are not of the training set's shape.
    let drawn (inputs: Matrix) (posterior: NetworkPosterior) =
        drawnAt (TestInputs.create inputs posterior) posterior

    /// Predictors at the rows of `inputs`, each with work space of its own; a FailureException where the inputs are not of the
    /// training set's shape.
    let create (inputs: Matrix) (posterior: NetworkPosterior) =
        let test = TestInputs.create inputs posterior

        match posterior.Architecture with
        | Architecture.FullyConnected network when network.Depth = 1 && test.Outside.Columns > 0n ->
            fun () ->
                let averaged = AveragedFeatures(posterior, test)

                NetworkPredictor(
                    posterior,
                    fun position _ ->
                        let struct (means, variances) = averaged.Evaluate position
                        means, Some variances
                )
        | _ -> drawnAt test posterior
