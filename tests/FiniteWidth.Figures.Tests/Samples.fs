module FiniteWidth.Figures.Tests.Samples

open System
open System.IO
open System.Text.Json
open Expecto
open Plotly.NET
open FiniteWidth
open FiniteWidth.Testing

/// A chart as plotly.js will see it.
let parse (chart: GenericChart) =
    JsonDocument.Parse(GenericChart.toJson chart).RootElement

/// A part of a JSON document by names and indices, as in "layout.shapes.0.y0".
let rec at (path: string) (element: JsonElement) =
    (element, path.Split '.')
    ||> Array.fold (fun element step ->
        match Int32.TryParse step with
        | true, index -> element[index]
        | _ -> element.GetProperty step)

let text path element = nonNull ((at path element).GetString())

let number path element = (at path element).GetDouble()

// Plotly.NET writes NaN as a text.
let private value (element: JsonElement) =
    match element.ValueKind with
    | JsonValueKind.String -> Double.Parse(nonNull (element.GetString()))
    | _ -> element.GetDouble()

let numbers path element =
    (at path element).EnumerateArray() |> Seq.map value |> Array.ofSeq

let texts path element =
    (at path element).EnumerateArray()
    |> Seq.map (fun item -> nonNull (item.GetString()))
    |> List.ofSeq

let has (path: string) (element: JsonElement) = fst (element.TryGetProperty path)

/// The names of the traces, in order.
let names json =
    [
        for trace in (at "data" json).EnumerateArray() do
            match trace.TryGetProperty "name" with
            | true, name -> nonNull (name.GetString())
            | _ -> ()
    ]

/// The first trace of this name.
let trace name json =
    (at "data" json).EnumerateArray()
    |> Seq.find (fun trace -> has "name" trace && text "name" trace = name)

/// The sentence of the failure that an action raises.
let sentence (action: unit -> unit) =
    try
        action ()
        None
    with FailureException failure ->
        Some failure.Message

/// Runs an action with an empty folder of its own.
let inFolder action =
    let folder = Directory.CreateTempSubdirectory "finitewidth-figures-"

    try
        action folder.FullName
    finally
        folder.Delete(recursive = true)

/// Runs an action while an environment variable has a value: for tests that run one after the other.
let withVariable (name: string) (value: string) action =
    let before = Environment.GetEnvironmentVariable name

    try
        Environment.SetEnvironmentVariable(name, value)
        action ()
    finally
        Environment.SetEnvironmentVariable(name, before)

/// Charts are mutable: each test draws its own.
let line () =
    Chart.Line(x = [ 50.0; 500.0; 5000.0 ], y = [ 0.3; 0.2; 0.1 ], Name = "loss")
