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
            let! split = Examples.load job.Source
            let read = clock.Elapsed.TotalSeconds
            let solve = Results.solver (Study split.Train) split.Test job.Treatment
            let! results = Job.points job |> Result.traverse solve

            return
                Results.toJson
                    results
                    {
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }
