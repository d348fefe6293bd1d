namespace FiniteWidth.Data

open System
open System.Globalization
open System.IO
open System.Text
open CsvHelper
open CsvHelper.Configuration
open FiniteWidth

/// One column of a table.
[<RequireQualifiedAccess>]
type Column =
    /// A column of numbers.
    | Numbers of float[]
    /// A column of words.
    | Words of string[]

    /// The number of rows.
    member this.Length =
        match this with
        | Numbers values -> values.Length
        | Words values -> values.Length

/// Named columns of numbers and of words, all of the same length.
[<Sealed>]
type Table private (columns: (string * Column) list) =

    /// The columns, from left to right.
    member _.Columns = columns

    /// The number of rows.
    member _.Rows = (snd columns.Head).Length

    static member internal Unchecked columns = Table columns

/// Tables of numbers, written and read as text.
[<RequireQualifiedAccess>]
module Table =

    /// A table of at least one column, of columns that are equally long and have different names.
    let ofColumns (columns: (string * Column) seq) =
        let columns = List.ofSeq columns

        match columns with
        | [] -> Error(BadData "A table needs at least one column.")
        | (first, values) :: rest ->
            let ragged = rest |> List.tryFind (fun (_, other) -> other.Length <> values.Length)

            let repeated =
                columns |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1)

            match ragged, repeated with
            | Some(name, other), _ ->
                Error(
                    BadData
                        $"Column {name} has {other.Length} rows and column {first} {values.Length}: the columns of a table are equally long."
                )
            | _, Some(name, count) -> Error(BadData $"{count} columns are named {name}: names must differ.")
            | None, None -> Ok(Table.Unchecked columns)

    /// The same of numbers alone.
    let create (columns: (string * float[]) seq) =
        columns
        |> Seq.map (fun (name, values) -> name, Column.Numbers values)
        |> ofColumns

    let private write (writer: CsvWriter) (table: Table) =
        for name, _ in table.Columns do
            writer.WriteField name

        writer.NextRecord()

        for i in 0 .. table.Rows - 1 do
            for _, column in table.Columns do
                match column with
                | Column.Numbers values -> writer.WriteField(values[i].ToString("R", CultureInfo.InvariantCulture))
                | Column.Words values -> writer.WriteField values[i]

            writer.NextRecord()

    let private writeTo (stream: Stream) table =
        use text = new StreamWriter(stream, UTF8Encoding false, leaveOpen = true)

        use writer =
            new CsvWriter(text, CsvConfiguration(CultureInfo.InvariantCulture, NewLine = "\n"))

        write writer table

    /// A table as comma-separated text with a header; numbers read back to the bit.
    let toCsv (table: Table) =
        use stream = new MemoryStream()
        writeTo stream table
        Encoding.UTF8.GetString(stream.ToArray())

    /// Writes a table as comma-separated text with a header, whole or not at all; numbers read back to the bit.
    let writeCsv path (table: Table) =
        AtomicFile.write path (fun stream -> writeTo stream table)
