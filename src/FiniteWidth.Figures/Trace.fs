namespace FiniteWidth.Figures

/// A line through points, markers at them, or both.
type internal Curve =
    {
        X: float[]
        Y: float[]
        Line: LineStyle option
        Marker: MarkerStyle option
        Errors: ErrorBars option
    }

/// What is None comes from the theme.
and internal LineStyle =
    {
        Dash: LineDash option
        Width: float option
    }

and internal MarkerStyle =
    {
        Symbol: MarkerSymbol option
        Size: float option
    }

type internal Orientation =
    | Vertical
    | Horizontal

/// What a trace draws.
type internal Mark =
    | Curve of Curve
    /// The region between two curves.
    | Band of x: float[] * lower: float[] * upper: float[]
    | Bars of Orientation * keys: string[] * values: float[] * ErrorBars option
    | HeatMap of HeatMap
    | Histogram of values: float[] * bins: int option * HistogramHeight

and internal HeatMap =
    {
        /// Rows of z from the bottom up: Z[i][j] at (X[j], Y[i]).
        Z: float[][]
        X: float[] option
        Y: float[] option
        Scale: ColorScale option
        Legend: string option
        /// Colours at the two ends of the scale, or the extremes of z.
        Limits: (float * float) option
    }

/// Traces of one name share its colour and its entry in the legend.
type internal Trace =
    {
        Name: string option
        Color: Color option
        Mark: Mark
    }

module internal Trace =

    /// The words above the colour bar of a heat map.
    let colorTitle trace =
        match trace.Mark with
        | HeatMap { Legend = title } -> title
        | _ -> None
