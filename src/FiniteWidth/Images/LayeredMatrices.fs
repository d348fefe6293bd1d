namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// One positive matrix M_l a layer, l = 1 .. L: the action of hierarchical local renormalisation over all of them,
///
/// S = sum_l n_l [ Tr(S_l^(-1) M_l) - log det M_l + log det S_l - r_l ] + W(M_1), S_L = I, S_l = I_m (x) M_(l+1), n_l = N_l/N_1,
///
/// and its minimum by truncated Newton steps along the geodesics M(X) = R exp(X) R^T of every matrix.
[<RequireQualifiedAccess>]
module internal LayeredMatrices =

    type Action =
        {
            /// n_l.
            Ratios: float[]
            /// r_l, decreasing.
            Orders: int[]
            /// W and its derivatives in M_1.
            Data: PositiveMatrix -> MatrixExpansion option
            /// P/N_1, what the data's part of the gradient is of the size of.
            Size: float
        }

    type private State =
        {
            Points: PositiveMatrix[]
            Value: float
            Expansion: MatrixExpansion
            /// R_l^T (dS/dM_l) R_l.
            Gradient: Lazy<Matrix[]>
        }

    /// The minimum that was found.
    type Solution =
        {
            Matrices: PositiveMatrix[]
            Action: float
            /// The largest entry of any R_l^T (dS/dM_l) R_l relative to what cancels in it.
            Residual: float
        }

    let private algebra = LinearAlgebra.Default

    let private product transposeA (a: Matrix) transposeB (b: Matrix) =
        let rows = if transposeA then a.Columns else a.Rows
        let columns = if transposeB then b.Rows else b.Columns
        let c = Matrix.Uninitialized(rows, columns)
        algebra.Multiply(1.0, a, transposeA, b, transposeB, 0.0, c)
        c

    let private times a b = product false a false b
    let private add a b = Dense.map2 (+) a b
    let private scale (factor: float) a = Dense.map (fun x -> factor * x) a

    let private inner (a: Matrix) (b: Matrix) =
        let mutable sum = 0.0

        for i in 0n .. a.Rows - 1n do
            sum <- sum + VectorArithmetic.Dot(a.Row i, b.Row i)

        sum

    let private innerAll (a: Matrix[]) b = Array.map2 inner a b |> Array.sum

    let private identity (n: nativeint) =
        Matrix.Create(n, n, (fun i j -> if i = j then 1.0 else 0.0))

    // R^(-1) = diag(q)^(-1) R^T.
    let private inverseRoot (m: PositiveMatrix) =
        Matrix.Create(m.Root.Columns, m.Root.Rows, (fun a i -> m.Root[i, a] / m.Eigenvalues[int a]))

    let private inverse m =
        let root = inverseRoot m
        product true root false root

    // I_m (x) B.
    let private repeated (count: nativeint) (b: Matrix) =
        let r = b.Rows

        Matrix.Create(count * r, count * r, (fun i j -> if i / r = j / r then b[i % r, j % r] else 0.0))

    // The sum of the diagonal blocks of r rows.
    let private blocks (r: nativeint) (a: Matrix) =
        Matrix.Create(r, r, (fun i j -> Seq.sum (seq { for t in 0n .. a.Rows / r - 1n -> a[t * r + i, t * r + j] })))

    let private logDet (m: PositiveMatrix) = Array.sumBy log m.Eigenvalues

    let private above action l =
        nativeint (action.Orders[l] / action.Orders[l + 1])

    let private entropy action (points: PositiveMatrix[]) =
        points
        |> Array.mapi (fun l m ->
            let trace, logDetS =
                if l = points.Length - 1 then
                    Array.sum m.Eigenvalues, 0.0
                else
                    let next = points[l + 1]

                    inner (inverse next) (blocks (nativeint next.Order) m.Entries),
                    float (above action l) * logDet next

            action.Ratios[l] * (trace - logDet m + logDetS - float m.Order))
        |> Array.sum

    // R^T S_l^(-1) R of layer l.
    let private relative action (points: PositiveMatrix[]) l =
        let root = points[l].Root

        if l = points.Length - 1 then
            product true root false root
        else
            let s = repeated (above action l) (inverse points[l + 1])
            product true root false (times s root)

    // R^(-1) A R^(-T), A the sum of the blocks of the layer below.
    let private carried (points: PositiveMatrix[]) l (below: Matrix) =
        let root = inverseRoot points[l]
        times root (product false (blocks (nativeint points[l].Order) below) true root)

    let private evaluate action (points: PositiveMatrix[]) =
        action.Data points[0]
        |> Option.map (fun data ->
            {
                Points = points
                Value = entropy action points + data.Value
                Expansion = data
                Gradient =
                    lazy
                        (points
                         |> Array.mapi (fun l m ->
                             let one = identity (nativeint m.Order)

                             let own = scale action.Ratios[l] (Dense.map2 (-) (relative action points l) one)

                             if l = 0 then
                                 add own data.Gradient.Value
                             else
                                 let below = carried points l points[l - 1].Entries
                                 let count = float (above action (l - 1))

                                 Dense.map2 (fun i a -> action.Ratios[l - 1] * (count * i - a)) one below
                                 |> add own))
            })

    // What a layer's terms are of the size of.
    let private sizes action =
        action.Ratios
        |> Array.mapi (fun l n ->
            if l = 0 then
                n
            else
                n + action.Ratios[l - 1] * float (above action (l - 1)))

    let private residual action (state: State) =
        (sizes action, state.Gradient.Value)
        ||> Array.mapi2 (fun l size g ->
            let mutable most = 0.0

            for i in 0n .. g.Rows - 1n do
                for j in 0n .. g.Columns - 1n do
                    most <- Math.Max(most, abs g[i, j])

            most / (size + (if l = 0 then action.Size else 0.0)))
        |> Array.max

    // Along the geodesics X_l.
    let private hessian action (state: State) (x: Matrix[]) =
        let points = state.Points
        let moved = Array.map2 (fun (m: PositiveMatrix) x -> m.Push x) points x
        let gradient = state.Gradient.Value

        points
        |> Array.mapi (fun l m ->
            let n = action.Ratios[l]

            let own =
                if l = points.Length - 1 then
                    scale n x[l]
                else
                    let s = inverse points[l + 1]
                    let change = times s (times moved[l + 1] s)
                    let repeated = repeated (above action l) change
                    let pulled = product true m.Root false (times repeated m.Root)
                    Dense.map2 (fun x p -> n * (x - p)) x[l] pulled

            let withBelow =
                if l = 0 then
                    add own (state.Expansion.Curvature x[0])
                else
                    let before = action.Ratios[l - 1]
                    let count = float (above action (l - 1))
                    let below = carried points l points[l - 1].Entries
                    let turned = times x[l] below
                    let turned = add turned (product false below false x[l])
                    let changed = carried points l moved[l - 1]
                    let rest = Dense.map2 (fun t c -> before * (t - c)) turned changed
                    add own (Dense.map2 (fun r x -> r - before * count * x) rest x[l])

            let along = times x[l] gradient[l]
            let back = product false gradient[l] false x[l]
            add withBelow (Dense.map2 (fun a b -> (a + b) / 2.0) along back))

    let private newtonStep action state accuracy =
        let gradient = state.Gradient.Value
        let sizes = sizes action

        let precondition r =
            Array.map2 (fun size r -> scale (1.0 / size) r) sizes r

        let norm a = sqrt (innerAll a a)
        let goal = accuracy * norm gradient

        let rec loop k step remainder direction (along: float) =
            let curved = hessian action state direction
            let curvature = innerAll direction curved

            if not (curvature > 0.0) then
                if k = 0 then direction else step
            else
                let length = along / curvature

                let advance factor =
                    Array.map2 (Dense.map2 (fun s d -> s + factor * d))

                let step = advance length step direction
                let remainder = advance -length remainder curved

                if norm remainder <= goal || k >= 200 then
                    step
                else
                    let z = precondition remainder
                    let next = innerAll remainder z

                    loop
                        (k + 1)
                        step
                        remainder
                        (Array.map2 (Dense.map2 (fun z d -> z + next / along * d)) z direction)
                        next

        let remainder = Array.map (scale -1.0) gradient
        let z = precondition remainder
        loop 0 (Array.map (scale 0.0) gradient) remainder z (innerAll remainder z)

    /// The minimum that descent from M_l = I leads to, or none where the residual stays above the tolerance.
    let solve tolerance action =
        let rec shorten state (step: Matrix[]) slope factor =
            let next =
                (step, state.Points)
                ||> Array.map2 (PositiveMatrix.move factor)
                |> Array.fold (fun all next -> Option.map2 (fun all next -> next :: all) all next) (Some [])
                |> Option.bind (List.rev >> Array.ofList >> evaluate action)

            match next with
            | Some next when
                next.Value
                <= state.Value + 1e-4 * factor * slope + 1e-13 * (1.0 + abs state.Value)
                ->
                Some next
            | _ when factor < 1e-6 -> None
            | _ -> shorten state step slope (factor / 2.0)

        let rec iterate k state =
            let here = residual action state

            if here < 1e-2 * tolerance || k = 100 then
                state
            else
                let step =
                    newtonStep action state (max (0.003 * tolerance / here) (min 0.1 (sqrt here)))

                let size = sqrt (innerAll step step)

                let step =
                    if size > 4.0 then
                        Array.map (scale (4.0 / size)) step
                    else
                        step

                match shorten state step (innerAll step state.Gradient.Value) 1.0 with
                | Some next -> iterate (k + 1) next
                | None -> state

        action.Orders
        |> Array.map (fun order -> PositiveMatrix.scalar order 1.0)
        |> evaluate action
        |> Option.map (iterate 0)
        |> Option.filter (fun state -> residual action state < tolerance)
        |> Option.map (fun state ->
            {
                Matrices = state.Points
                Action = state.Value
                Residual = residual action state
            })
