namespace FiniteWidth.Cli

open System
open System.Text.Json
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

    let private measured writer name (value: Measured) =
        Results.number writer name value.Value
        Results.number writer (name + "Error") value.Error

    let private measuredScore writer (score: MeasuredScore) =
        measured writer "loss" score.Loss
        measured writer "bias" score.Bias
        measured writer "variance" score.Variance

    let private score writer (score: Score) =
        Results.number writer "loss" score.Loss
        Results.number writer "bias" score.Bias
        Results.number writer "variance" score.Variance

    let private place (writer: Utf8JsonWriter) (network: Network) temperature =
        Results.numbers writer "widths" (List.map float network.Widths)
        Results.numbers writer "priors" network.Priors
        Results.number writer "temperature" temperature

    let private theory (writer: Utf8JsonWriter) name write answer =
        Results.optional
            writer
            name
            (fun (name: string) value ->
                writer.WriteStartObject name
                write value
                writer.WriteEndObject())
            answer

    let private sampling (writer: Utf8JsonWriter) (sampled: SampledScore) =
        writer.WriteStartObject "sampling"
        measuredScore writer sampled.Score
        sampled.Accuracy |> Option.iter (measured writer "accuracy")
        Results.convergence writer sampled.Verdict
        writer.WriteNumber("chains", sampled.Chains)
        writer.WriteNumber("draws", sampled.Draws)
        Results.number writer "effectiveDraws" sampled.EffectiveDraws
        Results.number writer "rHat" sampled.RHat
        Results.number writer "seconds" sampled.Seconds
        writer.WriteEndObject()

    let private point hasClasses settle (writer: Utf8JsonWriter) (answer: AutoPoint) =
        let certificate = answer.Certificate
        writer.WriteStartObject()
        place writer answer.Network answer.Temperature
        measuredScore writer certificate.Score
        writer.WriteString("method", string certificate.Method)
        writer.WriteBoolean("certified", certificate.Certified)
        writer.WriteString("reason", certificate.Reason)

        if hasClasses then
            Results.optional writer "accuracy" (measured writer) answer.Accuracy

        match certificate.Bracket with
        | Some(struct (least, most)) -> Results.numbers writer "bracket" [ least; most ]
        | None -> ()

        match answer.SecondsNeeded with
        | Some seconds -> writer.WriteString("settle", (settle seconds: string))
        | None -> ()

        writer.WriteStartObject "finiteWidth"
        writer.WriteString("effect", string answer.Effect)

        match answer.Change, answer.Theories.InfiniteWidth with
        | Some change, Ok infinite ->
            measured writer "change" change
            Results.number writer "relativeChange" (change.Value / infinite.Loss)
        | _ -> ()

        writer.WriteEndObject()
        writer.WriteStartObject "theories"
        theory writer "infinite-width" (score writer) answer.Theories.InfiniteWidth
        theory writer answer.Theories.SaddlePoint.Name (score writer) answer.Theories.SaddlePoint.Score

        theory
            writer
            "first-order"
            (fun (corrected: CorrectedTheory) ->
                measuredScore writer corrected.Score
                Results.number writer "share" corrected.FirstOrder
                Results.number writer "evidenceVariance" corrected.EvidenceVariance)
            answer.Theories.FirstOrder

        writer.WriteEndObject()
        answer.Sampled |> Option.iter (sampling writer)
        writer.WriteEndObject()

    // The points that differ in nothing but their width, with the best of each.
    let private bests (answers: AutoAnswers) =
        (if answers.ComparesWidths then answers.Points else [])
        |> List.groupBy (fun point -> Network.withWidth 1 point.Network, point.Temperature)
        |> List.choose (fun (_, group) -> AutoPoint.best group |> Option.map (fun best -> group.Head, best))

    let private width (writer: Utf8JsonWriter) (width: int option) =
        match width with
        | Some width -> writer.WriteNumberValue width
        | None -> writer.WriteStringValue "infinite"

    let private best (writer: Utf8JsonWriter) (point: AutoPoint, best: BestWidth) =
        writer.WriteStartObject()
        Results.numbers writer "priors" point.Network.Priors
        Results.number writer "temperature" point.Temperature
        writer.WritePropertyName "width"
        width writer best.Width
        measured writer "loss" best.Loss
        writer.WriteBoolean("decided", best.IsDecided)
        writer.WriteStartArray "rivals"
        best.Rivals |> List.iter (width writer)
        writer.WriteEndArray()
        writer.WriteEndObject()

    /// The one JSON document of certified answers; `settle` names the command that would settle one in so many seconds. Where test targets are labels
    /// of classes it has their accuracy.
    let toJson hasClasses settle (answers: AutoAnswers) provenance =
        Results.documentWith
            (fun writer ->
                writer.WriteStartArray "bestWidths"
                bests answers |> List.iter (best writer)
                writer.WriteEndArray()
                writer.WriteStartArray "missing"

                for network, temperature in answers.Missing do
                    writer.WriteStartObject()
                    place writer network temperature
                    writer.WriteEndObject()

                writer.WriteEndArray())
            "points"
            (point hasClasses settle)
            answers.Points
            provenance
