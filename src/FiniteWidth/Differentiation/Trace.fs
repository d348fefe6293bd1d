namespace FiniteWidth.Differentiation

// Static abstract members let one rule serve scalars, vectors and matrices: what FS3535 warns of is wanted here.
#nowarn "3535"

open System.Collections.Generic
open System.Threading

/// Names one level of differentiation. A level that begins inside another has the larger tag; a constant has tag 0.
type Tag = int64

/// One step of a reverse trace, without the type of its value: what the order of a reverse sweep depends on.
[<AbstractClass; AllowNullLiteral>]
type Node internal (parents: Node[]) =

    /// The steps whose values this one was computed from; none for the variable of differentiation.
    member internal _.Parents = parents

    /// The step that collects what comes back to single entries of this one; null where none was read.
    member val internal Entries: Node = null with get, set

    /// How many steps have yet to hand this one their share of the adjoint.
    member val internal Waiting = 0 with get, set

    /// Hands the adjoint on to the parents and forgets it.
    abstract Propagate: unit -> unit

/// One step of a reverse trace: its value, its adjoint, and how the adjoint reaches the steps it was computed from.
and [<Sealed; AllowNullLiteral>] Node<'T when 'T :> IDifferentiable<'T>>
    internal (primal: 'T, tag: Tag, parents: Node[], pull: 'T -> unit) =
    inherit Node(parents)

    let mutable adjoint: 'T voption = ValueNone

    /// The value, one level of differentiation lower.
    member _.Primal = primal

    /// The level of differentiation that this step belongs to.
    member _.Tag = tag

    /// Adds a share of the adjoint.
    member internal _.Receive(share: 'T) =
        adjoint <-
            match adjoint with
            | ValueNone -> ValueSome share
            | ValueSome sum -> ValueSome('T.Plus(sum, share))

    /// The adjoint received so far, which is then forgotten: the trace is ready for another sweep.
    member internal _.Take() =
        let received = adjoint
        adjoint <- ValueNone
        received

    override this.Propagate() =
        if parents.Length > 0 then
            ValueOption.iter pull (this.Take())

/// Values that can be differentiated: a constant, a forward dual (primal, tangent, tag), or a step of a reverse trace.
and IDifferentiable<'T when 'T :> IDifferentiable<'T>> =

    /// The level of the outermost dual or step; 0 for a constant.
    abstract Tag: Tag

    /// The value without its outermost level; a constant itself.
    abstract Primal: 'T

    /// The derivative that the outermost dual carries.
    abstract Tangent: 'T

    /// The outermost step of a reverse trace; null for a constant and for a forward dual.
    abstract Node: Node<'T>

    /// A forward dual.
    static abstract Forward: primal: 'T * tangent: 'T * tag: Tag -> 'T

    /// The value of a step.
    static abstract Reverse: node: Node<'T> -> 'T

    /// The sum, entry by entry.
    static abstract Plus: a: 'T * b: 'T -> 'T

    /// A constant: f of every entry, all levels of differentiation left out.
    static abstract Map: f: (float -> float) * x: 'T -> 'T

    /// A constant: f of every pair of entries, all levels of differentiation left out.
    static abstract Map2: f: (float -> float -> float) * a: 'T * b: 'T -> 'T

/// The differential of an operation in one argument, a linear map, with its transpose: all that the two modes need.
type internal Differential<'X, 'Y> =
    {
        /// Tangent of the argument to tangent of the result.
        Push: 'X -> 'Y
        /// Adjoint of the result to adjoint of the argument.
        Pull: 'Y -> 'X
    }

module internal Trace =

    // Only the order and the uniqueness of tags can be observed, not the counter.
    let mutable private last = 0L

    let freshTag () : Tag = Interlocked.Increment &last

    /// A variable of differentiation in reverse mode.
    let variable<'T when 'T :> IDifferentiable<'T>> (primal: 'T) =
        Node<'T>(primal, freshTag (), [||], ignore)

    /// The value as seen from just below a level.
    let below tag (x: 'T :> IDifferentiable<'T>) = if x.Tag = tag then x.Primal else x

    /// The constant that is left when every level is stripped.
    let rec constant<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        if x.Tag = 0L then x else constant x.Primal

    /// A constant of the same shape with every entry 0.
    let zeroLike<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = 'T.Map((fun _ -> 0.0), x)

    /// The tangent of a result at a level, which is zero where the result does not depend on that level's variable.
    let tangentAt tag (x: 'T :> IDifferentiable<'T>) =
        if x.Tag = tag then x.Tangent else zeroLike x

    /// The result y of an operation, recorded as a function of x alone.
    let private along
        (x: 'X :> IDifferentiable<'X>)
        (y: 'Y :> IDifferentiable<'Y>)
        (differential: unit -> Differential<'X, 'Y>)
        : 'Y =
        match x.Node with
        | null -> 'Y.Forward(y, differential().Push x.Tangent, x.Tag)
        | node ->
            // The differential is made during the sweep, so that a trace holds no matrices but the results themselves.
            let pull adjoint =
                node.Receive(differential().Pull adjoint)

            'Y.Reverse(Node<'Y>(y, x.Tag, [| node |], pull))

    /// An operation of one argument, from its value on constants and its differential at (x, y) with y its value.
    let rec lift1<'X, 'Y when 'X :> IDifferentiable<'X> and 'Y :> IDifferentiable<'Y>>
        (value: 'X -> 'Y)
        (differential: 'X -> 'Y -> Differential<'X, 'Y>)
        (x: 'X)
        : 'Y =
        if x.Tag = 0L then
            value x
        else
            let primal = x.Primal
            let y = lift1 value differential primal
            along x y (fun () -> differential primal y)

    /// An operation of two arguments, from its value on constants and its differential in each at (a, b, y).
    let rec lift2<'A, 'B, 'Y when 'A :> IDifferentiable<'A> and 'B :> IDifferentiable<'B> and 'Y :> IDifferentiable<'Y>>
        (value: 'A -> 'B -> 'Y)
        (inA: 'A -> 'B -> 'Y -> Differential<'A, 'Y>)
        (inB: 'A -> 'B -> 'Y -> Differential<'B, 'Y>)
        (a: 'A)
        (b: 'B)
        : 'Y =
        let tag = max a.Tag b.Tag

        if tag = 0L then
            value a b
        else
            let a', b' = below tag a, below tag b
            let y = lift2 value inA inB a' b'
            let inA () = inA a' b' y
            let inB () = inB a' b' y

            if a.Tag < tag then
                along b y inB
            elif b.Tag < tag then
                along a y inA
            else
                match a.Node, b.Node with
                | null, _
                | _, null -> 'Y.Forward(y, 'Y.Plus(inA().Push a.Tangent, inB().Push b.Tangent), tag)
                | nodeA, nodeB ->
                    let pull adjoint =
                        nodeA.Receive(inA().Pull adjoint)
                        nodeB.Receive(inB().Pull adjoint)

                    'Y.Reverse(Node<'Y>(y, tag, [| nodeA; nodeB |], pull))

    /// Parts put together into one value: `join` is linear and `part y i` is the i-th of the parts that y is made of.
    let rec gather<'X, 'Y when 'X :> IDifferentiable<'X> and 'Y :> IDifferentiable<'Y>>
        (join: 'X[] -> 'Y)
        (part: 'Y -> int -> 'X)
        (parts: 'X[])
        : 'Y =
        let tag = parts |> Array.fold (fun tag x -> max tag x.Tag) 0L

        if tag = 0L then
            join parts
        else
            let y = gather join part (parts |> Array.map (below tag))
            let active = parts |> Array.indexed |> Array.filter (fun (_, x) -> x.Tag = tag)

            if isNull (snd active[0]).Node then
                'Y.Forward(y, gather join part (parts |> Array.map (tangentAt tag)), tag)
            else
                let pull adjoint =
                    for i, x in active do
                        x.Node.Receive(part adjoint i)

                'Y.Reverse(Node<'Y>(y, tag, active |> Array.map (fun (_, x) -> x.Node :> Node), pull))

    /// Carries an adjoint from a step back to the variable of its level, each step once and after all that use it.
    let sweep (root: Node<'T>) (adjoint: 'T) =
        let stack = Stack<Node>()
        stack.Push root

        while stack.Count > 0 do
            for parent in stack.Pop().Parents do
                if parent.Waiting = 0 then
                    stack.Push parent

                parent.Waiting <- parent.Waiting + 1

        root.Receive adjoint
        stack.Push root

        while stack.Count > 0 do
            let node = stack.Pop()
            node.Propagate()

            for parent in node.Parents do
                parent.Waiting <- parent.Waiting - 1

                if parent.Waiting = 0 then
                    stack.Push parent
