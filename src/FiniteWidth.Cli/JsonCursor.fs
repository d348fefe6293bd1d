namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth

/// A value inside a JSON document and the path that leads to it, which every complaint names.
type JsonCursor =
    { Path: string
      Element: JsonElement }

/// Reading JSON strictly: unknown keys, wrong kinds and numbers out of range are failures that say where.
[<RequireQualifiedAccess>]
module JsonCursor =

    let private fail cursor what =
        Error(BadData $"{cursor.Path}: {what}")

    let private describe (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object -> "an object"
        | JsonValueKind.Array -> "a list"
        | JsonValueKind.String -> $"the text \"{element.GetString()}\""
        | JsonValueKind.Number -> element.GetRawText()
        | JsonValueKind.True -> "true"
        | JsonValueKind.False -> "false"
        | _ -> "null"

    let private wrongKind expected cursor =
        fail cursor $"this is {describe cursor.Element}, and {expected} is needed."

    /// The document's root, called `name` in complaints.
    let root name (document: JsonDocument) =
        { Path = name
          Element = document.RootElement }

    /// One field of an object whose other fields are read later.
    let peek (name: string) cursor =
        if cursor.Element.ValueKind <> JsonValueKind.Object then
            wrongKind "an object" cursor
        else
            match cursor.Element.TryGetProperty name with
            | true, element ->
                Ok
                    { Path = $"{cursor.Path}.{name}"
                      Element = element }
            | _ -> fail cursor $"the key \"{name}\" is missing."

    /// The fields of an object, none of which may be outside `known`.
    let fields (known: string list) cursor =
        if cursor.Element.ValueKind <> JsonValueKind.Object then
            wrongKind "an object" cursor
        else
            let fields =
                [ for property in cursor.Element.EnumerateObject() ->
                      property.Name,
                      { Path = $"{cursor.Path}.{property.Name}"
                        Element = property.Value } ]

            match fields |> List.tryFind (fun (name, _) -> not (List.contains name known)) with
            | Some(name, _) ->
                let names = String.concat ", " known
                fail cursor $"there is no key \"{name}\" here: the keys are {names}."
            | None -> Ok(Map.ofList fields)

    /// A field that must be there.
    let require name cursor (fields: Map<string, JsonCursor>) =
        match fields.TryFind name with
        | Some field -> Ok field
        | None -> fail cursor $"the key \"{name}\" is missing."

    /// A field read with `read`, or the default where it is absent or null.
    let optional name fallback read (fields: Map<string, JsonCursor>) =
        match fields.TryFind name with
        | Some field when field.Element.ValueKind <> JsonValueKind.Null -> read field
        | _ -> Ok fallback

    let text cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.String -> Ok(string (cursor.Element.GetString()))
        | _ -> wrongKind "a text" cursor

    /// One of some texts, each standing for a value.
    let choice (options: (string * 'a) list) cursor =
        result {
            let! chosen = text cursor

            match List.tryFind (fun (name, _) -> name = chosen) options with
            | Some(_, value) -> return value
            | None ->
                let names = options |> List.map fst |> String.concat ", "
                return! fail cursor $"\"{chosen}\" is not one of {names}."
        }

    let number cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Number ->
            let value = cursor.Element.GetDouble()

            if System.Double.IsFinite value then
                Ok value
            else
                fail cursor $"{cursor.Element.GetRawText()} is too large for a number."
        | _ -> wrongKind "a number" cursor

    /// A whole number that is at least `least`.
    let integer least cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Number ->
            match cursor.Element.TryGetInt32() with
            | true, value when value >= least -> Ok value
            | _ -> fail cursor $"{cursor.Element.GetRawText()} is not a whole number from {least} to {System.Int32.MaxValue}."
        | _ -> wrongKind "a whole number" cursor

    /// A list, each item read with `read`.
    let list read cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Array ->
            cursor.Element.EnumerateArray()
            |> Seq.mapi (fun i item ->
                { Path = $"{cursor.Path}[{i}]"
                  Element = item })
            |> Result.traverse read
        | _ -> wrongKind "a list" cursor

    /// A list with at least one item.
    let nonEmptyList read cursor =
        result {
            let! items = list read cursor

            if List.isEmpty items then
                return! fail cursor "the list is empty: it needs at least one item."
            else
                return items
        }

    /// A value, or nothing where it is null.
    let nullable read cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Null -> Ok None
        | _ -> read cursor |> Result.map Some

    /// The failure of a check made elsewhere, with the path in front.
    let located cursor outcome =
        match outcome with
        | Error(BadNetwork what) -> Error(BadNetwork $"{cursor.Path}: {what}")
        | Error(BadData what) -> Error(BadData $"{cursor.Path}: {what}")
        | other -> other
