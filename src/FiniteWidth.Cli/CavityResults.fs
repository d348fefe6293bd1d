namespace FiniteWidth.Cli

open System
open System.Text.Json
open System.Threading
open FiniteWidth

/// Predictions of the cavity theory, and their JSON.
[<RequireQualifiedAccess>]
module CavityResults =

    let private requireFinite (test: DataSet) (posterior: CavityPosterior) =
        let score = CavityPosterior.score test posterior

        if Double.IsFinite score.Loss.Value && Double.IsFinite posterior.LogEvidence.Value then
            Ok(posterior, score)
        else
            Error(
                Inaccurate
                    $"The prediction of the {posterior.Network} at T = {posterior.Temperature} is beyond what single precision can hold: rescale the inputs, the targets or the priors."
            )

    /// Points solved, and whether they are all.
    [<NoComparison; NoEquality>]
    type Solved =
        {
            Points: (CavityPosterior * MeasuredScore) list
            IsWhole: bool
        }

    /// Solves one network and temperature after the other, each from the solution before it, until it is told to stop.
    let solve asked (cancellation: CancellationToken) (split: Split) points =
        let study = Study split.Train
        let settings = CavityJson.settings split.Train asked

        let solveOne previous (network, temperature) =
            try
                CavityTheory.solveWith settings previous cancellation ignore network temperature split.Test study
                |> Result.bind (requireFinite split.Test)
                |> Result.map Some
            with :? OperationCanceledException ->
                Ok None

        let solvedSoFar isWhole points =
            Ok
                {
                    Points = List.rev points
                    IsWhole = isWhole
                }

        let rec next previous solved points =
            match points with
            | [] -> solvedSoFar true solved
            | point :: rest ->
                solveOne previous point
                |> Result.bind (fun result ->
                    match result with
                    | Some result -> next (Some(fst result)) (result :: solved) rest
                    | None -> solvedSoFar false solved)

        next None [] points

    let private measured writer name (value: Measured) =
        Results.number writer name value.Value
        Results.number writer (name + "Error") value.Error

    let private gaussianCavity (diagnostics: CavityDiagnostics) =
        match diagnostics.GaussianCavity with
        | GaussianCavity.Holds -> "holds"
        | GaussianCavity.Fails -> "fails"

    let private point (writer: Utf8JsonWriter) (posterior: CavityPosterior, score: MeasuredScore) =
        let diagnostics, units = posterior.Diagnostics, posterior.SpecialisedUnits
        writer.WriteStartObject()
        Results.numbers writer "widths" (List.map float posterior.Network.Widths)
        Results.numbers writer "priors" posterior.Network.Priors
        Results.number writer "temperature" posterior.Temperature
        measured writer "logEvidence" posterior.LogEvidence
        measured writer "evidenceSlope" posterior.EvidenceSlope
        measured writer "loss" score.Loss
        measured writer "bias" score.Bias
        measured writer "variance" score.Variance
        writer.WriteStartObject "specialisedUnits"
        Results.number writer "number" units.Number
        Results.number writer "strength" units.Strength
        Results.number writer "readout" units.Readout
        Results.number writer "share" units.Share
        writer.WriteEndObject()
        writer.WriteNumber("sweeps", diagnostics.Sweeps)
        writer.WriteNumber("averaged", diagnostics.Averaged)
        Results.number writer "effectiveUnits" diagnostics.EffectiveUnits
        Results.number writer "acceptance" diagnostics.Acceptance
        Results.number writer "swapRate" diagnostics.SwapRate
        writer.WriteString("gaussianCavity", gaussianCavity diagnostics)
        Results.number writer "curvature" diagnostics.Curvature.Curvature
        Results.number writer "loop" diagnostics.Curvature.Loop
        Results.number writer "residual" posterior.Solution.Residual
        writer.WriteBoolean("converged", posterior.Converged)
        writer.WriteStartArray "doubts"

        for doubt in diagnostics.Doubts do
            writer.WriteStringValue doubt.Message

        writer.WriteEndArray()
        writer.WriteEndObject()

    /// The one JSON document of a prediction.
    let toJson solved provenance =
        Results.toJsonBy point solved.Points provenance
