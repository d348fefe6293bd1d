namespace FiniteWidth.Experiment

/// The posterior of two coupled networks with both readouts integrated out: l(z) = l_1(x_1) + l_2(x_2), the marginal log likelihoods of
/// the two at the hidden coordinates that z makes.
[<RequireQualifiedAccess>]
module CoupledTarget =

    /// Targets over the whitened coordinates of both first layers.
    let create (posterior: CoupledPosterior) : TargetSource =
        let first = MarginalTarget.create posterior.First
        let second = MarginalTarget.create posterior.Second

        fun () ->
            let first, second = first (), second ()
            let x: float[] = Array.zeroCreate first.Dimension
            let x': float[] = Array.zeroCreate second.Dimension
            let slope: float[] = Array.zeroCreate first.Dimension
            let slope': float[] = Array.zeroCreate second.Dimension

            {
                Dimension = posterior.Dimension
                LogLikelihood =
                    fun position gradient ->
                        posterior.Separate(position, x, x')
                        let value = first.LogLikelihood x slope
                        let value' = second.LogLikelihood x' slope'
                        posterior.PullBack(slope, slope', gradient)
                        value + value'
            }
