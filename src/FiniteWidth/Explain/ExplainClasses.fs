namespace FiniteWidth

open ExplainNotation

/// Theories of classes, explained.
module internal ExplainClasses =

    let private beta = letter "β" "\\beta"
    let private n = letter "n" "n"
    let private logits = letter "f" "f"
    let private basis = letter "B" "B"
    let private contrast = letter "g" "g"
    let private c = letter "C" "C"
    let private likelihood = letter "ℓ" "\\ell"
    let private logZ = letter "log Z" "\\log Z"
    let private slopes = letter "α" "\\alpha"
    let private curvature = letter "W" "W"
    let private sigma = letter "Σ" "\\Sigma"
    let private s = letter "s" "s"
    let private v = letter "v" "v"
    let private omega = letter "Ω" "\\Omega"
    let private half = letter "½" "\\tfrac12"
    let private labels = letter "Σ_μ" "\\sum_\\mu"

    let private ofData (width: Scalar) = Typeset.linear [ 2.0 / width, logZ ]

    let private problem size value classes =
        values
            [
                p, float size.Examples
                n0, float size.Features
                d, float classes
                testPoints, float size.TestPoints
                beta, value
            ]

    // The likelihood, its Laplace integral and the saddle-point equations; `order` rows, C the covariance of the contrasts.
    let private theory layers order (width: Scalar) covariance =
        [
            section
                "Renormalised kernel"
                [
                    equation covariance
                    equation (
                        contrast
                        |> Typeset.equals (Typeset.product [ Typeset.transposed basis; logits ])
                    )
                    paragraph
                        [
                            words "The softmax sees the logits f through their "
                            inl (n |> Typeset.equals (d |> Typeset.minus one))
                            words
                                " contrasts g, B an orthonormal basis orthogonal to (1, ..., 1). C is their covariance at all points."
                        ]
                ]
            section
                "Action"
                [
                    equation (
                        action
                        |> Typeset.equals (
                            Typeset.signedSum (ExplainMatrix.entropy order layers @ [ true, ofData width ])
                        )
                    )
                    equation (
                        likelihood
                        |> Typeset.equals (
                            Typeset.signedSum
                                [
                                    true,
                                    Typeset.product
                                        [
                                            beta
                                            labels
                                            letter
                                                "CE(c_μ, softmax f(x_μ))"
                                                "\\mathrm{CE}(c_\\mu, \\mathrm{softmax}\\, f(x_\\mu))"
                                        ]
                                ]
                        )
                    )
                    equation (
                        logZ
                        |> Typeset.equals (
                            Typeset.signedSum
                                [
                                    false, likelihood
                                    true, Typeset.product [ half; Typeset.transposed slopes; contrast ]
                                    true,
                                    Typeset.product
                                        [ half; logDet (Typeset.sum [ identity; Typeset.product [ c; curvature ] ]) ]
                                ]
                        )
                    )
                    paragraph
                        [
                            words "Laplace's method at the mode of the posterior over functions, where "
                            inl (contrast |> Typeset.equals (Typeset.product [ c; slopes ]))
                            words "; "
                            inl slopes
                            words " and "
                            inl (Typeset.signedSum [ true, curvature ])
                            words " are the first two derivatives of "
                            inl likelihood
                            words " in g. The additive constant makes the entropic term 0 at infinite width."
                        ]
                    sentence "The weight of the order parameter, and the evidence at the saddle point:"
                    equation (
                        Typeset.apply
                            (letter "exp" "\\exp")
                            (Typeset.signedSum [ true, Typeset.linear [ width / 2.0, action ] ])
                    )
                    equation (
                        Typeset.apply (letter "log p" "\\log p") (letter "c|X" "c \\mid X")
                        |> Typeset.equals (Typeset.signedSum [ true, Typeset.linear [ width / 2.0, action ] ])
                    )
                ]
            section
                "Saddle-point equations"
                [
                    equation (
                        Typeset.signedSum (
                            ExplainMatrix.entropySlope layers
                            @ [
                                true, Typeset.linear [ 2.0 / width, Typeset.partial ExplainMatrix.qbar logZ ]
                            ]
                        )
                        |> Typeset.equals zero
                    )
                    equation (
                        letter "d log Z" "d\\log Z"
                        |> Typeset.equals (traceOf (Typeset.product [ omega; letter "dC" "dC" ]))
                    )
                    equation (
                        omega
                        |> Typeset.equals (
                            Typeset.signedSum
                                [
                                    false, Typeset.product [ half; slopes; Typeset.transposed slopes ]
                                    false,
                                    Typeset.product
                                        [
                                            half
                                            Typeset.enclosed (
                                                Typeset.sum
                                                    [
                                                        Typeset.product [ v; Typeset.transposed slopes ]
                                                        Typeset.product [ slopes; Typeset.transposed v ]
                                                    ]
                                            )
                                        ]
                                    true, Typeset.product [ half; m ]
                                ]
                        )
                    )
                    equation (
                        m
                        |> Typeset.equals (inverse (Typeset.enclosed (Typeset.sum [ c; inverse curvature ])))
                    )
                    equation (
                        v
                        |> Typeset.equals (
                            Typeset.product
                                [ Typeset.enclosed (identity |> Typeset.minus (Typeset.product [ m; c ])); s ]
                        )
                    )
                    paragraph
                        [
                            inl v
                            words " is what the change of the mode adds; "
                            inl s
                            words " is the derivative in g of "
                            inl (Typeset.signedSum [ true, Typeset.product [ half; trace; sigma; curvature ] ])
                            words " at fixed "
                            inl (
                                sigma
                                |> Typeset.equals (inverse (Typeset.enclosed (Typeset.sum [ inverse c; curvature ])))
                            )
                            words "."
                        ]
                    ExplainMatrix.minimum
                ]
        ]

    /// The sections of a dense network's classes at beta.
    let dense size value classes (network: Network) =
        let kernel = (Theory.infiniteWidth network).Kernel
        let width = Scalar.width network.Depth

        ExplainMatrix.denseNetwork network (problem size value classes)
        :: ExplainKernel.recursion k kernel
        :: theory
            network.Depth
            n
            width
            (c
             |> Typeset.equals (Typeset.product [ ExplainMatrix.qbar; letter "⊗" "\\otimes"; k ]))

    /// The sections of the classes of a network of convolutional layers.
    let images size value classes (network: ImageNetwork) =
        ExplainMatrix.imageNetwork network (problem size value classes)
        :: ExplainMatrix.imageKernels network
        :: theory
            network.Depth
            (ExplainMatrix.jointOrder n network)
            (Scalar.width network.Depth)
            (ExplainMatrix.jointKernel c network)
