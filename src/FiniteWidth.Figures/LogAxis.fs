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

/// Positions on a logarithmic axis are in decades, log10 of the data: there even the largest and the smallest float
/// leave room for margins.
module internal LogAxis =

    /// The range that shows `low` <= `high` with `room` (a fraction of the length) at both ends.
    let private pad room low high =
        // One value alone, or nearly, gets a fifth of a decade on either side.
        let extra = if high - low < 0.02 then 0.2 else room * (high - low)
        low - extra, high + extra

    /// The ends of a log axis, for data within [low, high] > 0.
    let range (style: AxisStyle) (low: float, high: float) =
        match style.Range with
        | AxisRange.Between(first, last) when first > 0.0 && last > 0.0 -> log10 first, log10 last
        | _ -> pad 0.04 (log10 low) (log10 high)

    /// 1, 2 or 5 times a power of ten: the smallest of which at most `count` fit into `length`.
    let private niceStep length count =
        let rough = length / float count
        let power = 10.0 ** floor (log10 rough)

        [ 1.0; 2.0; 5.0 ]
        |> List.tryFind (fun m -> m * power >= rough)
        |> Option.defaultValue 10.0
        |> (*) power

    // Plain digits, 0.00001 to 200000, read best; beyond, they would be long.
    let private hasDigits low high = low >= -5.0 && high <= 5.31

    /// Characters of the longest label of the ticks in [low, high].
    let labelLength low high =
        let before = 1 + int (max 0.0 high)
        let after = if low < 0.0 then 1 + int (ceil -low) else 0
        if hasDigits low high then max before (1 + after) else 5

    /// Ticks for [low, high] on an axis of `pixels`, where a label needs `labelPixels`.
    let ticks pixels labelPixels low high =
        let decadePixels = pixels / (high - low)
        let digits = if hasDigits low high then Some "~r" else None
        let exponents = digits |> Option.orElse (Some "~e")

        if high - low < 0.7 then
            let count = Math.Clamp(int (pixels / (2.0 * labelPixels)), 2, 6)
            let step = niceStep (10.0 ** high - 10.0 ** low) count

            {
                Step = Text("L" + step.ToString("R", CultureInfo.InvariantCulture))
                Minor = None
                Format = exponents
            }
        // 1 and 2, the closest labels, are 0.3 of a decade apart. Powers label 2 and 5 only where decades are few.
        elif 0.3 * decadePixels >= labelPixels && (digits.IsSome || high - low < 2.0) then
            {
                Step = Text "D2"
                Minor = Some(Text "D1")
                Format = exponents
            }
        else
            let step = max 1.0 (ceil (labelPixels / decadePixels))

            {
                Step = Number step
                Minor = if step > 1.0 then Some(Number 1.0) else Some(Text "D1")
                Format = digits
            }
