namespace FiniteWidth.Figures

open FiniteWidth

/// The paper's symbols as text that every browser shows: Unicode letters, and the sub tag for subscripts.
[<RequireQualifiedAccess>]
module Notation =

    /// Q with a bar.
    let qbar = "Q\u0304"
    /// The Greek letter for a correlation.
    let rho = "ρ"
    /// The Greek letter for a correlation length.
    let xi = "ξ"

    /// A symbol with a subscript: "N" and "c" give N<sub>c</sub>.
    let sub symbol index = $"{symbol}<sub>{index}</sub>"

    /// lambda_l, the prior of the weights that leave layer l.
    let lambda (layer: int) = sub "λ" (string layer)

    /// An order parameter of a network of `depth` hidden layers: one layer needs no index.
    let orderParameter depth symbol =
        let indexed letter layer =
            if depth = 1 then letter else sub letter (string layer)

        match symbol with
        | Symbol.Qbar layer -> indexed qbar layer
        | Symbol.Q layer -> indexed "Q" layer
        | Symbol.Named name -> name
        | other -> Latex.symbol other
