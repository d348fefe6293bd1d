namespace FiniteWidth.Cli

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

    let private diagnosis (diagnosis: Diagnosis) =
        [
            "name", Tree.Word diagnosis.Name
            "mean", Tree.Number diagnosis.Mean
            "error", Tree.Number diagnosis.Error
            "rHat", Tree.Number diagnosis.RHat
            "effectiveDraws", Tree.Number(Diagnosis.size diagnosis)
        ]

    /// Whether chains have converged, how they were run, and what they rest on.
    let chains verdict (run: Run) diagnoses =
        Results.convergence verdict
        @ [
            "sampler", Tree.Word run.Sampler
            "stopped", Tree.Word(stop run.Stopped)
            "chains", Tree.count run.States.Length
            "draws", Tree.count run.Length
            "acceptance", Tree.Number(run.Tallies |> Array.averageBy _.Acceptance)
            "divergences", Tree.Whole(run.Tallies |> Array.sumBy _.Divergences |> uint64)
            "seconds", Tree.Number run.Elapsed.TotalSeconds
            "diagnoses", Tree.objects (List.map diagnosis diagnoses)
        ]

    let private measurement (measurement: Measurement) =
        let estimate name value = name, EvidenceJson.estimate value

        [
            estimate "loss" measurement.Loss
            estimate "bias" measurement.Bias
            estimate "variance" measurement.Variance
            estimate "trainLoss" measurement.TrainLoss
            yield! measurement.Accuracy |> Option.map (estimate "accuracy") |> Option.toList

            yield!
                measurement.Evidence
                |> Option.map (EvidenceJson.result "logEvidence")
                |> Option.toList

            yield! chains measurement.Verdict measurement.Run measurement.Diagnoses
        ]

    let private theory (theory: TheoryResult) =
        [
            "name", Tree.Word theory.Name
            yield! Results.score theory.Score
            "logEvidence", Tree.Number theory.LogEvidence
            "deviation", Tree.Number theory.Deviation
            "z", Tree.Number theory.LossZ
            "biasZ", Tree.Number theory.BiasZ
            "varianceZ", Tree.Number theory.VarianceZ
            "agreement", Tree.Word(Agreement.word theory.Agreement)
        ]

    /// The examples and the network of a point.
    let place examples architecture =
        ("examples", Tree.count examples)
        :: Results.network (Architecture.widths architecture) (Architecture.priors architecture)

    let private gridPoint (point: GridPoint) =
        place point.Examples point.Architecture
        @ [ "temperature", Tree.Number point.Temperature ]

    let private expansion (firstOrder: float option) (expansion: WidthExpansion) =
        Tree.Object
            [
                yield! firstOrder |> Option.map (fun loss -> "loss", Tree.Number loss) |> Option.toList
                "slope", Tree.Number expansion.Slope.Loss
                "slopeError", Tree.Number expansion.SlopeError.Loss
                "verdict", Tree.Word(string (WidthVerdict.ofExpansion expansion))
            ]

    let private point (compared: ComparedPoint) =
        [
            yield! gridPoint compared.Point
            "experiment", Tree.Object(measurement compared.Measurement)
            "theories", Tree.objects (List.map theory compared.Theories)
            "nearest", Tree.Word compared.Nearest
            Results.optional "errorBar" Tree.Number compared.ErrorBar
            Results.optional "expansion" (expansion compared.FirstOrder) compared.Expansion

            match compared.InfiniteWidth with
            | Some infinite -> "infiniteWidth", Tree.Object(Results.score infinite)
            | None -> ()
        ]

    /// The one JSON document of an experiment.
    let toJson (comparison: Comparison) provenance =
        Results.document
            [ "missing", Tree.objects (List.map gridPoint comparison.Missing) ]
            "points"
            (List.map point comparison.Points)
            provenance
