namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Whether a wide but finite network has a smaller test loss than an infinite one.
type Criterion =
    {
        /// r = y^T K^(-1) y/P with K the NNGP kernel; infinite where K is singular. At T = 0 and one hidden layer finite width
        /// wins exactly when r < 1.
        R: float
        /// d<eps_g>/d(1/N_L) at infinite width, the ratios of the widths fixed.
        Slope: float
    }

    /// The loss falls as the width comes down from infinity.
    member this.FiniteWidthWins = this.Slope < 0.0

[<RequireQualifiedAccess>]
module Criterion =

    let private r temperature (posterior: Posterior) =
        let study = posterior.Study
        let one = Array.create posterior.Model.OrderParameters.Length 1.0

        let value =
            EffectiveAction.bind posterior.Network posterior.Model.OrderParameters one

        let count = float (study.Train.Count * study.Train.Outputs)

        match posterior.Form with
        | PosteriorForm.Spectral(scale, _, spectrum) ->
            Spectrum.quadraticForm (Scalar.evaluate value scale) spectrum / count
        | PosteriorForm.Nested program ->
            EffectiveAction.withFactor program value 0.0 study.Gram study.Train.Targets (fun a -> a.Energy / count)
            |> Result.defaultValue infinity

    /// The criterion of a solved posterior on a test set. To first order in 1/N each Qbar_l moves by -(N_L/N_l) dW/dlog Qbar_l
    /// with W the data term of N_L S (theory section 5); the slope is the loss's derivative along that direction.
    let evaluate (test: DataSet) (posterior: Posterior) =
        let symbols = posterior.Model.OrderParameters
        let one = Array.create symbols.Length 1.0
        let n = float (List.last posterior.Network.Widths)

        // At Qbar = 1 the entropy is stationary, so dS/dQbar is the data term alone; its Hessian there is N_l/N_L.
        let gradient = posterior.EffectiveAction.Gradient one

        // The width of each order parameter's layer; the infinite-width theory has none.
        let widths =
            symbols
            |> List.map (function
                | Symbol.Qbar l -> float posterior.Network.Widths[l - 1]
                | _ -> n)
            |> Array.ofList

        let direction = Array.map2 (fun g width -> -g * n * n / width) gradient widths

        let steepest = direction |> Array.fold (fun m d -> max m (abs d)) 0.0

        let loss h =
            let theta = Array.map (fun d -> 1.0 + h * d / steepest) direction
            (Posterior.predictAt theta test.Inputs posterior |> Prediction.score test.Targets).Loss

        let slope =
            if steepest = 0.0 then
                0.0
            else
                // Fourth-order differences: error h^4 against rounding 1e-16/h.
                let h = 2e-3

                let centred k =
                    (loss (k * h) - loss (-k * h)) / (2.0 * k * h)

                steepest * (4.0 * centred 1.0 - centred 2.0) / 3.0

        {
            R = r posterior.Temperature posterior
            Slope = slope
        }
