namespace FiniteWidth.Figures

/// What is common to every series and axis of a chart.
/// The k-th name takes the k-th colour, dash and marker (each list starts again when it ends), so that series
/// stay distinct without colour.
type Theme =
    {
        /// CSS font families, the first available is used.
        FontFamily: string
        /// Size in px of tick labels and legend; axis titles and the title are larger in proportion.
        FontSize: float
        Palette: Color list
        Dashes: LineDash list
        Symbols: MarkerSymbol list
        /// px.
        LineWidth: float
        /// px.
        MarkerSize: float
        Background: Color
        /// Text, axes and ticks.
        Foreground: Color
        /// Grid lines at the labelled ticks, or none.
        Grid: Color option
        ColorScale: ColorScale
    }

    /// For a page: white, boxed, no grid, Okabe-Ito colours, 13 px labels at 700 x 480 px.
    static member paper =
        {
            FontFamily = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
            FontSize = 13.0
            Palette =
                [
                    Color.blue
                    Color.vermilion
                    Color.green
                    Color.purple
                    Color.orange
                    Color.skyBlue
                    Color.black
                ]
            Dashes =
                [
                    LineDash.Solid
                    LineDash.Dash
                    LineDash.DashDot
                    LineDash.Dot
                    LineDash.LongDash
                    LineDash.LongDashDot
                ]
            Symbols =
                [
                    MarkerSymbol.Circle
                    MarkerSymbol.Square
                    MarkerSymbol.Diamond
                    MarkerSymbol.TriangleUp
                    MarkerSymbol.TriangleDown
                    MarkerSymbol.Cross
                    MarkerSymbol.OpenCircle
                    MarkerSymbol.OpenSquare
                ]
            LineWidth = 2.0
            MarkerSize = 7.0
            Background = Color.white
            Foreground = Color.rgb 38uy 38uy 38uy
            Grid = None
            ColorScale = ColorScale.Viridis
        }

    /// For a screen across a room: the paper theme with larger letters, heavier lines and a light grid.
    static member slides =
        { Theme.paper with
            FontSize = 17.0
            LineWidth = 3.0
            MarkerSize = 10.0
            Grid = Some(Color.rgb 230uy 230uy 230uy)
        }
