namespace FiniteWidth.Figures

open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects

/// Axes that a figure of this package needs and Plotly.NET does not make by itself: logarithmic ones labelled in plain digits, whole
/// numbers, ranges that fit. All look at what the chart holds: draw first, then set the axes.
[<RequireQualifiedAccess>]
module Axes =

    // What one panel of a figure has for its axes, in px: see `Frame`.
    let internal panelWidth, internal panelHeight = 430.0, 300.0

    let private axis name (change: LinearAxis -> unit) chart =
        Properties.layout chart |> Properties.getOrAdd name LinearAxis |> change
        chart

    let private titled (title: string) (axis: LinearAxis) =
        axis
        |> Properties.set "title" (Title.init (Text = Label.escape title))
        |> ignore

    let private between low high (axis: LinearAxis) =
        axis |> Properties.set "range" [| low; high |] |> ignore

    let private logarithmic name vertical title values chart =
        let low, high =
            match Extent.bounds true values with
            | Some(low, high) -> log10 low, log10 high
            | None -> 0.0, 1.0

        // One value alone, or nearly, gets a fifth of a decade on either side.
        let room = if high - low < 0.02 then 0.2 else 0.04 * (high - low)
        let low, high = low - room, high + room

        let ticks =
            LogAxis.ticks vertical Theme.fontSize (if vertical then panelHeight else panelWidth) low high

        chart
        |> axis name (fun axis ->
            titled title axis
            between low high axis

            axis
            |> Properties.set "type" "log"
            |> Properties.set "tickmode" "array"
            |> Properties.set "tickvals" (ticks |> List.map fst |> Array.ofList)
            |> Properties.set "ticktext" (ticks |> List.map snd |> Array.ofList)
            |> Properties.set
                "minor"
                (Properties.create [ "ticks", box "outside"; "ticklen", box 3; "dtick", box "D1" ])
            |> ignore)

    /// A logarithmic x axis; values that are not positive have no place on it.
    let logX title chart =
        logarithmic "xaxis" false title (Extent.xs chart) chart

    /// A logarithmic y axis; values that are not positive have no place on it.
    let logY title chart =
        logarithmic "yaxis" true title (Extent.ys chart) chart

    /// A linear x axis under this title.
    let linearX title chart = axis "xaxis" (titled title) chart

    /// A linear y axis under this title.
    let linearY title chart = axis "yaxis" (titled title) chart

    /// A linear y axis that starts at zero.
    let fromZeroY title chart =
        chart
        |> axis "yaxis" (fun axis ->
            titled title axis
            axis |> Properties.set "rangemode" "tozero" |> ignore)

    /// A linear x axis from `low` to `high`.
    let betweenX title (low: float) (high: float) chart =
        chart
        |> axis "xaxis" (fun axis ->
            titled title axis
            between low high axis)

    /// A linear y axis from `low` to `high`.
    let betweenY title (low: float) (high: float) chart =
        chart
        |> axis "yaxis" (fun axis ->
            titled title axis
            between low high axis)

    // At most sixteen labels, at whole numbers.
    let private whole title values (axis: LinearAxis) =
        let low, high = Extent.bounds false values |> Option.defaultValue (0.0, 1.0)
        let step = LogAxis.niceStep (max 1.0 (high - low)) 16 |> max 1.0
        titled title axis

        axis
        |> Properties.set "tick0" (if step = 1.0 then low else 0.0)
        |> Properties.set "dtick" step
        |> ignore

    /// An x axis of whole numbers, such as layers, digits or patches.
    let wholeX title chart =
        axis "xaxis" (whole title (Extent.xs chart)) chart

    /// A y axis of whole numbers that runs downwards, as the rows of a matrix do.
    let rowsY title chart =
        chart
        |> axis "yaxis" (fun axis ->
            whole title (Extent.ys chart) axis
            axis |> Properties.set "autorange" "reversed" |> ignore)
