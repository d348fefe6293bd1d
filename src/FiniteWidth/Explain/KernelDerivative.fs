namespace FiniteWidth

/// The partial derivative of a kernel expression in a symbol, as an expression.
[<RequireQualifiedAccess>]
type KernelDerivative =
    /// A kernel whose scalar was differentiated.
    | Kernel of Kernel
    /// dkappa[K] dK, the derivative of the kernel map of an activation at K along dK:
    /// (dkappa/dc12) dK_munu + (dkappa/dc11) dK_mumu + (dkappa/dc22) dK_nunu.
    | Dual of Activation * Kernel * KernelDerivative
    /// The derivative of m m^T at K along dK: m'_mu dK_mumu m_nu + m_mu m'_nu dK_nunu.
    | MeanOuter of Activation * Kernel * KernelDerivative
    /// A derivative times a scalar.
    | Scaled of Scalar * KernelDerivative
    /// A sum of derivatives.
    | Sum of KernelDerivative list

/// Derivatives of kernel expressions.
[<RequireQualifiedAccess>]
module KernelDerivative =

    let private sum terms =
        match
            terms
            |> List.filter (fun term ->
                match term with
                | KernelDerivative.Sum []
                | KernelDerivative.Scaled(_, KernelDerivative.Sum []) -> false
                | KernelDerivative.Scaled(scalar, _) -> scalar <> Scalar.zero
                | _ -> true)
        with
        | [ only ] -> only
        | terms -> KernelDerivative.Sum terms

    let private through wrap inner =
        match inner with
        | KernelDerivative.Sum [] -> inner
        | inner -> wrap inner

    /// The derivative of a kernel in a symbol; an empty sum where the symbol does not occur.
    let rec ofKernel symbol kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> KernelDerivative.Sum []
        | Kernel.Dual(activation, inner) ->
            ofKernel symbol inner
            |> through (fun derivative -> KernelDerivative.Dual(activation, inner, derivative))
        | Kernel.MeanOuter(activation, inner) ->
            ofKernel symbol inner
            |> through (fun derivative -> KernelDerivative.MeanOuter(activation, inner, derivative))
        | Kernel.Scaled(scalar, inner) ->
            sum
                [
                    KernelDerivative.Scaled(Scalar.derivative symbol scalar, KernelDerivative.Kernel inner)
                    KernelDerivative.Scaled(scalar, ofKernel symbol inner)
                ]
        | Kernel.Sum kernels -> kernels |> List.map (ofKernel symbol) |> sum

    /// The derivative in terms of the names of kernels; those of inner kernels are written as d K_l/d symbol.
    let rec internal formula names symbol derivative =
        let variable = Typeset.ofSymbol symbol

        let along kernel =
            Typeset.partial variable (KernelFormula.name names kernel)

        let applied map kernel =
            let at = Typeset.apply map (KernelFormula.name names kernel) |> Typeset.asAtom
            Typeset.beside at (Typeset.bracketed (along kernel))

        match derivative with
        | KernelDerivative.Kernel kernel -> KernelFormula.ofKernel names kernel
        | KernelDerivative.Dual(activation, kernel, _) ->
            applied (Typeset.primed (KernelFormula.map names activation)) kernel
        | KernelDerivative.MeanOuter(activation, kernel, _) ->
            let m = KernelFormula.mean names activation
            let outer = KernelFormula.outer m |> Typeset.enclosed |> Typeset.primed
            applied outer kernel
        | KernelDerivative.Scaled(scalar, inner) -> Typeset.linear [ scalar, formula names symbol inner ]
        | KernelDerivative.Sum terms ->
            terms
            |> List.map (fun term ->
                match term with
                | KernelDerivative.Scaled(scalar, inner) -> scalar, formula names symbol inner
                | term -> Scalar.one, formula names symbol term)
            |> Typeset.linear
