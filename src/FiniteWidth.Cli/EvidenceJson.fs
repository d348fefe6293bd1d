namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// Sampled evidence in jobs and results.
[<RequireQualifiedAccess>]
module EvidenceJson =

    let private standard = SampledEvidence.standard

    let private keys =
        fields {
            let! accuracy =
                Fields.optional
                    "accuracy"
                    standard.Accuracy
                    Json.positive
                    $"the standard error of the log evidence to reach ({standard.Accuracy})"

            and! seconds =
                Fields.optional
                    "seconds"
                    standard.Seconds
                    Json.positive
                    $"what sampling it may take, for each network ({standard.Seconds})"

            return
                { standard with
                    Accuracy = accuracy
                    Seconds = seconds
                }
        }

    /// The settings that an object gives, where the chains have the seed of an experiment.
    let settings = Fields.toJson keys

    /// The same with a seed of their own.
    let settingsWithSeed =
        fields {
            let! settings = keys

            and! seed =
                Fields.optional "seed" standard.Seed Json.seed $"of the chains ({standard.Seed})"

            return { settings with Seed = seed }
        }
        |> Fields.toJson

    let private writeWith more (writer: Utf8JsonWriter) (name: string) (settings: AnnealingSettings) =
        writer.WriteStartObject name
        writer.WriteNumber("accuracy", settings.Accuracy)
        writer.WriteNumber("seconds", settings.Seconds)
        more ()
        writer.WriteEndObject()

    /// Writes them as an experiment has them.
    let write writer name settings = writeWith ignore writer name settings

    /// The same with their seed.
    let writeWithSeed (writer: Utf8JsonWriter) name (settings: AnnealingSettings) =
        writeWith (fun () -> writer.WriteNumber("seed", settings.Seed)) writer name settings

    /// An estimate as an object of value and error.
    let writeEstimate (writer: Utf8JsonWriter) (name: string) (estimate: Estimate) =
        writer.WriteStartObject name
        Results.number writer "value" estimate.Value
        Results.number writer "error" estimate.Error
        writer.WriteEndObject()

    /// The sampled log evidence as an object, or the reason why there is none.
    let writeResult (writer: Utf8JsonWriter) name (answer: Result<SampledEvidence, Failure>) =
        answer
        |> Results.optional writer name (fun name sampled ->
            writer.WriteStartObject(name: string)
            Results.number writer "value" sampled.LogEvidence.Value
            Results.number writer "error" sampled.LogEvidence.Error
            writeEstimate writer "lower" sampled.Lower
            writeEstimate writer "upper" sampled.Upper
            writer.WriteBoolean("converged", sampled.HasConverged)
            writer.WriteNumber("chains", sampled.Chains)
            writer.WriteNumber("rungs", sampled.Rungs)
            Results.number writer "seconds" sampled.Elapsed.TotalSeconds
            writer.WriteEndObject())

    /// Of standardized targets, in the units of the targets.
    let inUnits units (sampled: SampledEvidence) =
        let shifted (estimate: Estimate) =
            { estimate with
                Value = TargetUnits.logEvidence units estimate.Value
            }

        { sampled with
            LogEvidence = shifted sampled.LogEvidence
            Lower = shifted sampled.Lower
            Upper = shifted sampled.Upper
        }
