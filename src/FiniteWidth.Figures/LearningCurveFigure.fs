namespace FiniteWidth.Figures

open System
open FiniteWidth

/// The test loss and its two parts: loss = bias + variance.
type LossParts =
    {
        Loss: float
        Bias: float
        Variance: float
    }

/// How far a theory's losses are off at each width, with standard errors; NaN where that is not known.
type LossError =
    {
        Value: float[]
        StandardError: float[]
    }

/// Measured test losses, one a width, with their standard errors.
type MeasuredLoss =
    {
        Widths: float[]
        Loss: float[]
        StandardError: float[]
    }

/// The test loss of a network as a function of its width N: what `LearningCurveFigure.chart` draws.
type LearningCurveFigure =
    {
        /// Widths N, positive; Loss, Bias and Variance are the theory at these.
        Widths: float[]
        Loss: float[]
        Bias: float[]
        Variance: float[]
        /// The same at N = infinity.
        InfiniteWidth: LossParts option
        Experiment: MeasuredLoss option
        /// What the theory leaves out at each width, `Assessment.AssumptionError`.
        AssumptionError: LossError option
        Title: string
        /// One sentence, such as the criterion.
        Subtitle: string
        XLabel: string
    }

[<RequireQualifiedAccess>]
module LearningCurveFigure =

    let private layers depth =
        if depth = 1 then
            "one hidden layer"
        else
            $"{depth} hidden layers"

    /// The curve of these points, at least one, against the width N of their last layers, titled by the first one's network.
    let ofPoints (points: CurvePoint seq) =
        let points = Array.ofSeq points

        match Array.tryHead points with
        | None -> raise (FailureException(BadData "A learning curve without points makes no figure."))
        | Some first ->
            {
                Widths = points |> Array.map (fun point -> float (List.last point.Network.Widths))
                Loss = points |> Array.map _.Score.Loss
                Bias = points |> Array.map _.Score.Bias
                Variance = points |> Array.map _.Score.Variance
                InfiniteWidth = None
                Experiment = None
                AssumptionError = None
                Title =
                    $"{first.Network.Activation} {first.Network.Kind}, {layers first.Network.Depth}, T = {first.Temperature}"
                Subtitle = ""
                XLabel = "width N"
            }

    /// The figure with the loss at infinite width as a line across.
    let withInfiniteWidth (score: Score) (figure: LearningCurveFigure) =
        { figure with
            InfiniteWidth =
                Some
                    {
                        Loss = score.Loss
                        Bias = score.Bias
                        Variance = score.Variance
                    }
        }

    /// The figure with what its theory leaves out at each width, where the assessments say so.
    let withAssessments (assessments: Assessment seq) (figure: LearningCurveFigure) =
        let errors =
            [|
                for assessment in assessments -> Result.toOption assessment.AssumptionError
            |]

        let column (value: AssumptionError -> float) =
            errors |> Array.map (Option.map value >> Option.defaultValue nan)

        { figure with
            AssumptionError =
                if Array.exists Option.isSome errors then
                    Some
                        {
                            Value = column _.Value
                            StandardError = column _.StandardError
                        }
                else
                    None
        }

    let private lossColor = Color.black

    /// A log axis where the values span more than a decade and are positive, else a linear one from zero.
    let private yAxis (values: float[]) =
        let finite = values |> Array.filter Double.IsFinite
        let title = "test error"

        if
            finite.Length > 0
            && Array.forall (fun v -> v > 0.0) finite
            && Array.max finite > 10.0 * Array.min finite
        then
            AxisStyle.log title
        else
            AxisStyle.fromZero title

    let private theory (figure: LearningCurveFigure) =
        [
            Chart.Line(
                figure.Widths,
                figure.Loss,
                Name = "loss",
                Color = lossColor,
                LineDash = LineDash.Solid,
                Width = 2.6
            )
            Chart.Line(figure.Widths, figure.Bias, Name = "bias", Color = Color.blue, LineDash = LineDash.Dot)
            Chart.Line(
                figure.Widths,
                figure.Variance,
                Name = "variance",
                Color = Color.vermilion,
                LineDash = LineDash.DashDot
            )
        ]

    let private experiment (measured: MeasuredLoss) =
        Chart.Point(
            measured.Widths,
            measured.Loss,
            Name = "loss, experiment",
            Color = lossColor,
            Symbol = MarkerSymbol.OpenCircle,
            YError = ErrorBars.symmetric measured.StandardError
        )

    let private infiniteWidth (parts: LossParts) chart =
        chart |> Chart.withGuide "N → ∞" parts.Loss lossColor LineDash.Dash

    /// Loss (black), bias and variance against N on a log axis, the loss at infinite width as a line across, measured
    /// losses as points. Raises a `FailureException` where arrays differ in length.
    let chart (figure: LearningCurveFigure) =
        let values =
            [ figure.Loss; figure.Bias; figure.Variance ]
            @ (figure.InfiniteWidth
               |> Option.map (fun parts -> [| parts.Loss |])
               |> Option.toList)
            @ (figure.Experiment |> Option.map _.Loss |> Option.toList)

        theory figure @ (figure.Experiment |> Option.map experiment |> Option.toList)
        |> Chart.combine
        |> Chart.withTitle figure.Title
        |> Chart.withSubtitle figure.Subtitle
        |> Chart.withXAxis (AxisStyle.log figure.XLabel)
        |> Chart.withYAxis (yAxis (Array.concat values))
        |> (figure.InfiniteWidth |> Option.map infiniteWidth |> Option.defaultValue id)
