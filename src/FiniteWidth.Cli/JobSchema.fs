namespace FiniteWidth.Cli


/// The JSON Schema of jobs, made of the keys that their readers know.
[<RequireQualifiedAccess>]
module JobSchema =

    let private dialect = "https://json-schema.org/draft/2020-12/schema"

    let private kind name = "type", Tree.Word name

    // What JSON Schema says of a shape, as the keys of an object that is open.
    let rec private keywords shape =
        match shape with
        | Shape.Text -> [ kind "string" ]
        | Shape.Choice names -> [ "enum", Tree.words names ]
        | Shape.Boolean -> [ kind "boolean" ]
        | Shape.Number -> [ kind "number" ]
        | Shape.Positive -> [ kind "number"; "exclusiveMinimum", Tree.count 0 ]
        | Shape.NotNegative -> [ kind "number"; "minimum", Tree.count 0 ]
        | Shape.Integer least ->
            [
                kind "integer"
                "minimum", Tree.count least
                "maximum", Tree.count System.Int32.MaxValue
            ]
        | Shape.List(item, least) ->
            [
                kind "array"
                "items", Tree.Object(keywords item)

                if least > 0 then
                    "minItems", Tree.count least
            ]
        | Shape.Nullable inner -> anyOf [ keywords inner; [ kind "null" ] ]
        | Shape.AnyOf shapes -> anyOf (List.map keywords shapes)
        | Shape.Object [ keys ] -> object keys
        | Shape.Object kinds -> anyOf (List.map object kinds)

    and private anyOf parts = [ "anyOf", Tree.objects parts ]

    and private object (keys: Key list) =
        [
            kind "object"

            "properties",
            Tree.Object
                [
                    for key in keys ->
                        key.Name, Tree.Object(("description", Tree.Word key.Meaning) :: keywords key.Shape)
                ]

            "required", Tree.words (keys |> List.filter _.Required |> List.map _.Name)
            "additionalProperties", Tree.Truth false
        ]

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
        [ "$schema", Tree.Word dialect; "title", Tree.Word "A job of finitewidth" ]
        @ object keys
        |> Tree.Object
        |> Tree.text
