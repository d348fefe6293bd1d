// Certified answers for C#: optional arguments where F# takes a record, failures as exceptions.
namespace FiniteWidth.Experiment

open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open FiniteWidth

/// Answers that are certified; what fails raises a FailureException.
[<Extension; AbstractClass; Sealed>]
type CertificateFluent =

    /// How a network at temperature T generalises on the test set of a split: by a theory where the exact first order in 1/N bounds what it
    /// leaves out, otherwise by sampling until the standard error of the loss is within a share of it, for so many seconds at most.
    [<Extension>]
    static member Certify
        (
            network: Network,
            temperature,
            split,
            [<Optional; DefaultParameterValue(0.02)>] accuracy: float,
            [<Optional; DefaultParameterValue(120.0)>] seconds: float,
            [<Optional; DefaultParameterValue(1UL)>] seed: uint64,
            [<Optional>] cancellation: CancellationToken
        ) =
        let settings =
            { AutoSettings.standard with
                Accuracy = accuracy
                Seconds = seconds
                Seed = seed
                Cancellation = cancellation
            }

        Auto.solve settings network temperature split |> Result.orFail

    /// The certified learning curve of networks of these widths at temperature T: a theory to first order at the wide end, chains at some of the
    /// other widths, and a smooth curve between them, for so many seconds of chains at most. What chains find is kept in the folder `cache`.
    [<Extension>]
    static member CertifyCurve
        (
            network: Network,
            temperature,
            split,
            widths: int seq,
            [<Optional; DefaultParameterValue(0.02)>] accuracy: float,
            [<Optional; DefaultParameterValue(300.0)>] seconds: float,
            [<Optional; DefaultParameterValue(1UL)>] seed: uint64,
            [<Optional; DefaultParameterValue(null: string | null)>] cache: string | null,
            [<Optional>] cancellation: CancellationToken
        ) =
        let settings =
            { AutoSettings.standardOfCurves with
                Accuracy = accuracy
                Seconds = seconds
                Seed = seed
                Cache = Option.ofObj cache
                Cancellation = cancellation
            }

        CertifiedCurve.solve settings network temperature split widths |> Result.orFail

    /// The width with the smallest certified loss among answers that differ in their width alone, and infinite width.
    [<Extension>]
    static member BestWidth(points: AutoPoint seq) =
        match AutoPoint.best (List.ofSeq points) with
        | Some best -> best
        | None ->
            raise (
                FailureException(
                    BadData "There is no loss at infinite width among the answers: it is needed to compare."
                )
            )
