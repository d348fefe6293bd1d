namespace FiniteWidth.Experiment

/// Whether chains agree: the square root of the variance of all draws, between chains included, over that within chains; 1 when
/// they do (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021).
[<RequireQualifiedAccess>]
module RHat =

    let internal ofChains (chains: float[][]) =
        let n = float chains[0].Length
        let within = chains |> Array.averageBy Draws.variance
        let between = Draws.variance (chains |> Array.map Array.average)
        sqrt ((n - 1.0) / n + between / within)

    /// On the draws themselves, each chain split into halves; draws as one array a chain.
    let split draws =
        Draws.check draws
        ofChains (Draws.split draws)

    /// On normalised ranks: whether the chains agree on where the bulk lies, also for heavy tails.
    let bulk draws =
        Draws.check draws
        ofChains (Draws.rankNormalised (Draws.split draws))

    /// On normalised ranks of the distances from the median: whether the chains agree on how wide the posterior is.
    let folded draws =
        Draws.check draws
        ofChains (Draws.rankNormalised (Draws.folded (Draws.split draws)))

    /// The larger of bulk and folded R-hat; NaN where a draw is not finite or all are equal.
    let rankNormalised draws =
        Draws.check draws

        if not (Draws.areFinite draws) || Draws.areConstant draws then
            nan
        else
            max (bulk draws) (folded draws)
