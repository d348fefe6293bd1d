namespace FiniteWidth.Cli

open System
open Spectre.Console

/// Where tables and progress go: plain text unless the stream is a terminal.
[<RequireQualifiedAccess>]
module Terminal =

    // Wide enough for any table: what reads a pipe does not wrap lines.
    let private pipeWidth = 1000

    let private console (writer: IO.TextWriter) redirected =
        let settings = AnsiConsoleSettings(Out = AnsiConsoleOutput writer)

        if
            redirected
            || not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable "NO_COLOR"))
        then
            settings.Ansi <- AnsiSupport.No
            settings.ColorSystem <- ColorSystemSupport.NoColors
            settings.Interactive <- InteractionSupport.No

        let console = AnsiConsole.Create settings

        if redirected then
            console.Profile.Width <- pipeWidth

        console

    /// A table under a line that says what it is, its columns aligned to the right.
    let table (title: string) (columns: (string * string list) list) =
        let border =
            if Console.IsOutputRedirected then
                TableBorder.Ascii2
            else
                TableBorder.Rounded

        let table = Table(Border = border)

        for name, _ in columns do
            table.AddColumn(TableColumn(Markup.Escape name).RightAligned()) |> ignore

        for row in columns |> List.map snd |> List.transpose do
            table.AddRow(row |> List.map Markup.Escape |> Array.ofList) |> ignore

        Console.Out.WriteLine title
        (console Console.Out Console.IsOutputRedirected).Write table

    /// Runs steps with a progress bar on standard error where that is a terminal.
    let withProgress description count (run: (unit -> unit) -> 'a) =
        if Console.IsErrorRedirected then
            run ignore
        else
            let mutable outcome = None

            (console Console.Error false)
                .Progress()
                .AutoClear(true)
                .Start(fun context ->
                    let task = context.AddTask(Markup.Escape description, maxValue = float count)
                    outcome <- Some(run (fun () -> task.Increment 1.0)))

            outcome.Value
