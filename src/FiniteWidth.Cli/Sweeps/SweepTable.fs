namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data

/// The results of a sweep as one result, in the order of the plan.
[<RequireQualifiedAccess>]
module SweepTable =

    /// A task without a result, with the reason where it failed.
    type Missing =
        {
            Task: SweepTask
            Reason: string option
        }

    [<NoComparison; NoEquality>]
    type private Collected =
        {
            Results: (SweepTask * Tree) list
            Missing: Missing list
        }

    let private read folder (task: SweepTask) =
        let path = SweepFolder.resultPath task.Id folder

        try
            if File.Exists path then
                match Tree.tryParse (File.ReadAllText path) with
                | Some result when not (Tree.items "points" result).IsEmpty -> Ok(Some result)
                | _ -> Error(BadFile(path, "this is no result: delete it, and the next run computes it again."))
            else
                Ok None
        with
        | :? IOException
        | :? UnauthorizedAccessException as error ->
            Error(BadFile(path, $"reading failed ({error.Message.TrimEnd '.'})."))

    // What waits and what runs is alike: that differs from one moment to the next.
    let private missing folder (task: SweepTask) =
        {
            Task = task
            Reason =
                match SweepFolder.state folder task.Id with
                | TaskState.Failed reason -> Some reason
                | _ -> None
        }

    let private collect folder (plan: SweepPlan) =
        plan.Tasks
        |> Result.traverse (fun task -> read folder task |> Result.map (fun result -> task, result))
        |> Result.map (fun read ->
            {
                Results =
                    [
                        for task, result in read do
                            match result with
                            | Some result -> task, result
                            | None -> ()
                    ]
                Missing =
                    [
                        for task, result in read do
                            if result.IsNone then
                                missing folder task
                    ]
            })

    // Of several machines or libraries all, each once.
    let private words name (results: Tree list) =
        name,
        results
        |> List.choose (Tree.tryWord name)
        |> List.distinct
        |> String.concat "; "
        |> Tree.Word

    let private seconds name (results: Tree list) =
        name,
        results
        |> List.sumBy (Tree.tryFind "seconds" >> Option.defaultValue Tree.Nothing >> Tree.numberOf name)
        |> Tree.Number

    let private missingTree missing =
        [
            "id", Tree.Word missing.Task.Id
            "point", Tree.Word missing.Task.Point

            match missing.Reason with
            | Some reason -> "reason", Tree.Word reason
            | None -> ()
        ]

    let private point (task: SweepTask) point =
        match point with
        | Tree.Object entries -> Tree.Object(("id", Tree.Word task.Id) :: entries)
        | other -> other

    // What is the same of all points.
    let private common name (first: Tree) =
        Tree.tryFind name first
        |> Option.map (fun value -> name, value)
        |> Option.toList

    // As one run of the job's own command would have it, with the sums of the tasks' times.
    let private tree (plan: SweepPlan) (collected: Collected) =
        let results = collected.Results |> List.map snd

        Tree.Object
            [
                "missing", Tree.objects (List.map missingTree collected.Missing)

                "points",
                Tree.List
                    [
                        for task, result in collected.Results do
                            for each in Tree.items "points" result -> point task each
                    ]

                "version", Tree.Word plan.Version
                "command", Tree.Word(SweepJob.command plan.Job)

                match results with
                | [] -> "job", SweepJob.tree plan.Job
                | first :: _ ->
                    yield! common "certified" first
                    yield! common "reason" first
                    "job", SweepJob.tree plan.Job
                    yield! common "seeds" first
                    words "provider" results
                    words "machine" results
                    "started", results |> List.choose (Tree.tryWord "started") |> List.min |> Tree.Word
                    "seconds", Tree.Object [ seconds "read" results; seconds "solve" results ]
            ]

    let private column (name: string) =
        name.Replace(' ', '_').Replace('-', '_')

    let private numbers name (values: float list) =
        column name, Column.Numbers(Array.ofList values)

    // Of one of two tasks there are as many rows as tasks.
    let private ids (collected: Collected) (rows: int) =
        let each = rows / collected.Results.Length

        [|
            for task, _ in collected.Results do
                for _ in 1..each -> task.Id
        |]

    let private csv collected (result: ResultFile) =
        let points = result.Points

        let names (of': ReadPoint -> (string * 'a) list) =
            points |> List.collect (of' >> List.map fst) |> List.distinct

        let values (of': ReadPoint -> (string * float) list) name =
            points
            |> List.map (fun point ->
                of' point
                |> List.tryFind (fst >> (=) name)
                |> Option.map snd
                |> Option.defaultValue nan)

        [
            "id", Column.Words(ids collected points.Length)

            for name in names _.Parameters do
                numbers name (values _.Parameters name)

            for name in names _.Numbers do
                let part (of': Measured -> float) =
                    values (_.Numbers >> List.map (fun (name, value) -> name, of' value)) name

                numbers name (part _.Value)
                let errors = part _.Error

                if List.exists Double.IsFinite errors then
                    numbers $"{name}_error" errors

            for name in names _.Theories do
                numbers $"{name}_{ResultFile.measure points}" (values _.Theories name)

            for name in names _.Words do
                if name <> "settle" then
                    column name,
                    Column.Words
                        [|
                            for point in points ->
                                point.Words
                                |> List.tryFind (fst >> (=) name)
                                |> Option.map snd
                                |> Option.defaultValue ""
                        |]
        ]
        |> List.distinctBy fst
        |> Table.ofColumns
        |> Result.map Table.toCsv

    /// Writes results.json and, where there is a result, results.csv to the folder `target`, and tells what is missing. The same results give the same bytes.
    let write folder target plan =
        result {
            let! collected = collect folder plan

            let tree = tree plan collected

            let put (path: string) text =
                if target = folder then
                    SweepFolder.replace folder path text
                else
                    AtomicFile.writeText path text

            do! put (Path.Combine(target, "results.json")) (Tree.text tree + "\n")

            if not collected.Results.IsEmpty then
                let! result = ResultFile.ofTree "results.json" tree
                let! csv = csv collected result
                do! put (Path.Combine(target, "results.csv")) csv

            return collected.Missing
        }
