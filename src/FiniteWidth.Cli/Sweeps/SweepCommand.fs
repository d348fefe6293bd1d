namespace FiniteWidth.Cli

open System
open System.IO
open Argu
open FiniteWidth

/// `finitewidth sweep`.
[<RequireQualifiedAccess>]
module SweepCommand =

    /// What every command is told.
    type Options =
        {
            Output: string option
            AsJson: bool
            /// In place of the job's.
            Seed: uint64 option
        }

    /// How it ended.
    type Ended =
        {
            Code: int
            /// What was asked for.
            Text: string option
            /// What is not as it should be, in a sentence.
            Complaint: string option
        }

    let private said text =
        {
            Code = ExitCode.done'
            Text = Some text
            Complaint = None
        }

    let private tasks count =
        if count = 1 then "1 task" else $"{count} tasks"

    let private count (outcome: ShareOutcome) =
        $"{outcome.Done} of {tasks outcome.Total} done"

    let private ended what folder (outcome: ShareOutcome) =
        if outcome.IsStopped then
            {
                Code = ExitCode.interrupted
                Text = None
                Complaint = Some $"Stopped with {count outcome}{what}: the same command goes on."
            }
        else
            match outcome.Failed with
            | [] when outcome.Done = outcome.Total -> said $"{count outcome}{what}."
            | [] ->
                {
                    Code = ExitCode.incomplete
                    Text = None
                    Complaint = Some $"Ended with {count outcome}{what}: the same command goes on."
                }
            | (point, reason) :: _ as failed ->
                {
                    Code = ExitCode.incomplete
                    Text = Some $"{count outcome}{what}."
                    Complaint =
                        Some
                            $"{tasks failed.Length} failed, of which the first is {point}: {Sentence.shorten 160 reason} --status {folder} lists them, --retry {folder} lets the next run compute them again."
                }

    let private submit folder (plan: SweepPlan) (request: SlurmRequest) submits =
        result {
            let request =
                { request with
                    Shares = min request.Shares plan.Tasks.Length
                }

            match SlurmScript.openShares folder request.Shares plan with
            | [] -> return SweepRun.outcome folder false plan.Tasks |> ended "" folder
            | shares ->
                let! script = SlurmScript.write (Path.GetFullPath folder) request shares

                if submits then
                    let! number = SlurmScript.submit script

                    return
                        said
                            $"Job {number} of Slurm computes {shares.Length} of {request.Shares} shares: finitewidth sweep --status {folder} tells how far it is."
                else
                    return said $"Written: {script}"
        }

    let private compute folder (plan: SweepPlan) runner =
        match runner with
        | SweepRunner.Share(i, n) ->
            let what = if n = 1 then "" else $" in share {i} of {n}"

            SweepPlan.share i n plan
            |> SweepRun.run folder plan
            |> Result.map (ended what folder)
        | SweepRunner.Local count -> LocalSweep.run count folder plan |> Result.map (ended "" folder)
        | SweepRunner.Slurm(request, submits) -> submit folder plan request submits

    let private plan options folder job runner =
        result {
            let! job = JobFile.readJson SweepJob.json job

            let job =
                options.Seed |> Option.fold (fun job seed -> SweepJob.withSeed seed job) job

            let! plan = SweepPlan.create job
            do! SweepFolder.keepPlan folder plan

            match runner with
            | Some runner -> return! compute folder plan runner
            | None ->
                return
                    said
                        $"{tasks plan.Tasks.Length} planned in {folder}: finitewidth sweep --run {folder} computes them."
        }

    let private named (missing: SweepTable.Missing) =
        match missing.Reason with
        | Some reason -> $"{missing.Task.Point} (failed: {reason.TrimEnd '.'})"
        | None -> missing.Task.Point

    let private collect options folder (plan: SweepPlan) =
        result {
            let target = defaultArg options.Output folder

            let! missing = SweepTable.write folder target plan
            let total = plan.Tasks.Length
            let file = Path.Combine(target, "results.json")

            match missing with
            | [] -> return said $"{tasks total} collected: {file}"
            | missing ->
                let shown = missing |> List.truncate 3 |> List.map named |> String.concat "; "
                let more = if missing.Length > 3 then "; and others" else ""

                return
                    {
                        Code = ExitCode.incomplete
                        Text = Some $"{total - missing.Length} of {tasks total} collected: {file}"
                        Complaint = Some $"{missing.Length} of {tasks total} are missing: {shown}{more}."
                    }
        }

    let private retry folder (plan: SweepPlan) =
        let failed = (SweepRun.outcome folder false plan.Tasks).Failed.Length

        for task in plan.Tasks do
            SweepFolder.forgetFailure folder task.Id

        said $"{tasks failed} forgotten: finitewidth sweep --run {folder} computes them again."

    let private perform options action =
        let planned folder work =
            SweepFolder.plan folder |> Result.bind (work folder)

        match action with
        | SweepAction.Plan(folder, job, runner) -> plan options folder job runner
        | SweepAction.Run(folder, runner) -> planned folder (fun folder plan -> compute folder plan runner)
        | SweepAction.Collect folder -> planned folder (collect options)
        | SweepAction.Status folder ->
            let tell =
                if options.AsJson then
                    SweepStatus.json
                else
                    SweepStatus.text

            planned folder (fun folder plan -> Ok(said (tell folder plan)))
        | SweepAction.Retry folder -> planned folder (fun folder plan -> Ok(retry folder plan))

    /// Plans, runs, collects or tells of a sweep, as the flags have it.
    let run options (arguments: ParseResults<SweepArgument>) =
        result {
            let! action = SweepOptions.read arguments

            match options, action with
            | { Output = Some _ }, (SweepAction.Plan _ | SweepAction.Run _ | SweepAction.Status _ | SweepAction.Retry _) ->
                return! Error(BadData "--output belongs to --collect: leave it out.")
            | { Seed = Some _ },
              (SweepAction.Run _ | SweepAction.Collect _ | SweepAction.Status _ | SweepAction.Retry _) ->
                return! Error(BadData "--seed: the plan has the seeds: leave it out, or give it with --plan.")
            | { AsJson = true }, (SweepAction.Plan _ | SweepAction.Run _ | SweepAction.Collect _ | SweepAction.Retry _) ->
                return! Error(BadData "--json belongs to --status: leave it out.")
            | _ -> return! perform options action
        }
