/// The published schema of jobs, as another program's validator understands it.
module FiniteWidth.Cli.Tests.Schema

open System.Text.Json
open System.Text.Json.Nodes
open FiniteWidth.Cli
open Json.Schema

let private schema = lazy JsonSchema.FromText(JobSchema.text ())

let private options =
    JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip)

/// What the schema has against a job, nothing where it is valid.
let complaints (job: string) =
    let node = JsonNode.Parse(job, documentOptions = options)

    let results =
        schema.Value.Evaluate(node, EvaluationOptions(OutputFormat = OutputFormat.List))

    if results.IsValid then
        []
    else
        [
            for detail in results.Details do
                match detail.Errors with
                | null -> ()
                | errors -> for error in errors -> $"{detail.InstanceLocation}: {error.Value}"
        ]
