namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.IO
open Argu
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

/// `finitewidth learning-curve`.
[<RequireQualifiedAccess>]
module LearningCurveCommand =

    let private solve (options: CurveOptions) (split: Split) =
        let study = Study split.Train

        let solver =
            Results.solver (WidthExpansion.solver split.Test study) study split.Test

        result {
            let! infinite =
                solver (Treatment.SaddlePoint Theory.infiniteWidth) (options.Network, options.Temperature)

            let solve = solver options.Treatment

            let! points =
                Terminal.withProgress "solving" options.Widths.Length (fun step ->
                    options.Widths
                    |> Result.traverse (fun n ->
                        let point = solve (Network.withWidth n options.Network, options.Temperature)
                        step ()
                        point))

            return
                {
                    Options = options
                    Split = split
                    Points = points
                    Infinite = infinite
                }
        }

    let private save (curve: Curve) provenance folder =
        OutputFolder.write folder (fun stage ->
            result {
                let file name = Path.Combine(stage, name)
                let chart = CurveReport.chart curve
                let! table = CurveReport.table curve
                do! AtomicFile.writeText (file "results.json") (Results.toJson curve.Points provenance + "\n")
                do! Table.writeCsv (file "results.csv") table
                do! Export.saveHtml (file "figure.html") chart

                if curve.Options.Image then
                    do! Export.savePng (file "figure.png") chart
                    do! Export.saveSvg (file "figure.svg") chart
            })

    /// Prints the table, writes the files where a folder is given, and returns the closing sentences.
    let run (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! options = CurveOptions.ofArguments arguments

            if options.Image then
                do! Export.checkPictures ()

            let! split = Examples.load options.Source
            let read = clock.Elapsed.TotalSeconds
            let! curve = solve options split

            let provenance =
                {
                    Command = "learning-curve"
                    Job = JobWriter.write ignore (CurveOptions.job options)
                    Seeds = JobWriter.seeds (CurveOptions.job options)
                    Started = started
                    Read = read
                    Solve = clock.Elapsed.TotalSeconds - read
                }

            match options.Folder with
            | Some folder -> do! save curve provenance folder
            | None -> ()

            Terminal.table (CurveReport.title curve) (CurveReport.columns curve)

            return
                CurveReport.sentences curve
                @ [
                    match options.Folder with
                    | Some folder -> "Figure: " + Path.GetFullPath(Path.Combine(folder, "figure.html"))
                    | None -> ()
                ]
                |> String.concat "\n"
        }
