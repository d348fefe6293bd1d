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

    let private solve (options: CurveOptions) theory units study (split: Split) =
        let solver theory =
            DenseTheory.solver (WidthExpansion.solverFrom options.FirstOrder split.Test study) study split.Test theory

        let at width =
            Network.withWidth width options.Network, options.Temperature

        result {
            do! DenseTheory.prepare study theory (List.map at options.Widths)

            let! infinite =
                (options.Network, options.Temperature)
                |> solver (DenseTheory.saddlePoint Theory.infiniteWidth)

            let solve = solver theory

            let! points =
                Terminal.withProgress "solving" options.Widths.Length (fun step ->
                    options.Widths
                    |> Result.traverse (fun width ->
                        let point = solve (at width)
                        step ()
                        point))

            let inUnits = units |> Option.map OneOutput.kind.InUnits |> Option.defaultValue id

            return
                {
                    Options = options
                    Split = split
                    Points = points |> List.map inUnits
                    Infinite = inUnits infinite
                }
        }

    let private save (curve: Curve) provenance folder =
        OutputFolder.writeResults
            curve.Options.Image
            (Results.document [] "points" (List.map OneOutput.tree curve.Points) provenance)
            (CurveReport.table curve)
            (CurveReport.chart curve)
            [ "job.json", JobWriter.text (CurveOptions.job curve.Options) ]
            folder

    let private provenance options started (clock: Stopwatch) read =
        let job = CurveOptions.job options

        {
            Command = "learning-curve"
            NotCertified = None
            Job = JobWriter.tree job
            Seeds =
                JobWriter.allSeeds job
                @ match (Job.theory job).Curve with
                  | Ok(CurveOf.Losses _) -> [ "expansion", options.FirstOrder ]
                  | _ -> []
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

        $"The same without --theory {options.Theory.Name} certifies the losses of real networks, in {Decimals.time limit} of sampling at most."

    // The job of the folder, where an experiment takes it.
    let private sampling (options: CurveOptions) split =
        match options.Folder, options.Theory.Compared with
        | Some folder, Some _ ->
            let points =
                [
                    for width in options.Widths -> Network.withWidth width options.Network, options.Temperature
                ]

            match SamplingTime.estimate Measurement.standard points split with
            | Ok time ->
                let job = Path.Combine(folder, "job.json")

                Some
                    $"finitewidth experiment {job} --output OTHER samples networks of each width, in about {Decimals.time time} on this machine."
            | Error _ -> None
        | _ -> None

    let private predicted (options: CurveOptions) theory solver units split started clock read =
        let predictedOn study =
            result {
                let! curve = solve options theory units study split
                do! show curve started clock read

                return
                    figure options.Folder
                    @ CurveReport.sentences curve
                    @ [ certifying options; yield! sampling options split |> Option.toList ]
                    |> String.concat "\n"
                    |> Outcome.Finished
            }

        SolverChoice.run
            solver
            options.Solver
            split
            (fun () -> Study split.Train)
            (fun makeStudy -> makeStudy () |> Result.bind predictedOn)
            (Outcome.Stopped None)

    // What there is to see while chains run: the theory for the activation, where it has a curve.
    let private atOnce (options: CurveOptions) units (split: Split) started clock read =
        let name, equation = PointTheories.theoryFor options.Network

        let options =
            { options with
                Theory = Theories.saddlePoint name equation
            }

        match solve options (DenseTheory.saddlePoint equation) units (Study split.Train) split with
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
                    let predicted =
                        {
                            Points = curve.Points
                            ComparesWidths = true
                            Missing = []
                        }
                        |> AutoResults.predicted
                            (units.IsNone && Measurement.hasClasses split.Test)
                            settle
                            curve.IsComplete

                    let json =
                        provenance options started clock read
                        |> Results.document predicted.Before "points" predicted.Points

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
    let private classes (options: CurveOptions) theory (units: TargetUnits option) split started clock read =
        result {
            if units.IsSome then
                do! (Job.theory (CurveOptions.job options)).StandardTargets

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

            let! curve = (Job.theory (CurveOptions.job options)).Curve

            return!
                match curve with
                | CurveOf.Losses theory -> predicted options theory solver units split started clock read
                | CurveOf.Classes theory -> classes options theory units split started clock read
                | CurveOf.Certificates -> certified options units split started clock read
        }
