namespace FiniteWidth.Differentiation

#nowarn "3535"

/// Values made of many entries, which a scalar can act on at once.
type IArray<'T when 'T :> IArray<'T>> =
    inherit IDifferentiable<'T>

    /// The sum of all entries of a constant.
    static abstract SumOf: x: 'T -> float

    /// The sum of the products of the entries of two constants.
    static abstract InnerOf: a: 'T * b: 'T -> float

/// Operations between a scalar and every entry of a vector or a matrix.
module internal Broadcast =

    /// A value of the shape of the constant `shape` with every entry equal to a.
    let rec fill<'T when 'T :> IArray<'T>> (shape: 'T) (a: D) : 'T =
        Trace.lift1
            (fun (a: D) -> let value = a.Value in 'T.Map((fun _ -> value), shape))
            (fun _ _ -> { Push = fill shape; Pull = sum })
            a

    /// The sum of all entries.
    and sum<'T when 'T :> IArray<'T>> (x: 'T) : D =
        Trace.lift1
            (fun x -> D('T.SumOf x))
            (fun x _ ->
                {
                    Push = sum
                    Pull = fill (Trace.constant x)
                })
            x

    /// a x.
    let rec scale<'T when 'T :> IArray<'T>> (a: D) (x: 'T) : 'T =
        Trace.lift2
            (fun (a: D) x -> let s = a.Value in 'T.Map((fun v -> s * v), x))
            (fun _ x _ ->
                {
                    Push = fun t -> scale t x
                    Pull = inner x
                })
            (fun a _ _ -> { Push = scale a; Pull = scale a })
            a
            x

    /// The sum of the products of the entries.
    and inner<'T when 'T :> IArray<'T>> (x: 'T) (y: 'T) : D =
        let along y =
            {
                Push = inner y
                Pull = fun a -> scale a y
            }

        Trace.lift2 (fun x y -> D('T.InnerOf(x, y))) (fun _ y _ -> along y) (fun x _ _ -> along x) x y

    /// a + x.
    let shift<'T when 'T :> IArray<'T>> (a: D) (x: 'T) : 'T =
        Trace.lift2
            (fun (a: D) x -> let s = a.Value in 'T.Map((fun v -> s + v), x))
            (fun _ x _ ->
                {
                    Push = fill (Trace.constant x)
                    Pull = sum
                })
            (fun _ _ _ -> { Push = id; Pull = id })
            a
            x
