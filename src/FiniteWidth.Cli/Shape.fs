namespace FiniteWidth.Cli

/// Which values of a job are in order, as far as one value alone tells.
[<RequireQualifiedAccess>]
type Shape =
    | Text
    | Choice of string list
    | Boolean
    | Number
    /// Above 0.
    | Positive
    /// From 0 upwards.
    | NotNegative
    /// A whole number that is at least `least`.
    | Integer of least: int
    | List of item: Shape * least: int
    | Nullable of Shape
    | AnyOf of Shape list
    /// An object that has the keys of one of these lists.
    | Object of Key list list

/// A key of an object.
and Key =
    {
        Name: string
        Required: bool
        Shape: Shape
        /// What it is, in a few words.
        Meaning: string
    }
