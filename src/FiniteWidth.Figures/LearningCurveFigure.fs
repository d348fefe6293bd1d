namespace FiniteWidth.Figures

open System
open FiniteWidth
open Plotly.NET

/// The test loss and its two parts: loss = bias + variance.
type LossParts =
    {
        /// Bias and variance together.
        Loss: float
        /// Mean squared error of the posterior mean.
        Bias: float
        /// Mean posterior variance.
        Variance: float
    }

/// How far a theory's losses are off at each width, with standard errors; NaN where that is not known.
type LossError =
    {
        /// The error of the loss, at each width.
        Value: float[]
        /// Its standard error, at each width.
        StandardError: float[]
    }

/// Measured test losses, one a width, with their standard errors.
type MeasuredLoss =
    {
        /// Where they were measured.
        Widths: float[]
        /// Measured losses.
        Loss: float[]
        /// Their standard errors.
        StandardError: float[]
    }

/// The test loss of a network as a function of its width N: what `LearningCurveFigure.chart` draws.
type LearningCurveFigure =
    {
        /// Widths N, positive; Loss, Bias and Variance are the theory at these.
        Widths: float[]
        /// The loss at each width.
        Loss: float[]
        /// The bias at each width.
        Bias: float[]
        /// The variance at each width.
        Variance: float[]
        /// Training examples P, where they are known.
        Examples: int option
        /// More to say of each width on hovering, such as order parameters and evidence: a name and a value a width.
        Details: (string * float[]) list
        /// What the saddle point leaves out of the loss; empty, or NaN, where it is not known.
        ErrorBar: float[]
        /// The loss to first order in 1/N with the hidden units as they are; empty, or NaN, where it is not known or not small.
        FirstOrder: float[]
        /// The same at N = infinity.
        InfiniteWidth: LossParts option
        /// Measured losses, if there are any.
        Experiment: MeasuredLoss option
        /// What it costs to take hidden units for Gaussian, to first order in 1/N.
        AssumptionError: LossError option
        /// The title of the figure.
        Title: string
        /// One sentence, such as the criterion.
        Subtitle: string
        /// The title of the x axis.
        XLabel: string
    }

/// The test loss against the width.
[<RequireQualifiedAccess>]
module LearningCurveFigure =

    let private layers depth =
        if depth = 1 then
            "one hidden layer"
        else
            $"{depth} hidden layers"

    let private details (points: CurvePoint[]) =
        let first = points[0].Posterior
        let depth = first.Network.Depth

        let orderParameters =
            [
                for l, symbol in List.indexed first.Model.OrderParameters ->
                    Notation.orderParameter depth symbol, points |> Array.map _.Posterior.OrderParameters[l]
            ]

        orderParameters
        @ [
            "log evidence", points |> Array.map (fun point -> Posterior.logEvidence point.Posterior)
        ]

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
                Examples = Some first.Examples
                Details = details points
                ErrorBar = [||]
                FirstOrder = [||]
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

    /// The figure with what the saddle point leaves out of the loss at each width, NaN where it is not known, as a band.
    let withErrorBar (bars: float seq) (figure: LearningCurveFigure) =
        { figure with
            ErrorBar = bars |> Seq.map abs |> Array.ofSeq
        }

    let private withErrors (errors: AssumptionError option[]) (figure: LearningCurveFigure) =
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

    let private firstOrder (expansion: WidthExpansion) (width: float) =
        expansion.TryLoss(int width) |> Option.defaultValue nan

    /// The figure with the exact first order in 1/N as a line, and as a band what a theory of this slope in 1/N (`Criterion.Slope`) is off by.
    let withExpansion slope (expansion: WidthExpansion) (figure: LearningCurveFigure) =
        { figure with
            FirstOrder = figure.Widths |> Array.map (firstOrder expansion)
        }
        |> withErrors
            [|
                for width in figure.Widths -> AssumptionError.atWidth slope (int width) expansion |> Result.toOption
            |]

    /// The figure with what the assessments know of each width, in order: error bars, the exact first order in 1/N and what the theory is off by.
    let withAssessments (assessments: Assessment seq) (figure: LearningCurveFigure) =
        let assessments = Array.ofSeq assessments

        Draw.sameLength
            "A learning curve with assessments"
            [ "the widths", figure.Widths.Length; "the assessments", assessments.Length ]

        { figure with
            FirstOrder =
                (figure.Widths, assessments)
                ||> Array.map2 (fun width assessment ->
                    assessment.Expansion
                    |> Result.map (fun expansion -> firstOrder expansion width)
                    |> Result.defaultValue nan)
        }
        |> withErrorBar [ for assessment in assessments -> Result.defaultValue nan assessment.ErrorBar ]
        |> withErrors
            [|
                for assessment in assessments -> Result.toOption assessment.AssumptionError
            |]

    let internal checkMeasured (measured: MeasuredLoss) =
        Draw.sameLength
            "The experiment"
            [
                "the widths", measured.Widths.Length
                "the loss", measured.Loss.Length
                "the standard error", measured.StandardError.Length
            ]

    let private check (figure: LearningCurveFigure) =
        let columns =
            [
                "widths", figure.Widths
                "loss", figure.Loss
                "bias", figure.Bias
                "variance", figure.Variance
            ]
            @ ([ "error bar", figure.ErrorBar; "first order", figure.FirstOrder ]
               |> List.filter (fun (_, values) -> values.Length > 0))
            @ [
                match figure.AssumptionError with
                | Some error ->
                    "assumption error", error.Value
                    "assumption error's standard error", error.StandardError
                | None -> ()
            ]
            @ figure.Details

        Draw.sameLength "A learning curve" [ for name, values in columns -> $"the column {name}", values.Length ]

        Option.iter checkMeasured figure.Experiment

    let private notes (figure: LearningCurveFigure) =
        let loads =
            match figure.Examples with
            | Some p -> [ "P/N", figure.Widths |> Array.map (fun n -> float p / n) ]
            | None -> []

        [ "N", figure.Widths ]
        @ loads
        @ figure.Details
        @ [
            "loss", figure.Loss
            "bias", figure.Bias
            "variance", figure.Variance
            "error bar", figure.ErrorBar
            match figure.AssumptionError with
            | Some error ->
                "Gaussian assumption, error", error.Value
                "its standard error", error.StandardError
            | None -> ()
            "first order in 1/N", figure.FirstOrder
        ]
        |> Notes.create figure.Widths.Length

    let internal line notes x y name color dash width =
        Chart.Scatter(
            x = x,
            y = y,
            mode = StyleParam.Mode.Lines,
            Name = name,
            LineColor = color,
            LineDash = dash,
            LineWidth = width
        )
        |> Draw.withNotes notes

    let internal measured name (measured: MeasuredLoss) =
        Chart.Scatter(
            x = measured.Widths,
            y = measured.Loss,
            mode = StyleParam.Mode.Markers,
            Name = name,
            MarkerColor = Palette.black,
            MarkerSymbol = StyleParam.MarkerSymbol.Circle
        )
        |> Draw.withErrors measured.StandardError
        |> Draw.withNotes (
            Notes.create
                measured.Widths.Length
                [
                    "N", measured.Widths
                    "loss", measured.Loss
                    "standard error", measured.StandardError
                ]
        )

    // What the axis is made for; bands may reach far beyond it where N is small.
    let private values (figure: LearningCurveFigure) =
        Array.concat
            [
                figure.Loss
                figure.Bias
                figure.Variance
                figure.FirstOrder
                figure.InfiniteWidth
                |> Option.map (fun parts -> [| parts.Loss |])
                |> Option.defaultValue [||]
                figure.Experiment |> Option.map _.Loss |> Option.defaultValue [||]
            ]
        |> Array.filter Double.IsFinite

    /// A log axis where the values span more than a decade and are positive, else a linear one from zero.
    let internal isLog values =
        not (Array.isEmpty values)
        && Array.forall (fun v -> v > 0.0) values
        && Array.max values > 10.0 * Array.min values

    let private band (figure: LearningCurveFigure) values name color (errors: float[]) =
        if Array.exists Double.IsFinite errors then
            let lowest = if isLog values then 0.7 * Array.min values else 0.0
            let highest = 1.3 * Array.max values

            let side sign =
                Array.map2
                    (fun (loss: float) (error: float) -> Math.Clamp(loss + sign * error, lowest, highest))
                    figure.Loss
                    errors

            [ Draw.band name color figure.Widths (side -1.0) (side 1.0) ]
        else
            []

    // The first order and the assumption's error are as uncertain as the slope that both come from.
    let private noise (figure: LearningCurveFigure) =
        match figure.AssumptionError with
        | Some error -> Draw.withErrors error.StandardError
        | None -> id

    /// Loss (black), bias and variance against N on a log axis; bands of the theory's own error bars; the exact first order in 1/N; the loss at infinite width as a line
    /// across; measured losses as points. Each point tells its numbers on hovering. A fresh chart: compose it with Plotly.NET's own functions. Raises a `FailureException`
    /// where arrays differ in length.
    let chart (figure: LearningCurveFigure) =
        check figure
        let values = values figure
        let line = line (notes figure) figure.Widths

        let chart =
            [
                match figure.AssumptionError with
                | Some error -> yield! band figure values "± Gaussian assumption" Palette.orange error.Value
                | None -> ()

                yield! band figure values "± error bar" Palette.skyBlue figure.ErrorBar
                line figure.Loss "loss" Palette.black StyleParam.DrawingStyle.Solid 3.2
                line figure.Bias "bias" Palette.blue StyleParam.DrawingStyle.Dot 2.4
                line figure.Variance "variance" Palette.vermilion StyleParam.DrawingStyle.DashDot 2.2

                if Array.exists Double.IsFinite figure.FirstOrder then
                    line figure.FirstOrder "first order in 1/N" Palette.green StyleParam.DrawingStyle.Dash 2.2
                    |> noise figure

                yield! figure.Experiment |> Option.map (measured "loss, experiment") |> Option.toList
            ]
            |> Chart.combine
            |> Axes.logX figure.XLabel
            |> if isLog values then
                   Axes.logY "test error"
               else
                   Axes.fromZeroY "test error"

        let chart =
            match figure.InfiniteWidth with
            | Some parts -> Draw.horizontal "N → ∞" parts.Loss chart
            | None -> chart

        chart |> Frame.titled figure.Title figure.Subtitle
