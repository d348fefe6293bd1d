namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// A network's hyperparameters with what they give.
type FitPoint =
    {
        Priors: float list
        Biases: float option list
        Temperature: float
        LogEvidence: float
        /// That of real networks, where it was asked for.
        Sampled: Result<SampledEvidence, Failure> option
        Score: Score
        /// Of classes, in place of the score: beta and theirs.
        Classes: (float * ClassScore) option
    }

/// One network fitted by its evidence.
type FitResult =
    {
        Widths: int list
        Start: FitPoint
        Optimum: FitPoint
        Gradient: (Hyperparameter * float) list
        GradientNorm: float
        Iterations: int
        Evaluations: int
        End: SearchEnd
        Remarks: FitRemark list
    }

/// Fits and their JSON.
[<RequireQualifiedAccess>]
module FitResults =

    /// What a result reports of a fit, `describe` telling a posterior's hyperparameters and score for its log evidence.
    let ofFit widths describe (fit: EvidenceFit<'Posterior>) =
        {
            Widths = widths
            Start = describe fit.StartLogEvidence fit.Start
            Optimum = describe fit.LogEvidence fit.Optimum
            Gradient = List.zip fit.Hyperparameters (List.ofArray fit.Gradient)
            GradientNorm = fit.GradientNorm
            Iterations = fit.Iterations
            Evaluations = fit.Evaluations
            End = fit.End
            Remarks = fit.Remarks
        }

    /// The fit of standardized targets in the units of the targets; temperatures and priors stay those of the standardized ones.
    let inUnits units (result: FitResult) =
        let point (point: FitPoint) =
            { point with
                LogEvidence = TargetUnits.logEvidence units point.LogEvidence
                Sampled = point.Sampled |> Option.map (Result.map (EvidenceJson.inUnits units))
                Score = TargetUnits.score units point.Score
            }

        { result with
            Start = point result.Start
            Optimum = point result.Optimum
        }

    let private point (writer: Utf8JsonWriter) (name: string) (point: FitPoint) =
        writer.WriteStartObject name
        Results.numbers writer "priors" point.Priors
        writer.WriteStartArray "biases"

        for bias in point.Biases do
            match bias with
            | Some precision -> writer.WriteNumberValue precision
            | None -> writer.WriteNullValue()

        writer.WriteEndArray()

        match point.Classes with
        | Some(beta, score) ->
            Results.number writer "beta" beta
            Results.number writer "logEvidence" point.LogEvidence
            ClassResults.score writer score
        | None ->
            Results.number writer "temperature" point.Temperature
            Results.number writer "logEvidence" point.LogEvidence
            point.Sampled |> Option.iter (EvidenceJson.writeResult writer "sampled")
            Results.number writer "loss" point.Score.Loss
            Results.number writer "bias" point.Score.Bias
            Results.number writer "variance" point.Score.Variance

        writer.WriteEndObject()

    let private ending searchEnd =
        match searchEnd with
        | SearchEnd.Converged -> "converged"
        | SearchEnd.Stalled -> "stalled"
        | SearchEnd.OutOfSteps -> "out of steps"

    let private fit isBest (writer: Utf8JsonWriter) (result: FitResult) =
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float result.Widths)
        writer.WriteBoolean("best", isBest)
        point writer "start" result.Start
        point writer "optimum" result.Optimum
        writer.WriteStartObject "gradient"

        for hyperparameter, slope in result.Gradient do
            Results.number writer (string hyperparameter) slope

        writer.WriteEndObject()
        Results.number writer "gradientNorm" result.GradientNorm
        writer.WriteString("end", ending result.End)
        writer.WriteNumber("iterations", result.Iterations)
        writer.WriteNumber("evaluations", result.Evaluations)
        writer.WriteStartArray "remarks"

        for remark in result.Remarks do
            writer.WriteStringValue remark.Sentence

        writer.WriteEndArray()
        writer.WriteEndObject()

    /// The one JSON document of a fit.
    let toJson (fits: FitResult list) provenance =
        let best = fits |> List.maxBy _.Optimum.LogEvidence

        let write writer result =
            fit (obj.ReferenceEquals(result, best)) writer result

        Results.documentOf "fits" write fits provenance
