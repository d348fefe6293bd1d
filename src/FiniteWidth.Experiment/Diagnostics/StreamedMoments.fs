namespace FiniteWidth.Experiment

open FiniteWidth

/// Mean, variance and batch means of quantities whose draws are not kept, of one chain: memory does not grow with the draws.
/// Between 64 and 128 batches follow each other; when there are 128, neighbours are merged and batches last twice as long.
[<Sealed>]
type StreamedMoments internal (quantities: int) =

    static let most = 128

    let mean: float[] = Array.zeroCreate quantities
    let squares: float[] = Array.zeroCreate quantities
    let pending: float[] = Array.zeroCreate quantities
    let batches: float[][] = Array.init most (fun _ -> Array.zeroCreate quantities)

    let halve (filled: int) =
        for b in 0 .. filled / 2 - 1 do
            let target, first, second = batches[b], batches[2 * b], batches[2 * b + 1]

            for k in 0 .. quantities - 1 do
                target[k] <- 0.5 * (first[k] + second[k])

    /// How many quantities there are.
    member _.Quantities = quantities
    /// How many draws have been added.
    member val Count = 0L with get, set
    /// Their means.
    member _.Mean = mean
    /// The sums of their squared distances from the mean.
    member _.Squares = squares
    /// How many batches are complete.
    member val Filled = 0 with get, set
    /// Draws in a batch.
    member val BatchLength = 1L with get, set
    member internal _.Batches = batches
    member internal _.Pending = pending
    member val internal PendingCount = 0L with get, set

    /// Adds a draw of every quantity, from the entry `offset` of an array on.
    member this.Add(values: float[], offset: int) =
        this.Count <- this.Count + 1L
        let weight = 1.0 / float this.Count

        for k in 0 .. quantities - 1 do
            let value = values[offset + k]
            let away = value - mean[k]
            mean[k] <- mean[k] + weight * away
            squares[k] <- squares[k] + away * (value - mean[k])
            pending[k] <- pending[k] + value

        this.PendingCount <- this.PendingCount + 1L

        if this.PendingCount = this.BatchLength then
            let batch = batches[this.Filled]

            for k in 0 .. quantities - 1 do
                batch[k] <- pending[k] / float this.BatchLength
                pending[k] <- 0.0

            this.PendingCount <- 0L
            this.Filled <- this.Filled + 1

            if this.Filled = most then
                halve most
                this.Filled <- most / 2
                this.BatchLength <- 2L * this.BatchLength

/// Moments of quantities whose draws are not kept.
[<RequireQualifiedAccess>]
module StreamedMoments =

    /// Moments of this many quantities, of which nothing is known yet.
    let create quantities = StreamedMoments quantities

    /// The diagnosis of quantity k from the streams of chains of equal length. The effective number of draws follows from the
    /// variance of the batch means about the mean of all chains: its relative error is sqrt(2/batches), and it is an upper bound as
    /// long as batches are shorter than the autocorrelation time.
    let diagnose name k (chains: StreamedMoments[]) =
        let count = float chains[0].Count

        if chains |> Array.exists (fun c -> c.Count <> chains[0].Count) then
            raise (FailureException(BadData "Streams of chains of different lengths cannot be compared."))

        if count < float Draws.shortest then
            raise (
                FailureException(BadData $"Each chain has {count} draws: a diagnosis needs at least {Draws.shortest}.")
            )

        let means = chains |> Array.map (fun c -> c.Mean[k])
        let mean = Array.average means
        let total = count * float chains.Length

        let within = chains |> Array.averageBy (fun c -> c.Squares[k] / (count - 1.0))

        let all =
            (chains
             |> Array.sumBy (fun c ->
                 let away = c.Mean[k] - mean
                 c.Squares[k] + count * away * away))
            / (total - 1.0)

        let batches =
            chains
            |> Array.collect (fun c -> Array.init c.Filled (fun b -> c.Batches[b][k] - mean))

        // The long-run variance: of a mean of n draws it is sigma^2/n.
        let longRun =
            float chains[0].BatchLength * Array.sumBy (fun d -> d * d) batches
            / float (batches.Length - 1)

        let size = total * all / longRun

        let halves =
            chains
            |> Array.collect (fun c ->
                let half = c.Filled / 2

                let average first =
                    Seq.init half (fun b -> c.Batches[first + b][k]) |> Seq.average

                [| average 0; average (c.Filled - half) |])

        let half = float (chains[0].Filled / 2) * float chains[0].BatchLength
        let between = Draws.variance halves

        {
            Name = name
            Mean = mean
            Deviation = sqrt all
            Error = sqrt (longRun / total)
            RHat = sqrt ((half - 1.0) / half + between / within)
            BulkSize = min size (total * log10 total)
            TailSize = None
        }
