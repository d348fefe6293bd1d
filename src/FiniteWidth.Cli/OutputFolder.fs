namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth

/// A folder of results that belong together: all of them are written, or none.
[<RequireQualifiedAccess>]
module OutputFolder =

    let rec private ancestors (path: string | null) =
        seq {
            match path with
            | null -> ()
            | path ->
                yield path
                yield! ancestors (Path.GetDirectoryName path)
        }

    let private failure folder (error: exn) =
        match error with
        | :? UnauthorizedAccessException ->
            BadFile(folder, "the folder may not be written to: its permissions forbid it.")
        | error -> BadFile(folder, $"writing failed ({error.Message.TrimEnd '.'}).")

    /// Whether results could be written to the folder, which need not exist: to be asked before a long computation.
    let check (folder: string) =
        if String.IsNullOrWhiteSpace folder then
            Error(BadData "--out: the name of the folder is empty.")
        else
            match ancestors (Path.GetFullPath folder) |> Seq.tryFind File.Exists with
            | Some file -> Error(BadFile(file, "this is a file, and --out needs a folder here."))
            | None -> Ok()

    let private moveAll (stage: DirectoryInfo) (folder: string) =
        let moves =
            [ for file in stage.GetFiles() -> file, Path.Combine(folder, file.Name) ]

        match moves |> List.tryFind (fun (_, target) -> Directory.Exists target) with
        | Some(_, target) -> Error(BadFile(target, "this is a folder, and a result of that name is to be written."))
        | None ->
            for file, target in moves do
                file.MoveTo(target, overwrite = true)

            Ok()

    /// Lets `write` fill an empty folder and then moves its files to `folder`, which is made where it is missing. If `write`
    /// fails nothing has changed.
    let write (folder: string) (write: string -> Result<unit, Failure>) =
        let full = Path.GetFullPath folder

        let missing =
            ancestors full |> Seq.takeWhile (Directory.Exists >> not) |> List.ofSeq

        let stage = DirectoryInfo(Path.Combine(full, $".{Guid.NewGuid():N}.tmp"))

        let discard () =
            if stage.Exists then
                stage.Delete(recursive = true)

        let outcome =
            try
                try
                    stage.Create()
                    write stage.FullName |> Result.bind (fun () -> moveAll stage full)
                finally
                    stage.Refresh()
                    discard ()
            with
            | :? IOException
            | :? UnauthorizedAccessException as error -> Error(failure folder error)

        if Result.isError outcome then
            for made in missing do
                if Directory.Exists made then
                    Directory.Delete made

        outcome
