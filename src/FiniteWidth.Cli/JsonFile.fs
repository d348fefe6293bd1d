namespace FiniteWidth.Cli

open System
open System.Collections.Generic
open System.Text
open System.Text.Json

/// Where the keys and values of a JSON text stand, by the path that leads to them.
[<NoComparison; ReferenceEquality>]
type private JsonPlaces =
    {
        Keys: Dictionary<string, int64>
        Values: Dictionary<string, int64>
    }

[<RequireQualifiedAccess>]
module private JsonPlaces =

    /// How the text is read: comments are no part of it.
    let options = JsonReaderOptions(CommentHandling = JsonCommentHandling.Skip)

    // A text may hold half of a surrogate pair, which has no characters to show.
    let private name (reader: byref<Utf8JsonReader>) =
        try
            reader.GetString() |> Option.ofObj |> Option.defaultValue ""
        with :? InvalidOperationException ->
            "\uFFFD"

    /// The places of a text whose root has this path: of a key that is given twice, the last one.
    let find root (text: byte[]) =
        let places =
            {
                Keys = Dictionary()
                Values = Dictionary()
            }

        let mutable reader = Utf8JsonReader(ReadOnlySpan text, options)
        // The objects and lists that are open, with the number of items so far of a list.
        let opened = Stack<struct (string * int option)>()
        let mutable pending = root

        while reader.Read() do
            match reader.TokenType with
            | JsonTokenType.PropertyName ->
                let struct (parent, _) = opened.Peek()
                pending <- $"{parent}.{name &reader}"
                places.Keys[pending] <- reader.TokenStartIndex
            | JsonTokenType.EndObject
            | JsonTokenType.EndArray -> opened.Pop() |> ignore
            | token ->
                match opened.TryPeek() with
                | true, struct (parent, Some count) ->
                    opened.Pop() |> ignore
                    opened.Push(struct (parent, Some(count + 1)))
                    pending <- $"{parent}[{count}]"
                | _ -> ()

                places.Values[pending] <- reader.TokenStartIndex

                match token with
                | JsonTokenType.StartObject -> opened.Push(struct (pending, None))
                | JsonTokenType.StartArray -> opened.Push(struct (pending, Some 0))
                | _ -> ()

        places

/// A JSON text, what complaints call it, and the folder that relative paths in it start from.
[<Sealed>]
type JsonFile(name: string, folder: string, root: string, text: byte[]) =

    let places = lazy JsonPlaces.find root text

    // Lines and columns are counted from 1, columns in characters.
    let describe (start: int64) =
        let before = Encoding.UTF8.GetString(text, 0, int start)
        let line = 1 + (before |> Seq.filter ((=) '\n') |> Seq.length)
        let column = before.Length - before.LastIndexOf '\n'
        $"{name}, line {line}, column {column}: "

    let find (known: Dictionary<string, int64>) path =
        match known.TryGetValue path with
        | true, start -> describe start
        | _ -> ""

    /// The path of the outermost value, which begins all others.
    member _.Root = root

    /// The folder that relative paths start from.
    member _.Folder = folder

    /// Where the value with this path stands, as the beginning of a sentence.
    member _.ValuePlace path = find places.Value.Values path

    /// Where the key with this path stands.
    member _.KeyPlace path = find places.Value.Keys path
