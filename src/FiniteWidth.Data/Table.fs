namespace FiniteWidth.Data

open System
open System.Globalization
open System.IO
open System.Text
open CsvHelper
open CsvHelper.Configuration
open FiniteWidth

/// Named columns of numbers, all of the same length.
[<Sealed>]
type Table private (columns: (string * float[]) list) =

    /// The columns, from left to right.
    member _.Columns = columns

    /// The number of rows.
    member _.Rows = (snd columns.Head).Length

    static member internal Unchecked columns = Table columns

[<RequireQualifiedAccess>]
module Table =

    /// A table of at least one column, of columns that are equally long and have different names.
    let create (columns: (string * float[]) seq) =
        let columns = List.ofSeq columns

        match columns with
        | [] -> Error(BadData "A table needs at least one column.")
        | (first, numbers) :: rest ->
            let ragged = rest |> List.tryFind (fun (_, other) -> other.Length <> numbers.Length)

            let repeated =
                columns |> List.countBy fst |> List.tryFind (fun (_, count) -> count > 1)

            match ragged, repeated with
            | Some(name, other), _ ->
                Error(
                    BadData
                        $"Column {name} has {other.Length} numbers and column {first} {numbers.Length}: the columns of a table are equally long."
                )
            | _, Some(name, count) -> Error(BadData $"{count} columns are named {name}: names must differ.")
            | None, None -> Ok(Table.Unchecked columns)

    let private write (writer: CsvWriter) (table: Table) =
        for name, _ in table.Columns do
            writer.WriteField name

        writer.NextRecord()

        for i in 0 .. table.Rows - 1 do
            for _, numbers in table.Columns do
                writer.WriteField(numbers[i].ToString("R", CultureInfo.InvariantCulture))

            writer.NextRecord()

    /// Writes a table as comma-separated text with a header, whole or not at all; numbers read back to the bit.
    let writeCsv path (table: Table) =
        AtomicFile.write path (fun stream ->
            use text = new StreamWriter(stream, UTF8Encoding false, leaveOpen = true)

            use writer =
                new CsvWriter(text, CsvConfiguration(CultureInfo.InvariantCulture, NewLine = "\n"))

            write writer table)
