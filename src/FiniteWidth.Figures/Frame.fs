namespace FiniteWidth.Figures

/// Where everything stands, in px: margins around the axes, gaps between panels, the heights of what is above them.
type internal Frame =
    {
        Width: float
        Height: float
        Left: float
        Right: float
        Top: float
        Bottom: float
        ColumnGap: float
        RowGap: float
        /// Room right of each panel for the labels of guide lines and for colour bars.
        Beside: float
        /// Room above each panel for its heading.
        Heading: float
        Title: string
        Subtitle: string
        /// From the top of the figure to the top of the subtitle.
        SubtitleTop: float
        Legend: LegendPosition
    }

module internal Frame =

    let titleSize (theme: Theme) = 1.3 * theme.FontSize
    let axisTitleSize (theme: Theme) = 1.1 * theme.FontSize
    let headingSize (theme: Theme) = 1.1 * theme.FontSize

    /// From the edge of the figure to its title.
    let margin = 14.0

    let private lineHeight = 1.3

    // The sample of line or marker beside a name takes 30 px, the space around it 15 px.
    let private legendEntry (theme: Theme) name = 45.0 + Label.width theme.FontSize name

    // The height of a further row: a line of text, at least that of the sample beside it, and the gap.
    let private legendRow (theme: Theme) =
        max 16.0 (lineHeight * theme.FontSize) + 3.0

    /// Room for a colour bar with its numbers and, above it, its title.
    let private colorBar (theme: Theme) trace =
        match trace.Mark with
        | HeatMap map ->
            let title =
                map.Legend |> Option.map (Label.width theme.FontSize) |> Option.defaultValue 0.0

            max (5.5 * theme.FontSize) (12.0 + title)
        | _ -> 0.0

    let private isHeaded (panel: Panel) =
        panel.Heading.IsSome
        || panel.Traces |> List.exists (Trace.colorTitle >> Option.isSome)

    let private beside (theme: Theme) (panel: Panel) =
        let labels =
            panel.Guides
            |> List.filter (fun guide -> guide.Direction = Horizontal && guide.Label <> "")
            |> List.map (fun guide -> 8.0 + Label.width theme.FontSize guide.Label)

        0.0 :: labels @ List.map (colorBar theme) panel.Traces |> List.max

    let private legend theme plotWidth figure =
        let names = Figure.names figure

        match figure.Legend with
        | Some position -> position
        | None when names.Length < 2 -> LegendPosition.Hidden
        | None when names |> List.sumBy (legendEntry theme) <= plotWidth -> LegendPosition.Above
        | None -> LegendPosition.Right

    // Where its entries do not fit into one row, plotly.js puts them into columns as wide as the widest.
    let private legendRows theme plotWidth figure =
        match figure |> Figure.names |> List.map (legendEntry theme) with
        | entries when List.sum entries <= plotWidth -> 1
        | entries ->
            let columns = max 1 (int (plotWidth / List.max entries))
            (entries.Length + columns - 1) / columns

    /// Sizes follow from the font size and the texts; plotly.js widens the margins where tick labels need more.
    let create figure =
        let theme = Figure.theme figure
        let size = theme.FontSize
        let width, height = Figure.size figure
        let left = 5.6 * size
        let beside = figure.Panels |> List.map (beside theme) |> List.max
        let inner = float width - left - 24.0 - beside
        let legend = legend theme inner figure

        let right =
            match legend with
            | LegendPosition.Right -> figure |> Figure.names |> List.map (legendEntry theme) |> List.fold max 0.0
            | _ -> 0.0

        let block fontSize text =
            match text with
            | None
            | Some "" -> "", 0.0
            | Some text ->
                let text, lines = Label.wrap fontSize (float width - left - 24.0) text
                text, lineHeight * fontSize * float lines

        let title, titleHeight = block (titleSize theme) figure.Title
        let subtitle, subtitleHeight = block size figure.Subtitle

        let legendHeight =
            match legend with
            | LegendPosition.Above -> 2.2 * size + float (legendRows theme inner figure - 1) * legendRow theme
            | _ -> 0.0

        let heading =
            if figure.Panels |> List.exists isHeaded then
                1.9 * size
            else
                0.0

        {
            Width = float width
            Height = float height
            Left = left
            Right = 24.0 + beside + right
            Top = margin + titleHeight + subtitleHeight + legendHeight + heading + 8.0
            Bottom =
                (if figure.Panels |> List.forall (fun panel -> panel.X.Title = "") then
                     2.8
                 else
                     4.6)
                * size
            ColumnGap = 6.0 * size + beside
            RowGap = 5.2 * size + heading
            Beside = beside
            Heading = heading
            Title = title
            Subtitle = subtitle
            SubtitleTop = margin + titleHeight
            Legend = legend
        }

    /// Width and height of the region of the axes of all panels.
    let inner frame =
        max 1.0 (frame.Width - frame.Left - frame.Right), max 1.0 (frame.Height - frame.Top - frame.Bottom)

    /// The part [first, last] of [0, 1] that the `index`-th of `count` equal cells with `gap` between them takes.
    let private cell length gap count index =
        let size = (length - gap * float (count - 1)) / float count |> max 1.0
        let start = float index * (size + gap)
        start / length, min 1.0 ((start + size) / length)

    /// The horizontal and vertical domains of the `index`-th panel in fractions of the inner region, upwards.
    let domains figure frame index =
        let innerWidth, innerHeight = inner frame
        let rows = Figure.rows figure
        let row, column = index / figure.Columns, index % figure.Columns
        let x = cell innerWidth frame.ColumnGap figure.Columns column
        let y = cell innerHeight frame.RowGap rows (rows - 1 - row)
        x, y
