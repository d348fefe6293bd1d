namespace FiniteWidth.Figures

open System
open System.Globalization

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

    /// 1, 2 or 5 times a power of ten: the smallest of which at most `count` fit into `length`.
    let private niceStep length count =
        let rough = length / float count
        let power = 10.0 ** floor (log10 rough)

        [ 1.0; 2.0; 5.0 ]
        |> List.tryFind (fun m -> m * power >= rough)
        |> Option.defaultValue 10.0
        |> (*) power

    // Plain digits read best; where they would be long, powers of ten.
    let private hasDigits low high = low >= 1e-5 && high <= 2e5

    /// Characters of the longest label that ticks in [low, high] have.
    let labelLength low high =
        let before = if high > 1.0 then 1 + int (log10 high) else 1
        let after = if low < 1.0 then 1 + int (ceil -(log10 low)) else 0
        if hasDigits low high then max before (1 + after) else 5

    /// Ticks for [low, high] on an axis of `pixels`, where a label needs `labelPixels`.
    let ticks pixels labelPixels low high =
        let decades = log10 (high / low)
        let decadePixels = pixels / decades
        let digits = if hasDigits low high then Some "~r" else None

        if decades < 0.7 then
            let count = Math.Clamp(int (pixels / (2.0 * labelPixels)), 2, 6)
            let step = niceStep (high - low) count

            {
                Step = Text("L" + step.ToString("R", CultureInfo.InvariantCulture))
                Minor = None
                Format = digits |> Option.orElse (Some "~e")
            }
        // 1 and 2, the closest labels, are 0.3 of a decade apart. Powers label 2 and 5 only where decades are few.
        elif 0.3 * decadePixels >= labelPixels && (digits.IsSome || decades < 2.0) then
            {
                Step = Text "D2"
                Minor = Some(Text "D1")
                Format = digits |> Option.orElse (Some "~e")
            }
        else
            let step = max 1.0 (ceil (labelPixels / decadePixels))

            {
                Step = Number step
                Minor = if step > 1.0 then Some(Number 1.0) else Some(Text "D1")
                Format = digits
            }

    /// The ends of a log axis, in the units of the data, for data within [low, high].
    let range (style: AxisStyle) (low, high) =
        match style.Range with
        | AxisRange.Between(first, last) when first > 0.0 && last > 0.0 -> first, last
        | _ -> pad 0.04 low high
