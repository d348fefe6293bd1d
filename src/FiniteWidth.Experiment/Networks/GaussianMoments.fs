namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// E[sigma(a + s z)] and Var[sigma(a + s z)], z ~ N(0, 1), for many a at one s.
[<RequireQualifiedAccess>]
module internal GaussianMoments =

    // Nodes that leave the smooth activations the error of rounding up to s = 0.5; beyond, at s = 1, erf's is 1e-13 and tanh's 3e-9.
    let private orderFor (s: float) =
        if s <= 0.1 then 12
        elif s <= 0.2 then 16
        elif s <= 0.3 then 24
        elif s <= 0.5 then 48
        else 64

    let private distribution z =
        0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-z / sqrt 2.0)

    let private density z =
        exp (-0.5 * z * z) / sqrt (2.0 * Math.PI)

    // With p = P(z > -a/s): E[x; x > 0] = a p + s phi(a/s) and E[x^2; x > 0] = (a^2 + s^2) p + a s phi(a/s) for x = a + s z.
    let private piecewiseLinear above below s a =
        let p = distribution (a / s)
        let edge = s * density (a / s)
        let total = a * a + s * s
        let positive = a * p + edge
        let positiveSquare = total * p + a * edge
        let mean = above * positive + below * (a - positive)

        let square =
            above * above * positiveSquare + below * below * (total - positiveSquare)

        struct (mean, square - mean * mean)

    let private step above below s a =
        let p = distribution (a / s)
        let jump = above - below
        struct (below + jump * p, jump * jump * p * (1.0 - p))

    let private exactly moments (locations: float[]) (mean: Span<float>) (variance: Span<float>) =
        for j in 0 .. locations.Length - 1 do
            let struct (m, v) = moments locations[j]
            mean[j] <- m
            variance[j] <- max 0.0 v

    // The variance about the value at the centre loses no digits where it is small.
    let private byQuadrature
        (units: ActivationFunction)
        s
        (locations: float[])
        (mean: Span<float>)
        (variance: Span<float>)
        =
        let rule = GaussHermite.Rule(orderFor s)
        let centre = Array.zeroCreate<float> locations.Length
        let value = Array.zeroCreate<float> locations.Length
        units.Apply(ReadOnlySpan locations, Span centre)
        mean.Clear()
        variance.Clear()

        for k in 0 .. rule.Order - 1 do
            let shift = s * rule.Nodes[k]
            let weight = rule.Weights[k]

            for j in 0 .. value.Length - 1 do
                value[j] <- locations[j] + shift

            units.Apply(ReadOnlySpan value, Span value)

            for j in 0 .. value.Length - 1 do
                let difference = value[j] - centre[j]
                mean[j] <- mean[j] + weight * difference
                variance[j] <- variance[j] + weight * difference * difference

        for j in 0 .. value.Length - 1 do
            variance[j] <- max 0.0 (variance[j] - mean[j] * mean[j])
            mean[j] <- centre[j] + mean[j]

    /// Writes both moments for every a: in closed form where sigma is linear or constant on either side of 0, otherwise by
    /// Gauss-Hermite quadrature.
    let evaluate (activation: Activation) s (locations: float[]) (mean: Span<float>) (variance: Span<float>) =
        let f = activation.Function

        match activation.Degree with
        | _ when s = 0.0 ->
            (Units.ofActivation activation).Apply(ReadOnlySpan locations, mean)
            variance.Clear()
        | Some 1.0 -> exactly (piecewiseLinear (f 1.0) (-(f -1.0)) s) locations mean variance
        | Some 0.0 -> exactly (step (f 1.0) (f -1.0) s) locations mean variance
        | _ -> byQuadrature (Units.ofActivation activation) s locations mean variance
