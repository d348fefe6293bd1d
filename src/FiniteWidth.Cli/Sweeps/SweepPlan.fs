namespace FiniteWidth.Cli

open System
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open FiniteWidth

/// One point of a sweep, which any process may compute.
type SweepTask =
    {
        /// 16 hexadecimal digits of a hash of all that its result depends on: the job, the data's bytes, the program's version.
        Id: string
        /// The point in words.
        Point: string
        Job: SweepJob
    }

/// A file of examples as it was when the plan was made.
type PlannedFile = { Path: string; Sha256: string }

/// The tasks of a sweep, frozen.
type SweepPlan =
    {
        /// Of the program that made it.
        Version: string
        /// The job that spans the tasks.
        Job: SweepJob
        Files: PlannedFile list
        /// In the order of the job's own command.
        Tasks: SweepTask list
    }

/// Plans as files: a line that says what is swept, then a line a task.
[<RequireQualifiedAccess>]
module SweepPlan =

    let private format = 1

    let private idOf version (files: PlannedFile list) job =
        let text =
            Tree.List
                [
                    Tree.count format
                    Tree.Word version
                    Tree.Word(SweepJob.command job)
                    for file in files do
                        Tree.Word file.Sha256
                    SweepJob.tree (SweepJob.withoutFolders job)
                ]
            |> Tree.line

        let hash = text |> Encoding.UTF8.GetBytes |> SHA256.HashData
        Convert.ToHexStringLower(hash)[..15]

    let private task version files job =
        {
            Id = idOf version files job
            Point = SweepJob.describe job
            Job = job
        }

    let private hashed paths =
        paths
        |> Result.traverse (fun path ->
            SourceFiles.hash path |> Result.map (fun hash -> { Path = path; Sha256 = hash }))

    /// The plan of a job: its points in order, each once.
    let create job =
        result {
            let! files = SweepJob.files job |> Result.bind hashed
            let! points = SweepJob.points job

            return
                {
                    Version = Provenance.version
                    Job = job
                    Files = files
                    Tasks = points |> List.map (task Provenance.version files) |> List.distinctBy _.Id
                }
        }

    let private header plan =
        Tree.Object
            [
                "plan", Tree.count format
                "version", Tree.Word plan.Version
                "tasks", Tree.count plan.Tasks.Length

                "files",
                Tree.objects
                    [
                        for file in plan.Files -> [ "path", Tree.Word file.Path; "sha256", Tree.Word file.Sha256 ]
                    ]

                "job", SweepJob.tree plan.Job
            ]
        |> Tree.line

    let private line task =
        Tree.Object [ "id", Tree.Word task.Id; "job", SweepJob.tree task.Job ]
        |> Tree.line

    /// The plan as a file has it.
    let text plan =
        header plan :: List.map line plan.Tasks
        |> List.map (fun line -> line + "\n")
        |> String.concat ""

    let private jobOf place (element: JsonElement) =
        JobFile.readText SweepJob.json place (element.GetProperty("job").GetRawText())

    let private parseHeader place (text: string) =
        use document = JsonDocument.Parse text
        let root = document.RootElement

        let string (name: string) (element: JsonElement) =
            string (element.GetProperty(name).GetString())

        if root.GetProperty("plan").GetInt32() <> format then
            Error(BadFile(place, "the plan has a form that this version of finitewidth does not know."))
        else
            jobOf place root
            |> Result.map (fun job ->
                {
                    Version = string "version" root
                    Job = job
                    Files =
                        [
                            for file in root.GetProperty("files").EnumerateArray() ->
                                {
                                    Path = string "path" file
                                    Sha256 = string "sha256" file
                                }
                        ]
                    Tasks = []
                },
                root.GetProperty("tasks").GetInt32())

    let private parseTask place (plan: SweepPlan) (text: string) =
        use document = JsonDocument.Parse text
        let root = document.RootElement

        jobOf place root
        |> Result.bind (fun job ->
            let task = task plan.Version plan.Files job

            if root.GetProperty("id").GetString() = task.Id then
                Ok task
            else
                Error(BadFile(place, "this task was changed after the plan was made: make a plan in another folder.")))

    /// The plan in a text, which complaints call `path`.
    let parse path (text: string) =
        let broken = Error(BadFile(path, "this is no whole plan: make one with --plan."))

        try
            match text.Split '\n' |> List.ofArray |> List.filter ((<>) "") with
            | [] -> broken
            | first :: lines ->
                result {
                    let! plan, count = parseHeader path first

                    if count <> lines.Length || not (text.EndsWith '\n') then
                        return! broken
                    else
                        let! tasks =
                            List.indexed lines
                            |> Result.traverse (fun (i, line) -> parseTask $"{path}, task {i + 1}" plan line)

                        return { plan with Tasks = tasks }
                }
        with
        | :? JsonException
        | :? InvalidOperationException
        | :? FormatException
        | :? Collections.Generic.KeyNotFoundException -> broken

    /// Refuses what would compute something else than was planned: another version of this program, or other data.
    let requireUnchanged plan =
        if plan.Version <> Provenance.version then
            Error(
                Unsupported
                    $"The plan was made by version {plan.Version} and this is {Provenance.version}: make a plan in another folder, or run it by that version."
            )
        else
            result {
                let! paths = SweepJob.files plan.Job
                let! files = hashed paths

                return!
                    List.zip files plan.Files
                    |> List.tryFind (fun (now, planned) -> now.Sha256 <> planned.Sha256)
                    |> function
                        | Some(changed, _) ->
                            Error(
                                BadFile(
                                    changed.Path,
                                    "the data have changed since the plan was made: put the file back, or make a plan in another folder."
                                )
                            )
                        | None -> Ok()
            }

    /// The tasks of share i of n, i from 1: every n-th, so that the narrow and the wide ones are spread. The shares part the plan.
    let share i n plan =
        plan.Tasks
        |> List.indexed
        |> List.filter (fun (k, _) -> k % n = i - 1)
        |> List.map snd
