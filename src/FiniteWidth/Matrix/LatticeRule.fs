namespace FiniteWidth

open System
open System.Collections.Generic
open System.Threading.Tasks

/// The integral of exp(f) over R^n as a sum over a lattice, and exp(f) as nodes with weights that sum to one.
type internal LatticeRule =
    {
        /// log of the integral.
        LogIntegral: float
        /// In increasing order of their lattice points, n coordinates each.
        Nodes: float[][]
        Weights: float[]
        /// Relative to the integral: what the two interleaved grids, and the outermost nodes, say of it.
        Error: float
    }

/// The trapezoidal rule in n dimensions over a body-centred lattice, h (Z^n u (Z^n + (1/2, ..., 1/2))).
///
/// By Poisson's summation formula the error of a lattice sum is the Fourier transform of exp(f) at the points of the dual lattice. Of
/// the two grids alone those nearest the origin, at the distance g = 2 pi/h, come with opposite signs: they cancel in the sum of
/// both, where the nearest are at sqrt 2 g. The difference of the two grids, relative to their sum, is therefore the error of either; with delta
/// that difference the error of both is about delta^2 for a Gaussian, and delta^(sqrt 2) where the transform falls only exponentially.
///
/// The lattice points are found from the top outwards, until exp(f) is negligible: f needs no box and no symmetry.
[<RequireQualifiedAccess>]
module internal LatticeRule =

    // A lattice point as one word: twice its coordinates in units of h, integers for both grids, in fields of so many bits.
    let private fieldOf n = min 20 (62 / n)
    let private limitOf n = (1 <<< (fieldOf n - 1)) - 3

    let private pack (point: int[]) =
        let bits = fieldOf point.Length

        (0L, point)
        ||> Array.fold (fun key c -> (key <<< bits) ||| int64 (c + (1 <<< (bits - 1))))

    let private coordinate n (key: int64) d =
        let bits = fieldOf n

        int ((key >>> (bits * (n - 1 - d))) &&& ((1L <<< bits) - 1L))
        - (1 <<< (bits - 1))

    /// log of exp(-c), below which the tail of a standard Gaussian in n dimensions holds less than that share of its mass.
    let private cutoff n share =
        let rec raise c =
            if MathNet.Numerics.SpecialFunctions.GammaUpperRegularized(float n / 2.0, c) < share then
                c
            else
                raise (c + 0.5)

        raise 4.0

    // Where f is not a number, the integrand vanishes.
    let private finite v = if Double.IsNaN v then -infinity else v

    /// Lattice points with log f there: all those above the cut, and their neighbours.
    type private Scatter =
        {
            Step: float
            Cut: float
            Keys: int64[]
            Values: float[]
        }

    let private position h n key =
        Array.init n (fun d -> 0.5 * h * float (coordinate n key d))

    let private tryScatter most (f: float[] -> float) (seeds: float[][]) cut h =
        let n = seeds[0].Length
        let limit = limitOf n
        let seen = HashSet<int64>()
        let keys = ResizeArray<int64>()
        let values = ResizeArray<float>()
        let mutable best = -infinity

        let rec spread (frontier: int64[]) =
            let found = Array.zeroCreate frontier.Length

            Parallel.For(0, frontier.Length, (fun i -> found[i] <- finite (f (position h n frontier[i]))))
            |> ignore

            keys.AddRange frontier
            values.AddRange found
            best <- max best (Array.max found)
            let next = ResizeArray<int64>()

            for i in 0 .. frontier.Length - 1 do
                if found[i] > best - cut then
                    for d in 0 .. n - 1 do
                        let step = 2L <<< (fieldOf n * (n - 1 - d))
                        let c = coordinate n frontier[i] d

                        if c <= limit && seen.Add(frontier[i] + step) then
                            next.Add(frontier[i] + step)

                        if c >= -limit && seen.Add(frontier[i] - step) then
                            next.Add(frontier[i] - step)

            if next.Count = 0 then true
            elif keys.Count + next.Count > most then false
            else spread (next.ToArray())

        // The nearest point of either grid to every seed.
        let start =
            [|
                for seed in seeds do
                    for parity in 0..1 ->
                        seed
                        |> Array.map (fun x ->
                            2 * int (round (x / h - 0.5 * float parity)) + parity |> max -limit |> min limit)
                        |> pack
            |]
            |> Array.distinct

        seen.UnionWith start

        if spread start then
            let keys, values = keys.ToArray(), values.ToArray()
            Array.Sort(keys, values)

            Some
                {
                    Step = h
                    Cut = cut
                    Keys = keys
                    Values = values
                }
        else
            None

    let private rule n (scatter: Scatter) =
        let values = scatter.Values
        let best = Array.max values
        let weights = values |> Array.map (fun v -> exp (v - best))
        let total = Array.sum weights

        let share belongs =
            let mutable sum = 0.0

            for i in 0 .. weights.Length - 1 do
                if belongs i then
                    sum <- sum + weights[i]

            sum / total

        let delta =
            abs (2.0 * share (fun i -> coordinate n scatter.Keys[i] 0 % 2 = 0) - 1.0)
        // The points where the search stopped: what lies beyond them weighs less.
        let edge = share (fun i -> values[i] <= best - scatter.Cut)
        let h = scatter.Step

        {
            LogIntegral = best + log total + float n * log h - log 2.0
            Nodes = scatter.Keys |> Array.map (position h n)
            Weights = weights |> Array.map (fun w -> w / total)
            Error = Math.Pow(delta, sqrt 2.0) + edge
        }

    /// The rule without the lightest of its nodes, which together weigh a tenth of its error.
    let private prune rule =
        let order =
            Array.init rule.Weights.Length id |> Array.sortBy (fun i -> rule.Weights[i])

        let cumulative = order |> Array.scan (fun sum i -> sum + rule.Weights[i]) 0.0
        let dropped = cumulative |> Array.findIndex (fun sum -> sum > 0.1 * rule.Error)
        let kept = order |> Array.skip (max 0 (dropped - 1)) |> Array.sort
        let total = kept |> Array.sumBy (fun i -> rule.Weights[i])

        { rule with
            Nodes = kept |> Array.map (fun i -> rule.Nodes[i])
            Weights = kept |> Array.map (fun i -> rule.Weights[i] / total)
        }

    /// The rule of an f whose second derivatives are about -1 near its maximum, to a relative accuracy, from points in every mode
    /// of it; none where `most` evaluations do not suffice.
    let tryIntegrate accuracy most (seeds: float[][]) f =
        let n = seeds[0].Length
        // Of a standard Gaussian: delta = 2 n exp(-2 pi^2/h^2).
        let delta = Math.Pow(accuracy / 2.0, sqrt 0.5)
        let first = Math.PI * sqrt (2.0 / log (2.0 * float n / delta))

        let rec refine cut h =
            match tryScatter most f seeds cut h |> Option.map (rule n) with
            | None -> None
            | Some rule when rule.Error <= accuracy -> Some(prune rule)
            | Some _ -> refine (cut + 1.5) (0.85 * h)

        refine (cutoff n (0.3 * accuracy)) first
