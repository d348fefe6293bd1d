// Sampled evidence for C#: optional arguments where F# takes a record, failures as exceptions.
namespace FiniteWidth.Experiment

open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open FiniteWidth

/// The evidence of networks by sampling; what fails raises a FailureException.
[<Extension; AbstractClass; Sealed>]
type SampledEvidenceFluent =

    /// log p(Y | X) of a network's posterior by annealed importance sampling in both directions, until its standard error is within the accuracy,
    /// for so many seconds at most.
    [<Extension>]
    static member SampleEvidence
        (
            posterior: NetworkPosterior,
            [<Optional; DefaultParameterValue(0.1)>] accuracy: float,
            [<Optional; DefaultParameterValue(120.0)>] seconds: float,
            [<Optional; DefaultParameterValue(1UL)>] seed: uint64,
            [<Optional; DefaultParameterValue(16)>] chains: int,
            [<Optional>] cancellation: CancellationToken
        ) =
        SampledEvidence.run
            { SampledEvidence.standard with
                Accuracy = accuracy
                Seconds = seconds
                Seed = seed
                Chains = chains
                Cancellation = cancellation
            }
            posterior
        |> Result.orFail
