namespace FiniteWidth.Figures

open System
open System.IO
open FiniteWidth

/// A file that is there whole or not at all.
module internal AtomicFile =

    /// Writes beside the target, under a name of its own, and renames; makes the folder where it is missing.
    let write (path: string) (bytes: byte[]) =
        try
            let full = Path.GetFullPath path
            let folder = nonNull (Path.GetDirectoryName full)

            let temporary =
                Path.Combine(folder, $".{Path.GetFileName full}.{Guid.NewGuid():N}.tmp")

            Directory.CreateDirectory folder |> ignore

            try
                File.WriteAllBytes(temporary, bytes)
                File.Move(temporary, full, overwrite = true)
            finally
                File.Delete temporary

            Ok()
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? ArgumentException
        | :? NotSupportedException as error -> Error(BadFile(path, $"This file could not be written: {error.Message}"))
