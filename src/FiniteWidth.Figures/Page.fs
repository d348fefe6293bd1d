namespace FiniteWidth.Figures

open System
open System.IO
open System.Net

/// An HTML page that shows one figure.
module internal Page =

    /// A script cannot contain "</script"; within JavaScript "<\/script" means the same.
    let private script (path: string) =
        (File.ReadAllText path).Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)

    let private load source =
        match source with
        | PlotlyJs.File path -> $"<script>{script path}</script>"
        | PlotlyJs.Network address -> $"""<script src="{WebUtility.HtmlEncode address}" charset="utf-8"></script>"""

    /// The page of a figure, its JSON given; the same bytes for the same figure.
    let create source (title: string) (json: string) =
        $"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{WebUtility.HtmlEncode title}</title>
<style>body {{ margin: 0; background: white; font-family: Helvetica, Arial, sans-serif }}</style>
{load source}
</head>
<body>
<div id="figure"></div>
<script type="application/json" id="chart">{json}</script>
<script>
if (window.Plotly) {{
  const chart = JSON.parse(document.getElementById("chart").textContent);
  Plotly.newPlot("figure", chart.data, chart.layout, chart.config);
}} else {{
  document.getElementById("figure").textContent = "This figure needs plotly.js, which could not be loaded from the network.";
}}
</script>
</body>
</html>
"""
