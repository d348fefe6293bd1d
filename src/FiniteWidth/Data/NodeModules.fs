namespace FiniteWidth

open System
open System.IO
open System.Reflection

/// Files that npm installs: found, not shipped.
[<RequireQualifiedAccess>]
module NodeModules =

    let rec private upwards (folder: string | null) =
        seq {
            match folder with
            | null -> ()
            | folder ->
                yield folder
                yield! upwards (Path.GetDirectoryName folder)
        }

    /// The folder that holds this assembly: of a script, not that of the program which runs it.
    let private own () =
        Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)

    /// The path below node_modules in the current folder, in this assembly's, in the application's, or in a folder that one of
    /// these lies in; the first that `exists`.
    let tryFind (exists: string -> bool) (path: string) =
        [
            upwards (Directory.GetCurrentDirectory())
            upwards (own ())
            upwards (Path.TrimEndingDirectorySeparator AppContext.BaseDirectory)
        ]
        |> Seq.concat
        |> Seq.map (fun folder -> Path.Combine(folder, "node_modules", path))
        |> Seq.tryFind exists
