namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Figures

/// `finitewidth plot RESULT.json`.
[<RequireQualifiedAccess>]
module PlotCommand =

    let private writers =
        [ ".html", Export.saveHtml; ".png", Export.savePng; ".svg", Export.saveSvg ]

    let private writer (file: string) =
        let ending = string (Path.GetExtension file)

        match
            writers
            |> List.tryFind (fun (known, _) -> known.Equals(ending, StringComparison.OrdinalIgnoreCase))
        with
        | Some(_, write) -> Ok write
        | None -> Error(BadFile(file, "A figure is written to a file that ends in .html, .png or .svg."))

    /// Draws a result to a file, a page of the result's name beside it where none is given; the sentence that says where it is.
    let run output (path: string) =
        result {
            let file =
                output
                |> Option.defaultWith (fun () -> string (Path.ChangeExtension(path, ".html")))

            let! write = writer file
            let! read = ResultFile.read path

            let isKnown name =
                read.Points |> List.exists (ResultFile.value name >> Double.IsFinite)

            if not (isKnown "loss" || isKnown "negative log likelihood") then
                return! Error(BadFile(path, "It has no test error to draw: its test set had no targets."))
            else
                do! write file (ResultFigure.chart read)
                return $"Figure: {Path.GetFullPath file}"
        }
