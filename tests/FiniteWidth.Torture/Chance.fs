namespace FiniteWidth.Torture

open FiniteWidth.Numerics

/// Random choices, all of which follow from a seed and the number of a problem.
[<Sealed>]
type Chance(seed: uint64, problem: int) =

    let stream = RandomStream.FromSeed(seed).Split(int64 problem)

    /// Uniform on [0, 1).
    member _.Uniform() = stream.Uniform()

    /// Whether something of this probability happens.
    member this.Happens probability = this.Uniform() < probability

    /// One of several, equally likely.
    member this.OneOf(items: 'T list) =
        items[min (items.Length - 1) (int (this.Uniform() * float items.Length))]

    /// Even in the logarithm.
    member this.Between low high = low * (high / low) ** this.Uniform()

    /// Standard normal numbers.
    member _.Normal count =
        let row = Matrix.Uninitialized(1n, nativeint count)
        stream.Normal row
        row.Row(0n).ToArray()
