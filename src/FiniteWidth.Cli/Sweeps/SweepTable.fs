namespace FiniteWidth.Cli

open System
open System.IO
open System.Text.Json
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
            Results: (SweepTask * JsonDocument) list
            Missing: Missing list
        }

    let private read folder (task: SweepTask) =
        let path = SweepFolder.resultPath task.Id folder

        try
            if File.Exists path then
                let document = JsonDocument.Parse(File.ReadAllText path)

                if document.RootElement.GetProperty("points").GetArrayLength() > 0 then
                    Ok(Some document)
                else
                    Error(BadFile(path, "this is no result: delete it, and the next run computes it again."))
            else
                Ok None
        with
        | :? JsonException
        | :? InvalidOperationException
        | :? Collections.Generic.KeyNotFoundException ->
            Error(BadFile(path, "this is no result: delete it, and the next run computes it again."))
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
        |> Result.traverse (fun task -> read folder task |> Result.map (fun document -> task, document))
        |> Result.map (fun read ->
            {
                Results =
                    [
                        for task, document in read do
                            match document with
                            | Some document -> task, document
                            | None -> ()
                    ]
                Missing =
                    [
                        for task, document in read do
                            if document.IsNone then
                                missing folder task
                    ]
            })

    let private point (writer: Utf8JsonWriter) (task: SweepTask) (point: JsonElement) =
        writer.WriteStartObject()
        writer.WriteString("id", task.Id)

        for property in point.EnumerateObject() do
            property.WriteTo writer

        writer.WriteEndObject()

    // Of several machines or libraries all, each once.
    let private words (writer: Utf8JsonWriter) (name: string) (results: JsonElement list) =
        let all =
            results
            |> List.map (fun result -> string (result.GetProperty(name).GetString()))
            |> List.distinct
            |> String.concat "; "

        writer.WriteString(name, all)

    let private seconds (name: string) (results: JsonElement list) =
        results
        |> List.sumBy (fun result -> result.GetProperty("seconds").GetProperty(name).GetDouble())

    // As one run of the job's own command would have it, with the sums of the tasks' times.
    let private json (plan: SweepPlan) (collected: Collected) =
        let results =
            collected.Results |> List.map (fun (_, document) -> document.RootElement)

        JsonText.ofObject (fun writer ->
            writer.WriteStartArray "missing"

            for missing in collected.Missing do
                writer.WriteStartObject()
                writer.WriteString("id", missing.Task.Id)
                writer.WriteString("point", missing.Task.Point)

                missing.Reason
                |> Option.iter (fun reason -> writer.WriteString("reason", reason))

                writer.WriteEndObject()

            writer.WriteEndArray()
            writer.WriteStartArray "points"

            for task, document in collected.Results do
                for element in document.RootElement.GetProperty("points").EnumerateArray() do
                    point writer task element

            writer.WriteEndArray()
            writer.WriteString("version", plan.Version)
            writer.WriteString("command", SweepJob.command plan.Job)

            // Of all points alike.
            for name in [ "certified"; "reason" ] do
                match results with
                | first :: _ ->
                    match first.TryGetProperty name with
                    | true, value ->
                        writer.WritePropertyName name
                        value.WriteTo writer
                    | _ -> ()
                | [] -> ()

            writer.WritePropertyName "job"
            SweepJob.write writer plan.Job

            match results with
            | [] -> ()
            | first :: _ ->
                writer.WritePropertyName "seeds"
                first.GetProperty("seeds").WriteTo writer
                words writer "provider" results
                words writer "machine" results

                writer.WriteString(
                    "started",
                    results
                    |> List.map (fun result -> string (result.GetProperty("started").GetString()))
                    |> List.min
                )

                writer.WriteStartObject "seconds"
                writer.WriteNumber("read", seconds "read" results)
                writer.WriteNumber("solve", seconds "solve" results)
                writer.WriteEndObject())

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

            let json = json plan collected

            let put (path: string) text =
                if target = folder then
                    SweepFolder.replace folder path text
                else
                    AtomicFile.writeText path text

            do! put (Path.Combine(target, "results.json")) (json + "\n")

            if not collected.Results.IsEmpty then
                let! result = ResultFile.parse "results.json" json
                let! csv = csv collected result
                do! put (Path.Combine(target, "results.csv")) csv

            return collected.Missing
        }
