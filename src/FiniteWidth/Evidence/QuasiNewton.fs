namespace FiniteWidth

open MathNet.Numerics.LinearAlgebra

/// Why a maximisation ended.
[<RequireQualifiedAccess>]
type SearchEnd =
    /// The gradient is as small as was asked for, in every direction that the bounds leave free.
    | Converged
    /// No step raises the value any more, although the gradient is not yet small: rounding, or the accuracy of a kernel.
    | Stalled
    /// The steps that were allowed are used up.
    | OutOfSteps

/// A smooth function maximised in a box by a quasi-Newton method (BFGS) over the directions that the bounds leave free.
///
/// Written here because an evaluation may fail (no saddle, a singular kernel), which shortens a step, where the optimisers of
/// Math.NET Numerics end with an exception.
[<RequireQualifiedAccess>]
module internal QuasiNewton =

    /// A function of one point: its value with what else came of computing it, or none where it is not defined.
    type Objective<'T> =
        {
            Evaluate: float[] -> (float * 'T) option
            Gradient: 'T -> float[]
            Lower: float[]
            Upper: float[]
            /// The size of the terms that cancel in a component of the gradient at the maximum.
            Size: float
        }

    /// A point on the way.
    type Point<'T> =
        {
            U: float[]
            Value: float
            Gradient: float[]
            State: 'T
        }

    let private longest = 2.0

    /// Components that no bound stops from rising.
    let private free (objective: Objective<_>) point =
        [|
            for i in 0 .. point.U.Length - 1 do
                let held =
                    (point.U[i] >= objective.Upper[i] && point.Gradient[i] > 0.0)
                    || (point.U[i] <= objective.Lower[i] && point.Gradient[i] < 0.0)

                if not held then
                    i
        |]

    /// The largest free component of the gradient, relative to the terms that cancel in it.
    let residual objective (point: Point<_>) =
        free objective point
        |> Array.fold (fun most i -> max most (abs point.Gradient[i])) 0.0
        |> fun most -> most / objective.Size

    // The Newton step of the curvatures B over the free components.
    let private direction objective (b: Matrix<float>) (point: Point<_>) =
        let open' = free objective point

        let block =
            Matrix<float>.Build.Dense(open'.Length, open'.Length, (fun i j -> b[open'[i], open'[j]]))

        let slope =
            Vector<float>.Build.Dense(open'.Length, (fun i -> point.Gradient[open'[i]]))

        let step = Array.zeroCreate<float> point.U.Length
        block.Cholesky().Solve(slope) |> Seq.iteri (fun i s -> step[open'[i]] <- s)
        let size = step |> Array.fold (fun most s -> max most (abs s)) 0.0

        if size > longest then
            step |> Array.map (fun s -> s * longest / size)
        else
            step

    let private at (objective: Objective<_>) u (value, state) : Point<_> =
        {
            U = u
            Value = value
            Gradient = objective.Gradient state
            State = state
        }

    // Shortened until the value rises as its slope promises, up to rounding.
    let private lineSearch (objective: Objective<_>) (point: Point<_>) (step: float[]) =
        let rounding = 1e-13 * (objective.Size + abs point.Value)

        let rec shorten factor =
            let u =
                Array.init step.Length (fun i ->
                    point.U[i] + factor * step[i]
                    |> max objective.Lower[i]
                    |> min objective.Upper[i])

            let gain =
                Seq.init step.Length (fun i -> point.Gradient[i] * (u[i] - point.U[i]))
                |> Seq.sum

            match objective.Evaluate u with
            | Some(value, state) when value >= point.Value + 1e-4 * gain - rounding ->
                Some(at objective u (value, state))
            | _ when factor < 1e-6 -> None
            | _ -> shorten (factor / 3.0)

        shorten 1.0

    // Powell's damping keeps B positive where the function curves up.
    let private update (b: Matrix<float>) first (before: Point<_>) (after: Point<_>) =
        let vector (values: float[]) = Vector<float>.Build.DenseOfArray values
        let s = vector after.U - vector before.U
        let r = vector before.Gradient - vector after.Gradient
        let along = s * r

        let b =
            if first && along > 0.0 then
                Matrix<float>.Build.DenseDiagonal(s.Count, s.Count, (r * r) / along)
            else
                b

        let bs = b * s
        let curvature = s * bs

        let damping =
            if along >= 0.2 * curvature then
                1.0
            else
                0.8 * curvature / (curvature - along)

        let r = damping * r + (1.0 - damping) * bs
        b - bs.OuterProduct bs / curvature + r.OuterProduct r / (s * r)

    /// The maximum that ascent from `start` leads to, where the function is known already, with the steps that it took.
    let maximise tolerance limit (objective: Objective<_>) (start: float[]) known =
        let plain =
            Matrix<float>.Build.DenseDiagonal(start.Length, start.Length, objective.Size)

        let rec iterate k (b: Matrix<float>) point =
            if residual objective point <= tolerance then
                point, k, SearchEnd.Converged
            elif k = limit then
                point, k, SearchEnd.OutOfSteps
            else
                match lineSearch objective point (direction objective b point) with
                | Some next when next.U <> point.U -> iterate (k + 1) (update b (k = 0) point next) next
                // Curvatures learnt elsewhere may mislead: once more along the gradient.
                | _ when not (obj.ReferenceEquals(b, plain)) -> iterate k plain point
                | _ -> point, k, SearchEnd.Stalled

        at objective start known |> iterate 0 plain
