namespace FiniteWidth

/// What can go wrong in an ordinary day: each case holds what a user needs in order to mend it.
type Failure =
    /// Data that no theory can be asked about: a wrong shape, a NaN, no examples.
    | BadData of what: string
    /// A file that cannot be read as what it was said to be.
    | BadFile of path: string * what: string
    /// A network, prior, width or temperature outside its domain.
    | BadNetwork of what: string
    /// K has `rank` < `size` and T = 0: its inverse does not exist.
    | SingularKernel of rank: int * size: int
    /// No order parameters make the action stationary to the accuracy that was asked for.
    | NoSaddle of what: string
    /// A quantity cannot be computed to the accuracy that was asked for.
    | Inaccurate of what: string
    /// A combination that the chosen theory does not describe.
    | Unsupported of what: string

/// A failure raised as an exception, for scripts and for C#: its message is the failure's one sentence.
exception FailureException of failure: Failure * text: string with
    override this.Message = this.text

[<RequireQualifiedAccess>]
module Failure =

    /// The failure in one sentence: what is wrong, where, and what would be right.
    let message failure =
        match failure with
        | BadData what
        | BadNetwork what
        | NoSaddle what
        | Inaccurate what
        | Unsupported what -> what
        | BadFile(path, what) -> $"{path}: {what}"
        | SingularKernel(rank, size) ->
            $"The kernel of the {size} training examples has rank {rank} and T = 0 needs its inverse: use T > 0, or remove repeated or linearly dependent examples."

    /// Raises the failure as an exception that carries its sentence.
    let fail failure =
        raise (FailureException(failure, message failure))

    /// The value, or the failure raised as an exception: for scripts, where the first sentence is all one needs.
    let get result =
        match result with
        | Ok value -> value
        | Error failure -> fail failure
