namespace FiniteWidth.Experiment

open FiniteWidth.Numerics.Networks

/// The posterior of all weights: l(x) = -(beta/2) sum (y - f(x))^2, without an additive constant.
[<RequireQualifiedAccess>]
module FullTarget =

    /// Targets over all coordinates of the layout.
    let create (posterior: NetworkPosterior) : TargetSource =
        fun () ->
            let work = posterior.Map.CreateWork posterior.Options.Threads
            let scale = posterior.ReadoutScale
            let targets = posterior.Data.Targets
            let beta = 1.0 / posterior.Temperature

            {
                Dimension = posterior.Layout.Dimension
                LogLikelihood =
                    fun position gradient -> -0.5 * beta * work.LeastSquares(position, scale, targets, -beta, gradient)
            }
