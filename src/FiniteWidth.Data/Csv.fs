namespace FiniteWidth.Data

open System
open System.Globalization
open System.IO
open CsvHelper
open CsvHelper.Configuration
open FiniteWidth
open FiniteWidth.Numerics

/// Whether the first line of a table names its columns.
type CsvHeader =
    /// It does where none of its fields is a number, and does not where all of them are; a mixture is an error.
    | Detected
    | Present
    | Absent

/// The columns that hold the targets; all others hold inputs.
type CsvTargets =
    | LastColumn
    /// By their names in the header, in the order in which the targets shall have them.
    | Named of string list

/// How a table of numbers is laid out as text.
type Csv =
    {
        Separator: char
        Header: CsvHeader
        Targets: CsvTargets
    }

/// Tables of numbers as text: one example a line, numbers with a decimal point, blank lines ignored.
[<RequireQualifiedAccess>]
module Csv =

    /// Commas, a header if there seems to be one, targets in the last column.
    let standard =
        {
            Separator = ','
            Header = Detected
            Targets = LastColumn
        }

    let private number (field: string) =
        match Double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value -> ValueSome value
        | _ -> ValueNone

    let private isHeader layout (first: string[]) =
        match layout.Header with
        | Present -> true
        | Absent -> false
        | Detected ->
            let numbers = first |> Array.filter (fun field -> (number field).IsSome)

            if numbers.Length = 0 then
                true
            elif numbers.Length = first.Length then
                false
            else
                let name = first |> Array.find (fun field -> (number field).IsNone)

                Reading.malformed
                    $"Its first line has both numbers ('{numbers[0]}') and other text ('{name}'): say whether it is a header."

    /// The columns of the targets, among `width` columns with the given names.
    let private targetColumns layout (names: string[] option) width =
        match layout.Targets, names with
        | LastColumn, _ -> [ width - 1 ]
        | Named [], _ -> Reading.malformed "No target column is named: name at least one."
        | Named wanted, _ when List.distinct wanted <> wanted ->
            Reading.malformed $"""The targets {String.Join(", ", wanted)} name a column twice: names must differ."""
        | Named wanted, None ->
            Reading.malformed
                $"""The target {String.Join(", ", wanted)} is given by name and the first line is not a header: number columns have no names."""
        | Named wanted, Some names ->
            [
                for name in wanted ->
                    match names |> Array.indexed |> Array.filter (fun (_, other) -> other = name) with
                    | [| column, _ |] -> column
                    | [||] ->
                        Reading.malformed $"""There is no column named {name}; there are {String.Join(", ", names)}."""
                    | several ->
                        Reading.malformed
                            $"{several.Length} columns are named {name}: a target column needs a name of its own."
            ]

    let private row (names: string[] option) width line (fields: string[]) =
        if fields.Length <> width then
            Reading.malformed $"Line {line} has {fields.Length} fields and the first line {width}."

        fields
        |> Array.mapi (fun column field ->
            let place () =
                match names with
                | Some names -> $"Line {line}, column {column + 1} ({names[column]})"
                | None -> $"Line {line}, column {column + 1}"

            match number field with
            | ValueSome value when Double.IsFinite value -> value
            | ValueSome _ -> Reading.malformed $"{place ()} is {field}: every value must be finite."
            | ValueNone when String.IsNullOrWhiteSpace field ->
                Reading.malformed $"{place ()} is empty: a number belongs there."
            | ValueNone -> Reading.malformed $"{place ()} is '{field}', which is not a number.")

    let private separates (separator: char) =
        separator = '\t'
        || not (
            Char.IsControl separator
            || Char.IsLetterOrDigit separator
            || "\"+-.".Contains separator
        )

    let private parse layout (reader: TextReader) =
        if not (separates layout.Separator) then
            Reading.malformed
                $"U+{int layout.Separator:X4} is given as its separator: use a comma, a semicolon, a tab or another sign that no number has."

        let configuration =
            CsvConfiguration(
                CultureInfo.InvariantCulture,
                Delimiter = string layout.Separator,
                TrimOptions = TrimOptions.Trim,
                WhiteSpaceChars =
                    [|
                        if layout.Separator <> ' ' then
                            ' '
                    |],
                BadDataFound =
                    fun found ->
                        Reading.malformed $"It has a misplaced quotation mark in '{found.RawRecord.TrimEnd()}'."
            )

        use parser = new CsvParser(reader, configuration)

        let next () =
            if parser.Read() then
                Option.ofObj parser.Record |> Option.map (fun fields -> parser.RawRow, fields)
            else
                None

        let firstLine, first =
            match next () with
            | Some line -> line
            | None -> Reading.malformed "It has no lines but blank ones."

        let names = if isHeader layout first then Some first else None
        let width = first.Length
        let targets = targetColumns layout names width

        if width = targets.Length then
            Reading.malformed
                $"Its {width} columns are all targets: inputs need at least one more (is the separator '{layout.Separator}'?)."

        let rows = ResizeArray()

        if names.IsNone then
            rows.Add(row None width firstLine first)

        let rec readRows () =
            match next () with
            | Some(line, fields) ->
                rows.Add(row names width line fields)
                readRows ()
            | None -> ()

        readRows ()

        if rows.Count = 0 then
            Reading.malformed "It has a header and no lines of numbers."

        rows, targets, List.except targets [ 0 .. width - 1 ]

    let private matrix (rows: ResizeArray<float[]>) (columns: int list) =
        let columns = List.toArray columns
        let result = Matrix.Uninitialized(nativeint rows.Count, nativeint columns.Length)

        for i in 0 .. rows.Count - 1 do
            let source = rows[i]
            let target = result.Row(nativeint i)

            for j in 0 .. columns.Length - 1 do
                target[j] <- source[columns[j]]

        result

    /// The examples in a table laid out as `layout` says.
    let read layout path =
        Reading.file path (fun stream ->
            use reader = new StreamReader(stream)
            parse layout reader)
        |> Result.bind (fun (rows, targets, inputs) -> DataSet.create (matrix rows inputs) (matrix rows targets))
