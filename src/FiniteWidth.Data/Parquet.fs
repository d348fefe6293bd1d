namespace FiniteWidth.Data

open System
open System.Globalization
open System.IO
open System.Text
open System.Threading.Tasks
open FiniteWidth
open Parquet
open Parquet.Schema

/// Apache Parquet files as tables of texts: a header and then rows, in which numbers have all of their digits.
[<RequireQualifiedAccess>]
module internal Parquet =

    let private wait (work: ValueTask) = work.AsTask().GetAwaiter().GetResult()

    // What stands for a value that is not there.
    let private missing = "null"

    let private digits (value: float) =
        value.ToString("R", CultureInfo.InvariantCulture)

    let private plain (value: 'T :> IFormattable) =
        value.ToString(null, CultureInfo.InvariantCulture)

    let private column<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
        (text: 'T -> string)
        (group: ParquetRowGroupReader)
        (field: DataField)
        count
        =
        if field.IsNullable then
            let values: Nullable<'T>[] = Array.zeroCreate count
            wait (group.ReadAsync<'T>(field, Memory values))

            values
            |> Array.map (fun value -> if value.HasValue then text value.Value else missing)
        else
            let values: 'T[] = Array.zeroCreate count
            wait (group.ReadAsync<'T>(field, Memory values))
            Array.map text values

    // The library's types do not say that there may be none.
    let private orMissing text (value: 'T) =
        match box value with
        | null -> missing
        | _ -> text value

    let private texts (group: ParquetRowGroupReader) (field: DataField) count =
        let values: string[] = Array.zeroCreate count
        wait (group.ReadAsync(field, Memory values))
        values |> Array.map (orMissing id)

    // Texts that a writer has not marked as such.
    let private bytes (group: ParquetRowGroupReader) (field: DataField) count =
        let values: byte[][] = Array.zeroCreate count
        wait (group.ReadAsync(field, Memory values))

        values |> Array.map (orMissing Encoding.UTF8.GetString)

    let private readers =
        dict
            [
                typeof<float>, column<float> digits
                typeof<float32>, column<float32>(float >> digits)
                typeof<sbyte>, column<sbyte> plain
                typeof<byte>, column<byte> plain
                typeof<int16>, column<int16> plain
                typeof<uint16>, column<uint16> plain
                typeof<int>, column<int> plain
                typeof<uint32>, column<uint32> plain
                typeof<int64>, column<int64> plain
                typeof<uint64>, column<uint64> plain
                typeof<decimal>, column<decimal> plain
                typeof<bool>, column<bool>(fun value -> if value then "1" else "0")
                typeof<DateTime>,
                column<DateTime>(fun time -> time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))
                typeof<DateOnly>, column<DateOnly>(fun day -> day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
                typeof<ReadOnlyMemory<char>>, texts
                typeof<ReadOnlyMemory<byte>>, bytes
            ]

    // Of a column that is read, how; of one that is left out, nothing.
    let private readerOf ignored (field: Field) =
        match field with
        | _ when List.contains field.Name ignored -> None
        | :? DataField as field when not field.IsArray && field.MaxRepetitionLevel = 0 ->
            match readers.TryGetValue field.ClrType with
            | true, read -> Some(fun group count -> read group field count)
            | _ ->
                Reading.malformed
                    $"The column {Sentence.quote field.Name} has values of the type {field.ClrType.Name}: numbers, words and truth values can be read, so leave it out with \"ignore\"."
        | field ->
            Reading.malformed
                $"The column {Sentence.quote field.Name} is nested, lists or records: write a column for each number, or leave it out with \"ignore\"."

    /// Whether the stream, from its beginning, is such a file by its first bytes; it is then at its beginning again.
    let isParquet (stream: Stream) =
        let head = Array.zeroCreate 4
        let count = stream.ReadAtLeast(head.AsSpan(), 4, throwOnEndOfStream = false)
        stream.Position <- 0L
        count = 4 && Encoding.ASCII.GetString head = "PAR1"

    /// The names of the columns, numbered 0, and then the rows from 1; columns that are ignored are empty, whatever they hold.
    let rows ignored (stream: Stream) =
        Reading.byLibrary "no Parquet file that can be read: it is damaged or cut off" (fun () ->
            let reader = ParquetReader.CreateAsync(stream, null, true).GetAwaiter().GetResult()

            let fields = reader.Schema.Fields |> Array.ofSeq

            if fields.Length = 0 then
                Reading.malformed "It has no columns."

            let columns = fields |> Array.map (readerOf ignored)
            let rows = ResizeArray [ 0, [| for field in fields -> field.Name |] ]

            for index in 0 .. reader.RowGroupCount - 1 do
                use group = reader.OpenRowGroupReader index
                let count = int group.RowCount

                let values = columns |> Array.map (Option.map (fun read -> read group count))

                for i in 0 .. count - 1 do
                    let row =
                        values
                        |> Array.map (fun column ->
                            match column with
                            | Some texts -> texts[i]
                            | None -> "")

                    rows.Add(rows.Count, row)

            if rows.Count = 1 then
                Reading.malformed "It has columns and no rows."

            rows)
