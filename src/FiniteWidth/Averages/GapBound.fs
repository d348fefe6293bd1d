namespace FiniteWidth

/// The generalisation gap of a last layer of N_out units, as its training residual predicts it.
///
/// With features that do not depend on the training examples and s2 the error of the best readout (noise, and what no readout of these
/// features expresses), a readout optimised on P examples has
///
/// training error = s2 (1 - N_out/P), test error = s2/(1 - N_out/P), gap = s2 [ 2 N_out/P + O((N_out/P)^2) ]
///
/// where P and N_out are large (arXiv:2201.11022). In units of the test error the gap is 1 - (1 - N_out/P)^2, below 2 N_out/P at any P.
type GapBound =
    {
        /// s2, estimated without bias by the training error/(1 - N_out/P).
        NoiseLevel: float
        /// 2 N_out/P s2: what the gap approaches where N_out << P.
        Bound: float
        /// The gap at finite N_out/P: s2 [ 1/(1 - N_out/P) - (1 - N_out/P) ].
        Gap: float
    }

/// The bound on the generalisation gap of an optimised last layer.
[<RequireQualifiedAccess>]
module GapBound =

    /// 2 N_out/P, in units of the noise level.
    let leading units examples = 2.0 * float units / float examples

    /// 1/(1 - N_out/P) - (1 - N_out/P): the gap in units of the noise level for large P and N_out; infinite for N_out >= P.
    let meanField units examples =
        let left = 1.0 - float units / float examples
        if left > 0.0 then 1.0 / left - left else infinity

    /// N_out/P + N_out/(P - N_out - 1): the gap in units of the noise level, exact at every P for Gaussian features and independent
    /// noise; infinite for N_out >= P - 1.
    let gaussian units examples =
        let n, p = float units, float examples

        if n < p - 1.0 then n / p + n / (p - n - 1.0) else infinity

    /// The bound for an optimised last layer, its noise level taken from the training error.
    let ofLayer (layer: LastLayer) =
        let noise = layer.TrainingError / (1.0 - float layer.Units / float layer.Examples)

        {
            NoiseLevel = noise
            Bound = noise * leading layer.Units layer.Examples
            Gap = noise * meanField layer.Units layer.Examples
        }
