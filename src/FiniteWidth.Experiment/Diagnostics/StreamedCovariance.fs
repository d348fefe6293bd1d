namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// Mean and covariance of quantities whose draws are not kept (Welford), in memory of their number squared.
[<Sealed>]
type StreamedCovariance(quantities: int) =

    let mean: float[] = Array.zeroCreate quantities
    let away: float[] = Array.zeroCreate quantities
    // Rows of the lower triangle.
    let products: float[][] = Array.init quantities (fun i -> Array.zeroCreate (i + 1))

    /// How many quantities there are.
    member _.Quantities = quantities
    /// How many draws have been added.
    member val Count = 0L with get, set
    /// Their means.
    member _.Mean = mean
    member internal _.Products = products

    /// Adds a draw of every quantity.
    member this.Add(values: float[]) =
        this.Count <- this.Count + 1L
        let weight = 1.0 / float this.Count

        for k in 0 .. quantities - 1 do
            away[k] <- values[k] - mean[k]
            mean[k] <- mean[k] + weight * away[k]

        for i in 0 .. quantities - 1 do
            VectorArithmetic.AddScaled(ReadOnlySpan(away, 0, i + 1), away[i] * (1.0 - weight), Span products[i])

    /// The draws of another stream of the same quantities added to this one's (Chan, Golub and LeVeque).
    member this.Merge(other: StreamedCovariance) =
        if other.Count > 0L then
            let count = this.Count + other.Count
            let share = float other.Count / float count

            for k in 0 .. quantities - 1 do
                away[k] <- other.Mean[k] - mean[k]
                mean[k] <- mean[k] + share * away[k]

            for i in 0 .. quantities - 1 do
                let row = Span products[i]
                VectorArithmetic.AddScaled(ReadOnlySpan other.Products[i], 1.0, row)

                VectorArithmetic.AddScaled(ReadOnlySpan(away, 0, i + 1), away[i] * float this.Count * share, row)

            this.Count <- count

    /// The covariance of quantities i and j.
    member this.Covariance(i: int, j: int) =
        products[max i j][min i j] / float (this.Count - 1L)
