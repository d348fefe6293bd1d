namespace FiniteWidth.Cli

open FiniteWidth

/// What some keys of an object are read to: the keys are known before any object is read, so that the schema of jobs is made of what reads them.
[<NoComparison; NoEquality>]
type Fields<'T> =
    {
        Keys: Key list
        /// Reads the fields of the object at the cursor.
        Read: JsonCursor -> Map<string, JsonCursor> -> Result<'T, Failure>
    }

/// `fields { let! a = ... and! b = ... return ... }`: the keys of both, read in order up to the first failure.
[<Sealed>]
type FieldsBuilder internal () =

    member _.MergeSources(first: Fields<'A>, second: Fields<'B>) =
        {
            Keys = first.Keys @ second.Keys
            Read =
                fun cursor found ->
                    result {
                        let! a = first.Read cursor found
                        let! b = second.Read cursor found
                        return a, b
                    }
        }

    member _.BindReturn(fields: Fields<'A>, f: 'A -> 'B) =
        {
            Keys = fields.Keys
            Read = fun cursor found -> fields.Read cursor found |> Result.map f
        }

[<AutoOpen>]
module FieldsExtensions =

    /// Keys that are read to one value.
    let fields = FieldsBuilder()

/// The keys of objects.
[<RequireQualifiedAccess>]
module Fields =

    let private one required name shape meaning read =
        {
            Keys =
                [
                    {
                        Name = name
                        Required = required
                        Shape = shape
                        Meaning = meaning
                    }
                ]
            Read = fun cursor (found: Map<string, JsonCursor>) -> read cursor (found.TryFind name)
        }

    /// A key that must be there.
    let required name (json: Json<'T>) meaning =
        one true name json.Shape meaning (fun cursor field ->
            match field with
            | Some field -> json.Read field
            | None -> JsonCursor.missing cursor name)

    /// A key that may be left out.
    let whereGiven name (json: Json<'T>) meaning =
        one false name json.Shape meaning (fun _ field ->
            match field with
            | Some field -> json.Read field |> Result.map Some
            | None -> Ok None)

    /// Another value made of what was read.
    let map f (inner: Fields<'T>) =
        fields {
            let! value = inner
            return f value
        }

    /// A key that may be left out or null.
    let tryKey name (json: Json<'T>) meaning =
        whereGiven name (Json.nullable json) meaning |> map Option.flatten

    /// The same with a value in place of nothing.
    let optional name fallback (json: Json<'T>) meaning =
        tryKey name json meaning |> map (Option.defaultValue fallback)

    /// The value made of what was read, where that is in order; complaints about no key in particular are at the cursor.
    let resolve (f: JsonCursor -> 'T -> Result<'U, Failure>) (fields: Fields<'T>) =
        {
            Keys = fields.Keys
            Read = fun cursor found -> fields.Read cursor found |> Result.bind (f cursor)
        }

    let private names (keys: Key list) = keys |> List.map _.Name

    let private readWith before (fields: Fields<'T>) cursor =
        JsonCursor.fields (before @ names fields.Keys) cursor
        |> Result.bind (fields.Read cursor)

    /// The object with these keys and no others.
    let toJson (fields: Fields<'T>) =
        {
            Shape = Shape.Object [ fields.Keys ]
            Read = readWith [] fields
        }

    /// Objects of several kinds, each with keys of its own.
    [<NoComparison; NoEquality>]
    type Kinds<'T> =
        private
            {
                Lists: Key list list
                ReadKind: string list -> JsonCursor -> Result<'T, Failure>
            }

    /// The only kind.
    let kind (fields: Fields<'T>) =
        {
            Lists = [ fields.Keys ]
            ReadKind = fun before cursor -> readWith before fields cursor
        }

    /// Kinds that are told apart by the text under a key, which may be left out of the kind that is `usual`.
    let kinds name (usual: string option) meaning (options: (string * Kinds<'T>) list) =
        let tag value =
            {
                Name = name
                Required = usual <> Some value
                Shape = Shape.Choice [ value ]
                Meaning = meaning
            }

        {
            Lists =
                [
                    for value, kind in options do
                        for keys in kind.Lists -> tag value :: keys
                ]
            ReadKind =
                fun before cursor ->
                    if cursor.Element.ValueKind <> System.Text.Json.JsonValueKind.Object then
                        JsonCursor.wrongKind "an object" cursor
                    else
                        match JsonCursor.tryField name cursor, usual with
                        | Some field, _ -> (Json.choice options).Read field
                        | None, Some usual -> options |> List.find (fst >> (=) usual) |> snd |> Ok
                        | None, None -> JsonCursor.missing cursor name
                        |> Result.bind (fun kind -> kind.ReadKind (before @ [ name ]) cursor)
        }

    /// Two kinds that are told apart by a key which the first has and the second has not.
    let whereKey (name: string) (first: Kinds<'T>) (second: Kinds<'T>) =
        {
            Lists = first.Lists @ second.Lists
            ReadKind =
                fun before cursor ->
                    match JsonCursor.tryField name cursor with
                    | Some _ -> first.ReadKind before cursor
                    | None -> second.ReadKind before cursor
        }

    /// The object of one of these kinds.
    let ofKinds (kinds: Kinds<'T>) =
        {
            Shape = Shape.Object kinds.Lists
            Read = kinds.ReadKind []
        }
