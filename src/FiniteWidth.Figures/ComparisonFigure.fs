namespace FiniteWidth.Figures

/// A theory's test losses at the places of a series, and their differences from the measured ones in standard errors.
type TheoryLine =
    {
        Name: string
        Loss: float[]
        ZScore: float[]
    }

/// Measured test losses along one axis, and what theories predict there.
type ComparisonSeries =
    {
        /// What the series differs by from the others; empty where there is one.
        Label: string
        X: float[]
        Loss: float[]
        StandardError: float[]
        /// False where the chains have not converged.
        Converged: bool[]
        /// The theory's own error bar, NaN where it is not known.
        ErrorBar: float[]
        /// The loss to first order in 1/N with the hidden units as they are, NaN where it is not known.
        FirstOrder: float[]
        /// The loss at infinite width, NaN where it is not known.
        InfiniteWidth: float[]
        Theories: TheoryLine list
    }

/// Theory against experiment: what `ComparisonFigure.chart` draws.
type ComparisonFigure =
    {
        Series: ComparisonSeries list
        Title: string
        Subtitle: string
        XLabel: string
    }

[<RequireQualifiedAccess>]
module ComparisonFigure =

    let private theoryColors = [ Color.blue; Color.orange; Color.purple; Color.green ]

    let private dashes =
        [ LineDash.Solid; LineDash.Dash; LineDash.Dot; LineDash.DashDot ]

    let private symbols =
        [
            MarkerSymbol.Circle
            MarkerSymbol.Square
            MarkerSymbol.Diamond
            MarkerSymbol.TriangleUp
        ]

    let private cyclic items i = List.item (i % List.length items) items

    let private named (series: ComparisonSeries) what =
        if series.Label = "" then
            what
        else
            $"{what}, {series.Label}"

    let private where condition (values: float[]) =
        Array.map2 (fun holds value -> if holds then value else nan) condition values

    let private dots (series: ComparisonSeries) name symbol condition =
        Chart.Point(
            series.X,
            where condition series.Loss,
            Name = named series name,
            Color = Color.black,
            Symbol = symbol,
            YError = ErrorBars.symmetric (where condition series.StandardError)
        )

    let private losses i (series: ComparisonSeries) =
        [
            if not (Array.forall System.Double.IsNaN series.InfiniteWidth) then
                Chart.Line(
                    series.X,
                    series.InfiniteWidth,
                    Name = named series "infinite width",
                    Color = Color.gray,
                    LineDash = LineDash.Dash
                )

            if not (Array.forall System.Double.IsNaN series.FirstOrder) then
                Chart.Line(
                    series.X,
                    series.FirstOrder,
                    Name = named series "first order in 1/N",
                    Color = Color.gray,
                    LineDash = LineDash.DashDot
                )

            for k, theory in List.indexed series.Theories do
                let color = cyclic theoryColors k
                let name = named series theory.Name

                if not (Array.forall System.Double.IsNaN series.ErrorBar) then
                    Chart.Band(
                        series.X,
                        Array.map2 (-) theory.Loss series.ErrorBar,
                        Array.map2 (+) theory.Loss series.ErrorBar,
                        Name = name,
                        Color = color
                    )

                Chart.Line(series.X, theory.Loss, Name = name, Color = color, LineDash = cyclic dashes (i + k))

            dots series "experiment" MarkerSymbol.Circle series.Converged

            if Array.exists not series.Converged then
                dots series "experiment, not converged" MarkerSymbol.OpenCircle (Array.map not series.Converged)
        ]

    let private residuals i (series: ComparisonSeries) =
        [
            for k, theory in List.indexed series.Theories ->
                Chart.Line(
                    series.X,
                    theory.ZScore,
                    Name = named series theory.Name,
                    Color = cyclic theoryColors k,
                    LineDash = cyclic dashes (i + k),
                    Symbol = cyclic symbols k
                )
        ]

    let private panel figure draw yAxis =
        figure.Series
        |> List.mapi draw
        |> List.concat
        |> Chart.combine
        |> Chart.withXAxis (AxisStyle.log figure.XLabel)
        |> Chart.withYAxis yAxis

    /// Above, theories as lines with the band of their error bar, experiments as points with standard errors, infinite width and the
    /// first order in 1/N as lines; below, theory less experiment in standard errors, with lines at 3 on either side. Raises a `FailureException` where arrays differ in length.
    let chart (figure: ComparisonFigure) =
        let upper = panel figure losses (AxisStyle.fromZero "test error")

        let lower =
            panel figure residuals (AxisStyle.linear "(theory - experiment)/standard error")
            |> Chart.withHorizontalLine "±3" 3.0
            |> Chart.withHorizontalLine "" -3.0

        Chart.grid 1 [ upper; lower ]
        |> Chart.withSize 900 900
        |> Chart.withTitle figure.Title
        |> Chart.withSubtitle figure.Subtitle
