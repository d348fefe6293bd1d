namespace FiniteWidth

open System
open System.IO
open System.Reflection

/// Files that npm installs: found, not shipped.
[<RequireQualifiedAccess>]
module NodeModules =

    /// The folder that holds this assembly: of a script, not that of the program which runs it.
    let private own () =
        Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)

    /// The path below node_modules in the current folder, in this assembly's, in the application's, or in a folder that one of
    /// these lies in; the first that `exists`.
    let tryFind (exists: string -> bool) (path: string) =
        [
            Folders.upwards (Directory.GetCurrentDirectory())
            Folders.upwards (own ())
            Folders.upwards (Path.TrimEndingDirectorySeparator AppContext.BaseDirectory)
        ]
        |> Seq.concat
        |> Seq.map (fun folder -> Path.Combine(folder, "node_modules", path))
        |> Seq.tryFind exists
