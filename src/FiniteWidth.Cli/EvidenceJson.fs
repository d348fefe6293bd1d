namespace FiniteWidth.Cli

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

    let private entries (settings: AnnealingSettings) =
        [
            "accuracy", Tree.Number settings.Accuracy
            "seconds", Tree.Number settings.Seconds
        ]

    /// The settings as a value of an experiment.
    let tree settings = Tree.Object(entries settings)

    /// The same with their seed.
    let treeWithSeed settings =
        Tree.Object(entries settings @ [ "seed", Tree.Whole settings.Seed ])

    /// An estimate as an object of value and error.
    let estimate (estimate: Estimate) =
        Tree.Object [ "value", Tree.Number estimate.Value; "error", Tree.Number estimate.Error ]

    /// The sampled log evidence as an object, or the reason why there is none.
    let result name (answer: Result<SampledEvidence, Failure>) =
        answer
        |> Results.optional name (fun sampled ->
            Tree.Object
                [
                    "value", Tree.Number sampled.LogEvidence.Value
                    "error", Tree.Number sampled.LogEvidence.Error
                    "lower", estimate sampled.Lower
                    "upper", estimate sampled.Upper
                    "converged", Tree.Truth sampled.HasConverged
                    "chains", Tree.count sampled.Chains
                    "rungs", Tree.count sampled.Rungs
                    "seconds", Tree.Number sampled.Elapsed.TotalSeconds
                ])

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
