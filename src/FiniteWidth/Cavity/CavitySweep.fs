namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

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

/// A direction n of the targets along which the others are not taken for Gaussian, and the logarithm of their message there.
[<NoComparison; NoEquality>]
type internal CavityMessage =
    {
        /// n, of length 1, with n.y > 0.
        Direction: float[]
        /// log c(z) on the grid of a DirectionalMessage.
        LogMessage: float[]
    }

/// How a sweep is taken: in a Gaussian field, or in one with an exact direction.
[<NoComparison; NoEquality>]
type internal CavitySweeper =
    {
        /// One sweep in the fields g and G: moments into the last argument, whose test part is left alone unless the sweep is measured. Steps are adapted
        /// where it is not.
        Run: bool -> RandomStream -> float[] -> Matrix -> CavityMoments -> SweepRecord
        /// What the sweeps have learnt besides, for a state to go on from.
        Message: unit -> CavityMessage option
    }

[<RequireQualifiedAccess>]
module internal CavitySweep =

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

        let exact =
            0.5 / (inputs.ReadoutPrior * inputs.Width)
            * (s * s * CavityFields.dot g (CavityFields.times inputs.PriorKernel false g)
               - InPlace.frobenius curvature inputs.PriorKernel)

        UnitWeights.controlled prior weights x exact logZ0

    // One sweep in a field, and the amplitude of g anew; cumulants into their sums, where there are any.
    let private run
        (sampler: CavitySampler)
        (cumulants: CumulantSums option)
        measure
        (stream: RandomStream)
        (g: float[])
        (curvature: Matrix)
        (target: CavityMoments)
        : SweepRecord =
        let inputs, population = sampler.Inputs, sampler.Population
        let width, prior = inputs.Width, inputs.ReadoutPrior
        let field = UnitField(width, ReadOnlySpan g, curvature)
        population.Sweep(field, stream.Split 0L, not measure)
        let density = Array.zeroCreate<float> population.Units
        sampler.Ladder.Solve(population, Span density)
        let a = population.Quadratic.ToArray() |> Array.map (fun q -> q / prior)

        // b^2/(1+a).
        let strengths =
            Array.map2 (fun b a -> b * b / prior / (1.0 + a)) (population.Linear.ToArray()) a

        let bare = Array.map2 (fun a d -> -0.5 * log (1.0 + a) - d) a density

        let weigh s =
            Array.map2 (fun l x -> l + 0.5 * s * s * x) bare strengths
            |> UnitWeights.normalise

        let priorWeights, priorSum = density |> Array.map (~-) |> UnitWeights.normalise

        let kernelWeights weights =
            Array.map2 (fun w a -> w / (prior * (1.0 + a))) weights a

        // What the sample's prior average of (phi.g)^2 is off from the exact one, and how much of that is in g.Khat g.
        let squares = population.Linear.ToArray() |> Array.map (fun b -> width * b * b)

        let surplus =
            UnitWeights.coefficient (weigh 1.0 |> fst |> kernelWeights) priorWeights
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

        let s = UnitWeights.bisect excess 0.8 1.25
        let weights, logSum = weigh s
        let ofKernel = kernelWeights weights

        let ofSecond =
            Array.map3 (fun w a x -> w * (1.0 + s * s * x) / (prior * (1.0 + a))) weights a strengths

        let kernelControl, secondControl =
            UnitWeights.coefficient ofKernel priorWeights, UnitWeights.coefficient ofSecond priorWeights

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

        let units: UnitDensity =
            {
                Weights = weights
                Strengths = Array.map (fun x -> s * s * x) strengths
                Readouts = Array.map2 (fun b a -> s * b / (prior * (1.0 + a))) (population.Linear.ToArray()) a
            }

        SweepRecord.ofUnits s logPartition units population

    /// Sweeps in a Gaussian field; cumulants into their sums, where there are any.
    let sweeper cumulants (sampler: CavitySampler) : CavitySweeper =
        {
            Run = run sampler cumulants
            Message = fun () -> None
        }
