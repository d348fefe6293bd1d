namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth

/// One predicted point of two coupled networks.
type TransferPointResult =
    {
        Posterior: Transfer
        LogEvidence: float
        /// The score of each network on its own task's test set.
        Scores: Score list
    }

/// Predictions of transfer between two tasks, and their JSON.
[<RequireQualifiedAccess>]
module TransferResults =

    /// Coupled networks have one theory.
    let requireTheory treatment =
        match treatment with
        | Treatment.SaddlePoint theory when Theory.isProportional theory -> Ok()
        | _ -> Error(Unsupported "job.theory: a pair of coupled networks takes the theory \"proportional\".")

    let private requireFinite point =
        if
            point.Scores |> List.forall (fun score -> Double.IsFinite score.Loss)
            && Double.IsFinite point.LogEvidence
        then
            Ok point
        else
            Error(
                Inaccurate
                    $"The prediction at T = {point.Posterior.Temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    /// Solves the theory of two tasks for one pair of networks and temperature after the other.
    let solver (first: Split) (second: Split) (networks, temperature) =
        result {
            let! posterior =
                Transfer.solve
                    networks
                    temperature
                    {
                        First = first.Train
                        Second = second.Train
                    }

            return!
                requireFinite
                    {
                        Posterior = posterior
                        LogEvidence = Transfer.logEvidence posterior
                        Scores =
                            [
                                Transfer.scoreFirst first.Test posterior
                                Transfer.scoreSecond second.Test posterior
                            ]
                    }
        }

    let private point (writer: Utf8JsonWriter) (result: TransferPointResult) =
        let posterior = result.Posterior
        let network = posterior.Networks.Network
        let chosen = posterior.SaddlePoint.Chosen
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float network.Widths)
        Results.numbers writer "priors" network.Priors
        Results.number writer "gamma" posterior.Networks.Coupling
        Results.number writer "temperature" posterior.Temperature
        writer.WriteStartObject "orderParameters"
        MatrixResults.orderParameter writer chosen.OrderParameter
        writer.WriteEndObject()
        Results.number writer "action" chosen.Action
        Results.number writer "residual" chosen.Residual
        writer.WriteStartArray "stationaryPoints"

        for stationary in chosen :: posterior.SaddlePoint.Others do
            MatrixResults.stationaryPoint writer stationary

        writer.WriteEndArray()
        Results.number writer "logEvidence" result.LogEvidence
        writer.WriteStartArray "tasks"

        for score in result.Scores do
            writer.WriteStartObject()
            Results.number writer "loss" score.Loss
            Results.number writer "bias" score.Bias
            Results.number writer "variance" score.Variance
            writer.WriteEndObject()

        writer.WriteEndArray()
        writer.WriteEndObject()

    /// The one JSON document of a prediction.
    let toJson (points: TransferPointResult list) provenance =
        Results.toJsonBy point points provenance
