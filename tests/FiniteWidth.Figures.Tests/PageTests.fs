module FiniteWidth.Figures.Tests.PageTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open Plotly.NET
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

// A page less plotly.js, which its second script tag holds.
let private frame (html: string) =
    Regex.Replace(html, "<script>.*?</script>", "<script></script>", RegexOptions.Singleline)

let private embedded html =
    Regex.Match(html, "<script type=\"application/json\" id=\"chart\">(.*?)</script>").Groups[1].Value

[<Test>]
let ``a page holds plotly.js and loads nothing`` () =
    let html = Export.toHtml (line ())
    Assert.That(html.Length, Is.GreaterThan 3_000_000)
    Assert.That(html, Does.Contain "plotly.js v")
    Assert.That(Regex.IsMatch(html, "<script[^>]* src"), Is.False)
    Assert.That(Regex.IsMatch(html, "<link"), Is.False)
    Assert.That(frame html, Does.Not.Contain "http")

[<Test>]
let ``a page has as many script tags as it opens, whatever its texts and plotly.js say`` () =
    let html =
        line ()
        |> Frame.titled "r < 1 & N<sub>1</sub> > P </script></title>" ""
        |> Export.toHtml

    Assert.That(Regex.Count(html, "</script", RegexOptions.IgnoreCase), Is.EqualTo 3)

    for tag in [ "html"; "head"; "title"; "style"; "body"; "div" ] do
        Assert.That(Regex.Count(frame html, $"<{tag}[ >]"), equalTo (Regex.Count(frame html, $"</{tag}>")), tag)

    Assert.That(html, Does.StartWith "<!DOCTYPE html>")
    Assert.That(html, Does.Contain "<title>r &lt; 1 &amp; N1 &gt; P")

[<Test>]
let ``the JSON inside a page is the chart's`` () =
    let chart = line () |> Frame.titled "a </script> b" "and <b>more</b>"
    let json = JsonDocument.Parse(embedded (Export.toHtml chart)).RootElement
    Assert.That(JsonElement.DeepEquals(json, parse chart))

[<Test>]
let ``a page follows the window's width`` () =
    let html = Export.toHtml (line ())
    Assert.That(html, Does.Contain "responsive: true")
    Assert.That(html, Does.Contain "autosize: true")

[<Test>]
let ``the same chart gives the same bytes, over a file that was there before`` () =
    inFolder (fun folder ->
        let first, second =
            Path.Combine(folder, "1.html"), Path.Combine(folder, "new", "2.html")

        File.WriteAllText(first, "old")

        let draw () =
            line () |> Axes.logX "N" |> Frame.titled "t" "s"

        Export.saveHtml first (draw ()) |> Result.orFail
        Export.saveHtml second (draw ()) |> Result.orFail
        Assert.That(File.ReadAllText first = File.ReadAllText second)
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 1, "no temporary file is left"))

[<Test>]
let ``a file that cannot be written is a failure that names it and leaves nothing`` () =
    inFolder (fun folder ->
        let taken, file = Path.Combine(folder, "taken"), Path.Combine(folder, "file")
        Directory.CreateDirectory taken |> ignore
        File.WriteAllText(file, "")

        // Below a file, and in the place of a folder: refused to every user, root included.
        for target in [ Path.Combine(file, "out.html"); taken ] do
            match Export.saveHtml target (line ()) with
            | Ok() -> Assert.Fail $"{target} was written"
            | Error failure -> Assert.That(failure.Message, Does.StartWith $"{target}: ")

        Assert.That(Directory.GetFiles folder, equalTo [| file |])
        Assert.That(Directory.GetFileSystemEntries taken, Is.Empty))

[<Test>]
let ``where there is no display, show says which file to open`` () =
    if not (OperatingSystem.IsLinux()) then
        Assert.Ignore "Only Linux says whether there is a display."

    withVariable "DISPLAY" "" (fun () ->
        withVariable "WAYLAND_DISPLAY" "" (fun () ->
            match Export.show (line ()) with
            | Error(BadFile(file, reason)) ->
                Assert.That(reason, Does.Contain "open this file by hand")
                Assert.That(File.ReadAllText file = Export.toHtml (line ()))
                File.Delete file
            | other -> Assert.Fail $"{other}"))
