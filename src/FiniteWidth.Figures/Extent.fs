namespace FiniteWidth.Figures

open System
open DynamicObj
open Plotly.NET

/// The values that an axis must show.
module internal Extent =

    let private withErrors name errors (trace: Trace) =
        let values = Properties.numbers name trace

        match Properties.tryGet<DynamicObj> errors trace with
        | Some bars ->
            let above = Properties.numbers "array" bars

            if above.Length = values.Length then
                Array.concat [ values; Array.map2 (+) values above; Array.map2 (-) values above ]
            else
                values
        | None -> values

    let private all name errors chart =
        GenericChart.getTraces chart |> Seq.collect (withErrors name errors)

    let xs chart : float seq = all "x" "error_x" chart
    let ys chart : float seq = all "y" "error_y" chart

    /// The smallest and the largest of the values that are finite, and positive where the axis is logarithmic.
    let bounds logarithmic (values: float seq) =
        let fold struct (low, high) value =
            if Double.IsFinite value && (not logarithmic || value > 0.0) then
                struct (min low value, max high value)
            else
                struct (low, high)

        match Seq.fold fold (struct (infinity, -infinity)) values with
        | struct (low, high) when low <= high -> Some(low, high)
        | _ -> None
