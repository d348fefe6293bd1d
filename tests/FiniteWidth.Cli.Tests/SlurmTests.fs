/// A sweep on a Slurm of two nodes that the test starts and stops itself.
module FiniteWidth.Cli.Tests.SlurmTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private isInstalled (command: string) =
    let path =
        Environment.GetEnvironmentVariable "PATH"
        |> Option.ofObj
        |> Option.defaultValue ""

    path + ":/usr/sbin:/sbin"
    |> _.Split(':', StringSplitOptions.RemoveEmptyEntries)
    |> Array.exists (fun folder -> File.Exists(Path.Combine(folder, command)))

let private call (environment: (string * string) list) (words: string list) =
    let info =
        ProcessStartInfo(words.Head, words.Tail, RedirectStandardOutput = true, RedirectStandardError = true)

    for name, value in environment do
        info.Environment[name] <- value

    use child = Process.Start info |> nonNull

    let out, err =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    child.WaitForExit()

    {
        Code = child.ExitCode
        Out = out.Result.Trim()
        Err = err.Result.Trim()
    }

let private script = Path.Combine(__SOURCE_DIRECTORY__, "slurm.sh")

// What a cluster does for a test, with its commands.
let private onCluster (work: (string list -> Outcome) -> string -> unit) =
    match
        [ "slurmctld"; "slurmd"; "munged"; "sbatch" ]
        |> List.filter (isInstalled >> not)
    with
    | [] -> ()
    | missing -> skiptest $"""Slurm is not installed: {String.concat ", " missing}."""

    inFolder (fun folder ->
        // munge wants a path to its socket that is open to all.
        File.SetUnixFileMode(
            folder,
            File.GetUnixFileMode folder
            ||| UnixFileMode.GroupExecute
            ||| UnixFileMode.OtherExecute
        )

        let cluster = Path.Combine(folder, "slurm")
        let started = call [] [ "bash"; script; "start"; cluster ]

        if started.Code <> 0 then
            skiptest $"Slurm does not start here: {started.Err}"

        try
            work (call [ "SLURM_CONF", started.Out ]) folder
        finally
            call [] [ "bash"; script; "stop"; cluster ] |> ignore)

let private await (what: string) condition =
    let patience = Stopwatch.StartNew()

    while not (condition ()) do
        if patience.Elapsed.TotalSeconds > 120.0 then
            failtest $"It took too long: {what}"

        Thread.Sleep 100

let private assembly = typeof<SweepPlan>.Assembly.Location

// Chains of some seconds.
let private job =
    soundBut [
        "experiment", """{"draws": 5000, "warmUp": 100, "chains": 2, "checkpointSeconds": 0.1}"""
        "sweep", """{"width": [10, 20, 40, 80]}"""
    ]

let private files (pattern: string) (folder: string) =
    if Directory.Exists folder then
        Directory.GetFiles(folder, pattern, SearchOption.AllDirectories)
    else
        [||]

let tests =
    testList "Slurm" [
        test
            "a job array computes a plan; tasks that run out of time, are requeued, killed or cancelled lose nothing and double nothing" {
            onCluster (fun call folder ->
                let path, sweep = Path.Combine(folder, "job.json"), Path.Combine(folder, "sweep")
                File.WriteAllText(path, job)

                let finitewidth arguments =
                    call ([ "dotnet"; assembly; "sweep" ] @ arguments)

                let request = [ "--slurm"; "--time"; "10"; "--memory"; "1G"; "--shares"; "4" ]

                let succeeds outcome =
                    Expect.equal outcome.Err "" "err"
                    Expect.equal outcome.Code 0 "code"

                let submit arguments =
                    let outcome = finitewidth (arguments @ request)
                    succeeds outcome

                    let said =
                        Regex.Match(outcome.Out, @"^Job (\d+) of Slurm computes (\d) of 4 shares")

                    Expect.isTrue said.Success outcome.Out
                    said.Groups[1].Value, int said.Groups[2].Value

                let awaitEnd job =
                    await "the end of the job" (fun () -> (call [ "squeue"; "-h"; "-j"; job ]).Out = "")

                let status () = (finitewidth [ "--status"; sweep ]).Out

                // A job of four tasks, one for each thing that happens to tasks.
                let first, shares = submit [ path; "--plan"; sweep ]
                Expect.equal shares 4 "shares"

                let ids = (SweepFolder.plan sweep |> Result.orFail).Tasks |> List.map _.Id

                let happenings =
                    [
                        // What Slurm sends a minute before the end of its time.
                        $"scancel --signal=USR1 --batch {first}_1"
                        // What becomes of a task whose node fails, or which another job drives out.
                        $"scontrol requeue {first}_2"
                        $"scancel --signal=KILL --full {first}_3"
                        $"scancel {first}_4"
                    ]

                for id, command in List.zip ids happenings do
                    await "a checkpoint" (fun () ->
                        (files "*.checkpoint" (SweepFolder.checkpoints id sweep)).Length > 0)

                    succeeds (call (List.ofArray (command.Split ' ')))

                awaitEnd first
                Expect.equal (status ()) "4 tasks: 2 done, 0 running, 0 failed, 2 waiting." "status"
                let kept = contents (Path.Combine(sweep, "results"))

                // Another one of what is left.
                let second, shares = submit [ "--run"; sweep ]
                Expect.equal shares 2 "shares that are left"
                awaitEnd second
                Expect.equal (status ()) "4 tasks: 4 done, 0 running, 0 failed, 0 waiting." "status"
                Expect.isEmpty (List.except (contents (Path.Combine(sweep, "results"))) kept) "results that were there"
                succeeds (finitewidth [ "--collect"; sweep ])
                Expect.hasLength (files "*" (Path.Combine(sweep, "results"))) 4 "results"

                for leftover in [ "claims"; "checkpoints"; "half-written"; "failed" ] do
                    Expect.isEmpty (files "*" (Path.Combine(sweep, leftover))) leftover

                let told = files "*.txt" (Path.Combine(sweep, "logs")) |> Array.map File.ReadAllText
                let computed = told |> Array.sumBy (fun text -> Regex.Count(text, ": done in"))
                Expect.equal computed 4 "tasks computed, each once"
                Expect.equal (finitewidth ([ "--run"; sweep ] @ request)).Out "4 of 4 tasks done." "a third job")
        }
    ]
