namespace FiniteWidth

/// The kernels that an expression is made of, by name: K_0, K_1, ... are what activations act on, from the innermost outwards.
type internal KernelNames =
    {
        /// The arguments of the kernel maps, innermost first.
        Preactivations: Kernel list
        /// The activations that occur, in the same order.
        Activations: Activation list
    }

[<RequireQualifiedAccess>]
module internal KernelFormula =

    let ones = Typeset.letter "1" "\\mathbf 1"
    let gram = Typeset.letter "G" "G"
    let renormalised = Typeset.letter "K_R" "K_{\\mathrm R}"

    // Innermost first.
    let rec private walk kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> []
        | Kernel.Dual(activation, inner)
        | Kernel.MeanOuter(activation, inner) -> walk inner @ [ activation, inner ]
        | Kernel.Scaled(_, inner) -> walk inner
        | Kernel.Sum kernels -> List.collect walk kernels

    /// The names of a kernel's parts.
    let names kernel =
        let found = walk kernel

        {
            Preactivations = found |> List.map snd |> List.distinct
            Activations = found |> List.map fst |> List.distinct
        }

    let rec private hasMean kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> false
        | Kernel.MeanOuter _ -> true
        | Kernel.Dual(_, inner)
        | Kernel.Scaled(_, inner) -> hasMean inner
        | Kernel.Sum kernels -> List.exists hasMean kernels

    /// Whether an activation's mean occurs.
    let usesMeans kernel = hasMean kernel

    /// K_l of an argument of a kernel map.
    let name names kernel =
        let index = names.Preactivations |> List.findIndex ((=) kernel)
        Typeset.letter ("K" + Typeset.subscript index) $"K_{{{index}}}"

    // One activation needs no index.
    let private indexed names activation plain latex =
        match names.Activations with
        | [ _ ] -> Typeset.letter plain latex
        | activations ->
            let index = 1 + List.findIndex ((=) activation) activations
            Typeset.letter (plain + Typeset.subscript index) $"{latex}_{{{index}}}"

    /// kappa, the kernel map of an activation.
    let map names activation = indexed names activation "κ" "\\kappa"

    /// m, the mean of an activation.
    let mean names activation = indexed names activation "m" "m"

    /// v v^T.
    let outer v =
        Typeset.product [ v; Typeset.transposed v ]

    // `name` gives the argument of a kernel map.
    let rec private write names name kernel =
        match kernel with
        | Kernel.Gram -> gram
        | Kernel.Ones -> outer ones
        | Kernel.Dual(activation, inner) -> Typeset.apply (map names activation) (name inner)
        | Kernel.MeanOuter(activation, inner) ->
            outer (Typeset.apply (mean names activation) (name inner) |> Typeset.asAtom)
        | Kernel.Scaled(scalar, Kernel.Scaled(further, inner)) ->
            write names name (Kernel.Scaled(scalar * further, inner))
        | Kernel.Scaled(scalar, inner) -> Typeset.linear [ scalar, write names name inner ]
        | Kernel.Sum kernels ->
            kernels
            |> List.map (fun kernel ->
                match kernel with
                | Kernel.Scaled(scalar, inner) -> scalar, write names name inner
                | kernel -> Scalar.one, write names name kernel)
            |> Typeset.linear

    /// A kernel in terms of the named ones.
    let ofKernel names kernel = write names (name names) kernel

    /// A kernel in one formula, its activations named as in another expression.
    let inOneLine names kernel =
        let rec inner kernel = write names inner kernel
        inner kernel
