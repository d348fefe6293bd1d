namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Numerics

/// Exceptions that are not bugs: what the outside world, or an impossible request, makes of a computation.
[<RequireQualifiedAccess>]
module Expected =

    let rec private failure (error: exn) =
        match error with
        | FailureException failure -> Some failure
        | :? InaccurateKernelException as e -> Some(Inaccurate e.Message)
        | :? OutOfMemoryException ->
            Some(BadData "The kernels do not fit into the memory of this machine: use fewer examples.")
        | :? UnauthorizedAccessException
        | :? IOException -> Some(Unsupported $"Reading or writing failed ({error.Message.TrimEnd '.'}).")
        | :? AggregateException as e ->
            // Threads that fail together fail for the same reason; one that fails for none of these is a bug.
            let inner = e.Flatten().InnerExceptions |> Seq.map failure |> List.ofSeq

            if List.forall Option.isSome inner then
                List.tryPick id inner
            else
                None
        // The eigenvalue solvers say so when they do not converge; other arithmetic exceptions have types of their own.
        | :? ArithmeticException when error.GetType() = typeof<ArithmeticException> -> Some(Inaccurate error.Message)
        | _ -> None

    /// The failure that an exception stands for, where it is not a bug.
    let (|Failure|_|) (error: exn) = failure error
