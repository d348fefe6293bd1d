namespace FiniteWidth.Cli

open FiniteWidth

/// `finitewidth explain JOB.json`.
[<RequireQualifiedAccess>]
module ExplainCommand =

    /// The explanation of a job's network under its theory, at the size of its data; a sweep changes numbers in it, no equation.
    let run path =
        result {
            let! job = JobFile.readPrediction path
            let! split, _ = Examples.loadWithUnits job.Source
            return! (Job.theory job).Explain split
        }
