// Measurements and comparisons for C#: plans changed one property at a time, failures as exceptions.
namespace FiniteWidth.Experiment

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open FiniteWidth

/// Plans of measurements, changed one property at a time.
[<Extension; AbstractClass; Sealed>]
type MeasurementPlans =

    static member private Change(plan: MeasurementPlan, change) =
        { plan with
            Settings = change plan.Settings
        }

    /// HMC on the hidden weights, the readout integrated out: four chains of 1000 draws after a warm-up of 500.
    static member Standard = Measurement.standard

    /// HMC on all weights, for classes: four chains of 1000 draws after a warm-up of 500.
    static member Classes = ClassMeasurement.standard

    /// The same plan with another sampler.
    [<Extension>]
    static member With(plan: MeasurementPlan, sampler) = { plan with Sampler = sampler }

    /// The same plan with other options of the posterior.
    [<Extension>]
    static member With(plan: MeasurementPlan, options) = { plan with Options = options }

    /// The same plan with this seed.
    [<Extension>]
    static member WithSeed(plan, seed) =
        MeasurementPlans.Change(plan, (fun s -> { s with Seed = seed }))

    /// The same plan with this number of chains.
    [<Extension>]
    static member WithChains(plan, chains) =
        MeasurementPlans.Change(plan, (fun s -> { s with Chains = chains }))

    /// The same plan with these iterations of warm-up, draws of each chain, and transitions from one draw to the next.
    [<Extension>]
    static member WithDraws(plan, warmUp, draws, stepsPerDraw) =
        MeasurementPlans.Change(
            plan,
            fun s ->
                { s with
                    WarmUp = warmUp
                    Draws = draws
                    StepsPerDraw = stepsPerDraw
                }
        )

    /// The same plan with these iterations of warm-up and draws of each chain.
    [<Extension>]
    static member WithDraws(plan, warmUp, draws) =
        MeasurementPlans.WithDraws(plan, warmUp, draws, 1)

    /// The same plan, stopped when losses, log likelihood and layer sizes have this many effective draws.
    [<Extension>]
    static member WithEffectiveDraws(plan, effectiveDraws) =
        MeasurementPlans.Change(
            plan,
            fun s ->
                { s with
                    EffectiveDraws = Some effectiveDraws
                }
        )

    /// The same plan, stopped after this time.
    [<Extension>]
    static member WithTimeLimit(plan, limit) =
        MeasurementPlans.Change(plan, (fun s -> { s with TimeLimit = Some limit }))

    /// The same plan, stored in a file every so often; where the file exists the measurement goes on from it.
    [<Extension>]
    static member WithCheckpoint(plan, path, every) =
        MeasurementPlans.Change(
            plan,
            fun s ->
                { s with
                    Checkpoint = Some { Path = path; Every = every }
                }
        )

    /// The same plan with progress told, and stopped with the draws there are when cancelled.
    [<Extension>]
    static member WithProgress(plan, progress: Action<RunProgress>, cancellation: CancellationToken) =
        MeasurementPlans.Change(
            plan,
            fun s ->
                { s with
                    Progress = progress.Invoke
                    Cancellation = cancellation
                }
        )

    /// The same plan, measuring one more quantity.
    [<Extension>]
    static member Observing(plan: MeasurementPlan, quantity) =
        { plan with
            Quantities = plan.Quantities @ [ quantity ]
        }

    /// The same plan, with the log evidence sampled to this standard error for so many seconds at most.
    [<Extension>]
    static member WithEvidence
        (
            plan: MeasurementPlan,
            [<Optional; DefaultParameterValue(0.1)>] accuracy: float,
            [<Optional; DefaultParameterValue(120.0)>] seconds: float
        ) =
        { plan with
            Evidence =
                Some
                    { SampledEvidence.standard with
                        Accuracy = accuracy
                        Seconds = seconds
                    }
        }

/// Theories to compare with experiments.
[<AbstractClass; Sealed>]
type ComparedTheories =

    /// The integral over the scale.
    static member Mixture = ComparedTheory.mixture

    /// The saddle point of a theory.
    static member Of(name, theory: Func<Network, Model>) =
        ComparedTheory.ofTheory name theory.Invoke

    /// A theory of classes.
    static member OfClasses(name, theory: Func<Network, Model>) =
        ComparedClassTheory.ofTheory name theory.Invoke

/// Measuring and comparing networks; what fails raises a FailureException.
[<Extension; AbstractClass; Sealed>]
type MeasurementFluent =

    /// Samples a network's posterior at temperature T > 0 and measures it at the test set of a split, from the plan's checkpoint where there is
    /// one.
    [<Extension>]
    static member Measure(network: Network, temperature, split, plan) =
        Measurement.runOrResume plan (Architecture.FullyConnected network) temperature split
        |> Result.orFail

    /// The same with the standard plan.
    [<Extension>]
    static member Measure(network: Network, temperature, split) =
        MeasurementFluent.Measure(network, temperature, split, Measurement.standard)

    /// The same of a convolutional network.
    [<Extension>]
    static member Measure(network: ConvolutionalNetwork, temperature, split, plan) =
        Measurement.runOrResume plan (Architecture.Convolutional network) temperature split
        |> Result.orFail

    /// The same of a network of several convolutional layers.
    [<Extension>]
    static member Measure(network: ImageNetwork, temperature, split, plan) =
        Measurement.runOrResume plan (Architecture.Image network) temperature split
        |> Result.orFail

    /// Loss, bias and variance of a score less the measured ones, in standard errors.
    [<Extension>]
    static member ZScores(measurement, score) = Measurement.zScores score measurement

    /// How many standard errors a predicted value lies above the estimate.
    [<Extension>]
    static member ZScore(estimate, predicted) = Estimate.zScore predicted estimate

    /// The network on the first P training examples at temperature T, as a point of a grid.
    [<Extension>]
    static member At(network: Network, examples, temperature) : GridPoint =
        {
            Examples = examples
            Architecture = Architecture.FullyConnected network
            Temperature = temperature
        }

    /// Measures every point of a grid beside theories.
    [<Extension>]
    static member Compare(split, grid: GridPoint seq, plan, [<ParamArray>] theories: ComparedTheory[]) =
        Comparison.run (List.ofArray theories) (fun _ -> plan) (List.ofSeq grid) split
        |> Result.orFail

    /// The comparison as named columns of words, a row a point: the activation, and whether each theory agrees.
    [<Extension>]
    static member Words comparison =
        [| for name, values in Comparison.words comparison -> struct (name, values) |]

    /// The comparison as named columns of numbers, a row a point.
    [<Extension>]
    static member Columns comparison =
        [| for name, values in Comparison.columns comparison -> struct (name, values) |]

/// Measuring and comparing class probabilities of networks; what fails raises a FailureException.
[<Extension; AbstractClass; Sealed>]
type ClassMeasurementFluent =

    /// Samples all weights of a network under the softmax likelihood at beta >= 0 and measures its class probabilities at the test set of a split, whose
    /// targets are labels, from the plan's checkpoint where there is one.
    [<Extension>]
    static member MeasureClasses(network: Network, beta, split, plan) =
        ClassMeasurement.runOrResume plan (Architecture.FullyConnected network) beta split
        |> Result.orFail

    /// The same with the standard plan of classes.
    [<Extension>]
    static member MeasureClasses(network: Network, beta, split) =
        ClassMeasurementFluent.MeasureClasses(network, beta, split, ClassMeasurement.standard)

    /// The same of a network of convolutional layers.
    [<Extension>]
    static member MeasureClasses(network: ImageNetwork, beta, split, plan) =
        ClassMeasurement.runOrResume plan (Architecture.Image network) beta split
        |> Result.orFail

    /// Accuracy, negative log likelihood and Brier score of predicted probabilities less the measured ones, in standard errors.
    [<Extension>]
    static member ZScores(measurement: ClassMeasurement, score) =
        ClassMeasurement.zScores score measurement

    /// How far predicted probabilities (points x D) are from the measured ones.
    [<Extension>]
    static member Distance(measurement: ClassMeasurement, probabilities) =
        ClassMeasurement.distance probabilities measurement

    /// The network on the first P training examples at beta, as a point of a grid.
    [<Extension>]
    static member AtBeta(network: Network, examples, beta) : ClassGridPoint =
        {
            Examples = examples
            Architecture = Architecture.FullyConnected network
            Beta = beta
        }

    /// Measures every point of a grid of classes beside theories.
    [<Extension>]
    static member CompareClasses
        (split, grid: ClassGridPoint seq, plan, [<ParamArray>] theories: ComparedClassTheory[])
        =
        ClassComparison.run (List.ofArray theories) (fun _ -> plan) (List.ofSeq grid) split
        |> Result.orFail
