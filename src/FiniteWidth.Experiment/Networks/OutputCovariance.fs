namespace FiniteWidth.Experiment

open FiniteWidth.Numerics

/// The joint distribution of f over test points given hidden coordinates: normal, with one mean an output and a covariance that all
/// outputs share. First-layer weights outside the span of the training inputs are drawn from a stream. The work space serves one chain.
[<Sealed>]
type OutputCovariance internal (posterior: NetworkPosterior, drawn: DrawnFeatures) =

    let readout = ConditionalReadout posterior
    let scale = posterior.ReadoutScale

    /// E[f] (points x D) and Cov[f(x_s), f(x_t)] (points x points).
    member _.Evaluate(position: float[], stream: RandomStream) : struct (float[,] * float[,]) =
        readout.RequireCondition position
        let phi = drawn.Evaluate(position, stream)
        let mean = Matrix.Uninitialized(phi.Rows, readout.Mean.Rows)
        let covariance = readout.Covariance phi
        use _ = LinearAlgebra.Default.SingleThreaded()
        LinearAlgebra.Default.Multiply(scale, phi, false, readout.Mean, true, 0.0, mean)
        mean.ToArray(), Array2D.map (fun c -> scale * scale * c) (covariance.ToArray())

/// The covariance of a network's outputs over the posterior.
[<RequireQualifiedAccess>]
module OutputCovariance =

    /// One for each chain, at the rows of `inputs`.
    let create (inputs: Matrix) (posterior: NetworkPosterior) =
        let source = DrawnFeatures.create (TestInputs.create inputs posterior) posterior
        fun () -> OutputCovariance(posterior, source ())
