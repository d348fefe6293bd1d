namespace FiniteWidth.Calibration

open System
open System.Globalization
open System.IO
open FiniteWidth
open FiniteWidth.Figures
open Plotly.NET

/// The figure of tables of trials: whether error bars hold, and what answers cost.
[<RequireQualifiedAccess>]
module CalibrationFigure =

    [<NoComparison; NoEquality>]
    type private Line =
        {
            Method: string
            Certified: bool
            Distance: float
            Seconds: float
        }

    // The columns of `Report.line`, of which only the last may hold a comma.
    let private read (line: string) =
        let cells = line.Split ','

        let number (text: string) =
            match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value -> value
            | _ -> nan

        if cells.Length > 11 && cells[0] |> Seq.forall Char.IsDigit then
            Some
                {
                    Method = cells[1]
                    Certified = cells[2] = "True"
                    Distance = number cells[7]
                    Seconds = number cells[10]
                }
        else
            None

    // P(|z| <= k) of a normal z.
    let private normal k =
        MathNet.Numerics.SpecialFunctions.Erf(k / sqrt 2.0)

    let private cumulated (values: float list) =
        let sorted = List.sort values
        sorted, sorted |> List.mapi (fun i _ -> float (i + 1) / float sorted.Length)

    let private step name color values =
        let x, y = cumulated values

        Chart.Line(x, y, Name = $"{name} ({values.Length})", LineColor = color, ShowMarkers = false)

    let private methods =
        [
            "sampling", Palette.vermilion
            "first-order", Palette.blue
            "exact", Palette.green
        ]

    let private draw (lines: Line list) =
        let certified = lines |> List.filter _.Certified
        let grid = [ 0.0..0.05..3.5 ]

        let distances =
            [
                Chart.Line(
                    grid,
                    List.map normal grid,
                    Name = "a normal error",
                    LineColor = Palette.gray,
                    LineDash = StyleParam.DrawingStyle.Dash,
                    ShowMarkers = false
                )

                for name, color in methods do
                    match certified |> List.filter (fun line -> line.Method = name) with
                    | [] -> ()
                    | these -> step $"by {name}" color (these |> List.map _.Distance)
            ]
            |> Chart.combine
            |> Axes.linearX "distance from the truth in error bars"
            |> Axes.linearY "share of certified answers within"

        let costs =
            [
                for name, color in methods do
                    match certified |> List.filter (fun line -> line.Method = name) with
                    | [] -> ()
                    | these -> step $"by {name}" color (these |> List.map (_.Seconds >> max 0.05))

                match lines |> List.filter (_.Certified >> not) with
                | [] -> ()
                | these -> step "not certified" Palette.gray (these |> List.map (_.Seconds >> max 0.05))
            ]
            |> Chart.combine
            |> Axes.logX "seconds of an answer"
            |> Axes.linearY "share of answers within"

        Panels.grid 2 [ distances; costs ]
        |> Frame.titled
            "Do certified error bars hold?"
            $"{certified.Length} certified answers of {lines.Length} to random problems; error bars of answer and truth together"

    /// Writes the figure of a table that this program has printed as an SVG.
    let save (table: string) (path: string) =
        match File.ReadAllLines table |> Seq.choose read |> List.ofSeq with
        | [] -> Error(BadFile(table, "It has no trials: it is a table that this program prints."))
        | lines -> draw lines |> Export.saveSvg path
