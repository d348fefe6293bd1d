namespace FiniteWidth.Figures

open System
open System.Globalization

/// What a point of a figure says on hovering: a quantity a line.
module internal Notes =

    let private number (value: float) =
        value.ToString("G5", CultureInfo.InvariantCulture).Replace("-", "−")

    /// One text for each of `count` points; what is not known at a point is left out there.
    let create count (columns: (string * float[]) list) =
        Array.init count (fun i ->
            columns
            |> List.filter (fun (_, values) -> i < values.Length && not (Double.IsNaN values[i]))
            |> List.map (fun (name, values) -> $"{Label.escape name} = {number values[i]}")
            |> String.concat "<br>")
