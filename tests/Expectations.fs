namespace FiniteWidth.Testing

open System
open Expecto

/// Expecto's expectations for numbers and texts. They take the place of its own where those let a wrong number pass or
/// hide its digits: open this namespace after Expecto.
module Expect =
    let private show (value: obj) =
        match value with
        | :? float as x -> x.ToString "R"
        | x -> $"%A{x}"

    /// Equality where nan equals nan, alone and inside of arrays, lists and records.
    let equal (actual: 'T) (expected: 'T) message =
        if not (LanguagePrimitives.GenericEqualityER actual expected) then
            match box actual, box expected with
            | (:? float as x), (:? float as y) -> failtest $"{message}. It is {x:R} and should be {y:R}."
            | _ -> Expect.equal actual expected message

    /// |actual - expected| <= tolerance; equal infinities are close, nan is close to nothing.
    let within (tolerance: float) (actual: float) (expected: float) message =
        if not (actual = expected || abs (actual - expected) <= tolerance) then
            failtest $"{message}. It is {actual:R} and should be {expected:R} within {tolerance:R}."

    /// The same, the tolerance in percent of what is expected.
    let withinPercent (percent: float) actual expected message =
        within (0.01 * percent * abs expected) actual expected message

    /// As many numbers as expected, each within the tolerance.
    let allWithin (tolerance: float) (actual: seq<float>) (expected: seq<float>) message =
        Expect.hasLength actual (Seq.length expected) message

        for i, (x, y) in Seq.indexed (Seq.zip actual expected) do
            within tolerance x y $"{message}, number {i}"

    /// The same of matrices.
    let matrixWithin (tolerance: float) (actual: float[,]) (expected: float[,]) message =
        let shape matrix =
            Array2D.length1 matrix, Array2D.length2 matrix

        equal (shape actual) (shape expected) message
        allWithin tolerance (Seq.cast actual) (Seq.cast expected) message

    let private compares relation (holds: 'T -> 'T -> bool) (actual: 'T) (bound: 'T) message =
        if not (holds actual bound) then
            failtest $"{message}. It is {show actual} and should be {relation} {show bound}."

    // Expecto's own accept nan.
    let isLessThan (actual: 'T) bound message =
        compares "less than" (<) actual bound message

    let isLessThanOrEqual (actual: 'T) bound message =
        compares "at most" (<=) actual bound message

    /// low <= actual <= high
    let isInRange (actual: 'T) low high message =
        compares "at least" (>=) actual low message
        compares "at most" (<=) actual high message

    let stringLacks (subject: string) (part: string) message =
        if subject.Contains part then
            failtest $"{message}. It should not contain \"{part}\" and is \"{subject}\"."

    /// The action raises this exception, and its message contains the part.
    let throwsSaying<'Exception when 'Exception :> exn> (action: unit -> unit) (part: string) message =
        let raised =
            try
                action ()
                None
            with error ->
                Some error

        match raised with
        | Some(:? 'Exception as error) -> Expect.stringContains error.Message part message
        | Some error -> failtest $"{message}. It should raise {typeof<'Exception>.Name} and raises {error}."
        | None -> failtest $"{message}. It should raise {typeof<'Exception>.Name} and raises nothing."
