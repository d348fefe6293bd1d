namespace FiniteWidth.Figures

/// What the height of a histogram's bar means.
[<RequireQualifiedAccess>]
type HistogramHeight =
    | Count
    /// Count over the total: heights sum to 1.
    | Probability
    /// Probability over the width of the bin: the area is 1.
    | Density

[<RequireQualifiedAccess>]
module internal HistogramHeight =

    let toPlotly height =
        match height with
        | HistogramHeight.Count -> ""
        | HistogramHeight.Probability -> "probability"
        | HistogramHeight.Density -> "probability density"
