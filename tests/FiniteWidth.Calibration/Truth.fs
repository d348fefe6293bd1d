namespace FiniteWidth.Calibration

open System
open FiniteWidth
open FiniteWidth.Experiment

/// What real networks do, by means that the answers do not use: the exact integral of linear networks, and long chains of others.
[<RequireQualifiedAccess>]
module Truth =

    // Far from the seeds of answers.
    let private seed = 1_000_000UL

    let private chains (seconds: float) (problem: RandomProblem) =
        let plan =
            { Measurement.standard with
                Settings =
                    { Measurement.standard.Settings with
                        Seed = seed + problem.Seed
                        Draws = 50_000
                        EffectiveDraws = Some 1000.0
                        TimeLimit = Some(TimeSpan.FromSeconds seconds)
                    }
            }

        Measurement.run plan (Architecture.FullyConnected problem.Network) problem.Temperature problem.Split
        |> Result.bind (fun measurement ->
            match measurement.Verdict with
            | Verdict.Converged -> Ok measurement.Loss
            | verdict -> Error(Inaccurate(string verdict)))

    /// The loss with its standard error, found in so many seconds.
    let loss seconds (problem: RandomProblem) : Result<Estimate, Failure> =
        if problem.Network.Activation = Activation.linear then
            ScaleMixture.solve problem.Network problem.Temperature (Study problem.Split.Train)
            |> Result.map (fun mixture ->
                {
                    Value = (ScaleMixture.score problem.Split.Test mixture).Loss
                    Error = 0.0
                })
        else
            chains seconds problem
