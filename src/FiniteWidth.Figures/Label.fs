namespace FiniteWidth.Figures

open System
open System.Text.RegularExpressions

/// Text as plotly.js shows it: a few HTML tags (b, i, sub, sup, br, ...), everything else literally.
module internal Label =

    // Any other "<" would be taken for a tag and swallow the text up to the next ">", as in "r < 1, N > P".
    let private stray =
        Regex(@"<(?!/?(?:b|i|u|s|em|strong|sub|sup|br)\s*/?>)", RegexOptions.Compiled ||| RegexOptions.CultureInvariant)

    let private tag =
        Regex(@"</?(?:b|i|u|s|em|strong|sub|sup)>", RegexOptions.Compiled ||| RegexOptions.CultureInvariant)

    let escape text = stray.Replace(text, "&lt;")

    /// The text without its tags, for the title of a window.
    let plain (text: string) =
        tag.Replace(text.Replace("<br>", " "), "")

    /// An estimate, rather too large than too small, of the width in px: letters average 0.55 of the font size.
    let width (fontSize: float) (text: string) =
        text.Split "<br>"
        |> Array.map (fun line -> 0.56 * fontSize * float (plain line).Length)
        |> Array.max

    /// The text broken at spaces into lines no wider than `limit` px, and their number.
    let wrap fontSize limit (text: string) =
        let folder lines word =
            match lines with
            | line :: rest when width fontSize $"{line} {word}" <= limit -> $"{line} {word}" :: rest
            | _ -> word :: lines

        let lines =
            text.Split "<br>"
            |> Array.collect (fun line -> line.Split ' ' |> Array.fold folder [] |> List.rev |> Array.ofList)

        String.Join("<br>", lines), lines.Length
