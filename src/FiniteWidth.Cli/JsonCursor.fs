namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth

/// A value inside a JSON document and the path that leads to it, which every complaint names.
type JsonCursor = { Path: string; Element: JsonElement }

/// Reading JSON strictly: unknown keys, wrong kinds and numbers out of range are failures that say where.
[<RequireQualifiedAccess>]
module JsonCursor =

    let private longest = 60

    /// The failure of the value at the cursor.
    let fail cursor what = Error(BadData $"{cursor.Path}: {what}")

    let private quote (text: string) =
        if text.Length <= longest then
            $"\"{text}\""
        else
            $"\"{text[.. longest - 1]}...\""

    // A text may hold half of a surrogate pair, which has no characters to show.
    let private tryText (element: JsonElement) =
        try
            Option.ofObj (element.GetString())
        with :? InvalidOperationException ->
            None

    let private describe (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object -> "an object"
        | JsonValueKind.Array -> "a list"
        | JsonValueKind.String ->
            $"the text {tryText element
                        |> Option.map quote
                        |> Option.defaultValue (element.GetRawText())}"
        | JsonValueKind.Number ->
            let digits = element.GetRawText()

            if digits.Length <= longest then
                digits
            else
                digits[.. longest - 1] + "..."
        | JsonValueKind.True -> "true"
        | JsonValueKind.False -> "false"
        | _ -> "null"

    let private wrongKind expected cursor =
        fail cursor $"this is {describe cursor.Element}, and {expected} is needed."

    /// The document's root, called `name` in complaints.
    let root name (document: JsonDocument) =
        {
            Path = name
            Element = document.RootElement
        }

    let private missing cursor (name: string) =
        fail cursor $"the key \"{name}\" is missing."

    /// One field of an object whose other fields are read later.
    let peek (name: string) cursor =
        if cursor.Element.ValueKind <> JsonValueKind.Object then
            wrongKind "an object" cursor
        else
            match cursor.Element.TryGetProperty name with
            | true, element ->
                Ok
                    {
                        Path = $"{cursor.Path}.{name}"
                        Element = element
                    }
            | _ -> missing cursor name

    let private nameOf (property: JsonProperty) =
        try
            property.Name
        with :? InvalidOperationException ->
            "\uFFFD"

    /// The fields of an object, none of which may be outside `known` or given twice.
    let fields (known: string list) cursor =
        if cursor.Element.ValueKind <> JsonValueKind.Object then
            wrongKind "an object" cursor
        else
            let fields =
                [
                    for property in cursor.Element.EnumerateObject() ->
                        let name = nameOf property

                        name,
                        {
                            Path = $"{cursor.Path}.{name}"
                            Element = property.Value
                        }
                ]

            let unknown =
                fields |> List.tryFind (fun (name, _) -> not (List.contains name known))

            let repeated =
                fields |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1)

            match unknown, repeated with
            | Some(name, _), _ ->
                let names = String.concat ", " known
                fail cursor $"there is no key {quote name} here: the keys are {names}."
            | None, Some(name, count) -> fail cursor $"the key \"{name}\" is given {count} times: give it once."
            | None, None -> Ok(Map.ofList fields)

    /// A field that must be there.
    let require name read cursor (fields: Map<string, JsonCursor>) =
        match fields.TryFind name with
        | Some field -> read field
        | None -> missing cursor name

    /// A field read with `read`, or the default where it is absent or null.
    let optional name fallback read (fields: Map<string, JsonCursor>) =
        match fields.TryFind name with
        | Some field when field.Element.ValueKind <> JsonValueKind.Null -> read field
        | _ -> Ok fallback

    let text cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.String ->
            match tryText cursor.Element with
            | Some text -> Ok text
            | None -> fail cursor "this text has half of a surrogate pair, which stands for no character."
        | _ -> wrongKind "a text" cursor

    /// true or false, each standing for a value.
    let either ifTrue ifFalse cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.True -> Ok ifTrue
        | JsonValueKind.False -> Ok ifFalse
        | _ -> wrongKind "true or false" cursor

    /// One of some texts, each standing for a value.
    let choice (options: (string * 'a) list) cursor =
        result {
            let! chosen = text cursor

            match List.tryFind (fun (name, _) -> name = chosen) options with
            | Some(_, value) -> return value
            | None ->
                let names = options |> List.map fst |> String.concat ", "
                return! fail cursor $"{quote chosen} is not one of {names}."
        }

    let boolean cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.True -> Ok true
        | JsonValueKind.False -> Ok false
        | _ -> wrongKind "true or false" cursor

    let private finite (element: JsonElement) =
        match element.TryGetDouble() with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    let private numberWhere holds expected cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Number ->
            match finite cursor.Element with
            | None -> fail cursor $"{describe cursor.Element} is too large for a number."
            | Some value when holds value -> Ok value
            | Some _ -> fail cursor $"this is {describe cursor.Element}, and {expected} is needed."
        | _ -> wrongKind expected cursor

    /// Any number.
    let number cursor =
        numberWhere (fun _ -> true) "a number" cursor

    /// A number above zero.
    let positive cursor =
        numberWhere (fun value -> value > 0.0) "a number above 0" cursor

    /// A number that is zero or above.
    let notNegative cursor =
        numberWhere (fun value -> value >= 0.0) "a number from 0 upwards" cursor

    /// A whole number that is at least `least`.
    let integer least cursor =
        let expected = $"a whole number from {least} to {Int32.MaxValue}"

        match cursor.Element.ValueKind with
        | JsonValueKind.Number ->
            match finite cursor.Element with
            // Programs that know one kind of number write 50 as 50.0.
            | Some value when
                value >= float least
                && value <= float Int32.MaxValue
                && value = Math.Floor value
                ->
                Ok(int value)
            | _ -> fail cursor $"this is {describe cursor.Element}, and {expected} is needed."
        | _ -> wrongKind expected cursor

    /// A list, each item read with `read`.
    let list read cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Array ->
            cursor.Element.EnumerateArray()
            |> Seq.mapi (fun i item ->
                {
                    Path = $"{cursor.Path}[{i}]"
                    Element = item
                })
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

    /// One item, or a list with at least one.
    let oneOrMore read cursor =
        if cursor.Element.ValueKind = JsonValueKind.Array then
            nonEmptyList read cursor
        else
            read cursor |> Result.map List.singleton

    /// A value, or nothing where it is null.
    let nullable read cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Null -> Ok None
        | _ -> read cursor |> Result.map Some
