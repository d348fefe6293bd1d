namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth

/// One predicted point of gradient flow.
type FlowPointResult =
    {
        Network: Network
        /// Infinite at the end of training.
        Time: float
        Score: Score
        Train: Score
    }

/// Predictions of gradient flow, and their JSON.
[<RequireQualifiedAccess>]
module FlowResults =

    let private requireFinite (point: FlowPointResult) =
        if Double.IsFinite point.Score.Loss && Double.IsFinite point.Train.Loss then
            Ok point
        else
            Error(
                Inaccurate
                    $"The prediction at t = {point.Time} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    /// Trains one network after the other, and predicts at every time.
    let solve (split: Split) times networks =
        networks
        |> Result.traverse (fun (network: Network) ->
            result {
                let! flow = GradientFlow.train split.Train network

                return!
                    times
                    |> Result.traverse (fun time ->
                        requireFinite
                            {
                                Network = network
                                Time = time
                                Score = GradientFlow.score time split.Test flow
                                Train = GradientFlow.trainScore time flow
                            })
            })
        |> Result.map List.concat

    let private point (writer: Utf8JsonWriter) (result: FlowPointResult) =
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float result.Network.Widths)
        Results.numbers writer "priors" result.Network.Priors
        Results.number writer "time" result.Time
        Results.number writer "loss" result.Score.Loss
        Results.number writer "bias" result.Score.Bias
        Results.number writer "variance" result.Score.Variance
        Results.number writer "trainLoss" result.Train.Loss
        writer.WriteEndObject()

    /// The one JSON document of a prediction.
    let toJson (points: FlowPointResult list) provenance =
        Results.toJsonBy point points provenance
