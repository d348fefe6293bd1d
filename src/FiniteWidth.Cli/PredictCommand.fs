namespace FiniteWidth.Cli

open System.Diagnostics
open FiniteWidth

/// `finitewidth predict JOB.json`.
[<RequireQualifiedAccess>]
module PredictCommand =

    // The theory of one output, of several, or of patches; what is left to tell is the time that it took.
    let private predictions (job: Job) (split: Split) =
        let solveAll solve write points =
            points |> Result.traverse solve |> Result.map write

        match job.Network with
        | JobNetwork.Convolutional network ->
            Job.convolutionalPoints network job
            |> Result.bind (
                solveAll
                    (MatrixResults.convolution (ConvolutionStudy split.Train) split.Test job.Theory)
                    MatrixResults.toJson
            )
        | JobNetwork.Dense network ->
            let study = Study split.Train
            let points = Job.points network job

            if split.Train.Outputs > 1 && not (job.Theory network).OrderParameters.IsEmpty then
                solveAll (MatrixResults.severalOutputs study split.Test job.Theory) MatrixResults.toJson points
            else
                solveAll (Results.solver study split.Test job.Theory) Results.toJson points

    /// The predictions of a job as one JSON document.
    let run path =
        result {
            let clock = Stopwatch.StartNew()
            let! job = Job.read path
            let! split = Examples.load job.Source
            let read = clock.Elapsed.TotalSeconds
            let! toJson = predictions job split

            return
                toJson
                    {
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }
