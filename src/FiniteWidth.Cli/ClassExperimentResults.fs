namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// Experiments on classes beside theories as JSON.
[<RequireQualifiedAccess>]
module ClassExperimentResults =

    let private measurement (measurement: ClassMeasurement) =
        let estimate name value = name, EvidenceJson.estimate value

        [
            estimate "accuracy" measurement.Accuracy
            estimate "negativeLogLikelihood" measurement.NegativeLogLikelihood
            estimate "brier" measurement.Brier
            yield! Results.calibration measurement.Score
            estimate "trainCrossEntropy" measurement.TrainCrossEntropy
            estimate "testCrossEntropy" measurement.TestCrossEntropy
            yield! ExperimentResults.chains measurement.Verdict measurement.Run measurement.Diagnoses
        ]

    let private theory (theory: ClassTheoryResult) =
        Results.classScore theory.Score
        @ [
            "logEvidence", Tree.Number theory.LogEvidence
            "accuracyZ", Tree.Number theory.AccuracyZ
            "negativeLogLikelihoodZ", Tree.Number theory.NegativeLogLikelihoodZ
            "brierZ", Tree.Number theory.BrierZ
            "probabilities",
            Tree.Object
                [
                    "rmsZ", Tree.Number theory.Distance.RmsZ
                    "rmsDifference", Tree.Number theory.Distance.RmsDifference
                    "rmsError", Tree.Number theory.Distance.RmsError
                ]
            "agreement", Tree.Word(Agreement.word theory.Agreement)
        ]

    let private gridPoint (point: ClassGridPoint) =
        ExperimentResults.place point.Examples point.Architecture
        @ [ "beta", Tree.Number point.Beta ]

    let private point (compared: ClassComparedPoint) =
        gridPoint compared.Point
        @ [
            "experiment", Tree.Object(measurement compared.Measurement)
            "theories",
            Tree.objects
                [
                    for each in compared.Theories -> ("name", Tree.Word each.Name) :: theory each
                ]
            "nearest", Tree.Word compared.Nearest
            "infiniteWidth", Tree.Object(theory compared.InfiniteWidth)
        ]

    /// The one JSON document of an experiment on classes.
    let toJson (comparison: ClassComparison) provenance =
        Results.document
            [ "missing", Tree.objects (List.map gridPoint comparison.Missing) ]
            "points"
            (List.map point comparison.Points)
            provenance
