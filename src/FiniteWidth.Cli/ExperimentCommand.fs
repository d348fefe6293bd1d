namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.IO
open System.Threading
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures

/// `finitewidth experiment JOB.json`.
[<RequireQualifiedAccess>]
module ExperimentCommand =

    /// Where the results go, and whether there must be a checkpoint to go on from.
    type Options =
        {
            Folder: string option
            MustResume: bool
            /// In place of the job's.
            Seed: uint64 option
        }

    let private checkpointFolder folder = Path.Combine(folder, "checkpoints")

    let private checkpointPath folder fingerprint =
        Path.Combine(checkpointFolder folder, $"{fingerprint}.checkpoint")

    let private requireCheckpoint options (paths: string option list) =
        match options.Folder with
        | None when options.MustResume ->
            Error(BadData "--resume needs the folder with the checkpoints: give --output FOLDER.")
        | Some folder when options.MustResume && not (paths |> List.choose id |> List.exists File.Exists) ->
            Error(
                BadFile(
                    folder,
                    "there is no checkpoint of this job here: give the job and the folder that it was started with, or leave --resume out."
                )
            )
        | _ -> Ok()

    let private describe (point: GridPoint) =
        let widths =
            Architecture.widths point.Architecture |> List.map string |> String.concat ", "

        $"P = {point.Examples}, N = {widths}, T = {Decimals.short point.Temperature}"

    let private plans (job: ExperimentJob) options (split: Split) report token grid =
        let fingerprint = Fingerprint.ofPoint split job.Plan

        grid
        |> List.mapi (fun i point ->
            let path =
                options.Folder
                |> Option.map (fun folder -> checkpointPath folder (fingerprint point))

            let settings =
                { job.Plan.Settings with
                    Cancellation = token
                    Checkpoint =
                        path
                        |> Option.map (fun path ->
                            {
                                Path = path
                                Every = job.CheckpointEvery
                            })
                    Progress = report i (describe point)
                }

            point, path, { job.Plan with Settings = settings })

    let private title (job: ExperimentJob) grid =
        let architecture = (List.head grid).Architecture
        let activation = (Architecture.activation architecture).Name

        let kind =
            match architecture with
            | Architecture.Convolutional _ -> "convolutional network"
            | Architecture.Image network -> $"network of {network.Layers.Length} convolutional layers"
            | Architecture.FullyConnected network when network.Depth = 1 -> "network with one hidden layer"
            | Architecture.FullyConnected network -> $"network with {network.Depth} hidden layers"

        let examples = grid |> List.map _.Examples |> List.distinct
        let temperatures = grid |> List.map _.Temperature |> List.distinct

        let fixed' =
            [
                match examples with
                | [ p ] -> $"P = {p}"
                | _ -> ()
                match temperatures with
                | [ t ] -> $"T = {Decimals.short t}"
                | _ -> ()
            ]
            |> String.concat ", "

        $"{activation} {kind}, {fixed'}: theory and experiment".Replace(", :", ":")

    let private save job grid (comparison: Comparison) (json: string) folder =
        OutputFolder.write folder (fun stage ->
            result {
                let file name = Path.Combine(stage, name)

                let! table =
                    [
                        for name, values in Comparison.columns comparison -> name, Column.Numbers values
                        for name, values in Comparison.words comparison -> name, Column.Words values
                    ]
                    |> Table.ofColumns

                do! AtomicFile.writeText (file "results.json") (json + "\n")
                do! Table.writeCsv (file "results.csv") table

                do!
                    ExperimentFigure.chart job.Job.Scaling.IsSome (title job grid) comparison
                    |> Export.saveHtml (file "figure.html")
            })

    // What a killed run has left there goes as well.
    let private checkFolder options =
        match options.Folder with
        | Some folder ->
            OutputFolder.check folder
            |> Result.map (fun () ->
                OutputFolder.sweep folder
                AtomicFile.sweep (checkpointFolder folder))
        | None -> Ok()

    let private wasStopped (token: CancellationToken) (comparison: Comparison) =
        token.IsCancellationRequested
        && (not comparison.Missing.IsEmpty
            || comparison.Points
               |> List.exists (fun point -> point.Measurement.Run.Stopped = Stop.Cancelled))

    /// What the experiment of a job would take on this machine, by short pilots, or why it cannot be run.
    let estimate (seed: uint64 option) path =
        result {
            let! job = ExperimentJob.read path
            let job = seed |> Option.fold (fun job seed -> ExperimentJob.withSeed seed job) job
            let! split, _ = Examples.loadWithUnits job.Job.Source
            do! Examples.checkJob job.Job split.Train

            return!
                match job.Job.Network with
                | JobNetwork.Dense network -> SamplingTime.estimate job.Plan (Job.points network job.Job) split
                | JobNetwork.Convolutional _
                | JobNetwork.Image _
                | JobNetwork.Transfer _ -> Error(Unsupported "The time is told of fully connected networks alone.")
        }

    // Measures and compares, in the units of the targets; and whether it was told to stop.
    let private measure (job: ExperimentJob) options (split: Split) units grid =
        Stoppable.run (fun token ->
            Terminal.withReports (List.length grid) (fun report ->
                let plans = plans job options split report token grid

                result {
                    do! requireCheckpoint options [ for _, path, _ in plans -> path ]

                    let plan point =
                        plans
                        |> List.pick (fun (other, _, plan) ->
                            if obj.ReferenceEquals(other, point) then
                                Some plan
                            else
                                None)

                    let! comparison = Comparison.run job.Theories plan grid split

                    let inUnits =
                        match units with
                        | Some units -> List.map (InUnits.compared units split.Train.Outputs)
                        | None -> id

                    return
                        { comparison with
                            Points = inUnits comparison.Points
                        },
                        wasStopped token comparison
                }))

    // From examples that `readOf` has; `keep` takes the result before it is returned.
    let private runFrom readOf keep options (job: ExperimentJob) =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! (split: Split), units = readOf job
            do! Examples.checkJob job.Job split.Train
            let! grid = ExperimentJob.grid split.Train job
            let read = clock.Elapsed.TotalSeconds
            let! comparison, stopped = measure job options split units grid

            if comparison.Points.IsEmpty && stopped then
                return Outcome.Stopped None
            elif comparison.Points.IsEmpty then
                return!
                    Error(
                        Unsupported
                            "The time of the experiment was over before there were enough draws for any result: give it more."
                    )
            else
                let json =
                    ExperimentResults.toJson
                        comparison
                        {
                            Command = "experiment"
                            NotCertified = None
                            Job = JobWriter.write (ExperimentJob.write job) job.Job
                            Seeds = JobWriter.seeds job.Job @ [ "sampling", job.Plan.Settings.Seed ]
                            Started = started
                            Read = read
                            Solve = clock.Elapsed.TotalSeconds - read
                        }

                do! keep grid comparison json

                return
                    if stopped then
                        Outcome.Stopped(Some json)
                    else
                        Outcome.Finished json
        }

    let private load (job: ExperimentJob) = Examples.loadWithUnits job.Job.Source

    /// Runs the experiment of a job beside its theories, writes the files where a folder is given, and returns one JSON document.
    let run options path =
        result {
            let! job = ExperimentJob.read path

            let job =
                options.Seed
                |> Option.fold (fun job seed -> ExperimentJob.withSeed seed job) job

            do! checkFolder options

            let keep grid comparison json =
                match options.Folder with
                | Some folder -> save job grid comparison json folder
                | None -> Ok()

            return! runFrom load keep options job
        }

    /// Runs the experiments of one job after the other, all of them on the same examples, which are read once. Each has a folder that its checkpoints
    /// are kept in, from which a run that was stopped goes on; nothing else is written.
    let session () =
        let mutable examples = None

        let readOnce job =
            match examples with
            | Some read -> Ok read
            | None ->
                load job
                |> Result.map (fun read ->
                    examples <- Some read
                    read)

        fun folder job ->
            AtomicFile.sweep (checkpointFolder folder)

            runFrom
                readOnce
                (fun _ _ _ -> Ok())
                {
                    Folder = Some folder
                    MustResume = false
                    Seed = None
                }
                job
