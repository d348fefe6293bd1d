namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// How a Hamiltonian trajectory is cut into steps; both are reversible, keep volume, and have an energy error of second order.
[<RequireQualifiedAccess>]
type Integrator =
    /// Half a kick by the whole force, a drift, half a kick (Störmer and Verlet).
    | Leapfrog
    /// Half a kick by the log likelihood alone, the exact motion under the prior (each coordinate turns in its phase plane), half
    /// a kick: coordinates that the data do not determine cost no acceptance, however many there are (Beskos et al. 2011).
    | PriorRotation

/// What the momenta's covariance is.
[<RequireQualifiedAccess>]
type Metric =
    /// That of the prior, the identity.
    | Identity
    /// The inverse of each coordinate's posterior variance, estimated in the warm-up.
    | Diagonal

/// How long one step of an integrator, or one angle of a proposal, is.
[<RequireQualifiedAccess>]
type StepSize =
    /// This long throughout.
    | Fixed of float
    /// Adapted in the warm-up until the mean acceptance probability is this, then fixed (dual averaging).
    | Adapted of acceptance: float

/// What moves a chain by gradients.
type Dynamics =
    {
        /// How a step is made.
        Integrator: Integrator
        /// The scale of each coordinate.
        Metric: Metric
        /// The step size, fixed or adapted.
        Step: StepSize
    }

/// How long the trajectories of HMC are.
type Trajectory =
    {
        /// The mean length in time; pi/2 carries a Gaussian of unit variance to an independent point.
        PathLength: float
        /// Lengths are uniform in PathLength (1 +- Jitter), so that no coordinate's period can resonate; between 0 and 1.
        Jitter: float
        /// No trajectory has more steps.
        MaximalSteps: int
    }

/// Overwrites some coordinates of a position with a draw from their exact conditional distribution given the others.
type ConditionalDraw = RandomStream -> float[] -> unit

/// How to move from one point of a posterior to the next.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Sampler =
    /// Discrete Langevin dynamics without correction, x_i <- x_i + e_i (dl/dx_i - x_i) + sqrt(2 e_i) xi_i: biased at order e. Steps
    /// e_i, one a coordinate: eta T lambda_l for the weights of layer l when the papers' step is eta (theory section 11).
    | Langevin of steps: float[]
    /// One step of an integrator, with a Metropolis correction: Langevin dynamics without bias.
    | Mala of Dynamics
    /// Hamiltonian trajectories of random length with a Metropolis correction.
    | Hmc of Dynamics * Trajectory
    /// HMC whose trajectories follow a flow instead of the target's own gradient, and whose Metropolis correction has the exact log
    /// likelihood: the target is the flow's.
    | Guided of flow: FlowSource * step: StepSize * Trajectory
    /// Trajectories that stop where they turn back, one of their points chosen by its weight (multinomial NUTS: Hoffman and Gelman
    /// 2014, Betancourt 2017), with at most 2^maximalDepth - 1 steps.
    | Nuts of Dynamics * maximalDepth: int
    /// Proposals x cos t + xi sin t of an angle t <= pi/2, which leave the prior as it is, accepted by the likelihood alone: no
    /// gradient is used (preconditioned Crank-Nicolson: Cotter et al. 2013, with beta = sin t).
    | CrankNicolson of angle: StepSize
    /// An exact conditional draw, then a step of another sampler. `draw` makes one with work space of its own for each chain.
    | Gibbs of draw: (unit -> ConditionalDraw) * Sampler

    /// The sampler and its settings in one line: what a checkpoint remembers.
    override this.ToString() =
        let show dynamics =
            $"{dynamics.Integrator}, {dynamics.Metric} metric, {dynamics.Step} step"

        match this with
        | Langevin steps when steps.Length > 0 ->
            $"Langevin, {steps.Length} steps from {Array.min steps:R} to {Array.max steps:R}, sum {Array.sum steps:R}"
        | Langevin _ -> "Langevin, no steps"
        | Mala dynamics -> $"MALA, {show dynamics}"
        | Hmc(dynamics, path) ->
            $"HMC, {show dynamics}, path {path.PathLength:R} +- {path.Jitter:R}, at most {path.MaximalSteps} steps"
        | Guided(flow, step, path) ->
            let metric = if flow.Groups.Length > 0 then " with curvatures" else ""
            $"HMC by a flow{metric}, {step} step, path {path.PathLength:R} +- {path.Jitter:R}, at most {path.MaximalSteps} steps"
        | Nuts(dynamics, depth) -> $"NUTS, {show dynamics}, depth {depth}"
        | CrankNicolson angle -> $"preconditioned Crank-Nicolson, {angle} angle"
        | Gibbs(_, inner) -> $"Gibbs with {inner}"

/// The samplers by name, and their settings.
[<RequireQualifiedAccess>]
module Sampler =

    let private prior acceptance =
        {
            Integrator = Integrator.PriorRotation
            Metric = Metric.Identity
            Step = StepSize.Adapted acceptance
        }

    /// Langevin steps e_i without correction.
    let langevin steps = Sampler.Langevin steps

    /// MALA at its optimal acceptance 0.574, its proposal one that leaves the prior as it is (infinity-MALA).
    let mala = Sampler.Mala(prior 0.574)

    /// HMC at acceptance 0.8 with trajectories of pi/2 +- half, under the exact motion of the prior.
    let hmc =
        Sampler.Hmc(
            prior 0.8,
            {
                PathLength = Math.PI / 2.0
                Jitter = 0.5
                MaximalSteps = 1000
            }
        )

    /// NUTS at acceptance 0.8 and depth 10, under the exact motion of the prior.
    let nuts = Sampler.Nuts(prior 0.8, 10)

    /// Preconditioned Crank-Nicolson at acceptance 0.25.
    let crankNicolson = Sampler.CrankNicolson(StepSize.Adapted 0.25)

    /// Exact conditional draws alternating with another sampler; `draw` is called once for each chain.
    let gibbs draw sampler = Sampler.Gibbs(draw, sampler)

    let rec private changeDynamics what change sampler =
        match sampler with
        | Sampler.Mala dynamics -> Sampler.Mala(change dynamics)
        | Sampler.Hmc(dynamics, path) -> Sampler.Hmc(change dynamics, path)
        | Sampler.Nuts(dynamics, depth) -> Sampler.Nuts(change dynamics, depth)
        | Sampler.Gibbs(draw, inner) -> Sampler.Gibbs(draw, changeDynamics what change inner)
        | Sampler.Langevin _
        | Sampler.Guided _
        | Sampler.CrankNicolson _ ->
            raise (FailureException(Unsupported $"{sampler} has no {what}: MALA, HMC and NUTS have one."))

    /// The same sampler with another integrator.
    let withIntegrator integrator sampler =
        changeDynamics "integrator" (fun d -> { d with Integrator = integrator }) sampler

    /// The same sampler with another metric.
    let withMetric metric sampler =
        changeDynamics "metric" (fun d -> { d with Metric = metric }) sampler

    /// The same sampler with another step.
    let rec withStep step sampler =
        match sampler with
        | Sampler.CrankNicolson _ -> Sampler.CrankNicolson step
        | Sampler.Guided(flow, _, path) -> Sampler.Guided(flow, step, path)
        | Sampler.Gibbs(draw, inner) -> Sampler.Gibbs(draw, withStep step inner)
        | _ -> changeDynamics "step to set" (fun d -> { d with Step = step }) sampler

    let rec private dynamics sampler =
        match sampler with
        | Sampler.Mala dynamics
        | Sampler.Hmc(dynamics, _)
        | Sampler.Nuts(dynamics, _) -> Some dynamics
        | Sampler.Gibbs(_, inner) -> dynamics inner
        | Sampler.Langevin _
        | Sampler.Guided _
        | Sampler.CrankNicolson _ -> None

    let internal metric sampler =
        match dynamics sampler with
        | Some dynamics -> dynamics.Metric
        | None -> Metric.Identity

    /// How many scales the warm-up adapts for a target of this dimension.
    let rec internal scales dimension sampler =
        match sampler with
        | Sampler.Guided(flow, _, _) when flow.Groups.Length > 0 -> 1 + Array.max flow.Groups
        | Sampler.Gibbs(_, inner) -> scales dimension inner
        | _ when metric sampler = Metric.Diagonal -> dimension
        | _ -> 0

    let rec internal stepSize sampler =
        match sampler with
        | Sampler.Mala dynamics
        | Sampler.Hmc(dynamics, _)
        | Sampler.Nuts(dynamics, _) -> dynamics.Step
        | Sampler.CrankNicolson angle -> angle
        | Sampler.Guided(_, step, _) -> step
        | Sampler.Gibbs(_, inner) -> stepSize inner
        | Sampler.Langevin _ -> StepSize.Fixed 1.0

    // Turning by more than a right angle only goes back.
    let rec internal longestStep sampler =
        match sampler, dynamics sampler with
        | Sampler.CrankNicolson _, _
        | Sampler.Guided _, _ -> Math.PI / 2.0
        | Sampler.Gibbs(_, inner), _ -> longestStep inner
        | _,
          Some {
                   Integrator = Integrator.PriorRotation
               } -> Math.PI / 2.0
        | _ -> infinity

    let private bad what = Error(BadData what)

    let private isPositive (x: float) = Double.IsFinite x && x > 0.0

    let private checkStep longest step =
        match step with
        | StepSize.Fixed size when not (isPositive size && size <= longest) ->
            let bound =
                if Double.IsFinite longest then
                    $", at most {longest}"
                else
                    ""

            bad $"The step of the sampler is {size}: it is positive and finite{bound}."
        | StepSize.Adapted acceptance when not (acceptance > 0.0 && acceptance < 1.0) ->
            bad $"The acceptance to adapt to is {acceptance}: it is between 0 and 1."
        | _ -> Ok()

    let private checkLangevin dimension (steps: float[]) =
        if steps.Length <> dimension then
            bad
                $"There are {steps.Length} Langevin steps for a target of {dimension} coordinates: each coordinate needs one."
        else
            match Array.tryFindIndex (isPositive >> not) steps with
            | Some i -> bad $"Langevin step {i} (counted from 0) is {steps[i]}: every step is positive and finite."
            | None -> Ok()

    let private checkTrajectory path =
        if not (isPositive path.PathLength) then
            bad $"The path length of HMC is {path.PathLength}: it is positive and finite."
        elif not (path.Jitter >= 0.0 && path.Jitter <= 1.0) then
            bad $"The jitter of HMC is {path.Jitter}: it is between 0 and 1."
        elif path.MaximalSteps < 1 then
            bad $"HMC is allowed {path.MaximalSteps} steps: it needs at least 1."
        else
            Ok()

    let private checkGroups dimension (groups: int[]) =
        if groups.Length <> 0 && groups.Length <> dimension then
            bad
                $"A flow numbers the groups of {groups.Length} coordinates for a target of {dimension}: it numbers all, or none."
        elif Array.exists (fun group -> group < 0) groups then
            bad $"A flow numbers a group {Array.min groups}: groups are counted from 0."
        else
            Ok()

    /// Whether the settings make sense for a target of this dimension, or one sentence that says what does not.
    let rec check dimension sampler =
        result {
            do! checkStep (longestStep sampler) (stepSize sampler)

            match sampler with
            | Sampler.Langevin steps -> return! checkLangevin dimension steps
            | Sampler.Hmc(_, path) -> return! checkTrajectory path
            | Sampler.Guided(flow, _, path) ->
                do! checkGroups dimension flow.Groups
                return! checkTrajectory path
            | Sampler.Nuts(_, depth) when depth < 1 || depth > 20 ->
                return! bad $"The maximal depth of NUTS is {depth}: it is between 1 and 20."
            | Sampler.Gibbs(_, inner) -> return! check dimension inner
            | Sampler.Mala _
            | Sampler.Nuts _
            | Sampler.CrankNicolson _ -> return ()
        }
