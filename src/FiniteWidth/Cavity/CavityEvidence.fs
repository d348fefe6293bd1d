namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The log evidence of the cavity theory: the energy of expectation propagation over units, stationary in the fields.
[<RequireQualifiedAccess>]
module internal CavityEvidence =

    /// log p(y|X), of moments and the fields that they make self-consistent. With Sigma = V/N, u = m/sqrt(N), delta = u - Sigma g,
    /// mu = (I - Sigma G)^(-1) delta, C = (I - Sigma G)^(-1) Sigma, A = T I + N C and r = y - N mu,
    ///
    /// log Z = -(P/2) log 2 pi - log|A|/2 - r^T A^(-1) r/2 + N (log z0 - log zs),
    /// log zs = log|I - Sigma G|/2 + [2 delta.g + g^T Sigma g - delta^T G mu]/2,
    ///
    /// and its derivative in T, r^T A^(-2) r/2 - tr A^(-1)/2: the fields' own change drops out.
    let logEvidence width temperature (y: float[]) (fields: CavityFields) (moments: CavityMoments) =
        let basis = fields.Covariance.Clone()
        let eigenvalues = LinearAlgebra.Default.Eigen basis
        let count = float y.Length
        let rotate = CavityFields.times basis false
        let reaction = CavityFields.reaction width temperature
        let yr, gr, mr = rotate y, rotate fields.Linear, rotate fields.Mean
        let mutable sites, energy, slope = 0.0, -0.5 * count * log (2.0 * Math.PI), 0.0

        for i in 0 .. y.Length - 1 do
            // G is a function of V: T G + V G - (T/N) V G^2 = I on every eigenvector.
            let v = max 0.0 eigenvalues[i]
            let sum = temperature + v
            let curvature = 2.0 / (sum + sqrt (max 0.0 (sum * sum - 4.0 * v * reaction)))
            let sigma = v / width
            let delta = mr[i] / sqrt width - sigma * gr[i]
            let free = 1.0 - sigma * curvature
            let mu = delta / free
            let a = temperature + width * sigma / free
            let r = yr[i] - width * mu
            energy <- energy - 0.5 * log a - 0.5 * r * r / a
            slope <- slope + 0.5 * (r * r / a - 1.0) / a

            sites <-
                sites
                + 0.5 * log free
                + delta * gr[i]
                + 0.5 * (gr[i] * gr[i] * sigma - delta * curvature * mu)

        // log z0 was averaged in fields that fluctuate about these: d log z0/dg = u and d log z0/dG = -S/(2N).
        let mutable shift = 0.0

        for i in 0 .. y.Length - 1 do
            shift <- shift + fields.Mean[i] / sqrt width * (fields.Linear[i] - moments.Linear[i])

            shift <-
                shift
                - 0.5 / width
                  * (InPlace.rowDot moments.Second fields.Curvature i
                     - InPlace.rowDot moments.Second moments.Curvature i)

        struct (energy + width * (moments.LogPartition.Value + shift - sites), slope)
