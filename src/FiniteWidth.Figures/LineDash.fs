namespace FiniteWidth.Figures

/// How a line is broken.
[<RequireQualifiedAccess>]
type LineDash =
    | Solid
    | Dash
    | Dot
    | DashDot
    | LongDash
    | LongDashDot

[<RequireQualifiedAccess>]
module internal LineDash =

    let toPlotly dash =
        match dash with
        | LineDash.Solid -> "solid"
        | LineDash.Dash -> "dash"
        | LineDash.Dot -> "dot"
        | LineDash.DashDot -> "dashdot"
        | LineDash.LongDash -> "longdash"
        | LineDash.LongDashDot -> "longdashdot"
