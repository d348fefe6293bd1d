namespace FiniteWidth.Data

open System
open System.Collections.Generic
open FiniteWidth

/// The words of a column, each with a number.
[<Sealed>]
type internal CsvLevels private (known: Dictionary<string, int>, grows: bool) =

    // More words than this are names, or numbers that were taken for words.
    static let most = 1000

    /// Learns the words that it meets.
    new() = CsvLevels(Dictionary StringComparer.Ordinal, true)

    /// The words, sorted.
    member _.Sorted =
        known.Keys
        |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
        |> Array.ofSeq

    /// The same words, and no others.
    member _.Closed() = CsvLevels(known, false)

    /// The number of a word, or what is wrong with it.
    member _.Code(word: string) =
        match known.TryGetValue word with
        | true, code -> Ok code
        | _ when not grows -> Error $"is {Sentence.quote word}, a word that the training table does not have there"
        | _ when known.Count = most -> Error $"has more than {most} different words: leave it out with \"ignore\""
        | _ ->
            known.Add(word, known.Count)
            Ok(known.Count - 1)

    /// Of each number, the place of its word among the sorted ones.
    member this.Ranks =
        let ranks = Array.zeroCreate known.Count
        this.Sorted |> Array.iteri (fun rank word -> ranks[known[word]] <- rank)
        ranks
