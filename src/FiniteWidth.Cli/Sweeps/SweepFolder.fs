namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open FiniteWidth

/// What the files say of a task.
[<RequireQualifiedAccess>]
type TaskState =
    | Done
    | Failed of reason: string
    /// A process that lives has claimed it.
    | Running
    | Waiting

/// The folder of a sweep. Its files are all that processes know of each other: the plan, a result or a failure a task, and claims, which
/// the system takes from a process that dies.
[<RequireQualifiedAccess>]
module SweepFolder =

    let private within (part: string) (folder: string) = Path.Combine(folder, part)
    let private ofTask part (id: string) folder = Path.Combine(folder, part, id)

    let private planPath = within "plan.jsonl"
    let private failurePath id = ofTask "failed" $"{id}.json"
    let private claimPath id = ofTask "claims" id
    let private half = within "half-written"

    /// The result of a task, one JSON document.
    let resultPath id = ofTask "results" $"{id}.json"

    /// Where the checkpoints of a task are.
    let checkpoints id = ofTask "checkpoints" id

    /// What chains have found, shared by the tasks.
    let points = within "points"

    /// The script that Slurm runs, and what its tasks print.
    let script = within "slurm.sh"

    let logs = within "logs"

    let private failure path (error: exn) =
        match error with
        | :? UnauthorizedAccessException ->
            BadFile(path, "the folder may not be written to: its permissions forbid it.")
        | error -> BadFile(path, $"writing failed ({error.Message.TrimEnd '.'}).")

    let private tryDelete path =
        try
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    // Long enough for any file to be written and named.
    let private forgotten = TimeSpan.FromHours 1.0

    /// Removes what processes that were killed while they wrote have left.
    let sweep folder =
        let half = half folder

        if Directory.Exists half then
            for path in Directory.GetFiles half do
                if DateTime.UtcNow - File.GetLastWriteTimeUtc path > forgotten then
                    tryDelete path

    // Whole, on disk, and then under its name in one step. An existing file stays, or is replaced.
    let private write replace folder (path: string) (text: string) =
        let temporary =
            Path.Combine(half folder, AtomicFile.temporaryName (string (Path.GetFileName path)))

        try
            try
                Directory.CreateDirectory(half folder) |> ignore
                Directory.CreateDirectory(string (Path.GetDirectoryName path)) |> ignore

                using (new FileStream(temporary, FileMode.CreateNew, FileAccess.Write)) (fun stream ->
                    stream.Write(ReadOnlySpan(UTF8Encoding(false).GetBytes text))
                    stream.Flush true)

                try
                    File.Move(temporary, path, replace)
                with :? IOException when not replace && File.Exists path ->
                    ()

                Ok()
            finally
                tryDelete temporary
        with
        | :? IOException
        | :? UnauthorizedAccessException as error -> Error(failure path error)

    /// Writes a file that others may read at any time, in place of what was there.
    let replace folder path text = write true folder path text

    /// Keeps the result of a task; the first one stays.
    let keepResult folder id json =
        write false folder (resultPath id folder) (json + "\n")

    /// Makes the folder of what Slurm's tasks print.
    let makeLogs folder =
        try
            Directory.CreateDirectory(logs folder) |> ignore
            Ok()
        with
        | :? IOException
        | :? UnauthorizedAccessException as error -> Error(failure (logs folder) error)

    /// Records why a task failed.
    let keepFailure folder (task: SweepTask) (reason: string) =
        Tree.Object
            [
                "id", Tree.Word task.Id
                "point", Tree.Word task.Point
                "reason", Tree.Word reason
                "machine", Tree.Word Environment.MachineName
                "at", Tree.Word(DateTime.UtcNow.ToString "yyyy-MM-dd'T'HH:mm:ss'Z'")
            ]
        |> Tree.text
        |> fun json -> write true folder (failurePath task.Id folder) (json + "\n")

    let private reason path =
        try
            use document = JsonDocument.Parse(File.ReadAllText path)
            Some(string (document.RootElement.GetProperty("reason").GetString()))
        with
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> None
        | :? IOException
        | :? JsonException
        | :? InvalidOperationException
        | :? Collections.Generic.KeyNotFoundException -> Some "the record of the failure cannot be read."

    let private openClaim (mode: FileMode) access share (path: string) =
        try
            Some(new FileStream(path, mode, access, share))
        with
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> None
        | :? IOException when File.Exists path -> None

    // Shared among those that ask; it fails while a process has the claim to itself.
    let private isClaimed path =
        if File.Exists path then
            match openClaim FileMode.Open FileAccess.Read FileShare.Read path with
            | Some lock' ->
                lock'.Dispose()
                false
            | None -> File.Exists path
        else
            false

    /// Whether a task has its result, has failed, is being computed, or waits.
    let state folder id =
        if File.Exists(resultPath id folder) then
            TaskState.Done
        else
            match reason (failurePath id folder) with
            | Some reason -> TaskState.Failed reason
            | None when isClaimed (claimPath id folder) -> TaskState.Running
            | None -> TaskState.Waiting

    /// Runs work on a task that no other process works on; nothing where one does. Where the file system has no locks two may, and the first result stays.
    let claimed folder id (work: unit -> 'T) =
        let path = claimPath id folder
        Directory.CreateDirectory(string (Path.GetDirectoryName path)) |> ignore

        match openClaim FileMode.OpenOrCreate FileAccess.ReadWrite FileShare.None path with
        | None -> None
        | Some lock' ->
            use _ = lock'
            let outcome = work ()

            // Whoever comes later finds the task settled.
            match state folder id with
            | TaskState.Done
            | TaskState.Failed _ -> tryDelete path
            | _ -> ()

            Some outcome

    /// Lets failed tasks be computed again.
    let forgetFailure folder id = tryDelete (failurePath id folder)

    /// Removes the checkpoints of a task that is done.
    let dropCheckpoints folder id =
        try
            let path = checkpoints id folder

            if Directory.Exists path then
                Directory.Delete(path, recursive = true)
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    let private checkFolder (folder: string) =
        if String.IsNullOrWhiteSpace folder then
            Error(BadData "The name of the sweep's folder is empty.")
        else
            match Folders.upwards (Path.GetFullPath folder) |> Seq.tryFind File.Exists with
            | Some file -> Error(BadFile(file, "this is a file, and a sweep needs a folder here."))
            | None -> Ok(Path.GetFullPath folder)

    let private read path =
        try
            Ok(File.ReadAllText path)
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Error(BadFile(path, $"reading failed ({error.Message.TrimEnd '.'})."))

    /// The plan of a folder.
    let plan folder =
        result {
            let! folder = checkFolder folder
            let path = planPath folder

            if File.Exists path then
                let! text = read path
                return! SweepPlan.parse path text
            else
                return!
                    Error(
                        BadFile(
                            folder,
                            "there is no plan of a sweep here: finitewidth sweep JOB.json --plan FOLDER makes one."
                        )
                    )
        }

    /// Freezes a plan in a folder; the same plan may be there already, and another one is refused.
    let keepPlan folder plan =
        result {
            let! folder = checkFolder folder
            let text = SweepPlan.text plan

            if not (File.Exists(planPath folder)) then
                do! write false folder (planPath folder) text

            let! kept = read (planPath folder)

            if kept <> text then
                return!
                    Error(BadFile(folder, "another plan is here: give another folder, or finish or delete that one."))
        }
