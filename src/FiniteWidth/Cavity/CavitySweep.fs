namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// What one sweep shows of the units, weighted by the theory's density.
[<RequireQualifiedAccess>]
type internal SweepRecord =
    {
        /// The factor by which the sweep's own units would have g larger.
        Amplitude: float
        LogPartition: float
        EffectiveUnits: float
        Acceptance: float
        SwapRate: float
        /// The share of units with b^2/(1+a) above 8, their mean of it, their mean |E[v|w]|, and their share of the whole sum of it.
        Specialised: float
        Strength: float
        Readout: float
        Share: float
    }

/// Units at the nodes of the readout with the weights that take them to the theory's density
/// p(w) ~ p0(w) (1+a)^(-1/2) exp(b^2/(2(1+a))), a = phi^T G phi/(lambda_1 N), b = phi.g/sqrt(lambda_1 N).
[<NoComparison; NoEquality>]
type internal CavitySampler =
    {
        Inputs: CavityInputs
        Temperature: float
        Population: UnitPopulation
        Ladder: LadderWeights
        /// E[phi0 phi^T] and E[phi0^2] of the prior at the test points.
        TestPrior: Matrix * float[]
    }

[<RequireQualifiedAccess>]
module internal CavitySweep =

    // Units whose own share of the evidence is this many nats or more are called specialised: b^2/(1+a) > 8.
    let private specialised = 8.0

    /// Weights exp(l_i)/sum exp(l) and the logarithm of the sum.
    let private normalise (logs: float[]) =
        let top = Array.max logs
        let weights = logs |> Array.map (fun l -> exp (l - top))
        let sum = Array.sum weights
        weights |> Array.map (fun w -> w / sum), top + log sum

    let private bisect excess low high =
        if excess low > 0.0 then
            low
        elif excess high < 0.0 then
            high
        else
            ((low, high), [ 1..40 ])
            ||> List.fold (fun (low, high) _ ->
                let middle = 0.5 * (low + high)
                if excess middle > 0.0 then low, middle else middle, high)
            |> fun (low, high) -> 0.5 * (low + high)

    /// The coefficient of a control variate x of known mean that leaves least noise in w: the regression of one on the other.
    let private coefficient (w: float[]) (x: float[]) =
        CavityFields.dot w x / CavityFields.dot x x

    let private frobenius (a: Matrix) (b: Matrix) =
        let mutable sum = 0.0

        for i in 0 .. int a.Rows - 1 do
            sum <- sum + InPlace.rowDot a b i

        sum

    /// log z0 less what the sample's prior averages of b^2 - a are off from the exact ones: what is left of its noise at large N.
    let private controlled
        (sampler: CavitySampler)
        s
        (g: float[])
        (curvature: Matrix)
        (prior: float[])
        (weights: float[])
        a
        b2
        logZ0
        =
        let inputs = sampler.Inputs
        let x = Array.map2 (fun a b2 -> 0.5 * (s * s * b2 * (1.0 + a) - a)) a b2
        let mean = CavityFields.dot prior x

        let exact =
            0.5 / (inputs.ReadoutPrior * inputs.Width)
            * (s * s * CavityFields.dot g (CavityFields.times inputs.PriorKernel false g)
               - frobenius curvature inputs.PriorKernel)

        let deviations = Array.map2 (fun p x -> p * (x - mean)) prior x
        let ratios = Array.map2 (-) weights prior
        logZ0 - coefficient ratios deviations * (mean - exact)

    /// One sweep in a field, and the amplitude of g anew: moments into `target`, whose test part is left alone unless asked for, and
    /// cumulants into their sums, where there are any.
    let run
        measure
        (stream: RandomStream)
        adapt
        (cumulants: CumulantSums option)
        (g: float[])
        (curvature: Matrix)
        (target: CavityMoments)
        (sampler: CavitySampler)
        : SweepRecord =
        let inputs, population = sampler.Inputs, sampler.Population
        let width, prior = inputs.Width, inputs.ReadoutPrior
        let field = UnitField(width, ReadOnlySpan g, curvature)
        population.Sweep(field, stream.Split 0L, adapt)
        let density = Array.zeroCreate<float> population.Units
        sampler.Ladder.Solve(population, Span density)
        let a = population.Quadratic.ToArray() |> Array.map (fun q -> q / prior)

        // b^2/(1+a).
        let strengths =
            Array.map2 (fun b a -> b * b / prior / (1.0 + a)) (population.Linear.ToArray()) a

        let bare = Array.map2 (fun a d -> -0.5 * log (1.0 + a) - d) a density

        let weigh s =
            Array.map2 (fun l x -> l + 0.5 * s * s * x) bare strengths |> normalise

        let priorWeights, priorSum = density |> Array.map (~-) |> normalise

        let kernelWeights weights =
            Array.map2 (fun w a -> w / (prior * (1.0 + a))) weights a

        // What the sample's prior average of (phi.g)^2 is off from the exact one, and how much of that is in g.Khat g.
        let squares = population.Linear.ToArray() |> Array.map (fun b -> width * b * b)

        let surplus =
            coefficient (weigh 1.0 |> fst |> kernelWeights) priorWeights
            * (CavityFields.dot priorWeights squares
               - CavityFields.dot g (CavityFields.times inputs.PriorKernel false g))

        // g.Khat g = g.(1 - (T/N) G)^(-1) (y - T g), for s g with its own weights.
        let reaction = CavityFields.reaction width sampler.Temperature
        let unreacted = CavityFields.unreact reaction curvature
        let data = CavityFields.dot g (unreacted inputs.Targets)

        let noise = sampler.Temperature * CavityFields.dot g (unreacted g)

        let excess s =
            let weights, _ = weigh s
            s * (noise + width * CavityFields.dot weights strengths - surplus) - data

        let s = bisect excess 0.8 1.25
        let weights, logSum = weigh s
        let ofKernel = kernelWeights weights

        let ofSecond =
            Array.map3 (fun w a x -> w * (1.0 + s * s * x) / (prior * (1.0 + a))) weights a strengths

        let kernelControl, secondControl =
            coefficient ofKernel priorWeights, coefficient ofSecond priorWeights

        let controlledKernel =
            Array.map2 (fun w w0 -> w - kernelControl * w0) ofKernel priorWeights

        let secondWeights =
            Array.map2 (fun w w0 -> w - secondControl * w0) ofSecond priorWeights

        population.Moments(ReadOnlySpan controlledKernel, ReadOnlySpan secondWeights, target.Kernel, target.Second)
        InPlace.add kernelControl inputs.PriorKernel target.Kernel
        InPlace.add secondControl inputs.PriorKernel target.Second

        if measure then
            population.TestMoments(
                ReadOnlySpan secondWeights,
                stream.Split 1L,
                target.TestKernel,
                target.TestSecond,
                Span target.TestSquares
            )

            let cross, diagonal = sampler.TestPrior
            InPlace.add kernelControl cross target.TestKernel
            InPlace.add secondControl cross target.TestSecond

            for t in 0 .. diagonal.Length - 1 do
                target.TestSquares[t] <- target.TestSquares[t] + secondControl * diagonal[t]

        cumulants
        |> Option.iter (CumulantSums.add width prior s curvature weights a population)

        let logPartition =
            controlled sampler s g curvature priorWeights weights a strengths (logSum - priorSum)

        for i in 0 .. g.Length - 1 do
            target.Linear[i] <- s * g[i]

        curvature.CopyTo target.Curvature
        target.LogPartition.Value <- logPartition
        let squared = Array.map (fun x -> s * s * x) strengths

        let isSpecialised =
            squared |> Array.map (fun x -> if x > specialised then 1.0 else 0.0)

        let among = Array.map2 (*) weights isSpecialised
        let total = Array.sum among

        let per sum =
            if total > 0.0 then sum / total else 0.0

        let sumOf (values: float[]) = CavityFields.dot among values

        {
            Amplitude = s
            LogPartition = logPartition
            EffectiveUnits = 1.0 / CavityFields.dot weights weights
            Acceptance = population.Acceptance
            SwapRate = population.SwapRate
            Specialised = total
            Strength = per (sumOf squared)
            Readout = per (Array.map2 (fun x a -> sqrt (x / (prior * (1.0 + a)))) squared a |> sumOf)
            Share = sumOf squared / CavityFields.dot weights squared
        }
