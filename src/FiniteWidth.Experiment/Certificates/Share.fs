namespace FiniteWidth.Experiment

/// Shares of a loss in sentences.
[<RequireQualifiedAccess>]
module internal Share =

    /// In per cent, to two digits below 10%.
    let text (share: float) =
        if share < 0.1 then
            $"{100.0 * share:G2}%%"
        else
            $"{100.0 * share:F0}%%"
