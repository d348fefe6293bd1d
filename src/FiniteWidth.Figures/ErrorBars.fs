namespace FiniteWidth.Figures

/// Lengths of the error bars of a series of points, one a point, not negative; NaN draws none.
[<RequireQualifiedAccess>]
type ErrorBars =
    | Symmetric of float[]
    | Asymmetric of below: float[] * above: float[]

    /// Bars of the same length below and above each point, such as a standard error.
    static member symmetric(lengths: float seq) =
        ErrorBars.Symmetric(Array.ofSeq lengths)

    /// Bars of different lengths below and above each point, such as a credible interval.
    static member asymmetric (below: float seq) (above: float seq) =
        ErrorBars.Asymmetric(Array.ofSeq below, Array.ofSeq above)

    /// The lengths below and above.
    static member internal lengths bars =
        match bars with
        | ErrorBars.Symmetric lengths -> lengths, lengths
        | ErrorBars.Asymmetric(below, above) -> below, above
