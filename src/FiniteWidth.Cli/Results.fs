namespace FiniteWidth.Cli

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open FiniteWidth

/// What an average over the scale says beside the saddle point.
type MixtureResult =
    {
        /// The posterior mean of prod_l Qbar_l.
        MeanScale: float
        /// Of a Student-t process.
        DegreesOfFreedom: float option
    }

/// One predicted point with everything a result reports of it.
type PointResult =
    {
        Point: CurvePoint
        LogEvidence: float
        Criterion: Criterion
        Mixture: MixtureResult option
        /// What the integral over the scale adds to the saddle point's loss, where there is such an integral.
        ErrorBar: float option
        /// How the loss moves away from infinite width with the hidden units as they are, of one hidden layer.
        Expansion: WidthExpansion option
    }

/// Results as JSON.
[<RequireQualifiedAccess>]
module Results =

    /// The criterion on a test set, computed once for networks that differ in their size alone: it is a property of infinite
    /// width, and there only the ratios of the widths count.
    let private criteria test =
        let known = Dictionary<float list * float list * float, Criterion>()

        fun (posterior: Posterior) ->
            let network = posterior.Network
            let last = float (List.last network.Widths)
            let ratios = [ for width in network.Widths -> float width / last ]
            let key = ratios, network.Priors, posterior.Temperature

            match known.TryGetValue key with
            | true, criterion -> criterion
            | _ ->
                let criterion = Criterion.evaluate test posterior
                known.Add(key, criterion)
                criterion

    let private requireFinite (point: CurvePoint) logEvidence =
        if Double.IsFinite point.Score.Loss && Double.IsFinite logEvidence then
            Ok()
        else
            Error(
                Inaccurate
                    $"The prediction of the {point.Network} at T = {point.Temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    // An average over the scale beside the saddle point that it is compared with.
    let private beside test saddle (score: Score) logEvidence meanScale degreesOfFreedom =
        { Posterior = saddle; Score = score },
        logEvidence,
        Some
            {
                MeanScale = meanScale
                DegreesOfFreedom = degreesOfFreedom
            },
        Some(score.Loss - (Posterior.score test saddle).Loss)

    // A theory that scales one kernel leaves out the fluctuations of the scale, which the mixture has: its own error bar, O(1/N).
    let private errorBar study test (posterior: Posterior) =
        match
            posterior.Model.OrderParameters, Kernel.normalForm posterior.Model.OrderParameters posterior.Model.Kernel
        with
        | _ :: _, NormalForm.Scaled _ ->
            ScaleMixture.solve posterior.Network posterior.Temperature study
            |> Result.toOption
            |> Option.map (ScaleMixture.errorBar test)
        | _ -> None

    let private predict study test treatment network temperature =
        match treatment with
        | Treatment.SaddlePoint theory ->
            LearningCurve.point theory temperature test study network
            |> Result.map (fun point ->
                point, Posterior.logEvidence point.Posterior, None, errorBar study test point.Posterior)
        | Treatment.GradientFlow ->
            Error(
                Unsupported
                    "The theory \"ntk\" is of infinite width and has a training time: ask for it in a job of finitewidth predict."
            )
        | Treatment.ScaleMixture ->
            ScaleMixture.solve network temperature study
            |> Result.map (fun mixture ->
                beside test mixture.Saddle (ScaleMixture.score test mixture) mixture.LogEvidence mixture.MeanScale None)
        | Treatment.StudentT ->
            result {
                let! saddle = Posterior.solve Theory.wishart network temperature study
                let nu = StudentT.degreesOfFreedom network
                let! posterior = StudentT.solve nu network temperature study

                return
                    beside
                        test
                        saddle
                        (StudentT.score test posterior)
                        posterior.LogEvidence
                        posterior.Inflation
                        (Some nu)
            }

    /// Solves a theory on a study and a test set for one network and temperature after the other, sharing what they have in
    /// common.
    let solver study test treatment =
        let criterion = criteria test
        let expand = WidthExpansion.solver test study

        fun (network, temperature) ->
            result {
                let! point, logEvidence, mixture, errorBar =
                    predict study test treatment network temperature

                do! requireFinite point logEvidence

                return
                    {
                        Point = point
                        LogEvidence = logEvidence
                        Criterion = criterion point.Posterior
                        Mixture = mixture
                        ErrorBar = errorBar
                        Expansion =
                            if point.Posterior.Model.OrderParameters.IsEmpty then
                                None
                            else
                                expand network temperature |> Result.toOption
                    }
            }

    let internal number (writer: Utf8JsonWriter) (name: string) (value: float) =
        if Double.IsFinite value then
            writer.WriteNumber(name, value)
        else
            writer.WriteNull name

    let internal numbers (writer: Utf8JsonWriter) (name: string) (values: float seq) =
        writer.WriteStartArray name

        for value in values do
            writer.WriteNumberValue value

        writer.WriteEndArray()

    // Order parameters in arrays by their letter, from the first hidden layer outwards.
    let internal orderParameters writer (symbols: Symbol list) (values: float[]) =
        let letter symbol =
            match symbol with
            | Symbol.Qbar _ -> "Qbar"
            | Symbol.Q _ -> "Q"
            | other -> Latex.symbol other

        for name, group in Seq.zip symbols values |> Seq.groupBy (fst >> letter) do
            numbers writer name (Seq.map snd group)

    let internal kind kind =
        match kind with
        | Kind.Minimum -> "minimum"
        | Kind.Maximum -> "maximum"
        | Kind.Saddle index -> $"saddle of index {index}"

    let internal stationaryPoint (writer: Utf8JsonWriter) symbols (point: StationaryPoint) =
        writer.WriteStartObject()
        orderParameters writer symbols point.OrderParameters
        number writer "action" point.Action
        writer.WriteString("kind", kind point.Kind)
        number writer "residual" point.Residual
        writer.WriteEndObject()

    let private point (writer: Utf8JsonWriter) (result: PointResult) =
        let posterior = result.Point.Posterior
        let network = posterior.Network
        let symbols = posterior.Model.OrderParameters
        let saddle = posterior.SaddlePoint
        writer.WriteStartObject()
        numbers writer "widths" (List.map float network.Widths)
        numbers writer "priors" network.Priors
        number writer "temperature" posterior.Temperature
        writer.WriteStartObject "orderParameters"

        match result.Mixture with
        | Some mixture -> numbers writer "Qbar" [ mixture.MeanScale ]
        | None -> orderParameters writer symbols saddle.Chosen.OrderParameters

        writer.WriteEndObject()
        number writer "action" saddle.Chosen.Action
        number writer "residual" saddle.Chosen.Residual
        writer.WriteStartArray "stationaryPoints"

        for stationary in saddle.Chosen :: saddle.Others do
            stationaryPoint writer symbols stationary

        writer.WriteEndArray()
        number writer "logEvidence" result.LogEvidence
        number writer "loss" result.Point.Score.Loss
        number writer "bias" result.Point.Score.Bias
        number writer "variance" result.Point.Score.Variance

        result.ErrorBar |> Option.iter (number writer "errorBar")

        result.Expansion
        |> Option.iter (fun expansion ->
            expansion.AssumptionError(result.Criterion.Slope, network.Widths.Head)
            |> number writer "assumptionError")

        result.Mixture
        |> Option.bind _.DegreesOfFreedom
        |> Option.iter (number writer "degreesOfFreedom")

        writer.WriteStartObject "criterion"
        number writer "r" result.Criterion.R
        number writer "slope" result.Criterion.Slope

        result.Expansion
        |> Option.iter (fun expansion ->
            number writer "exactSlope" expansion.Slope.Loss
            number writer "exactSlopeError" expansion.SlopeError.Loss)

        writer.WriteBoolean("finiteWidthWins", result.Criterion.FiniteWidthWins)
        writer.WriteEndObject()
        writer.WriteEndObject()

    let private document (write: Utf8JsonWriter -> unit) =
        use stream = new MemoryStream()

        using
            (new Utf8JsonWriter(
                stream,
                JsonWriterOptions(
                    Indented = true,
                    NewLine = "\n",
                    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
                )
            ))
            (fun writer ->
                writer.WriteStartObject()
                write writer
                writer.WriteEndObject())

        Encoding.UTF8.GetString(stream.ToArray())

    /// One JSON document: what `before` writes, a list of results, each of which `write` writes, and where they come from.
    let internal documentWith before (name: string) write results provenance =
        document (fun writer ->
            before writer
            writer.WriteStartArray name

            for result in results do
                write writer result

            writer.WriteEndArray()
            Provenance.write writer provenance)

    /// The same with nothing before the list.
    let internal documentOf name write results provenance =
        documentWith ignore name write results provenance

    /// The one JSON document of a prediction, a point of which `write` writes.
    let internal toJsonBy write points provenance =
        documentOf "points" write points provenance

    /// The one JSON document of a prediction.
    let toJson (points: PointResult list) provenance = toJsonBy point points provenance
