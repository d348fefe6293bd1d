namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// The exact motion under the prior, for a time: coordinate i turns in its plane of position and momentum by the angle s_i time.
[<Sealed>]
type internal PlaneRotations(dimension: int) =

    let cosines: float[] = Array.zeroCreate dimension
    let sines: float[] = Array.zeroCreate dimension

    /// Angles from now on.
    member _.Prepare(time: float, scales: float[]) =
        for i in 0 .. dimension - 1 do
            cosines[i] <- time * scales[i]

        VectorMath.Sin(ReadOnlySpan cosines, Span sines)
        VectorMath.Cos(ReadOnlySpan cosines, Span cosines)

    /// Turns the coordinates from `start` on, forwards (1) or back (-1).
    member _.Turn(direction: float, position: float[], momentum: float[], start, length) =
        VectorArithmetic.Rotate(
            ReadOnlySpan(cosines, start, length),
            ReadOnlySpan(sines, start, length),
            direction,
            Span(position, start, length),
            Span(momentum, start, length)
        )
