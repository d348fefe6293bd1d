namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// E[sigma(a + s z)] and Var[sigma(a + s z)], z ~ N(0, 1), for many a at one s.
[<RequireQualifiedAccess>]
module internal GaussianMoments =

    // What s needs at most for an error of 1e-10 in erf, tanh and smoother activations, up to s = 0.7; at s = 1 tanh's is below 1e-8, at
    // s = 3 erf's below 1e-6. Made once: a rule costs more than its use.
    let private rules =
        [ 0.2, 16; 0.4, 24; 0.5, 32; infinity, 64 ]
        |> List.map (fun (largest, order) -> largest, GaussHermite.Rule order)

    let private ruleAt s =
        rules |> List.find (fun (largest, _) -> s <= largest) |> snd

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
        let centre = Array.zeroCreate<float> locations.Length
        let value = Array.zeroCreate<float> locations.Length
        units.Apply(ReadOnlySpan locations, Span centre)
        let rule = ruleAt s
        mean.Clear()
        variance.Clear()

        for k in 0 .. rule.Order - 1 do
            let shift = s * rule.Nodes[k]
            let weight = rule.Weights[k]

            for j in 0 .. value.Length - 1 do
                value[j] <- locations[j] + shift

            units.Apply(ReadOnlySpan value, Span value)
            VectorArithmetic.AddScaled(ReadOnlySpan centre, -1.0, Span value)
            VectorArithmetic.AddScaled(ReadOnlySpan value, weight, mean)
            VectorArithmetic.AddProduct(ReadOnlySpan value, ReadOnlySpan value, weight, variance)

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
