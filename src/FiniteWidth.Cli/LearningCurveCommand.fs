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

    let private provenance options started (clock: Stopwatch) read =
        let job = CurveOptions.job options

        {
            Command = "learning-curve"
            Job = JobWriter.write ignore job
            Seeds = JobWriter.allSeeds job
            Started = started
            Read = read
            Solve = clock.Elapsed.TotalSeconds - read
        }

    let private figure folder =
        match folder with
        | Some folder -> [ "Figure: " + Path.GetFullPath(Path.Combine(folder, "figure.html")) ]
        | None -> []

    // Certified answers, as far as they come before it is told to stop.
    let private certified (options: CurveOptions) (split: Split) started clock read =
        Stoppable.run (fun token ->
            result {
                let networks =
                    [
                        for n in options.Widths -> Network.withWidth n options.Network, options.Temperature
                    ]

                let! answers = AutoResults.solve options.Auto token split networks

                if answers.Points.IsEmpty then
                    return Outcome.Stopped None
                else
                    let settle seconds =
                        $"the same with --seconds {AutoResults.secondsToAllow seconds}"

                    let examples, title = split.Train.Count, CurveReport.titleOf options split

                    match options.Folder with
                    | Some folder ->
                        let json = AutoResults.toJson settle answers (provenance options started clock read)

                        do! AutoCurve.save title options.Image examples answers json folder
                    | None -> ()

                    Terminal.table title (AutoCurve.columns examples answers.Points)

                    let text =
                        AutoCurve.sentences answers.Points @ figure options.Folder |> String.concat "\n"

                    return
                        if answers.Missing.IsEmpty && not token.IsCancellationRequested then
                            Outcome.Finished text
                        else
                            Outcome.Stopped(Some text)
            })

    let private predicted options split started clock read =
        result {
            let! curve = solve options split

            match options.Folder with
            | Some folder -> do! save curve (provenance options started clock read) folder
            | None -> ()

            Terminal.table (CurveReport.title curve) (CurveReport.columns curve)

            return
                CurveReport.sentences curve @ figure options.Folder
                |> String.concat "\n"
                |> Outcome.Finished
        }

    /// Prints the table, writes the files where a folder is given, and returns the closing sentences.
    let run (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! options = CurveOptions.ofArguments arguments

            if options.Image then
                do! Export.checkPictures ()

            let! split = Examples.load options.Source
            let read = clock.Elapsed.TotalSeconds

            return!
                match options.Treatment with
                | Treatment.Auto -> certified options split started clock read
                | _ -> predicted options split started clock read
        }
