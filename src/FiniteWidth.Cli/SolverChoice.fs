namespace FiniteWidth.Cli

open System.Threading
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Distributed

/// The solver of a prediction: the one that was asked for, or the one that fits into memory.
[<RequireQualifiedAccess>]
type ChosenSolver =
    | Direct
    | Iterative
    | Distributed

/// Choosing a solver and making its study.
[<RequireQualifiedAccess>]
module SolverChoice =

    // Whether a solver other than the direct one answers what a job asks.
    let private possible solver instead (job: Job) =
        (Job.theory job).OtherSolvers
        |> Result.mapError (fun what -> Unsupported $"The {solver} solver does not do {what}: {instead}.")

    /// The solver for P training and Ptest test examples of D outputs, where one fits into memory.
    let choose (job: Job) outputs train test =
        let iterative () =
            possible "iterative" "use the solver \"direct\", or leave the key \"solver\" out" job
            |> Result.bind (fun () -> IterativeMemory.require IterativeSettings.standard train outputs test)
            |> Result.map (fun () -> ChosenSolver.Iterative)

        let direct () =
            Capacity.requireKernels train test |> Result.map (fun () -> ChosenSolver.Direct)

        let distributed () =
            possible "distributed" "name a theory with a saddle point, or start one process" job
            |> Result.bind (fun () -> Capacity.requireShares Ranks.count Ranks.here train test)
            |> Result.map (fun () -> ChosenSolver.Distributed)

        match job.Solver.Kind with
        | SolverKind.Distributed -> distributed ()
        | SolverKind.Automatic when Ranks.count > 1 -> distributed ()
        | _ when Ranks.count > 1 ->
            Error(
                Unsupported
                    $"job.solver: this solver works in one process, and {Ranks.count} were started: leave the key out, or start without mpirun."
            )
        | SolverKind.Direct -> direct ()
        | SolverKind.Iterative -> iterative ()
        | SolverKind.Automatic ->
            match direct () with
            | Ok chosen -> Ok chosen
            | Error tooLarge -> iterative () |> Result.mapError (fun _ -> tooLarge)

    // The iterative study of a split.
    let private study (asked: SolverAsked) progress (token: CancellationToken) (split: Split) =
        IterativeStudy.createWith
            { IterativeSettings.standard with
                Tolerance = asked.Accuracy
                Probes = asked.Probes
                Seed = asked.Seed
                Checkpoint = asked.Checkpoint
                Scratch = asked.Scratch
                Cancellation = token
                Progress = progress
            }
            split.Test.Inputs
            split.Train

    /// Runs what asks for a study, the `direct` one, a distributed one or an iterative one; told to stop, an iterative one ends with `stopped` and leaves its checkpoint, if it has one.
    let run
        chosen
        asked
        (split: Split)
        direct
        (work: (unit -> Result<Study, Failure>) -> Result<'T, Failure>)
        (stopped: 'T)
        =
        match chosen with
        | ChosenSolver.Direct -> work (direct >> Ok)
        | ChosenSolver.Distributed ->
            work (fun () ->
                let train = split.Train
                Ok(Study(train, DistributedKernelSolver(ProcessGrid.Current, train.Inputs))))
        | ChosenSolver.Iterative ->
            Stoppable.run (fun token ->
                Terminal.withIterative (fun progress ->
                    try
                        work (fun () -> study asked progress token split)
                    with :? System.OperationCanceledException ->
                        Ok stopped))
