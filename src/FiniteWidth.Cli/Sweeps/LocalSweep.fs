namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.Threading
open FiniteWidth

/// A sweep on several processes of this machine.
[<RequireQualifiedAccess>]
module LocalSweep =

    // The cores are divided between the processes, unless somebody has said otherwise.
    let private threads count =
        let each = string (max 1 (Environment.ProcessorCount / count))

        [ "OPENBLAS_NUM_THREADS"; "MKL_NUM_THREADS"; "OMP_NUM_THREADS" ]
        |> List.filter (fun name -> String.IsNullOrEmpty(Environment.GetEnvironmentVariable name))
        |> List.map (fun name -> name, each)

    let private settled folder (plan: SweepPlan) =
        plan.Tasks
        |> List.filter (fun task ->
            match SweepFolder.state folder task.Id with
            | TaskState.Done
            | TaskState.Failed _ -> true
            | _ -> false)
        |> List.length

    // A process a share, each with what it says.
    let private startShare folder count i =
        let child =
            ThisProgram.start (threads count) [ "sweep"; "--run"; folder; "--task"; $"{i}/{count}"; "--quiet" ]

        child.StandardOutput.ReadToEndAsync() |> ignore
        child, child.StandardError.ReadToEndAsync()

    let private awaitAll folder (plan: SweepPlan) (token: CancellationToken) (children: Process list) =
        let before = settled folder plan

        Terminal.withProgress "computing" (plan.Tasks.Length - before) (fun step ->
            let mutable told = before
            let mutable isTold = false

            while children |> List.exists (fun child -> not child.HasExited) do
                if token.IsCancellationRequested && not isTold then
                    isTold <- true
                    children |> List.iter ThisProgram.stop

                Thread.Sleep 200
                let now = settled folder plan

                for _ in told + 1 .. now do
                    step ()

                told <- max told now)

        for child in children do
            child.WaitForExit()

    /// Runs the whole plan by so many processes; the first sentence of one that was refused ends it.
    let run count folder (plan: SweepPlan) =
        let count = min count (max 1 plan.Tasks.Length)

        Stoppable.run (fun token ->
            let started = [ for i in 1..count -> startShare folder count i ]

            try
                awaitAll folder plan token (List.map fst started)

                let refused =
                    started
                    |> List.tryPick (fun (child, said) ->
                        if child.ExitCode = ExitCode.refused then
                            Some(said.Result.Trim().Split('\n') |> Array.last)
                        else
                            None)

                match refused with
                | Some sentence ->
                    let said = "finitewidth: "

                    Error(
                        Unsupported(
                            if sentence.StartsWith(said, StringComparison.Ordinal) then
                                sentence[said.Length ..]
                            else
                                sentence
                        )
                    )
                | None ->
                    let isStopped =
                        token.IsCancellationRequested
                        || started |> List.exists (fun (child, _) -> child.ExitCode = ExitCode.interrupted)

                    Ok(SweepRun.outcome folder isStopped plan.Tasks)
            finally
                for child, _ in started do
                    child.Dispose())
