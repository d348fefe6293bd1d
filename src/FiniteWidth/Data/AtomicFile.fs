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

    /// Writes a file: `write` fills a temporary one in the same folder, made where it is missing, which then takes the place
    /// of `path` in one step. Whatever goes wrong, a file that was at `path` stays as it was and no temporary file remains.
    let write path (write: Stream -> unit) =
        let bad what = Error(BadFile(path, what))

        if String.IsNullOrWhiteSpace path || path.Contains '\000' then
            Error(BadData "The path of a file to write is empty or has a zero character.")
        elif Directory.Exists path then
            bad "This is a folder: give the path of a file to write."
        else
            let full = Path.GetFullPath path
            let temporary = $"{full}.{Guid.NewGuid():N}.tmp"

            try
                try
                    Directory.CreateDirectory(nonNull (Path.GetDirectoryName full)) |> ignore

                    do
                        use stream =
                            new FileStream(
                                temporary,
                                FileMode.CreateNew,
                                FileAccess.ReadWrite,
                                FileShare.None,
                                1 <<< 16
                            )

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
