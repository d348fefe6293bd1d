namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The data's part W of an action at Qbar = R R^T, along Qbar(X) = R exp(X) R^T with X symmetric.
type MatrixExpansion =
    {
        /// W(Qbar).
        Value: float
        /// R^T (dW/dQbar) R.
        Gradient: Lazy<Matrix>
        /// X -> R^T W''[R X R^T] R, W'' the second derivative of W in Qbar.
        Curvature: Matrix -> Matrix
    }

/// An effective action over a symmetric positive matrix Qbar of n rows, the weight being exp(-(N/2) S):
///
/// S = L Tr Qbar^(1/L) - n L - log det Qbar + W(Qbar), W = (1/N) [ log det(I + beta K_R) + y^T (T I + K_R)^(-1) y ].
///
/// L = 1 except under the Wishart ansatz of a network with L hidden layers.
type MatrixAction =
    {
        /// n.
        Order: int
        /// L.
        Layers: int
        /// W at one Qbar; none where it is not defined.
        Expand: PositiveMatrix -> MatrixExpansion option
        /// The size of the terms that cancel in R^T (dS/dQbar) R at a stationary point Qbar = I: residuals are relative to it and to what
        /// larger eigenvalues of Qbar add.
        Size: float
        /// S along the multiples of the identity, where the search begins.
        Symmetric: EffectiveAction
        /// What an evaluation costs.
        Cost: Cost
    }

/// A solution of dS/dQbar = 0.
type MatrixStationaryPoint =
    {
        /// Qbar.
        OrderParameter: float[,]
        /// S there.
        Action: float
        /// By the Hessian where an evaluation is cheap; else by the directions that its first Krylov space shows.
        Kind: Kind
        /// The largest entry of R^T (dS/dQbar) R, relative to the terms that cancel in it.
        Residual: float
    }

/// The minimum that dominates the integral over Qbar, and the other stationary points that were found.
type MatrixSaddlePoint =
    {
        /// The stationary point of least action.
        Chosen: MatrixStationaryPoint
        /// The other stationary points that were found.
        Others: MatrixStationaryPoint list
    }

    /// What a solution shows of it, a row of Qbar a line.
    member internal this.Display title : DisplayTable =
        let qbar = this.Chosen.OrderParameter

        {
            Title = title
            Header = []
            Rows =
                [
                    for row in 0 .. Array2D.length1 qbar - 1 do
                        [ $"Q\u0304, row {row + 1}"; Display.numbers qbar[row, *] ]
                    [ "action"; Display.number this.Chosen.Action ]
                    [ "residual"; Display.number this.Chosen.Residual ]
                ]
        }

/// L Tr Qbar^(1/L) - n L - log det Qbar, and its derivatives in X at X = 0.
[<RequireQualifiedAccess>]
module internal MatrixEntropy =

    let value layers (q: float[]) =
        let depth = float layers

        q
        |> Array.sumBy (fun value -> depth * (Math.Pow(value, 1.0 / depth) - 1.0) - log value)

    /// The diagonal of R^T (dS/dQbar) R: q^(1/L) - 1.
    let slope layers (q: float[]) =
        q |> Array.map (fun value -> Math.Pow(value, 1.0 / float layers) - 1.0)

    /// What multiplies X_ab in the Hessian: q_a q_b f'[q_a, q_b] + (q_a^(1/L) + q_b^(1/L))/2, the divided difference being
    /// that of f' = q^(1/L - 1), written so that equal eigenvalues do no harm.
    let stiffness layers (q: float[]) a b =
        let power = 1.0 / float layers - 1.0
        let mean = log (q[a] * q[b]) / 2.0
        let half = log (q[a] / q[b]) / 2.0

        let ratio =
            if abs half < 1e-8 then
                power
            else
                sinh (power * half) / sinh half

        exp ((power + 1.0) * mean) * ratio
        + (Math.Pow(q[a], power + 1.0) + Math.Pow(q[b], power + 1.0)) / 2.0

/// Symmetric matrices as vectors.
[<RequireQualifiedAccess>]
module private Symmetric =

    let map2 (f: float -> float -> float) (a: Matrix) (b: Matrix) =
        Matrix.Create(a.Rows, a.Columns, (fun i j -> f a[i, j] b[i, j]))

    let scale factor (a: Matrix) =
        Matrix.Create(a.Rows, a.Columns, (fun i j -> factor * a[i, j]))

    let inner (a: Matrix) (b: Matrix) =
        let mutable sum = 0.0

        for i in 0n .. a.Rows - 1n do
            for j in 0n .. a.Columns - 1n do
                sum <- sum + a[i, j] * b[i, j]

        sum

    let norm a = sqrt (inner a a)

    let largest (a: Matrix) =
        let mutable most = 0.0

        for i in 0n .. a.Rows - 1n do
            for j in 0n .. a.Columns - 1n do
                // A NaN stays.
                most <- Math.Max(most, abs a[i, j])

        most

/// The search for stationary points of actions of a matrix.
[<RequireQualifiedAccess>]
module MatrixSaddle =

    /// S along s I for a kernel that is s times a constant one there, decomposed, and D independent outputs:
    /// n (L s^(1/L) - L - log s) + (1/N) sum_i [...].
    let internal symmetric order layers width temperature (spectrum: Spectrum) =
        let n, depth = float order, float layers
        let power s = Math.Pow(s, 1.0 / depth)
        let data s = Spectrum.action temperature s spectrum

        let reach =
            if temperature > 0.0 then
                1.0 / (temperature * width * n)
            else
                0.0

        let trace = float spectrum.Outputs * spectrum.Trace

        {
            OrderParameters = [ Symbol.Qbar 1 ]
            Value = fun s -> n * (depth * (power s[0] - 1.0) - log s[0]) + (data s[0]).Value / width
            Gradient = fun s -> [| (n * (power s[0] - 1.0) + (data s[0]).First / width) / s[0] |]
            Hessian =
                Some(fun s ->
                    let w = data s[0]
                    let first = n * (power s[0] - 1.0) + w.First / width
                    let second = n * power s[0] / depth + w.Second / width
                    Array2D.create 1 1 ((second - first) / (s[0] * s[0])))
            Sizes =
                fun s ->
                    [|
                        n * (power s[0] + 1.0) + float spectrum.Count * float spectrum.Outputs / width
                    |]
            Rounding = fun _ -> 0.0
            Range =
                struct (-(log (1.0 + reach * trace)) - 0.5,
                        log (1.0 + reach * Array.sum spectrum.TargetPower / 4.0) + 0.5)
            Cost = Cost.Small
            Scan = None
        }

    /// An action at one Qbar.
    type private State =
        {
            Point: PositiveMatrix
            Value: float
            Data: MatrixExpansion
            /// R^T (dS/dQbar) R.
            Gradient: Lazy<Matrix>
        }

    let private evaluate action (q: PositiveMatrix) =
        action.Expand q
        |> Option.map (fun data ->
            {
                Point = q
                Value = MatrixEntropy.value action.Layers q.Eigenvalues + data.Value
                Data = data
                Gradient =
                    lazy
                        (let slope = MatrixEntropy.slope action.Layers q.Eigenvalues
                         let g = data.Gradient.Value

                         Matrix.Create(g.Rows, g.Columns, fun i j -> g[i, j] + (if i = j then slope[int i] else 0.0)))
            })

    /// The action at one Qbar.
    let value action (qbar: float[,]) =
        PositiveMatrix.tryOfEntries (Matrix.FromArray qbar)
        |> Option.bind (evaluate action)
        |> Option.map _.Value
        |> Option.defaultValue nan

    /// The saddle point of infinite width, the identity, with the action there.
    let internal atIdentity order action =
        let identity = Array2D.init order order (fun a b -> if a = b then 1.0 else 0.0)

        {
            Chosen =
                {
                    OrderParameter = identity
                    Action = action identity
                    Kind = Kind.Minimum
                    Residual = 0.0
                }
            Others = []
        }

    /// dS/dQbar at one Qbar, symmetric.
    let gradient action (qbar: float[,]) =
        PositiveMatrix.tryOfEntries (Matrix.FromArray qbar)
        |> Option.bind (fun q ->
            evaluate action q
            |> Option.map (fun state ->
                // R^(-T) G R^(-1) with R^(-1) = diag(q)^(-1) R^T.
                let root = q.Root

                let inverse =
                    Matrix.Create(root.Rows, root.Columns, (fun i a -> root[i, a] / q.Eigenvalues[int a]))

                let half = Matrix.Uninitialized(root.Rows, root.Columns)
                let pushed = Matrix.Uninitialized(root.Rows, root.Rows)
                LinearAlgebra.Default.Multiply(1.0, inverse, false, state.Gradient.Value, false, 0.0, half)
                LinearAlgebra.Default.Multiply(1.0, half, false, inverse, true, 0.0, pushed)
                pushed.ToArray()))
        |> Option.defaultWith (fun () -> Array2D.create action.Order action.Order nan)

    let private residual action state =
        let sizes =
            state.Point.Eigenvalues
            |> Array.map (fun q -> sqrt (Math.Pow(q, 1.0 / float action.Layers) + action.Size))

        let g = state.Gradient.Value

        Symmetric.largest (Matrix.Create(g.Rows, g.Columns, (fun i j -> g[i, j] / (sizes[int i] * sizes[int j]))))

    // Along the geodesic: R^T S''[R X R^T] R + (X G + G X)/2.
    let private hessian action state (stiffness: Matrix) (x: Matrix) =
        let algebra = LinearAlgebra.Default
        let curved = state.Data.Curvature x
        let turned = Matrix.Uninitialized(x.Rows, x.Rows)
        algebra.Multiply(0.5, x, false, state.Data.Gradient.Value, false, 0.0, turned)
        Matrix.Create(x.Rows, x.Rows, fun i j -> stiffness[i, j] * x[i, j] + curved[i, j] + turned[i, j] + turned[j, i])

    let private stiffnessOf action (q: PositiveMatrix) =
        Matrix.Create(
            nativeint q.Order,
            nativeint q.Order,
            fun a b -> MatrixEntropy.stiffness action.Layers q.Eigenvalues (int a) (int b)
        )

    /// Newton's step by conjugate gradients, preconditioned by the entropy's Hessian; where the action curves down, the step
    /// found so far, and the gradient's own at first.
    let private newtonStepFor gradient action state accuracy =
        let stiffness = stiffnessOf action state.Point
        let precondition = Symmetric.map2 (fun h r -> r / h) stiffness
        let goal = accuracy * Symmetric.norm gradient
        let limit = action.Order * (action.Order + 1)

        let rec loop k step remainder direction (along: float) =
            let curved = hessian action state stiffness direction
            let curvature = Symmetric.inner direction curved

            if not (curvature > 0.0) then
                if k = 0 then direction else step
            else
                let length = along / curvature
                let step = Symmetric.map2 (fun s d -> s + length * d) step direction
                let remainder = Symmetric.map2 (fun r c -> r - length * c) remainder curved

                if Symmetric.norm remainder <= goal || k + 1 >= limit then
                    step
                else
                    let z = precondition remainder
                    let next = Symmetric.inner remainder z
                    let direction = Symmetric.map2 (fun z d -> z + next / along * d) z direction
                    loop (k + 1) step remainder direction next

        let remainder = Symmetric.scale -1.0 gradient
        let z = precondition remainder
        loop 0 (Matrix.Zeros(gradient.Rows, gradient.Rows)) remainder z (Symmetric.inner remainder z)

    let private newtonStep action (state: State) accuracy =
        newtonStepFor state.Gradient.Value action state accuracy

    /// How a stationary point Qbar moves with a change G of R^T (dS/dQbar) R: X of Qbar(X), in the coordinates of Qbar's eigenvectors, by the
    /// saddle equation linearised. None where S is not defined.
    let internal response action (q: PositiveMatrix) (change: Matrix) =
        evaluate action q
        |> Option.map (fun state ->
            if Symmetric.norm change > 0.0 then
                newtonStepFor change action state 1e-3
            else
                Matrix.Zeros(change.Rows, change.Columns))

    /// The stationary point that descent from here leads to: truncated Newton steps along geodesics, halved until S falls.
    let private descend (search: Search) action start =
        let acceptable before (slope: float) factor after =
            let rounding = 1e-13 * (action.Size + abs before.Value)

            after.Value <= before.Value + 1e-4 * factor * slope + rounding
            && (residual action before > 1e-6 || residual action after < residual action before)

        let rec shorten state step slope factor =
            match PositiveMatrix.move factor step state.Point |> Option.bind (evaluate action) with
            | Some next when acceptable state slope factor next -> Some next
            | _ when factor < 1e-6 -> None
            | _ -> shorten state step slope (factor / 2.0)

        // Well inside the tolerance; all the way to rounding where that costs little.
        let goal =
            match action.Cost with
            | Cost.Large -> 1e-2 * search.Tolerance
            | Cost.Small -> 1e-4 * search.Tolerance

        let rec iterate k state =
            let here = residual action state

            if here < goal || k = 100 then
                state
            else
                let step = newtonStep action state (max (0.3 * goal / here) (min 0.1 (sqrt here)))
                let size = Symmetric.norm step

                let step =
                    if size > 2.0 then
                        Symmetric.scale (2.0 / size) step
                    else
                        step

                let slope = Symmetric.inner step state.Gradient.Value

                match shorten state step slope 1.0 with
                | Some next when here < search.Tolerance && residual action next > 0.1 * here -> next
                | Some next -> iterate (k + 1) next
                | None -> state

        evaluate action start
        |> Option.map (iterate 0)
        |> Option.filter (fun state -> residual action state < search.Tolerance)

    // The minimum of the entropy and t W, followed from small t, where it is near the identity, to t = 1: a network that becomes narrower. Targets much
    // larger than the noise make a valley that descent from afar does not get through.
    let private follow (search: Search) action =
        let weighted t =
            { action with
                Expand =
                    action.Expand
                    >> Option.map (fun data ->
                        {
                            Value = t * data.Value
                            Gradient = lazy (Symmetric.scale t data.Gradient.Value)
                            Curvature = data.Curvature >> Symmetric.scale t
                        })
            }

        let rec next t ratio point =
            let further = min 1.0 (t * ratio)

            let search =
                if further < 1.0 then
                    { search with
                        Tolerance = max search.Tolerance 1e-4
                    }
                else
                    search

            match descend search (weighted further) point with
            | Some state when further = 1.0 -> evaluate action state.Point
            | Some state -> next further (min 16.0 (ratio * ratio)) state.Point
            | None when ratio > 1.05 -> next t (sqrt ratio) point
            | None -> None

        let identity = PositiveMatrix.scalar action.Order 1.0

        evaluate action identity
        |> Option.bind (fun state -> next (0.1 / (1.0 + Symmetric.largest state.Data.Gradient.Value)) 4.0 identity)

    /// An orthonormal basis of the symmetric matrices.
    let private canonical order =
        [
            for a in 0 .. order - 1 do
                for b in 0..a ->
                    let size = if a = b then 1.0 else sqrt 0.5

                    Matrix.Create(
                        nativeint order,
                        nativeint order,
                        fun i j ->
                            if (int i, int j) = (a, b) || (int i, int j) = (b, a) then
                                size
                            else
                                0.0
                    )
        ]

    /// The eigenvalues of the Hessian relative to the entropy's, D^(-1/2) H D^(-1/2), as far as a Krylov space of it shows them. It is
    /// the identity but for the data's part, whose few large eigenvalues Lanczos' method finds first.
    let private krylov action state steps =
        let stiffness = stiffnessOf action state.Point
        let relative = Symmetric.map2 (fun d x -> x / sqrt d) stiffness
        let basis = ResizeArray<Matrix>()
        let projected = Matrix.Zeros(nativeint steps, nativeint steps)

        let orthogonalise v =
            (v, basis)
            ||> Seq.fold (fun v b ->
                let overlap = Symmetric.inner v b
                Symmetric.map2 (fun x y -> x - overlap * y) v b)

        let rec extend (v: Matrix) =
            let v = Symmetric.scale (1.0 / Symmetric.norm v) v
            let k = nativeint basis.Count
            basis.Add v
            let image = relative v |> hessian action state stiffness |> relative
            projected[k, k] <- Symmetric.inner v image
            let next = image |> orthogonalise |> orthogonalise
            let coupling = Symmetric.norm next

            if basis.Count < steps && coupling > 1e-8 * Symmetric.norm image then
                projected[k, k + 1n] <- coupling
                projected[k + 1n, k] <- coupling
                extend next

        // Irrational components, so that no symmetry of the data hides a direction.
        let entry i j =
            (Math.Sqrt 2.0 * float (min i j) + Math.Sqrt 3.0 * float (max i j)) % 1.0 - 0.5

        extend (Matrix.Create(nativeint action.Order, nativeint action.Order, entry))
        let dimension = nativeint basis.Count
        LinearAlgebra.Managed.Eigenvalues(projected.View(0n, 0n, dimension, dimension).Clone())

    /// The eigenvalues of the Hessian.
    let private spectrum action state =
        let hessian = hessian action state (stiffnessOf action state.Point)
        let basis = canonical action.Order
        let images = List.map hessian basis

        Array2D.init basis.Length basis.Length (fun i j -> Symmetric.inner basis[i] images[j])
        |> Matrix.FromArray
        |> LinearAlgebra.Managed.Eigenvalues

    let private kind action state =
        let dimension = action.Order * (action.Order + 1) / 2

        let eigenvalues =
            match action.Cost with
            | Cost.Large when dimension > 12 -> krylov action state 6
            | _ -> spectrum action state

        let negative =
            eigenvalues |> Array.sumBy (fun value -> if value < 0.0 then 1 else 0)

        if negative = 0 then Kind.Minimum
        elif negative = dimension then Kind.Maximum
        else Kind.Saddle negative

    // Around a first solution: eigenvalues moved apart, where that costs little.
    let private furtherStarts action (found: PositiveMatrix) =
        match action.Cost with
        | Cost.Large -> []
        | Cost.Small when action.Order = 1 -> []
        | Cost.Small ->
            [ 1.0; -1.0 ]
            |> List.choose (fun sign ->
                let apart =
                    Matrix.Create(
                        nativeint action.Order,
                        nativeint action.Order,
                        fun i j ->
                            if i <> j then 0.0
                            elif i % 2n = 0n then sign
                            else -sign
                    )

                PositiveMatrix.move 1.5 apart found)

    let private distance (a: State) (b: State) =
        let size = Array.max a.Point.Eigenvalues

        Symmetric.map2 (-) a.Point.Entries b.Point.Entries
        |> Symmetric.largest
        |> fun d -> d / size

    let private dominance point =
        match point.Kind with
        | Kind.Minimum -> 0, point.Action
        | _ -> 1, point.Action

    /// The stationary points that descent leads to from every stationary point among the multiples of the identity, from `starts`
    /// and, where evaluations are cheap, from anisotropic neighbours of the first found; the minimum of lowest action is chosen.
    let solveFrom (search: Search) (starts: PositiveMatrix list) action =
        let symmetric =
            match SaddlePoint.solve search action.Symmetric with
            | Ok points ->
                points.Chosen :: points.Others
                |> List.map (fun point -> PositiveMatrix.scalar action.Order point.OrderParameters[0])
            | Error _ -> [ PositiveMatrix.scalar action.Order 1.0 ]

        let explore found start =
            match descend search action start with
            | Some state when not (List.exists (fun other -> distance other state < 1e-6) found) -> found @ [ state ]
            | _ -> found

        let found = List.fold explore [] (starts @ symmetric)

        let found =
            match found with
            | first :: _ -> List.fold explore found (furtherStarts action first.Point)
            | [] -> follow search action |> Option.toList

        let points =
            found
            |> List.map (fun state ->
                {
                    OrderParameter = state.Point.Entries.ToArray()
                    Action = state.Value
                    Kind = kind action state
                    Residual = residual action state
                })
            |> List.sortBy dominance

        match points with
        | [] ->
            Error(
                NoSaddle
                    $"No positive matrix makes the action stationary to a relative residual below {search.Tolerance}: raise T, take a milder prior, or bring the targets to order one."
            )
        | chosen :: others -> Ok { Chosen = chosen; Others = others }

    /// Refuses a saddle point that doubles cannot hold.
    let internal requireFinite (saddlePoint: MatrixSaddlePoint) =
        if Double.IsFinite saddlePoint.Chosen.Action then
            Ok()
        else
            Error Failures.beyondDoubles

    /// The stationary points of an action over positive matrices.
    let solve search action = solveFrom search [] action
