namespace FiniteWidth.Cli

open System.Runtime.InteropServices
open System.Threading

/// How a command that can be told to stop has ended, with what it prints.
[<RequireQualifiedAccess>]
type Outcome =
    | Finished of text: string
    /// Told to stop; without a text where there was not enough for any result.
    | Stopped of text: string option

/// Commands that SIGINT (Ctrl-C) and SIGTERM end with what there is.
[<RequireQualifiedAccess>]
module Stoppable =

    /// Runs what listens to a token that these signals cancel.
    let run (work: CancellationToken -> 'a) =
        use source = new CancellationTokenSource()

        let stop (context: PosixSignalContext) =
            context.Cancel <- true
            source.Cancel()

        use _ = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop)
        use _ = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop)
        work source.Token
