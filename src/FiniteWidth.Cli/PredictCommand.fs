namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// `finitewidth predict JOB.json`.
[<RequireQualifiedAccess>]
module PredictCommand =

    /// What is written besides the result.
    [<NoComparison; NoEquality>]
    type private Asked =
        {
            Points: (Matrix option -> PointPredictions list -> Result<unit, Failure>) option
            Model: string option
        }

    // Without targets there is no error to tell, and a theory must say what it predicts at every point.
    let private splitOf (job: Job) (points: Points) asked =
        match points.Targets, asked with
        | None, Some _ ->
            let zeros = Matrix.Zeros(points.Inputs.Rows, nativeint points.Train.Outputs)

            DataSet.create points.Inputs zeros |> Result.bind (Split.create points.Train)
        | None, None ->
            Examples.requireTargets job.Source points
            |> Result.mapError (fun failure ->
                BadData
                    $"{failure.Message} With --points FILE what is predicted at each point is written without them.")
        | Some _, _ -> Examples.requireTargets job.Source points

    let private readExamples asked (job: Job) =
        result {
            let fits train test =
                SolverChoice.choose job 1 train test |> Result.map ignore

            let! points, units = Examples.loadPointsWhere fits job.Source
            let! split = splitOf job points asked.Points
            return ReadExamples.create points units split
        }

    // The targets of the points in their own units; of classes a column a class.
    let private targetsOf (job: Job) (examples: ReadExamples) =
        match examples.Units, Job.beta job with
        | Some units, _ -> examples.Points.Targets |> Option.map (TargetUnits.restore units) |> Ok
        | None, Some _ -> ClassTheories.oneHot examples.Split.Train examples.Points.Targets
        | None, None -> Ok examples.Points.Targets

    let private write asked job examples (predicted: Predicted) =
        let optionally write asked =
            asked |> Option.map write |> Option.defaultValue (Ok())

        match asked, predicted.AtPoints with
        | { Points = None; Model = None }, _ -> Ok()
        | _, Some points ->
            result {
                let! targets = targetsOf job examples
                do! asked.Points |> optionally (fun write -> write targets points.Value)

                do!
                    asked.Model
                    |> Option.filter (fun _ -> Ranks.isFirst)
                    |> optionally (fun model -> ModelFile.save model job)
            }
        | _, None ->
            Error(
                Unsupported
                    "The points are known of dense and convolutional networks under the theories infinite-width, proportional, wishart, non-odd, mixture and student-t: leave out --points and --save, or take one of these."
            )

    // What a job asks that is not certified another theory answers, by its own word.
    let private within asked (job: Job) =
        let theory = Job.theory job

        let substitute =
            match asked with
            | { Points = None; Model = None } -> theory.Instead
            | _ -> theory.InsteadAtPoints

        match substitute with
        | None -> job, None
        | Some other ->
            { job with Theory = other.Theory },
            Some
                $"Certified answers are losses of fully connected networks on one training set. This is {other.Of} by the theory \"{other.Theory.Name}\" as it stands."

    // What a prediction draws, and by which seed.
    let private seedsOf (job: Job) solver (examples: ReadExamples) =
        JobWriter.allSeeds job
        @ match solver, job.FirstOrder with
          | ChosenSolver.Iterative, _ -> [ "probes", job.Solver.Seed ]
          | _, FirstOrder.Computed seed when examples.IsLabelled && (Job.theory job).AveragesUnits examples.Split ->
              [ "expansion", seed ]
          | _ -> []

    // How the command ends that prints the result.
    let private ending (predicted: Predicted) provenance =
        let json () =
            Results.document predicted.Before "points" predicted.Points provenance

        if predicted.IsWhole then Outcome.Finished(json ())
        elif predicted.Points.IsEmpty then Outcome.Stopped None
        else Outcome.Stopped(Some(json ()))

    // `told` is the job's source as the result names it.
    let private predictFrom readOf command (seed: uint64 option) asked place (told: Source) (job: Job) =
        result {
            let job, notCertified =
                seed |> Option.fold (fun job seed -> Job.withSeed seed job) job |> within asked

            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! (examples: ReadExamples) = readOf job
            let split = examples.Split
            do! Examples.checkJob job split.Train

            let! solver =
                SolverChoice.choose job split.Train.Outputs split.Train.Count split.Test.Count

            let seeds = seedsOf job solver examples

            if seeds.IsEmpty then
                do! FlagText.refuseSeed seed "this job"

            let read = clock.Elapsed.TotalSeconds
            let theory = Job.theory job

            if examples.Units.IsSome then
                do! theory.StandardTargets

            let predict study =
                result {
                    let! predicted =
                        theory.Predict
                            {
                                Examples = examples
                                Study = study
                                Place = place
                            }

                    do! write asked job examples predicted
                    return ending predicted
                }

            let! conclude =
                SolverChoice.run solver job.Solver split (fun () -> examples.Study.Value) predict (fun _ ->
                    Outcome.Stopped None)

            return
                conclude
                    {
                        Command = command
                        NotCertified = notCertified
                        Job =
                            JobWriter.tree
                                { job with
                                    Source = seed |> Option.fold (fun told seed -> Source.withSeed seed told) told
                                }
                        Seeds = seeds
                        Started = started
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }

    let private predictJob command seed asked place told job =
        predictFrom (readExamples asked) command seed asked place told job

    /// Predicts one job after the other as `run` does, all of them from the same examples: these are read once, and what the predictions share is
    /// computed once.
    let session () =
        let asked = { Points = None; Model = None }
        let readOnce = Examples.once (readExamples asked)

        fun (job: Job) -> predictFrom readOnce "predict" None asked "JOB.json" job.Source job

    // All ranks predict the points, and the first one writes them.
    let private pointsTo file =
        match file with
        | Some _ when not Ranks.isFirst -> Ok(Some(fun _ _ -> Ok()))
        | Some file -> PointFile.writer file |> Result.map Some
        | None -> Ok None

    /// The predictions of a job as one JSON document, and whether all of them were made. What is predicted at each test point goes to the file `points`,
    /// and the job with its training data to the file `model`, where these are given; `seed`, where it is, stands in place of the job's.
    let run seed points model path =
        result {
            let! job = JobFile.readPrediction path
            let! write = pointsTo points

            return! predictJob "predict" seed { Points = write; Model = model } path job.Source job
        }

    // The predictions at points in place of the result.
    let private printed seed write model inputs =
        let file = Path.GetTempFileName()

        try
            ModelFile.apply
                model
                inputs
                (predictJob
                    "apply"
                    seed
                    {
                        Points = Some(write file)
                        Model = None
                    }
                    model)
            |> Result.map (fun _ -> Outcome.Finished((File.ReadAllText file).TrimEnd '\n'))
        finally
            File.Delete file

    /// What a saved model predicts at new points: to a file, or in place of the result.
    let apply seed place model inputs =
        match place with
        | PointPlace.Printed ending ->
            PointFile.text ending
            |> Result.bind (fun write -> printed seed write model inputs)
        | PointPlace.File file ->
            PointFile.writer file
            |> Result.bind (fun write ->
                ModelFile.apply model inputs (predictJob "apply" seed { Points = Some write; Model = None } model))
