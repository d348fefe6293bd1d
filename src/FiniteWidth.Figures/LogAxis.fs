namespace FiniteWidth.Figures

open System

/// Tick marks of a logarithmic axis.
type internal LogTicks =
    {
        /// plotly.js's distance between labelled ticks: n decades, "D2" for 1, 2, 5, or "L s" for steps of s.
        Step: Json
        /// The distance between unlabelled ticks.
        Minor: Json option
        Format: string option
    }

module internal LogAxis =

    /// The range that shows positive `low` <= `high` with `room` (a fraction of the length) at both ends.
    let pad room low high =
        // One value alone, or nearly, gets a fifth of a decade on either side.
        let a, b = log10 low, log10 high
        let extra = if b - a < 0.02 then 0.2 else room * (b - a)
        10.0 ** (a - extra), 10.0 ** (b + extra)

    /// 1, 2 or 5 times a power of ten: the largest such that `length` holds at least `count` of them.
    let private niceStep length count =
        let rough = length / float count
        let power = 10.0 ** floor (log10 rough)

        [ 5.0; 2.0; 1.0 ]
        |> List.tryFind (fun m -> m * power <= rough)
        |> Option.defaultValue 1.0
        |> (*) power

    /// Ticks for [low, high] on an axis of `pixels`, where a label needs `labelPixels`.
    let ticks pixels labelPixels low high =
        let decades = log10 (high / low)
        let decadePixels = pixels / decades
        // Plain digits read best; where they would be long, powers of ten.
        let digits = if low >= 9e-5 && high <= 2e5 then Some "~r" else None

        if decades < 0.7 then
            let count = Math.Clamp(int (pixels / (2.0 * labelPixels)), 2, 6)
            let step = niceStep (high - low) count

            { Step = Text("L" + step.ToString "R")
              Minor = None
              Format = digits |> Option.orElse (Some "~e") }
        elif decadePixels >= 3.3 * labelPixels then
            { Step = Text "D2"
              Minor = Some(Text "D1")
              Format = digits }
        else
            let step = max 1.0 (ceil (labelPixels / decadePixels))

            { Step = Number step
              Minor = if step > 1.0 then Some(Number 1.0) else Some(Text "D1")
              Format = digits }

    /// The ends of a log axis, in the units of the data, for data within [low, high].
    let range (style: AxisStyle) (low, high) =
        match style.Range with
        | AxisRange.Between(first, last) when first > 0.0 && last > 0.0 -> first, last
        | _ -> pad 0.04 low high
