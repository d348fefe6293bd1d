namespace FiniteWidth.Experiment

open System.Diagnostics
open FiniteWidth

/// How networks that differ in their width alone generalise.
[<NoComparison>]
type CertifiedCurve =
    {
        /// One a width, ascending: sampled, between sampled ones, or by theory.
        Points: AutoPoint list
        /// It was not told to stop.
        IsComplete: bool
    }

    /// The width with the smallest certified loss among them and infinite width, where that is known.
    member this.Best = AutoPoint.best this.Points

/// Learning curves whose widths are cheaper together than each for itself. The wide end is a theory to first order in 1/N; elsewhere some
/// widths are sampled, each from the chains of the nearest one that was, where they tell most of the widths that are not yet certified;
/// a smooth curve in log N through them answers for the others.
[<RequireQualifiedAccess>]
module CertifiedCurve =

    // A point is sampled to this share of the accuracy: what is left is for the way between points.
    let private pointShare = 0.7
    // A point may take this share of the time that is left, and this share of the whole; the first, which starts from the prior, more.
    let private ofRest, private ofWhole, private ofFirst = 0.4, 0.15, 0.7
    // Widths as near as this are within reach of chains, or out of their reach, together.
    let private near = log 1.5

    [<NoComparison; NoEquality>]
    type private Width =
        {
            Network: Network
            Examples: int
            Theories: PointTheories
            /// Without chains, where the theory is exact or certified by its first order.
            ByTheory: Certificate option
            Expected: Expectation
        }

        member this.N = List.last this.Network.Widths

    [<NoComparison; NoEquality>]
    type private State =
        {
            Sampled: Map<int, SampledScore>
            Rungs: Rung list
            /// Widths that chains could not settle, with the seconds that they would have taken.
            Failed: Map<int, float option>
            /// Why no more is sampled.
            End: string option
        }

    let private distance (n: int) (m: int) = abs (log (float n / float m))

    let private known (widths: Width[]) (state: State) =
        [
            for width in widths do
                match state.Sampled.TryFind width.N with
                | Some sampled -> width.Expected, sampled
                | None -> ()
        ]

    let private scores (widths: Width[]) (state: State) =
        widths |> Array.map _.Expected |> WidthCurve.scores (known widths state)

    let private relative (score: MeasuredScore) = score.Loss.Error / score.Loss.Value

    // Whether the curve may certify a width: within reach of chains, or of the first order.
    let private isWithinReach (state: State) (width: Width) =
        let isSmall =
            match width.Theories.FirstOrder with
            | Ok corrected -> corrected.IsSmall
            | Error _ -> false

        not state.Sampled.IsEmpty
        && (isSmall
            || state.Sampled
               |> Map.exists (fun n _ -> n >= width.N || distance n width.N <= near))

    // Whether each width has no certified answer yet.
    let private areOpen (settings: AutoSettings) (widths: Width[]) (state: State) =
        (widths, scores widths state)
        ||> Array.map2 (fun width score ->
            width.ByTheory.IsNone
            && not (isWithinReach state width && relative score <= settings.Accuracy))

    // Of a draw, in some unit: products with N x P features, and the P x P kernel.
    let private cost (width: Width) = float (width.N + width.Examples)

    // The width that tells most for its cost of those that are open, by the curve as it is now.
    let private next (settings: AutoSettings) (widths: Width[]) (state: State) =
        let isOpen = areOpen settings widths state

        let isCandidate (width: Width) =
            width.ByTheory.IsNone
            && not (state.Sampled.ContainsKey width.N)
            && state.Failed |> Map.forall (fun failed _ -> distance failed width.N > near)

        if Array.contains true isOpen then
            let gains =
                WidthCurve.gains
                    (known widths state)
                    (widths |> Array.map _.Expected)
                    isOpen
                    (pointShare * settings.Accuracy)

            (widths, gains)
            ||> Array.map2 (fun width gain -> width, gain / cost width)
            |> Array.filter (fst >> isCandidate)
            |> Array.sortByDescending snd
            |> Array.tryHead
            |> Option.map fst
        else
            None

    let private nearest (n: int) (rungs: Rung list) =
        match rungs with
        | [] -> None
        | _ ->
            rungs
            |> List.minBy (fun rung -> distance n (List.last rung.Network.Widths))
            |> Some

    // Chains of one width, and the state after them.
    let private sample (settings: AutoSettings) temperature split (seconds: float) (state: State) (width: Width) =
        let n = width.N

        let outcome =
            if temperature > 0.0 then
                CertifiedSampling.run
                    { settings with
                        Accuracy = pointShare * settings.Accuracy
                        Seconds = seconds
                    }
                    (CertifiedSampling.ofCurve width.Examples n)
                    (nearest n state.Rungs)
                    width.Network
                    temperature
                    split
            else
                Error(Unsupported "T = 0 cannot be sampled.")

        match outcome with
        | Error failure ->
            { state with
                End = Some failure.Message
            }
        | Ok answer ->
            let isSettled =
                answer.End = SamplingEnd.Settled
                && answer.Sampled |> Option.exists _.HasConverged

            { state with
                Sampled =
                    match answer.Sampled with
                    | Some sampled when isSettled || SampledScore.isTelling sampled -> state.Sampled.Add(n, sampled)
                    | _ -> state.Sampled
                Rungs =
                    match answer.Rung with
                    | Some rung when answer.Sampled |> Option.exists SampledScore.isTelling -> rung :: state.Rungs
                    | _ -> state.Rungs
                Failed =
                    if isSettled then
                        state.Failed
                    else
                        state.Failed.Add(n, answer.Needed |> Option.map _.TotalSeconds)
            }

    // Chains at one width after the other, until none is open or the time is over.
    let private climb (settings: AutoSettings) temperature split (widths: Width[]) =
        let clock = Stopwatch.StartNew()

        let left () =
            settings.Seconds - clock.Elapsed.TotalSeconds

        let say sentence =
            settings.Progress(AutoProgress.Decided sentence)

        // The time is that of the whole curve.
        let report n progress =
            match progress with
            | AutoProgress.Decided sentence -> say $"N = {n}: {sentence}"
            | AutoProgress.Sampling _ ->
                settings.Progress(
                    AutoProgress.Sampling(
                        min 1.0 (1.0 - left () / settings.Seconds),
                        System.TimeSpan.FromSeconds(max 0.0 (left ()))
                    )
                )

        let ended why (state: State) = { state with End = Some why }

        let rec go (state: State) =
            match state.End, next settings widths state with
            | Some _, _ -> state
            | None, None ->
                if Array.contains true (areOpen settings widths state) then
                    state |> ended "No further width could be sampled in the time."
                else
                    state
            | None, Some _ when settings.Cancellation.IsCancellationRequested -> state |> ended "It was stopped."
            | None, Some _ when left () <= 0.0 -> state |> ended "The time was over."
            | None, Some width ->
                say $"N = {width.N} is sampled."
                let share = if state.Rungs.IsEmpty then ofFirst else ofRest
                let seconds = max (share * left ()) (min (left ()) (ofWhole * settings.Seconds))

                let after =
                    sample
                        { settings with
                            Progress = report width.N
                        }
                        temperature
                        split
                        seconds
                        state
                        width

                let closed = areOpen settings widths after |> Array.filter not |> Array.length

                match after.Sampled.TryFind width.N with
                | Some sampled ->
                    say
                        $"N = {width.N}: loss {sampled.Score.Loss.Value:G4}, {sampled.Description}, in {sampled.Seconds:F0} s. {closed} of {widths.Length} widths are certified."
                | None -> say $"N = {width.N} is out of reach."

                go after

        go
            {
                Sampled = Map.empty
                Rungs = []
                Failed = Map.empty
                End = None
            }

    let private list (widths: int list) =
        widths |> List.map string |> String.concat ", "

    // What the curve says at a width.
    let private byCurve (settings: AutoSettings) (state: State) (width: Width) (score: MeasuredScore) =
        let sampledAt = [ for KeyValue(n, _) in state.Sampled -> n ]
        let error = Share.text (relative score)
        let certified = isWithinReach state width && relative score <= settings.Accuracy

        let method, how =
            match state.Sampled.TryFind width.N with
            | Some sampled ->
                Method.Sampling,
                $"HMC with the readout integrated out, beside other widths: {sampled.Description}; together {error}"
            | None ->
                Method.Interpolation,
                $"A smooth curve in log N through theory and the widths that were sampled, N = {list sampledAt}, has a standard error of {error} here"

        {
            Score = score
            Method = method
            Certified = certified
            Reason =
                if certified then
                    $"{how}."
                else
                    let why = defaultArg state.End "It is less accurate than asked for."
                    $"{how}, where {Share.text settings.Accuracy} is asked for. {why}"
            Bracket =
                match certified, Certification.around score.Loss with
                | false, [ least; most ] -> Some(struct (max 0.0 least, most))
                | _ -> None
        }

    let private certificate (settings: AutoSettings) (state: State) (width: Width) (score: MeasuredScore) =
        match width.ByTheory with
        | Some certificate when relative certificate.Score <= relative score -> Ok certificate
        | Some certificate ->
            Ok
                { certificate with
                    Score = score
                    Reason = $"{certificate.Reason} With what narrower networks do it is {Share.text (relative score)}."
                }
        | _ when not state.Sampled.IsEmpty -> Ok(byCurve settings state width score)
        | _ ->
            let doubt = Certification.doubtOfFirstOrder settings.Accuracy width.Theories

            let why = defaultArg state.End "Nothing was sampled."

            match Certification.notCertified $"{doubt}. {why}" width.Theories None with
            | Some certificate -> Ok certificate
            | None -> Error(Unsupported why)

    let private prepare (settings: AutoSettings) theoriesOf temperature examples (network: Network) =
        let theories: PointTheories = theoriesOf (network, temperature)
        let n = List.last network.Widths

        match WidthCurve.expectation n theories, theories.SaddlePoint.Score with
        | Some expected, _ ->
            Ok
                {
                    Network = network
                    Examples = examples
                    Theories = theories
                    ByTheory =
                        Certification.exact theories
                        |> Option.orElseWith (fun () -> Certification.byFirstOrder settings.Accuracy theories)
                    Expected = expected
                }
        | None, Error failure -> Error failure
        | None, Ok _ ->
            Error(
                Unsupported
                    "Theories expect no loss, or loss without bias or variance: a curve needs positive ones to be drawn beside them."
            )

    let private solveWith amend (settings: AutoSettings) (network: Network) temperature (split: Split) widths =
        result {
            do! AutoSettings.check settings

            let networks =
                [ for n in widths |> Seq.distinct |> Seq.sort -> Network.withWidth n network ]

            if networks.IsEmpty then
                return! Error(BadData "A learning curve without widths has no points: give at least one.")
            else
                let theoriesOf = PointTheories.solver split >> amend

                let! prepared =
                    networks
                    |> Result.traverse (prepare settings theoriesOf temperature split.Train.Count)

                let widths = Array.ofList prepared
                let state = climb settings temperature split widths

                let! points =
                    Array.zip widths (scores widths state)
                    |> Result.traverse (fun (width, score) ->
                        certificate settings state width score
                        |> Result.map (fun certificate ->
                            {
                                Network = width.Network
                                Temperature = temperature
                                Certificate = certificate
                                Theories = width.Theories
                                Sampled = state.Sampled.TryFind width.N
                                SecondsNeeded = state.Failed.TryFind width.N |> Option.flatten
                            }))

                return
                    {
                        Points = points
                        IsComplete = not settings.Cancellation.IsCancellationRequested
                    }
        }

    /// The learning curve of networks of these widths (every hidden layer's) at temperature T. `Seconds` are those of chains, all widths together;
    /// when it is cancelled it ends with what there is. It fails where not even a theory has an answer.
    let solve settings network temperature split widths =
        solveWith id settings network temperature split widths

    /// The same without the integral that is exact for linear networks.
    let internal solveWithoutExact settings network temperature split widths =
        solveWith (fun theories -> { theories with Exact = None }) settings network temperature split widths
