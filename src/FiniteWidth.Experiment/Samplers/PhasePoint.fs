namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// A position with a momentum of unit variance, and the log likelihood with its gradient there. The momentum is that of the
/// metric divided by its standard deviations, so that criteria on p and M^(-1) p are plain scalar products.
[<Sealed>]
type internal PhasePoint(dimension: int) =

    member val Position: float[] = Array.zeroCreate dimension
    member val Momentum: float[] = Array.zeroCreate dimension
    member val Gradient: float[] = Array.zeroCreate dimension
    member val LogLikelihood = 0.0 with get, set

    /// |r|^2/2 + |x|^2/2 - l(x); infinite where it is not a number or l is not finite.
    member this.Energy =
        let square (v: float[]) =
            VectorArithmetic.Dot(ReadOnlySpan v, ReadOnlySpan v)

        let energy =
            0.5 * (square this.Momentum + square this.Position) - this.LogLikelihood

        if Double.IsFinite energy then energy else infinity

    member this.CopyFrom(other: PhasePoint) =
        this.Start other.Position other.Gradient other.LogLikelihood
        Array.blit other.Momentum 0 this.Momentum 0 dimension

    /// Moves here without touching the momentum.
    member this.Start (position: float[]) (gradient: float[]) logLikelihood =
        Array.blit position 0 this.Position 0 dimension
        Array.blit gradient 0 this.Gradient 0 dimension
        this.LogLikelihood <- logLikelihood
