namespace FiniteWidth

/// Symbols and symbolic scalars as LaTeX.
[<RequireQualifiedAccess>]
module Latex =

    /// A symbol as in the papers: \bar Q_1, \lambda_0, N_2, ...
    let symbol symbol = (Typeset.ofSymbol symbol).Latex

    /// An expression.
    let ofScalar scalar = (Typeset.ofScalar scalar).Latex
