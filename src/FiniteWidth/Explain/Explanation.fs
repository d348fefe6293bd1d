namespace FiniteWidth

open System

/// Words, or a formula among them.
[<RequireQualifiedAccess>]
type Fragment =
    /// Words.
    | Words of string
    /// A formula in the line.
    | Inline of Typeset

/// A part of an explanation.
[<RequireQualifiedAccess>]
type ExplanationPart =
    /// A sentence, formulas inside it.
    | Sentence of Fragment list
    /// An equation on a line of its own.
    | Equation of Typeset

/// A part of an explanation under its heading.
type ExplanationSection =
    {
        /// Its heading.
        Heading: string
        /// Sentences and equations.
        Parts: ExplanationPart list
    }

/// The mathematics of one network under one theory, in words and equations.
type Explanation =
    {
        /// What is explained.
        Title: string
        /// Its sections, in the order in which they are read.
        Sections: ExplanationSection list
    }

/// The equations of a model as text and LaTeX.
[<RequireQualifiedAccess>]
module Explanation =

    /// The explanation as plain Unicode text.
    let text explanation =
        let part part =
            match part with
            | ExplanationPart.Sentence fragments ->
                fragments
                |> List.map (fun fragment ->
                    match fragment with
                    | Fragment.Words words -> words
                    | Fragment.Inline formula -> formula.Text)
                |> String.concat ""
            | ExplanationPart.Equation formula -> "    " + formula.Text

        let section section =
            section.Heading
            :: String('-', section.Heading.Length)
            :: List.map part section.Parts
            |> String.concat "\n"

        explanation.Title :: List.map section explanation.Sections
        |> String.concat "\n\n"

    // What text mode gives a meaning of its own.
    let private escape (text: string) =
        text
        |> String.collect (fun c ->
            match c with
            | '\\' -> "\\textbackslash{}"
            | '~' -> "\\textasciitilde{}"
            | '^' -> "\\textasciicircum{}"
            | '{'
            | '}'
            | '_'
            | '#'
            | '$'
            | '%'
            | '&' -> $"\\{c}"
            | c -> string c)

    /// The explanation as LaTeX, a fragment for a document's body; it needs the package amsmath.
    let latex explanation =
        let part part =
            match part with
            | ExplanationPart.Sentence fragments ->
                fragments
                |> List.map (fun fragment ->
                    match fragment with
                    | Fragment.Words words -> escape words
                    | Fragment.Inline formula -> $"${formula.Latex}$")
                |> String.concat ""
            | ExplanationPart.Equation formula -> $"\\[ {formula.Latex} \\]"

        let section section =
            $"\\paragraph{{{escape section.Heading}}}" :: List.map part section.Parts
            |> String.concat "\n"

        $"\\subsection*{{{escape explanation.Title}}}"
        :: List.map section explanation.Sections
        |> String.concat "\n\n"

    /// The equations alone, in their order.
    let equations explanation =
        explanation.Sections
        |> List.collect _.Parts
        |> List.choose (fun part ->
            match part with
            | ExplanationPart.Equation formula -> Some formula
            | ExplanationPart.Sentence _ -> None)
