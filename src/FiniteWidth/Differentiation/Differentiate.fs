namespace FiniteWidth.Differentiation

open System

/// Derivatives at numbers, as numbers: for C#, and wherever no derivative is nested in another.
[<AbstractClass; Sealed>]
type Differentiate =

    /// f(x) and f'(x).
    static member Derivative(f: Func<D, D>, x: float) : struct (float * float) =
        let value, slope = diff' f.Invoke (D x)
        struct (value.Value, slope.Value)

    /// f(x) and the gradient of f at x.
    static member Gradient(f: Func<DV, D>, x: float[]) : struct (float * float[]) =
        let value, gradient = grad' f.Invoke (DV.ofArray x)
        struct (value.Value, DV.toArray gradient)

    /// f(x), the gradient and the Hessian of f at x.
    static member Hessian(f: Func<DV, D>, x: float[]) : struct (float * float[] * float[,]) =
        let value, gradient, h = gradhessian' f.Invoke (DV.ofArray x)
        struct (value.Value, DV.toArray gradient, DM.toArray2D h)

    /// H v with the Hessian H of f at x.
    static member HessianVector(f: Func<DV, D>, x: float[], v: float[]) : float[] =
        hessianv f.Invoke (DV.ofArray x) (DV.ofArray v) |> DV.toArray

    /// f(x) and the Jacobian df_i/dx_j at x.
    static member Jacobian(f: Func<DV, DV>, x: float[]) : struct (float[] * float[,]) =
        let value, j = jacobian' f.Invoke (DV.ofArray x)
        struct (DV.toArray value, DM.toArray2D j)
