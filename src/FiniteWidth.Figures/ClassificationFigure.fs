namespace FiniteWidth.Figures

open FiniteWidth
open Plotly.NET

/// A classification as a function of the width: what `ClassificationFigure.chart` draws.
type ClassificationFigure =
    {
        /// N.
        Widths: float[]
        /// The scores at these widths.
        Scores: ClassScore[]
        /// Those at infinite width, where they are known.
        InfiniteWidth: ClassScore option
        /// The title of the figure.
        Title: string
        /// The smaller line below the title.
        Subtitle: string
    }

/// Scores and calibration of classes.
[<RequireQualifiedAccess>]
module ClassificationFigure =

    let private colors =
        [
            Palette.blue
            Palette.vermilion
            Palette.green
            Palette.purple
            Palette.orange
        ]

    let private bins (score: ClassScore) value =
        score.Calibration |> List.map value |> Array.ofList

    // How often right against how sure, the bins' points on hovering.
    let private calibrationAxes (scores: (string * ClassScore) list) =
        let diagonal =
            Chart.Scatter(
                x = [| 0.0; 1.0 |],
                y = [| 0.0; 1.0 |],
                mode = StyleParam.Mode.Lines,
                Name = "calibrated",
                LineColor = Palette.gray,
                LineDash = StyleParam.DrawingStyle.Dash
            )

        diagonal
        :: [
            for i, (name, score) in List.indexed scores ->
                let confidence, accuracy = bins score _.Confidence, bins score _.Accuracy

                Chart.Scatter(
                    x = confidence,
                    y = accuracy,
                    mode = StyleParam.Mode.Lines_Markers,
                    Name = name,
                    LineColor = List.item (i % colors.Length) colors,
                    MarkerColor = List.item (i % colors.Length) colors
                )
                |> Draw.withNotes (
                    Notes.create
                        confidence.Length
                        [
                            "confidence", confidence
                            "accuracy", accuracy
                            "points", bins score (fun bin -> float bin.Count)
                        ]
                )
        ]
        |> Chart.combine
        |> Axes.linearX "confidence"
        |> Axes.fromZeroY "accuracy"

    /// The calibration curves of scores by name: bins of test points, how often they are right against how sure they are.
    let calibration title (scores: (string * ClassScore) seq) =
        List.ofSeq scores |> calibrationAxes |> Frame.titled title ""

    let private against figure yLabel (value: ClassScore -> float) =
        let values = figure.Scores |> Array.map value

        let line =
            Chart.Scatter(
                x = figure.Widths,
                y = values,
                mode = StyleParam.Mode.Lines_Markers,
                Name = yLabel,
                LineColor = Palette.blue,
                MarkerColor = Palette.blue
            )
            |> Draw.withNotes (Notes.create figure.Widths.Length [ "N", figure.Widths; yLabel, values ])
            |> Axes.logX "width N"
            |> Axes.linearY yLabel

        match figure.InfiniteWidth with
        | Some score -> Draw.horizontal "infinite width" (value score) line
        | None -> line

    let private selected figure =
        let named i =
            $"N = {figure.Widths[i]}", figure.Scores[i]

        let last = figure.Widths.Length - 1

        [ 0; last / 2; last ] |> List.distinct |> List.map named

    /// Negative log likelihood and accuracy against the width, the calibration error, and the calibration curves of the narrowest, a middle and
    /// the widest network.
    let chart figure =
        Draw.sameLength "A classification" [ "the width", figure.Widths.Length; "the score", figure.Scores.Length ]

        let curves =
            selected figure
            @ (figure.InfiniteWidth
               |> Option.map (fun score -> "infinite width", score)
               |> Option.toList)

        [
            against figure "negative log likelihood" _.NegativeLogLikelihood
            against figure "accuracy" _.Accuracy
            against figure "calibration error" _.CalibrationError
            calibrationAxes curves
        ]
        |> Panels.grid 2
        |> Frame.titled figure.Title figure.Subtitle
