namespace FiniteWidth.Figures

open System
open FiniteWidth

[<RequireQualifiedAccess>]
type AxisScale =
    | Linear
    | Log

[<RequireQualifiedAccess>]
type AxisRange =
    /// The data, with a little room around them.
    | Automatic
    /// From zero to the data; the same as `Automatic` on a log axis.
    | FromZero
    /// From `first` to `last`, in the units of the data; `first` > `last` turns the axis round.
    | Between of first: float * last: float

/// An axis: its title, scale, range and the format of its tick labels.
type AxisStyle =
    {
        Title: string
        Scale: AxisScale
        Range: AxisRange
        /// A d3-format specifier (".2f", "~e", "~%"), or none for one chosen from the range.
        TickFormat: string option
        /// From large to small: for the rows of a matrix.
        Reversed: bool
    }

    /// A linear axis over the data.
    static member linear title =
        {
            Title = title
            Scale = AxisScale.Linear
            Range = AxisRange.Automatic
            TickFormat = None
            Reversed = false
        }

    /// A logarithmic axis, base 10: values that are not positive are not drawn.
    static member log title =
        { AxisStyle.linear title with
            Scale = AxisScale.Log
        }

    /// A linear axis that includes zero.
    static member fromZero title =
        { AxisStyle.linear title with
            Range = AxisRange.FromZero
        }

    /// The axis from `first` to `last`, both finite and different, and positive on a log axis.
    static member withRange (first: float) (last: float) (style: AxisStyle) =
        if not (Double.IsFinite first && Double.IsFinite last) || first = last then
            raise
            <| FailureException(
                BadData $"An axis cannot run from {first} to {last}: its ends must be finite and different."
            )
        elif style.Scale = AxisScale.Log && min first last <= 0.0 then
            raise
            <| FailureException(BadData $"A log axis cannot run from {first} to {last}: both ends must be positive.")
        else
            { style with
                Range = AxisRange.Between(first, last)
            }

    /// The axis with tick labels written by a d3-format specifier, such as ".2f", "~e" or "~%".
    static member withTickFormat format (style: AxisStyle) = { style with TickFormat = Some format }

    /// The axis from large to small: `AxisStyle.linear "row" |> AxisStyle.reversed` shows a matrix as it is written.
    static member reversed(style: AxisStyle) =
        { style with
            Reversed = not style.Reversed
        }
