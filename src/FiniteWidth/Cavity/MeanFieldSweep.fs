namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// Units at the nodes of the readout u ~ N(0, 1), with the weights that take them to
/// p(w) ~ p0(w) exp(B^2/2), B = gamma Delta.phi.
[<NoComparison; NoEquality>]
type internal MeanFieldSampler =
    {
        Inputs: CavityInputs
        Scaling: MeanFieldScaling
        Population: UnitPopulation
        Ladder: LadderWeights
        /// E[phi0 phi^T] of the prior at the test points.
        TestPrior: Matrix
    }

    /// The largest node of the readout.
    member this.Largest =
        let nodes = this.Population.Nodes
        nodes[nodes.Length - 1]

[<RequireQualifiedAccess>]
module internal MeanFieldSweep =

    // What is left out of E[B^2] where the readouts of units are said to reach so far.
    let private beyond = 1e-3

    /// The |B| that units beyond carry no more than a thousandth of E[B^2] with.
    let private reach (weights: float[]) (squares: float[]) =
        let parts = Array.map2 (*) weights squares

        let order =
            [| 0 .. parts.Length - 1 |] |> Array.sortByDescending (fun i -> squares[i])

        let most = beyond * Array.sum parts

        let passed =
            order
            |> Array.scan (fun sum i -> sum + parts[i]) 0.0
            |> Array.tail
            |> Array.tryFindIndex (fun sum -> sum > most)

        match passed with
        | Some k -> sqrt squares[order[k]]
        | None -> 0.0

    /// One sweep in the field of Delta, whose amplitude is found anew: first moments into `target`, whose test part is left alone unless
    /// asked for. How far readouts reach stands beside the record.
    let run
        measure
        (stream: RandomStream)
        adapt
        (delta: float[])
        (target: CavityMoments)
        (sampler: MeanFieldSampler)
        : SweepRecord * float =
        let inputs, population = sampler.Inputs, sampler.Population
        let gamma = sampler.Scaling.Gamma
        let field = UnitField(ReadOnlySpan(delta |> Array.map (fun x -> gamma * x)))
        population.Sweep(field, stream.Split 0L, adapt)
        let density = Array.zeroCreate<float> population.Units
        sampler.Ladder.Solve(population, Span density)
        let squares = population.Linear.ToArray() |> Array.map (fun b -> b * b)

        let weigh s =
            Array.map2 (fun d x -> 0.5 * s * s * x - d) density squares
            |> UnitWeights.normalise

        let priorWeights, priorSum = density |> Array.map (~-) |> UnitWeights.normalise

        // E[B^2] of the prior, exactly.
        let exact =
            gamma
            * gamma
            * CavityFields.dot delta (CavityFields.times inputs.PriorKernel false delta)

        // What the sample's prior average of B^2 is off from the exact one, and how much of that is in E[B^2].
        let off = CavityFields.dot priorWeights squares - exact

        let surplus weights =
            UnitWeights.coefficient weights priorWeights * off

        // Delta.y = |Delta|^2/beta + E[(Delta.phi)^2], for s Delta with its own weights; each term times gamma^2.
        let data = gamma * gamma * CavityFields.dot delta inputs.Targets
        let ridge = gamma * gamma * CavityFields.dot delta delta / sampler.Scaling.Beta

        let excess s =
            let weights, _ = weigh s
            s * (ridge + CavityFields.dot weights squares - surplus weights) - data

        let s = UnitWeights.bisect excess 0.8 1.25
        let weights, logSum = weigh s
        let control = UnitWeights.coefficient weights priorWeights

        let controlled = Array.map2 (fun w w0 -> w - control * w0) weights priorWeights

        population.Moments(ReadOnlySpan controlled, target.Kernel)
        InPlace.add control inputs.PriorKernel target.Kernel

        if measure then
            population.TestMoments(stream.Split 1L, target.TestKernel)
            InPlace.add control sampler.TestPrior target.TestKernel

        let scaled = squares |> Array.map (fun x -> s * s * x)

        let logPartition =
            UnitWeights.controlled
                priorWeights
                weights
                (scaled |> Array.map (fun x -> 0.5 * x))
                (0.5 * s * s * exact)
                (logSum - priorSum)

        for i in 0 .. delta.Length - 1 do
            target.Linear[i] <- s * delta[i]

        target.LogPartition.Value <- logPartition

        let units: UnitDensity =
            {
                Weights = weights
                Strengths = scaled
                Readouts = population.Linear.ToArray() |> Array.map (fun b -> s * b)
            }

        SweepRecord.ofUnits s logPartition units population, reach weights scaled
