namespace FiniteWidth

open ExplainNotation

/// Models of one output, explained.
module internal ExplainModel =

    let private sigma = letter "Σ" "\\Sigma"
    let private mean = letter "m" "m"
    let private s = letter "s" "s"
    let private a = letter "a" "a"
    let private b = letter "b" "b"
    let private mi = letter "m̂ᵢ" "\\hat m_i"
    let private c = letter "c" "c"
    let private g = letter "g" "g"
    let private h = letter "h" "h"
    let private vi = letter "v̂ᵢ" "\\hat v_i"
    let private kr = KernelFormula.renormalised
    let private width (network: Network) = Scalar.width network.Depth

    /// s k_i, or k_i where the kernel stands alone.
    let private scaledEigenvalue scale =
        if scale = Scalar.one then ki else Typeset.product [ s; ki ]

    let private network size temperature (network: Network) (model: Model) =
        let symbols =
            Set.union (Kernel.symbols model.Kernel) (Scalar.symbols model.Entropy)
            |> Set.add (Symbol.Width network.Depth)
            |> Set.toList

        section
            "Network"
            [
                sentence $"A fully connected {network}."
                symbols
                |> List.choose (fun symbol ->
                    Network.tryValue symbol network
                    |> Option.map (fun value -> Typeset.ofSymbol symbol, value))
                |> values
                problem size temperature
            ]

    let private normalForm (model: Model) =
        let names = KernelFormula.names model.Kernel

        section
            "Renormalised kernel"
            [
                match Kernel.normalForm model.OrderParameters model.Kernel with
                | NormalForm.Scaled(scale, constant) ->
                    if scale = Scalar.one then
                        equation (kr |> Typeset.equals k)
                    else
                        equation (kr |> Typeset.equals (Typeset.product [ s; k ]))
                        equation (s |> Typeset.equals (Typeset.ofShortest scale))

                    equation (k |> Typeset.equals (KernelFormula.inOneLine names constant))

                    paragraph
                        [
                            words "No order parameter is left in K; its eigenvalues are "
                            inl ki
                            words ", and the targets along its eigenvectors "
                            inl yi
                            words "."
                        ]
                | NormalForm.Centred(covarianceScale, meanScale, activation, preactivations) ->
                    let preactivations = KernelFormula.inOneLine names preactivations

                    equation (
                        kr
                        |> Typeset.equals (
                            Typeset.sum
                                [
                                    Typeset.product [ a; sigma ]
                                    Typeset.product [ b; KernelFormula.outer mean ]
                                ]
                        )
                    )

                    equation (a |> Typeset.equals (Typeset.ofShortest covarianceScale))
                    equation (b |> Typeset.equals (Typeset.ofShortest meanScale))

                    equation (
                        sigma
                        |> Typeset.equals (
                            Typeset.apply (KernelFormula.map names activation) preactivations
                            |> Typeset.minus (KernelFormula.outer mean)
                        )
                    )

                    equation (
                        mean
                        |> Typeset.equals (Typeset.apply (KernelFormula.mean names activation) preactivations)
                    )

                    paragraph
                        [
                            words "No order parameter is left in the covariance, of eigenvalues "
                            inl ki
                            words "; along its eigenvectors the targets are "
                            inl yi
                            words " and the mean "
                            inl mi
                            words "."
                        ]
                | NormalForm.Nested kernel ->
                    yield! ExplainKernel.definitions kr kernel
                    sentence "Order parameters stay inside the kernel maps."
            ]

    // The entropic term, where there is one, and (1/N_L) [ ... ].
    let private total network left entropy data =
        left
        |> Typeset.equals (
            Typeset.sum
                [
                    if entropy <> Scalar.zero then
                        Typeset.ofScalar entropy
                    Typeset.linear [ 1.0 / width network, data ]
                ]
        )

    let private overMatrices size temperature =
        if size.Outputs > 1 then
            Typeset.sum
                [
                    Typeset.product [ d; determinant temperature kr ]
                    Typeset.product [ trace; quadratic (letter "Y" "Y") (inverse (withNoiseMatrix temperature kr)) ]
                ]
        else
            dataTerm temperature kr

    let private overSpectrum temperature scale =
        let scaled = scaledEigenvalue scale

        let logarithm =
            if temperature > 0.0 then
                Typeset.apply (letter "log" "\\log") (Typeset.sum [ one; Typeset.fraction scaled t ])
            else
                Typeset.apply (letter "log" "\\log") scaled

        sumOver
            overEigenvalues
            (Typeset.sum [ logarithm; Typeset.fraction (squared yi) (withNoise temperature scaled) ])

    let private entropyAtInfiniteWidth network (model: Model) =
        let value =
            EffectiveAction.atInfiniteWidth model.OrderParameters
            |> EffectiveAction.bind network model.OrderParameters

        Scalar.evaluate value model.Entropy

    let private actionSection size temperature (network: Network) (model: Model) =
        section
            "Action"
            [
                equation (total network action model.Entropy (Typeset.bracketed (overMatrices size temperature)))
                match Kernel.normalForm model.OrderParameters model.Kernel with
                | NormalForm.Scaled(scale, _) when size.Outputs = 1 ->
                    sentence "Along the eigenvectors of K:"
                    equation (total network action model.Entropy (overSpectrum temperature scale))
                | _ -> ()
                if not model.OrderParameters.IsEmpty then
                    paragraph
                        [
                            words "The additive constant makes the entropic term "
                            inl (Typeset.number (entropyAtInfiniteWidth network model))
                            words " at infinite width."
                        ]
                yield! weight size.Outputs temperature (width network)
            ]

    // 1 + b g.
    let private meanFactor = Typeset.sum [ one; Typeset.product [ b; g ] ]

    // What A^(-1) y and the rank-one term of the mean become along the eigenvectors of the covariance (Sherman and Morrison).
    let private centredSums temperature =
        let noisy = withNoise temperature (Typeset.product [ a; ki ])

        let sum above =
            sumOver overEigenvalues (Typeset.fraction above noisy)

        [
            equation (g |> Typeset.equals (sum (squared mi)))
            equation (c |> Typeset.equals (sum (Typeset.product [ mi; yi ])))
            equation (h |> Typeset.equals (Typeset.fraction b meanFactor))
            equation (
                vi
                |> Typeset.equals (Typeset.fraction (yi |> Typeset.minus (Typeset.product [ h; c; mi ])) noisy)
            )
        ]

    /// What the data add to N_L dS/dtheta, as scalars before formulas.
    let private dataSlope temperature variable slope =
        match slope with
        | DataSlope.Spectral(scale, _, scaleSlope) ->
            let terms =
                if temperature > 0.0 then
                    let noisy = withNoise temperature (scaledEigenvalue scale)

                    Typeset.fraction ki noisy
                    |> Typeset.minus (Typeset.fraction (Typeset.product [ ki; squared yi ]) (squared noisy))
                else
                    Typeset.fraction one s
                    |> Typeset.minus (Typeset.fraction (squared yi) (Typeset.product [ squared s; ki ]))

            [ scaleSlope, sumOver overEigenvalues terms ]
        | DataSlope.Centred(_, _, _, _, covarianceSlope, meanSlope) ->
            let noisy = withNoise temperature (Typeset.product [ a; ki ])

            let covarianceTerms =
                Typeset.signedSum
                    [
                        false, Typeset.fraction ki noisy
                        true, Typeset.fraction (Typeset.product [ h; ki; squared mi ]) (squared noisy)
                        true, Typeset.product [ ki; squared vi ]
                    ]

            let meanTerm =
                Typeset.fraction g meanFactor
                |> Typeset.minus (Typeset.fraction (squared c) (squared meanFactor))
                |> Typeset.bracketed

            [
                covarianceSlope, sumOver overEigenvalues covarianceTerms
                meanSlope, meanTerm
            ]
        | DataSlope.Trace _ ->
            [
                Scalar.one, traceOf (Typeset.product [ m; Typeset.partial (Typeset.ofSymbol variable) kr ])
            ]

    let private saddleEquation temperature network (saddle: SaddleEquation) =
        let data =
            dataSlope temperature saddle.Variable saddle.Data
            |> List.map (fun (scalar, formula) -> scalar / width network, formula)

        Typeset.partial (Typeset.ofSymbol saddle.Variable) action
        |> Typeset.equals (Typeset.linearAfter saddle.Entropy data)
        |> Typeset.equals zero

    let private saddleSection temperature network (model: Model) =
        let equations = SaddleEquation.ofModel model

        section
            "Saddle-point equations"
            [
                if equations.IsEmpty then
                    sentence "There is no order parameter: nothing is to be solved."
                else
                    yield! equations |> List.map (saddleEquation temperature network >> equation)

                    match Kernel.normalForm model.OrderParameters model.Kernel with
                    | NormalForm.Scaled _ -> ()
                    | NormalForm.Centred _ -> yield! centredSums temperature
                    | NormalForm.Nested kernel ->
                        yield! adjointDefinitions temperature kr
                        sentence "The derivatives of the kernels follow the recursion through the kernel maps:"

                        yield!
                            equations
                            |> List.collect (fun saddle -> ExplainKernel.chain kernel saddle.Variable)

                        yield! ExplainKernel.mapDerivatives kernel model.OrderParameters

                    if model.OrderParameters |> List.exists Coordinates.isConjugate then
                        sentence
                            "The point that dominates is a minimum over the renormalisations of the maximum over their conjugates."
                    else
                        sentence "The point that dominates is the global minimum of S."
            ]

    let private closedForm (network: Network) (form: ClosedForm) =
        let r = letter "r" "r"
        let half = Typeset.ofScalar form.Decay |> Typeset.minus alpha

        let growth factor formula =
            Typeset.linear [ factor * form.Growth, formula ]

        let root =
            Typeset.squareRoot (Typeset.sum [ squared half; growth (Scalar.number 4.0) (Typeset.product [ alpha; r ]) ])

        section
            "Zero temperature, in closed form"
            [
                equation (
                    Typeset.ofSymbol form.Variable
                    |> Typeset.equals (
                        Typeset.fraction (Typeset.sum [ half; root ]) (Typeset.ofScalar (2.0 * form.Growth))
                    )
                )
                equation (alpha |> Typeset.equals (Typeset.fraction p (Typeset.ofScalar (width network))))
                equation (
                    r
                    |> Typeset.equals (
                        Typeset.linear [ 1.0 / form.Scale, Typeset.fraction (quadratic y (inverse k)) p ]
                    )
                )
            ]

    /// The sections of a model of a network.
    let sections size (temperature: float) (net: Network) (model: Model) =
        [
            network size temperature net model
            ExplainKernel.recursion kr model.Kernel
            normalForm model
            actionSection size temperature net model
            saddleSection temperature net model
            yield!
                if temperature = 0.0 then
                    ClosedForm.tryOfModel model |> Option.map (closedForm net) |> Option.toList
                else
                    []
        ]
