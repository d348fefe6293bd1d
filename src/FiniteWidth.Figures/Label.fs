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

    /// An estimate, rather too large than too small, of the width in px: letters average 0.45 of the font size.
    let width (fontSize: float) (text: string) =
        text.Split "<br>"
        |> Array.map (fun line -> 0.5 * fontSize * float (plain line).Length)
        |> Array.max

    let private fill fontSize limit (line: string) =
        let folder lines word =
            match lines with
            | line :: rest when width fontSize $"{line} {word}" <= limit -> $"{line} {word}" :: rest
            | _ -> word :: lines

        line.Split ' ' |> Array.fold folder [] |> List.rev

    /// As few lines as `limit` allows, then as even as that many lines can be: no word is left alone at the end.
    let private balance fontSize limit line =
        let fewest = fill fontSize limit line
        let even = width fontSize line / float fewest.Length

        [ 1.0; 1.1; 1.2; 1.4 ]
        |> List.map (fun slack -> fill fontSize (min limit (slack * even)) line)
        |> List.tryFind (fun lines -> lines.Length = fewest.Length)
        |> Option.defaultValue fewest

    /// The text broken at spaces into lines no wider than `limit` px, and their number.
    let wrap fontSize limit (text: string) =
        let lines =
            text.Split "<br>" |> List.ofArray |> List.collect (balance fontSize limit)

        String.Join("<br>", lines), lines.Length
