namespace FiniteWidth.Cli

open System
open System.Runtime.InteropServices
open System.Threading

/// Work that a signal ends soon, whatever it is in the middle of.
[<RequireQualifiedAccess>]
module Interruptible =

    let private stackBytes = 1 <<< 24

    module private Native =

        [<DllImport("libc")>]
        extern void _exit(int code)

    let mutable private isAbandoned = false

    /// Ends the program, also where a thread still computes: an ordinary exit waits for the threads of the linear algebra, which may wait for each
    /// other then.
    let endProgram (code: int) =
        if isAbandoned && not (OperatingSystem.IsWindows()) then
            Console.Out.Flush()
            Console.Error.Flush()
            Native._exit code

        code

    /// Runs what listens to a token that SIGINT and SIGTERM cancel on a thread of its own. After a signal it has the patience to end by itself; nothing
    /// is returned where it does not: the program ends by `endProgram` then.
    let run (patience: TimeSpan) (work: CancellationToken -> 'T) : 'T option =
        Stoppable.run (fun token ->
            let mutable outcome: Result<'T, exn> option = None

            let thread =
                Thread(
                    (fun () ->
                        outcome <-
                            try
                                Some(Ok(work token))
                            with error ->
                                Some(Error error)),
                    stackBytes,
                    IsBackground = true
                )

            thread.Start()

            while not (thread.Join 50) && not token.IsCancellationRequested do
                ()

            thread.Join patience |> ignore

            match Volatile.Read(&outcome) with
            | Some(Ok value) -> Some value
            | Some(Error error) ->
                Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(error).Throw()
                None
            | None ->
                isAbandoned <- true
                None)
