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

/// Discrete Langevin dynamics without correction, x_i <- x_i + e_i (dl/dx_i - x_i) + sqrt(2 e_i) xi_i: biased at order e.
type Langevin =
    {
        /// The steps e_i, one a coordinate: eta T lambda_l for the weights of layer l when the papers' step is eta (theory section 11).
        Steps: float[]
    }

/// Langevin steps with a Metropolis correction: one step of an integrator each.
type Mala =
    {
        Integrator: Integrator
        Metric: Metric
        Step: StepSize
    }

/// Hamiltonian trajectories of random length with a Metropolis correction.
type Hmc =
    {
        Integrator: Integrator
        Metric: Metric
        Step: StepSize
        /// The mean length of a trajectory in time; pi/2 carries a Gaussian of unit variance to an independent point.
        PathLength: float
        /// Lengths are uniform in PathLength (1 +- Jitter), so that no coordinate's period can resonate; between 0 and 1.
        Jitter: float
        /// No trajectory has more steps.
        MaximalSteps: int
    }

/// Trajectories that stop where they turn back, one of their points chosen by its weight (multinomial NUTS: Hoffman and Gelman
/// 2014, Betancourt 2017).
type Nuts =
    {
        Integrator: Integrator
        Metric: Metric
        Step: StepSize
        /// A trajectory has at most 2^MaximalDepth - 1 steps.
        MaximalDepth: int
    }

/// Proposals x cos t + xi sin t, which leave the prior as it is, accepted by the likelihood alone; needs no gradient (Cotter et
/// al. 2013, with beta = sin t).
type CrankNicolson =
    {
        /// The angle t, at most pi/2.
        Angle: StepSize
    }

/// Overwrites some coordinates of a position with a draw from their exact conditional distribution given the others.
type ConditionalDraw = RandomStream -> float[] -> unit

/// How to move from one point of a posterior to the next.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type Sampler =
    | Langevin of Langevin
    | Mala of Mala
    | Hmc of Hmc
    | Nuts of Nuts
    | CrankNicolson of CrankNicolson
    /// An exact conditional draw, then a step of another sampler. The source makes a draw with work space of its own for each chain.
    | Gibbs of draw: (unit -> ConditionalDraw) * Sampler

    /// The sampler and its settings in one line: what a checkpoint remembers.
    override this.ToString() =
        match this with
        | Langevin { Steps = steps } ->
            $"Langevin, {steps.Length} steps from {Array.min steps:R} to {Array.max steps:R}, sum {Array.sum steps:R}"
        | Mala settings -> $"MALA, {settings.Integrator}, {settings.Metric} metric, {settings.Step} step"
        | Hmc s ->
            $"HMC, {s.Integrator}, {s.Metric} metric, {s.Step} step, path {s.PathLength:R} +- {s.Jitter:R}, at most {s.MaximalSteps} steps"
        | Nuts s -> $"NUTS, {s.Integrator}, {s.Metric} metric, {s.Step} step, depth {s.MaximalDepth}"
        | CrankNicolson s -> $"preconditioned Crank-Nicolson, {s.Angle} angle"
        | Gibbs(_, inner) -> $"Gibbs with {inner}"

[<RequireQualifiedAccess>]
module Sampler =

    let private metropolis integrator acceptance : Mala =
        {
            Integrator = integrator
            Metric = Metric.Identity
            Step = StepSize.Adapted acceptance
        }

    /// Langevin steps e_i without correction.
    let langevin steps = Sampler.Langevin { Steps = steps }

    /// MALA at its optimal acceptance 0.574.
    let mala = Sampler.Mala(metropolis Integrator.Leapfrog 0.574)

    /// MALA whose proposal leaves the prior as it is, so that its acceptance does not fall with the dimension (infinity-MALA).
    let priorMala = Sampler.Mala(metropolis Integrator.PriorRotation 0.574)

    /// The settings of HMC by default.
    let hmcDefaults: Hmc =
        {
            Integrator = Integrator.PriorRotation
            Metric = Metric.Identity
            Step = StepSize.Adapted 0.8
            PathLength = Math.PI / 2.0
            Jitter = 0.5
            MaximalSteps = 1000
        }

    /// HMC with its settings by default.
    let hmc = Sampler.Hmc hmcDefaults

    /// The settings of NUTS by default.
    let nutsDefaults: Nuts =
        {
            Integrator = Integrator.PriorRotation
            Metric = Metric.Identity
            Step = StepSize.Adapted 0.8
            MaximalDepth = 10
        }

    /// NUTS with its settings by default.
    let nuts = Sampler.Nuts nutsDefaults

    /// Preconditioned Crank-Nicolson at acceptance 0.25.
    let crankNicolson = Sampler.CrankNicolson { Angle = StepSize.Adapted 0.25 }

    /// Exact conditional draws alternating with another sampler; `draw` is called once for each chain.
    let gibbs draw sampler = Sampler.Gibbs(draw, sampler)

    let rec internal metric sampler =
        match sampler with
        | Sampler.Mala s -> s.Metric
        | Sampler.Hmc s -> s.Metric
        | Sampler.Nuts s -> s.Metric
        | Sampler.Gibbs(_, inner) -> metric inner
        | Sampler.Langevin _
        | Sampler.CrankNicolson _ -> Metric.Identity

    let rec internal stepSize sampler =
        match sampler with
        | Sampler.Mala s -> s.Step
        | Sampler.Hmc s -> s.Step
        | Sampler.Nuts s -> s.Step
        | Sampler.CrankNicolson s -> s.Angle
        | Sampler.Gibbs(_, inner) -> stepSize inner
        | Sampler.Langevin _ -> StepSize.Fixed 1.0

    // Turning by more than a right angle only goes back.
    let rec internal longestStep sampler =
        match sampler with
        | Sampler.Mala {
                           Integrator = Integrator.PriorRotation
                       }
        | Sampler.Hmc {
                          Integrator = Integrator.PriorRotation
                      }
        | Sampler.Nuts {
                           Integrator = Integrator.PriorRotation
                       }
        | Sampler.CrankNicolson _ -> Math.PI / 2.0
        | Sampler.Gibbs(_, inner) -> longestStep inner
        | Sampler.Mala _
        | Sampler.Hmc _
        | Sampler.Nuts _
        | Sampler.Langevin _ -> infinity

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

    /// Whether the settings make sense for a target of this dimension, or one sentence that says what does not.
    let rec check dimension sampler =
        result {
            do! checkStep (longestStep sampler) (stepSize sampler)

            match sampler with
            | Sampler.Langevin { Steps = steps } ->
                if steps.Length <> dimension then
                    return!
                        bad
                            $"There are {steps.Length} Langevin steps for a target of {dimension} coordinates: each coordinate needs one."
                else
                    match Array.tryFindIndex (isPositive >> not) steps with
                    | Some i ->
                        return!
                            bad $"Langevin step {i} (counted from 0) is {steps[i]}: every step is positive and finite."
                    | None -> return ()
            | Sampler.Hmc s ->
                if not (isPositive s.PathLength) then
                    return! bad $"The path length of HMC is {s.PathLength}: it is positive and finite."
                elif not (s.Jitter >= 0.0 && s.Jitter <= 1.0) then
                    return! bad $"The jitter of HMC is {s.Jitter}: it is between 0 and 1."
                elif s.MaximalSteps < 1 then
                    return! bad $"HMC is allowed {s.MaximalSteps} steps: it needs at least 1."
                else
                    return ()
            | Sampler.Nuts s when s.MaximalDepth < 1 || s.MaximalDepth > 20 ->
                return! bad $"The maximal depth of NUTS is {s.MaximalDepth}: it is between 1 and 20."
            | Sampler.Gibbs(_, inner) -> return! check dimension inner
            | Sampler.Mala _
            | Sampler.Nuts _
            | Sampler.CrankNicolson _ -> return ()
        }
