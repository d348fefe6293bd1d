namespace FiniteWidth.Figures

open System
open System.Diagnostics
open System.IO
open System.Text
open FiniteWidth

/// What a picture is stored as.
[<RequireQualifiedAccess>]
type internal PictureFormat =
    | Png
    | Svg

/// Pictures of a figure, drawn by plotly.js inside a headless Chromium.
module internal Chromium =

    let private timeout = TimeSpan.FromSeconds 60.0

    /// Pixels of a PNG for each px of the figure: sharp in print and on dense screens.
    let private pngScale = 2

    let private names =
        [
            "chromium"
            "chromium-browser"
            "google-chrome"
            "google-chrome-stable"
            "chrome.exe"
            "msedge.exe"
        ]

    let private installed () =
        let path =
            Environment.GetEnvironmentVariable "PATH"
            |> Option.ofObj
            |> Option.defaultValue ""

        [
            for folder in path.Split Path.PathSeparator do
                for name in names do
                    Path.Combine(folder, name)
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
            "/Applications/Chromium.app/Contents/MacOS/Chromium"
        ]
        |> List.tryFind File.Exists

    let locate () =
        match Environment.GetEnvironmentVariable "FINITEWIDTH_CHROMIUM" with
        | null
        | "" ->
            match installed () with
            | Some program -> Ok program
            | None ->
                Error(
                    Unsupported
                        "A PNG or SVG needs Chromium, and none was found: install it, or set FINITEWIDTH_CHROMIUM to the program."
                )
        | program when File.Exists program -> Ok program
        | program ->
            Error(
                BadFile(
                    program,
                    "FINITEWIDTH_CHROMIUM names this program, but it does not exist: set it to Chromium, or unset it."
                )
            )

    // plotly.js names the parts of an SVG at random: a generator with a fixed seed makes the bytes repeat.
    let private page format (json: string) =
        let format, scale =
            match format with
            | PictureFormat.Png -> "png", pngScale
            | PictureFormat.Svg -> "svg", 1

        $"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<script>
let seed = 1;
Math.random = () => {{ seed = (1103515245 * seed + 12345) %% 2147483648; return seed / 2147483648; }};
</script>
<script src="plotly.min.js" charset="utf-8"></script>
</head>
<body>
<pre id="picture"></pre>
<script type="application/json" id="chart">{json}</script>
<script>
const show = text => {{ document.getElementById("picture").textContent = "[" + text + "]"; }};
(async () => {{
  const chart = JSON.parse(document.getElementById("chart").textContent);
  const size = {{ width: chart.layout.width, height: chart.layout.height }};
  return Plotly.toImage(chart, {{ format: "{format}", scale: {scale}, ...size }});
}})().then(show, error => show("error:" + encodeURIComponent(error.message)));
</script>
</body>
</html>
"""

    let private arguments (profile: string) (pageFile: string) =
        [
            "--headless"
            // Containers and root have no sandbox; the page is ours and loads nothing but plotly.js from beside it.
            "--no-sandbox"
            "--disable-gpu"
            "--disable-quic"
            "--disable-dev-shm-usage"
            "--no-first-run"
            "--disable-background-networking"
            "--disable-component-update"
            "--disable-sync"
            $"--user-data-dir={profile}"
            "--virtual-time-budget=10000"
            "--dump-dom"
            Uri(pageFile).AbsoluteUri
        ]

    /// The document that Chromium has made of the page, if it ends in time.
    let private run program profile pageFile =
        let start =
            ProcessStartInfo(
                program,
                arguments profile pageFile,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8
            )

        use browser = nonNull (Process.Start start)
        let output = browser.StandardOutput.ReadToEndAsync()
        // What Chromium says on stderr is noise even when all is well; it must be read lest the pipe fill.
        let errors = browser.StandardError.ReadToEndAsync()

        if browser.WaitForExit timeout && errors.Wait timeout && output.Wait timeout then
            Ok output.Result
        else
            browser.Kill(entireProcessTree = true)

            Error(
                Unsupported
                    $"Chromium ({program}) drew no picture in {timeout.TotalSeconds} seconds and was stopped: try again."
            )

    /// The data address between the brackets that the page wrote.
    let private picture (program: string) (document: string) =
        let opening = "<pre id=\"picture\">["
        let start = document.IndexOf(opening, StringComparison.Ordinal) + opening.Length
        let stop = document.IndexOf("]</pre>", StringComparison.Ordinal)

        let failed reason =
            Error(Unsupported $"Chromium ({program}) drew no picture: {reason}")

        if start < opening.Length || stop < start then
            failed "it ended without a document."
        else
            let text = document[start .. stop - 1]

            match text.IndexOf ',' with
            | _ when text.StartsWith("error:", StringComparison.Ordinal) -> failed (Uri.UnescapeDataString text[6..])
            | comma when text.StartsWith("data:image/png;base64", StringComparison.Ordinal) ->
                Ok(Convert.FromBase64String text[comma + 1 ..])
            | comma when text.StartsWith("data:image/svg+xml", StringComparison.Ordinal) ->
                Ok(Encoding.UTF8.GetBytes(Uri.UnescapeDataString text[comma + 1 ..]))
            | _ -> failed "plotly.js returned something else."

    /// Chromium's last children may still be writing when it has ended: what cannot be removed is left to the system.
    let private remove (folder: string) =
        try
            Directory.Delete(folder, recursive = true)
        with
        | :? IOException
        | :? UnauthorizedAccessException -> ()

    /// The bytes of a picture of a figure, its JSON given.
    let draw format json =
        match locate () with
        | Error failure -> Error failure
        | Ok program ->
            let folder = Directory.CreateTempSubdirectory "finitewidth-"

            try
                try
                    let pageFile = Path.Combine(folder.FullName, "figure.html")
                    File.WriteAllText(Path.Combine(folder.FullName, "plotly.min.js"), PlotlyJs.script ())
                    File.WriteAllText(pageFile, page format json)

                    run program (Path.Combine(folder.FullName, "profile")) pageFile
                    |> Result.bind (picture program)
                with
                | :? System.ComponentModel.Win32Exception
                | :? IOException as error ->
                    Error(Unsupported $"Chromium ({program}) could not be started: {error.Message}")
            finally
                remove folder.FullName
