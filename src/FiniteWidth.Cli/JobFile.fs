namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data

/// Jobs as files, or as what is piped into the program.
[<RequireQualifiedAccess>]
module JobFile =

    /// The path that stands for standard input.
    let standardInput = "-"

    // Duplicates are told apart from errors of syntax by the cursor, which can name them.
    let private options =
        JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip)

    let private strictUtf8 = UTF8Encoding(false, throwOnInvalidBytes = true)

    let private mark = Encoding.UTF8.GetPreamble()

    // A job is written by hand, or by a program that varies a few numbers of it.
    let private largest = 1L <<< 24

    let private tooLarge bytes =
        $"this has {bytes} bytes: a job has at most {largest}."

    // No more than can be a job.
    let private readStandardInput () =
        use input = Console.OpenStandardInput()
        use text = new MemoryStream()
        let part: byte[] = Array.zeroCreate 65536
        let mutable count = input.Read part

        while count > 0 do
            if text.Length <= largest then
                text.Write(part, 0, count)

            count <- input.Read part

        text.ToArray()

    let private parse (json: Json<'T>) name folder (bytes: byte[]) =
        let bad what = Error(BadFile(name, what))

        try
            let text =
                if bytes.AsSpan().StartsWith(ReadOnlySpan mark) then
                    bytes[mark.Length ..]
                else
                    bytes

            strictUtf8.GetCharCount text |> ignore
            use document = JsonDocument.Parse(ReadOnlyMemory text, options)
            let file = JsonFile(name, folder, "job", text)
            json.Read(JsonCursor.root file document)
        with
        | :? JsonException as error ->
            let line = error.LineNumber.GetValueOrDefault() + 1L
            let column = error.BytePositionInLine.GetValueOrDefault() + 1L
            bad $"this is not valid JSON (see line {line}, column {column}): a job is one JSON object."
        | :? DecoderFallbackException -> bad "this is not UTF-8 text: save the job as UTF-8."

    let private readBytes (path: string) =
        let bad what = Error(BadFile(path, what))

        if Directory.Exists path then
            bad "this is a folder: a job is a JSON file."
        elif FileKind.isSpecial path then
            bad FileKind.special
        elif File.Exists path && FileInfo(path).Length > largest then
            bad (tooLarge (FileInfo(path).Length))
        else
            try
                Ok(File.ReadAllBytes path)
            with
            | :? FileNotFoundException
            | :? DirectoryNotFoundException -> bad "there is no such file."
            | :? UnauthorizedAccessException -> bad "the file may not be read: its permissions forbid it."
            | :? IOException as error -> bad $"the file cannot be read ({error.Message.TrimEnd '.'})."

    /// What is made of the job in a JSON file, or of that piped in where the path is "-". Relative paths in it are relative to the file, or to the
    /// current folder.
    let readJson (json: Json<'T>) (path: string) =
        if String.IsNullOrWhiteSpace path then
            Error(BadData "The path of the job is empty: give the path of a JSON file.")
        elif path = standardInput then
            let bytes = readStandardInput ()

            if bytes.LongLength > largest then
                Error(BadFile("standard input", tooLarge bytes.LongLength))
            else
                parse json "standard input" (Directory.GetCurrentDirectory()) bytes
        else
            readBytes path
            |> Result.bind (parse json path (string (Path.GetDirectoryName(Path.GetFullPath path))))

    /// What is made of a job in a text, which complaints call `name`; paths in it are absolute.
    let readText (json: Json<'T>) name (text: string) =
        parse json name (Directory.GetCurrentDirectory()) (Encoding.UTF8.GetBytes text)

    /// What keys make of the job in a JSON file.
    let read keys path = readJson (Fields.toJson keys) path

    /// The job of a prediction.
    let readPrediction path = read JobJson.prediction path
