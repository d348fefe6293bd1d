namespace FiniteWidth.Benchmarks

open System
open System.Globalization

/// Tables of text.
[<RequireQualifiedAccess>]
module Table =

    /// A number as a cell.
    let number (format: string) (value: float) =
        value.ToString(format, CultureInfo.InvariantCulture)

    /// Rows in aligned columns.
    let aligned (rows: string list list) =
        let widths = rows |> List.transpose |> List.map (List.map String.length >> List.max)

        rows
        |> List.map (fun cells ->
            (List.map2 (fun width (cell: string) -> cell.PadRight width) widths cells
             |> String.concat "  ")
                .TrimEnd())
        |> String.concat Environment.NewLine
