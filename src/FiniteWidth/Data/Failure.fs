namespace FiniteWidth

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
exception FailureException of Failure: Failure with
    override this.Message = this.Failure.Message

/// Steps that may fail, one after the other: `result { let! a = ... }` stops at the first failure.
[<Sealed>]
type ResultBuilder internal () =
    member _.Return value = Ok value
    member _.ReturnFrom(value: Result<_, Failure>) = value
    member _.Bind(value: Result<_, Failure>, next) = Result.bind next value
    member _.Zero() = Ok()
    member _.Delay f = f
    member _.Run f = f ()
    member _.Combine(first: Result<unit, Failure>, next) = Result.bind next first

[<AutoOpen>]
module ResultExtensions =

    /// Steps that may fail, one after the other.
    let result = ResultBuilder()

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
