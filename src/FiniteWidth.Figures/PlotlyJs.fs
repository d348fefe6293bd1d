namespace FiniteWidth.Figures

open System
open System.IO
open Plotly.NET

/// plotly.js, which Plotly.NET carries within its assembly.
module internal PlotlyJs =

    let private text =
        lazy
            (let assembly = typeof<GenericChart>.Assembly

             let name =
                 assembly.GetManifestResourceNames()
                 |> Array.find (fun name ->
                     name.Contains("plotly-", StringComparison.Ordinal)
                     && name.EndsWith(".min.js", StringComparison.Ordinal))

             use reader = new StreamReader(nonNull (assembly.GetManifestResourceStream name))
             reader.ReadToEnd())

    /// As a file.
    let script () = text.Value

    /// As the content of a script tag, which cannot contain "</script"; within JavaScript "<\/script" means the same.
    let embedded () =
        text.Value.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)
