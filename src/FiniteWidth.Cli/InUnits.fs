namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// Results of standardized targets in the units of the targets. Actions and order parameters stay those of the standardized ones.
[<RequireQualifiedAccess>]
module InUnits =

    let private expansion units (expansion: WidthExpansion) =
        { expansion with
            InfiniteWidth = TargetUnits.score units expansion.InfiniteWidth
            Slope = TargetUnits.score units expansion.Slope
            SlopeError = TargetUnits.score units expansion.SlopeError
        }

    let private assumption units (error: AssumptionError) : AssumptionError =
        {
            Value = TargetUnits.square units error.Value
            StandardError = TargetUnits.square units error.StandardError
        }

    let private assessment units (assessment: Assessment) =
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

    let point units (result: PointResult) =
        { result with
            Point =
                { result.Point with
                    Score = TargetUnits.score units result.Point.Score
                }
            LogEvidence = TargetUnits.logEvidence units result.LogEvidence
            Assessment = assessment units result.Assessment
            Laws = lazy TargetUnits.laws units result.Laws.Value
            Folds = result.Folds |> List.map (TargetUnits.square units)
        }

    let matrix units (result: MatrixPointResult) =
        { result with
            Score = TargetUnits.score units result.Score
            LogEvidence = TargetUnits.logEvidence units result.LogEvidence
            Mixture =
                result.Mixture
                |> Option.map (fun mixture ->
                    { mixture with
                        ErrorBar = TargetUnits.square units mixture.ErrorBar
                    })
            Laws = lazy TargetUnits.laws units result.Laws.Value
            // Standardized targets are no classes.
            Classes = None
        }

    let flow units (result: FlowPointResult) =
        { result with
            Score = TargetUnits.score units result.Score
            Train = TargetUnits.score units result.Train
        }
