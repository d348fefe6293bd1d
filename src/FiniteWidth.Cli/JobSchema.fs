namespace FiniteWidth.Cli

open System.Text.Json

/// The JSON Schema of jobs, made of the keys that their readers know.
[<RequireQualifiedAccess>]
module JobSchema =

    let private dialect = "https://json-schema.org/draft/2020-12/schema"

    let private strings (writer: Utf8JsonWriter) (name: string) (values: string list) =
        writer.WriteStartArray name
        values |> List.iter writer.WriteStringValue
        writer.WriteEndArray()

    // What JSON Schema says of a shape, as the keys of an object that is open.
    let rec private keywords (writer: Utf8JsonWriter) shape =
        let kind (name: string) = writer.WriteString("type", name)

        match shape with
        | Shape.Text -> kind "string"
        | Shape.Choice names -> strings writer "enum" names
        | Shape.Boolean -> kind "boolean"
        | Shape.Number -> kind "number"
        | Shape.Positive ->
            kind "number"
            writer.WriteNumber("exclusiveMinimum", 0)
        | Shape.NotNegative ->
            kind "number"
            writer.WriteNumber("minimum", 0)
        | Shape.Integer least ->
            kind "integer"
            writer.WriteNumber("minimum", least)
            writer.WriteNumber("maximum", System.Int32.MaxValue)
        | Shape.List(item, least) ->
            kind "array"
            writer.WriteStartObject "items"
            keywords writer item
            writer.WriteEndObject()

            if least > 0 then
                writer.WriteNumber("minItems", least)
        | Shape.Nullable inner -> anyOf writer [ (fun () -> keywords writer inner); (fun () -> kind "null") ]
        | Shape.AnyOf shapes -> anyOf writer [ for shape in shapes -> fun () -> keywords writer shape ]
        | Shape.Object [ keys ] -> object writer keys
        | Shape.Object kinds -> anyOf writer [ for keys in kinds -> fun () -> object writer keys ]

    and private anyOf (writer: Utf8JsonWriter) (parts: (unit -> unit) list) =
        writer.WriteStartArray "anyOf"

        for part in parts do
            writer.WriteStartObject()
            part ()
            writer.WriteEndObject()

        writer.WriteEndArray()

    and private object (writer: Utf8JsonWriter) (keys: Key list) =
        writer.WriteString("type", "object")
        writer.WriteStartObject "properties"

        for key in keys do
            writer.WriteStartObject key.Name
            writer.WriteString("description", key.Meaning)
            keywords writer key.Shape
            writer.WriteEndObject()

        writer.WriteEndObject()
        strings writer "required" (keys |> List.filter _.Required |> List.map _.Name)
        writer.WriteBoolean("additionalProperties", false)

    /// The keys of jobs, whichever command they are for: those that not every command needs may be left out.
    let keys =
        let commands =
            [ JobJson.prediction.Keys; FitJob.keys.Keys; ExperimentJob.keys.Keys ]

        let needed (key: Key) =
            commands
            |> List.forall (List.exists (fun other -> other.Name = key.Name && other.Required))

        commands
        |> List.concat
        |> List.distinctBy _.Name
        |> List.map (fun key -> { key with Required = needed key })

    /// The schema as JSON.
    let text () =
        JsonText.ofObject (fun writer ->
            writer.WriteString("$schema", dialect)
            writer.WriteString("title", "A job of finitewidth")
            object writer keys)
