namespace FiniteWidth.Differentiation

/// Derivatives of functions of a scalar or of a vector, under the names of DiffSharp: a prime returns the value too,
/// a v is a product with a vector, a T a transpose. All of them nest: a derivative can be differentiated again.
[<AutoOpen>]
module DiffOps =

    /// f(x) and the derivative of f at x along v, in one forward pass.
    let private pushForward
        (f: 'X -> 'Y)
        (x: 'X :> IDifferentiable<'X>)
        (v: 'X)
        : 'Y * 'Y when 'Y :> IDifferentiable<'Y> =
        let tag = Trace.freshTag ()
        let y = f ('X.Forward(x, v, tag))
        Trace.below tag y, Trace.tangentAt tag y

    /// f(x), and the map from an adjoint of f(x) to the adjoint of x, one reverse sweep each time.
    let private pullBack (f: 'X -> 'Y) (x: 'X :> IDifferentiable<'X>) : 'Y * ('Y -> 'X) when 'Y :> IDifferentiable<'Y> =
        let variable = Trace.variable x
        let y = f ('X.Reverse variable)

        if y.Tag = variable.Tag then
            let root = y.Node

            root.Primal,
            fun adjoint ->
                Trace.sweep root adjoint
                variable.Take() |> ValueOption.defaultWith (fun () -> Trace.zeroLike x)
        else
            y, (fun _ -> Trace.zeroLike x)

    let private units n = List.init n (DV.unit n)

    /// f(x) and f'(x).
    let diff' (f: D -> D) (x: D) : D * D = pushForward f x (D 1.0)

    /// f'(x).
    let diff (f: D -> D) (x: D) : D = diff' f x |> snd

    /// f(x), f'(x) and f''(x).
    let diff2'' (f: D -> D) (x: D) : D * D * D =
        let tag = Trace.freshTag ()
        let value, first = diff' f (DF(x, D 1.0, tag))
        Trace.below tag value, Trace.below tag first, Trace.tangentAt tag first

    /// f(x) and f''(x).
    let diff2' (f: D -> D) (x: D) : D * D =
        let value, _, second = diff2'' f x
        value, second

    /// f''(x).
    let diff2 (f: D -> D) (x: D) : D = diff2' f x |> snd

    /// The n-th derivative of f at x, f itself for n = 0. The cost doubles with each order.
    let rec diffn (n: int) (f: D -> D) (x: D) : D =
        if n < 0 then
            invalidArg (nameof n) $"The order of a derivative is 0 or more, not {n}."
        elif n = 0 then
            f x
        else
            diff (diffn (n - 1) f) x

    /// f(x) and the n-th derivative of f at x.
    let diffn' (n: int) (f: D -> D) (x: D) : D * D = f x, diffn n f x

    /// f(x) and the gradient of f at x, by one reverse sweep.
    let grad' (f: DV -> D) (x: DV) : D * DV =
        let value, pull = pullBack f x
        value, pull (D 1.0)

    /// The gradient of f at x.
    let grad (f: DV -> D) (x: DV) : DV = grad' f x |> snd

    /// f(x) and the derivative of f at x along v, without the gradient.
    let gradv' (f: DV -> D) (x: DV) (v: DV) : D * D = pushForward f x v

    /// The derivative of f at x along v.
    let gradv (f: DV -> D) (x: DV) (v: DV) : D = gradv' f x v |> snd

    /// f(x) and J v, with J_ij = df_i/dx_j at x.
    let jacobianv' (f: DV -> DV) (x: DV) (v: DV) : DV * DV = pushForward f x v

    /// J v, with J_ij = df_i/dx_j at x.
    let jacobianv (f: DV -> DV) (x: DV) (v: DV) : DV = jacobianv' f x v |> snd

    /// f(x) and the map from w to J^T w: f is evaluated once for any number of w.
    let jacobianTv'' (f: DV -> DV) (x: DV) : DV * (DV -> DV) = pullBack f x

    /// f(x) and J^T w.
    let jacobianTv' (f: DV -> DV) (x: DV) (w: DV) : DV * DV =
        let value, pull = jacobianTv'' f x
        value, pull w

    /// J^T w.
    let jacobianTv (f: DV -> DV) (x: DV) (w: DV) : DV = jacobianTv' f x w |> snd

    /// f(x) and the Jacobian J_ij = df_i/dx_j, by the mode that needs fewer passes.
    let jacobian' (f: DV -> DV) (x: DV) : DV * DM =
        let value, pull = jacobianTv'' f x

        if value.Length <= x.Length then
            value, units value.Length |> List.map pull |> DM.ofRows
        else
            value, units x.Length |> List.map (jacobianv f x) |> DM.ofRows |> DM.transpose

    /// The Jacobian J_ij = df_i/dx_j.
    let jacobian (f: DV -> DV) (x: DV) : DM = jacobian' f x |> snd

    /// f(x) and the transposed Jacobian.
    let jacobianT' (f: DV -> DV) (x: DV) : DV * DM =
        let value, j = jacobian' f x
        value, DM.transpose j

    /// The transposed Jacobian.
    let jacobianT (f: DV -> DV) (x: DV) : DM = jacobianT' f x |> snd

    /// f(x), the derivative of f along v, the gradient g and H v with the Hessian H: one forward pass over one reverse
    /// sweep.
    let private hessianAlong (f: DV -> D) (x: DV) (v: DV) =
        let tag = Trace.freshTag ()
        let value, gradient = grad' f (DVF(x, v, tag))
        Trace.below tag value, Trace.tangentAt tag value, Trace.below tag gradient, Trace.tangentAt tag gradient

    /// f(x), the derivative of f along v, and H v with the Hessian H.
    let gradhessianv' (f: DV -> D) (x: DV) (v: DV) : D * D * DV =
        let value, slope, _, curvature = hessianAlong f x v
        value, slope, curvature

    /// The derivative of f along v, and H v with the Hessian H.
    let gradhessianv (f: DV -> D) (x: DV) (v: DV) : D * DV =
        let _, slope, curvature = gradhessianv' f x v
        slope, curvature

    /// f(x) and H v with the Hessian H.
    let hessianv' (f: DV -> D) (x: DV) (v: DV) : D * DV =
        let value, _, curvature = gradhessianv' f x v
        value, curvature

    /// H v with the Hessian H.
    let hessianv (f: DV -> D) (x: DV) (v: DV) : DV = hessianv' f x v |> snd

    /// f(x), the gradient, and the Hessian, symmetric to the bit: one product H e_i for each entry of x.
    let gradhessian' (f: DV -> D) (x: DV) : D * DV * DM =
        if x.Length = 0 then
            invalidArg (nameof x) "A Hessian needs at least one variable."

        let columns = units x.Length |> List.map (hessianAlong f x)
        let value, _, gradient, _ = List.head columns
        let h = columns |> List.map (fun (_, _, _, curvature) -> curvature) |> DM.ofRows
        value, gradient, 0.5 * (h + DM.transpose h)

    /// The gradient and the Hessian.
    let gradhessian (f: DV -> D) (x: DV) : DV * DM =
        let _, gradient, h = gradhessian' f x
        gradient, h

    /// f(x) and the Hessian.
    let hessian' (f: DV -> D) (x: DV) : D * DM =
        let value, _, h = gradhessian' f x
        value, h

    /// The Hessian.
    let hessian (f: DV -> D) (x: DV) : DM = hessian' f x |> snd

    /// f(x) and the trace of the Hessian.
    let laplacian' (f: DV -> D) (x: DV) : D * D =
        let value, h = hessian' f x
        value, DM.trace h

    /// The trace of the Hessian.
    let laplacian (f: DV -> D) (x: DV) : D = laplacian' f x |> snd

    /// The error function, of a D, DV or DM.
    let inline erf (x: ^T) : ^T = (^T: (static member Erf: ^T -> ^T) x)

    /// 1/(1 + exp(-x)), of a D, DV or DM.
    let inline sigmoid (x: ^T) : ^T =
        (^T: (static member Sigmoid: ^T -> ^T) x)

    /// The constant vector of these numbers.
    let toDV (entries: seq<float>) = DV(Array.ofSeq entries)
