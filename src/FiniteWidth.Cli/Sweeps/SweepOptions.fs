namespace FiniteWidth.Cli

open System
open System.Text.RegularExpressions
open Argu
open FiniteWidth

/// By what the tasks of a sweep are computed.
[<RequireQualifiedAccess>]
type SweepRunner =
    /// By this process: share i of N, i from 1.
    | Share of i: int * n: int
    /// By so many processes on this machine.
    | Local of processes: int
    /// By a job array of Slurm, which is submitted, or only written.
    | Slurm of SlurmRequest * submits: bool

/// What `finitewidth sweep` is to do.
[<RequireQualifiedAccess>]
type SweepAction =
    | Plan of folder: string * job: string * SweepRunner option
    | Run of folder: string * SweepRunner
    | Collect of folder: string
    | Status of folder: string
    | Retry of folder: string

/// The flags of `finitewidth sweep`, read.
[<RequireQualifiedAccess>]
module SweepOptions =

    let private bad what = Error(BadData what)

    // i/N, i from 1 to N.
    let private share (text: string) =
        match text.Split '/' with
        | [| i; n |] ->
            result {
                let! n = FlagText.integer 1 "--task" n
                let! i = FlagText.integer 1 "--task" i

                if i > n then
                    return! bad $"--task: there is no share {i} of {n}: shares are numbered from 1."
                else
                    return i, n
            }
        | _ -> bad $"--task: {JsonCursor.quote text} is not i/N, such as 3/10."

    let private variable name =
        match Environment.GetEnvironmentVariable name with
        | null
        | "" -> None
        | text -> Some text

    // Of a job array 1-N, whose tasks are all there.
    let private shareOfArray (arguments: ParseResults<SweepArgument>) =
        match variable "SLURM_ARRAY_TASK_ID", arguments.TryGetResult SweepArgument.Shares with
        | None, Some _ -> bad "--shares: this is not a task of a job array: say which share it is, --task i/N."
        | None, None -> Ok(1, 1)
        | Some i, Some n -> share $"{i}/{n}"
        | Some i, None ->
            match
                variable "SLURM_ARRAY_TASK_MIN", variable "SLURM_ARRAY_TASK_MAX", variable "SLURM_ARRAY_TASK_COUNT"
            with
            | Some "1", Some n, Some count when n = count -> share $"{i}/{n}"
            | _ ->
                bad
                    "This task is of a job array that does not count from 1 to the number of its shares: say how many there are, --shares N, or --task i/N."

    let private matching flag pattern example (text: string) =
        if Regex.IsMatch(text, pattern) then
            Ok text
        else
            bad $"{flag}: {JsonCursor.quote text} is not as Slurm has it, such as {example}."

    let private optional
        (arguments: ParseResults<SweepArgument>)
        (argument: Quotations.Expr<string -> SweepArgument>)
        read
        =
        match arguments.TryGetResult argument with
        | Some text -> read text |> Result.map Some
        | None -> Ok None

    // The lines of a script are one option each.
    let private line flag = matching flag @"\A[^\s=][^\r\n]*\z"

    let private mostShares = 100

    let private slurm (arguments: ParseResults<SweepArgument>) =
        result {
            let optional argument read = optional arguments argument read
            let! shares = optional <@ SweepArgument.Shares @> (FlagText.integer 1 "--shares")
            let! atOnce = optional <@ SweepArgument.At_Once @> (FlagText.integer 1 "--at-once")

            let! time =
                optional
                    <@ SweepArgument.Time @>
                    (matching "--time" @"\A(\d+-)?\d+(:\d+){0,2}\z" "2:00:00 or 1-12:00:00")

            let! memory =
                optional <@ SweepArgument.Memory @> (matching "--memory" @"\A\d+[KMGT]?\z" "8G")

            let! partition =
                optional <@ SweepArgument.Partition @> (matching "--partition" @"\A[\w.,+-]+\z" "main")

            let! cpus = optional <@ SweepArgument.Cpus @> (FlagText.integer 1 "--cpus")

            let! others =
                arguments.GetResults SweepArgument.Sbatch
                |> Result.traverse (line "--sbatch" "account=physics")

            return
                {
                    Shares = defaultArg shares mostShares
                    AtOnce = atOnce
                    Time = time
                    Memory = memory
                    Partition = partition
                    Cpus = defaultArg cpus 1
                    Others = [ for other in others -> other.TrimStart '-' ]
                }
        }

    let private runner (arguments: ParseResults<SweepArgument>) =
        match
            arguments.TryGetResult SweepArgument.Task,
            arguments.TryGetResult SweepArgument.Local,
            arguments.Contains SweepArgument.Slurm
        with
        | None, None, false -> Ok None
        | Some text, None, false -> share text |> Result.map (SweepRunner.Share >> Some)
        | None, Some count, false -> FlagText.integer 1 "--local" count |> Result.map (SweepRunner.Local >> Some)
        | None, None, true ->
            slurm arguments
            |> Result.map (fun request ->
                Some(SweepRunner.Slurm(request, not (arguments.Contains SweepArgument.Dry_Run))))
        | _ -> bad "--task, --local and --slurm exclude each other: a plan is run in one of these ways at a time."

    // What has a meaning for a job array alone.
    let private refuseSlurm (arguments: ParseResults<SweepArgument>) =
        let given =
            [
                "--at-once", arguments.Contains SweepArgument.At_Once
                "--time", arguments.Contains SweepArgument.Time
                "--memory", arguments.Contains SweepArgument.Memory
                "--partition", arguments.Contains SweepArgument.Partition
                "--cpus", arguments.Contains SweepArgument.Cpus
                "--sbatch", arguments.Contains SweepArgument.Sbatch
                "--dry-run", arguments.Contains SweepArgument.Dry_Run
            ]

        match given |> List.tryFind snd with
        | Some(flag, _) when not (arguments.Contains SweepArgument.Slurm) ->
            bad $"{flag}: this is told to Slurm: give --slurm too, or leave it out."
        | _ -> Ok()

    let private requirements =
        "finitewidth sweep JOB.json --plan FOLDER freezes the tasks, --run FOLDER computes them, --collect FOLDER makes one result of theirs, --status FOLDER tells how far it is, --retry FOLDER forgets failures"

    /// What the flags ask for.
    let read (arguments: ParseResults<SweepArgument>) =
        result {
            do! refuseSlurm arguments
            let! runner = runner arguments
            let job = arguments.TryGetResult SweepArgument.Job

            let actions =
                [
                    for folder in Option.toList (arguments.TryGetResult SweepArgument.Plan) -> "--plan", folder
                    for folder in Option.toList (arguments.TryGetResult SweepArgument.Run) -> "--run", folder
                    for folder in Option.toList (arguments.TryGetResult SweepArgument.Collect) -> "--collect", folder
                    for folder in Option.toList (arguments.TryGetResult SweepArgument.Status) -> "--status", folder
                    for folder in Option.toList (arguments.TryGetResult SweepArgument.Retry) -> "--retry", folder
                ]

            match actions with
            | [ "--plan", folder ] ->
                match job, runner with
                | None, _ -> return! bad "--plan needs a job: finitewidth sweep JOB.json --plan FOLDER."
                | Some _, Some(SweepRunner.Share _) ->
                    return! bad "--task: a share is of a plan: make the plan first, and then --run FOLDER --task i/N."
                | Some job, runner -> return SweepAction.Plan(folder, job, runner)
            | [ flag, _ ] when job.IsSome -> return! bad $"{flag} takes no job: the plan has it."
            | [ "--run", folder ] ->
                match runner with
                | Some runner -> return SweepAction.Run(folder, runner)
                | None ->
                    let! share = shareOfArray arguments
                    return SweepAction.Run(folder, SweepRunner.Share share)
            | [ flag, _ ] when runner.IsSome ->
                return! bad $"{flag} computes nothing: leave --task, --local and --slurm out."
            | [ "--collect", folder ] -> return SweepAction.Collect folder
            | [ "--status", folder ] -> return SweepAction.Status folder
            | [ _, folder ] -> return SweepAction.Retry folder
            | [] -> return! bad $"sweep is to be told what to do: {requirements}."
            | several ->
                let flags = several |> List.map fst |> String.concat " and "
                return! bad $"{flags} are one thing after the other: give one of them."
        }
