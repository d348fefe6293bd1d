namespace FiniteWidth.Experiment

open System
open System.Threading
open FiniteWidth

/// How sampling towards an accuracy ended.
[<RequireQualifiedAccess>]
type internal SamplingEnd =
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
        Measurement: Measurement option
        /// What the whole would have taken, by the last estimate.
        Needed: TimeSpan option
    }

/// Chains that stop when the loss is as accurate as asked for and they have converged.
[<RequireQualifiedAccess>]
module internal CertifiedSampling =

    // What the first draws say is the pilot: the judge is asked from here on.
    let private pilotDraws = 100
    // As many draws as time allows.
    let private unlimited = 10_000_000
    // Estimates from a few draws are known to a fifth or so, and those from a warm-up to less.
    let private patience = 1.5
    // The share of the time after which a warm-up tells how long it takes.
    let private taste = 0.1

    let private warmUp = 300

    // How many times as many draws as there are make every error bar and the accuracy, at least 1.
    let private factor (settings: AutoSettings) chains (diagnoses: Diagnosis list) =
        let wanted = Verdict.limits.MinimalSize * float chains

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

    /// Runs chains on the posterior of a network at temperature T > 0 until the standard error of the loss is within the accuracy and they have
    /// converged, or their time is over, or cannot be enough.
    let run (settings: AutoSettings) network temperature split =
        let plan = Measurement.standard
        let chains = plan.Settings.Chains
        let budget = settings.Seconds
        use ending = CancellationTokenSource.CreateLinkedTokenSource settings.Cancellation
        // The seconds of the whole.
        let mutable estimate = nan
        let mutable isPilotOver = false
        let mutable outOfReach = false

        let giveUp total =
            outOfReach <- true

            settings.Progress(
                AutoProgress.Decided
                    $"Sampling would take {seconds total}, and {budget:G4} s are allowed: it ends with a pilot."
            )

        let judge (progress: RunProgress) (diagnoses: Diagnosis list) =
            if
                diagnoses
                |> List.forall (fun d -> Verdict.accepts Verdict.limits chains d && isAccurate settings d)
            then
                true
            else
                let draws = float (progress.Iterations - int64 warmUp)
                let iterations = float warmUp + draws * factor settings chains diagnoses
                let total = progress.Elapsed.TotalSeconds * iterations / float progress.Iterations
                estimate <- total

                if total > patience * budget then
                    giveUp total
                elif not isPilotOver then
                    settings.Progress(
                        AutoProgress.Decided $"Sampling takes {seconds total}, by a pilot of {draws:F0} draws a chain."
                    )

                isPilotOver <- true
                outOfReach

        let follow (progress: RunProgress) =
            let elapsed = progress.Elapsed.TotalSeconds

            if not isPilotOver then
                estimate <- float (warmUp + pilotDraws) / progress.Rate

            if
                not (isPilotOver || outOfReach)
                && elapsed > taste * budget
                && estimate > patience * budget
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
                        Seed = settings.Seed
                        WarmUp = warmUp
                        Draws = unlimited
                        Threads = settings.Threads
                        TimeLimit = Some(TimeSpan.FromSeconds budget)
                        Judge = Some judge
                        Progress = follow
                        Cancellation = ending.Token
                    }
            }

        let answer ending measurement =
            Ok
                {
                    End = ending
                    Measurement = measurement
                    Needed =
                        if Double.IsNaN estimate then
                            None
                        else
                            Some(TimeSpan.FromSeconds(min 1e9 estimate))
                }

        let unsettled () =
            if settings.Cancellation.IsCancellationRequested then
                SamplingEnd.Cancelled
            elif outOfReach then
                SamplingEnd.OutOfReach
            else
                SamplingEnd.TimeOver

        match Measurement.run plan (Architecture.FullyConnected network) temperature split with
        | Ok measurement when measurement.Run.Stopped = Stop.Judged && not outOfReach ->
            answer SamplingEnd.Settled (Some measurement)
        | Ok measurement -> answer (unsettled ()) (Some measurement)
        | Error(Inaccurate _) when not (Double.IsNaN estimate) -> answer (unsettled ()) None
        | Error failure -> Error failure
