namespace FiniteWidth.Cli

open System.Diagnostics
open FiniteWidth

/// `finitewidth predict JOB.json`.
[<RequireQualifiedAccess>]
module PredictCommand =

    /// The predictions of a job as one JSON document.
    let run path =
        result {
            let clock = Stopwatch.StartNew()
            let! job = Job.read path
            let! points = Job.points job
            let! split = Examples.load job.Source
            let read = clock.Elapsed.TotalSeconds
            let study = Study split.Train

            let! results =
                points
                |> Result.traverse (fun (network, temperature) ->
                    LearningCurve.point job.Theory temperature split.Test study network
                    |> Result.map (Results.ofPoint split.Test))

            return
                Results.toJson
                    results
                    { Read = read
                      Solve = clock.Elapsed.TotalSeconds - read }
        }
