namespace FiniteWidth

open ExplainNotation

/// The integral over the scale, explained.
module internal ExplainMixture =

    let private q = letter "q" "q"

    /// What is integrated, beside the saddle point of the Wishart ansatz.
    let section temperature (model: Model) =
        let qbars = model.OrderParameters |> List.map Scalar.symbol

        let kernel =
            model.Kernel
            |> Kernel.substitute (fun symbol ->
                if List.contains symbol model.OrderParameters then
                    Scalar.one
                else
                    Scalar.symbol symbol)

        let covariance = withNoiseMatrix temperature (Typeset.product [ q; k ])

        let prior =
            model.OrderParameters
            |> List.map (fun symbol ->
                match symbol with
                | Symbol.Qbar l ->
                    let n = Typeset.ofSymbol (Symbol.Width l)

                    equation (
                        letter
                            $"{n.Text} {(Typeset.ofSymbol symbol).Text} ~ χ²({n.Text})"
                            $"{n.Latex} \\, {(Typeset.ofSymbol symbol).Latex} \\sim \\chi^2_{{{n.Latex}}}"
                    )
                | other -> equation (Typeset.ofSymbol other))

        let scale =
            if model.OrderParameters.Length = 1 then
                [
                    equation (
                        letter
                            "p(log q) ∝ q^(N₁/2) exp(−(N₁/2) q)"
                            "p(\\log q) \\propto q^{N_1/2} \\, e^{-\\frac{N_1}{2} q}"
                    )
                ]
            else
                [
                    sentence
                        "The density of log q is the inverse Mellin transform of a product of gamma functions, taken along the vertical line through its saddle."
                ]

        ExplainNotation.section
            "Integral over the scale"
            [
                sentence "Given the scale q the network is a Gaussian process:"
                equation (letter "f | q ~ GP(0, q K)" "f \\mid q \\sim \\mathcal{GP}(0, q K)")
                equation (q |> Typeset.equals (Typeset.ofScalar (Scalar.product qbars)))
                equation (
                    k
                    |> Typeset.equals (KernelFormula.inOneLine (KernelFormula.names kernel) (Kernel.simplify kernel))
                )
                yield! prior
                yield! scale
                equation (
                    letter
                        $"p(q|y) ∝ p(q) N(y; 0, {covariance.Text})"
                        $"p(q \\mid y) \\propto p(q) \\, \\mathcal N(y;\\, 0,\\, {covariance.Latex})"
                )
                sentence
                    "The integral over log q is a trapezoidal sum of O(P) a node, its step halved until it settles; a Gauss rule of 32 nodes carries it into the predictions. What follows is its saddle point."
            ]
