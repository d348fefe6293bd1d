module FiniteWidth.Figures.Tests.PageTests

open System
open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open Plotly.NET
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

// A page less plotly.js, which its second script tag holds.
let private frame (html: string) =
    Regex.Replace(html, "<script>.*?</script>", "<script></script>", RegexOptions.Singleline)

let private embedded html =
    Regex.Match(html, "<script type=\"application/json\" id=\"chart\">(.*?)</script>").Groups[1].Value

let tests =
    testList "Page" [
        testCase "a page holds plotly.js and loads nothing" (fun () ->
            let html = Export.toHtml (line ())
            Expect.isGreaterThan html.Length 3_000_000 "length of html"
            Expect.stringContains html "plotly.js v" "html"
            Expect.isFalse (Regex.IsMatch(html, "<script[^>]* src")) "match"
            Expect.isFalse (Regex.IsMatch(html, "<link")) "match"
            Expect.stringLacks (frame html) "http" "frame")

        testCase "a page has as many script tags as it opens, whatever its texts and plotly.js say" (fun () ->
            let html =
                line ()
                |> Frame.titled "r < 1 & N<sub>1</sub> > P </script></title>" ""
                |> Export.toHtml

            Expect.equal (Regex.Count(html, "</script", RegexOptions.IgnoreCase)) 3 "count of regex"

            for tag in [ "html"; "head"; "title"; "style"; "body"; "div" ] do
                Expect.equal (Regex.Count(frame html, $"<{tag}[ >]")) (Regex.Count(frame html, $"</{tag}>")) tag

            Expect.stringStarts html "<!DOCTYPE html>" "html"
            Expect.stringContains html "<title>r &lt; 1 &amp; N1 &gt; P" "html")

        testCase "the JSON inside a page is the chart's" (fun () ->
            let chart = line () |> Frame.titled "a </script> b" "and <b>more</b>"
            let json = JsonDocument.Parse(embedded (Export.toHtml chart)).RootElement
            Expect.isTrue (JsonElement.DeepEquals(json, parse chart)) "equality")

        testCase "a page follows the window's width" (fun () ->
            let html = Export.toHtml (line ())
            Expect.stringContains html "responsive: true" "html"
            Expect.stringContains html "autosize: true" "html")

        testCase "the same chart gives the same bytes, over a file that was there before" (fun () ->
            inFolder (fun folder ->
                let first, second =
                    Path.Combine(folder, "1.html"), Path.Combine(folder, "new", "2.html")

                File.WriteAllText(first, "old")

                let draw () =
                    line () |> Axes.logX "N" |> Frame.titled "t" "s"

                Export.saveHtml first (draw ()) |> Result.orFail
                Export.saveHtml second (draw ()) |> Result.orFail
                Expect.isTrue (File.ReadAllText first = File.ReadAllText second) "text of the file"
                Expect.hasLength (Directory.GetFiles folder) 1 "no temporary file is left"))

        testCase "a file that cannot be written is a failure that names it and leaves nothing" (fun () ->
            inFolder (fun folder ->
                let taken, file = Path.Combine(folder, "taken"), Path.Combine(folder, "file")
                Directory.CreateDirectory taken |> ignore
                File.WriteAllText(file, "")

                // Below a file, and in the place of a folder: refused to every user, root included.
                for target in [ Path.Combine(file, "out.html"); taken ] do
                    match Export.saveHtml target (line ()) with
                    | Ok() -> failtest $"{target} was written"
                    | Error failure -> Expect.stringStarts failure.Message $"{target}: " "message"

                Expect.equal (Directory.GetFiles folder) [| file |] "files of the folder"
                Expect.isEmpty (Directory.GetFileSystemEntries taken) "entries of the folder"))

        testCase "where there is no display, show says which file to open" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Only Linux says whether there is a display."

            withVariable "DISPLAY" "" (fun () ->
                withVariable "WAYLAND_DISPLAY" "" (fun () ->
                    match Export.show (line ()) with
                    | Error(BadFile(file, reason)) ->
                        Expect.stringContains reason "open this file by hand" "reason"
                        Expect.isTrue (File.ReadAllText file = Export.toHtml (line ())) "text of the file"
                        File.Delete file
                    | other -> failtest $"{other}")))
    ]
