namespace FiniteWidth

open ExplainNotation

/// Hierarchical local kernel renormalisation, explained.
module internal ExplainHierarchy =

    /// r_1 .. r_L: the paths from a position of a layer to the readout.
    let paths (network: ImageNetwork) =
        let footprint (layer: ConvolutionalLayer) =
            let struct (rows, columns) = layer.Patch
            rows * columns

        [
            for l in 1 .. network.Layers.Length ->
                network.Layers
                |> List.skip l
                |> List.fold (fun paths layer -> paths * footprint layer) network.Positions
        ]

    let private layered name tex = letter $"{name}ₗ" $"{tex}_l"
    let private ml = layered "M" "M"
    let private sl = layered "S" "S"
    let private rl = layered "r" "r"
    let private next = letter "Mₗ₊₁" "M_{l+1}"
    let private overLayers = letter "Σₗ" "\\sum_l"
    let private overPaths = letter "Σ_pq" "\\sum_{pq}"
    let private first = letter "N₁" "N_1"
    let private kr = KernelFormula.renormalised

    /// The sections of a network of convolutional layers with an order parameter a layer.
    let sections size temperature (network: ImageNetwork) =
        let depth = network.Depth
        let last = Typeset.ofSymbol (Symbol.Prior depth)
        let sites = letter "d" "d"

        let entropy =
            Typeset.product
                [
                    overLayers
                    Typeset.fraction (layered "N" "N") first
                    Typeset.bracketed (
                        Typeset.signedSum
                            [
                                false, Typeset.product [ trace; inverse sl; ml ]
                                true, Typeset.product [ letter "log det" "\\log\\det"; ml ]
                                false, Typeset.product [ letter "log det" "\\log\\det"; sl ]
                                true, rl
                            ]
                    )
                ]

        [
            ExplainMatrix.imageNetwork network (problem size temperature)
            ExplainMatrix.imageKernels network
            section
                "Renormalised kernel"
                [
                    equation (
                        kr
                        |> Typeset.equals (
                            Typeset.product
                                [
                                    Typeset.fraction one (Typeset.product [ last; sites ]) |> Typeset.enclosedPlain
                                    overPaths
                                    letter "(M₁)_pq" "(M_1)_{pq}"
                                    letter "B_pq" "B_{pq}"
                                ]
                        )
                    )
                    paragraph
                        [
                            words
                                "p and q are paths from a position of the first layer to the readout, and B_pq the first layer's kernel where they begin, "
                            words
                                "times the later layers' weights and gains K ∘ [C]/C of infinite width along them: 1 for a linear network, whose spatial structure this keeps exactly. "
                            words "Layer l has "
                            inl (layered "N" "N")
                            words " channels and "
                            inl rl
                            words " paths:"
                        ]
                    values
                        [
                            for l, width in List.indexed network.Widths ->
                                Typeset.ofScalar (Scalar.width (l + 1)), float width
                        ]
                    values
                        [
                            for l, count in List.indexed (paths network) ->
                                letter $"r{Typeset.subscript (l + 1)}" $"r_{{{l + 1}}}", float count
                        ]
                ]
            section
                "Action"
                [
                    equation (
                        action
                        |> Typeset.equals (
                            Typeset.sum
                                [
                                    entropy
                                    Typeset.product
                                        [
                                            Typeset.fraction one first |> Typeset.enclosedPlain
                                            Typeset.bracketed (dataTerm temperature kr)
                                        ]
                                ]
                        )
                    )
                    equation (letter $"S{Typeset.subscript depth}" $"S_{{{depth}}}" |> Typeset.equals identity)
                    equation (sl |> Typeset.equals (Typeset.product [ identity; letter "⊗" "\\otimes"; next ]))
                    sentence
                        "Every place under a filter carries the matrix of the layer above. The additive constant makes the entropic term 0 at infinite width."
                    yield! weight 1 temperature (Scalar.width 1)
                    sentence
                        "The point that dominates is the minimum of S over symmetric positive matrices, one a layer."
                ]
        ]
