namespace FiniteWidth.Figures

open Plotly.NET

/// The colours of Okabe and Ito, which the colour-blind tell apart, and a grey for what a curve is compared with.
[<RequireQualifiedAccess>]
module Palette =

    /// For experiments, and for what other curves are compared with.
    let black = Color.fromHex "#262626"
    /// For infinite width and guide lines.
    let gray = Color.fromHex "#8C8C8C"
    /// Of Okabe and Ito's eight.
    let blue = Color.fromHex "#0072B2"
    /// Of Okabe and Ito's eight.
    let vermilion = Color.fromHex "#D55E00"
    /// Of Okabe and Ito's eight.
    let green = Color.fromHex "#009E73"
    /// Of Okabe and Ito's eight.
    let purple = Color.fromHex "#CC79A7"
    /// Of Okabe and Ito's eight.
    let orange = Color.fromHex "#E69F00"
    /// Of Okabe and Ito's eight.
    let skyBlue = Color.fromHex "#56B4E9"

    /// The colours that traces without one of their own take, in this order.
    let all = [ blue; vermilion; green; purple; orange; skyBlue; black ]
