namespace FiniteWidth.Cli

open System
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// Results of theories whose order parameters are numbers.
[<RequireQualifiedAccess>]
module OneOutput =

    let private witness witness =
        match witness with
        | Witness.ExactSlope -> "exactSlope"
        | Witness.TheorySlope -> "slope"
        | Witness.NoSlope -> "none"

    let private layerSlope (layer: LayerSlope) =
        [
            "layer", Tree.count layer.Layer
            "slope", Tree.Number layer.Slope.Loss
            "slopeError", Tree.Number layer.SlopeError.Loss
        ]

    let private exactSlope expansion =
        match expansion with
        | Error(reason: Failure) -> [ "exactSlopeReason", Tree.Word reason.Message ]
        | Ok(expansion: WidthExpansion) ->
            [
                "exactSlope", Tree.Number expansion.Slope.Loss
                "exactSlopeError", Tree.Number expansion.SlopeError.Loss

                if expansion.Layers.Length > 1 then
                    "layerSlopes", Tree.objects (List.map layerSlope expansion.Layers)
            ]

    let private criterion (assessment: Assessment) =
        [
            match assessment.Criterion with
            | Ok criterion ->
                "r", Tree.Number criterion.R
                "slope", Tree.Number criterion.Slope
            | Error reason -> "slopeReason", Tree.Word reason.Message

            yield! exactSlope assessment.Expansion
            "finiteWidthWins", Tree.orNothing Tree.Truth assessment.FiniteWidthWins
            "verdict", Tree.Word(string assessment.Verdict)
            "decidedBy", Tree.Word(witness assessment.Witness)
        ]

    let private assumptionError error =
        match error with
        | Ok(error: AssumptionError) ->
            [
                "assumptionError", Tree.Number error.Value
                "assumptionErrorStandardError", Tree.Number error.StandardError
            ]
        | Error(reason: Failure) ->
            [
                "assumptionError", Tree.Nothing
                "assumptionErrorStandardError", Tree.Nothing
                "assumptionErrorReason", Tree.Word reason.Message
            ]

    let private crossValidation losses =
        let mean = List.average losses
        let count = float losses.Length
        let squares = losses |> List.sumBy (fun loss -> (loss - mean) * (loss - mean))

        "crossValidation",
        Tree.Object
            [
                "value", Tree.Number mean
                "error", Tree.Number(sqrt (squares / (count * (count - 1.0))))
                "folds", Tree.numbers losses
            ]

    /// A point of a result.
    let tree (result: PointResult) =
        let posterior, average = result.Posterior, Option.map fst result.Answer.Average

        let symbols, chosen =
            posterior.Model.OrderParameters, posterior.SaddlePoint.Chosen.OrderParameters

        let shown =
            match average with
            | Some average -> [ "Qbar", Tree.numbers [ average.MeanScale ] ]
            | None -> Results.orderParameters symbols chosen

        [
            yield! Results.place posterior.Network.Widths posterior.Network.Priors posterior.Temperature
            yield! Results.saddlePoint shown symbols posterior.SaddlePoint
            "logEvidence", Tree.Number result.LogEvidence
            yield! Results.score result.Score
            yield! Results.iterative "Qbar" chosen posterior.Accuracy result.ScoreError

            if not result.Folds.IsEmpty then
                crossValidation result.Folds

            Results.optional "errorBar" Tree.Number result.Assessment.ErrorBar
            yield! assumptionError result.Assessment.AssumptionError

            match average |> Option.bind _.DegreesOfFreedom with
            | Some nu -> "degreesOfFreedom", Tree.Number nu
            | None -> ()

            "criterion", Tree.Object(criterion result.Assessment)
        ]

    let private withScore score (result: PointResult) =
        { result with
            Answer.Point.Score = score result.Score
        }

    let private inUnits units (result: PointResult) =
        let laws = result.Answer.Laws

        { withScore (TargetUnits.score units) result with
            Answer.LogEvidence = TargetUnits.logEvidence units result.LogEvidence
            Answer.Laws = lazy TargetUnits.laws units laws.Value
            Assessment = InUnits.assessment units result.Assessment
            Folds = result.Folds |> List.map (TargetUnits.square units)
            ScoreError = result.ScoreError |> Option.map (TargetUnits.score units)
        }

    let private atPoints (result: PointResult) =
        let posterior, laws = result.Posterior, result.Answer.Laws.Value

        {
            Widths = posterior.Network.Widths
            ReadoutPrior = List.last posterior.Network.Priors
            Temperature = posterior.Temperature
            IsLogits = false
            Laws = laws
            Classes =
                if Array2D.length2 laws > 1 then
                    Some(ClassProbabilities.ofIndependent laws)
                else
                    None
        }

    /// These results.
    let kind =
        {
            Tree = tree
            InUnits = inUnits
            WithoutTargets =
                fun result ->
                    { withScore (fun _ -> Results.unknown) result with
                        Assessment = Assessment.missing (Unsupported "The test set has no targets.")
                        ScoreError = None
                    }
            AtPoints = Some atPoints
        }

    let private solver theory firstOrder study (split: Split) =
        let expand =
            match firstOrder with
            | FirstOrder.Computed seed -> WidthExpansion.solverFrom seed split.Test study
            | FirstOrder.LeftOut -> WidthExpansion.leftOut

        DenseTheory.solver expand study split.Test theory

    // With the folds of a cross-validation, where one is asked for.
    let private withFolds theory (job: Job) (split: Split) solve =
        match job.CrossValidation with
        | None -> Ok solve
        | Some asked ->
            CrossValidation.folds asked.Count asked.Seed split.Train
            |> Result.map (fun folds ->
                fun point ->
                    result {
                        let! (solved: PointResult) = solve point
                        let! losses = DenseTheory.folds theory folds point
                        return { solved with Folds = losses }
                    })

    // What answers on the study that examples share is kept with them.
    let private shared theory firstOrder (job: Job) (examples: ReadExamples) =
        let key = job.Theory.Name, firstOrder, job.CrossValidation

        match examples.Dense.TryGetValue key with
        | true, solve -> Ok solve
        | _ ->
            solver theory firstOrder examples.Study.Value examples.Split
            |> withFolds theory job examples.Split
            |> Result.map (fun solve ->
                examples.Dense[key] <- solve
                solve)

    /// The predictions of a job by a theory, at the points of its sweep.
    let predict theory (job: Job) (asked: PredictionAsked) =
        let examples = asked.Examples

        result {
            let! study = asked.Study()
            let! points = Job.points job |> Job.ofKind JobNetwork.dense
            do! DenseTheory.prepare study theory points

            let firstOrder =
                if examples.IsLabelled then
                    job.FirstOrder
                else
                    FirstOrder.LeftOut

            let! solve =
                if study.IsDirect then
                    shared theory firstOrder job examples
                else
                    Ok(solver theory firstOrder study examples.Split)

            return! ResultKind.solve kind examples solve points
        }
