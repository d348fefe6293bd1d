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

    // Twice the coordinates in units of h, so that both grids have integers; packed into one word.
    let private pack bits (point: int[]) =
        let mutable key = 0L

        for c in point do
            key <- (key <<< bits) ||| (int64 (c + (1 <<< (bits - 1))) &&& ((1L <<< bits) - 1L))

        key

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

    let private scatter most (f: float[] -> float) (seeds: float[][]) cut h =
        let n = seeds[0].Length
        let bits = min 20 (62 / n)
        let reach = (1 <<< (bits - 1)) - 2

        let position (point: int[]) =
            point |> Array.map (fun c -> 0.5 * h * float c)

        let seen = HashSet<int64>()
        let points = ResizeArray<int[]>()
        let values = ResizeArray<float>()
        let mutable best = -infinity

        let rec spread (frontier: int[][]) =
            let found = Array.zeroCreate frontier.Length

            Parallel.For(0, frontier.Length, (fun i -> found[i] <- finite (f (position frontier[i]))))
            |> ignore

            points.AddRange frontier
            values.AddRange found
            best <- max best (Array.max found)

            let next =
                [|
                    for i in 0 .. frontier.Length - 1 do
                        if found[i] > best - cut then
                            for d in 0 .. n - 1 do
                                for step in [ -2; 2 ] do
                                    let c = frontier[i][d] + step

                                    if abs c <= reach then
                                        let neighbour = Array.copy frontier[i]
                                        neighbour[d] <- c

                                        if seen.Add(pack bits neighbour) then
                                            neighbour
                |]

            if next.Length > 0 && points.Count + next.Length <= most then
                spread next
            else
                next.Length = 0

        // The nearest point of either grid to every seed.
        let start =
            [|
                for seed in seeds do
                    for parity in 0..1 do
                        let point =
                            seed
                            |> Array.map (fun x ->
                                2 * int (round (x / h - 0.5 * float parity)) + parity |> max -reach |> min reach)

                        if seen.Add(pack bits point) then
                            point
            |]

        if spread start then
            let order =
                Array.init points.Count id |> Array.sortBy (fun i -> pack bits points[i])

            Some(order |> Array.map (fun i -> points[i]), order |> Array.map (fun i -> values[i]), best, position)
        else
            None

    let private rule cut h (points: int[][], values: float[], best, position) =
        let n = points[0].Length
        let weights = values |> Array.map (fun v -> exp (v - best))
        let total = Array.sum weights

        let share belongs =
            Array.fold2 (fun s i w -> if belongs i then s + w else s) 0.0 (Array.init points.Length id) weights
            / total

        let half = share (fun i -> points[i][0] % 2 = 0)
        let delta = abs (2.0 * half - 1.0)
        // The points where the search stopped: what lies beyond them weighs less.
        let edge = share (fun i -> values[i] <= best - cut)
        let error = Math.Pow(delta, sqrt 2.0) + edge

        {
            LogIntegral = best + log total + float n * log h - log 2.0
            Nodes = Array.map position points
            Weights = weights |> Array.map (fun w -> w / total)
            Error = error
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
            match scatter most f seeds cut h |> Option.map (rule cut h) with
            | None -> None
            | Some rule when rule.Error <= accuracy -> Some(prune rule)
            | Some _ -> refine (cut + 1.5) (0.85 * h)

        refine (cutoff n (0.3 * accuracy)) first
