namespace FiniteWidth

open System
open System.Collections.Generic
open FiniteWidth.Numerics
open MathNet.Numerics.LinearAlgebra

/// What the Hessian of the action says of a stationary point.
[<RequireQualifiedAccess>]
type Kind =
    /// The Hessian is positive definite.
    | Minimum
    /// The Hessian is negative definite.
    | Maximum
    /// With this many descending directions.
    | Saddle of index: int

/// A solution of dS/dtheta = 0.
type StationaryPoint =
    {
        /// theta, in the order of the action's order parameters.
        OrderParameters: float[]
        /// S there.
        Action: float
        /// What the Hessian says of it.
        Kind: Kind
        /// max_l |dS/dlog theta_l| relative to the terms that cancel in it.
        Residual: float
    }

/// The point that dominates the integral over the order parameters, and the stationary points that do not.
///
/// The order parameters Qbar_l are integrated over the real axis, so S is a minimum in them. Their conjugates Q_l are integrated along the
/// imaginary axis, so S is a maximum in them along the real one. The dominating point is a minimum over Qbar of the maximum over Q: its
/// Hessian is negative definite in Q and has no other descending direction. With one hidden layer S is strictly concave in Q at
/// any Qbar, so that the maximum is unique.
type SaddlePoint =
    {
        /// The stationary point that dominates.
        Chosen: StationaryPoint
        /// The other stationary points that were found.
        Others: StationaryPoint list
    }

/// How accurately and how widely to search.
type Search =
    {
        /// Largest relative residual that counts as stationary.
        Tolerance: float
        /// Steps of log theta along the symmetric direction where an evaluation is cheap.
        FineStep: float
        /// Number of points along the symmetric direction where an evaluation needs a factorisation.
        CoarsePoints: int
    }

/// The coordinates in which the search is done: u = log(theta - theta_min), free of constraints.
[<RequireQualifiedAccess>]
module internal Coordinates =

    let lowerBound symbol =
        match symbol with
        | Symbol.Q _ -> -1.0
        | _ -> 0.0

    let toOrderParameters (symbols: Symbol[]) (u: float[]) =
        Array.map2 (fun symbol ui -> lowerBound symbol + exp ui) symbols u

    let ofOrderParameters (symbols: Symbol[]) (theta: float[]) =
        Array.map2 (fun symbol t -> log (t - lowerBound symbol)) symbols theta

    let isConjugate symbol =
        match symbol with
        | Symbol.Q _ -> true
        | _ -> false

    /// The direction in which the Qbar grow together and their conjugates fall, as 1 + Q = 1/Qbar without data.
    let symmetricDirection (symbols: Symbol[]) =
        symbols |> Array.map (fun s -> if isConjugate s then -1.0 else 1.0)

    /// The Hessian of the entropy at infinite width in the coordinates u, for layers of equal width.
    let entropyHessian (symbols: Symbol[]) =
        let conjugate l = Array.contains (Symbol.Q l) symbols

        Array2D.init symbols.Length symbols.Length (fun i j ->
            match symbols[i], symbols[j] with
            | Symbol.Qbar l, Symbol.Q k
            | Symbol.Q k, Symbol.Qbar l when k = l -> -1.0
            | Symbol.Q _, _ when i = j -> -1.0
            | Symbol.Qbar l, _ when i = j && conjugate l -> 0.0
            | _ -> if i = j then 1.0 else 0.0)

/// The search for stationary points of an action.
[<RequireQualifiedAccess>]
module SaddlePoint =

    /// The usual settings of the search.
    let defaults =
        {
            Tolerance = 1e-10
            FineStep = 0.1
            CoarsePoints = 12
        }

    /// One hidden layer at T = 0: Qbar = [ (1 - alpha) + sqrt( (1 - alpha)^2 + 4 alpha r ) ]/2, r = lambda_1 y^T K^(-1) y/P.
    let zeroTemperature alpha r =
        let root = sqrt ((1.0 - alpha) * (1.0 - alpha) + 4.0 * alpha * r)
        // The sum of the two terms cancels for alpha > 1: use the other form of the root there.
        if alpha <= 1.0 then
            (1.0 - alpha + root) / 2.0
        else
            2.0 * alpha * r / (root - (1.0 - alpha))

    /// The action in unconstrained coordinates u.
    type private Landscape(action: EffectiveAction) =
        let symbols = Array.ofList action.OrderParameters
        let mutable evaluations = 0
        let theta u = Coordinates.toOrderParameters symbols u

        let stretch (t: float[]) =
            Array.map2 (fun s x -> x - Coordinates.lowerBound s) symbols t

        let conjugates =
            [|
                for i in 0 .. symbols.Length - 1 do
                    if Coordinates.isConjugate symbols[i] then
                        i
            |]

        let conjugateBlock (hessian: float[,]) =
            Array2D.init conjugates.Length conjugates.Length (fun i j -> hessian[conjugates[i], conjugates[j]])

        member _.Dimension = symbols.Length
        member _.Symbols = symbols
        member _.Conjugates = conjugates.Length
        member _.ConjugateBlock hessian = conjugateBlock hessian

        /// The point u with its conjugates moved to the maximum of S over them, by Newton's method in 1 + Q.
        member _.Ridge(u: float[]) =
            match action.Hessian with
            | Some hessian when conjugates.Length > 0 ->
                let t = theta u

                let rec climb k =
                    let gradient = action.Gradient t
                    let block = conjugateBlock (hessian t)
                    let slope = conjugates |> Array.map (Array.get gradient)

                    if k > 0 && Array.forall Double.IsFinite slope then
                        let step =
                            Matrix<float>.Build.DenseOfArray(block).Solve(-Vector<float>.Build.DenseOfArray slope)

                        let mutable furthest = 0.0

                        for i in 0 .. conjugates.Length - 1 do
                            let s = t[conjugates[i]] + 1.0
                            let next = max (s / 3.0) (min (3.0 * s) (s + step[i]))
                            furthest <- max furthest (abs (next / s - 1.0))
                            t[conjugates[i]] <- next - 1.0

                        if furthest > 1e-12 then
                            climb (k - 1)

                climb 60
                Coordinates.ofOrderParameters symbols t
            | _ -> u

        member _.Theta u = theta u
        /// Whether a search has cost as many evaluations as one that finds anything ever needs.
        member _.Exhausted = action.Cost = Cost.Large && evaluations > 1000 * symbols.Length

        member _.Value u =
            evaluations <- evaluations + 1
            action.Value(theta u)

        /// S, or about S where that is cheaper.
        member this.Scan u =
            match action.Scan with
            | Some scan when conjugates.Length = 0 -> scan (theta u)
            | _ -> this.Value u

        member _.Gradient(u: float[]) =
            evaluations <- evaluations + 1
            let t = theta u
            Array.map2 (*) (action.Gradient t) (stretch t)

        /// The sizes of the terms that cancel in the gradient.
        member _.Sizes u = action.Sizes(theta u)

        /// The residual that rounding alone may leave.
        member _.Rounding u = action.Rounding(theta u)

        member this.Residual(u, gradient: float[]) =
            Array.fold2 (fun (most: float) (g: float) size -> Math.Max(most, abs g / size)) 0.0 gradient (this.Sizes u)

        member this.Hessian(u: float[], gradient: float[]) =
            let n = symbols.Length

            match action.Hessian with
            | Some hessian ->
                let t = theta u
                let d = stretch t
                let h = hessian t
                Array2D.init n n (fun i j -> h[i, j] * d[i] * d[j] + (if i = j then gradient[i] else 0.0))
            | None ->
                let step = 1e-5

                let columns =
                    Array.init n (fun j ->
                        let moved = Array.copy u
                        moved[j] <- moved[j] + step
                        Array.map2 (fun g g0 -> (g - g0) / step) (this.Gradient moved) gradient)

                Array2D.init n n (fun i j -> (columns[j].[i] + columns[i].[j]) / 2.0)

    let private isFinite (v: float[]) = Array.forall Double.IsFinite v

    let private fullStep (hessian: float[,]) (gradient: float[]) =
        let h = Matrix<float>.Build.DenseOfArray hessian
        let g = Vector<float>.Build.DenseOfArray gradient
        h.Solve(-g).ToArray()

    let private newtonStep (hessian: float[,]) (gradient: float[]) =
        let step = fullStep hessian gradient
        let longest = step |> Array.fold (fun m x -> max m (abs x)) 0.0

        if longest > 1.0 then
            Array.map (fun x -> x / longest) step
        else
            step

    let private norm (v: float[]) = sqrt (Array.sumBy (fun x -> x * x) v)

    let private relativeTo (sizes: float[]) (v: float[]) = Array.map2 (/) v sizes |> norm

    // Symmetric rank-one update: the Hessian learns from each step without a further evaluation.
    let private update (hessian: float[,]) (step: float[]) (change: float[]) =
        let n = step.Length

        let misfit =
            Array.init n (fun i -> change[i] - Array.sum (Array.init n (fun j -> hessian[i, j] * step[j])))

        let curvature = Array.fold2 (fun s a b -> s + a * b) 0.0 misfit step

        if abs curvature > 1e-12 * norm misfit * norm step then
            Array2D.init n n (fun i j -> hessian[i, j] + misfit[i] * misfit[j] / curvature)
        else
            hessian

    let private distance (a: float[]) (b: float[]) =
        Array.fold2 (fun m x y -> max m (abs (x - y))) 0.0 a b

    // Not a number, each, where the Hessian is not finite.
    let private eigenvalues (hessian: float[,]) =
        if Seq.forall Double.IsFinite (Seq.cast<float> hessian) then
            LinearAlgebra.Managed.Eigenvalues(Matrix.FromArray hessian)
        else
            Array.create (Array2D.length1 hessian) nan

    // Far out a gradient in log theta vanishes with theta itself, or is rounding: there neither the step that is left nor the curvature
    // is small beside it.
    let private isIsolated cost (sizes: float[]) (hessian: float[,]) gradient =
        let rounding =
            match cost with
            | Cost.Small -> 1e-14
            | Cost.Large -> 1e-9

        let relative = hessian |> Array2D.mapi (fun i j h -> h / sqrt (sizes[i] * sizes[j]))

        eigenvalues relative |> Array.forall (fun k -> abs k > rounding)
        && fullStep hessian gradient |> Array.forall (fun step -> abs step < 0.3)

    /// Where a local search begins, with what is known of the Hessian there.
    type private Start =
        {
            Point: float[]
            Hessian: float[,] option
        }

    /// A stationary point in the coordinates u, with the Hessian that classifies it.
    type private Found =
        {
            U: float[]
            Slope: float[]
            Curvature: float[,]
        }

    // A learned Hessian is believed when it says minimum, after learning along every direction, with nothing near zero.
    let private isTelling learned (hessian: float[,]) =
        let curvatures = eigenvalues hessian

        learned >= curvatures.Length
        && Array.min curvatures > 0.01 * Array.max curvatures

    // No residual above this is rounding that an answer can bear.
    let private coarsest = 1e-4

    /// Newton's method on the gradient, damped by its norm. The Hessian is exact where it is cheap; else it learns from the
    /// steps and is measured only where that does not suffice. None where the search fails, or heads for a point that is
    /// known already.
    let private polish search cost (landscape: Landscape) (known: float[] -> bool) start =
        let damp u (gradient: float[]) step =
            let residual = landscape.Residual(u, gradient)

            // Close by, where rounding of one component must not hide another.
            let sizes =
                if residual < 1e-3 then
                    landscape.Sizes u
                else
                    Array.create u.Length 1.0

            let here = relativeTo sizes gradient
            let settled = residual < search.Tolerance

            let rec shorten factor =
                let next = Array.map2 (fun a s -> a + factor * s) u step
                let g = landscape.Gradient next

                if isFinite g && relativeTo sizes g < here then
                    Some(next, g)
                elif factor < 1e-3 || settled then
                    None
                else
                    shorten (factor / 3.0)

            shorten 1.0

        let measure u gradient = landscape.Hessian(u, gradient)

        // `learned` counts the updates since the Hessian was a guess; a measured one has learned everything.
        let rec iterate k u gradient hessian learned =
            let residual = landscape.Residual(u, gradient)
            let step = newtonStep hessian gradient

            if landscape.Exhausted || norm step < 0.3 && known (Array.map2 (+) u step) then
                None
            elif residual < 1e-3 * search.Tolerance || k = 60 then
                finish u gradient hessian learned
            else
                match (if isFinite step then damp u gradient step else None) with
                | Some(next, g) ->
                    let progress = landscape.Residual(next, g) / residual

                    // Below the tolerance rounding decides: stop when a step no longer gains a digit.
                    if residual < search.Tolerance && progress > 0.1 then
                        finish next g hessian learned
                    elif cost = Cost.Small || progress > 0.5 then
                        iterate (k + 1) next g (measure next g) Int32.MaxValue
                    elif norm step < 1e-4 then
                        // So short a step tells more of rounding than of curvature.
                        iterate (k + 1) next g hessian learned
                    else
                        let hessian = update hessian (Array.map2 (-) next u) (Array.map2 (-) g gradient)

                        let learned = if learned = Int32.MaxValue then learned else learned + 1
                        iterate (k + 1) next g hessian learned
                | None when residual < search.Tolerance -> finish u gradient hessian learned
                | None when learned < Int32.MaxValue -> iterate (k + 1) u gradient (measure u gradient) Int32.MaxValue
                // Where A is nearly singular its rounding decides earlier.
                | None when residual < min coarsest (landscape.Rounding u) -> accept u gradient hessian
                | None -> None

        and accept u gradient hessian =
            if isIsolated cost (landscape.Sizes u) hessian gradient then
                Some
                    {
                        U = u
                        Slope = gradient
                        Curvature = hessian
                    }
            else
                None

        and finish u gradient hessian learned =
            if landscape.Residual(u, gradient) < search.Tolerance then
                (if isTelling learned hessian then
                     hessian
                 else
                     measure u gradient)
                |> accept u gradient
            else
                None

        let gradient = landscape.Gradient start.Point

        if isFinite gradient then
            match start.Hessian with
            | Some hessian -> iterate 0 start.Point gradient hessian 0
            | None -> iterate 0 start.Point gradient (measure start.Point gradient) Int32.MaxValue
        else
            None

    /// Newton's method on S itself, with the curvatures made positive: it cannot stall where only the norm of the gradient has
    /// a minimum. Ends near a minimum of S, for `polish` to finish.
    let private descend (landscape: Landscape) start =
        let direction hessian (gradient: float[]) =
            let basis = Matrix.FromArray hessian
            let curvatures = LinearAlgebra.Managed.Eigen basis |> Array.map abs
            let floor = 1e-3 * Array.max curvatures + 1e-12
            let step = Array.zeroCreate<float> gradient.Length

            for i in 0 .. curvatures.Length - 1 do
                let axis = basis.Row(nativeint i)
                let mutable along = 0.0

                for j in 0 .. axis.Length - 1 do
                    along <- along + axis[j] * gradient[j]

                for j in 0 .. axis.Length - 1 do
                    step[j] <- step[j] - along / max floor curvatures[i] * axis[j]

            let longest = step |> Array.fold (fun m x -> max m (abs x)) 0.0

            if longest > 1.0 then
                Array.map (fun x -> x / longest) step
            else
                step

        let rec iterate k u value (gradient: float[]) =
            let hessian = landscape.Hessian(u, gradient)

            // Beside a point where S is defined it need not be: then this is as far as one can go.
            if
                k = 40
                || landscape.Exhausted
                || landscape.Residual(u, gradient) < 1e-4
                || not (Seq.forall Double.IsFinite (Seq.cast<float> hessian))
            then
                u
            else
                let step = direction hessian gradient
                let slope = Array.fold2 (fun sum g s -> sum + g * s) 0.0 gradient step

                let rec shorten factor =
                    let next = Array.map2 (fun a s -> a + factor * s) u step
                    let there = landscape.Value next

                    if there < value + 1e-4 * factor * slope then
                        Some(next, there)
                    elif factor < 1e-6 then
                        None
                    else
                        shorten (factor / 3.0)

                match shorten 1.0 with
                | Some(next, there) -> iterate (k + 1) next there (landscape.Gradient next)
                | None -> u

        let value, gradient = landscape.Value start, landscape.Gradient start

        if Double.IsFinite value && isFinite gradient then
            iterate 0 start value gradient
        else
            start

    let private bisect (f: float -> float) lower upper =
        let rec loop k a fa b =
            let middle = (a + b) / 2.0

            if k = 0 then
                middle
            else
                let fm = f middle

                if (fm > 0.0) = (fa > 0.0) then
                    loop (k - 1) middle fm b
                else
                    loop (k - 1) a fa middle

        loop 12 lower (f lower) upper

    /// Where f crosses zero on a grid, and where it comes so near zero between grid points that it may touch it.
    let private crossings (f: float -> float) (grid: float[]) =
        let values = Array.map f grid

        [
            for i in 0 .. grid.Length - 2 do
                if (values[i] > 0.0) <> (values[i + 1] > 0.0) then
                    bisect f grid[i] grid[i + 1]
                elif i > 0 && (values[i - 1] > 0.0) = (values[i] > 0.0) then
                    let before, here, after = abs values[i - 1], abs values[i], abs values[i + 1]

                    if here <= before && here < after then
                        // The vertex of the parabola through three points.
                        let curvature = before - 2.0 * here + after
                        let vertex = grid[i] + (grid[i + 1] - grid[i]) * 0.5 * (before - after) / curvature
                        let nearest = f vertex

                        if (nearest > 0.0) <> (values[i] > 0.0) then
                            bisect f grid[i - 1] vertex
                            bisect f vertex grid[i + 1]
                        elif abs nearest < 0.1 * here then
                            vertex
        ]

    let private grid lower upper step =
        let count = max 2 (int (ceil ((upper - lower) / step)))
        Array.init (count + 1) (fun i -> lower + (upper - lower) * float i / float count)

    // Order parameters far from 1 are where one term of the data alone counts: there is nothing fine to see.
    let private near = 15.0

    let private gridOutwards lower upper step =
        [|
            if lower < -near then
                yield! grid lower -near 1.0 |> Array.take (int (ceil (-near - lower)) |> max 2)

            yield! grid (max lower -near) (min upper near) step

            if upper > near then
                yield! grid near upper 1.0 |> Array.tail
        |]

    // Golden sections of a bracket of an extremum, until a parabola describes it: its vertex, and the curvature there.
    let private refine (f: float -> float) (sign: float) lower upper =
        let golden = (sqrt 5.0 - 1.0) / 2.0

        let rec narrow a b =
            if b - a < 2.0 then
                a, b
            else
                let c, d = b - golden * (b - a), a + golden * (b - a)
                if sign * f c <= sign * f d then narrow a d else narrow c b

        let a, b = narrow lower upper
        let width = (b - a) / 2.0
        let left, right = f (a + width) - f a, f b - f (a + width)
        let vertex = 0.5 * (left + right) / (left - right)

        if Double.IsFinite vertex then
            a + width * (1.0 + max -1.0 (min 1.0 vertex)), (right - left) / (width * width)
        else
            a + width, sign

    // Points further apart than this miss what lies between them.
    let private coarse = 4.0

    /// Extrema of f on a grid, each at the vertex of the parabola through it and its neighbours, with the curvature there.
    let private extrema (f: float -> float) (grid: float[]) =
        let values = Array.map f grid

        [
            for i in 1 .. grid.Length - 2 do
                let left, right = values[i] - values[i - 1], values[i + 1] - values[i]

                if left * right <= 0.0 then
                    let vertex = 0.5 * (left + right) / (left - right)
                    let width = grid[i + 1] - grid[i]

                    if width > coarse then
                        refine f (float (sign (right - left))) grid[i - 1] grid[i + 1]
                    else
                        grid[i] + width * max -1.0 (min 1.0 vertex), (right - left) / (width * width)
        ]

    /// Points spread over a box, the same every time: the additive recurrence of the plastic numbers.
    let private spread dimension count lower upper =
        let phi =
            Seq.init 40 id
            |> Seq.fold (fun x _ -> Math.Pow(1.0 + x, 1.0 / float (dimension + 1))) 2.0

        List.init count (fun k ->
            Array.init dimension (fun j ->
                let fraction = (0.5 + float (k + 1) * Math.Pow(phi, -float(j + 1))) % 1.0
                lower + (upper - lower) * fraction))

    // |log theta| beyond which theta is no double that can be multiplied with another.
    let private furthest = 650.0

    /// The interval widened until the slope points down at its lower end and up at its upper end.
    let private widen (slope: float -> float) (struct (lower, upper)) =
        // In steps of 1 at first, then ever longer ones, up to the range of doubles.
        let rec extend move t k =
            if abs t >= furthest || move (slope t) then
                t
            else
                let step = if k < 40 then 1.0 else 0.2 * abs t

                extend
                    move
                    (if t < 0.0 then
                         max -furthest (t - step)
                     else
                         min furthest (t + step))
                    (k + 1)

        extend (fun s -> s < 0.0) lower 0, extend (fun s -> s > 0.0) upper 0

    // Out from an end of the interval for as long as f falls that way.
    let private downwards (f: float -> float) start direction =
        let rec walk t here step =
            let next = t + direction * step

            if abs next > furthest then
                t
            else
                let there = f next
                if there < here then walk next there (2.0 * step) else t

        walk start (f start) 1.0

    let private symmetricStarts search (action: EffectiveAction) (landscape: Landscape) =
        let struct (lower, upper) = action.Range

        let inside otherwise x =
            if Double.IsFinite x then
                Math.Clamp(x, -furthest, furthest)
            else
                otherwise

        let lower, upper =
            min -1.0 (inside -furthest lower), max 1.0 (inside furthest upper)

        let direction = Coordinates.symmetricDirection landscape.Symbols
        let along t = direction |> Array.map (fun d -> d * t)

        match action.Cost with
        | Cost.Small ->
            let along t = landscape.Ridge(along t)

            // On the ridge the slopes along the conjugates are zero.
            let slope t =
                Array.fold2 (fun sum d g -> sum + max 0.0 d * g) 0.0 direction (landscape.Gradient(along t))

            let lower, upper = widen slope (struct (lower, upper))

            let starts =
                crossings slope (gridOutwards lower upper search.FineStep)
                |> List.map (fun t -> { Point = along t; Hessian = None })

            starts, lower, upper
        | Cost.Large ->
            let values = Dictionary<float, float>()

            let value t =
                match values.TryGetValue t with
                | true, value -> value
                | _ ->
                    let value = landscape.Scan(along t)
                    values[t] <- value
                    value

            let between lower upper =
                grid lower upper ((upper - lower) / float (search.CoarsePoints - 1))

            let points = between lower upper

            // Where S falls towards an end it may fall beyond it. With conjugates it need not rise again.
            let outwards (last: float) beside direction =
                if landscape.Conjugates > 0 || value last > value beside then
                    last
                else
                    downwards value last direction

            let lower, upper =
                outwards lower points[1] -1.0, outwards upper points[points.Length - 2] 1.0

            let points =
                if lower < points[0] || upper > Array.last points then
                    between lower upper
                else
                    points

            // A first Hessian with the scan's curvature along the symmetric direction and that of the entropy across it.
            let entropy = Coordinates.entropyHessian landscape.Symbols
            let squared = float (direction.Length * direction.Length)

            let along' (hessian: float[,]) =
                let mutable sum = 0.0

                hessian
                |> Array2D.iteri (fun i j h -> sum <- sum + direction[i] * h * direction[j])

                sum

            let hessian curvature =
                let missing = (curvature - along' entropy) / squared
                entropy |> Array2D.mapi (fun i j h -> h + missing * direction[i] * direction[j])

            let starts =
                extrema value points
                |> List.map (fun (t, curvature) ->
                    {
                        Point = along t
                        Hessian = Some(hessian curvature)
                    })

            starts, lower, upper

    /// Starts spread over the box, each conjugate where it would be without data: 1 + Q = 1/Qbar.
    let private scattered perDimension (landscape: Landscape) lower upper =
        let symbols = landscape.Symbols
        let free = symbols |> Array.filter (Coordinates.isConjugate >> not)

        let ofFree (u: float[]) symbol =
            match symbol with
            | Symbol.Q l -> Array.tryFindIndex ((=) (Symbol.Qbar l)) free |> Option.map (fun i -> -u[i])
            | _ -> Array.tryFindIndex ((=) symbol) free |> Option.map (Array.get u)
            |> Option.defaultValue 0.0

        spread free.Length (perDimension * free.Length) lower upper
        |> List.map (fun u ->
            {
                Point = landscape.Ridge(Array.map (ofFree u) symbols)
                Hessian = None
            })

    /// Starts where the mean of one layer dominates: 1 + Q_l small, the other order parameters as at infinite width. With 1/N growing from zero
    /// a branch of solutions can fold over twice and end there, far from where it began.
    let private meanStarts (landscape: Landscape) =
        [
            for i in 0 .. landscape.Dimension - 1 do
                if Coordinates.isConjugate landscape.Symbols[i] then
                    for depth in [ 2.0; 4.0; 6.0; 8.0 ] ->
                        {
                            Point = Array.init landscape.Dimension (fun j -> if j = i then -depth else 0.0)
                            Hessian = None
                        }
        ]

    let private furtherStarts (action: EffectiveAction) (landscape: Landscape) (found: Found list) lower upper =
        let direction = Coordinates.symmetricDirection landscape.Symbols
        let dimension = landscape.Dimension

        let layer i =
            match landscape.Symbols[i] with
            | Symbol.Qbar l
            | Symbol.Q l -> l
            | _ -> i + 1

        match action.Cost, found with
        | _ when dimension - landscape.Conjugates = 1 -> []
        | Cost.Small, _ -> scattered 8 landscape lower upper
        | Cost.Large, [] -> []
        | Cost.Large, first :: _ ->
            [
                {
                    Point =
                        first.U
                        |> Array.mapi (fun i u ->
                            if layer i % 2 = 1 then
                                u + direction[i]
                            else
                                u - direction[i])
                    Hessian = Some first.Curvature
                }
            ]

    let private kind (hessian: float[,]) =
        let negative =
            eigenvalues hessian |> Array.filter (fun k -> k < 0.0) |> Array.length

        if negative = 0 then Kind.Minimum
        elif negative = Array2D.length1 hessian then Kind.Maximum
        else Kind.Saddle negative

    /// A maximum in the conjugates and, once they are eliminated, a minimum: by Sylvester's law the index of the Hessian is then the
    /// number of conjugates.
    let private dominates (landscape: Landscape) (hessian: float[,]) =
        let negative (h: float[,]) =
            eigenvalues h |> Array.filter (fun k -> k < 0.0) |> Array.length

        negative hessian = landscape.Conjugates
        && (landscape.Conjugates = 0
            || negative (landscape.ConjugateBlock hessian) = landscape.Conjugates)

    /// Every stationary point that a scan along the symmetric direction and several other starts lead to. Chosen is the one of lowest
    /// action among the minima over the order parameters of the maximum over their conjugates.
    let solve search (action: EffectiveAction) =
        let landscape = Landscape action

        if landscape.Dimension = 0 then
            let only =
                {
                    OrderParameters = [||]
                    Action = action.Value [||]
                    Kind = Kind.Minimum
                    Residual = 0.0
                }

            Ok { Chosen = only; Others = [] }
        else
            let symmetric, lower, upper = symmetricStarts search action landscape
            let found = ResizeArray<Found>()

            let near =
                match action.Cost with
                | Cost.Small -> 1e-3
                | Cost.Large -> 0.05

            let known u =
                found.Exists(fun point -> distance u point.U < near)

            let explore starts =
                for start in starts do
                    match polish search action.Cost landscape known start with
                    | Some point when not (found.Exists(fun other -> distance point.U other.U < 1e-6)) ->
                        found.Add point
                    | _ -> ()

            explore symmetric

            let satisfied () =
                found.Exists(fun point -> dominates landscape point.Curvature)

            if not (satisfied ()) then
                let origin = Array.zeroCreate landscape.Dimension

                // Steps that shorten the gradient led to no minimum: go down from the lowest point known. With conjugates there is
                // no down: begin at infinite width.
                let point =
                    if landscape.Conjugates > 0 then
                        origin
                    else
                        origin :: List.map _.Point symmetric
                        |> List.minBy (fun u ->
                            let value = landscape.Value u
                            if Double.IsNaN value then infinity else value)
                        |> descend landscape

                explore [ { Point = point; Hessian = None } ]

            explore (furtherStarts action landscape (List.ofSeq found) lower upper)

            // Rarely does every one of these lead to a point that does not dominate.
            meanStarts landscape @ scattered 16 landscape lower upper
            |> Seq.takeWhile (fun _ -> not (satisfied () || landscape.Exhausted))
            |> Seq.iter (List.singleton >> explore)

            let points =
                [
                    for point in found ->
                        dominates landscape point.Curvature,
                        {
                            OrderParameters = landscape.Theta point.U
                            Action = landscape.Value point.U
                            Kind = kind point.Curvature
                            Residual = landscape.Residual(point.U, point.Slope)
                        }
                ]
                |> List.sortBy (fun (dominates, point) -> not dominates, point.Action)

            match points with
            | []
            | (false, _) :: _ ->
                Error(
                    NoSaddle
                        $"No stationary point that dominates the action was found to a relative residual below {search.Tolerance}: raise T, or start from a milder prior."
                )
            | (true, chosen) :: others ->
                Ok
                    {
                        Chosen = chosen
                        Others = List.map snd others
                    }
