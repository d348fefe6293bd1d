namespace FiniteWidth

open System
open System.IO
open System.Text

/// Files that are there whole or not at all.
[<RequireQualifiedAccess>]
module AtomicFile =

    let private tryDelete path =
        try
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// A new name that `isTemporary` knows again.
    let temporaryName name = $"{name}.{Guid.NewGuid():N}.tmp"

    /// A name as `temporaryName` gives it: that of no file that people have.
    let isTemporary (name: string) =
        match name.Split '.' |> List.ofArray |> List.rev with
        | "tmp" :: digits :: _ -> digits.Length = 32 && Seq.forall Char.IsAsciiHexDigitLower digits
        | _ -> false

    // A file that somebody writes is locked; nobody writes those that a killed process has left.
    let private tryDeleteAbandoned (path: string) =
        try
            use _ = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
            File.Delete path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    let private sweepFiles (belongs: string -> bool) (folder: string) =
        try
            for path in Directory.GetFiles(folder, "*.tmp") do
                let name = string (Path.GetFileName path)

                if belongs name && isTemporary name then
                    tryDeleteAbandoned path
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// Removes the temporary files that processes killed while they wrote have left in a folder, if it exists.
    let sweep (folder: string) =
        if Directory.Exists folder then
            sweepFiles (fun _ -> true) folder

    /// Writes a file: `write` fills a temporary one in the same folder, made where it is missing, which then takes the place
    /// of `path` in one step. Whatever goes wrong, a file that was at `path` stays as it was and no temporary file remains; what
    /// a process that was killed in the middle has left is removed by the next that writes to `path`.
    let write path (write: Stream -> unit) =
        let bad what = Error(BadFile(path, what))

        if String.IsNullOrWhiteSpace path || path.Contains '\000' then
            Error(BadData "The path of a file to write is empty or has a zero character.")
        elif Directory.Exists path then
            bad "This is a folder: give the path of a file to write."
        else
            let full = Path.GetFullPath path
            let temporary = temporaryName full
            let folder = nonNull (Path.GetDirectoryName full)
            let prefix = $"{Path.GetFileName full}."

            try
                try
                    Directory.CreateDirectory folder |> ignore

                    folder
                    |> sweepFiles (fun name -> name.StartsWith(prefix, StringComparison.Ordinal))

                    // Open, and so locked, until it has its name.
                    use stream =
                        new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1 <<< 16)

                    write stream
                    // On disk before it gets its name: a crash must not leave an empty file under it.
                    stream.Flush true
                    File.Move(temporary, full, overwrite = true)
                    Ok()
                finally
                    tryDelete temporary
            with
            | :? UnauthorizedAccessException -> bad "The file may not be written: its folder's permissions forbid it."
            | :? IOException as error -> bad $"Writing failed ({error.Message.TrimEnd '.'})."

    /// Writes bytes.
    let writeBytes path (bytes: byte[]) =
        write path (fun stream -> stream.Write(ReadOnlySpan bytes))

    /// Writes text as UTF-8 without a byte order mark.
    let writeText path (text: string) =
        writeBytes path (UTF8Encoding(false).GetBytes text)
