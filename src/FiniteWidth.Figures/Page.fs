namespace FiniteWidth.Figures

open System
open System.Net
open Plotly.NET

/// An HTML page that shows one figure and needs nothing else: no network, no server.
module internal Page =

    /// The chart as Plotly.NET writes it, fit for a script tag: within JSON "<" stands in texts alone, where "\u003c" means the same.
    let json chart =
        (GenericChart.toJson chart).Replace("<", "\\u003c", StringComparison.Ordinal)

    /// The title without its tags and without the subtitle.
    let private title chart =
        match Properties.layout chart |> Properties.title with
        | "" -> "Figure"
        | text ->
            let first = text.Split("<br><span", 2)[0]
            nonNull (WebUtility.HtmlDecode(Label.plain first))

    /// The page of a chart; the same bytes for the same chart.
    let create chart =
        $"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{WebUtility.HtmlEncode(title chart)}</title>
<style>body {{ margin: 0; background: white; font-family: Helvetica, Arial, sans-serif }}</style>
<script>{PlotlyJs.embedded ()}</script>
</head>
<body>
<div id="figure"></div>
<script type="application/json" id="chart">{json chart}</script>
<script>
const chart = JSON.parse(document.getElementById("chart").textContent);
const box = document.getElementById("figure");
const {{ width = 700, height = 480 }} = chart.layout;
box.style.cssText = `width: 100%%; max-width: ${{1.5 * width}}px; aspect-ratio: ${{width}} / ${{height}}; min-height: ${{height}}px`;
delete chart.layout.width;
delete chart.layout.height;
Plotly.newPlot(box, chart.data, {{ ...chart.layout, autosize: true }}, {{ ...chart.config, responsive: true, displaylogo: false }});
</script>
</body>
</html>
"""
