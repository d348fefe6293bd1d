module FiniteWidth.Figures.Tests.PageTests

open System
open System.IO
open System.Net
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private page source chart =
    Chart.toHtmlWith source chart |> Result.orFail

/// A stand-in for plotly.js whose text would end a script.
let private library = "window.Plotly = { newPlot: () => '</script>' };"

let private withLibrary action =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "plotly.min.js")
        File.WriteAllText(path, library)
        action folder path)

let private count pattern text = Regex.Matches(text, pattern).Count

[<Test>]
let ``a page with plotly.js on this machine needs nothing else`` () =
    withLibrary (fun _ path ->
        let html = page (PlotlyJs.File path) line
        Assert.That(html, Does.Contain "newPlot: () => '<\\/script>'")
        Assert.That(html, Does.Not.Contain "http")
        Assert.That(html, Does.Not.Contain "src="))

[<Test>]
let ``no button of a page sends the figure's data to a server`` () =
    let removed = (at "config.modeBarButtonsToRemove" (parse line)).EnumerateArray()
    Assert.That(removed |> Seq.map _.GetString(), Does.Contain "sendChartToCloud")

[<Test>]
let ``every tag of a page that opens also closes`` () =
    withLibrary (fun _ path ->
        for source in [ PlotlyJs.File path; PlotlyJs.network ] do
            let html =
                page source (line |> Chart.withTitle "r < 1 & N<sub>1</sub> > P </script></title>")

            for tag in [ "html"; "head"; "title"; "style"; "script"; "body"; "div" ] do
                Assert.That(count $"<{tag}[ >]" html, equalTo (count $"</{tag}>" html), tag)

            Assert.That(html, Does.StartWith "<!DOCTYPE html>")
            Assert.That(html, Does.Contain "<title>r &lt; 1 &amp; N1 &gt; P"))

[<Test>]
let ``the JSON inside a page is the chart's`` () =
    let chart = line |> Chart.withTitle "</script>"
    let html = page PlotlyJs.network chart

    let json =
        Regex.Match(html, "<script type=\"application/json\" id=\"chart\">(.*?)</script>").Groups[1].Value

    Assert.That(json, equalTo (Chart.toJson chart))
    Assert.That(JsonDocument.Parse(json).RootElement.GetProperty("data").GetArrayLength(), Is.EqualTo 1)

[<Test>]
let ``without plotly.js a page names one version of it on the network`` () =
    let html = page PlotlyJs.network line
    Assert.That(count "<script src=\"https://[^\"]*plotly[^\"]*4\\.1\\.2[^\"]*\\.min\\.js\"" html, Is.EqualTo 1)

[<Test>]
let ``plotly.js is found by its variable, and a wrong one is a failure that names it`` () =
    withLibrary (fun folder path ->
        withVariable "FINITEWIDTH_PLOTLY" path (fun () ->
            Assert.That(PlotlyJs.locate (), equalTo (Ok(PlotlyJs.File path): Result<PlotlyJs, Failure>)))

        let missing = Path.Combine(folder, "missing.js")

        withVariable "FINITEWIDTH_PLOTLY" missing (fun () ->
            match Chart.saveHtml (Path.Combine(folder, "out.html")) line with
            | Ok() -> Assert.Fail "a missing library was accepted"
            | Error failure -> Assert.That(failure.Message, Does.Contain missing)

            Assert.That(File.Exists(Path.Combine(folder, "out.html")), Is.False)))

[<Test>]
let ``plotly.js is found in node_modules above the current folder`` () =
    inFolder (fun folder ->
        let package = Path.Combine(folder, "node_modules", "plotly.js-dist-min")
        let inner = Path.Combine(folder, "a", "b")
        Directory.CreateDirectory package |> ignore
        Directory.CreateDirectory inner |> ignore
        File.WriteAllText(Path.Combine(package, "plotly.min.js"), library)
        let before = Environment.CurrentDirectory

        try
            Environment.CurrentDirectory <- inner

            withVariable "FINITEWIDTH_PLOTLY" "" (fun () ->
                match PlotlyJs.locate () with
                | Ok(PlotlyJs.File path) -> Assert.That(File.ReadAllText path, Is.EqualTo library)
                | other -> Assert.Fail $"{other}")
        finally
            Environment.CurrentDirectory <- before)

[<Test>]
let ``the same chart gives the same bytes, over a file that was there before`` () =
    withLibrary (fun folder path ->
        withVariable "FINITEWIDTH_PLOTLY" path (fun () ->
            let first, second =
                Path.Combine(folder, "1.html"), Path.Combine(folder, "new", "2.html")

            File.WriteAllText(first, "old")
            Chart.saveHtml first line |> Result.orFail
            Chart.saveHtml second line |> Result.orFail
            Assert.That(File.ReadAllBytes first, equalTo (File.ReadAllBytes second))
            Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 2, "no temporary file is left")))

[<Test>]
let ``a file that cannot be written is a failure that names it and leaves nothing`` () =
    withLibrary (fun folder path ->
        withVariable "FINITEWIDTH_PLOTLY" path (fun () ->
            let taken = Path.Combine(folder, "taken")
            Directory.CreateDirectory taken |> ignore

            // Below a file, and in the place of a folder: refused to every user, root included.
            for target in [ Path.Combine(path, "out.html"); taken ] do
                match Chart.saveHtml target line with
                | Ok() -> Assert.Fail $"{target} was written"
                | Error failure -> Assert.That(failure.Message, Does.StartWith $"{target}: ")

            Assert.That(Directory.GetFiles folder, equalTo [| path |])
            Assert.That(Directory.GetFileSystemEntries taken, Is.Empty)))

[<Test>]
let ``where there is no display, show says which file to open`` () =
    if not (OperatingSystem.IsLinux()) then
        Assert.Ignore "Only Linux says whether there is a display."

    withLibrary (fun _ path ->
        withVariable "FINITEWIDTH_PLOTLY" path (fun () ->
            withVariable "DISPLAY" "" (fun () ->
                withVariable "WAYLAND_DISPLAY" "" (fun () ->
                    match Chart.show line with
                    | Error(BadFile(file, reason)) ->
                        Assert.That(reason, Does.Contain "open this file by hand")
                        Assert.That(File.ReadAllText file, equalTo (page (PlotlyJs.File path) line))
                        File.Delete file
                    | other -> Assert.Fail $"{other}"))))
