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

/// Whether finite width helps, at large width.
[<RequireQualifiedAccess>]
module Criterion =

    let private r (posterior: Posterior) =
        let train = posterior.Train
        let infinite = EffectiveAction.atInfiniteWidth posterior.Model.OrderParameters
        let count = float (train.Count * train.Outputs)
        posterior.Conditioned.QuadraticFormAt infinite / count

    // -N_L H^(-1) dS/dtheta at infinite width, H the Hessian of the entropy: dtheta/d(1/N_L), for dS/dtheta = (1/N_L) dW/dtheta there.
    let private response (posterior: Posterior) =
        let symbols = posterior.Model.OrderParameters
        let infinite = EffectiveAction.atInfiniteWidth symbols
        let value = EffectiveAction.bind posterior.Network symbols infinite

        let entropy i j =
            posterior.Model.Entropy
            |> Scalar.derivative symbols[i]
            |> Scalar.derivative symbols[j]
            |> Scalar.evaluate value

        if symbols.IsEmpty then
            [||]
        else
            let count = symbols.Length
            let n = float (List.last posterior.Network.Widths)

            let hessian =
                MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(count, count, entropy)

            let gradient =
                MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray(
                    posterior.EffectiveAction.Gradient infinite
                )

            (hessian.Solve gradient * -n).ToArray()

    /// The criterion of a solved posterior on a test set. To first order in 1/N the order parameters move by -H^(-1) dW/dtheta, H the
    /// Hessian of the entropy and W the data term of N_L S (theory section 5); the slope is the loss's derivative along that direction.
    let evaluate (test: DataSet) (posterior: Posterior) =
        let infinite = EffectiveAction.atInfiniteWidth posterior.Model.OrderParameters
        let direction = response posterior
        let steepest = direction |> Array.fold (fun m d -> max m (abs d)) 0.0

        let loss h =
            let theta = Array.map2 (fun t d -> t + h * d / steepest) infinite direction
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

        { R = r posterior; Slope = slope }
