namespace FiniteWidth.Cli

open System
open System.Collections.Generic
open System.Text.Json
open FiniteWidth

/// Predictions averaged over the draws of a training set, and their JSON.
[<RequireQualifiedAccess>]
module AveragedResults =

    let private requireFinite (point: AveragedPoint) =
        if
            Double.IsFinite point.Score.Loss
            && Double.IsFinite point.SaddlePoint.Chosen.Action
        then
            Ok point
        else
            Error(
                Inaccurate
                    $"The average of the {point.Network} over {point.Examples} examples at T = {point.Temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    // Networks that differ in their widths alone see the same spectrum.
    let private populations theory study =
        let known = Dictionary<float list, Result<Population, Failure>>()

        fun (network: Network) ->
            match known.TryGetValue network.Priors with
            | true, population -> population
            | _ ->
                let population = Population.ofSample theory network study
                known.Add(network.Priors, population)
                population

    /// The points of a sweep over numbers of examples, drawn from those of the study: loads or widths outermost, numbers of examples
    /// innermost.
    let solve theory (study: Study) network (job: Job) =
        let population = populations theory study

        let curves =
            match job.Sweep.Loads with
            | [] -> [ AveragedCurve.overExamples theory ]
            | loads -> loads |> List.map (fun load -> AveragedCurve.atLoad load theory)

        List.allPairs curves (Job.points network job)
        |> Result.traverse (fun (curve, (network, temperature)) ->
            result {
                let! population = population network
                let! points = curve temperature population job.Sweep.Examples network
                return! points |> Result.traverse requireFinite
            })
        |> Result.map (fun points ->
            [
                for point in List.concat points -> (theory point.Network).OrderParameters, point
            ])

    let private point (writer: Utf8JsonWriter) (symbols, result: AveragedPoint) =
        let saddle = result.SaddlePoint
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float result.Network.Widths)
        Results.numbers writer "priors" result.Network.Priors
        Results.number writer "temperature" result.Temperature
        writer.WriteNumber("examples", result.Examples)
        writer.WriteStartObject "orderParameters"
        Results.orderParameters writer symbols result.OrderParameters
        writer.WriteEndObject()
        Results.number writer "action" saddle.Chosen.Action
        Results.number writer "residual" saddle.Chosen.Residual
        writer.WriteStartArray "stationaryPoints"

        for stationary in saddle.Chosen :: saddle.Others do
            Results.stationaryPoint writer symbols stationary

        writer.WriteEndArray()
        Results.number writer "loss" result.Score.Loss
        Results.number writer "bias" result.Score.Bias
        Results.number writer "variance" result.Score.Variance
        Results.number writer "trainLoss" result.TrainingError
        writer.WriteEndObject()

    /// The one JSON document of a prediction.
    let toJson (points: (Symbol list * AveragedPoint) list) provenance =
        Results.toJsonBy point points provenance
