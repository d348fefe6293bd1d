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

    // P(s z > -a) and the density of s z at -a times s, for every a.
    let private tails s (locations: float[]) =
        let standard = locations |> Array.map (fun a -> -a / (s * sqrt 2.0))
        let distribution = Array.zeroCreate<float> locations.Length
        let density = standard |> Array.map (fun z -> -z * z)
        VectorMath.Erfc(ReadOnlySpan standard, Span distribution)
        VectorMath.Exp(ReadOnlySpan density, Span density)

        for j in 0 .. locations.Length - 1 do
            distribution[j] <- 0.5 * distribution[j]
            density[j] <- density[j] / sqrt (2.0 * Math.PI)

        struct (distribution, density)

    // With p = P(z > -a/s): E[x; x > 0] = a p + s phi(a/s) and E[x^2; x > 0] = (a^2 + s^2) p + a s phi(a/s) for x = a + s z.
    let private piecewiseLinear above below s a p density =
        let edge = s * density
        let total = a * a + s * s
        let positive = a * p + edge
        let positiveSquare = total * p + a * edge
        let mean = above * positive + below * (a - positive)

        let square =
            above * above * positiveSquare + below * below * (total - positiveSquare)

        struct (mean, square - mean * mean)

    let private step above below p =
        let jump = above - below
        struct (below + jump * p, jump * jump * p * (1.0 - p))

    let private exactly moments s (locations: float[]) (mean: Span<float>) (variance: Span<float>) =
        let struct (distribution, density) = tails s locations

        for j in 0 .. locations.Length - 1 do
            let struct (m: float, v: float) = moments locations[j] distribution[j] density[j]

            mean[j] <- m
            variance[j] <- max 0.0 v

    // Rules on (0, 1) that give the integral up to an angle to 1e-12.
    let private angleRules =
        [ 0.2, 4; 0.6, 6; infinity, 16 ]
        |> List.map (fun (largest, order) -> largest, GaussLegendre.Rule(order, 0.0, 1.0))

    // erf x = E sign(x + n/sqrt 2) with n ~ N(0, 1): the mean is erf m, m = a/sqrt(1 + 2 s^2), and the variance, by Plackett's identity in
    // the correlation sin theta of two such numbers, (2/pi) times the integral of exp(-2 m^2/(1 + sin theta)) up to sin theta = 2 s^2/(1 + 2 s^2).
    let private errorFunction s (locations: float[]) (mean: Span<float>) (variance: Span<float>) =
        let spread = 1.0 + 2.0 * s * s
        let angle = asin (2.0 * s * s / spread)
        let rule = angleRules |> List.find (fun (largest, _) -> angle <= largest) |> snd
        let exponent = Array.zeroCreate<float> locations.Length
        variance.Clear()

        for k in 0 .. rule.Order - 1 do
            let factor = -2.0 / (spread * (1.0 + sin (angle * rule.Nodes[k])))

            for j in 0 .. exponent.Length - 1 do
                exponent[j] <- factor * locations[j] * locations[j]

            VectorMath.Exp(ReadOnlySpan exponent, Span exponent)
            VectorArithmetic.AddScaled(ReadOnlySpan exponent, 2.0 / Math.PI * angle * rule.Weights[k], variance)

        for j in 0 .. exponent.Length - 1 do
            exponent[j] <- locations[j] / sqrt spread

        VectorMath.Erf(ReadOnlySpan exponent, mean)

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

    /// Writes both moments for every a: in closed form where sigma is linear or constant on either side of 0, by a single smooth integral
    /// for erf, otherwise by Gauss-Hermite quadrature.
    let evaluate (activation: Activation) s (locations: float[]) (mean: Span<float>) (variance: Span<float>) =
        let f = activation.Function

        match activation.Degree with
        | _ when s = 0.0 ->
            (Units.ofActivation activation).Apply(ReadOnlySpan locations, mean)
            variance.Clear()
        | Some 1.0 -> exactly (piecewiseLinear (f 1.0) (-(f -1.0)) s) s locations mean variance
        | Some 0.0 -> exactly (fun _ p _ -> step (f 1.0) (f -1.0) p) s locations mean variance
        | _ when activation = Activation.erf -> errorFunction s locations mean variance
        | _ -> byQuadrature (Units.ofActivation activation) s locations mean variance
