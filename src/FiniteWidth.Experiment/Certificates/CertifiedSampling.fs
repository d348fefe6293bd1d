namespace FiniteWidth.Experiment

open System
open System.Diagnostics
open System.Threading
open FiniteWidth

/// How sampling towards an accuracy ended.
[<RequireQualifiedAccess>]
type internal SamplingEnd =
    /// The first draws have shown that the chains have not arrived: they were warm-up.
    | Drifting
    /// The accuracy is met and the chains have converged.
    | Settled
    /// The chains would need so much more than their time, by an estimate from the first ones, that they were ended.
    | OutOfReach
    | TimeOver
    | Cancelled

/// Chains that were run towards an accuracy.
[<NoComparison; NoEquality>]
type internal SampledAnswer =
    {
        End: SamplingEnd
        /// None where there are fewer draws than a measurement needs.
        Sampled: SampledScore option
        /// Where the chains are; none where they were not run now.
        Rung: Rung option
        /// What the whole would have taken, by the last estimate.
        Needed: TimeSpan option
    }

/// What is asked of chains besides their accuracy.
type internal Demands =
    {
        Limits: ConvergenceLimits
        Chains: int
        /// Of chains that start from the prior, or far away.
        WarmUp: int
    }

/// Chains that stop when the loss is as accurate as asked for and they have converged.
[<RequireQualifiedAccess>]
module internal CertifiedSampling =

    // What the first draws say is the pilot: the judge is asked from here on.
    let private pilotDraws = 40

    let private chains = Measurement.standard.Settings.Chains

    /// Of a single point.
    let ofPoint =
        {
            Limits = Verdict.limits
            Chains = chains
            WarmUp = 300
        }

    // Operations of the algebra of one gradient, beyond which each chain's warm-up is what a point costs.
    let private dear = 1e8

    /// Of a point of a curve, a network of this width on P examples: its neighbours stand in for the rest of its draws.
    let ofCurve examples width =
        let isDear = float examples * float width * float (min examples width) > dear

        {
            Limits =
                { Verdict.limits with
                    MaximalRHat = 1.05
                    MinimalSize = 40.0
                }
            Chains = if isDear then chains / 2 else chains
            WarmUp = 150
        }

    // As many draws as time allows.
    let private unlimited = 10_000_000
    // Estimates from a hundred draws are known to a fifth or so, and those from fewer or from a warm-up to less.
    let private patience (draws: float) = if draws < 100.0 then 3.0 else 1.5
    // The share of the time after which a warm-up tells how long it takes.
    let private taste = 0.1

    // Of chains that start where those of another width are, at most this many times wider or narrower: they adapt their step.
    let private shortWarmUp, private neighbourhood = 50, 2.5
    // Chains whose first draws disagree by more than this have not arrived: those draws were warm-up too, so many times at most.
    let private driftingRHat, private extensions = 1.2, 3

    let private warmUpFrom demands (network: Network) (rung: Rung option) =
        let isNear rung =
            List.forall2
                (fun before after -> abs (log (float after / float before)) <= log neighbourhood)
                rung.Network.Widths
                network.Widths

        if rung |> Option.exists isNear then
            shortWarmUp
        else
            demands.WarmUp

    // How many times as many draws as there are make every error bar and the accuracy, at least 1.
    let private factor (settings: AutoSettings) (limits: ConvergenceLimits) chains (diagnoses: Diagnosis list) =
        let wanted = limits.MinimalSize * float chains

        let ofOne diagnosis =
            let bySize = wanted / Diagnosis.size diagnosis

            let byError =
                if diagnosis.Name = LossObservables.TestLoss then
                    (diagnosis.Error / (settings.Accuracy * abs diagnosis.Mean)) ** 2.0
                else
                    0.0

            max bySize byError

        diagnoses |> List.map ofOne |> List.fold max 1.0

    let private isAccurate (settings: AutoSettings) (diagnosis: Diagnosis) =
        diagnosis.Name <> LossObservables.TestLoss
        || diagnosis.Error <= settings.Accuracy * abs diagnosis.Mean

    let private seconds (time: float) =
        if time < 1e7 then
            $"about {Math.Max(1.0, time):F0} s"
        else
            "more than a hundred days"

    // Chains that go on from others must not meet the random numbers again that brought those there.
    let private seedOf (settings: AutoSettings) (network: Network) rung extensions =
        match rung with
        | None -> settings.Seed
        | Some _ ->
            settings.Seed
            + (uint64 (List.last network.Widths) <<< 24)
            + (uint64 (1 + extensions) <<< 56)

    let private follow (settings: AutoSettings) demands extensions rung network temperature split =
        let plan = Measurement.standard
        let warmUp = warmUpFrom demands network rung
        let chains = demands.Chains
        let budget = settings.Seconds
        use ending = CancellationTokenSource.CreateLinkedTokenSource settings.Cancellation
        // The seconds of the whole.
        let mutable estimate = nan
        let mutable isPilotOver = false
        let mutable outOfReach = false
        let mutable isDrifting = false

        let giveUp total =
            outOfReach <- true

            settings.Progress(
                AutoProgress.Decided
                    $"Sampling would take {seconds total}, and {budget:G4} s are allowed: it ends with a pilot."
            )

        let judge (progress: RunProgress) (diagnoses: Diagnosis list) =
            if
                extensions > 0
                && not isPilotOver
                && diagnoses |> List.exists (fun d -> d.RHat > driftingRHat)
            then
                isDrifting <- true
                true
            elif
                diagnoses
                |> List.forall (fun d -> Verdict.accepts demands.Limits chains d && isAccurate settings d)
            then
                true
            else
                let draws = float (progress.Iterations - int64 warmUp)

                let iterations =
                    float warmUp + draws * factor settings demands.Limits chains diagnoses

                let total = progress.Elapsed.TotalSeconds * iterations / float progress.Iterations
                estimate <- total

                if total > patience draws * budget then
                    giveUp total
                elif not isPilotOver then
                    settings.Progress(
                        AutoProgress.Decided $"Sampling takes {seconds total}, by a pilot of {draws:F0} draws a chain."
                    )

                isPilotOver <- true
                outOfReach

        let watch (progress: RunProgress) =
            let elapsed = progress.Elapsed.TotalSeconds

            if not isPilotOver then
                estimate <- float (warmUp + pilotDraws) / progress.Rate

            if
                not (isPilotOver || outOfReach)
                && elapsed > taste * budget
                && estimate > patience 0.0 * budget
            then
                giveUp estimate
                ending.Cancel()
            else
                let total = min budget estimate
                let left = TimeSpan.FromSeconds(max 0.0 (total - elapsed))
                settings.Progress(AutoProgress.Sampling(min 1.0 (elapsed / total), left))

        let plan =
            { plan with
                Settings =
                    { plan.Settings with
                        Seed = seedOf settings network rung extensions
                        Chains = chains
                        WarmUp = warmUp
                        Start = rung |> Option.map (Ladder.start settings.Seed network)
                        Draws = unlimited
                        Limits = demands.Limits
                        Threads = settings.Threads
                        TimeLimit = Some(TimeSpan.FromSeconds budget)
                        Judge = Some judge
                        Progress = watch
                        Cancellation = ending.Token
                    }
            }

        let answer ending measurement =
            Ok
                {
                    End = ending
                    Sampled = measurement |> Option.map SampledScore.ofMeasurement
                    Rung = measurement |> Option.map (Ladder.rungOf network)
                    Needed =
                        if Double.IsNaN estimate then
                            None
                        else
                            Some(TimeSpan.FromSeconds(min 1e9 estimate))
                }

        let unsettled () =
            if settings.Cancellation.IsCancellationRequested then
                SamplingEnd.Cancelled
            elif isDrifting then
                SamplingEnd.Drifting
            elif outOfReach then
                SamplingEnd.OutOfReach
            else
                SamplingEnd.TimeOver

        match Measurement.run plan (Architecture.FullyConnected network) temperature split with
        | Ok measurement when measurement.Run.Stopped = Stop.Judged && not (outOfReach || isDrifting) ->
            answer SamplingEnd.Settled (Some measurement)
        | Ok measurement -> answer (unsettled ()) (Some measurement)
        | Error(Inaccurate _) when not (Double.IsNaN estimate) -> answer (unsettled ()) None
        | Error failure -> Error failure

    // Everything that draws depend on but where their chains started. What a single point is asked for is not among what a curve asks for.
    let private key temperature (split: Split) (settings: AutoSettings) demands network =
        Fingerprint.ofPoint
            split
            { Measurement.standard with
                Settings =
                    { Measurement.standard.Settings with
                        Seed = settings.Seed
                        WarmUp = demands.WarmUp
                    }
            }
            {
                Examples = split.Train.Count
                Architecture = Architecture.FullyConnected network
                Temperature = temperature
            }

    // What was kept, and how to keep what is found.
    let private cache temperature split (settings: AutoSettings) (demands: Demands) network =
        match settings.Cache with
        | None -> None, ignore
        | Some folder ->
            let key = key temperature split settings demands network

            let keep sampled =
                match PointCache.write folder key sampled with
                | Ok() -> ()
                | Error failure -> settings.Progress(AutoProgress.Decided $"Not kept. {failure.Message}")

            PointCache.read folder key, keep

    /// Runs chains on the posterior of a network at temperature T > 0 until the standard error of the loss is within the accuracy and they have
    /// converged as is demanded, or their time is over, or cannot be enough. They start from a rung where there is one; what the cache has is not run again.
    let run (settings: AutoSettings) demands rung network temperature split =
        let kept, keep = cache temperature split settings demands network

        match kept with
        | Some sampled when sampled.RelativeError <= settings.Accuracy ->
            settings.Progress(AutoProgress.Decided $"Kept from an earlier run: {sampled.Description}.")

            Ok
                {
                    End = SamplingEnd.Settled
                    Sampled = Some sampled
                    Rung = None
                    Needed = None
                }
        | _ ->
            let clock = Stopwatch.StartNew()

            let rec arrive extensions rung =
                let left = settings.Seconds - clock.Elapsed.TotalSeconds

                follow
                    { settings with
                        Seconds = max 1e-3 left
                    }
                    demands
                    extensions
                    rung
                    network
                    temperature
                    split
                |> Result.bind (fun answer ->
                    match answer.End, answer.Rung with
                    | SamplingEnd.Drifting, Some _ -> arrive (extensions - 1) answer.Rung
                    | _ -> Ok answer)

            arrive extensions rung
            |> Result.map (fun answer ->
                match answer with
                | {
                      End = SamplingEnd.Settled
                      Sampled = Some sampled
                  } when sampled.HasConverged -> keep sampled
                | _ -> ()

                answer)
