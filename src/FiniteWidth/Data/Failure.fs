namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What can go wrong in an ordinary day: each case holds what a user needs in order to mend it.
type Failure =
    /// Data that no theory can be asked about: a wrong shape, a NaN, no examples.
    | BadData of What: string
    /// A file that cannot be read as what it was said to be.
    | BadFile of Path: string * What: string
    /// A network, prior, width or temperature outside its domain.
    | BadNetwork of What: string
    /// K has rank Rank < Size and T = 0: its inverse does not exist.
    | SingularKernel of Rank: int * Size: int
    /// No order parameters make the action stationary to the accuracy that was asked for.
    | NoSaddle of What: string
    /// A quantity cannot be computed to the accuracy that was asked for.
    | Inaccurate of What: string
    /// A combination that the chosen theory does not describe.
    | Unsupported of What: string

    /// The failure in one sentence of at most `Sentence.longest` characters: what is wrong, where, and what would be right.
    member this.Message = this.Sentence |> Sentence.shorten Sentence.longest

    member private this.Sentence =
        match this with
        | BadData what
        | BadNetwork what
        | NoSaddle what
        | Inaccurate what
        | Unsupported what -> what
        | BadFile(path, what) -> $"{Sentence.shorten 160 path}: {what}"
        | SingularKernel(rank, size) ->
            $"The kernel of the {size} training examples has rank {rank} and T = 0 needs its inverse: use T > 0, or remove repeated or linearly dependent examples."

/// A failure raised as an exception, for scripts and for C#: its message is the failure's one sentence.
exception FailureException of
    /// What failed.
    Failure: Failure with
    override this.Message = this.Failure.Message

/// Failures made of what is not a failure by itself: exceptions that no bug raises, and factorisations that do not exist.
[<RequireQualifiedAccess>]
module Failures =

    /// The failure that an exception stands for, where it is not a bug.
    let rec translate (error: exn) =
        match error with
        | FailureException failure -> Some failure
        | :? InaccurateKernelException -> Some(Inaccurate error.Message)
        | :? AggregateException as e ->
            // Threads that fail together fail for the same reason; one that fails for none of these is a bug.
            let inner = e.Flatten().InnerExceptions |> Seq.map translate |> List.ofSeq

            if List.forall Option.isSome inner then
                List.tryPick id inner
            else
                None
        // The eigenvalue solvers say so when they do not converge; other arithmetic exceptions have types of their own.
        | :? ArithmeticException when error.GetType() = typeof<ArithmeticException> -> Some(Inaccurate error.Message)
        | _ -> None

    let private (|Known|_|) error = translate error

    /// What the steps give, with the exceptions that stand for failures made into them.
    let catch (steps: unit -> Result<'T, Failure>) =
        try
            steps ()
        with Known failure ->
            Error failure

    /// T is too small against the rounding of a kernel that is nearly singular.
    let lost (temperature: float) =
        Inaccurate
            $"T = {temperature} is lost in the rounding of the training examples' kernel, which is nearly singular: raise T, rescale the inputs, or remove repeated or linearly dependent examples."

    /// Why A = T I + K, K of this rank to rounding, has no inverse.
    let singular temperature rank size =
        if temperature > 0.0 then
            lost temperature
        else
            SingularKernel(rank, size)

    /// What the iterative solver, which knows no eigenvectors, leaves out.
    let needsEigenvectors what =
        Unsupported
            $"{what} needs the eigenvectors of the kernel, which the iterative solver does not compute: use the solver \"direct\" where its P x P doubles fit into memory."

    /// T is too small against the rounding of a kernel in single precision.
    let lostInSingle (temperature: float) =
        Inaccurate
            $"T = {temperature} is lost in the rounding of the training examples' kernel to single precision, in which the iterative solver keeps it: raise T, or use the solver \"direct\"."

    /// The targets or what becomes of them exceed the range of doubles.
    let beyondDoubles =
        Inaccurate
            "The targets are beyond what doubles can hold in squares and predictions: rescale the targets, the inputs or the priors."

/// Steps that may fail, one after the other: `result { let! a = ... }` stops at the first failure.
[<Sealed>]
type ResultBuilder internal () =
    /// return
    member _.Return value = Ok value
    /// return!
    member _.ReturnFrom(value: Result<_, Failure>) = value
    /// let!
    member _.Bind(value: Result<_, Failure>, next) = Result.bind next value
    /// Nothing to return.
    member _.Zero() = Ok()
    /// What follows, not yet run.
    member _.Delay f = f
    /// Runs what was delayed.
    member _.Run f = f ()
    /// One step after the other, the second where the first succeeded.
    member _.Combine(first: Result<unit, Failure>, next) = Result.bind next first

/// Results: traversed, combined, and raised where they failed.
[<AutoOpen>]
module ResultExtensions =

    /// Steps that may fail, one after the other.
    let result = ResultBuilder()

    /// Results: traversed, combined, and raised where they failed.
    [<RequireQualifiedAccess>]
    module Result =

        /// The value, or the failure raised as an exception: for scripts, where the first sentence is all one needs.
        let orFail result =
            match result with
            | Ok value -> value
            | Error failure -> raise (FailureException failure)

        /// The values in order, or the first failure; what comes after a failure is not computed.
        let traverse (f: 'a -> Result<'b, Failure>) (items: 'a seq) =
            let rec collect values remaining =
                match remaining with
                | [] -> Ok(List.rev values)
                | item :: rest ->
                    match f item with
                    | Ok value -> collect (value :: values) rest
                    | Error failure -> Error failure

            collect [] (List.ofSeq items)
