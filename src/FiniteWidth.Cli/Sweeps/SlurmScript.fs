namespace FiniteWidth.Cli

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open FiniteWidth

/// What Slurm is asked for, for every task of the job array.
type SlurmRequest =
    {
        /// Into so many shares the plan is parted.
        Shares: int
        /// Of these at the same time.
        AtOnce: int option
        Time: string option
        Memory: string option
        Partition: string option
        Cpus: int
        /// Further options of sbatch, without their dashes.
        Others: string list
    }

/// Sweeps as job arrays of Slurm.
[<RequireQualifiedAccess>]
module SlurmScript =

    /// Inside single quotes, as POSIX shells have it.
    let private quoted (text: string) = "'" + text.Replace("'", "'\\''") + "'"

    // sbatch reads its lines as a shell does, and has % for patterns.
    let private path (text: string) = quoted (text.Replace("%", "%%"))

    // 1-3,7 of 1, 2, 3, 7.
    let private ranges (numbers: int list) =
        let folder (groups: (int * int) list) n =
            match groups with
            | (first, last) :: rest when last = n - 1 -> (first, n) :: rest
            | _ -> (n, n) :: groups

        numbers
        |> List.fold folder []
        |> List.rev
        |> List.map (fun (first, last) -> if first = last then string first else $"{first}-{last}")
        |> String.concat ","

    // Seconds between the warning and the end of a task's time.
    let private warning = 60

    // A task that always runs out of its time is not queued for ever.
    let private mostRestarts = 20

    /// The script for these shares.
    let text folder (request: SlurmRequest) (shares: int list) =
        let directives =
            [
                "job-name=finitewidth-sweep"
                let atOnce =
                    request.AtOnce
                    |> Option.map (fun count -> $"%%{count}")
                    |> Option.defaultValue ""

                $"array={ranges shares}{atOnce}"

                match request.Time with
                | Some time -> $"time={time}"
                | None -> ()

                match request.Memory with
                | Some memory -> $"mem={memory}"
                | None -> ()

                match request.Partition with
                | Some partition -> $"partition={partition}"
                | None -> ()

                "nodes=1"
                "ntasks=1"
                $"cpus-per-task={request.Cpus}"
                "requeue"
                "open-mode=append"
                $"signal=B:USR1@{warning}"
                $"""output={path (SweepFolder.logs folder)}/%%A_%%a.txt"""
                yield! request.Others
            ]

        let program =
            ThisProgram.command @ [ "sweep"; "--run"; folder; "--task" ]
            |> List.map quoted
            |> String.concat " "

        [
            "#!/bin/bash"
            for directive in directives do
                $"#SBATCH --{directive}"
            "# Computes a share of the plan. The files beside this script are the truth: it may be submitted or requeued as often as one likes."
            "export OPENBLAS_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} MKL_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}"
            "out_of_time="
            "child="
            "end() { [ -z \"$child\" ] || kill -TERM \"$child\" 2>/dev/null; }"
            "trap 'out_of_time=yes; end' USR1"
            "trap end TERM INT"
            $"{program} \"$SLURM_ARRAY_TASK_ID/{request.Shares}\" &"
            "child=$!"
            "# A signal ends wait, not the child."
            "while kill -0 \"$child\" 2>/dev/null; do wait \"$child\"; done"
            "wait \"$child\""
            "code=$?"
            $"# {ExitCode.interrupted}: its time was over, and there is more to compute."
            $"if [ $code = {ExitCode.interrupted} ] && [ -n \"$out_of_time\" ] && [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt {mostRestarts} ]; then"
            "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\""
            "fi"
            "exit $code"
        ]
        |> List.map (fun line -> line + "\n")
        |> String.concat ""

    /// The shares that have something left to compute.
    let openShares folder count plan =
        [
            for i in 1..count do
                let isOpen =
                    SweepPlan.share i count plan
                    |> List.exists (fun task ->
                        match SweepFolder.state folder task.Id with
                        | TaskState.Done
                        | TaskState.Failed _ -> false
                        | _ -> true)

                if isOpen then
                    i
        ]

    /// Writes the script; its path.
    let write folder request shares =
        let script = SweepFolder.script folder

        result {
            do! SweepFolder.makeLogs folder
            do! SweepFolder.replace folder script (text folder request shares)
            return script
        }

    /// Hands the script to Slurm; the number of the job.
    let submit (script: string) =
        try
            use sbatch =
                ProcessStartInfo(
                    "sbatch",
                    [ "--parsable"; script ],
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                )
                |> Process.Start
                |> nonNull

            let said, complaint =
                sbatch.StandardOutput.ReadToEndAsync(), sbatch.StandardError.ReadToEndAsync()

            sbatch.WaitForExit()

            if sbatch.ExitCode = 0 then
                Ok((said.Result.Trim().Split ';')[0])
            else
                let reason = complaint.Result.Replace("sbatch: error: ", "") |> Sentence.oneLine
                Error(Unsupported $"Slurm did not take the job ({reason.Trim().TrimEnd '.'}): the script is {script}.")
        with :? Win32Exception ->
            Error(
                Unsupported
                    $"There is no command sbatch here: submit {script} where Slurm is, or run the plan with --local."
            )
