namespace FiniteWidth.Figures

open System.Runtime.CompilerServices
open FiniteWidth

/// The functions of `Chart` as methods, for C#: `Chart.Line(x, y, Name: "loss").WithTitle("...").SaveHtml("out.html")`.
/// The ones that write raise a `FailureException` where the functions return a failure.
[<Extension; Sealed; AbstractClass>]
type ChartExtensions =

    /// The chart with a title, left aligned above the axes.
    [<Extension>]
    static member WithTitle(chart, title) = Chart.withTitle title chart

    /// The chart with a smaller, quieter line under its title.
    [<Extension>]
    static member WithSubtitle(chart, subtitle) = Chart.withSubtitle subtitle chart

    /// The chart with an x axis of this style, in every panel.
    [<Extension>]
    static member WithXAxis(chart, style) = Chart.withXAxis style chart

    /// The chart with a y axis of this style, in every panel.
    [<Extension>]
    static member WithYAxis(chart, style) = Chart.withYAxis style chart

    /// The chart with its legend at this place.
    [<Extension>]
    static member WithLegend(chart, position) = Chart.withLegend position chart

    /// The chart at a size in px, at least 100 x 100.
    [<Extension>]
    static member WithSize(chart, width, height) = Chart.withSize width height chart

    /// The chart with another theme.
    [<Extension>]
    static member WithTheme(chart, theme) = Chart.withTheme theme chart

    /// The chart with a note, in every panel.
    [<Extension>]
    static member WithAnnotation(chart, note) = Chart.withAnnotation note chart

    /// The chart with a dashed line across it at height y, labelled at its right end outside the axes.
    [<Extension>]
    static member WithHorizontalLine(chart, label, y) = Chart.withHorizontalLine label y chart

    /// The chart with a dashed line from bottom to top at x, labelled at its upper end.
    [<Extension>]
    static member WithVerticalLine(chart, label, x) = Chart.withVerticalLine label x chart

    /// Writes the chart as a page, whole or not at all.
    [<Extension>]
    static member SaveHtml(chart, path) =
        Chart.saveHtml path chart |> Result.orFail

    /// Writes a PNG at two pixels a px, drawn by headless Chromium with plotly.js from this machine.
    [<Extension>]
    static member SavePng(chart, path) =
        Chart.savePng path chart |> Result.orFail

    /// Writes an SVG, drawn by headless Chromium with plotly.js from this machine.
    [<Extension>]
    static member SaveSvg(chart, path) =
        Chart.saveSvg path chart |> Result.orFail

    /// The learning curve of these points, at least one, against the width of their last layers, titled by the first one's network.
    [<Extension>]
    static member ToFigure points = LearningCurveFigure.ofPoints points

    /// The learning curve with the loss at infinite width as a line across.
    [<Extension>]
    static member WithInfiniteWidth(figure, score) =
        LearningCurveFigure.withInfiniteWidth score figure

    /// The learning curve as a chart; arrays of different lengths raise a `FailureException`.
    [<Extension>]
    static member ToChart(figure: LearningCurveFigure) = LearningCurveFigure.chart figure
