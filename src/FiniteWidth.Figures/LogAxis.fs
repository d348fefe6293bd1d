namespace FiniteWidth.Figures

open System
open System.Globalization

/// Where a logarithmic axis is labelled, and how: plotly.js writes "2" and "5" between the powers of ten.
module internal LogAxis =

    let private value (mantissa: int) (power: int) =
        Double.Parse($"{mantissa}e{power}", CultureInfo.InvariantCulture)

    let private superscript (power: int) =
        $"""10<sup>{power.ToString(CultureInfo.InvariantCulture).Replace("-", "−")}</sup>"""

    // Plain digits, 0.0001 to 500000, read best; beyond, they would be long.
    let private label (value: float) =
        if value >= 0.9999e-4 && value < 1e6 then
            value.ToString("0.########", CultureInfo.InvariantCulture)
        else
            let power = int (floor (log10 value + 1e-9))
            let mantissa = value / 10.0 ** float power

            if abs (mantissa - 1.0) < 1e-6 then
                superscript power
            else
                $"""{mantissa.ToString("0.##", CultureInfo.InvariantCulture)}·{superscript power}"""

    let private within low high values =
        values |> List.filter (fun v -> log10 v >= low - 1e-9 && log10 v <= high + 1e-9)

    let private decades mantissas every low high =
        [
            for power in int (floor low) .. int (ceil high) do
                if power % every = 0 then
                    for mantissa in mantissas -> value mantissa power
        ]
        |> within low high

    /// 1, 2 or 5 times a power of ten: the smallest of which at most `count` fit into `length`.
    let niceStep length count =
        let rough = length / float count
        let power = 10.0 ** floor (log10 rough)

        [ 1.0; 2.0; 5.0 ]
        |> List.tryFind (fun m -> m * power >= rough * 0.999)
        |> Option.defaultValue 10.0
        |> (*) power

    let private even count low high =
        let first, last = 10.0 ** low, 10.0 ** high
        let step = niceStep (last - first) count

        [
            for k in int (ceil (first / step - 1e-9)) .. int (floor (last / step + 1e-9)) -> float k * step
        ]
        |> List.map (fun v ->
            Double.Parse(v.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))

    let private width fontSize vertical values =
        if vertical then
            1.5 * fontSize
        else
            values
            |> List.map (label >> Label.width fontSize)
            |> List.fold max fontSize
            |> (+) (0.7 * fontSize)

    /// Values and labels for an axis of `pixels` that shows 10^low to 10^high: as many of 1, 2, 5 times powers of ten as
    /// can be read, round numbers where there is no room for a power.
    let ticks vertical fontSize pixels low high =
        let fits values =
            let gaps =
                values
                |> List.map log10
                |> List.pairwise
                |> List.map (fun (a, b) -> (b - a) * pixels / (high - low))

            gaps |> List.forall (fun gap -> gap >= width fontSize vertical values)

        let powers =
            [
                for every in [ 1; 2; 3; 4; 5; 10; 20; 50; 100 ] -> decades [ 1 ] every low high
            ]

        let candidates =
            (if high - low < 0.9 then
                 [ even 5 low high; even 3 low high ]
             else
                 [])
            @ [ decades [ 1; 2; 5 ] 1 low high; decades [ 1; 3 ] 1 low high ]
            @ powers

        let values =
            candidates
            |> List.tryFind (fun values -> values.Length >= 2 && fits values)
            |> Option.defaultValue (even 2 low high)

        values |> List.map (fun v -> v, label v)
