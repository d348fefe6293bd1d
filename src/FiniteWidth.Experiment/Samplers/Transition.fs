namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// What one transition tells besides the new state.
[<Struct>]
type internal Outcome =
    {
        /// The acceptance probability, or its mean along the trajectory.
        Acceptance: float
        Divergent: bool
        /// The trajectory was ended at its maximal depth.
        Truncated: bool
        /// The energy of the new state with the momentum it came with; NaN without momenta.
        Energy: float
        Evaluations: int
    }

/// Moves a state in place to the next one, by the random numbers of a stream; of the state only position, gradient and log
/// likelihood change.
type internal Transition = RandomStream -> ChainState -> Outcome

/// Moves a point through a number of steps of a length, and returns how often the target or its force was evaluated: less than 0 where
/// the likelihood was not finite and the point is of no use.
type internal Follow = float -> int -> PhasePoint -> int

[<RequireQualifiedAccess>]
module internal Transition =

    /// An energy error beyond this means that the integrator has left the energy surface.
    let divergence = 1000.0

    let moveTo (position: float[]) (gradient: float[]) logLikelihood (state: ChainState) =
        Array.blit position 0 state.Position 0 position.Length
        Array.blit gradient 0 state.Gradient 0 gradient.Length
        state.LogLikelihood <- logLikelihood

    let langevin threads (steps: float[]) (target: Target) : Transition =
        let position: float[] = Array.zeroCreate target.Dimension
        let gradient: float[] = Array.zeroCreate target.Dimension
        let diffusion = Diffusion(ReadOnlySpan steps, threads)

        fun stream state ->
            diffusion.Step(stream, state.Position, state.Gradient, position)
            let logLikelihood = target.LogLikelihood position gradient
            let finite = Double.IsFinite logLikelihood

            if finite then
                moveTo position gradient logLikelihood state

            {
                Acceptance = (if finite then 1.0 else 0.0)
                Divergent = not finite
                Truncated = false
                Energy = nan
                Evaluations = 1
            }

    let crankNicolson (target: Target) : Transition =
        let proposal: float[] = Array.zeroCreate target.Dimension
        let gradient: float[] = Array.zeroCreate target.Dimension

        fun stream state ->
            let struct (sine, cosine) = Math.SinCos state.Step
            stream.Normal(Span proposal)
            let from = state.Position

            for i in 0 .. proposal.Length - 1 do
                proposal[i] <- cosine * from[i] + sine * proposal[i]

            let logLikelihood = target.LogLikelihood proposal gradient
            let finite = Double.IsFinite logLikelihood

            let acceptance =
                if finite then
                    exp (min 0.0 (logLikelihood - state.LogLikelihood))
                else
                    0.0

            if stream.Uniform() < acceptance then
                moveTo proposal gradient logLikelihood state

            {
                Acceptance = acceptance
                Divergent = not finite
                Truncated = false
                Energy = nan
                Evaluations = 1
            }

    let byMotion (motion: Motion) : Follow =
        fun step count point ->
            let rec follow made =
                if made = count then made
                elif motion.Advance step point then follow (made + 1)
                else -(made + 1)

            follow 0

    /// The point keeps the gradient that it has: a flow has its own.
    let byFlow (flow: Flow) : Follow =
        fun step count point ->
            if flow.Move step count point.Position point.Momentum then
                point.LogLikelihood <- flow.LogLikelihood point.Position

                if Double.IsFinite point.LogLikelihood then
                    count + 1
                else
                    -(count + 1)
            else
                -count

    /// Trajectories of `steps state stream` steps each, with a Metropolis correction.
    let metropolis (follow: Follow) dimension (steps: ChainState -> RandomStream -> int) : Transition =
        let point = PhasePoint dimension

        fun stream state ->
            point.Start state.Position state.Gradient state.LogLikelihood
            stream.Normal(Span point.Momentum)
            let before = point.Energy
            let count = steps state stream
            let made = follow state.Step count point
            let after = if made < 0 then infinity else point.Energy
            let acceptance = exp (min 0.0 (before - after))
            let accepted = (stream.Split 0L).Uniform() < acceptance

            if accepted then
                moveTo point.Position point.Gradient point.LogLikelihood state

            {
                Acceptance = acceptance
                Divergent = not (after - before <= divergence)
                Truncated = false
                Energy = (if accepted then after else before)
                Evaluations = abs made
            }

    /// A transition, then a jump where the flow has any; the gradient of the state is then of no use, and not used.
    let jumping (flow: Flow) (steps: ChainState -> float) (inner: Transition) : Transition =
        match flow.Jump with
        | ValueNone -> inner
        | ValueSome jump ->
            fun stream state ->
                let outcome = inner (stream.Split 1L) state

                let struct (reached, evaluations) =
                    jump (stream.Split 2L) state.Step (steps state) state.Position

                match reached with
                | ValueSome logLikelihood -> state.LogLikelihood <- logLikelihood
                | ValueNone -> ()

                { outcome with
                    Evaluations = outcome.Evaluations + evaluations
                }

    /// An exact conditional draw, then a transition of another sampler. A draw to where the likelihood is not finite is undone.
    let gibbs (draw: ConditionalDraw) (target: Target) (inner: Transition) : Transition =
        let position: float[] = Array.zeroCreate target.Dimension
        let gradient: float[] = Array.zeroCreate target.Dimension

        fun stream state ->
            Array.blit state.Position 0 position 0 position.Length
            draw (stream.Split 1L) position
            let logLikelihood = target.LogLikelihood position gradient
            let finite = Double.IsFinite logLikelihood

            if finite then
                moveTo position gradient logLikelihood state

            let outcome = inner (stream.Split 2L) state

            { outcome with
                Divergent = outcome.Divergent || not finite
                Evaluations = outcome.Evaluations + 1
            }
