namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// What the synthetic teachers have in common. Every quantity has a stream of its own, so that more test examples, or more
/// noise, leave everything else as it was; and streams fill row by row, so that more examples leave the first ones as they were.
[<RequireQualifiedAccess>]
module internal Draw =

    /// A matrix of independent N(0, 1) entries.
    let normal rows columns (stream: RandomStream) =
        let result = Matrix.Uninitialized(nativeint rows, nativeint columns)
        stream.Normal result
        result

    /// A column of fair coins, -1 and +1.
    let signs count (stream: RandomStream) =
        let coins = Array.zeroCreate<int> count
        stream.Integers(2, coins.AsSpan())
        Matrix.Create(nativeint count, 1n, fun mu _ -> float (2 * coins[int mu] - 1))

    /// x . w in a fixed order of summation: the same on every machine.
    let dot (x: Span<float>) (w: Span<float>) =
        let mutable a, b, c, d = 0.0, 0.0, 0.0, 0.0
        let mutable i = 0

        while i + 3 < x.Length do
            a <- a + x[i] * w[i]
            b <- b + x[i + 1] * w[i + 1]
            c <- c + x[i + 2] * w[i + 2]
            d <- d + x[i + 3] * w[i + 3]
            i <- i + 4

        while i < x.Length do
            a <- a + x[i] * w[i]
            i <- i + 1

        (a + b) + (c + d)

    /// The column f(x_mu) + noise xi_mu, xi_mu ~ N(0, 1).
    let noisy noise (stream: RandomStream) (f: nativeint -> float) count =
        let xi = normal count 1 stream
        let values = Array.Parallel.init count (fun mu -> f (nativeint mu))
        Matrix.Create(nativeint count, 1n, fun mu _ -> values[int mu] + noise * xi[mu, 0n])

    let private positive what count =
        if count < 1 then
            Error(BadData $"The number of {what} is {count}: it must be at least 1.")
        else
            Ok()

    let private noiseLevel noise =
        if Double.IsFinite noise && noise >= 0.0 then
            Ok()
        else
            Error(BadData $"The noise is {noise}: it is a standard deviation, finite and not negative.")

    /// Fails unless the counts are positive and the noise is a standard deviation.
    let check counts noise =
        (Ok(), counts)
        ||> List.fold (fun checkedSoFar (what, count) -> checkedSoFar |> Result.bind (fun () -> positive what count))
        |> Result.bind (fun () -> noiseLevel noise)

    /// The two sets of P and Ptest examples as a split.
    let split (train: Matrix * Matrix) (test: Matrix * Matrix) =
        Results.both (train ||> DataSet.create) (test ||> DataSet.create)
        |> Result.bind (fun (train, test) -> Split.create train test)

    /// Training and test sets of Gaussian inputs, with targets drawn by `label` from a set's own stream and its inputs.
    let gaussian inputs train test (stream: RandomStream) (label: RandomStream -> Matrix -> Matrix) =
        let set index count =
            let stream = stream.Split index
            let x = normal count inputs (stream.Split 0L)
            x, label (stream.Split 1L) x

        split (set 0L train) (set 1L test)
