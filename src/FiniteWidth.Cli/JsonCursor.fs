namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth

/// A value inside a JSON document and the path that leads to it, which every complaint names.
[<NoComparison; NoEquality>]
type JsonCursor =
    {
        Path: string
        Element: JsonElement
        File: JsonFile
    }

/// Steps into a JSON document, and complaints that say where.
[<RequireQualifiedAccess>]
module JsonCursor =

    let private longest = 60

    /// The failure of the value at the cursor.
    let fail cursor what =
        Error(BadData $"{cursor.File.ValuePlace cursor.Path}{cursor.Path}: {what}")

    // The same of a key below the cursor.
    let private failAtKey cursor name what =
        let place = cursor.File.KeyPlace $"{cursor.Path}.{name}"
        Error(BadData $"{place}{cursor.Path}: {what}")

    /// A text in a complaint: whatever was given, it can be read.
    let quote (text: string) =
        if text.Length <= longest then
            $"\"{text}\""
        else
            $"\"{text[.. longest - 1]}...\""

    /// The text at the cursor; a text may hold half of a surrogate pair, which has no characters to show.
    let tryText (element: JsonElement) =
        try
            Option.ofObj (element.GetString())
        with :? InvalidOperationException ->
            None

    /// The value in words.
    let describe (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object -> "an object"
        | JsonValueKind.Array -> "a list"
        | JsonValueKind.String ->
            let text =
                tryText element
                |> Option.map quote
                |> Option.defaultValue (element.GetRawText())

            $"the text {text}"
        | JsonValueKind.Number ->
            let digits = element.GetRawText()

            if digits.Length <= longest then
                digits
            else
                digits[.. longest - 1] + "..."
        | JsonValueKind.True -> "true"
        | JsonValueKind.False -> "false"
        | _ -> "null"

    /// The failure of a value of another kind than is needed.
    let wrongKind expected cursor =
        fail cursor $"this is {describe cursor.Element}, and {expected} is needed."

    /// The document's root.
    let root (file: JsonFile) (document: JsonDocument) =
        {
            Path = file.Root
            Element = document.RootElement
            File = file
        }

    /// The failure of a key that must be there.
    let missing cursor (name: string) =
        fail cursor $"the key \"{name}\" is missing."

    let private nameOf (property: JsonProperty) =
        try
            property.Name
        with :? InvalidOperationException ->
            "\uFFFD"

    let private field cursor name element =
        { cursor with
            Path = $"{cursor.Path}.{name}"
            Element = element
        }

    /// One field of an object, where it is there and not null.
    let tryField (name: string) cursor =
        match cursor.Element.TryGetProperty name with
        | true, element when element.ValueKind <> JsonValueKind.Null -> Some(field cursor name element)
        | _ -> None

    /// The fields of an object, none of which may be outside `known` or given twice.
    let fields (known: string list) cursor =
        if cursor.Element.ValueKind <> JsonValueKind.Object then
            wrongKind "an object" cursor
        else
            let fields =
                [
                    for property in cursor.Element.EnumerateObject() ->
                        let name = nameOf property
                        name, field cursor name property.Value
                ]

            let unknown =
                fields |> List.tryFind (fun (name, _) -> not (List.contains name known))

            let repeated =
                fields |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1)

            match unknown, repeated with
            | Some(name, _), _ ->
                let names = String.concat ", " known

                failAtKey
                    cursor
                    name
                    $"there is no key {quote name} here{Nearest.question known name}: the keys are {names}."
            | None, Some(name, count) ->
                failAtKey cursor name $"the key \"{name}\" is given {count} times: give it once."
            | None, None -> Ok(Map.ofList fields)

    /// The items of a list.
    let items cursor =
        match cursor.Element.ValueKind with
        | JsonValueKind.Array ->
            cursor.Element.EnumerateArray()
            |> Seq.mapi (fun i item ->
                { cursor with
                    Path = $"{cursor.Path}[{i}]"
                    Element = item
                })
            |> List.ofSeq
            |> Ok
        | _ -> wrongKind "a list" cursor
