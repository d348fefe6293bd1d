namespace FiniteWidth

open System

/// Sentences for people that quote what others wrote: whatever that is, they stay on one line and can be read.
[<RequireQualifiedAccess>]
module Sentence =

    /// The length that no message exceeds, in characters.
    let longest = 400

    let private gap = " ... "

    /// The text, or its beginning and its end where it has more than `length` characters.
    let shorten length (text: string) =
        if text.Length <= length then
            text
        else
            let kept = length - gap.Length
            let first = kept - kept / 3
            let last = text.Length - kept / 3
            // Neither part ends within a character of two UTF-16 units.
            let first =
                if Char.IsHighSurrogate text[first - 1] then
                    first - 1
                else
                    first

            let last = if Char.IsLowSurrogate text[last] then last + 1 else last

            text[.. first - 1] + gap + text[last..]

    /// The text on one line.
    let oneLine (text: string) =
        text |> String.map (fun c -> if Char.IsControl c then ' ' else c)

    /// What a file or a person wrote, between quotation marks and not at length.
    let quote (text: string) = $"'{text |> oneLine |> shorten 40}'"

    /// Names between commas, as many as are of use.
    let list (names: string seq) =
        let names = List.ofSeq names
        let shown = names |> List.truncate 8 |> List.map (oneLine >> shorten 24)

        let rest =
            if names.Length > shown.Length then
                [ $"and {names.Length - shown.Length} more" ]
            else
                []

        shown @ rest |> String.concat ", "
