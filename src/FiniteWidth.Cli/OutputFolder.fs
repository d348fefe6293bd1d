namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

/// A folder of results that belong together: all of them are written, or none.
[<RequireQualifiedAccess>]
module OutputFolder =

    let private failure folder (error: exn) =
        match error with
        | :? UnauthorizedAccessException ->
            BadFile(folder, "the folder may not be written to: its permissions forbid it.")
        | error -> BadFile(folder, $"writing failed ({error.Message.TrimEnd '.'}).")

    /// Whether results could be written to the folder, which need not exist: to be asked before a long computation.
    let check (folder: string) =
        if String.IsNullOrWhiteSpace folder then
            Error(BadData "--output: the name of the folder is empty.")
        else
            match Folders.upwards (Path.GetFullPath folder) |> Seq.tryFind File.Exists with
            | Some file -> Error(BadFile(file, "this is a file, and --output needs a folder here."))
            | None -> Ok()

    // Held open while a stage is in use.
    let private lockName = ".lock"

    let private lock' (stage: string) =
        new FileStream(Path.Combine(stage, lockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)

    let private tryDeleteAbandoned (stage: DirectoryInfo) =
        try
            (lock' stage.FullName).Dispose()
            stage.Delete(recursive = true)
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// Removes what runs that were killed while they wrote have left in the folder, if it exists.
    let sweep (folder: string) =
        AtomicFile.sweep folder
        let full = DirectoryInfo folder

        if full.Exists then
            for stage in full.GetDirectories "*.tmp" do
                if AtomicFile.isTemporary stage.Name then
                    tryDeleteAbandoned stage

    let private moveAll (stage: DirectoryInfo) (folder: string) =
        let moves =
            [
                for file in stage.GetFiles() do
                    if file.Name <> lockName then
                        file, Path.Combine(folder, file.Name)
            ]

        match moves |> List.tryFind (fun (_, target) -> Directory.Exists target) with
        | Some(_, target) -> Error(BadFile(target, "this is a folder, and a result of that name is to be written."))
        | None ->
            for file, target in moves do
                file.MoveTo(target, overwrite = true)

            Ok()

    /// Lets `write` fill an empty folder and then moves its files to `folder`, which is made where it is missing. If `write`
    /// fails nothing has changed; what a run that was killed in the middle has left goes.
    let write (folder: string) (write: string -> Result<unit, Failure>) =
        let full = Path.GetFullPath folder

        let missing =
            Folders.upwards full |> Seq.takeWhile (Directory.Exists >> not) |> List.ofSeq

        let stage = DirectoryInfo(Path.Combine(full, AtomicFile.temporaryName ""))

        let discard () =
            if stage.Exists then
                stage.Delete(recursive = true)

        let outcome =
            try
                try
                    sweep full
                    stage.Create()
                    use _ = lock' stage.FullName
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

    /// Fills the folder with results.json, results.csv and the figure, pictures of it where they are wanted, and texts by their names.
    let writeResults (wantsPictures: bool) (json: string) table chart texts folder =
        write folder (fun stage ->
            let file name = Path.Combine(stage, name)

            result {
                let! table = table

                do!
                    ("results.json", json) :: texts
                    |> Result.traverse (fun (name, text) -> AtomicFile.writeText (file name) (text + "\n"))
                    |> Result.map ignore

                do! Table.writeCsv (file "results.csv") table
                do! Export.saveHtml (file "figure.html") chart

                if wantsPictures then
                    do! Export.savePng (file "figure.png") chart
                    do! Export.saveSvg (file "figure.svg") chart
            })
