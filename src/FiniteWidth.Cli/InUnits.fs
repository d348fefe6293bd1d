namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// Results of standardized targets in the units of the targets. Actions and order parameters stay those of the standardized ones.
[<RequireQualifiedAccess>]
module InUnits =

    let private expansion units (expansion: WidthExpansion) =
        { expansion with
            InfiniteWidth = TargetUnits.score units expansion.InfiniteWidth
            Slope = TargetUnits.score units expansion.Slope
            SlopeError = TargetUnits.score units expansion.SlopeError
            Layers =
                expansion.Layers
                |> List.map (fun layer ->
                    { layer with
                        Slope = TargetUnits.score units layer.Slope
                        SlopeError = TargetUnits.score units layer.SlopeError
                    })
        }

    let private assumption units (error: AssumptionError) : AssumptionError =
        {
            Value = TargetUnits.square units error.Value
            StandardError = TargetUnits.square units error.StandardError
        }

    /// What is known of the error of a loss.
    let assessment units (assessment: Assessment) =
        { assessment with
            ErrorBar = assessment.ErrorBar |> Result.map (TargetUnits.square units)
            Criterion =
                assessment.Criterion
                |> Result.map (fun criterion ->
                    { criterion with
                        Slope = TargetUnits.square units criterion.Slope
                    })
            Expansion = assessment.Expansion |> Result.map (expansion units)
            AssumptionError = assessment.AssumptionError |> Result.map (assumption units)
        }

    let private measured units (value: Measured) : Measured =
        {
            Value = TargetUnits.square units value.Value
            Error = TargetUnits.square units value.Error
        }

    let private measuredScore units (score: MeasuredScore) : MeasuredScore =
        {
            Loss = measured units score.Loss
            Bias = measured units score.Bias
            Variance = measured units score.Variance
        }

    let private theories units (theories: PointTheories) =
        { theories with
            InfiniteWidth = theories.InfiniteWidth |> Result.map (TargetUnits.score units)
            SaddlePoint =
                { theories.SaddlePoint with
                    Score = theories.SaddlePoint.Score |> Result.map (TargetUnits.score units)
                }
            FirstOrder =
                theories.FirstOrder
                |> Result.map (fun corrected ->
                    { corrected with
                        CorrectedTheory.Score = measuredScore units corrected.Score
                    })
            Exact = theories.Exact |> Option.map (TargetUnits.score units)
        }

    /// A certified answer: what certifies it are shares of the loss, which units do not change.
    let auto units (point: AutoPoint) =
        { point with
            Certificate =
                { point.Certificate with
                    Score = measuredScore units point.Certificate.Score
                    Bracket =
                        point.Certificate.Bracket
                        |> Option.map (fun struct (least, most) ->
                            struct (TargetUnits.square units least, TargetUnits.square units most))
                }
            Theories = theories units point.Theories
            Sampled =
                point.Sampled
                |> Option.map (fun sampled ->
                    { sampled with
                        Score = measuredScore units sampled.Score
                        // Standardized targets are no classes.
                        Accuracy = None
                    })
        }

    let private estimate units (value: Estimate) : Estimate =
        {
            Value = TargetUnits.square units value.Value
            Error = TargetUnits.square units value.Error
        }

    // Losses are squares, and the log likelihood is a log evidence given the hidden layers.
    let private diagnosis units (diagnosis: Diagnosis) =
        match diagnosis.Name with
        | "test loss"
        | "train loss" ->
            { diagnosis with
                Mean = TargetUnits.square units diagnosis.Mean
                Deviation = TargetUnits.square units diagnosis.Deviation
                Error = TargetUnits.square units diagnosis.Error
            }
        | "log likelihood" ->
            { diagnosis with
                Mean = TargetUnits.logEvidence units diagnosis.Mean
            }
        | _ -> diagnosis

    let private measurement units (measurement: Measurement) =
        { measurement with
            Loss = estimate units measurement.Loss
            Bias = estimate units measurement.Bias
            Variance = estimate units measurement.Variance
            TrainLoss = estimate units measurement.TrainLoss
            Accuracy = None
            Evidence = measurement.Evidence |> Option.map (Result.map (EvidenceJson.inUnits units))
            Diagnoses = measurement.Diagnoses |> List.map (diagnosis units)
        }

    /// A point of an experiment, as its results have it: what is measured at each test point stays as it is.
    let compared (units: TargetUnits) outputs (point: ComparedPoint) =
        let units =
            { units with
                Count = point.Point.Examples * outputs
            }

        { point with
            InfiniteWidth = point.InfiniteWidth |> Option.map (TargetUnits.score units)
            ErrorBar = point.ErrorBar |> Result.map (TargetUnits.square units)
            Expansion = point.Expansion |> Result.map (expansion units)
            Theories =
                point.Theories
                |> List.map (fun theory ->
                    { theory with
                        TheoryResult.Score = TargetUnits.score units theory.Score
                        LogEvidence = TargetUnits.logEvidence units theory.LogEvidence
                    })
            Measurement = measurement units point.Measurement
        }
