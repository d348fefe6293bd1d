namespace FiniteWidth.Cli

open System
open Spectre.Console

/// Where tables and progress go: plain text unless the stream is a terminal.
[<RequireQualifiedAccess>]
module Terminal =

    let private console (writer: IO.TextWriter) redirected =
        let settings = AnsiConsoleSettings(Out = AnsiConsoleOutput writer)

        if redirected || not (String.IsNullOrEmpty(Environment.GetEnvironmentVariable "NO_COLOR")) then
            settings.Ansi <- AnsiSupport.No
            settings.ColorSystem <- ColorSystemSupport.NoColors
            settings.Interactive <- InteractionSupport.No

        let console = AnsiConsole.Create settings

        if redirected then
            console.Profile.Width <- 160

        console

    let private output = lazy (console Console.Out Console.IsOutputRedirected)

    /// A table with a title, its columns aligned to the right.
    let table (title: string) (columns: string list) (rows: string list list) =
        let border = if Console.IsOutputRedirected then TableBorder.Ascii2 else TableBorder.Rounded
        let table = Table(Border = border, Title = TableTitle(Markup.Escape title))

        for column in columns do
            table.AddColumn(TableColumn(Markup.Escape column).RightAligned()) |> ignore

        for row in rows do
            table.AddRow(row |> List.map Markup.Escape |> Array.ofList) |> ignore

        output.Value.Write table

    let line (text: string) = Console.Out.WriteLine text

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
