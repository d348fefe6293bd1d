namespace FiniteWidth.Experiment

open MathNet.Numerics.Distributions

/// Monte-Carlo standard errors: how far an estimate from these chains lies from the posterior's own value.
[<RequireQualifiedAccess>]
module StandardError =

    /// Of the mean, s/sqrt(ESS); draws as one array a chain.
    let mean draws =
        sqrt (Draws.variance (Draws.pooled draws) / EffectiveSize.mean draws)

    /// Of the standard deviation, by the delta method on the variance.
    let deviation draws =
        let size = EffectiveSize.deviation draws
        let mean = Draws.mean draws
        let away = Draws.pooled draws |> Array.map (fun x -> (x - mean) * (x - mean))
        let second = Array.average away
        let fourth = away |> Array.averageBy (fun d -> d * d)
        sqrt ((fourth - second * second) / (4.0 * size * second))

    /// Of the quantile at p: half the distance between the draws that bound it with the probability of one standard deviation.
    let quantile p draws =
        let size = EffectiveSize.quantile p draws
        let sorted = Array.sort (Draws.pooled draws)
        let count = float sorted.Length

        let bound side =
            Beta.InvCDF(size * p + 1.0, size * (1.0 - p) + 1.0, Normal.CDF(0.0, 1.0, side))

        let lower = max 0 (int (floor (bound -1.0 * count)) - 1)
        let upper = min (sorted.Length - 1) (int (ceil (bound 1.0 * count)) - 1)
        0.5 * (sorted[upper] - sorted[lower])
