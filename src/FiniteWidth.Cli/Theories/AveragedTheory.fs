namespace FiniteWidth.Cli

open System.Collections.Generic
open FiniteWidth

/// Averages over the draws of a training set.
[<RequireQualifiedAccess>]
module AveragedTheory =

    let private requireFinite (point: AveragedPoint) =
        Results.requireFinite
            $"average of the {point.Network} over {point.Examples} examples at T = {point.Temperature}"
            "doubles"
            [ point.Score.Loss; point.SaddlePoint.Chosen.Action ]
        |> Result.map (fun () -> point)

    // Networks that differ in their widths alone see the same spectrum.
    let private populations theory study =
        let known = Dictionary<float list, Result<Population, Failure>>()

        fun (network: Network) ->
            match known.TryGetValue network.Priors with
            | true, population -> population
            | _ ->
                let population = Population.ofSample theory network study
                known.Add(network.Priors, population)
                population

    // The points of a sweep over numbers of examples, drawn from those of the study: loads or widths outermost, numbers of examples innermost.
    let private solve theory study (job: Job) points =
        let population = populations theory study

        let curves =
            match job.Sweep.Loads with
            | [] -> [ AveragedCurve.overExamples theory ]
            | loads -> loads |> List.map (fun load -> AveragedCurve.atLoad load theory)

        List.allPairs curves points
        |> Result.traverse (fun (curve, (network, temperature)) ->
            result {
                let! population = population network
                let! points = curve temperature population job.Sweep.Examples network
                return! points |> Result.traverse requireFinite
            })
        |> Result.map List.concat

    let private tree (theory: Theory) (result: AveragedPoint) =
        let symbols = (theory result.Network).OrderParameters

        Results.place result.Network.Widths result.Network.Priors result.Temperature
        @ [ "examples", Tree.count result.Examples ]
        @ Results.saddlePoint (Results.orderParameters symbols result.OrderParameters) symbols result.SaddlePoint
        @ Results.score result.Score
        @ [ "trainLoss", Tree.Number result.TrainingError ]

    let private predict theory job (asked: PredictionAsked) =
        Job.points job
        |> Job.ofKind JobNetwork.dense
        |> Result.bind (solve theory asked.Examples.Study.Value job)
        |> Result.map (ResultKind.predicted (ResultKind.ofTree (tree theory)) asked.Examples)

    /// The same theory averaged over training sets of the numbers of examples that the job's sweep lists.
    let over theory (job: Job) (alone: JobTheory) =
        { alone with
            Folds = (Refusing.everything job).Folds
            OtherSolvers = Error "averages over training sets"
            AveragesUnits = fun _ -> false
            StandardTargets = Error Refusing.notUndone
            Predict = predict theory job
        }
