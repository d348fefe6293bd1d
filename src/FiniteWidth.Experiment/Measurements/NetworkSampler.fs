namespace FiniteWidth.Experiment

open System
open FiniteWidth

/// How the posterior of a network's weights is sampled.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type NetworkSampler =
    /// The readout is integrated out: a chain of hidden weights alone under p(Y | hidden layers).
    | Integrated of Sampler
    /// A chain of all weights.
    | Sampled of Sampler
    /// A chain of all weights whose readout is drawn exactly, given the hidden layers, before each transition.
    | Gibbs of Sampler
    /// A chain of all weights under the papers' dynamics, theta <- theta - eta grad + sqrt(2 eta T) xi: biased at order eta (theory
    /// section 11). The step is eta.
    | Langevin of step: float

/// How networks are sampled.
[<RequireQualifiedAccess>]
module NetworkSampler =

    /// HMC on the hidden weights, the readout integrated out.
    let standard = NetworkSampler.Integrated Sampler.hmc

    // Where the target has a flow of its own, trajectories follow that.
    let private guided posterior sampler =
        match sampler with
        | Sampler.Hmc({
                          Integrator = Integrator.PriorRotation
                          Metric = Metric.Identity
                          Step = step
                      },
                      path) -> Sampler.Guided(MarginalFlow.create posterior, step, path)
        | _ -> sampler

    // The coordinates that a chain moves in, and how.
    let internal target posterior sampler =
        match sampler with
        | NetworkSampler.Integrated sampler -> Ok(MarginalTarget.create posterior, guided posterior sampler)
        | NetworkSampler.Sampled sampler -> Ok(FullTarget.create posterior, sampler)
        | NetworkSampler.Gibbs sampler ->
            Ok(FullTarget.create posterior, Sampler.gibbs (ConditionalReadout.draws posterior) sampler)
        | NetworkSampler.Langevin step when Double.IsFinite step && step > 0.0 ->
            let steps =
                NetworkPosterior.langevinRates posterior |> Array.map (fun rate -> step * rate)

            Ok(FullTarget.create posterior, Sampler.langevin steps)
        | NetworkSampler.Langevin step -> Error(BadData $"The Langevin step eta is {step}: it is positive and finite.")
