namespace FiniteWidth.Data

open System
open System.IO
open FiniteWidth

/// Raised by a reader where a file is not what its format prescribes; it never leaves the library: see `Reading.file`.
exception internal Malformed of what: string

[<RequireQualifiedAccess>]
module internal Reading =

    let malformed what = raise (Malformed what)

    /// Whether the text can be the path of a file at all.
    let isPath (path: string) =
        not (String.IsNullOrWhiteSpace path || path.Contains '\000')

    /// What `read` makes of the file, or why it could not.
    let guard path (read: unit -> 'T) =
        let bad what = Error(BadFile(path, what))

        try
            Ok(read ())
        with
        | Malformed what -> bad what
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> bad "There is no such file."
        | :? UnauthorizedAccessException -> bad "The file may not be read: its permissions forbid it."
        | :? InvalidDataException -> bad "It is not a sound compressed file: it is damaged or of another format."
        | :? IOException as error -> bad $"Reading failed ({error.Message.TrimEnd '.'})."
        | :? OutOfMemoryException -> bad "The data does not fit into memory."

    /// What a library makes of a file. What it says of one that is damaged is of many kinds, and none of them is a bug of ours: the file is
    /// then `what`, "no ... file that can be read".
    let byLibrary what read =
        try
            read ()
        with
        | Malformed _
        | :? OutOfMemoryException -> reraise ()
        | error -> malformed $"It is {what} ({(Sentence.oneLine error.Message).TrimEnd '.'})."

    /// Opens a file that is there and not empty, and hands its bytes to `read`.
    let file path (read: FileStream -> 'T) =
        if not (isPath path) then
            Error(BadData "The path of a data file is empty or has a zero character: give the path of a file.")
        elif Directory.Exists path then
            Error(BadFile(path, "This is a folder: give the path of a file."))
        elif FileKind.isSpecial path then
            Error(BadFile(path, FileKind.special))
        else
            guard path (fun () ->
                use stream =
                    new FileStream(
                        path,
                        FileMode.Open,
                        FileAccess.Read,
                        FileShare.Read,
                        1 <<< 16,
                        FileOptions.SequentialScan
                    )

                if stream.Length = 0L then
                    malformed "The file is empty."

                read stream)
