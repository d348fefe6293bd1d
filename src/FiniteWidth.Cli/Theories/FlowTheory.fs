namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// One predicted point of gradient flow.
type FlowPointResult =
    {
        Network: Network
        /// Infinite at the end of training.
        Time: float
        Score: Score
        Train: Score
    }

/// Gradient flow at infinite width.
[<RequireQualifiedAccess>]
module FlowTheory =

    let private at (split: Split) network flow time =
        let score, train =
            GradientFlow.score time split.Test flow, GradientFlow.trainScore time flow

        Results.requireFinite $"prediction at t = {time}" "doubles" [ score.Loss; train.Loss ]
        |> Result.map (fun () ->
            {
                Network = network
                Time = time
                Score = score
                Train = train
            })

    let private tree (result: FlowPointResult) =
        Results.network result.Network.Widths result.Network.Priors
        @ [ "time", Tree.Number result.Time ]
        @ Results.score result.Score
        @ [ "trainLoss", Tree.Number result.Train.Loss ]

    let private kind =
        { ResultKind.ofTree tree with
            InUnits =
                fun units result ->
                    { result with
                        Score = TargetUnits.score units result.Score
                        Train = TargetUnits.score units result.Train
                    }
        }

    // Trains one network after the other, and predicts at every time.
    let private predict job (asked: PredictionAsked) =
        let split = asked.Examples.Split

        Job.points job
        |> Job.ofKind JobNetwork.dense
        |> Result.bind (
            Result.traverse (fun (network, _) ->
                GradientFlow.train split.Train network
                |> Result.bind (fun flow -> Job.times job |> Result.traverse (at split network flow)))
        )
        |> Result.map (List.concat >> ResultKind.predicted kind asked.Examples)

    /// Gradient flow of a job's network.
    let create (job: Job) =
        let none =
            { Refusing.everything job with
                SweepKeys = [ "prior"; "time" ]
            }
            |> Refusing.toExplain "job.theory: \"ntk\" has no action to explain: use another theory." job
            |> Refusing.toFit "job.theory: \"ntk\" has no evidence to fit: use another theory."

        match job.Network with
        | JobNetwork.Dense _ -> { none with Predict = predict job }
        | _ -> none

    /// Gradient flow by its name.
    let named =
        {
            Name = "ntk"
            Keys = OwnKeys.TrainingTime
            Equation = None
            Compared = None
            Of = create
        }
