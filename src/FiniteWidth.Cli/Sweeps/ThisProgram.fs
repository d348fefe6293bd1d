namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices

/// This program, run again as another process.
[<RequireQualifiedAccess>]
module ThisProgram =

    module private Native =

        [<DllImport("libc")>]
        extern int kill(int pid, int signal)

    let private sigterm = 15

    /// The words that start it: the tool itself, or dotnet with the assembly.
    let command =
        let host = Environment.ProcessPath |> Option.ofObj |> Option.defaultValue "dotnet"

        match Path.GetFileNameWithoutExtension host with
        | "dotnet" -> [ host; typeof<Provenance>.Assembly.Location ]
        | _ -> [ host ]

    /// What starts it with these arguments, its output redirected.
    let start (environment: (string * string) list) (arguments: string list) =
        let info =
            ProcessStartInfo(
                List.head command,
                List.tail command @ arguments,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        for name, value in environment do
            info.Environment[name] <- value

        nonNull (Process.Start info)

    /// Asks a process to stop.
    let stop (child: Process) =
        try
            if not child.HasExited then
                if OperatingSystem.IsWindows() then
                    child.Kill()
                else
                    Native.kill (child.Id, sigterm) |> ignore
        with :? InvalidOperationException ->
            ()
