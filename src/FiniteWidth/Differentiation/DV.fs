namespace FiniteWidth.Differentiation

open System

/// A vector: numbers, a forward dual, or a step of a reverse trace. The array of a constant must not be written to.
[<NoEquality; NoComparison>]
type DV =
    /// A constant.
    | DV of float[]
    /// A forward dual.
    | DVF of primal: DV * tangent: DV * tag: Tag
    /// A step of a reverse trace.
    | DVR of node: Node<DV>

    /// The numbers, every level of differentiation left out.
    member this.Value =
        match this with
        | DV value -> value
        | DVF(primal, _, _) -> primal.Value
        | DVR node -> node.Primal.Value

    override this.ToString() =
        let entries = this.Value |> Seq.map string |> String.concat ", "
        $"[{entries}]"

    interface IArray<DV> with
        member this.Tag =
            match this with
            | DV _ -> 0L
            | DVF(_, _, tag) -> tag
            | DVR node -> node.Tag

        member this.Primal =
            match this with
            | DV _ -> this
            | DVF(primal, _, _) -> primal
            | DVR node -> node.Primal

        member this.Tangent =
            match this with
            | DVF(_, tangent, _) -> tangent
            | _ -> DV(Array.zeroCreate this.Value.Length)

        member this.Node =
            match this with
            | DVR node -> node
            | _ -> null

        static member Forward(primal, tangent, tag) = DVF(primal, tangent, tag)
        static member Reverse node = DVR node
        static member Plus(a, b) = Elementwise.plus a b
        static member Map(f, x) = DV(Array.map f x.Value)

        static member Map2(f, a, b) =
            DV.RequireSameLength(a.Value, b.Value)
            DV(Array.map2 f a.Value b.Value)

        static member SumOf x = Array.sum x.Value

        static member InnerOf(a, b) =
            DV.RequireSameLength(a.Value, b.Value)
            Array.fold2 (fun sum a b -> sum + a * b) 0.0 a.Value b.Value

    static member private RequireSameLength(a: float[], b: float[]) =
        if a.Length <> b.Length then
            invalidArg
                (nameof b)
                $"Vectors of {a.Length} and {b.Length} entries were combined entry by entry: they need the same length."

/// What comes back to the entries of a step of a trace that were read one by one. It is handed on as one vector, so
/// that reading all n entries costs n operations and not n vectors.
[<Sealed>]
type internal Entries(vector: Node<DV>, join: D[] -> DV) =
    inherit Node([| vector |])

    let received = Array.create vector.Primal.Value.Length (D 0.0)

    member _.Receive(i, share: D) = received[i] <- received[i] + share

    override _.Propagate() =
        let adjoint = join (Array.copy received)
        Array.fill received 0 received.Length (D 0.0)
        vector.Receive adjoint

/// Rules of the operations on parts of vectors. Those in pairs are the transposes of each other.
module internal VectorRules =

    let private requireInside (length: int) start count =
        if start < 0 || count < 0 || start + count > length then
            raise (
                ArgumentOutOfRangeException(
                    nameof start,
                    $"The entries {start} to {start + count - 1} do not lie inside a vector of {length} entries, counted from 0."
                )
            )

    /// Entry i.
    let rec item i (v: DV) : D =
        match v with
        | DV entries ->
            requireInside entries.Length i 1
            D entries[i]
        | DVF(primal, tangent, tag) -> DF(item i primal, item i tangent, tag)
        | DVR node ->
            let entry = item i node.Primal
            let entries = entriesOf node
            DR(Node<D>(entry, node.Tag, [| entries |], (fun adjoint -> entries.Receive(i, adjoint))))

    /// The collector that all entries read from this step share.
    and private entriesOf (vector: Node<DV>) : Entries =
        match vector.Entries with
        | :? Entries as entries -> entries
        | _ ->
            let entries = Entries(vector, ofScalars)
            vector.Entries <- entries
            entries

    /// The vector of these scalars.
    and ofScalars (scalars: D[]) : DV =
        Trace.gather (fun scalars -> DV(scalars |> Array.map (fun (a: D) -> a.Value))) (fun v i -> item i v) scalars

    /// The `count` entries from `start` on.
    let rec slice start count (v: DV) : DV =
        let value (v: DV) =
            requireInside v.Value.Length start count
            DV(Array.sub v.Value start count)

        Trace.lift1
            value
            (fun v _ ->
                {
                    Push = slice start count
                    Pull = embed v.Value.Length start
                })
            v

    /// The vector of n entries that are 0 but for those of v from `start` on.
    and embed n start (v: DV) : DV =
        let value (v: DV) =
            let entries = Array.zeroCreate n
            Array.blit v.Value 0 entries start v.Value.Length
            DV entries

        Trace.lift1
            value
            (fun v _ ->
                {
                    Push = embed n start
                    Pull = slice start v.Value.Length
                })
            v

    /// The vectors one after the other.
    let concat (vectors: DV[]) : DV =
        let starts = vectors |> Array.scan (fun start v -> start + v.Value.Length) 0

        Trace.gather
            (Array.collect (fun (v: DV) -> v.Value) >> DV)
            (fun y i -> slice starts[i] (starts[i + 1] - starts[i]) y)
            vectors

type DV with

    /// Number of entries.
    member this.Length = this.Value.Length

    /// Entry i, from 0.
    member this.Item
        with get (i: int): D = VectorRules.item i this

    /// The entries from the first to the last index, both included.
    member this.GetSlice(first: int option, last: int option) =
        let first = defaultArg first 0
        let last = defaultArg last (this.Length - 1)
        VectorRules.slice first (last - first + 1) this

    /// The sum of the entries.
    member this.Sum() : D = Broadcast.sum this

    /// The inner product with another vector.
    member this.Dot(other: DV) : D = Broadcast.inner this other

    /// A constant, whose derivatives are zero.
    static member op_Implicit(entries: float[]) : DV = DV entries

    /// The sum, entry by entry.
    static member (+)(a: DV, b: DV) : DV = Elementwise.plus a b
    /// The sum, entry by entry.
    static member (+)(a: DV, b: D) : DV = Broadcast.shift b a
    /// The sum, entry by entry.
    static member (+)(a: D, b: DV) : DV = Broadcast.shift a b
    /// The sum, entry by entry.
    static member (+)(a: DV, b: float) : DV = Elementwise.shift b a
    /// The sum, entry by entry.
    static member (+)(a: float, b: DV) : DV = Elementwise.shift a b
    /// The difference, entry by entry.
    static member (-)(a: DV, b: DV) : DV = Elementwise.minus a b
    /// The difference, entry by entry.
    static member (-)(a: DV, b: D) : DV = Broadcast.shift -b a

    /// The difference, entry by entry.
    static member (-)(a: D, b: DV) : DV =
        Broadcast.shift a (Elementwise.negate b)

    /// The difference, entry by entry.
    static member (-)(a: DV, b: float) : DV = Elementwise.shift -b a

    /// The difference, entry by entry.
    static member (-)(a: float, b: DV) : DV =
        Elementwise.shift a (Elementwise.negate b)

    /// The inner product.
    static member (*)(a: DV, b: DV) : D = Broadcast.inner a b

    /// The product, entry by entry.
    static member (*)(a: D, b: DV) : DV = Broadcast.scale a b
    /// The product, entry by entry.
    static member (*)(a: DV, b: D) : DV = Broadcast.scale b a
    /// The product, entry by entry.
    static member (*)(a: float, b: DV) : DV = Elementwise.scale a b
    /// The product, entry by entry.
    static member (*)(a: DV, b: float) : DV = Elementwise.scale b a
    /// The quotient, entry by entry.
    static member (/)(a: DV, b: D) : DV = Broadcast.scale (1.0 / b) a

    /// The quotient, entry by entry.
    static member (/)(a: D, b: DV) : DV =
        Broadcast.scale a (Elementwise.reciprocal b)

    /// The quotient, entry by entry.
    static member (/)(a: DV, b: float) : DV = Elementwise.scale (1.0 / b) a

    /// The quotient, entry by entry.
    static member (/)(a: float, b: DV) : DV =
        Elementwise.scale a (Elementwise.reciprocal b)

    /// Minus x, entry by entry.
    static member (~-)(x: DV) : DV = Elementwise.negate x

    /// The product entry by entry.
    static member (.*)(a: DV, b: DV) : DV = Elementwise.times a b

    /// The quotient entry by entry.
    static member (./)(a: DV, b: DV) : DV = Elementwise.divide a b

    /// A power, entry by entry.
    static member Pow(a: DV, b: DV) : DV = Elementwise.raise a b
    /// A power, entry by entry.
    static member Pow(a: DV, b: float) : DV = Elementwise.power b a
    /// The angle of the point (x, y), entry by entry.
    static member Atan2(y: DV, x: DV) : DV = Elementwise.atan2 y x
    /// e^x, entry by entry.
    static member Exp(x: DV) : DV = Elementwise.exp x
    /// The natural logarithm, entry by entry.
    static member Log(x: DV) : DV = Elementwise.log x
    /// The square root, entry by entry.
    static member Sqrt(x: DV) : DV = Elementwise.sqrt x
    /// The sine, entry by entry.
    static member Sin(x: DV) : DV = Elementwise.sin x
    /// The cosine, entry by entry.
    static member Cos(x: DV) : DV = Elementwise.cos x
    /// The tangent, entry by entry.
    static member Tan(x: DV) : DV = Elementwise.tan x
    /// The arcsine, entry by entry.
    static member Asin(x: DV) : DV = Elementwise.asin x
    /// The arccosine, entry by entry.
    static member Acos(x: DV) : DV = Elementwise.acos x
    /// The arctangent, entry by entry.
    static member Atan(x: DV) : DV = Elementwise.atan x
    /// The hyperbolic sine, entry by entry.
    static member Sinh(x: DV) : DV = Elementwise.sinh x
    /// The hyperbolic cosine, entry by entry.
    static member Cosh(x: DV) : DV = Elementwise.cosh x
    /// The hyperbolic tangent, entry by entry.
    static member Tanh(x: DV) : DV = Elementwise.tanh x
    /// The absolute value, entry by entry.
    static member Abs(x: DV) : DV = Elementwise.abs x

    /// The error function of every entry.
    static member Erf(x: DV) : DV = Elementwise.erf x

    /// 1/(1 + exp(-x)) of every entry.
    static member Sigmoid(x: DV) : DV = Elementwise.sigmoid x

/// Vectors that carry derivatives.
[<RequireQualifiedAccess>]
module DV =

    /// A copy of the numbers, every level of differentiation left out.
    let toArray (v: DV) = Array.copy v.Value

    /// A constant vector, copied from an array.
    let ofArray (entries: float[]) = DV(Array.copy entries)

    /// The vector of these scalars.
    let ofSeq (scalars: seq<D>) =
        VectorRules.ofScalars (Array.ofSeq scalars)

    /// The entries as scalars.
    let toSeq (v: DV) = Seq.init v.Length (fun i -> v[i])

    /// The vector of n entries f(0), f(1), ...
    let init n (f: int -> D) = VectorRules.ofScalars (Array.init n f)

    /// n entries 0.
    let zeros n = DV(Array.zeroCreate n)

    /// n entries equal to a.
    let create n (a: D) = Broadcast.fill (zeros n) a

    /// The i-th unit vector of n entries.
    let unit n i =
        DV(Array.init n (fun j -> if i = j then 1.0 else 0.0))

    /// The vectors one after the other.
    let concat (vectors: seq<DV>) =
        VectorRules.concat (Array.ofSeq vectors)

    /// The sum of the entries.
    let sum (v: DV) = v.Sum()

    /// The inner product.
    let dot (a: DV) (b: DV) = a.Dot b

    /// The Euclidean norm, not differentiable at 0.
    let l2norm (v: DV) = sqrt (v.Dot v)

    /// f of every entry.
    let map (f: D -> D) (v: DV) = init v.Length (fun i -> f v[i])
