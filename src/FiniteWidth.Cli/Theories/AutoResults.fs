namespace FiniteWidth.Cli

open System
open System.Threading
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// The certified answers of a job, as far as it came.
[<NoComparison; NoEquality>]
type AutoAnswers =
    {
        Points: AutoPoint list
        /// Whether points that differ in their width are compared with infinite width: in a scaling, where they differ in more, they are not.
        ComparesWidths: bool
        /// Stopped before these were reached.
        Missing: (Network * float) list
    }

/// Certified answers, and their JSON.
[<RequireQualifiedAccess>]
module AutoResults =

    let private describe (network: Network) temperature =
        let widths = network.Widths |> List.map string |> String.concat ", "
        $"N = {widths}, T = {Decimals.short temperature}"

    /// Answers one network and temperature after the other, and tells on standard error what it does; what is known when the token is cancelled
    /// is kept.
    let solve
        comparesWidths
        (settings: AutoSettings)
        (token: CancellationToken)
        split
        (points: (Network * float) list)
        =
        let count = points.Length

        Terminal.withNotes (fun note ->
            let mutable name = ""

            let solver =
                Auto.solver
                    { settings with
                        Cancellation = token
                        Progress = fun progress -> note name progress
                    }
                    split

            let rec next solved points =
                match points with
                | (network, temperature) :: rest when not token.IsCancellationRequested ->
                    name <- $"{List.length solved + 1} of {count}, {describe network temperature}"

                    solver (network, temperature)
                    |> Result.bind (fun point -> next (point :: solved) rest)
                | missing ->
                    Ok
                        {
                            Points = List.rev solved
                            ComparesWidths = comparesWidths
                            Missing = missing
                        }

            next [] points)

    /// An estimate with room for its error, in whole seconds.
    let secondsToAllow (estimate: float) =
        let room = 1.5 * estimate
        let unit = 10.0 ** Math.Max(0.0, Math.Floor(Math.Log10 room) - 1.0)
        unit * Math.Ceiling(room / unit)

    let private place (network: Network) temperature =
        Results.place network.Widths network.Priors temperature

    let private sampling (sampled: SampledScore) =
        [
            yield! Results.measuredScore sampled.Score
            yield!
                sampled.Accuracy
                |> Option.map (Results.measured "accuracy")
                |> Option.defaultValue []
            yield! Results.convergence sampled.Verdict
            "chains", Tree.count sampled.Chains
            "draws", Tree.count sampled.Draws
            "effectiveDraws", Tree.Number sampled.EffectiveDraws
            "rHat", Tree.Number sampled.RHat
            "seconds", Tree.Number sampled.Seconds
        ]

    let private finiteWidth (answer: AutoPoint) =
        [
            "effect", Tree.Word(string answer.Effect)

            match answer.Change, answer.Theories.InfiniteWidth with
            | Some change, Ok infinite ->
                yield! Results.measured "change" change
                "relativeChange", Tree.Number(change.Value / infinite.Loss)
            | _ -> ()
        ]

    let private theories (theories: PointTheories) =
        let score = Results.score >> Tree.Object

        [
            Results.optional "infinite-width" score theories.InfiniteWidth
            Results.optional theories.SaddlePoint.Name score theories.SaddlePoint.Score

            theories.FirstOrder
            |> Results.optional "first-order" (fun corrected ->
                Tree.Object(
                    Results.measuredScore corrected.Score
                    @ [
                        "share", Tree.Number corrected.FirstOrder
                        "evidenceVariance", Tree.Number corrected.EvidenceVariance
                    ]
                ))
        ]

    let private accuracy answer =
        match answer with
        | Ok value -> Results.measured "accuracy" value
        | Error(reason: Failure) -> [ "accuracyReason", Tree.Word reason.Message ]

    let private tree hasClasses settle (answer: AutoPoint) =
        let certificate = answer.Certificate

        [
            yield! place answer.Network answer.Temperature
            yield! Results.measuredScore certificate.Score
            "method", Tree.Word(string certificate.Method)
            "certified", Tree.Truth certificate.Certified
            "reason", Tree.Word certificate.Reason

            if hasClasses then
                yield! accuracy answer.Accuracy

            match certificate.Bracket with
            | Some(struct (least, most)) -> "bracket", Tree.numbers [ least; most ]
            | None -> ()

            match answer.SecondsNeeded with
            | Some seconds -> "settle", Tree.Word(settle seconds)
            | None -> ()

            "finiteWidth", Tree.Object(finiteWidth answer)
            "theories", Tree.Object(theories answer.Theories)

            match answer.Sampled with
            | Some sampled -> "sampling", Tree.Object(sampling sampled)
            | None -> ()
        ]

    // The points that differ in nothing but their width, with the best of each.
    let private bests (answers: AutoAnswers) =
        (if answers.ComparesWidths then answers.Points else [])
        |> List.groupBy (fun point -> Network.withWidth 1 point.Network, point.Temperature)
        |> List.choose (fun (_, group) -> AutoPoint.best group |> Option.map (fun best -> group.Head, best))

    let private width width =
        match width with
        | Some width -> Tree.count width
        | None -> Tree.Word "infinite"

    let private best (point: AutoPoint, best: BestWidth) =
        [
            "priors", Tree.numbers point.Network.Priors
            "temperature", Tree.Number point.Temperature
            "width", width best.Width
            yield! Results.measured "loss" best.Loss
            "decided", Tree.Truth best.IsDecided
            "rivals", Tree.List(List.map width best.Rivals)
        ]

    /// What a result says of them; `settle` names the command that would settle one in so many seconds. Where test targets are labels of classes it has
    /// their accuracy.
    let predicted hasClasses settle isWhole (answers: AutoAnswers) =
        {
            Before =
                [
                    "bestWidths", answers |> bests |> List.map best |> Tree.objects
                    "missing", Tree.objects [ for network, temperature in answers.Missing -> place network temperature ]
                ]
            Points = List.map (tree hasClasses settle) answers.Points
            AtPoints = None
            IsWhole = isWhole
        }
