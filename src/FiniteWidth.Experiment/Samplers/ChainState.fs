namespace FiniteWidth.Experiment

open System

/// What has been counted over the draws of a chain, warm-up left out.
[<Sealed>]
type Tally
    /// Counts of nothing yet.
    () =

    /// Transitions.
    member val Count = 0L with get, set
    /// The sum of the acceptance probabilities.
    member val AcceptanceSum = 0.0 with get, set
    /// Transitions that met a log likelihood that is not finite, or an energy error beyond 1000.
    member val Divergences = 0L with get, set
    /// Evaluations of the target.
    member val Evaluations = 0L with get, set
    /// Trajectories that NUTS had to end at its maximal depth.
    member val Truncated = 0L with get, set

    member val internal EnergyCount = 0L with get, set
    member val internal EnergyMean = 0.0 with get, set
    member val internal EnergySquares = 0.0 with get, set
    member val internal EnergyJumps = 0.0 with get, set
    member val internal LastEnergy = 0.0 with get, set

    /// The mean acceptance probability.
    member this.Acceptance = this.AcceptanceSum / float this.Count

    /// E-BFMI, the mean squared change of the energy over its variance: below 0.3 the momenta cannot carry the chain through the
    /// posterior's energies. None for samplers without momenta.
    member this.EnergyInformation =
        if this.EnergyCount < 2L then
            None
        else
            Some(this.EnergyJumps / this.EnergySquares)

    member internal this.AddEnergy(energy: float) =
        if this.EnergyCount > 0L then
            let jump = energy - this.LastEnergy
            this.EnergyJumps <- this.EnergyJumps + jump * jump

        this.LastEnergy <- energy
        this.EnergyCount <- this.EnergyCount + 1L
        let away = energy - this.EnergyMean
        this.EnergyMean <- this.EnergyMean + away / float this.EnergyCount
        this.EnergySquares <- this.EnergySquares + away * (energy - this.EnergyMean)

/// Everything that the future of a chain depends on, besides its sampler and its target: numbers alone. Stored and read back
/// (`ChainFormat`) it goes on bit for bit.
[<Sealed>]
type ChainState internal (seed: uint64, chain: int64, warmUp: int, dimension: int, scales: int) =

    let perScale value = Array.create scales value

    /// The seed of the run.
    member _.Seed = seed
    /// The number of this chain in the run: with the seed and the iteration it gives the random numbers of a step.
    member _.Chain = chain
    /// How many iterations adapt; those after them are draws.
    member _.WarmUp = warmUp
    /// How many iterations have been made.
    member val Iteration = 0L with get, set
    /// Where the chain is, in whitened coordinates.
    member val Position: float[] = Array.zeroCreate dimension
    /// The gradient of the log likelihood there.
    member val Gradient: float[] = Array.zeroCreate dimension
    /// The log likelihood there.
    member val LogLikelihood = 0.0 with get, set
    /// The step in use.
    member val Step = 0.0 with get, set
    /// The scales of a metric, one for each coordinate, or for each group of a flow; empty for the identity.
    member val Scale: float[] = perScale 1.0
    /// What has been counted since the warm-up ended.
    member val Tally = Tally() with get, set

    member val internal StepAdaptation = StepAdaptation()
    // Welford's moments of the open window; curvatures have a mean alone.
    member val internal WindowCount = 0L with get, set
    member val internal WindowMean: float[] = perScale 0.0
    member val internal WindowSquares: float[] = perScale 0.0

    /// The chain still adapts.
    member this.IsWarmingUp = this.Iteration < int64 warmUp
