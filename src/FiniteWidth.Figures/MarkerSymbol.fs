namespace FiniteWidth.Figures

/// The shape of a point.
[<RequireQualifiedAccess>]
type MarkerSymbol =
    | Circle
    | Square
    | Diamond
    | TriangleUp
    | TriangleDown
    | Cross
    | OpenCircle
    | OpenSquare

[<RequireQualifiedAccess>]
module internal MarkerSymbol =

    // An open symbol has the outline of the full one, and the background for a fill.
    let toPlotly symbol =
        match symbol with
        | MarkerSymbol.Circle -> "circle"
        | MarkerSymbol.Square -> "square"
        | MarkerSymbol.Diamond -> "diamond"
        | MarkerSymbol.TriangleUp -> "triangle-up"
        | MarkerSymbol.TriangleDown -> "triangle-down"
        | MarkerSymbol.Cross -> "x"
        | MarkerSymbol.OpenCircle -> "circle"
        | MarkerSymbol.OpenSquare -> "square"
