namespace FiniteWidth.Figures

/// How a heat map turns numbers into colours; all of them survive colour blindness and a grey printer, except that
/// `Diverging` needs colour to tell the two sides apart.
[<RequireQualifiedAccess>]
type ColorScale =
    /// Dark blue over green to yellow, perceptually uniform.
    | Viridis
    /// Blue to yellow, perceptually uniform, the same for readers with red-green deficiency.
    | Cividis
    /// White to dark blue, for magnitudes on white paper.
    | Blues
    /// Blue, white at zero, red: for values of either sign.
    | Diverging

[<RequireQualifiedAccess>]
module internal ColorScale =

    /// The name of the scale in plotly.js, and whether it runs backwards there.
    let toPlotly scale =
        match scale with
        | ColorScale.Viridis -> "Viridis", false
        | ColorScale.Cividis -> "Cividis", false
        // plotly.js alone among its scales draws Blues from dark to light.
        | ColorScale.Blues -> "Blues", true
        | ColorScale.Diverging -> "RdBu", false
