namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// Hamiltonian motion under the energy |r|^2/2 + |x|^2/2 - l(x), where x_i moves with velocity s_i r_i: a time step at a time.
[<Sealed>]
type internal Motion(target: Target, integrator: Integrator, scale: float[]) =

    let hasScale = scale.Length > 0
    let rotations = PlaneRotations scale.Length
    // The step that rotations were made for.
    let mutable prepared = nan

    // r := r + weight s v
    let push weight (v: float[]) (momentum: float[]) =
        if hasScale then
            VectorArithmetic.AddProduct(ReadOnlySpan v, ReadOnlySpan scale, weight, Span momentum)
        else
            VectorArithmetic.AddScaled(ReadOnlySpan v, weight, Span momentum)

    let kick step (point: PhasePoint) =
        push step point.Gradient point.Momentum

        match integrator with
        | Integrator.Leapfrog -> push -step point.Position point.Momentum
        | Integrator.PriorRotation -> ()

    let drift (step: float) (point: PhasePoint) =
        match integrator with
        | Integrator.Leapfrog -> push step point.Momentum point.Position
        | Integrator.PriorRotation when hasScale ->
            if abs step <> prepared then
                rotations.Prepare(abs step, scale)
                prepared <- abs step

            rotations.Turn(float (sign step), point.Position, point.Momentum, 0, scale.Length)
        | Integrator.PriorRotation ->
            let struct (sine, cosine) = Math.SinCos step
            VectorArithmetic.Rotate(cosine, sine, Span point.Position, Span point.Momentum)

    /// The scale has changed: what was prepared from it is not valid any more.
    member _.Forget() = prepared <- nan

    /// One step of the integrator, backwards in time where the step is negative; false where the likelihood is not finite.
    member _.Advance (step: float) (point: PhasePoint) =
        kick (0.5 * step) point
        drift step point
        point.LogLikelihood <- target.LogLikelihood point.Position point.Gradient

        if Double.IsFinite point.LogLikelihood then
            kick (0.5 * step) point
            true
        else
            false
