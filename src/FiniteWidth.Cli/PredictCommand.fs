namespace FiniteWidth.Cli

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Numerics

/// `finitewidth predict JOB.json`.
[<RequireQualifiedAccess>]
module PredictCommand =

    let private dense treatment firstOrder (study: Study) (split: Split) =
        let expand =
            match firstOrder with
            | FirstOrder.Computed seed -> WidthExpansion.solverFrom seed split.Test study
            | FirstOrder.LeftOut -> WidthExpansion.leftOut

        Results.solver expand study split.Test treatment

    // Whether the first order in 1/N is averaged over random units beside a prediction.
    let private averagesUnits (job: Job) isLabelled (split: Split) =
        match job.Network, job.Treatment, job.FirstOrder with
        | _ when (Job.beta job).IsSome -> false
        | JobNetwork.Dense network, Treatment.SaddlePoint theory, FirstOrder.Computed _ ->
            isLabelled
            && job.Sweep.Examples.IsEmpty
            && (split.Train.Outputs = 1 || (theory network).OrderParameters.IsEmpty)
        | JobNetwork.Dense _, (Treatment.ScaleMixture | Treatment.StudentT), FirstOrder.Computed _ ->
            isLabelled && split.Train.Outputs = 1
        | _ -> false

    // The same with the folds of a cross-validation, where one is asked for.
    let private withFolds (job: Job) (split: Split) solve =
        match job.CrossValidation with
        | None -> Ok solve
        | Some asked ->
            CrossValidation.folds asked.Count asked.Seed split.Train
            |> Result.map (fun folds ->
                let folds = Results.folds job.Treatment folds

                fun point ->
                    result {
                        let! solved = solve point
                        let! losses = folds point
                        return { solved with Folds = losses }
                    })

    // Examples that were read, and what predictions from them share: kernels, their factorisations and the first order in 1/N are made once.
    [<NoComparison; NoEquality>]
    type private ReadExamples =
        {
            Points: Points
            Units: TargetUnits option
            Split: Split
            Study: Lazy<Study>
            Convolution: Lazy<ConvolutionStudy>
            Image: Lazy<ImageStudy>
            /// Tells of the progress of that one's kernels.
            ImageStep: (unit -> unit) ref
            Dense: Dictionary<string * FirstOrder * FoldsAsked option, DenseSolver>
        }

        member this.IsLabelled = this.Points.Targets.IsSome

    and private DenseSolver = Network * float -> Result<PointResult, Failure>

    let private denseSolver (read: ReadExamples) (job: Job) =
        let firstOrder =
            if read.IsLabelled then
                job.FirstOrder
            else
                FirstOrder.LeftOut

        let key = job.Theory, firstOrder, job.CrossValidation

        match read.Dense.TryGetValue key with
        | true, solve -> Ok solve
        | _ ->
            dense job.Treatment firstOrder read.Study.Value read.Split
            |> withFolds job read.Split
            |> Result.map (fun solve ->
                read.Dense[key] <- solve
                solve)

    // With what it prints of a job that may be told to stop.
    let private certified path (job: Job) network units split =
        Stoppable.run (fun token ->
            Job.points network job
            |> AutoResults.solve job.Scaling.IsNone job.Auto token split
            |> Result.map (fun answers ->
                let answers =
                    match units with
                    | Some units ->
                        { answers with
                            Points = answers.Points |> List.map (InUnits.auto units)
                        }
                    | None -> answers

                let settle seconds =
                    $"finitewidth predict {path} with \"seconds\": {AutoResults.secondsToAllow seconds}"

                let hasClasses = units.IsNone && Measurement.hasClasses split.Test
                let toJson = AutoResults.toJson hasClasses settle answers

                if answers.Missing.IsEmpty && not token.IsCancellationRequested then
                    toJson >> Outcome.Finished
                elif answers.Points.IsEmpty then
                    fun _ -> Outcome.Stopped None
                else
                    toJson >> Some >> Outcome.Stopped))

    /// What a job's predictions are written to, and how.
    [<NoComparison; NoEquality>]
    type private Written =
        {
            Json: Provenance -> string
            /// What is predicted at every test point, where the theory says it: computed where it is asked for.
            Points: Lazy<PointPredictions list> option
            /// How the command ends that prints it.
            End: string -> Outcome
        }

    let private severalFolds =
        "job.crossValidation: folds of several columns of targets are predicted at infinite width alone: leave the key out."

    // The theory of one output, of several, of patches, of two tasks, or of training; what is left to tell is the time that it took.
    let private predictions (job: Job) makeStudy (read: ReadExamples) =
        let units, split, isLabelled = read.Units, read.Split, read.IsLabelled

        let written json =
            {
                Json = json
                Points = None
                End = Outcome.Finished
            }

        let each inUnits results =
            match units with
            | Some units -> List.map (inUnits units) results
            | None -> results

        let withPoints inUnits withoutTargets ofResult toJson results =
            let results =
                if isLabelled then
                    each inUnits results
                else
                    results |> each inUnits |> List.map withoutTargets

            {
                Json = toJson results
                Points = Some(lazy List.map ofResult results)
                End = Outcome.Finished
            }

        let ofMatrix =
            withPoints InUnits.matrix MatrixResults.withoutTargets PointFile.ofMatrix MatrixResults.toJson

        let solveAll solve write points =
            Terminal.withProgress "solving" (List.length points) (fun step ->
                points
                |> Result.traverse (fun point ->
                    let solved = solve point
                    step ()
                    solved))
            |> Result.map write

        let isUndone =
            match job.Network, job.Treatment with
            | JobNetwork.Transfer _, _
            | _, (Treatment.Cavity | Treatment.Auto) -> false
            | _ -> job.Sweep.Examples.IsEmpty

        let ofClasses results =
            {
                Json = ClassResults.toJson results
                Points = Some(lazy List.map PointFile.ofClasses results)
                End = Outcome.Finished
            }

        let solveImages solve write points =
            Terminal.withProgress "kernel" split.Train.Count (fun step ->
                read.ImageStep.Value <- step
                points |> Result.traverse solve)
            |> Result.map write

        match job.Network, job.Treatment with
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when (Job.beta job).IsSome ->
            result {
                do! Examples.requireLabels units

                return!
                    Job.classPoints network (Job.beta job).Value job
                    |> solveAll (ClassResults.solver read.Study.Value split.Test isLabelled theory) ofClasses
            }
        | JobNetwork.Image network, Treatment.SaddlePoint theory when (Job.beta job).IsSome ->
            result {
                do! Examples.requireLabels units
                let! points = Job.imageClassPoints network (Job.beta job).Value job

                return!
                    points
                    |> solveImages (ClassResults.imageSolver read.Image.Value split.Test isLabelled theory) ofClasses
            }
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when
            job.CrossValidation.IsSome
            && split.Train.Outputs > 1
            && not (theory network).OrderParameters.IsEmpty
            ->
            Error(Unsupported severalFolds)
        | JobNetwork.Dense _, Treatment.ScaleMixture when job.CrossValidation.IsSome && split.Train.Outputs > 1 ->
            Error(Unsupported severalFolds)
        | _ when units.IsSome && not isUndone ->
            Error(
                Unsupported
                    "job.data.targets: \"standardize\" is not undone for two tasks, averages and \"cavity\": leave the key out, or standardize the targets in the file."
            )
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory when split.Train.Outputs = 1 ->
            Job.convolutionalPoints network job
            |> Result.bind (solveAll (MatrixResults.convolution read.Convolution.Value split.Test theory) ofMatrix)
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory ->
            Job.imagePoints (ImageNetwork.ofConvolutional network) job
            |> Result.bind (solveImages (MatrixResults.image read.Image.Value split.Test theory) ofMatrix)
        | JobNetwork.Image network, Treatment.SaddlePoint theory ->
            Job.imagePoints network job
            |> Result.bind (solveImages (MatrixResults.image read.Image.Value split.Test theory) ofMatrix)
        | (JobNetwork.Convolutional _ | JobNetwork.Image _), _ ->
            Error(Unsupported $"job.theory: \"{job.Theory}\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Transfer(networks, second), treatment ->
            result {
                do! TransferResults.requireTheory treatment
                let! other = Examples.load second
                let! points = Job.transferPoints networks job
                return! solveAll (TransferResults.solver split other) (TransferResults.toJson >> written) points
            }
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when not job.Sweep.Examples.IsEmpty ->
            AveragedResults.solve theory read.Study.Value network job
            |> Result.map (AveragedResults.toJson >> written)
        | JobNetwork.Dense network, Treatment.ScaleMixture when split.Train.Outputs > 1 ->
            makeStudy ()
            |> Result.bind (fun study ->
                Job.points network job
                |> solveAll (MatrixResults.outputMixture study split.Test) ofMatrix)
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when
            split.Train.Outputs > 1 && not (theory network).OrderParameters.IsEmpty
            ->
            result {
                let! study = makeStudy ()
                let points = Job.points network job
                do! SolverChoice.prepare job.Treatment study points
                return! solveAll (MatrixResults.severalOutputs study split.Test theory) ofMatrix points
            }
        | JobNetwork.Dense network, Treatment.Cavity ->
            Stoppable.run (fun token -> Job.points network job |> CavityResults.solve job.Cavity token split)
            |> Result.map (fun solved ->
                { written (CavityResults.toJson solved) with
                    End =
                        if solved.IsWhole then
                            Outcome.Finished
                        elif solved.Points.IsEmpty then
                            (fun _ -> Outcome.Stopped None)
                        else
                            Some >> Outcome.Stopped
                })
        | JobNetwork.Dense network, Treatment.GradientFlow ->
            Job.points network job
            |> List.map fst
            |> FlowResults.solve split (Job.times job)
            |> Result.map (each InUnits.flow >> FlowResults.toJson >> written)
        | JobNetwork.Dense network, treatment ->
            result {
                let! (study: Study) = makeStudy ()
                let points = Job.points network job
                do! SolverChoice.prepare treatment study points

                let! solve =
                    if study.IsDirect then
                        denseSolver read job
                    else
                        let firstOrder = if isLabelled then job.FirstOrder else FirstOrder.LeftOut
                        Ok(dense treatment firstOrder study split)

                return!
                    solveAll
                        solve
                        (withPoints InUnits.point Results.withoutTargets PointFile.ofPoint Results.toJson)
                        points
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

    /// What is written besides the result.
    [<NoComparison; NoEquality>]
    type private Asked =
        {
            Points: (Matrix option -> PointPredictions list -> Result<unit, Failure>) option
            Model: string option
        }

    let private write (asked: Asked) job targets (written: Written) =
        match asked, written.Points with
        | { Points = None; Model = None }, _ -> Ok()
        | _, Some points ->
            let optionally write asked =
                asked |> Option.map write |> Option.defaultValue (Ok())

            optionally (fun write -> write targets points.Value) asked.Points
            |> Result.bind (fun () ->
                optionally
                    (fun model -> ModelFile.save model job)
                    (asked.Model |> Option.filter (fun _ -> Ranks.isFirst)))
        | _, None ->
            Error(
                Unsupported
                    "The points are known of dense and convolutional networks under the theories infinite-width, proportional, wishart, non-odd, mixture and student-t: leave out --points and --save, or take one of these."
            )

    // A certificate is of the loss of a fully connected network on its training set. What else a job asks for a theory answers, by its own word.
    let private within (asked: Asked) (job: Job) =
        let by name theory what =
            { job with
                Theory = name
                Treatment = Treatment.SaddlePoint theory
            },
            Some
                $"Certified answers are losses of fully connected networks on one training set. This is {what} by the theory \"{name}\" as it stands."

        match job.Network, job.Treatment with
        | (JobNetwork.Dense _ | JobNetwork.Image _), Treatment.Auto when (Job.beta job).IsSome ->
            by "wishart" Theory.wishart "the classification"
        | JobNetwork.Dense network, Treatment.Auto when asked.Points.IsSome || asked.Model.IsSome ->
            let name, theory = PointTheories.theoryFor network
            by name theory "the prediction at points"
        | JobNetwork.Dense network, Treatment.Auto when not job.Sweep.Examples.IsEmpty ->
            let name, theory = PointTheories.theoryFor network
            by name theory "the average over training sets"
        | JobNetwork.Dense network, Treatment.Auto when job.CrossValidation.IsSome ->
            let name, theory = PointTheories.theoryFor network
            by name theory "the prediction of folds"
        | JobNetwork.Convolutional _, Treatment.Auto -> by "proportional" Theory.proportional "a convolutional network"
        | JobNetwork.Image _, Treatment.Auto -> by "wishart" Theory.wishart "a network of convolutional layers"
        | JobNetwork.Transfer _, Treatment.Auto -> by "proportional" Theory.proportional "a pair of coupled networks"
        | _ -> job, None

    // What a prediction draws, and by which seed.
    let private seedsOf (job: Job) solver isLabelled split =
        let units =
            match job.FirstOrder with
            | FirstOrder.Computed seed when averagesUnits job isLabelled split -> [ "expansion", seed ]
            | _ -> []

        match solver with
        | ChosenSolver.Direct
        | ChosenSolver.Distributed -> JobWriter.allSeeds job @ units
        | ChosenSolver.Iterative -> JobWriter.allSeeds job @ [ "probes", job.Solver.Seed ]

    let private readExamples asked (job: Job) =
        result {
            let fits train test =
                SolverChoice.choose job 1 train test |> Result.map ignore

            let! points, units = Examples.loadPointsWhere fits job.Source
            let! split = splitOf job points asked.Points
            let step = ref ignore

            return
                {
                    Points = points
                    Units = units
                    Split = split
                    Study = lazy Study split.Train
                    Convolution = lazy ConvolutionStudy split.Train
                    Image =
                        lazy
                            ImageStudy(
                                split.Train,
                                (fun () -> step.Value()),
                                CancellationToken.None,
                                KernelStore.folder ()
                            )
                    ImageStep = step
                    Dense = Dictionary()
                }
        }

    // `told` is the job's source as the result names it.
    let private predictFrom readOf command (seed: uint64 option) (asked: Asked) place (told: Source) (job: Job) =
        result {
            let job, notCertified =
                seed |> Option.fold (fun job seed -> Job.withSeed seed job) job |> within asked

            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! (examples: ReadExamples) = readOf job
            let units, split = examples.Units, examples.Split
            do! Examples.checkJob job split.Train

            let! solver =
                SolverChoice.choose job split.Train.Outputs split.Train.Count split.Test.Count

            let seeds = seedsOf job solver examples.IsLabelled split

            if seeds.IsEmpty then
                do! FlagText.refuseSeed seed "this job"

            let read = clock.Elapsed.TotalSeconds

            let! conclude =
                match job.Network, job.Treatment with
                | JobNetwork.Dense network, Treatment.Auto -> certified place job network units split
                | _ ->
                    let predict makeStudy =
                        result {
                            let! written = predictions job makeStudy examples

                            let! targets =
                                match units with
                                | Some units -> examples.Points.Targets |> Option.map (TargetUnits.restore units) |> Ok
                                | None when (Job.beta job).IsSome ->
                                    ClassResults.oneHot examples.Split.Train examples.Points.Targets
                                | None -> Ok examples.Points.Targets

                            do! write asked job targets written
                            return written.Json >> written.End
                        }

                    SolverChoice.run solver job.Solver split (fun () -> examples.Study.Value) predict (fun _ ->
                        Outcome.Stopped None)

            return
                conclude
                    {
                        Command = command
                        NotCertified = notCertified
                        Job =
                            JobWriter.write
                                ignore
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
        let mutable examples = None

        let readOnce job =
            match examples with
            | Some read -> Ok read
            | None ->
                readExamples asked job
                |> Result.map (fun read ->
                    examples <- Some read
                    read)

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
