namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// Values with names: what results and jobs say, before it is JSON, a table or a figure.
[<RequireQualifiedAccess>]
type Tree =
    | Nothing
    | Truth of bool
    /// Nothing where it is not finite.
    | Number of float
    | Whole of uint64
    | Word of string
    | List of Tree list
    | Object of (string * Tree) list

[<RequireQualifiedAccess>]
module Tree =

    let count (value: int) = Tree.Whole(uint64 value)

    let numbers values =
        Tree.List [ for value in values -> Tree.Number value ]

    let counts values =
        Tree.List [ for value in values -> count value ]

    let words values =
        Tree.List [ for value in values -> Tree.Word value ]

    let objects values =
        Tree.List [ for value in values -> Tree.Object value ]

    /// Nothing in place of what is left out.
    let orNothing ofValue value =
        value |> Option.map ofValue |> Option.defaultValue Tree.Nothing

    let rec private write (writer: Utf8JsonWriter) tree =
        match tree with
        | Tree.Truth value -> writer.WriteBooleanValue value
        | Tree.Number value when Double.IsFinite value -> writer.WriteNumberValue value
        | Tree.Nothing
        | Tree.Number _ -> writer.WriteNullValue()
        | Tree.Whole value -> writer.WriteNumberValue value
        | Tree.Word text -> writer.WriteStringValue text
        | Tree.List items ->
            writer.WriteStartArray()
            items |> List.iter (write writer)
            writer.WriteEndArray()
        | Tree.Object entries ->
            writer.WriteStartObject()

            for name, value in entries do
                writer.WritePropertyName name
                write writer value

            writer.WriteEndObject()

    let private writeTo isIndented (stream: Stream) tree =
        use writer =
            new Utf8JsonWriter(
                stream,
                // Letters of any alphabet as they are.
                JsonWriterOptions(
                    Indented = isIndented,
                    NewLine = "\n",
                    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
                )
            )

        write writer tree

    let private textOf isIndented tree =
        use stream = new MemoryStream()
        writeTo isIndented stream tree
        Encoding.UTF8.GetString(stream.ToArray())

    /// JSON for people, indented.
    let text tree = textOf true tree

    /// JSON in one line.
    let line tree = textOf false tree

    /// Writes JSON for people to a stream.
    let save stream tree = writeTo true stream tree

    // Digits alone are a whole number; everything else is as it was written, -0 too.
    let private number (element: JsonElement) =
        match element.TryGetUInt64() with
        | true, value when element.GetRawText() |> Seq.forall Char.IsAsciiDigit -> Tree.Whole value
        | _ -> Tree.Number(element.GetDouble())

    let rec private ofElement (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.True -> Tree.Truth true
        | JsonValueKind.False -> Tree.Truth false
        | JsonValueKind.Number -> number element
        | JsonValueKind.String -> Tree.Word(string (element.GetString()))
        | JsonValueKind.Array -> Tree.List [ for item in element.EnumerateArray() -> ofElement item ]
        | JsonValueKind.Object ->
            Tree.Object [ for entry in element.EnumerateObject() -> entry.Name, ofElement entry.Value ]
        | _ -> Tree.Nothing

    /// What a JSON text says, or nothing where it is none.
    let tryParse (json: string) =
        try
            use document = JsonDocument.Parse json
            Some(ofElement document.RootElement)
        with
        | :? JsonException
        | :? InvalidOperationException -> None

    /// What has that name in an object.
    let tryFind name tree =
        match tree with
        | Tree.Object entries -> entries |> List.tryFind (fst >> (=) name) |> Option.map snd
        | _ -> None

    /// The items of the list of that name, none where there is no such list.
    let items name tree =
        match tryFind name tree with
        | Some(Tree.List items) -> items
        | _ -> []

    let tryWord name tree =
        match tryFind name tree with
        | Some(Tree.Word text) -> Some text
        | _ -> None

    let tryTruth name tree =
        match tryFind name tree with
        | Some(Tree.Truth value) -> Some value
        | _ -> None

    /// A number, NaN where it is none.
    let toNumber tree =
        match tree with
        | Tree.Number value -> value
        | Tree.Whole value -> float value
        | _ -> nan

    /// The number of that name, NaN where there is none.
    let numberOf name tree =
        tryFind name tree |> Option.map toNumber |> Option.defaultValue nan
