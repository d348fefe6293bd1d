namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// Experiments on classes beside theories as JSON.
[<RequireQualifiedAccess>]
module ClassExperimentResults =

    let private estimate = EvidenceJson.writeEstimate

    let private measurement (writer: Utf8JsonWriter) (measurement: ClassMeasurement) =
        writer.WriteStartObject "experiment"
        estimate writer "accuracy" measurement.Accuracy
        estimate writer "negativeLogLikelihood" measurement.NegativeLogLikelihood
        estimate writer "brier" measurement.Brier
        ClassResults.calibration writer measurement.Score
        estimate writer "trainCrossEntropy" measurement.TrainCrossEntropy
        estimate writer "testCrossEntropy" measurement.TestCrossEntropy
        ExperimentResults.chains writer measurement.Verdict measurement.Run measurement.Diagnoses
        writer.WriteEndObject()

    let private result (writer: Utf8JsonWriter) (theory: ClassTheoryResult) =
        ClassResults.score writer theory.Score
        Results.number writer "logEvidence" theory.LogEvidence
        Results.number writer "accuracyZ" theory.AccuracyZ
        Results.number writer "negativeLogLikelihoodZ" theory.NegativeLogLikelihoodZ
        Results.number writer "brierZ" theory.BrierZ
        writer.WriteStartObject "probabilities"
        Results.number writer "rmsZ" theory.Distance.RmsZ
        Results.number writer "rmsDifference" theory.Distance.RmsDifference
        Results.number writer "rmsError" theory.Distance.RmsError
        writer.WriteEndObject()
        writer.WriteString("agreement", Agreement.word theory.Agreement)

    let private place (writer: Utf8JsonWriter) (point: ClassGridPoint) =
        writer.WriteNumber("examples", point.Examples)
        Results.numbers writer "widths" (Architecture.widths point.Architecture |> List.map float)
        Results.numbers writer "priors" (Architecture.priors point.Architecture)
        Results.number writer "beta" point.Beta

    let private point (writer: Utf8JsonWriter) (compared: ClassComparedPoint) =
        writer.WriteStartObject()
        place writer compared.Point
        measurement writer compared.Measurement
        writer.WriteStartArray "theories"

        for theory in compared.Theories do
            writer.WriteStartObject()
            writer.WriteString("name", theory.Name)
            result writer theory
            writer.WriteEndObject()

        writer.WriteEndArray()
        writer.WriteString("nearest", compared.Nearest)
        writer.WriteStartObject "infiniteWidth"
        result writer compared.InfiniteWidth
        writer.WriteEndObject()
        writer.WriteEndObject()

    /// The one JSON document of an experiment on classes.
    let toJson (comparison: ClassComparison) provenance =
        Results.documentWith
            (fun writer ->
                writer.WriteStartArray "missing"

                for point in comparison.Missing do
                    writer.WriteStartObject()
                    place writer point
                    writer.WriteEndObject()

                writer.WriteEndArray())
            "points"
            point
            comparison.Points
            provenance
