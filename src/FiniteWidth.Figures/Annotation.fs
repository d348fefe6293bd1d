namespace FiniteWidth.Figures

/// A text beside the point (X, Y), in the units of the axes; with an arrow to it from (dx, dy) px away, y downwards.
type Annotation =
    {
        X: float
        Y: float
        Text: string
        ArrowFrom: (float * float) option
    }

    /// A text just above the point (x, y).
    static member at x y text =
        {
            X = x
            Y = y
            Text = text
            ArrowFrom = None
        }

    /// A text (dx, dy) px away from the point (x, y), y downwards, and an arrow from it to the point.
    static member arrow dx dy x y text =
        {
            X = x
            Y = y
            Text = text
            ArrowFrom = Some(dx, dy)
        }
