namespace FiniteWidth.Figures

open System
open FiniteWidth
open Plotly.NET

/// A learning curve of certified losses beside a theory: what `CertifiedFigure.chart` draws.
type CertifiedFigure =
    {
        /// Widths N, positive and ascending; Loss, Bias, Variance and what follows are at these.
        Widths: float[]
        /// The loss at each width.
        Loss: float[]
        /// The bias at each width.
        Bias: float[]
        /// The variance at each width.
        Variance: float[]
        /// Of the loss; NaN where nothing is known of it.
        StandardError: float[]
        /// Whether the loss at each width is certified.
        Certified: bool[]
        /// Training examples P.
        Examples: int
        /// What chains found at some widths, by themselves.
        Sampled: MeasuredLoss
        /// A theory's name, and its loss as it stands, NaN where it has none.
        Theory: string * float[]
        /// The narrowest width from which on a theory alone is certified.
        TheoryFrom: float option
        /// The loss at N = infinity.
        InfiniteWidth: float option
        /// The title of the figure.
        Title: string
        /// One sentence, such as the verdict.
        Subtitle: string
        /// The title of the x axis.
        XLabel: string
    }

/// A certified curve beside its theory.
[<RequireQualifiedAccess>]
module CertifiedFigure =

    // What the band shows, in standard errors.
    let private bandWidth = WidthVerdict.standardErrors

    let private check (figure: CertifiedFigure) =
        Draw.sameLength
            "A certified learning curve"
            [
                "the column widths", figure.Widths.Length
                "the column loss", figure.Loss.Length
                "the column bias", figure.Bias.Length
                "the column variance", figure.Variance.Length
                "the column standard error", figure.StandardError.Length
                "the column certified", figure.Certified.Length
                $"the theory {fst figure.Theory}", (snd figure.Theory).Length
            ]

        LearningCurveFigure.checkMeasured figure.Sampled

    let private notes (figure: CertifiedFigure) =
        Notes.create
            figure.Widths.Length
            [
                "N", figure.Widths
                "P/N", figure.Widths |> Array.map (fun n -> float figure.Examples / n)
                "loss", figure.Loss
                "standard error", figure.StandardError
                "bias", figure.Bias
                "variance", figure.Variance
                $"{fst figure.Theory} theory", snd figure.Theory
            ]

    // The curve where a condition holds at the point or at one beside it, NaN elsewhere.
    let private where (holds: bool[]) (values: float[]) =
        values
        |> Array.mapi (fun i value ->
            let near = [ i - 1; i; i + 1 ] |> List.filter (fun k -> k >= 0 && k < holds.Length)

            if near |> List.exists (fun k -> holds[k]) then
                value
            else
                nan)

    /// The certified loss (black, dotted where it is not certified) with a band of two standard errors, its bias and variance, against N on a log
    /// axis; the chains' own losses as points; the theory as it stands, dashed; the loss at infinite width as a line across, and one where the
    /// theory takes over from sampling. A fresh chart. Raises a `FailureException` where arrays differ in length.
    let chart (figure: CertifiedFigure) =
        check figure

        let values =
            Array.concat
                [
                    figure.Loss
                    figure.Bias
                    figure.Variance
                    snd figure.Theory
                    Option.toArray figure.InfiniteWidth
                ]
            |> Array.filter Double.IsFinite

        let isLog = LearningCurveFigure.isLog values
        let line = LearningCurveFigure.line (notes figure) figure.Widths
        let lowest = if isLog then 0.7 * Array.min values else 0.0

        let side sign =
            Array.map2
                (fun (loss: float) error -> Math.Clamp(loss + sign * bandWidth * error, lowest, 1.3 * Array.max values))
                figure.Loss
                figure.StandardError

        let open' = Array.map not figure.Certified

        [
            Draw.band "± 2 standard errors" Palette.blue figure.Widths (side -1.0) (side 1.0)

            line (snd figure.Theory) $"{fst figure.Theory} theory" Palette.orange StyleParam.DrawingStyle.Dash 2.4

            line figure.Bias "bias" Palette.blue StyleParam.DrawingStyle.Dot 1.8
            line figure.Variance "variance" Palette.vermilion StyleParam.DrawingStyle.DashDot 1.8

            if Array.contains true open' then
                line (where open' figure.Loss) "not certified" Palette.gray StyleParam.DrawingStyle.Dot 2.4

            line
                (Array.map2 (fun certified loss -> if certified then loss else nan) figure.Certified figure.Loss)
                "loss, certified"
                Palette.black
                StyleParam.DrawingStyle.Solid
                3.0

            if figure.Sampled.Widths.Length > 0 then
                LearningCurveFigure.measured "sampled" figure.Sampled
        ]
        |> Chart.combine
        |> Axes.logX figure.XLabel
        |> if isLog then
               Axes.logY "test error"
           else
               Axes.fromZeroY "test error"
        |> match figure.InfiniteWidth with
           | Some loss -> Draw.horizontal "N → ∞" loss
           | None -> id
        |> match figure.TheoryFrom with
           | Some width -> Draw.verticalFromBelow "theory →" width
           | None -> id
        |> Frame.titled figure.Title figure.Subtitle
