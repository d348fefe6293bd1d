namespace FiniteWidth.Experiment

open System

/// The posterior of the hidden layers with the readout integrated out: l(x) = sum_d log N(y_d; 0, T I + r^2 Phi Phi^T), every
/// constant included.
[<RequireQualifiedAccess>]
module MarginalTarget =

    /// Targets over the layout's coordinates before the readout.
    let create (posterior: NetworkPosterior) : TargetSource =
        fun () ->
            let readout = ConditionalReadout posterior

            {
                Dimension = posterior.Layout.HiddenDimension
                LogLikelihood =
                    fun position gradient ->
                        let value = readout.Condition position

                        if Double.IsNegativeInfinity value then
                            Array.Clear gradient
                        else
                            readout.Gradient(position, gradient)

                        value
            }
