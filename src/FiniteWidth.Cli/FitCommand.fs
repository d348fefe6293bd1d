namespace FiniteWidth.Cli

open System
open System.Diagnostics
open FiniteWidth

/// `finitewidth fit JOB.json`.
[<RequireQualifiedAccess>]
module FitCommand =

    let private checkClasses (job: FitJob) units =
        match Job.beta job.Job, job.Fit.Sampled, units with
        | Some _, _, Some _ -> (Job.theory job.Job).StandardTargets
        | Some _, Some _, None ->
            Error(
                Unsupported
                    "job.fit.sampled: the evidence of networks is sampled with the likelihood of numbers: leave the key out."
            )
        | _ -> Ok()

    /// The fits of a job as one JSON document, drawn by `seed` in place of the job's where it is given.
    let run (seed: uint64 option) path =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! job = FitJob.read path
            let job = seed |> Option.fold (fun job seed -> FitJob.withSeed seed job) job

            if (FitJob.seeds job).IsEmpty then
                do! FlagText.refuseSeed seed "this job"

            let! split, units = Examples.loadWithUnits job.Job.Source
            do! Examples.checkJob job.Job split.Train
            do! checkClasses job units
            let read = clock.Elapsed.TotalSeconds
            let! fits = (Job.theory job.Job).Fit job.Fit split

            let inUnits = units |> Option.map FitResults.inUnits |> Option.defaultValue id

            return
                FitResults.toJson
                    (List.map inUnits fits)
                    {
                        Command = "fit"
                        NotCertified = None
                        Job = JobWriter.treeWith (FitJob.entries job) job.Job
                        Seeds = FitJob.seeds job
                        Started = started
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }
