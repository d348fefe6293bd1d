namespace FiniteWidth.Figures

open DynamicObj
open Plotly.NET
open Plotly.NET.LayoutObjects

/// What is common to all figures, as Plotly.NET templates: boxed axes with ticks outside, letters that can be read in a
/// column of a paper, the colours of `Palette`. Templates are mutable: each call makes a new one.
[<RequireQualifiedAccess>]
module Theme =

    let private family =
        "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

    /// Letters of axes and legend, in px.
    let internal fontSize = 15.0

    let internal titleSize = 17.0

    let private axis grid =
        LinearAxis()
        |> DynObj.withProperty "showline" true
        |> DynObj.withProperty "mirror" true
        |> DynObj.withProperty "linecolor" Palette.black
        |> DynObj.withProperty "linewidth" 1.2
        |> DynObj.withProperty "ticks" "outside"
        |> DynObj.withProperty "tickcolor" Palette.black
        |> DynObj.withProperty "ticklen" 6
        |> DynObj.withProperty "showgrid" grid
        |> DynObj.withProperty "gridcolor" (Color.fromHex "#E6E6E6")
        |> DynObj.withProperty "zeroline" false
        |> DynObj.withProperty "automargin" true
        |> DynObj.withProperty "title" (Title.init (Standoff = 10))

    let private layout size grid =
        let letters size color =
            Font.init (Family = StyleParam.FontFamily.Custom family, Size = size, Color = color)

        Layout.init (
            Font = letters size Palette.black,
            PaperBGColor = Color.fromHex "#FFFFFF",
            PlotBGColor = Color.fromHex "#FFFFFF",
            Colorway = Color.fromColors Palette.all,
            HoverMode = StyleParam.HoverMode.Closest,
            Title =
                (Title.init (
                    X = 0.0,
                    XAnchor = StyleParam.XAnchorPosition.Left,
                    XRef = "container",
                    Y = 1.0,
                    YAnchor = StyleParam.YAnchorPosition.Top,
                    YRef = "container",
                    Font = letters (size * titleSize / fontSize) Palette.black
                 )
                 |> DynObj.withProperty "pad" (Properties.create [ "l", box 14; "t", box 14 ]))
        )
        |> DynObj.withProperty "xaxis" (axis grid)
        |> DynObj.withProperty "yaxis" (axis grid)
        |> DynObj.withProperty "hoverlabel" (Properties.create [ "align", box "left"; "namelength", box -1 ])

    let private traces lineWidth markerSize =
        let scatter =
            Trace "scatter"
            |> DynObj.withProperty "line" (Properties.create [ "width", box lineWidth ])
            |> DynObj.withProperty "marker" (Properties.create [ "size", box markerSize ])
            |> DynObj.withProperty "error_y" (Properties.create [ "thickness", box 1.4; "width", box 3.0 ])

        let heatmap =
            Trace "heatmap"
            |> DynObj.withProperty
                "colorbar"
                (Properties.create [ "outlinewidth", box 0.0; "thickness", box 16; "ticks", box "outside" ])

        [ scatter; heatmap ]

    /// For a page: white, no grid.
    let paper () =
        Template.init (layout fontSize false, traces 2.2 8.0)

    /// For a screen across a room: larger letters, heavier lines, a light grid.
    let slides () =
        Template.init (layout (1.3 * fontSize) true, traces 3.2 11.0)
