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
    /// Blue, white at zero, vermilion: for values of either sign.
    | Diverging

[<RequireQualifiedAccess>]
module internal ColorScale =

    /// Colours at equal steps from the lowest value to the highest.
    let colors scale =
        match scale with
        | ColorScale.Viridis ->
            [
                "#440154"
                "#482878"
                "#3E4A89"
                "#31688E"
                "#26828E"
                "#1F9E89"
                "#35B779"
                "#6DCD59"
                "#B4DE2C"
                "#FDE725"
            ]
        | ColorScale.Cividis -> [ "#00224E"; "#2A3F6D"; "#575C6D"; "#7C7B78"; "#A69D75"; "#D3C164"; "#FEE838" ]
        | ColorScale.Blues -> [ "#FFFFFF"; "#D3E4F0"; "#A3C9E2"; "#5AA5D0"; "#0072B2"; "#003B5C" ]
        | ColorScale.Diverging -> [ "#003B66"; "#0072B2"; "#86BFE0"; "#FFFFFF"; "#F2AE7C"; "#D55E00"; "#7A3300" ]
        |> List.map Color.ofHex
