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

    let private package = Path.Combine("plotly.js-dist-min", "plotly.min.js")

    /// plotly.js on this machine: the file that FINITEWIDTH_PLOTLY names, or the one that npm has installed in or above
    /// the current folder, this library's, or the application's; otherwise from the network.
    let locate () =
        match Environment.GetEnvironmentVariable "FINITEWIDTH_PLOTLY" with
        | null
        | "" ->
            NodeModules.tryFind File.Exists package
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
