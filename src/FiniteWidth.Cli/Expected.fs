namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Distributed

/// Exceptions that are not bugs: what the outside world, or an impossible request, makes of a computation.
[<RequireQualifiedAccess>]
module Expected =

    let rec private failure (error: exn) =
        match error with
        | :? OutOfMemoryException ->
            Some(BadData "The kernels do not fit into the memory of this machine: use fewer examples.")
        | :? UnauthorizedAccessException
        | :? IOException -> Some(Unsupported $"Reading or writing failed ({error.Message.TrimEnd '.'}).")
        | :? AggregateException as e ->
            let inner = e.Flatten().InnerExceptions |> Seq.map failure |> List.ofSeq

            if List.forall Option.isSome inner then
                List.tryPick id inner
            else
                None
        | :? DistributedException -> Some(Unsupported error.Message)
        | _ -> Failures.translate error

    /// The failure that an exception stands for, where it is not a bug.
    let (|Failure|_|) (error: exn) = failure error
