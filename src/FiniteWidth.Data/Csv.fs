namespace FiniteWidth.Data

open System
open System.Globalization
open System.IO
open System.Text
open CsvHelper
open CsvHelper.Configuration
open FiniteWidth
open FiniteWidth.Numerics

/// Tables of numbers as text in UTF-8, or UTF-16 with its mark: one example a line, blank lines ignored. Apache Parquet files, known by their first bytes, are read
/// wherever such a text is, their columns by the same names.
[<RequireQualifiedAccess>]
module Csv =

    /// Commas, decimal points, a header if there seems to be one, targets in the last column.
    let standard =
        {
            Separator = ','
            Decimal = '.'
            Header = Detected
            Targets = LastColumn
            Ignored = []
            Categories = []
        }

    // What a table was read as.
    type private Contents =
        {
            Columns: CsvColumns
            /// Of columns of words, by their names.
            Levels: Map<string, CsvLevels>
            /// Of each line the inputs and then the targets, words as their numbers.
            Rows: ResizeArray<float[]>
        }

    let private nameOf (columns: CsvColumns) column =
        columns.Names |> Option.map (fun names -> names[column])

    // What the examples of a table are called.
    [<RequireQualifiedAccess>]
    type private Unit =
        | Line
        | Row

    let private place (unit: Unit) (columns: CsvColumns) line column =
        match nameOf columns column with
        | Some name -> $"{unit} {line}, column {column + 1} ({name |> Sentence.oneLine |> Sentence.shorten 40})"
        | None -> $"{unit} {line}, column {column + 1}"

    let private levelsOf (columns: CsvColumns) (levels: Map<string, CsvLevels>) column =
        nameOf columns column |> Option.bind levels.TryFind

    let private value unit (layout: CsvLayout) columns line column (levels: CsvLevels option) (field: string) =
        match levels with
        | Some levels ->
            if CsvField.isMissing field then
                Reading.malformed $"{place unit columns line column} {CsvField.complaint layout.Decimal field}."

            match levels.Code field with
            | Ok code -> float code
            | Error what -> Reading.malformed $"{place unit columns line column} {what}."
        | None ->
            match CsvField.number layout.Decimal field with
            | ValueSome value when Double.IsFinite value -> value
            | _ -> Reading.malformed $"{place unit columns line column} {CsvField.complaint layout.Decimal field}."

    let private checkLayout (layout: CsvLayout) =
        let separates (separator: char) =
            separator = '\t'
            || not (
                Char.IsControl separator
                || Char.IsLetterOrDigit separator
                || "\"+-.".Contains separator
            )

        if not (separates layout.Separator) then
            Reading.malformed
                $"U+{int layout.Separator:X4} is given as its separator: use a comma, a semicolon, a tab or another sign that no number has."

        if layout.Decimal <> '.' && layout.Decimal <> ',' then
            Reading.malformed $"U+{int layout.Decimal:X4} is given as its decimal sign: use a point or a comma."

        if layout.Decimal = layout.Separator then
            Reading.malformed "Its decimal sign is also its separator: give another separator."

    // Longer fields are no fields but a quotation mark that is not closed.
    let private longestField = 1e6

    let private configuration (layout: CsvLayout) =
        CsvConfiguration(
            CultureInfo.InvariantCulture,
            Delimiter = string layout.Separator,
            TrimOptions = TrimOptions.Trim,
            MaxFieldSize = longestField,
            WhiteSpaceChars =
                [|
                    if layout.Separator <> ' ' then
                        ' '
                |],
            BadDataFound =
                fun found ->
                    Reading.malformed
                        $"It has a misplaced quotation mark in {Sentence.quote (found.RawRecord.TrimEnd())}."
        )

    // The lines that are not blank, with their numbers.
    let private lines (layout: CsvLayout) (reader: TextReader) =
        seq {
            use parser = new CsvParser(reader, configuration layout)

            while parser.Read() do
                match Option.ofObj parser.Record with
                | Some [| field |] when String.IsNullOrWhiteSpace field -> ()
                | Some fields -> yield parser.RawRow, fields
                | None -> ()
        }

    let private checkWidth (columns: CsvColumns) line (fields: string[]) =
        if fields.Length <> columns.Width then
            let hint =
                if fields.Length = columns.Width + 1 && columns.Names.IsSome then
                    " (is its first field the name of a row? Name that column too)"
                else
                    ""

            Reading.malformed $"Line {line} has {fields.Length} fields and the first line {columns.Width}{hint}."

    // `choose` finds the columns in the first line, `learn` the words of columns of words.
    let private parse unit (layout: CsvLayout) choose learn (lines: (int * string[]) seq) =
        use remaining = lines.GetEnumerator()

        if not (remaining.MoveNext()) then
            Reading.malformed "It has no lines but blank ones."

        let firstLine, first = remaining.Current
        let columns: CsvColumns = choose layout first
        let levels: Map<string, CsvLevels> = learn columns

        let used =
            [|
                for column in columns.Inputs @ columns.Targets -> column, levelsOf columns levels column
            |]

        let rows = ResizeArray()

        let read line (fields: string[]) =
            checkWidth columns line fields

            rows.Add(
                used
                |> Array.map (fun (column, levels) -> value unit layout columns line column levels fields[column])
            )

        if columns.Names.IsNone then
            read firstLine first

        while remaining.MoveNext() do
            remaining.Current ||> read

        if rows.Count = 0 then
            Reading.malformed "It has a header and no lines of numbers."

        {
            Columns = columns
            Levels = levels
            Rows = rows
        }

    let private strictUtf8 = UTF8Encoding(false, throwOnInvalidBytes = true)

    let private parseText (layout: CsvLayout) choose learn (stream: Stream) =
        FileSignature.requireText stream

        use reader =
            new StreamReader(stream, strictUtf8, detectEncodingFromByteOrderMarks = true)

        checkLayout layout

        try
            lines layout reader |> parse Unit.Line layout choose learn
        with
        | :? DecoderFallbackException -> Reading.malformed "It is not text in UTF-8: save it as UTF-8."
        | :? MaxFieldSizeException ->
            Reading.malformed
                $"It has a field of more than {longestField:F0} characters: close its quotation marks, or give a table."

    // How its texts are laid out is not for the job to say.
    let private parseParquet (layout: CsvLayout) choose learn stream =
        let layout =
            { layout with
                Separator = standard.Separator
                Decimal = standard.Decimal
                Header = Present
            }

        Parquet.rows layout.Ignored stream |> parse Unit.Row layout choose learn

    let private parseFile layout choose learn path =
        Reading.file path (fun stream ->
            if Parquet.isParquet stream then
                parseParquet layout choose learn stream
            else
                parseText layout choose learn stream)

    // How a column of a table goes into columns of a matrix.
    [<RequireQualifiedAccess>]
    type private Encoding =
        | Number
        /// Of two words of a target: -1 and +1.
        | Signs of ranks: int[]
        /// A column a word: 1 in its own, 0 in the others.
        | Indicators of ranks: int[]

    let private encoding isTarget (levels: CsvLevels option) =
        match levels |> Option.map _.Ranks with
        | None -> Encoding.Number
        | Some ranks when isTarget && ranks.Length = 2 -> Encoding.Signs ranks
        | Some ranks -> Encoding.Indicators ranks

    let private size encoding =
        match encoding with
        | Encoding.Number
        | Encoding.Signs _ -> 1
        | Encoding.Indicators ranks -> ranks.Length

    let private write encoding (value: float) (target: Span<float>) =
        match encoding with
        | Encoding.Number -> target[0] <- value
        | Encoding.Signs ranks -> target[0] <- if ranks[int value] = 0 then -1.0 else 1.0
        | Encoding.Indicators ranks ->
            target.Clear()
            target[ranks[int value]] <- 1.0

    let private matrix (contents: Contents) isTarget (first: int) (columns: int list) =
        let encodings =
            columns
            |> List.map (levelsOf contents.Columns contents.Levels >> encoding isTarget)
            |> List.toArray

        let result =
            Matrix.Uninitialized(nativeint contents.Rows.Count, nativeint (Array.sumBy size encodings))

        for i in 0 .. contents.Rows.Count - 1 do
            let source = contents.Rows[i]
            let target = result.Row(nativeint i)
            let mutable start = 0

            for j in 0 .. encodings.Length - 1 do
                let count = size encodings[j]
                write encodings[j] source[first + j] (target.Slice(start, count))
                start <- start + count

        result

    let private inputs (contents: Contents) =
        matrix contents false 0 contents.Columns.Inputs

    let private targets (contents: Contents) =
        matrix contents true contents.Columns.Inputs.Length contents.Columns.Targets

    let private dataSet path contents =
        DataSet.create (inputs contents) (targets contents)
        |> Result.mapError (fun failure -> BadFile(path, failure.Message))

    let private newLevels (layout: CsvLayout) =
        layout.Categories |> List.map (fun name -> name, CsvLevels()) |> Map.ofList

    let private readTrain (layout: CsvLayout) path =
        parseFile layout CsvColumns.ofFirstLine (fun _ -> newLevels layout) path

    /// The examples in a table laid out as `layout` says.
    let read layout path =
        let choose layout first =
            let columns = CsvColumns.ofFirstLine layout first
            CsvColumns.requireIgnored layout (Option.toList columns.Names)
            columns

        parseFile layout choose (fun _ -> newLevels layout) path
        |> Result.bind (dataSet path)

    /// A training table, and the points of a test table laid out like it; the targets of these where the test table has them. Columns are
    /// matched by name where the tables have headers, and the words of a column are those of the training table.
    let readPoints layout trainPath testPath =
        result {
            let! train = readTrain layout trainPath
            let! data = dataSet trainPath train

            let! test =
                parseFile
                    layout
                    (CsvColumns.likeThoseOf train.Columns)
                    (fun _ -> train.Levels |> Map.map (fun _ levels -> levels.Closed()))
                    testPath

            if test.Columns.Targets.IsEmpty then
                let points = inputs test

                do!
                    DataSet.checkInputs points
                    |> Result.mapError (fun failure -> BadFile(testPath, failure.Message))

                return! Points.unlabelled data points
            else
                let! labelled = dataSet testPath test
                return! Points.labelled data labelled
        }

    /// The training and test set in two tables laid out as `layout` says: see `readPoints`.
    let readSplit layout trainPath testPath =
        readPoints layout trainPath testPath
        |> Result.bind (Points.split (Some testPath))
