namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth.Distributed

/// The processes that mpirun started together. All of them do the same; the first one speaks for all.
[<RequireQualifiedAccess>]
module Ranks =

    let private launch = MpiLaunch.Current

    /// Whether mpirun, or its like, started this process.
    let areStarted = launch.Mpi.HasValue

    /// How many there are.
    let count = launch.Size

    /// How many of them share this machine.
    let here = launch.LocalSize

    /// Whether this is the one that prints and writes.
    let isFirst = launch.Rank = 0

    // Open MPI makes standard output look like a terminal, which the runtime would greet with control characters; what other ranks say is not
    // wanted.
    let private takeOver () =
        Environment.SetEnvironmentVariable("TERM", "dumb")

        let writer (stream: Stream) =
            if isFirst then
                new StreamWriter(stream, AutoFlush = true) :> TextWriter
            else
                TextWriter.Null

        Console.SetOut(writer (Console.OpenStandardOutput()))
        Console.SetError(writer (Console.OpenStandardError()))

    /// Runs a program that ends with an exit code and what it complained of. `conclude` says what went wrong on any rank, where this one may
    /// not have heard of it yet, and gives the exit code.
    let run (conclude: string -> int) (work: unit -> int * string option) =
        if areStarted then
            takeOver ()

        try
            if count > 1 then
                ProcessGrid.Current |> ignore

            let code, complaint = work ()

            if ProcessGrid.IsStarted then
                match ProcessGrid.Current.End(Option.toObj complaint), complaint with
                | null, _
                | _, Some _ -> code
                | first, None -> conclude first
            else
                code
        with :? DistributedException as error ->
            conclude error.Message
