namespace FiniteWidth

open System.IO

/// Folders that lie in each other.
[<RequireQualifiedAccess>]
module Folders =

    /// A path and the folders that it lies in, the nearest first; none of no path.
    let rec upwards (path: string | null) =
        seq {
            match path with
            | null -> ()
            | path ->
                yield path
                yield! upwards (Path.GetDirectoryName path)
        }
