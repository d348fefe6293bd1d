namespace FiniteWidth.Experiment

open System

/// How many independent draws would be as good as the chains': S/tau, tau from the chains' autocorrelation by Geyer's monotone
/// sequence, with the variance between chains counted against them (Vehtari et al. 2021, section 3.2).
[<RequireQualifiedAccess>]
module EffectiveSize =

    // Geyer: sums of neighbouring autocorrelations of a reversible chain are positive and fall; the first that is not ends the sum,
    // one that rises is noise and is cut down to the one before.
    let private autocorrelationTime (rho: int -> float) length =
        let pair k = rho (2 * k) + rho (2 * k + 1)

        // The sum of all pairs before the first that is not positive, each held below the one before; then how many there are.
        let rec sum k previous total =
            let next = if 2 * k + 1 < length then pair k else nan

            if next > 0.0 then
                let kept = min previous next
                sum (k + 1) kept (total + kept)
            else
                k, total

        let count, total = sum 0 infinity 0.0
        // The first autocorrelation after the pairs, when positive, once: less variance for alternating chains.
        let after =
            if 2 * count < length then
                max 0.0 (rho (2 * count))
            else
                0.0

        -1.0 + 2.0 * total + after

    let internal ofChains (chains: float[][]) =
        let n = chains[0].Length
        let total = float (n * chains.Length)
        let covariances = chains |> Array.map Autocovariance.ofChain

        let averaged t =
            covariances |> Array.averageBy (fun c -> c[t])

        let within = averaged 0 * float n / float (n - 1)

        let between =
            if chains.Length > 1 then
                Draws.variance (chains |> Array.map Array.average)
            else
                0.0

        let all = averaged 0 + between

        let rho t =
            if t = 0 then 1.0 else 1.0 - (within - averaged t) / all

        // No estimate may claim more than S log10 S: alternating chains have no better certificate.
        total / max (autocorrelationTime rho n) (1.0 / log10 total)

    let private judged f draws =
        Draws.check draws

        if not (Draws.areFinite draws) || Draws.areConstant draws then
            nan
        else
            f draws

    /// For the mean, on the draws themselves; draws as one array a chain.
    let mean draws = judged (Draws.split >> ofChains) draws

    /// For where the bulk lies, on normalised ranks.
    let bulk draws =
        judged (Draws.split >> Draws.rankNormalised >> ofChains) draws

    /// For the quantile that the draws are below with probability p; NaN where none lies above it.
    let quantile p draws =
        let below draws =
            let threshold = Draws.quantile p draws
            let indicator = draws |> Draws.map (fun x -> if x <= threshold then 1.0 else 0.0)

            if Draws.areConstant indicator then
                nan
            else
                ofChains (Draws.split indicator)

        judged below draws

    /// For the tails: the smaller of those for the quantiles at 5% and at 95%. A quantile that no draw lies above says nothing.
    let tail draws =
        Double.MinNumber(quantile 0.05 draws, quantile 0.95 draws)

    /// For the standard deviation, on the distances from the mean.
    let deviation draws =
        let distances draws =
            let mean = Draws.mean draws
            Draws.map (fun x -> abs (x - mean)) draws

        judged (distances >> Draws.split >> ofChains) draws
