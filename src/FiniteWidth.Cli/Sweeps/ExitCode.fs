namespace FiniteWidth.Cli

/// What the program tells the shell.
[<RequireQualifiedAccess>]
module ExitCode =

    let done' = 0

    /// Some tasks of a sweep failed or are missing; the others are there.
    let incomplete = 1

    /// Refused in one sentence.
    let refused = 2

    /// A share of a sweep was told to stop, and the same command goes on: EX_TEMPFAIL, for which Slurm can be told to queue a task again.
    let interrupted = 75

    /// 128 + SIGINT, as shells have it.
    let stopped = 130
