namespace FiniteWidth.Figures

/// Where the legend stands. Without one, a chart puts its legend above the axes where one row suffices, and to their
/// right where it does not; a single name needs no legend.
[<RequireQualifiedAccess>]
type LegendPosition =
    /// In rows between the title and the axes.
    | Above
    /// In a column outside the axes.
    | Right
    /// Inside the axes, in a corner that the reader knows to be free of data.
    | InsideTopLeft
    | InsideTopRight
    | InsideBottomLeft
    | InsideBottomRight
    | Hidden
