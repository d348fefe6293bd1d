namespace FiniteWidth.Experiment

[<RequireQualifiedAccess>]
module BurnIn =

    /// How many first draws of a chain to leave out: the d of at most half its length that makes the standard error of the mean of
    /// the rest, taken as independent, smallest (MSER; White 1997). For chains whose warm-up was not set apart; half the length
    /// means that more draws are needed.
    let length (chain: float[]) =
        let n = chain.Length
        // Sums over the draws from the end, so that every d costs the same.
        let rec search d sum squares best bestAt =
            if d < 0 then
                bestAt
            else
                // About the last draw, lest the square of a large mean swallow the variance.
                let x = chain[d] - chain[n - 1]
                let sum, squares = sum + x, squares + x * x
                let count = float (n - d)
                let error = (squares - sum * sum / count) / (count * count)

                if d <= n / 2 && error <= best then
                    search (d - 1) sum squares error d
                else
                    search (d - 1) sum squares best bestAt

        if n < 4 then 0 else search (n - 1) 0.0 0.0 infinity 0

    /// The longest burn-in among chains.
    let ofChains (draws: float[][]) = draws |> Array.map length |> Array.max
