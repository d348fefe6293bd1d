namespace FiniteWidth.Figures

open System
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open System.Text
open FiniteWidth
open Plotly.NET

/// Charts as files: pages that open offline, and pictures. The same chart gives the same bytes; a file is written whole or not at all.
[<RequireQualifiedAccess>]
module Export =

    let private picture format path chart =
        Chromium.draw format (Page.json chart)
        |> Result.mapError (fun failure -> BadFile(path, $"No picture was written. {failure.Message}"))
        |> Result.bind (AtomicFile.writeBytes path)

    /// A page of the chart that needs nothing else: plotly.js is part of it. It grows and shrinks with the window.
    let toHtml (chart: GenericChart) = Page.create chart

    /// Writes the page of `toHtml`.
    let saveHtml (path: string) (chart: GenericChart) =
        AtomicFile.writeText path (toHtml chart)

    /// Fails where this machine lacks Chromium, which pictures need: to be asked before a long computation.
    let checkPictures () = Chromium.locate () |> Result.map ignore

    /// Writes a PNG at two pixels a px, drawn by headless Chromium.
    let savePng (path: string) (chart: GenericChart) = picture PictureFormat.Png path chart

    /// Writes an SVG, drawn by headless Chromium.
    let saveSvg (path: string) (chart: GenericChart) = picture PictureFormat.Svg path chart

    // Opening a file means a browser only where there is a screen.
    let private openPage (path: string) =
        let byHand reason =
            Error(BadFile(path, $"No browser could be opened ({reason}): open this file by hand."))

        let screen =
            not (OperatingSystem.IsLinux())
            || [ "DISPLAY"; "WAYLAND_DISPLAY" ]
               |> List.exists (Environment.GetEnvironmentVariable >> String.IsNullOrEmpty >> not)

        if not screen then
            byHand "there is no display"
        else
            try
                use _ = Process.Start(ProcessStartInfo(path, UseShellExecute = true))
                Ok()
            with error ->
                byHand error.Message

    /// Opens the chart in the browser; where that fails, the failure says which file to open by hand.
    let show (chart: GenericChart) =
        let bytes = Encoding.UTF8.GetBytes(toHtml chart)
        // Named by its content: showing a chart again does not litter.
        let name = Convert.ToHexStringLower(SHA256.HashData bytes)[..15]
        let path = Path.Combine(Path.GetTempPath(), "finitewidth", $"{name}.html")
        AtomicFile.writeBytes path bytes |> Result.bind (fun () -> openPage path)
