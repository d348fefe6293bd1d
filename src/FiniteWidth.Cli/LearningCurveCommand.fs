namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.IO
open Argu
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures

/// `finitewidth learning-curve`.
[<RequireQualifiedAccess>]
module LearningCurveCommand =

    let private solve (options: CurveOptions) units study (split: Split) =
        let solver =
            Results.solver (WidthExpansion.solverFrom options.FirstOrder split.Test study) study split.Test

        result {
            do! SolverChoice.prepare options.Treatment study (Job.points options.Network (CurveOptions.job options))

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

            let inUnits =
                match units with
                | Some units -> InUnits.point units
                | None -> id

            return
                {
                    Options = options
                    Split = split
                    Points = points |> List.map inUnits
                    Infinite = inUnits infinite
                }
        }

    let private save (curve: Curve) provenance folder =
        OutputFolder.write folder (fun stage ->
            result {
                let file name = Path.Combine(stage, name)
                let chart = CurveReport.chart curve
                let! table = CurveReport.table curve
                do! AtomicFile.writeText (file "results.json") (Results.toJson curve.Points provenance + "\n")
                do! AtomicFile.writeText (file "job.json") (JobWriter.text (CurveOptions.job curve.Options) + "\n")
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
            NotCertified = None
            Job = JobWriter.write ignore job
            Seeds =
                JobWriter.allSeeds job
                @ (if options.Treatment.IsAuto || (Job.beta job).IsSome then
                       []
                   else
                       [ "expansion", options.FirstOrder ])
            Started = started
            Read = read
            Solve = clock.Elapsed.TotalSeconds - read
        }

    let private figure folder =
        match folder with
        | Some folder -> [ "Figure: " + Path.GetFullPath(Path.Combine(folder, "figure.html")) ]
        | None -> []

    // The table, and the files where a folder is given.
    let private show (curve: Curve) started clock read =
        result {
            match curve.Options.Folder with
            | Some folder -> do! save curve (provenance curve.Options started clock read) folder
            | None -> ()

            Terminal.table (CurveReport.title curve) (CurveReport.columns curve)
        }

    // What settles how far a theory is off.
    let private certifying (options: CurveOptions) =
        let limit = TimeSpan.FromSeconds AutoSettings.standardOfCurves.Seconds

        $"The same without --theory {options.TheoryName} certifies the losses of real networks, in {Decimals.time limit} of sampling at most."

    // The job of the folder, where an experiment takes it.
    let private sampling (options: CurveOptions) split =
        match options.Folder, options.Treatment with
        | Some folder, (Treatment.SaddlePoint _ | Treatment.ScaleMixture) ->
            let points = Job.points options.Network (CurveOptions.job options)

            match SamplingTime.estimate Measurement.standard points split with
            | Ok time ->
                let job = Path.Combine(folder, "job.json")

                Some
                    $"finitewidth experiment {job} --output OTHER samples networks of each width, in about {Decimals.time time} on this machine."
            | Error _ -> None
        | _ -> None

    let private predictedWith study options units split started clock read =
        result {
            let! curve = solve options units study split
            do! show curve started clock read

            return
                figure options.Folder
                @ CurveReport.sentences curve
                @ [ certifying options; yield! sampling options split |> Option.toList ]
                |> String.concat "\n"
                |> Outcome.Finished
        }

    let private predicted (options: CurveOptions) solver units split started clock read =
        let curve makeStudy =
            makeStudy ()
            |> Result.bind (fun study -> predictedWith study options units split started clock read)

        SolverChoice.run solver options.Solver split (fun () -> Study split.Train) curve (Outcome.Stopped None)

    // What there is to see while chains run: the theory for the activation, where it has a curve.
    let private atOnce (options: CurveOptions) units (split: Split) started clock read =
        let name, theory = PointTheories.theoryFor options.Network

        match
            solve
                { options with
                    TheoryName = name
                    Treatment = Treatment.SaddlePoint theory
                }
                units
                (Study split.Train)
                split
        with
        | Ok curve ->
            show curve started clock read
            |> Result.map (fun () ->
                Console.Out.WriteLine $"This is the {name} theory as it stands. Certified losses follow.\n"
                Console.Out.Flush())
        | Error _ -> Ok()

    // Beside the results, for the next run.
    let private cache folder = Path.Combine(folder, "points")

    // Certified answers, as far as they come before it is told to stop.
    let private certified (options: CurveOptions) units (split: Split) started clock read =
        Stoppable.run (fun token ->
            result {
                do! atOnce options units split started clock read

                let! (curve: CertifiedCurve) =
                    Terminal.withNotes (fun note ->
                        CertifiedCurve.solve
                            { options.Auto with
                                Cancellation = token
                                Cache = options.Folder |> Option.map cache
                                Progress = note "certified curve"
                            }
                            options.Network
                            options.Temperature
                            split
                            options.Widths)

                let curve =
                    match units with
                    | Some units ->
                        { curve with
                            CertifiedCurve.Points = curve.Points |> List.map (InUnits.auto units)
                        }
                    | None -> curve

                let examples, title = split.Train.Count, CurveReport.titleOf options split

                let settle seconds =
                    $"the same with --seconds {AutoResults.secondsToAllow (options.Auto.Seconds + seconds)}"

                match options.Folder with
                | Some folder ->
                    let json =
                        AutoResults.toJson
                            (units.IsNone && Measurement.hasClasses split.Test)
                            settle
                            {
                                Points = curve.Points
                                ComparesWidths = true
                                Missing = []
                            }
                            (provenance options started clock read)

                    do! AutoCurve.save title options.Image examples curve.Points json folder
                | None -> ()

                Terminal.table title (AutoCurve.columns examples curve.Points)

                let text =
                    figure options.Folder @ AutoCurve.sentences settle curve.Points
                    |> String.concat "\n"

                return
                    if curve.IsComplete then
                        Outcome.Finished text
                    else
                        Outcome.Stopped(Some text)
            })

    // Classes: accuracy and log likelihood at every width.
    let private classes (options: CurveOptions) theory units split started clock read =
        result {
            do! Examples.requireLabels units
            let! curve = ClassCurve.solve options theory split

            match options.Folder with
            | Some folder -> do! ClassCurve.save curve (provenance options started clock read) folder
            | None -> ()

            Terminal.table (ClassCurve.title curve) (ClassCurve.columns curve)

            return
                figure options.Folder @ ClassCurve.sentences curve
                |> String.concat "\n"
                |> Outcome.Finished
        }

    /// Prints the table, writes the files where a folder is given, and returns the closing sentences.
    let run output seed (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! options = CurveOptions.ofArguments output seed arguments

            if options.Image then
                do! Export.checkPictures ()

            let choose = SolverChoice.choose (CurveOptions.job options)

            let! split, units =
                Examples.loadWithUnitsWhere (fun train test -> choose 1 train test |> Result.map ignore) options.Source

            let! solver = choose split.Train.Outputs split.Train.Count split.Test.Count
            let read = clock.Elapsed.TotalSeconds

            do!
                Examples.checkNumbers
                    ("--likelihood softmax", "--likelihood gaussian")
                    options.Likelihood
                    options.Source
                    split.Train

            return!
                match options.Treatment with
                | Treatment.SaddlePoint theory when (Job.beta (CurveOptions.job options)).IsSome ->
                    classes options theory units split started clock read
                | Treatment.Auto -> certified options units split started clock read
                | _ -> predicted options solver units split started clock read
        }
