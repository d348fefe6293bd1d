/// Sweeps of many processes: plans, shares, results as one table, and everything that may go wrong on the way.
module FiniteWidth.Cli.Tests.SweepTests

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private lists =
    "sweep", """{"width": [10, 20, 50], "temperature": [0.01, 0.1]}"""

// A job in a folder, and the folder of its sweep, whose plan is made.
let private planned (job: string) (folder: string) =
    let path = Path.Combine(folder, "job.json")
    File.WriteAllText(path, job)
    let sweep = Path.Combine(folder, "sweep")
    let outcome = run [ "sweep"; path; "--plan"; sweep ]
    Expect.equal outcome.Err "" "err of the plan"
    Expect.equal outcome.Code 0 "code of the plan"
    sweep

let private succeeds outcome =
    Expect.equal outcome.Err "" "err"
    Expect.equal outcome.Code 0 "code"

let private share (text: string) sweep =
    run [ "sweep"; "--run"; sweep; "--task"; text; "--quiet" ]

let private collect sweep = run [ "sweep"; "--collect"; sweep ]

let private losses (json: string) =
    use document = JsonDocument.Parse json

    [
        for point in document.RootElement.GetProperty("points").EnumerateArray() ->
            point.GetProperty("loss").GetDouble()
    ]

let private collected (sweep: string) =
    File.ReadAllText(Path.Combine(sweep, "results.json"))

let private planOf (job: string) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "job.json")
        File.WriteAllText(path, job)

        JobFile.readJson SweepJob.json path
        |> Result.bind SweepPlan.create
        |> Result.orFail)

// Of npz data, whose tasks of T = 0 have no inverse: copies of one example.
let private failing =
    let copies = List.replicate 6 [ 1.0; 2.0; 3.0 ] |> List.concat

    let write folder =
        npz
            (Path.Combine(folder, "data.npz"))
            (arraysBut [
                "x_train", doubles [ 6; 3 ] copies
                "y_train", doubles [ 6 ] (List.replicate 6 1.0)
            ])

    write, soundBut [ npzSource; "sweep", """{"temperature": [0.0, 0.1, 0.2]}""" ]

// Points that take seconds each, and listen to nothing.
let private slow =
    soundBut [
        "data", """{"source": "teacher", "kind": "linear", "inputs": 50, "train": 1200, "test": 10, "seed": 1}"""
        "network", """{"activation": "erf", "widths": [20]}"""
        "sweep", """{"width": [20, 40, 60]}"""
    ]

// Chains without end.
let private endless =
    soundBut [
        "experiment", """{"draws": 100000000, "chains": 1, "checkpointSeconds": 0.001}"""
        "sweep", """{"width": [10, 20]}"""
    ]

let private assembly = typeof<SweepPlan>.Assembly.Location

let private start (environment: (string * string) list) (arguments: string list) =
    let info =
        ProcessStartInfo("dotnet", assembly :: arguments, RedirectStandardOutput = true, RedirectStandardError = true)

    for name, value in environment do
        info.Environment[name] <- value

    let child = Process.Start info |> nonNull
    child, child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

let private await (what: string) condition =
    let patience = Stopwatch.StartNew()

    while not (condition ()) do
        if patience.Elapsed.TotalSeconds > 60.0 then
            failtest $"It took too long: {what}"

        Thread.Sleep 20

let private send (signal: string) (child: Process) =
    use kill = Process.Start("kill", [ signal; string child.Id ])
    kill.WaitForExit()

let private status sweep =
    (run [ "sweep"; "--status"; sweep ]).Out.Trim()

let private requireSignals () =
    if OperatingSystem.IsWindows() then
        skiptest "There are no such signals here."

let private plans =
    testList "plan" [
        test "a plan has a task for every point, each with an id of its own, and can be made again" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                let before = contents sweep
                let lines = File.ReadAllLines(Path.Combine(sweep, "plan.jsonl"))
                Expect.hasLength lines 7 "lines"
                let again = planned (soundBut [ lists ]) folder
                Expect.equal (contents again) before "contents"

                let ids =
                    [
                        for line in lines[1..] ->
                            use document = JsonDocument.Parse line
                            string (document.RootElement.GetProperty("id").GetString())
                    ]

                Expect.hasLength (List.distinct ids) 6 "ids")
        }

        test "a folder with another plan is refused, and stays as it is" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                let before = contents sweep
                let other = Path.Combine(folder, "other.json")
                File.WriteAllText(other, soundBut [ "sweep", """{"width": [10, 20]}""" ])

                run [ "sweep"; other; "--plan"; sweep ] |> assertRefused "another plan is here"

                run [ "sweep"; Path.Combine(folder, "job.json"); "--plan"; sweep; "--seed"; "5" ]
                |> assertRefused "another plan is here"

                Expect.equal (contents sweep) before "contents")
        }

        test "a point that is named twice is one task" {
            let plan = planOf (soundBut [ "sweep", """{"width": [10, 20, 10]}""" ])
            Expect.hasLength plan.Tasks 2 "tasks"
        }

        test "an id depends on the bytes of the data and not on the folder that they are in" {
            let ids content =
                inFolder (fun folder ->
                    npz (Path.Combine(folder, "data.npz")) content
                    let path = Path.Combine(folder, "job.json")
                    File.WriteAllText(path, soundBut [ npzSource; lists ])

                    (JobFile.readJson SweepJob.json path
                     |> Result.bind SweepPlan.create
                     |> Result.orFail)
                        .Tasks
                    |> List.map _.Id)

            let first = ids (arrays doubles)
            Expect.equal (ids (arrays doubles)) first "elsewhere"
            let changed = ids (arraysBut [ "y_test", doubles [ 4 ] (digits 9 4) ])
            Expect.isEmpty (Set.intersect (Set.ofList first) (Set.ofList changed)) "other data"
        }

        testTheory
            "a plan is read as it was written"
            [
                soundBut [ lists ]
                soundBut [ "theory", "\"auto\""; lists ]
                soundBut [
                    "theory", "\"ntk\""
                    "temperature", "0"
                    "sweep", """{"prior": [1, 2], "time": [0.5, null]}"""
                ]
                soundBut [ "sweep", """{"examples": [4, 6], "load": [0.5, 2]}""" ]
                soundBut [ "crossValidation", "3"; "expansion", """{"seed": 7}"""; lists ]
                soundBut [ "experiment", """{"draws": 40, "examples": [4, 8]}"""; lists ]
                soundBut [
                    "network",
                    """{"kind": "convolution", "activation": "erf", "widths": [8], "patch": 1, "image": [1, 5]}"""
                    "sweep", """{"width": [4, 8]}"""
                ]
                soundBut [
                    "data", """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6}"""
                    "network",
                    """{"kind": "convolution", "activation": "erf", "image": [4, 4], "channels": 1,
                        "layers": [{"channels": 5, "patch": 2, "stride": 2}]}"""
                    "theory", "\"wishart\""
                    "sweep", """{"width": [4, 8]}"""
                ]
                soundBut [
                    "data",
                    """[{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6},
                        {"source": "teacher", "kind": "linear", "inputs": 5, "train": 6, "test": 6, "seed": 2}]"""
                    "network", """{"kind": "transfer", "activation": "erf", "widths": [20], "gamma": 0.5}"""
                    "sweep", """{"gamma": [0.1, 0.9], "width": [10, 20]}"""
                ]
            ]
            (fun job ->
                let plan = planOf job
                let text = SweepPlan.text plan
                let read = SweepPlan.parse "plan" text |> Result.orFail
                Expect.equal (SweepPlan.text read) text "text"
                Expect.equal (List.map _.Id read.Tasks) (List.map _.Id plan.Tasks) "ids"
                Expect.isGreaterThan plan.Tasks.Length 1 "tasks")

        test "a plan that was changed by hand or is not whole is refused" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                let path = Path.Combine(sweep, "plan.jsonl")
                let text = File.ReadAllText path
                File.WriteAllText(path, text.Replace("\"widths\":[10]", "\"widths\":[11]"))
                share "1/1" sweep |> assertRefused "this task was changed"
                File.WriteAllText(path, text[.. text.Length - 100])
                share "1/1" sweep |> assertRefused "this is no whole plan"
                File.WriteAllText(path, text.Replace($"\"version\":\"{Provenance.version}\"", "\"version\":\"0.0.1\""))
                share "1/1" sweep |> assertRefused "this task was changed")
        }

        testProperty "the shares part the plan, whatever their number"
        <| fun (PositiveInt n) ->
            let plan = planOf (soundBut [ "sweep", """{"width": [1, 2, 3, 4, 5, 6, 7]}""" ])

            let shares = [ for i in 1..n -> SweepPlan.share i n plan |> List.map _.Id ]

            let sizes = shares |> List.map List.length
            Expect.equal (shares |> List.concat |> List.sort) (plan.Tasks |> List.map _.Id |> List.sort) "tasks"
            Expect.isLessThanOrEqual (List.max sizes - List.min sizes) 1 "sizes"
    ]

let private runs =
    testList "run" [
        test "shares in any order give the points of predict, in its order, and another run computes nothing" {
            inFolder (fun folder ->
                let job = soundBut [ lists ]
                let sweep = planned job folder

                for text in [ "3/4"; "1/4"; "4/4"; "2/4"; "2/4" ] do
                    share text sweep |> succeeds

                succeeds (collect sweep)
                let whole = run (predict job folder)

                List.zip (losses (collected sweep)) (losses whole.Out)
                |> List.iter (fun (task, point) ->
                    Expect.isLessThan (abs (task / point - 1.0)) 1e-10 "loss, up to rounding")

                let before = contents sweep
                share "1/1" sweep |> succeeds
                succeeds (collect sweep)
                Expect.equal (contents sweep) before "contents")
        }

        testTheory
            "every kind of job gives the numbers of its own command"
            [
                soundBut [
                    "theory", "\"ntk\""
                    "temperature", "0"
                    "sweep", """{"prior": [1, 2], "time": [0.5, null]}"""
                ]
                soundBut [ "sweep", """{"examples": [4, 6], "width": [10, 20]}""" ]
                soundBut [ "sweep", """{"examples": [4, 6], "load": [0.5, 2]}""" ]
                soundBut [
                    "network",
                    """{"kind": "convolution", "activation": "erf", "widths": [8], "patch": 1, "image": [1, 5]}"""
                    "sweep", """{"width": [4, 8]}"""
                ]
                soundBut [ "theory", "\"auto\""; "seconds", "1"; "sweep", """{"width": [400, 800]}""" ]
            ]
            (fun job ->
                inFolder (fun folder ->
                    let sweep = planned job folder
                    let outcome = share "1/1" sweep
                    Expect.equal outcome.Code 0 outcome.Err
                    succeeds (collect sweep)
                    let whole = losses (run (predict job folder)).Out
                    let tasks = losses (collected sweep)
                    Expect.hasLength tasks whole.Length "points"

                    for task, point in List.zip tasks whole do
                        Expect.isLessThan (abs (task / point - 1.0)) 1e-8 "loss, up to rounding"))

        test "an experiment is computed where the job has the key, and leaves no checkpoints" {
            inFolder (fun folder ->
                let job =
                    soundBut [
                        "experiment", """{"draws": 40, "warmUp": 40, "chains": 2, "seed": 3, "examples": [4, 8]}"""
                        "sweep", """{"width": [10, 20]}"""
                    ]

                let sweep = planned job folder
                share "1/1" sweep |> succeeds
                succeeds (collect sweep)

                let measured (json: string) =
                    use document = JsonDocument.Parse json

                    [
                        for point in document.RootElement.GetProperty("points").EnumerateArray() ->
                            point.GetProperty("examples").GetInt32(),
                            point.GetProperty("experiment").GetProperty("loss").GetProperty("value").GetDouble()
                    ]

                let whole = run ("experiment" :: List.tail (predict job folder))
                Expect.equal (measured (collected sweep)) (measured whole.Out) "losses"
                Expect.isEmpty (Directory.GetFileSystemEntries(Path.Combine(sweep, "checkpoints"))) "checkpoints")
        }

        test "what was collected is a result to plot and to compare, and a table of as many rows" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                share "1/1" sweep |> succeeds
                succeeds (collect sweep)
                let results = Path.Combine(sweep, "results.json")
                succeeds (run [ "plot"; results ])
                Expect.stringContains (run [ "compare"; results; results ]).Out "difference" "compare"
                let rows = File.ReadAllLines(Path.Combine(sweep, "results.csv"))
                Expect.hasLength rows 7 "rows"
                Expect.stringStarts rows[0] "id,N,lambda_0,lambda_1,T,loss,bias,variance" "columns"
                let other = Path.Combine(folder, "elsewhere")
                succeeds (run [ "sweep"; "--collect"; sweep; "--output"; other ])
                Expect.equal (File.ReadAllText(Path.Combine(other, "results.json"))) (collected sweep) "elsewhere")
        }

        test "what is missing is named, with exit code 1" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                share "1/3" sweep |> succeeds
                let outcome = collect sweep
                Expect.equal outcome.Code 1 "code"
                Expect.stringContains outcome.Err "4 of 6 tasks are missing: N = 10, lambda_1 = 1, T = 0.1" "err"
                Expect.hasLength (losses (collected sweep)) 2 "points"
                Expect.equal (status sweep) "6 tasks: 2 done, 0 running, 0 failed, 4 waiting." "status")
        }

        test "a task that fails has a record with its reason, the others go on, and --retry forgets it" {
            inFolder (fun folder ->
                let write, job = failing
                write folder
                let sweep = planned job folder
                let outcome = share "1/1" sweep
                Expect.equal outcome.Code 1 "code"

                Expect.stringContains
                    outcome.Err
                    "1 task failed, of which the first is N = 20, lambda_1 = 1, T = 0: The kernel of"
                    "err"

                Expect.stringStarts (status sweep) "3 tasks: 2 done, 0 running, 1 failed, 0 waiting." "status"
                let failures = contents (Path.Combine(sweep, "failed"))
                Expect.equal ((share "1/1" sweep).Code) 1 "code of another run"
                Expect.equal (contents (Path.Combine(sweep, "failed"))) failures "failures after another run"
                Expect.equal ((collect sweep).Code) 1 "code of collect"
                Expect.stringContains (collected sweep) "has rank 1" "the collected reason"

                use json = JsonDocument.Parse (run [ "sweep"; "--status"; sweep; "--json" ]).Out
                Expect.equal (json.RootElement.GetProperty("failed").GetInt32()) 1 "failed"

                run [ "sweep"; "--retry"; sweep ] |> succeeds
                Expect.stringStarts (status sweep) "3 tasks: 2 done, 0 running, 0 failed, 1 waiting." "status"
                Expect.equal ((share "1/1" sweep).Code) 1 "code"
                Expect.hasLength (Directory.GetFiles(Path.Combine(sweep, "failed"))) 1 "failures")
        }

        test "data that have changed are refused, and nothing is computed" {
            inFolder (fun folder ->
                let data = Path.Combine(folder, "data.npz")
                npz data (arrays doubles)
                // An archive made again has the time in it.
                let original = File.ReadAllBytes data
                let sweep = planned (soundBut [ npzSource; lists ]) folder
                share "1/2" sweep |> succeeds
                let before = contents sweep
                File.Delete data
                npz data (arraysBut [ "y_test", doubles [ 4 ] (digits 9 4) ])

                share "2/2" sweep
                |> assertRefused "data.npz: the data have changed since the plan was made"

                File.Delete data
                share "2/2" sweep |> assertRefused "there is no such file"
                Expect.equal (contents sweep) before "contents"
                File.WriteAllBytes(data, original)
                share "2/2" sweep |> succeeds
                succeeds (collect sweep))
        }

        testTheory
            "a mistake on the command line is refused in one sentence"
            [
                "", "sweep is to be told what to do"
                "--run FOLDER --task 3/2", "there is no share 3 of 2"
                "--run FOLDER --task 0/2", "--task: \"0\" is not a whole number from 1"
                "--run FOLDER --task two", "is not i/N"
                "--run FOLDER --task 1/2 --local 2", "exclude each other"
                "--run FOLDER --collect FOLDER", "--run and --collect are one thing after the other"
                "--run FOLDER", "there is no plan of a sweep here"
                "--run FOLDER --time 10", "this is told to Slurm"
                "--run FOLDER --slurm --memory much", "is not as Slurm has it, such as 8G"
                "--run FOLDER --output x", "--output belongs to --collect"
                "--status FOLDER --seed 3", "the plan has the seeds"
                "job.json --run FOLDER", "--run takes no job"
                "--plan FOLDER", "--plan needs a job"
            ]
            (fun (arguments, fragment) ->
                inFolder (fun folder ->
                    let words =
                        arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        |> Array.map (fun word -> if word = "FOLDER" then folder else word)

                    run (Seq.append [ "sweep" ] words) |> assertRefused fragment
                    Expect.isEmpty (contents folder) "contents"))
    ]

let private processes =
    testList "processes" [
        test "several collectors at once and again leave the same bytes" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                share "1/1" sweep |> succeeds
                let plan = SweepFolder.plan sweep |> Result.orFail
                SweepTable.write sweep sweep plan |> Result.orFail |> ignore
                let before = contents sweep

                Parallel.For(
                    0,
                    40,
                    fun _ ->
                        SweepTable.write sweep sweep plan |> Result.orFail |> ignore
                        Expect.stringStarts (collected sweep) "{" "whole at any time"
                )
                |> ignore

                Expect.equal (contents sweep) before "contents")
        }

        test "of two results of a task the first stays, and of two claims one holds" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder

                let kept =
                    [| 1..20 |]
                    |> Array.Parallel.map (fun i -> SweepFolder.keepResult sweep "one" $"{{ \"of\": {i} }}")

                Expect.all kept Result.isOk "kept"
                let path = SweepFolder.resultPath "one" sweep
                let first = File.ReadAllText path
                SweepFolder.keepResult sweep "one" "{}" |> Result.orFail
                Expect.equal (File.ReadAllText path) first "result"
                Expect.isEmpty (Directory.GetFiles(Path.Combine(sweep, "half-written"))) "half-written"

                let inner =
                    SweepFolder.claimed sweep "two" (fun () ->
                        SweepFolder.state sweep "two", SweepFolder.claimed sweep "two" ignore)

                Expect.equal inner (Some(TaskState.Running, None)) "claims"
                Expect.equal (SweepFolder.state sweep "two") TaskState.Waiting "state")
        }

        test "two processes on the same share and one on half of it give each result once" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder

                let children =
                    [ "1/1"; "1/1"; "1/2" ]
                    |> List.map (fun text -> start [] [ "sweep"; "--run"; sweep; "--task"; text ])

                let done' =
                    [
                        for child, out, err in children do
                            child.WaitForExit()
                            Expect.equal child.ExitCode 0 err.Result
                            out.Wait()
                            yield! err.Result.Split('\n') |> Array.filter (fun line -> line.Contains ": done in")
                    ]

                Expect.hasLength done' 6 "computed once each"
                Expect.hasLength (Directory.GetFiles(Path.Combine(sweep, "results"))) 6 "results"
                Expect.isEmpty (Directory.GetFiles(Path.Combine(sweep, "claims"))) "claims"
                succeeds (collect sweep))
        }

        testTheory
            "a signal ends a task that listens to nothing with exit code 75, and one that samples with its checkpoint"
            [ slow, "-TERM"; endless, "-INT" ]
            (fun (job, signal) ->
                requireSignals ()

                inFolder (fun folder ->
                    let sweep = planned job folder
                    let child, out, err = start [] [ "sweep"; "--run"; sweep ]
                    await "a claim" (fun () -> Directory.Exists(Path.Combine(sweep, "claims")))

                    if job = endless then
                        await "a checkpoint" (fun () ->
                            let folder = Path.Combine(sweep, "checkpoints")

                            Directory.Exists folder
                            && Directory.GetFiles(folder, "*.checkpoint", SearchOption.AllDirectories).Length > 0)
                    else
                        Thread.Sleep 400

                    Expect.stringContains (status sweep) "1 running" "status"
                    send signal child
                    Expect.isTrue (child.WaitForExit 20000) "It did not stop."
                    Expect.equal child.ExitCode 75 err.Result
                    Expect.stringContains err.Result "the same command goes on." "err"
                    Expect.equal out.Result "" "out"

                    Expect.isEmpty
                        (Directory.GetFiles(sweep, "*.tmp", SearchOption.AllDirectories))
                        "half-written files"

                    Expect.stringContains (status sweep) "0 running, 0 failed" "status"))

        test "a run that is killed is gone on with: its results stay, its claim and its half-written files do no harm" {
            requireSignals ()

            inFolder (fun folder ->
                let sweep = planned slow folder
                let child, _, _ = start [] [ "sweep"; "--run"; sweep ]
                let results = Path.Combine(sweep, "results")
                await "a result" (fun () -> Directory.Exists results && Directory.GetFiles(results).Length > 0)
                send "-KILL" child
                child.WaitForExit()
                let kept = contents results
                let half = Path.Combine(sweep, "half-written", AtomicFile.temporaryName "0123.json")
                File.WriteAllText(half, "{")
                File.SetLastWriteTimeUtc(half, DateTime.UtcNow.AddHours -2.0)
                share "1/1" sweep |> succeeds
                let now = contents results
                Expect.hasLength now 3 "results"
                Expect.isEmpty (List.except now kept) "results that were there"
                Expect.isFalse (File.Exists half) "half-written"
                succeeds (collect sweep))
        }

        test "a task of a job array finds its share in Slurm's variables" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder

                // Of a job array's task, whose variables are the whole program's.
                let within variables arguments =
                    try
                        for name, value: string in variables do
                            Environment.SetEnvironmentVariable(name, value)

                        run ([ "sweep"; "--run"; sweep; "--quiet" ] @ arguments)
                    finally
                        for name, _ in variables do
                            Environment.SetEnvironmentVariable(name, null)

                let array least most count =
                    [
                        "SLURM_ARRAY_TASK_ID", most
                        "SLURM_ARRAY_TASK_MIN", least
                        "SLURM_ARRAY_TASK_MAX", most
                        "SLURM_ARRAY_TASK_COUNT", count
                    ]

                within (array "1" "3" "3") [] |> succeeds
                Expect.stringContains (status sweep) "2 done" "status"

                within (array "1" "2" "1") []
                |> assertRefused "does not count from 1 to the number of its shares"

                within (array "1" "2" "1") [ "--shares"; "3" ] |> succeeds
                Expect.stringContains (status sweep) "4 done" "status")
        }

        test "processes of this machine compute a whole plan, and say when it cannot be" {
            inFolder (fun folder ->
                let data = Path.Combine(folder, "data.npz")
                npz data (arrays doubles)
                let path = Path.Combine(folder, "job.json")
                File.WriteAllText(path, soundBut [ npzSource; lists ])
                let sweep = Path.Combine(folder, "sweep")
                let outcome = run [ "sweep"; path; "--plan"; sweep; "--local"; "2" ]
                Expect.equal outcome.Out "6 of 6 tasks done.\n" outcome.Err
                succeeds outcome
                let before = collected (collect sweep |> fun _ -> sweep)
                Directory.Delete(Path.Combine(sweep, "results"), true)
                File.AppendAllText(data, "more")

                run [ "sweep"; "--run"; sweep; "--local"; "2" ]
                |> assertRefused "the data have changed"

                Expect.stringContains before "\"points\"" "before")
        }

        test "a full disk ends a run in one sentence, and what is there stays" {
            inFolder (fun folder ->
                let disk = Path.Combine(folder, "disk")
                Directory.CreateDirectory disk |> ignore

                let mount (arguments: string list) =
                    try
                        use child =
                            ProcessStartInfo("mount", arguments, RedirectStandardError = true)
                            |> Process.Start
                            |> nonNull

                        child.WaitForExit()
                        child.ExitCode = 0
                    with :? ComponentModel.Win32Exception ->
                        false

                if
                    not (
                        OperatingSystem.IsLinux()
                        && mount [ "-t"; "tmpfs"; "-o"; "size=24k"; "none"; disk ]
                    )
                then
                    skiptest "A small disk cannot be mounted here."

                try
                    let path = Path.Combine(folder, "job.json")
                    File.WriteAllText(path, soundBut [ lists ])
                    let sweep = Path.Combine(disk, "sweep")
                    succeeds (run [ "sweep"; path; "--plan"; sweep ])
                    share "1/1" sweep |> assertRefused "writing failed (No space left on device"
                    let kept = contents (Path.Combine(sweep, "results"))
                    Expect.isNonEmpty kept "results"
                    Expect.isEmpty (Directory.GetFiles(Path.Combine(sweep, "half-written"))) "half-written"
                    collect sweep |> assertRefused "writing failed (No space left on device"
                    Expect.isTrue (mount [ "-o"; "remount,size=1m"; disk ]) "remount"
                    share "1/1" sweep |> succeeds
                    succeeds (collect sweep)

                    Expect.isEmpty
                        (List.except (contents (Path.Combine(sweep, "results"))) kept)
                        "results that were there"
                finally
                    use unmount = Process.Start("umount", [ disk ])
                    unmount.WaitForExit())
        }
    ]

let private slurm =
    testList "script" [
        test "the script of a job array asks for what was asked, and for the shares that are open" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                share "2/5" sweep |> succeeds

                let arguments =
                    "--slurm --dry-run --shares 5 --at-once 2 --time 1-2:00:00 --memory 8G --partition long --cpus 4 --sbatch account=physics"

                let outcome = run ([ "sweep"; "--run"; sweep ] @ List.ofArray (arguments.Split ' '))
                succeeds outcome
                let script = File.ReadAllText(Path.Combine(sweep, "slurm.sh"))

                for line in
                    [
                        "array=1,3-5%2"
                        "time=1-2:00:00"
                        "mem=8G"
                        "partition=long"
                        "cpus-per-task=4"
                        "account=physics"
                        "requeue"
                    ] do
                    Expect.stringContains script $"\n#SBATCH --{line}\n" "script"

                use shell = Process.Start("bash", [ "-n"; Path.Combine(sweep, "slurm.sh") ])
                shell.WaitForExit()
                Expect.equal shell.ExitCode 0 "a script that bash can read")
        }

        test "a plan that is done needs no job, and without sbatch the script is written all the same" {
            inFolder (fun folder ->
                let sweep = planned (soundBut [ lists ]) folder
                let child, out, err = start [ "PATH", "" ] [ "sweep"; "--run"; sweep; "--slurm" ]
                child.WaitForExit()

                assertRefused
                    "There is no command sbatch here"
                    {
                        Code = child.ExitCode
                        Out = out.Result
                        Err = err.Result
                    }

                let script = Path.Combine(sweep, "slurm.sh")
                Expect.isTrue (File.Exists script) "script"
                File.Delete script
                share "1/1" sweep |> succeeds
                let outcome = run [ "sweep"; "--run"; sweep; "--slurm" ]
                Expect.equal outcome.Out "6 of 6 tasks done.\n" "out"
                Expect.isFalse (File.Exists script) "script of nothing")
        }
    ]

let tests = testList "Sweep" [ plans; runs; processes; slurm ]
