namespace FiniteWidth.Cli

open System
open System.Diagnostics
open FiniteWidth
open FiniteWidth.Experiment
open Spectre.Console

/// Where tables and progress go: plain text unless the stream is a terminal.
[<RequireQualifiedAccess>]
module Terminal =

    let mutable private tellsProgress = true
    let mutable private showsTables = true

    /// Runs work that tells nothing of its progress, and shows no tables either where these are not wanted.
    let quietly tables (work: unit -> 'a) =
        try
            tellsProgress <- false
            showsTables <- tables
            work ()
        finally
            tellsProgress <- true
            showsTables <- true

    /// A line of progress on standard error, where progress is told.
    let note (sentence: string) =
        if tellsProgress then
            Console.Error.WriteLine sentence

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

    // The columns beside each other as far as a line is long, the first one repeated in each part.
    let private parts width (columns: (string * string list) list) =
        // A border and a space on either side.
        let room (name: string, values: string list) =
            3 + List.max (name.Length :: List.map String.length values)

        let first = columns.Head

        let rec fill (part: (string * string list) list) used rest =
            match rest with
            | [] -> [ List.rev part ]
            | column :: others when used + room column <= width || part.Length < 2 ->
                fill (column :: part) (used + room column) others
            | _ -> List.rev part :: fill [ first ] (1 + room first) rest

        fill [ first ] (1 + room first) columns.Tail

    let private printTable (title: string) (columns: (string * string list) list) =
        let border =
            if Console.IsOutputRedirected then
                TableBorder.Ascii2
            else
                TableBorder.Rounded

        let console = console Console.Out Console.IsOutputRedirected
        Console.Out.WriteLine title

        for columns in parts console.Profile.Width columns do
            let table = Table(Border = border)

            for name, _ in columns do
                table.AddColumn(TableColumn(Markup.Escape name).RightAligned()) |> ignore

            for row in columns |> List.map snd |> List.transpose do
                table.AddRow(row |> List.map Markup.Escape |> Array.ofList) |> ignore

            console.Write table

    /// A table under a line that says what it is, its columns aligned to the right.
    let table title columns =
        if showsTables then
            printTable title columns

    // Lines of progress in a log this far apart; what takes no longer than the silence needs none.
    let private logSeconds, private silence = 30.0, 120.0

    let private duration (time: TimeSpan) =
        if time.TotalHours >= 1.0 then
            $"{int time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}"
        else
            $"{time.Minutes}:{time.Seconds:D2}"

    // So many of so many steps, now and then, from whichever thread has taken one; a second round of them is counted anew.
    let private logSteps (description: string) (count: int) (run: (unit -> unit) -> 'a) =
        let clock = Stopwatch.StartNew()
        let gate = obj ()
        let mutable taken = 0
        let mutable next = silence

        run (fun () ->
            lock gate (fun () ->
                taken <- taken + 1

                if clock.Elapsed.TotalSeconds >= next then
                    next <- clock.Elapsed.TotalSeconds + logSeconds

                    Console.Error.WriteLine
                        $"{description}: {1 + (taken - 1) % count} of {count}, {duration clock.Elapsed} so far"))

    /// Runs steps with a progress bar on standard error where that is a terminal, otherwise with a line now and then.
    let withProgress description count (run: (unit -> unit) -> 'a) =
        if not tellsProgress then
            run ignore
        elif Console.IsErrorRedirected then
            logSteps description count run
        else
            let mutable outcome = None

            (console Console.Error false)
                .Progress()
                .AutoClear(true)
                .Start(fun context ->
                    let task = context.AddTask(Markup.Escape description, maxValue = float count)
                    outcome <- Some(run (fun () -> task.Increment 1.0)))

            outcome.Value

    let private sentence (progress: RunProgress) =
        let phase = if progress.WarmingUp then "warming up, " else ""
        $"{phase}{progress.Rate:G3} iterations/s, {duration progress.Remaining} left"

    // Lines of progress of one answer this far apart.
    let private noteSeconds = 10.0

    /// Tells on standard error what is decided, after the name of what it is about, and now and then how far chains are.
    let withNotes (run: (string -> AutoProgress -> unit) -> 'a) =
        let clock = Stopwatch.StartNew()
        let mutable next = noteSeconds

        let say (name: string) (what: string) =
            Console.Error.WriteLine $"{name}: {what}"

        run (fun name progress ->
            match progress with
            | _ when not tellsProgress -> ()
            | AutoProgress.Decided sentence ->
                next <- clock.Elapsed.TotalSeconds + noteSeconds
                say name sentence
            | AutoProgress.Sampling(share, remaining) when clock.Elapsed.TotalSeconds >= next ->
                next <- clock.Elapsed.TotalSeconds + noteSeconds
                say name $"{100.0 * share:F0}%% sampled, {duration remaining} left"
            | AutoProgress.Sampling _ -> ())

    // Products of a kernel with a block that an answer usually takes.
    let private usualProducts = 24

    /// Tells on standard error how far the iterative solver is: what it says of itself at once, progress now and then.
    let withIterative (run: (IterativeProgress -> unit) -> 'a) =
        let clock = Stopwatch.StartNew()
        let mutable next = noteSeconds
        let say (what: string) = Console.Error.WriteLine what

        let later what =
            if clock.Elapsed.TotalSeconds >= next then
                next <- clock.Elapsed.TotalSeconds + noteSeconds
                say what

        run (fun progress ->
            match progress with
            | _ when not tellsProgress -> ()
            | IterativeProgress.Stated sentence -> say sentence
            | IterativeProgress.Kernel(share, remaining) ->
                later $"kernel: {100.0 * share:F0}%%, {duration remaining} left"
            | IterativeProgress.Products(steps, vectors, each) ->
                let left =
                    if steps < usualProducts then
                        $", about {duration (each * float (usualProducts - steps))} left"
                    else
                        ""

                later
                    $"product {steps} of the kernel with a block, {vectors} vectors, {each.TotalSeconds:F1} s each{left}")

    /// Tells of `count` sampling runs, each of which reports its progress by its number and name: a bar a run on standard error where that is a
    /// terminal, otherwise a line now and then.
    let withReports count (run: (int -> string -> RunProgress -> unit) -> 'a) =
        let share (progress: RunProgress) =
            float progress.Iterations / float progress.Total

        if not tellsProgress then
            run (fun _ _ _ -> ())
        elif Console.IsErrorRedirected then
            let clock = Stopwatch.StartNew()
            let mutable next = logSeconds

            run (fun i name progress ->
                if clock.Elapsed.TotalSeconds >= next then
                    next <- clock.Elapsed.TotalSeconds + logSeconds

                    Console.Error.WriteLine(
                        $"{i + 1} of {count}, {name}: {100.0 * share progress:F0}%%, {sentence progress}"
                    ))
        else
            let mutable outcome = None

            (console Console.Error false)
                .Progress()
                .AutoClear(true)
                .Columns(TaskDescriptionColumn(Alignment = Justify.Left), ProgressBarColumn(), PercentageColumn())
                .Start(fun context ->
                    let tasks = System.Collections.Generic.Dictionary<int, ProgressTask>()

                    outcome <-
                        Some(
                            run (fun i name progress ->
                                if not (tasks.ContainsKey i) then
                                    tasks.Add(i, context.AddTask(Markup.Escape name, maxValue = 1.0))

                                tasks[i].Value <- share progress

                                tasks[i].Description <-
                                    Markup.Escape $"{i + 1} of {count}, {name}: {sentence progress}")
                        ))

            outcome.Value
