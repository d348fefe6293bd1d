namespace FiniteWidth

/// A kernel as an expression: what it is, not the matrix it gives on some data.
[<RequireQualifiedAccess>]
type Kernel =
    /// X X^T/N0.
    | Gram
    /// The matrix of ones: what a bias of unit variance adds.
    | Ones
    /// K o [.], the kernel map of an activation.
    | Dual of Activation * Kernel
    /// m m^T, m the mean of an activation under the kernel's diagonal.
    | MeanOuter of Activation * Kernel
    /// A kernel times a scalar.
    | Scaled of Scalar * Kernel
    /// A sum of kernels.
    | Sum of Kernel list

    /// The product.
    static member (*)(scalar: Scalar, kernel: Kernel) = Kernel.Scaled(scalar, kernel)
    /// The sum.
    static member (+)(a: Kernel, b: Kernel) = Kernel.Sum [ a; b ]

    /// The difference.
    static member (-)(a: Kernel, b: Kernel) =
        Kernel.Sum [ a; Kernel.Scaled(Scalar.number -1.0, b) ]

/// A kernel in the form that decides how an action over it is computed.
[<RequireQualifiedAccess>]
type NormalForm =
    /// One scalar times one kernel free of order parameters: O(P) an evaluation, after one eigendecomposition.
    | Scaled of Scalar * Kernel
    /// a (K o [C] - m m^T) + t m m^T, both matrices free of order parameters: O(P) an evaluation, after one eigendecomposition of the
    /// covariance K o [C] - m m^T of sigma and the determinant lemma for the mean.
    | Centred of covarianceScale: Scalar * meanScale: Scalar * Activation * Kernel
    /// Order parameters inside: one Cholesky factorisation an evaluation, its gradient by a reverse sweep.
    | Nested of Kernel

/// Expressions for kernels, and their normal form.
[<RequireQualifiedAccess>]
module Kernel =

    /// The kernel of what an activation does to Gaussian preactivations of this kernel.
    let dual activation kernel = Kernel.Dual(activation, kernel)

    /// m m^T of an activation over preactivations of this kernel.
    let meanOuter activation kernel = Kernel.MeanOuter(activation, kernel)

    let private isLinear activation =
        activation.Dual = Dual.Closed(Scalar.symbol Symbol.Covariance)

    let private ofTerms terms =
        match terms with
        | [ scalar, kernel ] when scalar = Scalar.one -> kernel
        | [ scalar, kernel ] -> Kernel.Scaled(scalar, kernel)
        | terms ->
            terms
            |> List.map (fun (scalar, kernel) ->
                if scalar = Scalar.one then
                    kernel
                else
                    Kernel.Scaled(scalar, kernel))
            |> Kernel.Sum

    let private collect terms =
        terms
        |> List.groupBy snd
        |> List.map (fun (kernel, group) -> Scalar.sum (List.map fst group), kernel)
        |> List.filter (fun (scalar, _) -> scalar <> Scalar.zero)

    /// The kernel as a sum of scalars times kernels that are neither sums nor scaled: every scalar that homogeneity lets
    /// out of a kernel map is outside.
    let rec terms kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> [ Scalar.one, kernel ]
        | Kernel.Scaled(scalar, inner) -> terms inner |> List.map (fun (s, k) -> scalar * s, k) |> collect
        | Kernel.Sum kernels -> kernels |> List.collect terms |> collect
        | Kernel.Dual(activation, inner) when isLinear activation -> terms inner
        | Kernel.Dual(activation, inner) -> homogeneous activation (fun k -> Kernel.Dual(activation, k)) inner
        | Kernel.MeanOuter(activation, _) when activation.Parity = Parity.Odd -> []
        | Kernel.MeanOuter(activation, inner) -> homogeneous activation (fun k -> Kernel.MeanOuter(activation, k)) inner

    and private homogeneous activation wrap inner =
        match activation.Degree, terms inner with
        | Some degree, [ scalar, atom ] -> [ scalar ** degree, wrap atom ]
        | _, inner -> [ Scalar.one, wrap (ofTerms inner) ]

    /// The kernel with everything pulled out that can be.
    let simplify kernel = ofTerms (terms kernel)

    /// The symbols that occur anywhere in the kernel.
    let rec symbols kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> Set.empty
        | Kernel.Dual(_, inner)
        | Kernel.MeanOuter(_, inner) -> symbols inner
        | Kernel.Scaled(scalar, inner) -> Set.union (Scalar.symbols scalar) (symbols inner)
        | Kernel.Sum kernels -> kernels |> List.map symbols |> Set.unionMany

    /// The kernel with its symbols replaced.
    let rec substitute replace kernel =
        match kernel with
        | Kernel.Gram
        | Kernel.Ones -> kernel
        | Kernel.Dual(activation, inner) -> Kernel.Dual(activation, substitute replace inner)
        | Kernel.MeanOuter(activation, inner) -> Kernel.MeanOuter(activation, substitute replace inner)
        | Kernel.Scaled(scalar, inner) -> Kernel.Scaled(Scalar.substitute replace scalar, substitute replace inner)
        | Kernel.Sum kernels -> Kernel.Sum(List.map (substitute replace) kernels)

    let private factors scalar =
        match scalar with
        | Scalar.Product factors -> factors
        | other -> [ other ]

    let private commonFactors scalars =
        scalars
        |> List.map (factors >> List.filter (fun f -> Scalar.tryNumber f = None) >> Set.ofList)
        |> Set.intersectMany
        |> Set.toList
        |> Scalar.product

    // a K o [C] + b m m^T is a (K o [C] - m m^T) + (a + b) m m^T: two positive matrices.
    let private (|DualAndMean|_|) terms =
        match terms with
        | [ a, Kernel.Dual(activation, inner); b, Kernel.MeanOuter(other, another) ]
        | [ b, Kernel.MeanOuter(other, another); a, Kernel.Dual(activation, inner) ] when
            activation = other && inner = another
            ->
            Some(a, a + b, activation, inner)
        | _ -> None

    /// The covariance K o [C] - m m^T of an activation over preactivations of this kernel.
    let covariance activation kernel =
        Kernel.Dual(activation, kernel) - Kernel.MeanOuter(activation, kernel)

    /// The normal form with respect to these order parameters.
    let normalForm (orderParameters: Symbol list) kernel =
        match terms kernel with
        | DualAndMean(a, t, activation, inner) when
            not (Set.isEmpty (Set.intersect (Scalar.symbols (a / t)) (Set.ofList orderParameters)))
            && Set.isEmpty (Set.intersect (symbols inner) (Set.ofList orderParameters))
            ->
            NormalForm.Centred(a, t, activation, inner)
        | [] -> NormalForm.Scaled(Scalar.zero, Kernel.Ones)
        | [ scalar, atom ] ->
            if Set.isEmpty (Set.intersect (symbols atom) (Set.ofList orderParameters)) then
                NormalForm.Scaled(scalar, atom)
            else
                NormalForm.Nested(ofTerms [ scalar, atom ])
        | terms ->
            let common = commonFactors (List.map fst terms)
            let rest = terms |> List.map (fun (s, k) -> s / common, k) |> ofTerms

            if Set.isEmpty (Set.intersect (symbols rest) (Set.ofList orderParameters)) then
                NormalForm.Scaled(common, rest)
            else
                NormalForm.Nested(ofTerms terms)
