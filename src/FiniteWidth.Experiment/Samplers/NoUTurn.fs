namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// A stretch of a trajectory, as NUTS remembers it: its ends, the sum of its momenta, its weight, and one of its points.
[<Sealed; AllowNullLiteral>]
type internal Stretch(dimension: int) =

    member val MomentumSum: float[] = Array.zeroCreate dimension with get, set
    /// The momentum at the end that the stretch was built from.
    member val First: float[] = Array.zeroCreate dimension with get, set
    /// The momentum at the end that it grows at.
    member val Last: float[] = Array.zeroCreate dimension with get, set
    /// The logarithm of the sum of e^(H0 - H) over its points.
    member val LogWeight = 0.0 with get, set
    member val Position: float[] = Array.zeroCreate dimension with get, set
    member val Gradient: float[] = Array.zeroCreate dimension with get, set
    member val LogLikelihood = 0.0 with get, set
    member val Energy = 0.0 with get, set

    /// The stretch of a single point.
    member this.SetPoint (point: PhasePoint) energy logWeight =
        Array.blit point.Momentum 0 this.MomentumSum 0 dimension
        Array.blit point.Momentum 0 this.First 0 dimension
        Array.blit point.Momentum 0 this.Last 0 dimension
        Array.blit point.Position 0 this.Position 0 dimension
        Array.blit point.Gradient 0 this.Gradient 0 dimension
        this.LogLikelihood <- point.LogLikelihood
        this.Energy <- energy
        this.LogWeight <- logWeight

    /// The same stretch, to grow at its other end.
    member this.Reverse() =
        let first = this.First
        this.First <- this.Last
        this.Last <- first

    /// Takes over another stretch's point; that stretch is not used again.
    member this.TakePoint(other: Stretch) =
        let position, gradient = this.Position, this.Gradient
        this.Position <- other.Position
        this.Gradient <- other.Gradient
        other.Position <- position
        other.Gradient <- gradient
        this.LogLikelihood <- other.LogLikelihood
        this.Energy <- other.Energy

/// The uniform numbers of one transition, as many as it turns out to need.
[<Sealed>]
type internal UniformSequence() =

    let block: float[] = Array.zeroCreate 32
    let mutable source = Unchecked.defaultof<RandomStream>
    let mutable used = 0L

    member _.Restart stream =
        source <- stream
        used <- 0L

    member _.Next() =
        let place = int (used % int64 block.Length)

        if place = 0 then
            (source.Split(used / int64 block.Length)).Uniform(Span block)

        used <- used + 1L
        block[place]

/// NUTS: a trajectory doubled, forwards or backwards in time at random, until it turns back; multinomial choice of the point
/// within a doubling, biased towards the new half between doublings (Betancourt 2017, appendix A; the checks across the halves
/// are those of Stan 2.21).
[<Sealed>]
type internal NoUTurn(motion: Motion, dimension: int, maximalDepth: int) =

    // At level d the second half, of 2^d points, is built here while the first waits one level up. Made when first needed.
    let levels: Stretch[] = Array.zeroCreate maximalDepth
    let tree = Stretch dimension
    let mutable growing = PhasePoint dimension
    let mutable resting = PhasePoint dimension
    let uniforms = UniformSequence()

    let mutable initialEnergy = 0.0
    let mutable acceptanceSum = 0.0
    let mutable steps = 0
    let mutable divergent = false

    let level d =
        if isNull levels[d] then
            levels[d] <- Stretch dimension

        levels[d]

    let logAdd (a: float) (b: float) =
        if a < b then
            b + Double.LogP1(exp (a - b))
        else
            a + Double.LogP1(exp (b - a))

    let dot (a: float[]) (b: float[]) =
        VectorArithmetic.Dot(ReadOnlySpan a, ReadOnlySpan b)

    /// Whether a stretch of momentum sum `sum` (+ `more`) still moves apart at an end of momentum `ending`.
    let movesApart (sum: float[]) (more: float[]) (ending: float[]) = dot sum ending + dot more ending > 0.0

    /// Appends `next`, which grew from the last end of `stretch`; false where the whole turns back. `chance` gives the probability
    /// of taking the new half's point.
    let append (chance: float -> float -> float) (stretch: Stretch) (next: Stretch) =
        let whole = logAdd stretch.LogWeight next.LogWeight

        if uniforms.Next() < chance next.LogWeight whole then
            stretch.TakePoint next

        let apart =
            movesApart stretch.MomentumSum next.MomentumSum stretch.First
            && movesApart stretch.MomentumSum next.MomentumSum next.Last
            && movesApart stretch.MomentumSum next.First stretch.First
            && movesApart stretch.MomentumSum next.First next.First
            && movesApart next.MomentumSum stretch.Last stretch.Last
            && movesApart next.MomentumSum stretch.Last next.Last

        VectorArithmetic.AddScaled(ReadOnlySpan next.MomentumSum, 1.0, Span stretch.MomentumSum)
        let last = stretch.Last
        stretch.Last <- next.Last
        next.Last <- last
        stretch.LogWeight <- whole
        apart

    let multinomial next whole : float = exp (next - whole)

    /// Builds 2^depth more points from the growing end into `stretch`; false where that end diverges or a part turns back.
    let rec build step depth (stretch: Stretch) =
        if depth = 0 then
            let finite = motion.Advance step growing
            let energy = if finite then growing.Energy else infinity
            let logWeight = initialEnergy - energy
            steps <- steps + 1
            acceptanceSum <- acceptanceSum + exp (min 0.0 logWeight)
            divergent <- not (-logWeight <= Transition.divergence)
            stretch.SetPoint growing energy logWeight
            not divergent
        else
            let next = level (depth - 1)

            build step (depth - 1) stretch
            && build step (depth - 1) next
            && append multinomial stretch next

    let flip () =
        let point = growing
        growing <- resting
        resting <- point
        tree.Reverse()

    member _.Step (stream: RandomStream) (state: ChainState) =
        growing.Start state.Position state.Gradient state.LogLikelihood
        stream.Normal(Span growing.Momentum)
        resting.CopyFrom growing
        uniforms.Restart stream
        initialEnergy <- growing.Energy
        acceptanceSum <- 0.0
        steps <- 0
        divergent <- false
        tree.SetPoint growing initialEnergy 0.0

        // The direction that the growing end moves in.
        let rec grow direction depth =
            if depth = maximalDepth then
                true
            else
                let chosen = if uniforms.Next() < 0.5 then -1.0 else 1.0

                if chosen <> direction then
                    flip ()

                let next = level depth
                let old = tree.LogWeight

                if
                    build (chosen * state.Step) depth next
                    && append (fun weight _ -> exp (weight - old)) tree next
                then
                    grow chosen (depth + 1)
                else
                    false

        let truncated = grow 1.0 0
        Transition.moveTo tree.Position tree.Gradient tree.LogLikelihood state

        {
            Acceptance = acceptanceSum / float steps
            Divergent = divergent
            Truncated = truncated
            Energy = tree.Energy
            Evaluations = steps
        }
