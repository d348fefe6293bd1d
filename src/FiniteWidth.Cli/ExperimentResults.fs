namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// Experiments beside theories as JSON.
[<RequireQualifiedAccess>]
module ExperimentResults =

    let private stop reason =
        match reason with
        | Stop.Complete -> "complete"
        | Stop.EnoughEffectiveDraws -> "enough effective draws"
        | Stop.Judged -> "enough"
        | Stop.TimeLimit -> "time limit"
        | Stop.Cancelled -> "cancelled"

    let private estimate = EvidenceJson.writeEstimate

    let private score (writer: Utf8JsonWriter) (score: Score) =
        Results.number writer "loss" score.Loss
        Results.number writer "bias" score.Bias
        Results.number writer "variance" score.Variance

    let private diagnosis (writer: Utf8JsonWriter) (diagnosis: Diagnosis) =
        writer.WriteStartObject()
        writer.WriteString("name", diagnosis.Name)
        Results.number writer "mean" diagnosis.Mean
        Results.number writer "error" diagnosis.Error
        Results.number writer "rHat" diagnosis.RHat
        Results.number writer "effectiveDraws" (Diagnosis.size diagnosis)
        writer.WriteEndObject()

    /// Whether chains have converged, how they were run, and what they rest on.
    let internal chains (writer: Utf8JsonWriter) verdict (run: Run) diagnoses =
        Results.convergence writer verdict
        writer.WriteString("sampler", run.Sampler)
        writer.WriteString("stopped", stop run.Stopped)
        writer.WriteNumber("chains", run.States.Length)
        writer.WriteNumber("draws", run.Length)
        Results.number writer "acceptance" (run.Tallies |> Array.averageBy _.Acceptance)
        writer.WriteNumber("divergences", run.Tallies |> Array.sumBy _.Divergences)
        Results.number writer "seconds" run.Elapsed.TotalSeconds
        writer.WriteStartArray "diagnoses"
        diagnoses |> List.iter (diagnosis writer)
        writer.WriteEndArray()

    let private measurement (writer: Utf8JsonWriter) (measurement: Measurement) =
        writer.WriteStartObject "experiment"
        estimate writer "loss" measurement.Loss
        estimate writer "bias" measurement.Bias
        estimate writer "variance" measurement.Variance
        estimate writer "trainLoss" measurement.TrainLoss
        measurement.Accuracy |> Option.iter (estimate writer "accuracy")

        measurement.Evidence
        |> Option.iter (EvidenceJson.writeResult writer "logEvidence")

        chains writer measurement.Verdict measurement.Run measurement.Diagnoses
        writer.WriteEndObject()

    let private theory (writer: Utf8JsonWriter) (theory: TheoryResult) =
        writer.WriteStartObject()
        writer.WriteString("name", theory.Name)
        score writer theory.Score
        Results.number writer "logEvidence" theory.LogEvidence
        Results.number writer "deviation" theory.Deviation
        Results.number writer "z" theory.LossZ
        Results.number writer "biasZ" theory.BiasZ
        Results.number writer "varianceZ" theory.VarianceZ
        writer.WriteString("agreement", Agreement.word theory.Agreement)
        writer.WriteEndObject()

    let private point (writer: Utf8JsonWriter) (compared: ComparedPoint) =
        let architecture = compared.Point.Architecture
        writer.WriteStartObject()
        writer.WriteNumber("examples", compared.Point.Examples)
        Results.numbers writer "widths" (Architecture.widths architecture |> List.map float)
        Results.numbers writer "priors" (Architecture.priors architecture)
        Results.number writer "temperature" compared.Point.Temperature
        measurement writer compared.Measurement
        writer.WriteStartArray "theories"
        compared.Theories |> List.iter (theory writer)
        writer.WriteEndArray()
        writer.WriteString("nearest", compared.Nearest)
        Results.optional writer "errorBar" (Results.number writer) compared.ErrorBar

        Results.optional
            writer
            "expansion"
            (fun name (expansion: WidthExpansion) ->
                writer.WriteStartObject name
                compared.FirstOrder |> Option.iter (Results.number writer "loss")
                Results.number writer "slope" expansion.Slope.Loss
                Results.number writer "slopeError" expansion.SlopeError.Loss
                writer.WriteString("verdict", string (WidthVerdict.ofExpansion expansion))
                writer.WriteEndObject())
            compared.Expansion

        match compared.InfiniteWidth with
        | Some infinite ->
            writer.WriteStartObject "infiniteWidth"
            score writer infinite
            writer.WriteEndObject()
        | None -> ()

        writer.WriteEndObject()

    let private missing (writer: Utf8JsonWriter) (point: GridPoint) =
        writer.WriteStartObject()
        writer.WriteNumber("examples", point.Examples)
        Results.numbers writer "widths" (Architecture.widths point.Architecture |> List.map float)
        Results.numbers writer "priors" (Architecture.priors point.Architecture)
        Results.number writer "temperature" point.Temperature
        writer.WriteEndObject()

    /// The one JSON document of an experiment.
    let toJson (comparison: Comparison) provenance =
        Results.documentWith
            (fun writer ->
                writer.WriteStartArray "missing"
                comparison.Missing |> List.iter (missing writer)
                writer.WriteEndArray())
            "points"
            point
            comparison.Points
            provenance
