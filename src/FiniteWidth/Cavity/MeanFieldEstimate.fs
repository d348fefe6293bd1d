namespace FiniteWidth

open FiniteWidth.Numerics

/// What averaged first moments predict.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal MeanFieldEstimate =
    {
        /// f at the test points.
        Mean: float[]
        /// Delta.
        Delta: float[]
        /// F(Delta).
        FreeEnergy: float
    }

[<RequireQualifiedAccess>]
module internal MeanFieldEstimate =

    /// f(x) = E[phi0 phi^T] Delta, and F(Delta) = gamma^2 (Delta.y - |Delta|^2/(2 beta)) - log z.
    let ofMoments
        (scaling: MeanFieldScaling)
        (y: float[])
        (delta: float[])
        (moments: CavityMoments)
        : MeanFieldEstimate =
        let squared = scaling.Gamma * scaling.Gamma

        // log z was averaged in fields that fluctuate about this one: d log z/d Delta = gamma^2 K Delta.
        let slope = CavityFields.times moments.Kernel false delta

        let shift = squared * CavityFields.dot slope (Array.map2 (-) delta moments.Linear)

        {
            Mean = CavityFields.times moments.TestKernel false delta
            Delta = delta
            FreeEnergy =
                squared
                * (CavityFields.dot delta y - CavityFields.dot delta delta / (2.0 * scaling.Beta))
                - (moments.LogPartition.Value + shift)
        }

    /// The posterior has no variance left.
    let score (labels: float[]) (estimate: MeanFieldEstimate) : Score =
        let bias =
            Array.map2 (fun y0 f -> (y0 - f) * (y0 - f)) labels estimate.Mean
            |> Array.average

        {
            Loss = bias
            Bias = bias
            Variance = 0.0
        }
