namespace FiniteWidth.Cli

open System
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
        Mixture: MixtureResult option
        Assessment: Assessment
        /// The law of f at every test point.
        Laws: Lazy<PredictiveLaw[,]>
        /// The losses of the folds of a cross-validation; empty where there was none.
        Folds: float list
        /// The standard error of the score, where the iterative solver found it.
        ScoreError: Score option
    }

/// Results as JSON.
[<RequireQualifiedAccess>]
module Results =

    let private requireFinite (point: CurvePoint) logEvidence =
        if Double.IsFinite point.Score.Loss && Double.IsFinite logEvidence then
            Ok()
        else
            Error(
                Inaccurate
                    $"The prediction of the {point.Network} at T = {point.Temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    // An average over the scale beside the saddle point that it is compared with.
    let private beside test saddle (score: Score) logEvidence meanScale degreesOfFreedom laws =
        { Posterior = saddle; Score = score },
        logEvidence,
        Some
            {
                MeanScale = meanScale
                DegreesOfFreedom = degreesOfFreedom
            },
        Ok(score.Loss - (Posterior.score test saddle).Loss),
        laws

    let private predict study (test: DataSet) errorBar treatment network temperature =
        match treatment with
        | Treatment.SaddlePoint theory ->
            LearningCurve.point theory temperature test study network
            |> Result.map (fun point ->
                point,
                Posterior.logEvidence point.Posterior,
                None,
                errorBar point.Posterior,
                lazy PredictiveLaw.ofPosterior test.Inputs point.Posterior)
        | Treatment.GradientFlow ->
            Error(
                Unsupported
                    "The theory \"ntk\" is of infinite width and has a training time: ask for it in a job of finitewidth predict."
            )
        | Treatment.Cavity ->
            Error(
                Unsupported
                    "The theory \"cavity\" is sampled and has no saddle point: ask for it in a job of finitewidth predict."
            )
        | Treatment.Auto -> Error(Unsupported "The theory \"auto\" has no saddle point of its own.")
        | Treatment.ScaleMixture ->
            ScaleMixture.solve network temperature study
            |> Result.map (fun mixture ->
                beside
                    test
                    mixture.Saddle
                    (ScaleMixture.score test mixture)
                    mixture.LogEvidence
                    mixture.MeanScale
                    None
                    (lazy PredictiveLaw.ofMixture test.Inputs mixture))
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
                        (lazy PredictiveLaw.ofStudentT test.Inputs posterior)
            }

    /// Solves a theory on a study and a test set for one network and temperature after the other, sharing what they have in
    /// common; `expand` finds the expansion in 1/N.
    let solver expand study test treatment =
        let assess = Assessment.solver expand test
        let errorBar = Assessment.errorBars test

        fun (network, temperature) ->
            result {
                let! point, logEvidence, mixture, errorBar, laws =
                    predict study test errorBar treatment network temperature

                do! requireFinite point logEvidence

                return
                    {
                        Point = point
                        LogEvidence = logEvidence
                        Mixture = mixture
                        Assessment = assess errorBar point.Posterior
                        Laws = laws
                        Folds = []
                        ScoreError = IterativeStudy.scoreError test point.Posterior
                    }
            }

    /// What predicts the losses of the folds of a cross-validation for one network and temperature after the other.
    let folds treatment (folds: Fold list) =
        let noErrorBar _ =
            Error(Unsupported "Folds have no error bars.")

        fun (network, temperature) ->
            folds
            |> Result.traverse (fun fold ->
                result {
                    let! point, logEvidence, _, _, _ =
                        predict fold.Study fold.Held noErrorBar treatment network temperature

                    do! requireFinite point logEvidence
                    return point.Score.Loss
                })

    /// Of a test set without targets.
    let internal unknown =
        {
            Loss = nan
            Bias = nan
            Variance = nan
        }

    /// A result without all that the targets of the test set tell.
    let withoutTargets (result: PointResult) =
        { result with
            Point = { result.Point with Score = unknown }
            Assessment = Assessment.missing (Unsupported "The test set has no targets.")
            ScoreError = None
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

    /// Whether chains have converged, and why not.
    let internal convergence (writer: Utf8JsonWriter) (verdict: FiniteWidth.Experiment.Verdict) =
        let reasons =
            match verdict with
            | FiniteWidth.Experiment.Verdict.Converged -> []
            | FiniteWidth.Experiment.Verdict.NotConverged reasons -> reasons

        writer.WriteBoolean("converged", (verdict = FiniteWidth.Experiment.Verdict.Converged))
        writer.WriteStartArray "reasons"

        for reason in reasons do
            writer.WriteStringValue reason.Message

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

    /// What may be missing: under its name, or in its place a sentence why not.
    let internal optional (writer: Utf8JsonWriter) (name: string) write part =
        match part with
        | Ok value -> write name value
        | Error(reason: Failure) -> writer.WriteString($"{name}Reason", reason.Message)

    /// What the iterative solver says of its answers: standard errors of the order parameters `q`, the evidence and the loss.
    let internal iterative (writer: Utf8JsonWriter) (name: string) (q: float[]) accuracy (scoreError: Score option) =
        match accuracy with
        | None -> ()
        | Some(accuracy: IterativeAccuracy) ->
            writer.WriteString("solver", "iterative")
            writer.WriteStartObject "standardErrors"
            numbers writer name (Array.map2 (fun value error -> abs value * error) q accuracy.OrderParameterErrors)
            number writer "logEvidence" accuracy.LogEvidenceError

            match scoreError with
            | Some error ->
                number writer "loss" error.Loss
                number writer "bias" error.Bias
                number writer "variance" error.Variance
            | None -> ()

            writer.WriteEndObject()
            writer.WriteStartObject "krylov"
            writer.WriteNumber("steps", accuracy.Steps)
            writer.WriteNumber("products", accuracy.Products)
            writer.WriteNumber("probes", accuracy.Probes)
            writer.WriteEndObject()

    let private witness witness =
        match witness with
        | Witness.ExactSlope -> "exactSlope"
        | Witness.TheorySlope -> "slope"
        | Witness.NoSlope -> "none"

    let private criterion (writer: Utf8JsonWriter) (assessment: Assessment) =
        writer.WriteStartObject "criterion"

        match assessment.Criterion with
        | Ok criterion ->
            number writer "r" criterion.R
            number writer "slope" criterion.Slope
        | Error reason -> writer.WriteString("slopeReason", reason.Message)

        optional
            writer
            "exactSlope"
            (fun name (expansion: WidthExpansion) ->
                number writer name expansion.Slope.Loss
                number writer $"{name}Error" expansion.SlopeError.Loss

                if expansion.Layers.Length > 1 then
                    writer.WriteStartArray "layerSlopes"

                    for layer in expansion.Layers do
                        writer.WriteStartObject()
                        writer.WriteNumber("layer", layer.Layer)
                        number writer "slope" layer.Slope.Loss
                        number writer "slopeError" layer.SlopeError.Loss
                        writer.WriteEndObject()

                    writer.WriteEndArray())
            assessment.Expansion

        match assessment.FiniteWidthWins with
        | Some wins -> writer.WriteBoolean("finiteWidthWins", wins)
        | None -> writer.WriteNull "finiteWidthWins"

        writer.WriteString("verdict", string assessment.Verdict)
        writer.WriteString("decidedBy", witness assessment.Witness)
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

        iterative writer "Qbar" saddle.Chosen.OrderParameters posterior.Accuracy result.ScoreError

        if not result.Folds.IsEmpty then
            let mean = List.average result.Folds
            let count = float result.Folds.Length
            let squares = result.Folds |> List.sumBy (fun loss -> (loss - mean) * (loss - mean))
            writer.WriteStartObject "crossValidation"
            number writer "value" mean
            number writer "error" (sqrt (squares / (count * (count - 1.0))))
            numbers writer "folds" result.Folds
            writer.WriteEndObject()

        let assessment = result.Assessment
        optional writer "errorBar" (number writer) assessment.ErrorBar

        match assessment.AssumptionError with
        | Ok error ->
            number writer "assumptionError" error.Value
            number writer "assumptionErrorStandardError" error.StandardError
        | Error reason ->
            writer.WriteNull "assumptionError"
            writer.WriteNull "assumptionErrorStandardError"
            writer.WriteString("assumptionErrorReason", reason.Message)

        result.Mixture
        |> Option.bind _.DegreesOfFreedom
        |> Option.iter (number writer "degreesOfFreedom")

        criterion writer assessment
        writer.WriteEndObject()

    /// One JSON document: what `before` writes, a list of results, each of which `write` writes, and where they come from.
    let internal documentWith before (name: string) write results provenance =
        JsonText.ofObject (fun writer ->
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
