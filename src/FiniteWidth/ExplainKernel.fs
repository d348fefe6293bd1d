namespace FiniteWidth

open ExplainNotation

/// Kernel recursions, explained.
module internal ExplainKernel =

    let private sigma = letter "σ" "\\sigma"

    let private expectation factors =
        Formula.beside (letter "E" "E") (Formula.bracketed (Formula.product factors))

    let private of' (f: Formula) (index: int) =
        Formula.apply f (letter ("z" + Formula.subscript index) $"z_{index}")

    let private ofMap names (activation: Activation) =
        let variance i = Formula.ofSymbol (Symbol.Variance i)
        let kappa = KernelFormula.map names activation

        let defined =
            Formula.apply kappa (Formula.arguments [ variance 1; Formula.ofSymbol Symbol.Covariance; variance 2 ])
            |> Formula.equals (expectation [ of' sigma 1; of' sigma 2 ])

        [
            paragraph
                [
                    words $"The kernel map of {activation}, entry by entry, "
                    inl (variance 1)
                    words " and "
                    inl (variance 2)
                    words " being the variances of two examples and "
                    inl (Formula.ofSymbol Symbol.Covariance)
                    words " their covariance:"
                ]
            match activation.Dual with
            | Dual.Closed expression -> equation (defined |> Formula.equals (Formula.ofScalar expression))
            | Dual.Series accuracy ->
                let coefficient c = Formula.apply (letter "aₖ" "a_k") c

                let c = letter "c" "c"
                let index = letter "Σₖ" "\\sum_k"
                let power = letter "ρᵏ" "\\rho^k"
                let hermite = letter "Heₖ(z)" "\\mathrm{He}_k(z)"
                let root = Formula.product [ Formula.squareRoot c; letter "z" "z" ]

                equation (
                    defined
                    |> Formula.equals (
                        Formula.product [ index; coefficient (variance 1); coefficient (variance 2); power ]
                    )
                )

                equation (
                    coefficient c
                    |> Formula.equals (
                        Formula.fraction
                            (expectation [ Formula.apply sigma root; hermite ])
                            (Formula.squareRoot (letter "k!" "k!"))
                    )
                )

                paragraph
                    [
                        words "The series in the correlation "
                        inl (letter "ρ" "\\rho")
                        words " is summed to an accuracy of "
                        inl (Formula.number accuracy)
                        words "."
                    ]
        ]

    let private ofMean names (activation: Activation) =
        let vector = Formula.apply (KernelFormula.mean names activation) k
        let entry = letter "K_μμ" "K_{\\mu\\mu}"

        equation (
            letter $"{vector.Text}_μ" $"{{{vector.Latex}}}_\\mu"
            |> Formula.equals (
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
                    |> Formula.equals (KernelFormula.ofKernel names inner)
                )

            equation (final |> Formula.equals (KernelFormula.ofKernel names kernel))
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
                    |> Formula.equals (Formula.fraction (Formula.product [ x; Formula.transposed x ]) n0)
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
                Formula.partial (Formula.ofSymbol variable) name
                |> Formula.equals (KernelDerivative.formula names variable derivative)
                |> equation
                |> Some

        (names.Preactivations
         |> List.choose (fun inner -> defined (KernelFormula.name names inner) inner))
        @ Option.toList (defined KernelFormula.renormalised kernel)

    let private entryOf (formula: Formula) plain latex =
        letter $"{formula.Text}_{plain}" $"{{{formula.Latex}}}_{{{latex}}}"

    let private ofMapDerivative names (activation: Activation) =
        let kappa = KernelFormula.map names activation
        let change = letter "∂K" "\\partial K"

        let slope symbol =
            Formula.partial (Formula.ofSymbol symbol) kappa

        let along =
            Formula.beside (Formula.apply (Formula.primed kappa) k |> Formula.asAtom) (Formula.bracketed change)

        let term symbol plain latex =
            Formula.product [ Formula.enclosed (slope symbol); entryOf change plain latex ]

        [
            equation (
                entryOf along "μν" "\\mu\\nu"
                |> Formula.equals (
                    Formula.sum
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
                        |> Formula.equals (Formula.ofScalar (Scalar.derivative symbol expression))
                    )
            | Dual.Series _ ->
                let first = Formula.primed sigma
                let second = letter "σ″" "\\sigma''"

                equation (
                    slope Symbol.Covariance
                    |> Formula.equals (expectation [ of' first 1; of' first 2 ])
                )

                equation (
                    slope (Symbol.Variance 1)
                    |> Formula.equals (Formula.fraction (expectation [ of' second 1; of' sigma 2 ]) two)
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
