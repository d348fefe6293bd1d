namespace FiniteWidth.Benchmarks

open System
open System.Diagnostics
open System.IO

/// This program again, as a process of its own.
[<RequireQualifiedAccess>]
module Child =

    let private program =
        [
            "dotnet"
            Path.Combine(AppContext.BaseDirectory, "FiniteWidth.Benchmarks.dll")
        ]

    /// The lines that it prints, started by a launcher where there is one; or its complaint.
    let lines (launcher: string list) (environment: (string * string) list) (arguments: string list) =
        let words = launcher @ program @ arguments

        let info =
            ProcessStartInfo(words.Head, words.Tail, RedirectStandardOutput = true, RedirectStandardError = true)

        for name, value in environment do
            info.Environment[name] <- value

        use running = Process.Start info |> nonNull
        let errors = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()

        if running.ExitCode = 0 then
            Ok(List.ofArray (output.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        else
            Error(errors.Result.Trim())

    /// The same, line by line a name and a number between which a tab stands.
    let numbers launcher environment arguments =
        lines launcher environment arguments
        |> Result.map (
            List.choose (fun line ->
                match line.Split '\t' with
                | [| name; number |] -> Some(name, float number)
                | _ -> None)
        )
