// Sampling for C#: delegates where the modules take functions, methods with optional arguments where they take records, and a
// FailureException where they return an error.
namespace FiniteWidth.Experiment

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open FiniteWidth
open FiniteWidth.Numerics

/// The samplers as values, to be changed by `With...`.
[<Extension; AbstractClass; Sealed>]
type Samplers =

    /// Langevin steps e_i without correction.
    static member Langevin([<ParamArray>] steps: float[]) = Sampler.langevin steps

    /// One step of an integrator with a Metropolis correction.
    static member Mala = Sampler.mala

    /// Hamiltonian trajectories of random length.
    static member Hmc = Sampler.hmc

    /// Trajectories that stop where they turn back.
    static member Nuts = Sampler.nuts

    /// Preconditioned Crank-Nicolson: no gradient.
    static member CrankNicolson = Sampler.crankNicolson

    /// The same sampler, each step after an exact conditional draw that overwrites part of a position; `draw` makes one for each chain.
    [<Extension>]
    static member After(sampler, draw: Func<Action<RandomStream, float[]>>) =
        Sampler.gibbs
            (fun () ->
                let draw = draw.Invoke()
                fun stream position -> draw.Invoke(stream, position))
            sampler

    /// The same sampler with another integrator.
    [<Extension>]
    static member With(sampler, integrator: Integrator) =
        Sampler.withIntegrator integrator sampler

    /// The same sampler with another metric.
    [<Extension>]
    static member With(sampler, metric: Metric) = Sampler.withMetric metric sampler

    /// The same sampler with another step.
    [<Extension>]
    static member With(sampler, step: StepSize) = Sampler.withStep step sampler

/// Sampling posteriors.
[<Extension; AbstractClass; Sealed>]
type SamplingFluent =

    /// A target from a function that takes a position, overwrites the array for the gradient, and returns the log likelihood.
    static member Target(dimension, logLikelihood: Func<float[], float[], float>) =
        {
            Dimension = dimension
            LogLikelihood = fun position gradient -> logLikelihood.Invoke(position, gradient)
        }

    /// Runs chains of a sampler and traces the coordinates, or the quantities that `evaluate` fills an array with at each draw.
    [<Extension>]
    static member Sample
        (
            sampler,
            target: Func<Target>,
            [<Optional; DefaultParameterValue(1UL)>] seed: uint64,
            [<Optional; DefaultParameterValue(4)>] chains: int,
            [<Optional; DefaultParameterValue(1000)>] warmUp: int,
            [<Optional; DefaultParameterValue(1000)>] draws: int,
            [<Optional; DefaultParameterValue(1)>] stepsPerDraw: int,
            [<Optional>] names: string[] | null,
            [<Optional>] evaluate: Action<RandomStream, float[], float[]> | null,
            [<Optional>] progress: Action<RunProgress> | null,
            [<Optional>] cancellation: CancellationToken
        ) =
        let observables: ObservablesSource =
            match names, evaluate with
            | null, _
            | _, null -> Observables.coordinates (target.Invoke()).Dimension
            | names, evaluate ->
                fun () ->
                    {
                        Traced = List.ofArray names
                        Streamed = []
                        Evaluate = fun stream position values -> evaluate.Invoke(stream, position, values)
                    }

        Run.start
            sampler
            observables
            target.Invoke
            { RunSettings.defaults with
                Seed = seed
                Chains = chains
                WarmUp = warmUp
                Draws = draws
                StepsPerDraw = stepsPerDraw
                Progress =
                    match progress with
                    | null -> ignore
                    | progress -> progress.Invoke
                Cancellation = cancellation
            }
        |> Result.orFail
