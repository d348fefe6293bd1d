namespace FiniteWidth.Figures

open System.Runtime.CompilerServices
open Plotly.NET
open FiniteWidth

/// Figures and their files as methods, for C#: `curve.ToFigure().ToChart().SaveHtml("curve.html")`. A chart is Plotly.NET's: Plotly.NET.CSharp
/// changes and combines it. The ones that write raise a `FailureException` where the functions return a failure.
[<Extension; Sealed; AbstractClass>]
type FigureExtensions =

    /// The learning curve of these points, at least one, against the width of their last layers, titled by the first one's network.
    [<Extension>]
    static member ToFigure points = LearningCurveFigure.ofPoints points

    /// The learning curve with the loss at infinite width as a line across.
    [<Extension>]
    static member WithInfiniteWidth(figure, score) =
        LearningCurveFigure.withInfiniteWidth score figure

    /// The learning curve with what the saddle point leaves out at each width, NaN where it is not known, as a band.
    [<Extension>]
    static member WithErrorBar(figure, bars: float seq) =
        LearningCurveFigure.withErrorBar bars figure

    /// The learning curve with the exact first order in 1/N, and as a band what a theory of this slope in 1/N is off by.
    [<Extension>]
    static member WithExpansion(figure, slope, expansion) =
        LearningCurveFigure.withExpansion slope expansion figure

    /// The learning curve as a fresh chart; arrays of different lengths raise a `FailureException`.
    [<Extension>]
    static member ToChart(figure: LearningCurveFigure) = LearningCurveFigure.chart figure

    /// The certified learning curve as a fresh chart; arrays of different lengths raise a `FailureException`.
    [<Extension>]
    static member ToChart(figure: CertifiedFigure) = CertifiedFigure.chart figure

    /// The comparison as a fresh chart; arrays of different lengths raise a `FailureException`.
    [<Extension>]
    static member ToChart(figure: ComparisonFigure) = ComparisonFigure.chart figure

    /// The chart with another title, which Plotly.NET offers to F# alone.
    [<Extension>]
    static member WithTitle(chart: GenericChart, title) = Frame.titled title "" chart

    /// Writes the chart as a page that needs nothing else, whole or not at all.
    [<Extension>]
    static member SaveHtml(chart: GenericChart, path) =
        Export.saveHtml path chart |> Result.orFail

    /// Writes a PNG at two pixels a px, drawn by headless Chromium.
    [<Extension>]
    static member SavePng(chart: GenericChart, path) =
        Export.savePng path chart |> Result.orFail

    /// Writes an SVG, drawn by headless Chromium.
    [<Extension>]
    static member SaveSvg(chart: GenericChart, path) =
        Export.saveSvg path chart |> Result.orFail
