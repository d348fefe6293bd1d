namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// One chain that went from a draw of the prior up to the posterior, stayed there, and came down again.
[<NoComparison>]
type internal AnnealedPass =
    {
        /// The log likelihood l at each power on the way up, and on the way down (that at the prior is not met again).
        Up: float[]
        Down: float[]
        /// The mean acceptance probability at each power.
        Acceptance: float[]
        /// The steps at each power: those of the path, unless they were adapted.
        Steps: float[]
    }

[<RequireQualifiedAccess>]
module internal AnnealedPass =

    let private path =
        {
            PathLength = Math.PI / 2.0
            Jitter = 0.5
            MaximalSteps = 1000
        }

    // How long a chain stays at the posterior before it comes down: a share of the rungs, and at least so many trajectories.
    let private stay, private shortestStay = 0.25, 20.0

    /// The log weight of the way up, sum_k (beta_(k+1) - beta_k) l(x_k): the mean of its exponential is the evidence.
    let upward (powers: float[]) pass =
        Seq.init (powers.Length - 1) (fun k -> (powers[k + 1] - powers[k]) * pass.Up[k])
        |> Seq.sum

    /// The same of the way down, sum_k (beta_(k+1) - beta_k) l(x_(k+1)): the mean of exp(-that) is 1/evidence.
    let downward (powers: float[]) pass =
        Seq.init (powers.Length - 1) (fun k -> (powers[k + 1] - powers[k]) * pass.Down[k + 1])
        |> Seq.sum

    /// Runs a pass of a flow over so many coordinates with so many trajectories a rung. Steps that adapt make its weights worthless, and tell good
    /// steps. None where it was told to stop.
    let run
        (flow: MarginalFlow)
        dimension
        (along: AnnealingPath)
        perRung
        isAdapting
        (isStopped: unit -> bool)
        (stream: RandomStream)
        =
        let mutable power = 0.0

        let weighted: Flow =
            {
                LogLikelihood = fun position -> power * flow.LogLikelihood position
                Move = flow.Move
                Force = flow.Force
                Rescale = flow.Rescale
                Jump = ValueNone
            }

        let trajectory (state: ChainState) (random: RandomStream) =
            let length = path.PathLength * (1.0 + path.Jitter * (2.0 * random.Uniform() - 1.0))
            int (Math.Clamp(Math.Round(length / state.Step), 1.0, float path.MaximalSteps))

        let transition =
            Transition.metropolis (Transition.byFlow weighted) dimension trajectory

        let state = ChainState(0UL, 0L, 0, dimension, 0)
        let rungs = along.Rungs
        let up, down = Array.create (rungs + 1) nan, Array.create (rungs + 1) nan

        let acceptance, moves =
            Array.zeroCreate<float>(rungs + 1), Array.zeroCreate<float>(rungs + 1)

        let steps = Array.copy along.Steps
        // l at the present position.
        let mutable current = 0.0
        let mutable count = 0L

        let move k =
            power <- along.Powers[k]
            flow.Weigh power
            state.LogLikelihood <- power * current

            for _ in 1..perRung do
                state.Step <- steps[k]
                let outcome = transition (stream.Split count) state
                count <- count + 1L
                acceptance[k] <- acceptance[k] + outcome.Acceptance
                moves[k] <- moves[k] + 1.0

                if isAdapting then
                    steps[k] <- AnnealingPath.nextStep steps[k] outcome.Acceptance

            current <- state.LogLikelihood / power

        (stream.Split -1L).Normal(Span state.Position)
        current <- flow.LogLikelihood state.Position
        up[0] <- current

        let rec follow visit ks =
            match ks with
            | [] -> true
            | _ when isStopped () -> false
            | k :: rest ->
                move k
                visit k
                follow visit rest

        let climb k =
            up[k] <- current
            // The next rung begins with what this one has learnt.
            if isAdapting && k < rungs then
                steps[k + 1] <- steps[k]

        let staying = List.replicate (int (max shortestStay (stay * float rungs))) rungs

        if
            follow climb [ 1..rungs ]
            && follow ignore staying
            && (down[rungs] <- current
                follow (fun k -> down[k] <- current) [ rungs - 1 .. -1 .. 1 ])
        then
            Some
                {
                    Up = up
                    Down = down
                    Acceptance =
                        Array.map2 (fun sum n -> if n > 0.0 then sum / n else AnnealingPath.acceptance) acceptance moves
                    Steps = steps
                }
        else
            None
