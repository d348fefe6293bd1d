namespace FiniteWidth.Cli

open System
open System.IO
open System.Text.Json
open FiniteWidth

/// A kind of value in a job: which values it has, and how one is read.
[<NoComparison; NoEquality>]
type Json<'T> =
    {
        Shape: Shape
        Read: JsonCursor -> Result<'T, Failure>
    }

/// Kinds of values, read strictly: wrong kinds and numbers out of range are failures that say where.
[<RequireQualifiedAccess>]
module Json =

    /// Another value made of it.
    let map f (json: Json<'T>) =
        {
            Shape = json.Shape
            Read = json.Read >> Result.map f
        }

    /// The same where it passes a check that the shape does not tell; the check complains at the cursor.
    let check (f: JsonCursor -> 'T -> Result<'U, Failure>) (json: Json<'T>) =
        {
            Shape = json.Shape
            Read = fun cursor -> json.Read cursor |> Result.bind (f cursor)
        }

    /// The value with its place, for complaints that need other values too.
    let placed (json: Json<'T>) =
        json |> check (fun cursor value -> Ok(cursor, value))

    let text =
        {
            Shape = Shape.Text
            Read =
                fun cursor ->
                    match cursor.Element.ValueKind with
                    | JsonValueKind.String ->
                        match JsonCursor.tryText cursor.Element with
                        | Some text -> Ok text
                        | None ->
                            JsonCursor.fail
                                cursor
                                "this text has half of a surrogate pair, which stands for no character."
                    | _ -> JsonCursor.wrongKind "a text" cursor
        }

    /// The path of a file, relative to the folder of the job.
    let path =
        text
        |> check (fun cursor path ->
            if String.IsNullOrWhiteSpace path || path.Contains '\000' then
                JsonCursor.fail cursor "this is no path of a file."
            else
                Ok(Path.Combine(cursor.File.Folder, path)))

    /// One of some texts, each standing for a value.
    let choice (options: (string * 'T) list) =
        let names = List.map fst options

        { text with Shape = Shape.Choice names }
        |> check (fun cursor chosen ->
            match List.tryFind (fun (name, _) -> name = chosen) options with
            | Some(_, value) -> Ok value
            | None ->
                let all = String.concat ", " names

                JsonCursor.fail cursor $"{JsonCursor.quote chosen} is not one of {all}{Nearest.question names chosen}.")

    let boolean =
        {
            Shape = Shape.Boolean
            Read =
                fun cursor ->
                    match cursor.Element.ValueKind with
                    | JsonValueKind.True -> Ok true
                    | JsonValueKind.False -> Ok false
                    | _ -> JsonCursor.wrongKind "true or false" cursor
        }

    let private finite (element: JsonElement) =
        if element.ValueKind <> JsonValueKind.Number then
            None
        else
            match element.TryGetDouble() with
            | true, value when Double.IsFinite value -> Some value
            | _ -> None

    let private numberWhere holds shape expected =
        {
            Shape = shape
            Read =
                fun cursor ->
                    match cursor.Element.ValueKind, finite cursor.Element with
                    | JsonValueKind.Number, None ->
                        JsonCursor.fail cursor $"{JsonCursor.describe cursor.Element} is too large for a number."
                    | JsonValueKind.Number, Some value when holds value -> Ok value
                    | _ -> JsonCursor.wrongKind expected cursor
        }

    /// Any number.
    let number = numberWhere (fun _ -> true) Shape.Number "a number"

    /// A number above zero.
    let positive =
        numberWhere (fun value -> value > 0.0) Shape.Positive "a number above 0"

    /// A number that is zero or above.
    let notNegative =
        numberWhere (fun value -> value >= 0.0) Shape.NotNegative "a number from 0 upwards"

    /// A whole number that is at least `least`.
    let integer least =
        let expected = $"a whole number from {least} to {Int32.MaxValue}"

        // Programs that know one kind of number write 50 as 50.0.
        let holds value =
            value >= float least
            && value <= float Int32.MaxValue
            && value = Math.Floor value

        {
            Shape = Shape.Integer least
            Read =
                fun cursor ->
                    match cursor.Element.ValueKind, finite cursor.Element with
                    | JsonValueKind.Number, Some value when holds value -> Ok(int value)
                    | _ -> JsonCursor.wrongKind expected cursor
        }

    /// The number of examples, inputs or units of something.
    let count = integer 1

    /// The seed of random numbers.
    let seed = integer 0 |> map uint64

    let list (item: Json<'T>) =
        {
            Shape = Shape.List(item.Shape, 0)
            Read = JsonCursor.items >> Result.bind (Result.traverse item.Read)
        }

    /// A list with at least one item.
    let nonEmptyList (item: Json<'T>) =
        { list item with
            Shape = Shape.List(item.Shape, 1)
        }
        |> check (fun cursor items ->
            if List.isEmpty items then
                JsonCursor.fail cursor "the list is empty: it needs at least one item."
            else
                Ok items)

    /// The first where the value is of this kind, or else the second.
    let private either kind (first: Json<'T>) (second: Json<'T>) =
        {
            Shape = Shape.AnyOf [ first.Shape; second.Shape ]
            Read =
                fun cursor ->
                    if cursor.Element.ValueKind = kind then
                        first.Read cursor
                    else
                        second.Read cursor
        }

    /// A list, or something else.
    let listOr list other = either JsonValueKind.Array list other

    /// An object, or something else.
    let objectOr object other =
        either JsonValueKind.Object object other

    /// A text, or something else.
    let textOr text other = either JsonValueKind.String text other

    /// One item, or a list with at least one.
    let oneOrMore item =
        listOr (nonEmptyList item) (map List.singleton item)

    /// A value, or nothing where it is null.
    let nullable (json: Json<'T>) =
        {
            Shape = Shape.Nullable json.Shape
            Read =
                fun cursor ->
                    match cursor.Element.ValueKind with
                    | JsonValueKind.Null -> Ok None
                    | _ -> json.Read cursor |> Result.map Some
        }
