namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// A state with the work space that moves it on: its own target, and buffers. One thread at a time may use it; a step takes at most
/// `threads` besides what the target takes.
[<Sealed>]
type Chain internal (sampler: Sampler, target: Target, state: ChainState, threads: int) =

    static let firstSteps = 30
    // Of the time of trajectories what jumps may take after the warm-up; in it, where chains find their level, as much as those.
    static let jumpShare = 0.3

    let stream = RandomStream.FromSeed(state.Seed).Split(state.Chain)
    let wanted = Sampler.stepSize sampler
    let longest = Sampler.longestStep sampler
    let dimension = target.Dimension
    let mutable follow: Follow option = None
    let mutable scales = ScaleAdaptation.none
    // What moves the chain must know that the state's scales have changed.
    let mutable rescaled: unit -> unit = ignore

    let move integrator =
        let made = Motion(target, integrator, state.Scale)
        follow <- Some(Transition.byMotion made)
        rescaled <- made.Forget

        if state.Scale.Length > 0 then
            scales <- ScaleAdaptation.ofVariances state

        made

    let followed (flow: Flow) (source: FlowSource) =
        let made = Transition.byFlow flow
        follow <- Some made

        if state.Scale.Length > 0 then
            rescaled <- fun () -> flow.Rescale(source.Groups |> Array.map (fun group -> state.Scale[group]))
            scales <- ScaleAdaptation.ofCurvatures source.Groups flow.Force state
            rescaled ()

        made

    // Before the first scales are known a trajectory may need thousands of steps, and a chain that comes from afar needs none of them.
    let mostSteps path (state: ChainState) =
        match scales.Windows with
        | (_, closes) :: _ when state.IsWarmingUp && state.Iteration < int64 closes -> min firstSteps path.MaximalSteps
        | _ -> path.MaximalSteps

    let lengths path (state: ChainState) (stream: RandomStream) =
        let length = path.PathLength * (1.0 + path.Jitter * (2.0 * stream.Uniform() - 1.0))
        int (Math.Clamp(Math.Round(length / state.Step), 1.0, float (mostSteps path state)))

    let rec transition sampler : Transition =
        match sampler with
        | Sampler.Langevin steps -> Transition.langevin threads steps target
        | Sampler.Mala dynamics ->
            Transition.metropolis (Transition.byMotion (move dynamics.Integrator)) dimension (fun _ _ -> 1)
        | Sampler.Hmc(dynamics, path) ->
            Transition.metropolis (Transition.byMotion (move dynamics.Integrator)) dimension (lengths path)
        | Sampler.Guided(source, _, path) ->
            let flow = source.Create()

            Transition.metropolis (followed flow source) dimension (lengths path)
            |> Transition.jumping flow (fun state ->
                (if state.IsWarmingUp then 1.0 else jumpShare) * path.PathLength / state.Step)
        | Sampler.Nuts(dynamics, depth) -> NoUTurn(move dynamics.Integrator, dimension, depth).Step
        | Sampler.CrankNicolson _ -> Transition.crankNicolson target
        | Sampler.Gibbs(draw, inner) -> Transition.gibbs (draw ()) target (transition inner)

    let step = transition sampler

    // The acceptance probability of one step of this length from here, averaged over nothing: a guide to the order of magnitude.
    let trial =
        let point = PhasePoint dimension

        fun (momentum: RandomStream) size ->
            match follow with
            | Some follow ->
                point.Start state.Position state.Gradient state.LogLikelihood
                momentum.Normal(Span point.Momentum)
                let before = point.Energy
                let after = if follow size 1 point > 0 then point.Energy else infinity
                before - after
            | None -> 0.0

    /// Doubles or halves the step until the acceptance of one step crosses 0.8.
    let findStep (stream: RandomStream) =
        let threshold = log 0.8

        if follow.IsSome then
            let start = min state.Step longest
            let larger = trial (stream.Split 0L) start > threshold

            let rec search k size =
                let next = if larger then 2.0 * size else 0.5 * size

                if next > longest || next < 1e-12 then
                    size
                elif (trial (stream.Split k) next > threshold) <> larger then
                    (if larger then size else next)
                else
                    search (k + 1L) next

            state.Step <- search 1L start

        state.StepAdaptation.Restart state.Step

    let adopt () =
        scales.Adopt()
        rescaled ()
        state.WindowCount <- 0L
        Array.Clear state.WindowMean
        Array.Clear state.WindowSquares

    let adapt (stream: RandomStream) (outcome: Outcome) =
        let made = int state.Iteration

        match wanted with
        | StepSize.Adapted acceptance ->
            state.Step <- state.StepAdaptation.Next(acceptance, outcome.Acceptance, longest)
        | StepSize.Fixed _ -> ()

        for opens, closes in scales.Windows do
            if made > opens && made <= closes then
                scales.Observe()

            if made = closes then
                adopt ()

                if wanted.IsAdapted then
                    state.Step <- exp state.StepAdaptation.LogMean
                    findStep stream

        if made = state.WarmUp && wanted.IsAdapted then
            state.Step <- exp state.StepAdaptation.LogMean

    let tally (outcome: Outcome) =
        let tally = state.Tally
        tally.Count <- tally.Count + 1L
        tally.AcceptanceSum <- tally.AcceptanceSum + outcome.Acceptance
        tally.Evaluations <- tally.Evaluations + int64 outcome.Evaluations

        if outcome.Divergent then
            tally.Divergences <- tally.Divergences + 1L

        if outcome.Truncated then
            tally.Truncated <- tally.Truncated + 1L

        if not (Double.IsNaN outcome.Energy) then
            tally.AddEnergy outcome.Energy

    member internal _.Sampler = sampler

    internal new(sampler, target, state) = Chain(sampler, target, state, 1)

    /// The state, which every step changes in place.
    member _.State = state

    /// What the chain samples.
    member _.Target = target

    /// Where the chain is, in whitened coordinates; the array changes with every step.
    member _.Position = state.Position

    /// Random numbers that belong to the chain's present draw, and to nothing else.
    member _.DrawStream = (stream.Split state.Iteration).Split -2L

    /// Makes one transition; while the warm-up lasts, adapts after it.
    member _.Step() =
        let random = stream.Split state.Iteration
        let adaptation = random.Split -1L

        if state.Iteration = 0L && wanted.IsAdapted && state.WarmUp > 0 then
            findStep (adaptation.Split -1L)

        let warming = state.IsWarmingUp
        let outcome = step random state
        state.Iteration <- state.Iteration + 1L

        if warming then adapt adaptation outcome else tally outcome

    /// Makes transitions.
    member this.Advance count =
        for _ in 1..count do
            this.Step()

/// A chain of a sampler, step by step.
[<RequireQualifiedAccess>]
module Chain =

    let private bad what = Error(BadData what)

    let private checkWarmUp warmUp sampler =
        if warmUp < 0 then
            bad $"The warm-up has {warmUp} iterations: it has 0 or more."
        elif warmUp = 0 && (Sampler.stepSize sampler).IsAdapted then
            bad
                "The sampler adapts its step in a warm-up, but the warm-up has no iterations: give it some, or a fixed step."
        elif warmUp < 20 && Sampler.metric sampler = Metric.Diagonal then
            bad $"A diagonal metric is estimated in the warm-up, which has {warmUp} iterations: it needs at least 20."
        else
            Ok()

    /// A chain from a position in whitened coordinates, which is copied.
    let startAt (position: float[]) sampler (target: Target) seed chain warmUp =
        result {
            do! Sampler.check target.Dimension sampler
            do! checkWarmUp warmUp sampler

            if position.Length <> target.Dimension then
                return!
                    bad
                        $"The starting position has {position.Length} coordinates and the target {target.Dimension}: they must have the same."
            else
                let state =
                    ChainState(seed, chain, warmUp, target.Dimension, Sampler.scales target.Dimension sampler)

                Array.blit position 0 state.Position 0 position.Length
                state.LogLikelihood <- target.LogLikelihood state.Position state.Gradient

                state.Step <-
                    match Sampler.stepSize sampler with
                    | StepSize.Fixed size -> size
                    | StepSize.Adapted _ -> min 0.5 (Sampler.longestStep sampler)

                state.StepAdaptation.Restart state.Step

                if
                    Double.IsFinite state.LogLikelihood
                    && Array.forall Double.IsFinite state.Position
                then
                    return Chain(sampler, target, state)
                else
                    return!
                        bad
                            $"Chain {chain} cannot start where it should: the log likelihood there is {state.LogLikelihood}, and it must be finite."
        }

    /// A chain from a draw of the prior, wide enough to tell by R-hat whether chains have found the same posterior.
    let start sampler (target: Target) (seed: uint64) (chain: int64) warmUp =
        let position: float[] = Array.zeroCreate target.Dimension
        (RandomStream.FromSeed(seed).Split(chain).Split(-1L)).Normal(Span position)
        startAt position sampler target seed chain warmUp

    /// The chain that a stored state was taken from, where sampler and target are those it was made with.
    let resume sampler (target: Target) (state: ChainState) =
        result {
            do! Sampler.check target.Dimension sampler

            if state.Position.Length <> target.Dimension then
                return!
                    bad
                        $"The stored chain has {state.Position.Length} coordinates and the target {target.Dimension}: they must have the same."
            elif state.Scale.Length <> Sampler.scales target.Dimension sampler then
                return!
                    bad
                        "The stored chain and the sampler have different metrics: resume with the sampler it was made with."
            else
                return Chain(sampler, target, state)
        }

    /// The same chain, whose steps may take more threads; what they do does not depend on it.
    let onThreads threads (chain: Chain) =
        Chain(chain.Sampler, chain.Target, chain.State, max 1 threads)
