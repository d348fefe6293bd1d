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

    let private describe examples architecture (rest: string) =
        let widths =
            Architecture.widths architecture |> List.map string |> String.concat ", "

        $"P = {examples}, N = {widths}, {rest}"

    /// What an experiment has found, of numbers or of classes.
    [<NoComparison; NoEquality>]
    type private Found =
        {
            IsEmpty: bool
            /// Whether something is missing because it was told to stop.
            IsStopped: bool
            Json: Provenance -> string
            Columns: (string * Column) list
            Chart: unit -> Plotly.NET.GenericChart
        }

    let private plans (job: ExperimentJob) options fingerprint describe report token grid =
        grid
        |> List.mapi (fun i point ->
            let path =
                options.Folder
                |> Option.map (fun folder -> checkpointPath folder (fingerprint job.Plan point))

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

    let private title architectures examples (name, values: float list) =
        let architecture = List.head architectures
        let activation = (Architecture.activation architecture).Name

        let kind =
            match architecture with
            | Architecture.Convolutional _ -> "convolutional network"
            | Architecture.Image network when network.Layers.Length = 1 -> "network of one convolutional layer"
            | Architecture.Image network -> $"network of {network.Layers.Length} convolutional layers"
            | Architecture.FullyConnected network when network.Depth = 1 -> "network with one hidden layer"
            | Architecture.FullyConnected network -> $"network with {network.Depth} hidden layers"

        let fixed' =
            [
                match List.distinct examples with
                | [ p: int ] -> $"P = {p}"
                | _ -> ()
                match List.distinct values with
                | [ value ] -> $"{name} = {Decimals.short value}"
                | _ -> ()
            ]
            |> String.concat ", "

        $"{activation} {kind}, {fixed'}: theory and experiment".Replace(", :", ":")

    let private save (found: Found) json folder =
        OutputFolder.writeResults false json (Table.ofColumns found.Columns) (found.Chart()) [] folder

    // What a killed run has left there goes as well.
    let private checkFolder options =
        match options.Folder with
        | Some folder ->
            OutputFolder.check folder
            |> Result.map (fun () ->
                OutputFolder.sweep folder
                AtomicFile.sweep (checkpointFolder folder))
        | None -> Ok()

    /// What the experiment of a job would take on this machine, by short pilots, or why it cannot be run.
    let estimate (seed: uint64 option) path =
        result {
            let! job = ExperimentJob.read path
            let job = seed |> Option.fold (fun job seed -> ExperimentJob.withSeed seed job) job
            let! split, _ = Examples.loadWithUnits job.Job.Source
            do! Examples.checkJob job.Job split.Train

            return!
                match Job.points job.Job |> Job.ofKind JobNetwork.dense with
                | _ when (Job.beta job.Job).IsSome -> Error(Unsupported "The time is told of numbers, not of classes.")
                | Ok [] -> Error(Unsupported "The time is told of fully connected networks alone.")
                | points ->
                    points
                    |> Result.bind (fun points -> SamplingTime.estimate job.Plan points split)
        }

    // Compares by the plan of each point of a grid.
    let private measured job options fingerprint describe grid compare =
        Stoppable.run (fun token ->
            Terminal.withReports (List.length grid) (fun report ->
                let plans = plans job options fingerprint describe report token grid

                result {
                    do! requireCheckpoint options [ for _, path, _ in plans -> path ]

                    let plan point =
                        plans
                        |> List.pick (fun (other, _, plan) ->
                            if obj.ReferenceEquals(other, point) then
                                Some plan
                            else
                                None)

                    let! comparison = compare plan
                    return comparison, token.IsCancellationRequested
                }))

    // What a comparison found at its points, whose chains have these runs, where others are missing.
    let private found isCancelled missing (runs: Run list) json (numbers, words) chart =
        {
            IsEmpty = runs.IsEmpty
            IsStopped =
                isCancelled
                && (not (List.isEmpty missing)
                    || runs |> List.exists (fun run -> run.Stopped = Stop.Cancelled))
            Json = json
            Columns =
                [
                    for name, values in numbers -> name, Column.Numbers values
                    for name, values in words -> name, Column.Words values
                ]
            Chart = chart
        }

    // Numbers, in the units of the targets.
    let private ofNumbers (job: ExperimentJob) options (split: Split) units =
        result {
            let! grid = ExperimentJob.grid split.Train job

            let! comparison, isCancelled =
                measured
                    job
                    options
                    (Fingerprint.ofPoint split)
                    (fun point -> describe point.Examples point.Architecture $"T = {Decimals.short point.Temperature}")
                    grid
                    (fun plan -> Comparison.run job.Theories plan grid split)

            let inUnits =
                match units with
                | Some units -> List.map (InUnits.compared units split.Train.Outputs)
                | None -> id

            let comparison =
                { comparison with
                    Points = inUnits comparison.Points
                }

            let title =
                title
                    (grid |> List.map _.Architecture)
                    (grid |> List.map _.Examples)
                    ("T", grid |> List.map _.Temperature)

            return
                found
                    isCancelled
                    comparison.Missing
                    (comparison.Points |> List.map _.Measurement.Run)
                    (ExperimentResults.toJson comparison)
                    (Comparison.columns comparison, Comparison.words comparison)
                    (fun () -> ExperimentFigure.chart job.Job.Scaling.IsSome title comparison)
        }

    let private ofClasses beta (job: ExperimentJob) options (split: Split) (units: TargetUnits option) =
        result {
            if units.IsSome then
                do! (Job.theory job.Job).StandardTargets

            let! grid = ExperimentJob.classGrid split.Train beta job

            let! comparison, isCancelled =
                measured
                    job
                    options
                    (Fingerprint.ofClassPoint split)
                    (fun (point: ClassGridPoint) ->
                        describe point.Examples point.Architecture $"beta = {Decimals.short point.Beta}")
                    grid
                    (fun plan -> ClassComparison.run (ExperimentJob.classTheoriesOf job) plan grid split)

            let title =
                title (grid |> List.map _.Architecture) (grid |> List.map _.Examples) ("β", grid |> List.map _.Beta)

            return
                found
                    isCancelled
                    comparison.Missing
                    (comparison.Points |> List.map _.Measurement.Run)
                    (ClassExperimentResults.toJson comparison)
                    (ClassComparison.columns comparison, ClassComparison.words comparison)
                    (fun () -> ClassExperimentFigure.chart title comparison)
        }

    // From examples that `readOf` has; `keep` takes the result before it is returned.
    let private runFrom readOf keep options (job: ExperimentJob) =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! (split: Split), units = readOf job
            do! Examples.checkJob job.Job split.Train
            let read = clock.Elapsed.TotalSeconds

            let! found =
                match Job.beta job.Job with
                | Some beta -> ofClasses beta job options split units
                | None -> ofNumbers job options split units

            if found.IsEmpty && found.IsStopped then
                return Outcome.Stopped None
            elif found.IsEmpty then
                return!
                    Error(
                        Unsupported
                            "The time of the experiment was over before there were enough draws for any result: give it more."
                    )
            else
                let json =
                    found.Json
                        {
                            Command = "experiment"
                            NotCertified = None
                            Job = JobWriter.treeWith (ExperimentJob.entries job) job.Job
                            Seeds = JobWriter.seeds job.Job @ [ "sampling", job.Plan.Settings.Seed ]
                            Started = started
                            Read = read
                            Solve = clock.Elapsed.TotalSeconds - read
                        }

                do! keep found json

                return
                    if found.IsStopped then
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

            let keep found json =
                match options.Folder with
                | Some folder -> save found json folder
                | None -> Ok()

            return! runFrom load keep options job
        }

    /// Runs the experiments of one job after the other, all of them on the same examples, which are read once. Each has a folder that its checkpoints
    /// are kept in, from which a run that was stopped goes on; nothing else is written.
    let session () =
        let readOnce = Examples.once load

        fun folder job ->
            AtomicFile.sweep (checkpointFolder folder)

            runFrom
                readOnce
                (fun _ _ -> Ok())
                {
                    Folder = Some folder
                    MustResume = false
                    Seed = None
                }
                job
