namespace FiniteWidth.Cli

open FiniteWidth

/// Where a command's result goes, and how much is told besides.
type Delivery =
    {
        /// A file or a folder in place of standard output.
        Output: string option
        /// JSON where there is a choice.
        AsJson: bool
        Quiet: bool
        /// Standard output is read by a person.
        IsTerminal: bool
    }

[<RequireQualifiedAccess>]
module Delivery =

    /// Runs a command, as quietly as is wanted.
    let during delivery work =
        if delivery.Quiet then
            Terminal.quietly delivery.Output.IsNone work
        else
            work ()

    /// Writes a text to the file, where there is one; what is left to print.
    let text delivery (text: string) =
        match delivery.Output with
        | Some file -> AtomicFile.writeText file (text + "\n") |> Result.map (fun () -> None)
        | None -> Ok(Some text)

    /// The same of a JSON document, in whose place a person at a terminal gets what `show` makes of it.
    let document delivery show json =
        text delivery json
        |> Result.bind (fun rest ->
            if delivery.IsTerminal && not delivery.AsJson then
                show json
            else
                Ok rest)

    /// What is left to print of a text that also went to a folder.
    let besideFolder delivery (text: string) =
        if delivery.Quiet && delivery.Output.IsSome then
            None
        else
            Some text

    /// The same, in whose place a person at a terminal gets what `show` makes of it.
    let documentBesideFolder delivery show json =
        match besideFolder delivery json with
        | Some json when delivery.IsTerminal && not delivery.AsJson -> show json
        | rest -> Ok rest
