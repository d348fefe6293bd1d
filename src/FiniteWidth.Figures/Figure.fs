namespace FiniteWidth.Figures

/// A straight line across the axes at one value, labelled outside them.
type internal GuideLine =
    {
        Direction: Orientation
        At: float
        Label: string
        Color: Color option
        Dash: LineDash
    }

/// One pair of axes and what is drawn in it.
type internal Panel =
    {
        Heading: string option
        Traces: Trace list
        X: AxisStyle
        Y: AxisStyle
        Guides: GuideLine list
        Annotations: Annotation list
    }

/// Panels by rows from the top left, and what they share.
type internal Figure =
    {
        Panels: Panel list
        Columns: int
        Title: string option
        Subtitle: string option
        Legend: LegendPosition option
        Size: (int * int) option
        Theme: Theme option
    }

module internal Panel =

    let empty =
        {
            Heading = None
            Traces = []
            X = AxisStyle.linear ""
            Y = AxisStyle.linear ""
            Guides = []
            Annotations = []
        }

module internal Figure =

    let ofTraces traces =
        {
            Panels = [ { Panel.empty with Traces = traces } ]
            Columns = 1
            Title = None
            Subtitle = None
            Legend = None
            Size = None
            Theme = None
        }

    let rows figure =
        (figure.Panels.Length + figure.Columns - 1) / figure.Columns

    let theme figure =
        figure.Theme |> Option.defaultValue Theme.paper

    let traces figure = figure.Panels |> List.collect _.Traces

    /// The distinct names in the order in which they appear: the entries of the legend.
    let names figure =
        figure |> traces |> List.choose _.Name |> List.distinct

    /// Width and height in px.
    let size figure =
        match figure.Size with
        | Some size -> size
        | None when figure.Panels.Length = 1 -> 700, 480
        | None -> 80 + 400 * figure.Columns, 130 + 320 * rows figure

    let mapPanels change figure =
        { figure with
            Panels = List.map change figure.Panels
        }
