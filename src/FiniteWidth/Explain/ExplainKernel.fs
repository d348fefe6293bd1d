namespace FiniteWidth

open ExplainNotation

/// Kernel recursions, explained.
module internal ExplainKernel =

    let private sigma = letter "σ" "\\sigma"

    let private expectation factors =
        Typeset.beside (letter "E" "E") (Typeset.bracketed (Typeset.product factors))

    let private of' (f: Typeset) (index: int) =
        Typeset.apply f (letter ("z" + Typeset.subscript index) $"z_{index}")

    let private ofMap names (activation: Activation) =
        let variance i = Typeset.ofSymbol (Symbol.Variance i)
        let kappa = KernelFormula.map names activation

        let defined =
            Typeset.apply kappa (Typeset.arguments [ variance 1; Typeset.ofSymbol Symbol.Covariance; variance 2 ])
            |> Typeset.equals (expectation [ of' sigma 1; of' sigma 2 ])

        [
            paragraph
                [
                    words $"The kernel map of {activation}, entry by entry, "
                    inl (variance 1)
                    words " and "
                    inl (variance 2)
                    words " being the variances of two examples and "
                    inl (Typeset.ofSymbol Symbol.Covariance)
                    words " their covariance:"
                ]
            match activation.Dual with
            | Dual.Closed expression -> equation (defined |> Typeset.equals (Typeset.ofScalar expression))
            | Dual.Series accuracy ->
                let coefficient c = Typeset.apply (letter "aₖ" "a_k") c

                let c = letter "c" "c"
                let index = letter "Σₖ" "\\sum_k"
                let power = letter "ρᵏ" "\\rho^k"
                let hermite = letter "Heₖ(z)" "\\mathrm{He}_k(z)"
                let root = Typeset.product [ Typeset.squareRoot c; letter "z" "z" ]

                equation (
                    defined
                    |> Typeset.equals (
                        Typeset.product [ index; coefficient (variance 1); coefficient (variance 2); power ]
                    )
                )

                equation (
                    coefficient c
                    |> Typeset.equals (
                        Typeset.fraction
                            (expectation [ Typeset.apply sigma root; hermite ])
                            (Typeset.squareRoot (letter "k!" "k!"))
                    )
                )

                paragraph
                    [
                        words "The series in the correlation "
                        inl (letter "ρ" "\\rho")
                        words " is summed to an accuracy of "
                        inl (Typeset.number accuracy)
                        words "."
                    ]
        ]

    let private ofMean names (activation: Activation) =
        let vector = Typeset.apply (KernelFormula.mean names activation) k
        let entry = letter "K_μμ" "K_{\\mu\\mu}"

        equation (
            letter $"{vector.Text}_μ" $"{{{vector.Latex}}}_\\mu"
            |> Typeset.equals (
                letter
                    $"E[ σ(z) ],  z ~ N(0, {entry.Text})"
                    $"E\\left[ \\sigma(z) \\right],\\quad z \\sim \\mathcal N(0, {entry.Latex})"
            )
        )

    /// K_0, K_1, ... and the kernel itself.
    let definitions final kernel =
        let names = KernelFormula.names kernel

        [
            for inner in names.Preactivations do
                equation (
                    KernelFormula.name names inner
                    |> Typeset.equals (KernelFormula.ofKernel names inner)
                )

            equation (final |> Typeset.equals (KernelFormula.ofKernel names kernel))
        ]

    /// The kernel maps of a kernel's activations, and their means where it uses them.
    let maps kernel =
        let names = KernelFormula.names kernel

        [
            yield! names.Activations |> List.collect (ofMap names)

            if KernelFormula.usesMeans kernel then
                sentence "The mean of the activation, example by example:"
                yield! names.Activations |> List.map (ofMean names)
        ]

    /// G = X X^T/N_0, what an activation acts on layer by layer, and the kernel maps.
    let recursion final kernel =
        section
            "Kernel recursion"
            [
                equation (
                    KernelFormula.gram
                    |> Typeset.equals (Typeset.fraction (Typeset.product [ x; Typeset.transposed x ]) n0)
                )
                yield! definitions final kernel
                yield! maps kernel
            ]

    /// d K_l/d theta of every kernel on the way from theta to K_R.
    let chain kernel variable =
        let names = KernelFormula.names kernel

        let defined name kernel =
            match KernelDerivative.ofKernel variable kernel with
            | KernelDerivative.Sum [] -> None
            | derivative ->
                Typeset.partial (Typeset.ofSymbol variable) name
                |> Typeset.equals (KernelDerivative.formula names variable derivative)
                |> equation
                |> Some

        (names.Preactivations
         |> List.choose (fun inner -> defined (KernelFormula.name names inner) inner))
        @ Option.toList (defined KernelFormula.renormalised kernel)

    let private entryOf (formula: Typeset) plain latex =
        letter $"{formula.Text}_{plain}" $"{{{formula.Latex}}}_{{{latex}}}"

    let private ofMapDerivative names (activation: Activation) =
        let kappa = KernelFormula.map names activation
        let change = letter "∂K" "\\partial K"

        let slope symbol =
            Typeset.partial (Typeset.ofSymbol symbol) kappa

        let along =
            Typeset.beside (Typeset.apply (Typeset.primed kappa) k |> Typeset.asAtom) (Typeset.bracketed change)

        let term symbol plain latex =
            Typeset.product [ Typeset.enclosed (slope symbol); entryOf change plain latex ]

        [
            equation (
                entryOf along "μν" "\\mu\\nu"
                |> Typeset.equals (
                    Typeset.sum
                        [
                            term Symbol.Covariance "μν" "\\mu\\nu"
                            term (Symbol.Variance 1) "μμ" "\\mu\\mu"
                            term (Symbol.Variance 2) "νν" "\\nu\\nu"
                        ]
                )
            )
            match activation.Dual with
            | Dual.Closed expression ->
                for symbol in [ Symbol.Covariance; Symbol.Variance 1 ] do
                    equation (
                        slope symbol
                        |> Typeset.equals (Typeset.ofScalar (Scalar.derivative symbol expression))
                    )
            | Dual.Series _ ->
                let first = Typeset.primed sigma
                let second = letter "σ″" "\\sigma''"

                equation (
                    slope Symbol.Covariance
                    |> Typeset.equals (expectation [ of' first 1; of' first 2 ])
                )

                equation (
                    slope (Symbol.Variance 1)
                    |> Typeset.equals (Typeset.fraction (expectation [ of' second 1; of' sigma 2 ]) two)
                )
        ]

    let rec private differentiated derivative =
        match derivative with
        | KernelDerivative.Kernel _ -> []
        | KernelDerivative.Dual(activation, _, inner) -> activation :: differentiated inner
        | KernelDerivative.MeanOuter(_, _, inner)
        | KernelDerivative.Scaled(_, inner) -> differentiated inner
        | KernelDerivative.Sum terms -> List.collect differentiated terms

    /// The derivatives of the kernel maps that stand between order parameters and the kernel.
    let mapDerivatives kernel orderParameters =
        orderParameters
        |> List.collect (fun symbol -> differentiated (KernelDerivative.ofKernel symbol kernel))
        |> List.distinct
        |> List.collect (ofMapDerivative (KernelFormula.names kernel))
