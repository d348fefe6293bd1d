namespace FiniteWidth.Differentiation

open System

/// A scalar: a number, a forward dual, or a step of a reverse trace. Compared and shown by its number.
[<CustomEquality; CustomComparison; StructuredFormatDisplay("{Value}")>]
type D =
    /// A constant.
    | D of float
    /// A forward dual.
    | DF of primal: D * tangent: D * tag: Tag
    /// A step of a reverse trace.
    | DR of node: Node<D>

    /// The number, every level of differentiation left out.
    member this.Value =
        match this with
        | D value -> value
        | DF(primal, _, _) -> primal.Value
        | DR node -> node.Primal.Value

    interface IDifferentiable<D> with
        member this.Tag =
            match this with
            | D _ -> 0L
            | DF(_, _, tag) -> tag
            | DR node -> node.Tag

        member this.Primal =
            match this with
            | D _ -> this
            | DF(primal, _, _) -> primal
            | DR node -> node.Primal

        member this.Tangent =
            match this with
            | DF(_, tangent, _) -> tangent
            | _ -> D 0.0

        member this.Node =
            match this with
            | DR node -> node
            | _ -> null

        static member Forward(primal, tangent, tag) = DF(primal, tangent, tag)
        static member Reverse node = DR node
        static member Plus(a, b) = Elementwise.plus a b
        static member Map(f, x) = D(f x.Value)
        static member Map2(f, a, b) = D(f a.Value b.Value)

    interface IComparable with
        member this.CompareTo other =
            match other with
            | :? D as other -> this.Value.CompareTo other.Value
            | _ -> invalidArg (nameof other) "A D can be compared with a D only."

    override this.Equals other =
        match other with
        | :? D as other -> this.Value = other.Value
        | _ -> false

    override this.GetHashCode() = this.Value.GetHashCode()
    override this.ToString() = this.Value.ToString()

    /// The constant 0.
    static member Zero = D 0.0
    /// The constant 1.
    static member One = D 1.0
    /// The value without its derivatives.
    static member op_Explicit(x: D) : float = x.Value
    /// A constant, whose derivatives are zero.
    static member op_Implicit(x: float) : D = D x

    /// The sum.
    static member (+)(a: D, b: D) : D = Elementwise.plus a b
    /// The sum.
    static member (+)(a: D, b: float) : D = Elementwise.shift b a
    /// The sum.
    static member (+)(a: float, b: D) : D = Elementwise.shift a b
    /// The difference.
    static member (-)(a: D, b: D) : D = Elementwise.minus a b
    /// The difference.
    static member (-)(a: D, b: float) : D = Elementwise.shift -b a

    /// The difference.
    static member (-)(a: float, b: D) : D =
        Elementwise.shift a (Elementwise.negate b)

    /// The product.
    static member (*)(a: D, b: D) : D = Elementwise.times a b
    /// The product.
    static member (*)(a: D, b: float) : D = Elementwise.scale b a
    /// The product.
    static member (*)(a: float, b: D) : D = Elementwise.scale a b
    /// The quotient.
    static member (/)(a: D, b: D) : D = Elementwise.divide a b
    /// The quotient.
    static member (/)(a: D, b: float) : D = Elementwise.divide a (D b)
    /// The quotient.
    static member (/)(a: float, b: D) : D = Elementwise.divide (D a) b
    /// Minus x.
    static member (~-)(x: D) : D = Elementwise.negate x

    /// A power.
    static member Pow(a: D, b: D) : D = Elementwise.raise a b
    /// A power.
    static member Pow(a: D, b: float) : D = Elementwise.power b a
    /// A power.
    static member Pow(a: float, b: D) : D = Elementwise.raise (D a) b
    /// The angle of the point (x, y).
    static member Atan2(y: D, x: D) : D = Elementwise.atan2 y x
    /// e^x.
    static member Exp(x: D) : D = Elementwise.exp x
    /// The natural logarithm.
    static member Log(x: D) : D = Elementwise.log x
    /// The square root.
    static member Sqrt(x: D) : D = Elementwise.sqrt x
    /// The sine.
    static member Sin(x: D) : D = Elementwise.sin x
    /// The cosine.
    static member Cos(x: D) : D = Elementwise.cos x
    /// The tangent.
    static member Tan(x: D) : D = Elementwise.tan x
    /// The arcsine.
    static member Asin(x: D) : D = Elementwise.asin x
    /// The arccosine.
    static member Acos(x: D) : D = Elementwise.acos x
    /// The arctangent.
    static member Atan(x: D) : D = Elementwise.atan x
    /// The hyperbolic sine.
    static member Sinh(x: D) : D = Elementwise.sinh x
    /// The hyperbolic cosine.
    static member Cosh(x: D) : D = Elementwise.cosh x
    /// The hyperbolic tangent.
    static member Tanh(x: D) : D = Elementwise.tanh x
    /// The absolute value.
    static member Abs(x: D) : D = Elementwise.abs x

    /// The error function.
    static member Erf(x: D) : D = Elementwise.erf x

    /// 1/(1 + exp(-x)).
    static member Sigmoid(x: D) : D = Elementwise.sigmoid x
