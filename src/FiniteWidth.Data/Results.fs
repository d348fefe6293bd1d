namespace FiniteWidth.Data

[<RequireQualifiedAccess>]
module internal Results =

    /// Both values, or the first failure.
    let both (first: Result<'A, 'Failure>) (second: Result<'B, 'Failure>) =
        match first, second with
        | Ok a, Ok b -> Ok(a, b)
        | Error failure, _
        | _, Error failure -> Error failure
