namespace FiniteWidth.Cli

open FiniteWidth

/// One predicted point of two coupled networks.
type TransferPointResult =
    {
        Posterior: Transfer
        LogEvidence: float
        /// The score of each network on its own task's test set.
        Scores: Score list
    }

/// Transfer between two tasks.
[<RequireQualifiedAccess>]
module CoupledTheory =

    let private solver (first: Split) (second: Split) (networks, temperature) =
        result {
            let! posterior =
                Transfer.solve
                    networks
                    temperature
                    {
                        First = first.Train
                        Second = second.Train
                    }

            let scores =
                [
                    Transfer.scoreFirst first.Test posterior
                    Transfer.scoreSecond second.Test posterior
                ]

            let logEvidence = Transfer.logEvidence posterior

            do!
                Results.requireFinite
                    $"prediction at T = {temperature}"
                    "doubles"
                    (logEvidence :: List.map _.Loss scores)

            return
                {
                    Posterior = posterior
                    LogEvidence = logEvidence
                    Scores = scores
                }
        }

    let private tree (result: TransferPointResult) =
        let posterior = result.Posterior
        let network = posterior.Networks.Network

        Results.network network.Widths network.Priors
        @ [
            "gamma", Tree.Number posterior.Networks.Coupling
            "temperature", Tree.Number posterior.Temperature
        ]
        @ Results.matrixSaddlePoint posterior.SaddlePoint.Chosen.OrderParameter posterior.SaddlePoint
        @ [
            "logEvidence", Tree.Number result.LogEvidence
            "tasks", Tree.objects (List.map Results.score result.Scores)
        ]

    // The second task does not give its answers in the units of standardized targets.
    let private load source =
        match source with
        | Source.StandardizedTargets _ ->
            Refusing.because
                "job.data.targets: \"standardize\" is not undone for two tasks: leave the key out, or standardize the targets in the file."
        | source -> Examples.loadWithUnits source |> Result.map fst

    let private predict (job: Job) (asked: PredictionAsked) =
        result {
            // A pair of networks has two tasks.
            let! second = load job.Second.Value
            let! points = Job.points job |> Job.ofKind JobNetwork.coupled

            return! ResultKind.solve (ResultKind.ofTree tree) asked.Examples (solver asked.Examples.Split second) points
        }

    /// A theory of two coupled networks.
    let create theory (job: Job) =
        let none =
            { Refusing.everything job with
                StandardTargets = Error Refusing.notUndone
            }

        if Theory.isProportional theory then
            { none with Predict = predict job }
        else
            none
