namespace FiniteWidth.Experiment

open System
open FiniteWidth
open MathNet.Numerics.Distributions

/// The draws of one quantity: an array a chain, all of one length.
[<RequireQualifiedAccess>]
module internal Draws =

    let shortest = 4

    /// At least one chain of at least four draws, all equally many.
    let check (draws: float[][]) =
        if draws.Length = 0 then
            raise (FailureException(BadData "There are no chains: a diagnosis needs at least one."))

        let length = draws[0].Length

        match draws |> Array.tryFindIndex (fun chain -> chain.Length <> length) with
        | Some i ->
            raise (
                FailureException(
                    BadData
                        $"Chain {i} (counted from 0) has {draws[i].Length} draws and chain 0 has {length}: all must have as many."
                )
            )
        | None when length < shortest ->
            raise (FailureException(BadData $"Each chain has {length} draws: a diagnosis needs at least {shortest}."))
        | None -> ()

    /// Both halves of every chain; the middle draw of an odd number is left out.
    let split (draws: float[][]) =
        draws
        |> Array.collect (fun chain ->
            let half = chain.Length / 2
            [| Array.sub chain 0 half; Array.sub chain (chain.Length - half) half |])

    let pooled (draws: float[][]) = Array.concat draws

    let mean (draws: float[][]) = Array.average (pooled draws)

    let variance (values: float[]) =
        let mean = Array.average values

        (values |> Array.sumBy (fun x -> (x - mean) * (x - mean)))
        / float (values.Length - 1)

    /// The quantile between order statistics, where p of the probability lies at position (S - 1) p.
    let quantile p (draws: float[][]) =
        let sorted = Array.sort (pooled draws)
        let place = p * float (sorted.Length - 1)
        let below = int (floor place)
        let share = place - float below

        if share = 0.0 then
            sorted[below]
        else
            sorted[below] + share * (sorted[below + 1] - sorted[below])

    let map f (draws: float[][]) = draws |> Array.map (Array.map f)

    /// Each draw replaced by the normal quantile of its rank among all, (rank - 3/8)/(S + 1/4); equal draws share their mean rank.
    let rankNormalised (draws: float[][]) =
        let all = pooled draws
        let order = Array.init all.Length id
        Array.Sort(Array.copy all, order)
        let scores: float[] = Array.zeroCreate all.Length
        let total = float all.Length

        let rec assign first =
            if first < all.Length then
                let rec lastEqual i =
                    if i + 1 < all.Length && all[order[i + 1]] = all[order[first]] then
                        lastEqual (i + 1)
                    else
                        i

                let last = lastEqual first
                let rank = 1.0 + 0.5 * float (first + last)
                let score = Normal.InvCDF(0.0, 1.0, (rank - 0.375) / (total + 0.25))

                for i in first..last do
                    scores[order[i]] <- score

                assign (last + 1)

        assign 0

        let length = draws[0].Length
        draws |> Array.mapi (fun c _ -> Array.sub scores (c * length) length)

    /// Distances from the median: what shows chains of one centre and different widths.
    let folded draws =
        let median = quantile 0.5 draws
        map (fun x -> abs (x - median)) draws

    let areFinite (draws: float[][]) =
        draws |> Array.forall (Array.forall Double.IsFinite)

    let areConstant (draws: float[][]) =
        let first = draws[0][0]
        draws |> Array.forall (Array.forall ((=) first))
