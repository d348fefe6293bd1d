namespace FiniteWidth.Figures

open System
open System.IO
open FiniteWidth

/// Where a page gets plotly.js from.
[<RequireQualifiedAccess>]
type PlotlyJs =
    /// A file on this machine, copied into the page.
    | File of path: string
    /// A public address, for which the reader needs the network.
    | Network of address: string

[<RequireQualifiedAccess>]
module PlotlyJs =

    /// The version that figures are made for.
    [<Literal>]
    let Version = "4.1.2"

    /// The same file that npm installs, from the network.
    let network =
        PlotlyJs.Network $"https://cdn.jsdelivr.net/npm/plotly.js-dist-min@{Version}/plotly.min.js"

    let private relative =
        Path.Combine("node_modules", "plotly.js-dist-min", "plotly.min.js")

    /// node_modules/plotly.js-dist-min/plotly.min.js in a folder or the nearest one above it.
    let rec private above (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder ->
            let candidate = Path.Combine(folder.FullName, relative)

            if File.Exists candidate then
                Some candidate
            else
                above folder.Parent

    /// plotly.js on this machine: the file that FINITEWIDTH_PLOTLY names, or the one that npm has installed in or above
    /// the current folder, or in or above the folder of this program; otherwise from the network.
    let locate () =
        match Environment.GetEnvironmentVariable "FINITEWIDTH_PLOTLY" with
        | null
        | "" ->
            [ Environment.CurrentDirectory; AppContext.BaseDirectory ]
            |> List.tryPick (fun folder -> above (DirectoryInfo folder))
            |> Option.map PlotlyJs.File
            |> Option.defaultValue network
            |> Ok
        | path when File.Exists path -> Ok(PlotlyJs.File(Path.GetFullPath path))
        | path ->
            Error(
                BadFile(
                    path,
                    "FINITEWIDTH_PLOTLY names this file, but it does not exist: set it to a plotly.min.js, or unset it."
                )
            )
