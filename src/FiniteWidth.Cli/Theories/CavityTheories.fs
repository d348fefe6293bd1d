namespace FiniteWidth.Cli

open System.Threading
open FiniteWidth

/// The cavity theory, unit by unit.
[<RequireQualifiedAccess>]
module CavityTheories =

    let private requireFinite (test: DataSet) (posterior: CavityPosterior) =
        let score = CavityPosterior.score test posterior

        Results.requireFinite
            $"prediction of the {posterior.Network} at T = {posterior.Temperature}"
            "single precision"
            [ score.Loss.Value; posterior.LogEvidence.Value ]
        |> Result.map (fun () -> posterior, score)

    /// Solves one network and temperature after the other, each from the solution before it, until it is told to stop.
    let solve asked (cancellation: CancellationToken) (split: Split) points =
        let study = Study split.Train
        let settings = CavityJson.settings split.Train asked

        points
        |> InTurn.solve (fun previous (network, temperature) ->
            CavityTheory.solveWith
                settings
                (Option.map fst previous)
                cancellation
                ignore
                network
                temperature
                split.Test
                study
            |> Result.bind (requireFinite split.Test))

    let private tree (posterior: CavityPosterior, score: MeasuredScore) =
        let diagnostics = posterior.Diagnostics

        [
            yield! Results.place posterior.Network.Widths posterior.Network.Priors posterior.Temperature
            yield! Results.measured "logEvidence" posterior.LogEvidence
            yield! Results.measured "evidenceSlope" posterior.EvidenceSlope
            yield! Results.measuredScore score
            match posterior.LayersBelow with
            | Some(Ok below) -> yield! Results.measured "layersBelow" below
            | Some(Error(reason: Failure)) ->
                "layersBelow", Tree.Nothing
                "layersBelowReason", Tree.Word reason.Message
            | None -> ()

            "specialisedUnits", Results.specialisedUnits "number" posterior.SpecialisedUnits
            "sweeps", Tree.count diagnostics.Sweeps
            "averaged", Tree.count diagnostics.Averaged
            "effectiveUnits", Tree.Number diagnostics.EffectiveUnits
            "acceptance", Tree.Number diagnostics.Acceptance
            "swapRate", Tree.Number diagnostics.SwapRate
            "gaussianCavity",
            match diagnostics.GaussianCavity with
            | GaussianCavity.Holds -> Tree.Word "holds"
            | GaussianCavity.Fails -> Tree.Word "fails"

            "exactDirection", Tree.orNothing Tree.Number diagnostics.ExactDirection
            "curvature", Tree.Number diagnostics.Curvature.Curvature
            "loop", Tree.Number diagnostics.Curvature.Loop
            "residual", Tree.Number posterior.Solution.Residual
            "converged", Tree.Truth posterior.Converged
            "doubts", Tree.words (diagnostics.Doubts |> List.map _.Message)
        ]

    let private predict (job: Job) (asked: PredictionAsked) =
        Job.points job
        |> Job.ofKind JobNetwork.dense
        |> Result.bind (fun points ->
            InTurn.predicted tree asked.Examples (fun token -> solve job.Cavity token asked.Examples.Split points))

    let private create (job: Job) =
        let none =
            { Refusing.everything job with
                StandardTargets = Error Refusing.notUndone
            }
            |> Refusing.toFit "job.theory: \"cavity\" is sampled and is not fitted: use \"proportional\"."

        match job.Network with
        | JobNetwork.Dense network ->
            { none with
                Predict = predict job
                Explain =
                    fun split ->
                        CavityTheory.describes job.Cavity.Layers network job.Temperature split.Train
                        |> Result.map (fun () -> Explain.ofCavity (ProblemSize.Of split) job.Temperature network)
            }
        | _ -> none

    /// The cavity theory by its name.
    let named =
        {
            Name = "cavity"
            Keys = OwnKeys.Cavity
            Equation = None
            Compared = None
            Of = create
        }
