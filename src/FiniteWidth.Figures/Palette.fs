namespace FiniteWidth.Figures

open Plotly.NET

/// The colours of Okabe and Ito, which the colour-blind tell apart, and a grey for what a curve is compared with.
[<RequireQualifiedAccess>]
module Palette =

    let black = Color.fromHex "#262626"
    let gray = Color.fromHex "#8C8C8C"
    let blue = Color.fromHex "#0072B2"
    let vermilion = Color.fromHex "#D55E00"
    let green = Color.fromHex "#009E73"
    let purple = Color.fromHex "#CC79A7"
    let orange = Color.fromHex "#E69F00"
    let skyBlue = Color.fromHex "#56B4E9"

    /// The colours that traces without one of their own take, in this order.
    let all = [ blue; vermilion; green; purple; orange; skyBlue; black ]
