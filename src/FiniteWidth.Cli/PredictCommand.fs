namespace FiniteWidth.Cli

open System
open System.Diagnostics
open FiniteWidth

/// `finitewidth predict JOB.json`.
[<RequireQualifiedAccess>]
module PredictCommand =

    let private dense treatment firstOrder (split: Split) =
        let study = Study split.Train

        let expand =
            match firstOrder with
            | FirstOrder.Computed -> WidthExpansion.solver split.Test study
            | FirstOrder.LeftOut -> WidthExpansion.leftOut

        Results.solver expand study split.Test treatment

    // With what it prints of a job that may be told to stop.
    let private certified path (job: Job) network split =
        Stoppable.run (fun token ->
            Job.points network job
            |> AutoResults.solve job.Auto token split
            |> Result.map (fun answers ->
                let settle seconds =
                    $"finitewidth predict {path} with \"seconds\": {AutoResults.secondsToAllow seconds}"

                let toJson = AutoResults.toJson settle answers

                if answers.Missing.IsEmpty && not token.IsCancellationRequested then
                    toJson >> Outcome.Finished
                elif answers.Points.IsEmpty then
                    fun _ -> Outcome.Stopped None
                else
                    toJson >> Some >> Outcome.Stopped))

    // The theory of one output, of several, of patches, of two tasks, or of training; what is left to tell is the time that it took.
    let private predictions (job: Job) (split: Split) =
        let solveAll solve write points =
            Terminal.withProgress "solving" (List.length points) (fun step ->
                points
                |> Result.traverse (fun point ->
                    let solved = solve point
                    step ()
                    solved))
            |> Result.map write

        match job.Network, job.Treatment with
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory ->
            Job.convolutionalPoints network job
            |> Result.bind (
                solveAll
                    (MatrixResults.convolution (ConvolutionStudy split.Train) split.Test theory)
                    MatrixResults.toJson
            )
        | JobNetwork.Convolutional _, Treatment.ScaleMixture ->
            Error(Unsupported "job.theory: \"mixture\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Convolutional _, Treatment.GradientFlow ->
            Error(Unsupported "job.theory: \"ntk\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Transfer(networks, second), treatment ->
            result {
                do! TransferResults.requireTheory treatment
                let! other = Examples.load second
                let! points = Job.transferPoints networks job
                return! solveAll (TransferResults.solver split other) TransferResults.toJson points
            }
        | JobNetwork.Convolutional _, Treatment.StudentT ->
            Error(Unsupported "job.theory: \"student-t\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when not job.Sweep.Examples.IsEmpty ->
            AveragedResults.solve theory (Study split.Train) network job
            |> Result.map AveragedResults.toJson
        | JobNetwork.Dense network, Treatment.ScaleMixture when split.Train.Outputs > 1 ->
            Job.points network job
            |> solveAll (MatrixResults.outputMixture (Study split.Train) split.Test) MatrixResults.toJson
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when
            split.Train.Outputs > 1 && not (theory network).OrderParameters.IsEmpty
            ->
            Job.points network job
            |> solveAll (MatrixResults.severalOutputs (Study split.Train) split.Test theory) MatrixResults.toJson
        | JobNetwork.Convolutional _, Treatment.Cavity ->
            Error(Unsupported "job.theory: \"cavity\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Dense network, Treatment.Cavity ->
            Job.points network job
            |> CavityResults.solve job.Cavity split
            |> Result.map CavityResults.toJson
        | JobNetwork.Convolutional _, Treatment.Auto ->
            Error(Unsupported "job.theory: \"auto\" describes fully connected networks; use \"proportional\".")
        | JobNetwork.Dense network, Treatment.GradientFlow ->
            Job.points network job
            |> List.map fst
            |> FlowResults.solve split (Job.times job)
            |> Result.map FlowResults.toJson
        | JobNetwork.Dense network, treatment ->
            Job.points network job
            |> solveAll (dense treatment job.FirstOrder split) Results.toJson

    /// The predictions of a job as one JSON document, and whether all of them were made.
    let run path =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! job = Job.read path
            let! split = Examples.load job.Source
            let read = clock.Elapsed.TotalSeconds

            let! conclude =
                match job.Network, job.Treatment with
                | JobNetwork.Dense network, Treatment.Auto -> certified path job network split
                | _ -> predictions job split |> Result.map (fun toJson -> toJson >> Outcome.Finished)

            return
                conclude
                    {
                        Command = "predict"
                        Job = JobWriter.write ignore job
                        Seeds = JobWriter.allSeeds job
                        Started = started
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }
