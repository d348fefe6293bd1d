namespace FiniteWidth

open ExplainNotation

/// Systems whose order parameter is a symmetric positive matrix, explained.
module internal ExplainMatrix =

    let qbar = letter "Q̄" "\\bar Q"
    let private kr = KernelFormula.renormalised
    let private traceQ = Typeset.product [ trace; qbar ]
    let private logDetQ = Typeset.product [ letter "log det" "\\log\\det"; qbar ]
    let private slope = Typeset.partial qbar action

    let private bi = letter "Bᵢ" "B_i"
    let private transposedY = Typeset.transposed yi

    // Q^(1/L): a fractional power of a matrix.
    let private rooted (numerator: int) (layers: int) =
        let text = if numerator = 0 then "0" else $"{numerator}/{layers}"
        letter $"Q̄^({text.Replace('-', '−')})" $"\\bar Q^{{{text}}}"

    /// L Tr Qbar^(1/L) - L n - log det Qbar.
    let entropy (order: Typeset) layers =
        if layers = 1 then
            [ false, traceQ; true, order; true, logDetQ ]
        else
            let depth = Typeset.number (float layers)

            [
                false, Typeset.product [ depth; trace; rooted 1 layers ]
                true, Typeset.product [ depth; order ]
                true, logDetQ
            ]

    /// Qbar^(1/L - 1) - Qbar^(-1).
    let entropySlope layers =
        if layers = 1 then
            [ false, identity; true, inverse qbar ]
        else
            [ false, rooted (1 - layers) layers; true, inverse qbar ]

    let private overWidth (width: Scalar) data = Typeset.linear [ 1.0 / width, data ]

    let private withData entropy width data =
        Typeset.signedSum (entropy @ [ false, overWidth width data ])

    let minimum =
        sentence "The point that dominates is the minimum of S over symmetric positive matrices."

    /// The priors and the width of a fully connected network, the problem below.
    let denseNetwork (network: Network) problem =
        let symbols =
            Set.add (Symbol.Width network.Depth) (Kernel.symbols (Theory.infiniteWidth network).Kernel)
            |> Set.toList
            |> List.choose (fun symbol ->
                Network.tryValue symbol network
                |> Option.map (fun value -> Typeset.ofSymbol symbol, value))

        section "Network" [ sentence $"A fully connected {network}."; values symbols; problem ]

    /// The sections of a network with D outputs.
    let severalOutputs size temperature (network: Network) =
        let kernel = (Theory.infiniteWidth network).Kernel
        let width = Scalar.width network.Depth
        let layers = network.Depth
        let noisy = withNoiseMatrix temperature (Typeset.product [ ki; qbar ])

        let data =
            let determinant =
                if temperature > 0.0 then
                    logDet (Typeset.sum [ identity; Typeset.fraction (Typeset.product [ ki; qbar ]) t ])
                else
                    logDet (Typeset.product [ ki; qbar ])

            sumOver overEigenvalues (Typeset.sum [ determinant; quadratic yi (inverse noisy) ])

        let dataSlope =
            sumOver
                overEigenvalues
                (Typeset.product [ ki; bi ]
                 |> Typeset.minus (Typeset.product [ ki; bi; yi; transposedY; bi ]))

        [
            denseNetwork network (problem size temperature)
            ExplainKernel.recursion k kernel
            section
                "Renormalised kernel"
                [
                    equation (kr |> Typeset.equals (Typeset.product [ qbar; letter "⊗" "\\otimes"; k ]))
                    paragraph
                        [
                            inl qbar
                            words " is a symmetric positive matrix with a row an output; the eigenvalues of K are "
                            inl ki
                            words ", and the targets along its eigenvectors the vectors "
                            inl yi
                            words " of D components."
                        ]
                ]
            section
                "Action"
                [
                    equation (action |> Typeset.equals (withData (entropy d layers) width data))
                    paragraph
                        [
                            words "The additive constant makes the entropic term 0 at infinite width, where "
                            inl (qbar |> Typeset.equals identity)
                            words "."
                        ]
                    yield! weight size.Outputs temperature width
                ]
            section
                "Saddle-point equations"
                [
                    equation (
                        slope
                        |> Typeset.equals (withData (entropySlope layers) width dataSlope)
                        |> Typeset.equals zero
                    )
                    equation (bi |> Typeset.equals (inverse noisy))
                    minimum
                ]
            if temperature = 0.0 && layers = 1 then
                let half = one |> Typeset.minus alpha
                let g = letter "R" "R"
                let targets = letter "Y" "Y"
                let halfI = Typeset.product [ Typeset.enclosed half; identity ]

                let root =
                    Typeset.squareRoot (
                        Typeset.sum
                            [
                                Typeset.product [ squared half; identity ]
                                Typeset.product [ Typeset.number 4.0; alpha; g ]
                            ]
                    )

                section
                    "Zero temperature, in closed form"
                    [
                        equation (qbar |> Typeset.equals (Typeset.fraction (Typeset.sum [ halfI; root ]) two))
                        equation (alpha |> Typeset.equals (Typeset.fraction p (Typeset.ofScalar width)))
                        equation (g |> Typeset.equals (Typeset.fraction (quadratic targets (inverse k)) p))
                    ]
        ]

    /// The sections of a convolutional network.
    let convolution size temperature (network: ConvolutionalNetwork) =
        let n = letter "n" "n"
        let channels = Typeset.ofSymbol (Symbol.Named "N_c")
        let length = letter "M" "M"
        let width = Scalar.symbol (Symbol.Named "N_c")

        let lambda0, lambda1 =
            Typeset.ofSymbol (Symbol.Prior 0), Typeset.ofSymbol (Symbol.Prior 1)

        let entry = letter "Q̄ᵢⱼ" "\\bar Q_{ij}"
        let kij = letter "Kᵢⱼ" "K_{ij}"
        let cij = letter "Cᵢⱼ" "C_{ij}"
        let pairs = letter "Σᵢⱼ" "\\sum_{ij}"
        let patch index latexIndex = letter $"X{index}" $"X_{latexIndex}"

        let layer = Kernel.dual network.Activation Kernel.Gram

        let weighted =
            match network.Pooling with
            | Pooling.None ->
                Typeset.product
                    [
                        Typeset.fraction one (Typeset.product [ lambda1; n ]) |> Typeset.enclosedPlain
                        pairs
                        entry
                        kij
                    ]
            | Pooling.Average ->
                Typeset.product
                    [
                        Typeset.fraction qbar (Typeset.product [ lambda1; squared n ])
                        |> Typeset.enclosedPlain
                        pairs
                        kij
                    ]

        let entropyTerms, saddle =
            match network.Pooling with
            | Pooling.None ->
                let variable = entry
                let deltas = letter "δᵢⱼ" "\\delta_{ij}"
                let inverseEntry = letter "(Q̄⁻¹)ᵢⱼ" "(\\bar Q^{-1})_{ij}"

                let data =
                    Typeset.product
                        [
                            Typeset.fraction one (Typeset.product [ lambda1; n; channels ])
                            |> Typeset.enclosedPlain
                            traceOf (Typeset.product [ m; kij ])
                        ]

                entropy n 1,
                Typeset.partial variable action
                |> Typeset.equals (Typeset.signedSum [ false, deltas; true, inverseEntry; false, data ])
            | Pooling.Average ->
                let log = Typeset.applyFunction (letter "log" "\\log") qbar

                let data =
                    Typeset.product
                        [
                            Typeset.fraction one (Typeset.product [ lambda1; squared n; channels ])
                            |> Typeset.enclosedPlain
                            pairs
                            traceOf (Typeset.product [ m; kij ])
                        ]

                [ false, qbar; true, one; true, log ],
                slope
                |> Typeset.equals (Typeset.signedSum [ false, one; true, Typeset.fraction one qbar; false, data ])

        [
            section
                "Network"
                [
                    sentence $"Network: {network}."
                    values
                        [
                            lambda0, network.FilterPrior
                            lambda1, network.ReadoutPrior
                            channels, float network.Channels
                            n, float network.Patches
                            length, float network.PatchLength
                        ]
                    problem size temperature
                ]
            section
                "Kernel recursion"
                [
                    equation (
                        cij
                        |> Typeset.equals (
                            Typeset.fraction
                                (Typeset.product [ patch "ᵢ" "i"; Typeset.transposed (patch "ⱼ" "j") ])
                                (Typeset.product [ lambda0; length ])
                        )
                    )
                    equation (
                        kij
                        |> Typeset.equals (
                            Typeset.apply (KernelFormula.map (KernelFormula.names layer) network.Activation) cij
                        )
                    )
                    paragraph
                        [
                            words "Patches i and j of every image stand in the rows of "
                            inl (patch "ᵢ" "i")
                            words " and "
                            inl (patch "ⱼ" "j")
                            words "; variances are those of a patch with itself."
                        ]
                    yield! ExplainKernel.maps layer
                ]
            section "Renormalised kernel" [ equation (kr |> Typeset.equals weighted) ]
            section
                "Action"
                [
                    equation (
                        action
                        |> Typeset.equals (withData entropyTerms width (Typeset.bracketed (dataTerm temperature kr)))
                    )
                    sentence "The additive constant makes the entropic term 0 at infinite width."
                    yield! weight 1 temperature width
                ]
            section
                "Saddle-point equations"
                [
                    equation (saddle |> Typeset.equals zero)
                    yield! adjointDefinitions temperature kr
                    (match network.Pooling with
                     | Pooling.None -> minimum
                     | Pooling.Average -> sentence "The point that dominates is the global minimum of S.")
                ]
        ]

    let private sites = letter "d" "d"
    let private hij = letter "Hᵢⱼ" "H_{ij}"
    let private pairs = letter "Σᵢⱼ" "\\sum_{ij}"
    let private h = letter "H" "H"

    let private lastPrior (network: ImageNetwork) =
        Typeset.ofSymbol (Symbol.Prior network.Depth)

    /// The priors, the width and the final positions of a network of convolutional layers, the problem below.
    let imageNetwork (network: ImageNetwork) problem =
        section
            "Network"
            [
                sentence $"Network: {network}."
                values
                    [
                        for l, prior in List.indexed network.Priors do
                            Typeset.ofSymbol (Symbol.Prior l), prior

                        Typeset.ofScalar (Scalar.width network.Depth), float (List.last network.Widths)
                        sites, float network.Positions
                    ]
                problem
            ]

    /// The recursion of the kernels between positions, of infinite width.
    let imageKernels (network: ImageNetwork) =
        let covariance l =
            letter $"C{Typeset.subscript l}(i, j)" $"C_{{{l}}}(i, j)"

        let kernel l =
            letter $"K{Typeset.subscript l}(i + t, j + t)" $"K_{{{l}}}(i + t, j + t)"

        let footprint = letter "Σₜ" "\\sum_t"

        let seen l =
            if l = 1 then
                letter "x(i + t)·x(j + t)" "x(i + t) \\cdot x(j + t)"
            else
                kernel (l - 1)

        let weights l =
            let struct (rows, columns) = network.Layers[l - 1].Patch
            rows * columns * (if l = 1 then network.Image.Channels else 1)

        let recursion l =
            let sum =
                Typeset.product
                    [
                        Typeset.fraction
                            one
                            (Typeset.product
                                [ Typeset.ofSymbol (Symbol.Prior(l - 1)); Typeset.number (float (weights l)) ])
                        |> Typeset.enclosedPlain
                        footprint
                        seen l
                    ]

            let right =
                match network.Biases[l - 1] with
                | Some _ -> Typeset.sum [ sum; Typeset.fraction one (Typeset.ofSymbol (Symbol.BiasPrior l)) ]
                | None -> sum

            equation (covariance l |> Typeset.equals right)

        let final =
            match network.Pooling, network.DenseWidths with
            | Pooling.None, [] -> "H has the kernels between all final positions."
            | Pooling.Average, [] -> "H is the average of the kernels between all final positions."
            | Pooling.None, _ ->
                "Fully connected layers see the average of the kernels of final positions with themselves; H is the kernel of the last of them."
            | Pooling.Average, _ ->
                "Fully connected layers see the average of the kernels between all final positions; H is the kernel of the last of them."

        section
            "Kernel recursion"
            [
                for l in 1 .. network.Layers.Length do
                    recursion l

                paragraph
                    [
                        words "Between two images, i and j the positions of a filter and t those under it; "
                        words "outside of the image stand zeros. K is the kernel map of each C, entry by entry. "
                        words final
                    ]
                yield! ExplainKernel.maps (Kernel.dual network.Activation Kernel.Gram)
            ]

    /// The covariance of functions at all points, `left` naming it: sum_ij Qbar_(ai)(bj) H_ij, or Qbar (x) H of one position.
    let jointKernel left (network: ImageNetwork) =
        if network.ReadoutSites = 1 then
            left
            |> Typeset.equals (
                Typeset.product
                    [
                        Typeset.fraction qbar (lastPrior network) |> Typeset.enclosedPlain
                        letter "⊗" "\\otimes"
                        h
                    ]
            )
        else
            Typeset.apply left (letter "a, b" "a, b")
            |> Typeset.equals (
                Typeset.product
                    [
                        Typeset.fraction one (Typeset.product [ lastPrior network; sites ])
                        |> Typeset.enclosedPlain
                        pairs
                        letter "Q̄₍ₐᵢ₎₍ᵦⱼ₎" "\\bar Q_{(ai)(bj)}"
                        hij
                    ]
            )

    /// The rows of an order parameter over so many functions and the final positions.
    let jointOrder functions (network: ImageNetwork) =
        if network.ReadoutSites = 1 then
            functions
        else
            Typeset.product [ functions; sites ]

    /// The sections of a network of several convolutional layers, of one output or several.
    let images size temperature (network: ImageNetwork) =
        let width = Scalar.width network.Depth
        let isScalar = network.ReadoutSites = 1
        let isJoint = size.Outputs > 1
        let c = letter "C" "C"
        let renormalised = if isJoint then c else kr

        let weighted =
            if isJoint then
                jointKernel c network
            elif isScalar then
                kr
                |> Typeset.equals (
                    Typeset.product [ Typeset.fraction qbar (lastPrior network) |> Typeset.enclosedPlain; h ]
                )
            else
                kr
                |> Typeset.equals (
                    Typeset.product
                        [
                            Typeset.fraction one (Typeset.product [ lastPrior network; sites ])
                            |> Typeset.enclosedPlain
                            pairs
                            letter "Q̄ᵢⱼ" "\\bar Q_{ij}"
                            hij
                        ]
                )

        let order =
            if isJoint then jointOrder d network
            elif isScalar then one
            else sites

        [
            imageNetwork network (problem size temperature)
            imageKernels network
            section
                "Renormalised kernel"
                [
                    equation weighted
                    if isJoint then
                        sentence
                            "C is the covariance of all outputs at all points, a and b outputs, i and j final positions; y has all columns of the targets."
                ]
            section
                "Action"
                [
                    equation (
                        action
                        |> Typeset.equals (
                            withData
                                (entropy order network.Depth)
                                width
                                (Typeset.bracketed (dataTerm temperature renormalised))
                        )
                    )
                    sentence "The additive constant makes the entropic term 0 at infinite width."
                    yield! weight size.Outputs temperature width
                    minimum
                ]
        ]
