namespace FiniteWidth.Experiment

open System
open System.Diagnostics
open FiniteWidth

/// How long sampling takes on this machine, told by short pilots before it starts.
[<RequireQualifiedAccess>]
module SamplingTime =

    // Operations of one gradient that a pilot can afford: a wider network is measured by a narrower one.
    let private affordable = 2e8

    // Of a pilot; its warm-up lets the step size settle.
    let private seconds, private warmUp = 1.0, 40

    /// Operations of one gradient of the log posterior with the readout integrated out, as far as they tell networks on the same examples apart: products with the
    /// weights, first-layer weights in the span of the inputs, and the algebra of the readout.
    let private operations (train: DataSet) (network: Network) =
        let p = float train.Count
        let inputs = float (min train.Features train.Count)
        let widths = inputs :: List.map float network.Widths

        let products =
            List.pairwise widths |> List.sumBy (fun (before, after) -> before * after)

        let last = List.last widths
        p * (6.0 * products + 2.0 * last * min p last)

    let private atMost affordable train (network: Network) =
        let rec narrower network =
            if operations train network <= affordable || List.forall ((=) 1) network.Widths then
                network
            else
                network
                |> Network.withWidths (network.Widths |> List.map (fun width -> max 1 (width / 2)))
                |> narrower

        narrower network

    // Seconds of an iteration of all chains side by side, after a warm-up where there is time for one.
    let private pilot (plan: MeasurementPlan) (network: Network) temperature split =
        let clock = Stopwatch.StartNew()
        let mutable settled: (int64 * float) option = None
        let mutable latest = 0L, 0.0

        let watch (progress: RunProgress) =
            latest <- progress.Iterations, clock.Elapsed.TotalSeconds

            if settled.IsNone && not progress.WarmingUp then
                settled <- Some latest

        let plan =
            { plan with
                Evidence = None
                Settings =
                    { plan.Settings with
                        WarmUp = min warmUp plan.Settings.WarmUp
                        Draws = Int32.MaxValue
                        TimeLimit = Some(TimeSpan.FromSeconds seconds)
                        EffectiveDraws = None
                        Judge = None
                        Checkpoint = None
                        Progress = watch
                    }
            }

        match Measurement.run plan (Architecture.FullyConnected network) temperature split, settled, latest with
        | _, Some(first, start), (last, stop) when last > first -> Ok((stop - start) / float (last - first))
        | (Ok _ | Error(Inaccurate _)), _, (iterations, elapsed) when iterations > 0L -> Ok(elapsed / float iterations)
        | Error failure, _, _ -> Error failure
        | Ok _, _, _ -> Ok(clock.Elapsed.TotalSeconds)

    /// What a plan takes on each of some networks at temperatures T > 0, one after the other, to a factor of two or so where nothing else runs: two pilots
    /// of a second, of the cheapest and the dearest network, and the operations of the others between them. No point takes longer than the plan's limit
    /// of time. Fails where the plan cannot sample them.
    let estimate (plan: MeasurementPlan) (points: (Network * float) list) (split: Split) =
        let settings = plan.Settings

        let iterations =
            float settings.WarmUp + float settings.Draws * float settings.StepsPerDraw

        let limit =
            settings.TimeLimit |> Option.map _.TotalSeconds |> Option.defaultValue infinity

        let cost network = operations split.Train network

        let measured (network, temperature) =
            let small = atMost affordable split.Train network

            pilot plan small temperature split
            |> Result.map (fun seconds -> cost small, seconds)

        result {
            match points with
            | [] -> return TimeSpan.Zero
            | _ ->
                let! cheap, least = points |> List.minBy (fst >> cost) |> measured
                let! dear, most = points |> List.maxBy (fst >> cost) |> measured

                // How the time of an iteration grows with its operations: large products take their operations, small ones less.
                let power =
                    if dear > 1.5 * cheap then
                        Math.Clamp(log (most / least) / log (dear / cheap), 0.0, 1.0)
                    else
                        1.0

                let ofPoint (network, _) =
                    let operations = cost network

                    if operations > dear then
                        most * operations / dear
                    else
                        least * (operations / cheap) ** power

                return
                    points
                    |> List.sumBy (fun point -> min limit (iterations * ofPoint point))
                    |> min 1e9
                    |> TimeSpan.FromSeconds
        }
