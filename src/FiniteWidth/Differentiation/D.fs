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

    static member Zero = D 0.0
    static member One = D 1.0
    static member op_Explicit(x: D) : float = x.Value
    static member op_Implicit(x: float) : D = D x

    static member (+)(a: D, b: D) : D = Elementwise.plus a b
    static member (+)(a: D, b: float) : D = Elementwise.shift b a
    static member (+)(a: float, b: D) : D = Elementwise.shift a b
    static member (-)(a: D, b: D) : D = Elementwise.minus a b
    static member (-)(a: D, b: float) : D = Elementwise.shift -b a

    static member (-)(a: float, b: D) : D =
        Elementwise.shift a (Elementwise.negate b)

    static member (*)(a: D, b: D) : D = Elementwise.times a b
    static member (*)(a: D, b: float) : D = Elementwise.scale b a
    static member (*)(a: float, b: D) : D = Elementwise.scale a b
    static member (/)(a: D, b: D) : D = Elementwise.divide a b
    static member (/)(a: D, b: float) : D = Elementwise.divide a (D b)
    static member (/)(a: float, b: D) : D = Elementwise.divide (D a) b
    static member (~-)(x: D) : D = Elementwise.negate x

    static member Pow(a: D, b: D) : D = Elementwise.raise a b
    static member Pow(a: D, b: float) : D = Elementwise.power b a
    static member Pow(a: float, b: D) : D = Elementwise.raise (D a) b
    static member Atan2(y: D, x: D) : D = Elementwise.atan2 y x
    static member Exp(x: D) : D = Elementwise.exp x
    static member Log(x: D) : D = Elementwise.log x
    static member Sqrt(x: D) : D = Elementwise.sqrt x
    static member Sin(x: D) : D = Elementwise.sin x
    static member Cos(x: D) : D = Elementwise.cos x
    static member Tan(x: D) : D = Elementwise.tan x
    static member Asin(x: D) : D = Elementwise.asin x
    static member Acos(x: D) : D = Elementwise.acos x
    static member Atan(x: D) : D = Elementwise.atan x
    static member Sinh(x: D) : D = Elementwise.sinh x
    static member Cosh(x: D) : D = Elementwise.cosh x
    static member Tanh(x: D) : D = Elementwise.tanh x
    static member Abs(x: D) : D = Elementwise.abs x

    /// The error function.
    static member Erf(x: D) : D = Elementwise.erf x

    /// 1/(1 + exp(-x)).
    static member Sigmoid(x: D) : D = Elementwise.sigmoid x
