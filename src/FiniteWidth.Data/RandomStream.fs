namespace FiniteWidth.Data

open System
open FiniteWidth.Numerics

/// Stands in for the stream of FiniteWidth.Numerics behind the same calls.
[<Sealed>]
type internal RandomStream private (key: uint64) =
    static let mix (state: uint64) =
        let z = (state ^^^ (state >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    let word (i: int64) =
        mix (key + uint64 (i + 1L) * 0x9E3779B97F4A7C15UL)

    let uniform i =
        float (word i >>> 11) / 9007199254740992.0

    static member FromSeed(seed: uint64) = RandomStream(mix (seed + 1UL))
    member _.Split(index: int64) = RandomStream(mix (word (-2L - index)))

    member _.Normal(target: Matrix) =
        for i in 0n .. target.Rows - 1n do
            let row = target.Row i

            for j in 0 .. row.Length - 1 do
                let k = int64 i * int64 row.Length + int64 j

                row[j] <-
                    sqrt (-2.0 * log (1.0 - uniform (2L * k)))
                    * cos (2.0 * Math.PI * uniform (2L * k + 1L))

    member _.Integers(bound: int, target: Span<int>) =
        for i in 0 .. target.Length - 1 do
            target[i] <- int (word (int64 i) % uint64 bound)

    member _.Shuffle(items: Span<int>) =
        for i in items.Length - 1 .. -1 .. 1 do
            let j = int (word (int64 i) % uint64 (i + 1))
            let item = items[i]
            items[i] <- items[j]
            items[j] <- item
