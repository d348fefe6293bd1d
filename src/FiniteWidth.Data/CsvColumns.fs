namespace FiniteWidth.Data

open System
open FiniteWidth

/// Which columns of a table hold what.
type internal CsvColumns =
    {
        /// Where there is a header.
        Names: string[] option
        Width: int
        /// By number, from 0, in the order in which the inputs shall have them.
        Inputs: int list
        /// By number; empty where the table has no targets.
        Targets: int list
    }

[<RequireQualifiedAccess>]
module internal CsvColumns =

    let private howToSay = "say whether it is a header with \"header\": true or false"

    let private separatorHint (layout: CsvLayout) (fields: string seq) =
        match
            [ ';'; '\t'; '|'; ',' ]
            |> List.tryFind (fun sign ->
                sign <> layout.Separator
                && fields |> Seq.exists (fun field -> field.Contains sign))
        with
        | Some '\t' -> " (is the separator a tab? Give \"separator\": \"\\t\")"
        | Some sign -> $" (is the separator '{sign}'? Give \"separator\": \"{sign}\")"
        | None -> ""

    // What pandas writes over columns that have no names.
    let private isRange (layout: CsvLayout) (first: string[]) =
        first.Length > 1
        && first
           |> Array.indexed
           |> Array.forall (fun (i, field) -> CsvField.number layout.Decimal field = ValueSome(float i))

    /// Whether the first line is a header.
    let isHeader (layout: CsvLayout) (first: string[]) =
        match layout.Header with
        | Present -> true
        | Absent -> false
        | Detected ->
            let numbers =
                first
                |> Array.filter (fun field -> (CsvField.number layout.Decimal field).IsSome)

            if numbers.Length = first.Length && isRange layout first then
                Reading.malformed
                    $"Its first line is 0, 1, ..., {first.Length - 1}, a header of pandas or an example: {howToSay}."
            elif numbers.Length = first.Length then
                false
            else
                let other =
                    first |> Array.find (fun field -> (CsvField.number layout.Decimal field).IsNone)

                match first |> Array.tryFind CsvField.isValue with
                | Some value when numbers.Length = 0 ->
                    Reading.malformed
                        $"Its first line has {Sentence.quote value}, which is hardly the name of a column: {howToSay}{separatorHint layout first}."
                | Some value ->
                    Reading.malformed
                        $"Its first line has both numbers ({Sentence.quote numbers[0]}) and other text ({Sentence.quote other}): {howToSay}{separatorHint layout first}."
                | None -> true

    let private refuseTwice what names =
        match names |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(name: string, _) -> Reading.malformed $"{what} {Sentence.quote name} is named twice: name it once."
        | None -> ()

    // pandas calls the nameless column of its row numbers so when it writes a table a second time.
    let private isNameless (name: string) =
        String.IsNullOrWhiteSpace name
        || name.StartsWith("Unnamed:", StringComparison.Ordinal)

    let private checkName ignored column (name: string) =
        if isNameless name && not (List.contains name ignored) then
            Reading.malformed
                $"Column {column + 1} has no name in the header ({Sentence.quote name}): name it or, where it holds row numbers or nothing, leave it out with \"ignore\": [{Sentence.quote name |> fun q -> q.Replace('\'', '\"')}]."

    let private checkNames ignored (names: string[]) =
        names |> Array.iteri (checkName ignored)

        match names |> Array.countBy id |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(name, count) when not (List.contains name ignored) ->
            Reading.malformed $"{count} columns are named {Sentence.quote name}: names must differ."
        | _ -> ()

    let private find what (names: string[]) name =
        match Array.tryFindIndex ((=) name) names with
        | Some column -> column
        | None ->
            Reading.malformed
                $"There is no column named {Sentence.quote name}, which \"{what}\" asks for; there are {Sentence.list names}."

    let private wanted (layout: CsvLayout) =
        match layout.Targets with
        | LastColumn -> []
        | Named [] -> Reading.malformed "No target column is named: name at least one."
        | Named names ->
            refuseTwice "The target" names
            names

    let private requireInputs (layout: CsvLayout) first (columns: CsvColumns) =
        if columns.Inputs.IsEmpty then
            Reading.malformed
                $"Its {columns.Width} columns are all targets or ignored: inputs need at least one more{separatorHint layout first}."

        columns

    let private ofNames (layout: CsvLayout) (names: string[]) =
        let targets = wanted layout
        refuseTwice "The ignored column" layout.Ignored
        checkNames layout.Ignored names

        match
            targets @ layout.Categories
            |> List.tryFind (fun name -> List.contains name layout.Ignored)
        with
        | Some name -> Reading.malformed $"The column {Sentence.quote name} is both ignored and used: leave one out."
        | None -> ()

        for name in layout.Categories do
            find "categories" names name |> ignore

        let used =
            [
                for column in 0 .. names.Length - 1 do
                    if not (List.contains names[column] layout.Ignored) then
                        column
            ]

        let targets =
            match layout.Targets with
            | LastColumn -> used |> List.tryLast |> Option.toList
            | Named _ -> targets |> List.map (find "target" names)

        {
            Names = Some names
            Width = names.Length
            Inputs = List.except targets used
            Targets = targets
        }

    let private withoutNames (layout: CsvLayout) width =
        let needs what (names: string list) =
            if not names.IsEmpty then
                Reading.malformed
                    $"\"{what}\" names the column {Sentence.quote names.Head} and the first line is no header: columns without a header have no names."

        needs "target" (wanted layout)
        needs "ignore" layout.Ignored
        needs "categories" layout.Categories

        {
            Names = None
            Width = width
            Inputs = [ 0 .. width - 2 ]
            Targets = [ width - 1 ]
        }

    /// The columns of a table by itself, from its first line.
    let ofFirstLine (layout: CsvLayout) (first: string[]) =
        if isHeader layout first then
            ofNames layout first
        else
            withoutNames layout first.Length
        |> requireInputs layout first

    /// Fails unless every ignored column is in one of the headers.
    let requireIgnored (layout: CsvLayout) (headers: string[] list) =
        let names = headers |> Seq.concat |> Seq.distinct |> Array.ofSeq

        for name in layout.Ignored do
            find "ignore" names name |> ignore

    // A test table may lack its targets: then it has points to predict at.
    let private matchNames (layout: CsvLayout) (train: CsvColumns) (trainNames: string[]) (names: string[]) =
        checkNames layout.Ignored names
        requireIgnored layout [ trainNames; names ]
        let nameOf column = trainNames[column]
        let isIgnored name = List.contains name layout.Ignored

        let lacking =
            train.Inputs @ train.Targets
            |> List.map nameOf
            |> List.filter (fun name -> not (Array.contains name names))

        let targets = train.Targets |> List.map nameOf
        let unlabelled = lacking = targets

        let unknown =
            names
            |> Array.filter (fun name -> not (isIgnored name || Array.contains name trainNames))
            |> List.ofArray

        match (if unlabelled then [] else lacking), unknown with
        | [], [] ->
            let column name = Array.findIndex ((=) name) names

            {
                Names = Some names
                Width = names.Length
                Inputs = train.Inputs |> List.map (nameOf >> column)
                Targets = if unlabelled then [] else targets |> List.map column
            }
        | lacking, unknown ->
            let part what names =
                if List.isEmpty names then
                    []
                else
                    [ $"{what} {Sentence.list names}" ]

            let difference =
                part "lacks" lacking @ part "has besides" unknown |> String.concat " and "

            Reading.malformed
                $"Its header {difference}, unlike that of the training table: the names must be the same, in any order."

    /// The columns of a test table that hold what the training table's do: matched by name where both have headers.
    let likeThoseOf (train: CsvColumns) (layout: CsvLayout) (first: string[]) =
        match train.Names, isHeader layout first with
        | Some names, true -> matchNames layout train names first
        | None, false when first.Length = train.Width -> { train with Names = None }
        | None, false when first.Length = train.Width - train.Targets.Length ->
            { train with
                Width = first.Length
                Targets = []
            }
        | None, false ->
            Reading.malformed
                $"Its first line has {first.Length} fields and that of the training table {train.Width}: they must have the same columns."
        | Some _, false ->
            Reading.malformed
                "Its first line is no header and that of the training table is one: give both tables a header, or neither."
        | None, true ->
            Reading.malformed
                "Its first line is a header and that of the training table is none: give both tables a header, or neither."
