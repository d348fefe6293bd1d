namespace FiniteWidth.Cli

open System
open System.Diagnostics
open System.Globalization
open System.IO
open Argu
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

/// `finitewidth learning-curve`.
[<RequireQualifiedAccess>]
module LearningCurveCommand =

    let private digits (value: float) =
        value.ToString("G5", CultureInfo.InvariantCulture)

    let private columns depth =
        let qbar =
            if depth = 1 then [ "Qbar" ] else [ for l in 1..depth -> $"Qbar_{l}" ]

        [ "N" ] @ qbar @ [ "loss"; "bias"; "variance"; "log evidence" ]

    let private row (result: PointResult) =
        let posterior = result.Point.Posterior
        let score = result.Point.Score

        [ string posterior.Network.Widths.Head ]
        @ [ for q in posterior.OrderParameters -> digits q ]
        @ [ digits score.Loss
            digits score.Bias
            digits score.Variance
            digits result.LogEvidence ]

    let private verdict (criterion: Criterion) =
        let winner =
            if criterion.FiniteWidthWins then
                "finite width wins: the test error falls as N comes down from infinity"
            else
                "infinite width wins: the test error rises as N comes down from infinity"

        if Double.IsFinite criterion.R then
            $"{winner} (r = {digits criterion.R})"
        else
            winner

    let private title options (split: Split) =
        let layers =
            if options.Network.Depth = 1 then "one hidden layer" else $"{options.Network.Depth} hidden layers"

        $"{options.Network.Activation.Name} network, {layers}: {options.DataName}, P = {split.Train.Count}, T = {digits options.Temperature}"

    let private figure options split (results: PointResult list) (infinite: Score) criterion : LearningCurveFigure =
        let scores = results |> List.map _.Point.Score |> Array.ofList

        { Widths = results |> List.map (fun r -> float r.Point.Network.Widths.Head) |> Array.ofList
          Loss = scores |> Array.map _.Loss
          Bias = scores |> Array.map _.Bias
          Variance = scores |> Array.map _.Variance
          InfiniteWidth =
            Some
                { Loss = infinite.Loss
                  Bias = infinite.Bias
                  Variance = infinite.Variance }
          Experiment = None
          Title = title options split
          Subtitle = verdict criterion
          XLabel = "width N" }

    let private table (results: PointResult list) =
        let column name value =
            name, results |> List.map value |> Array.ofList

        [ column "N" (fun r -> float r.Point.Network.Widths.Head) ]
        @ [ for l in 0 .. results.Head.Point.Posterior.OrderParameters.Length - 1 ->
                column $"Qbar_{l + 1}" (fun r -> r.Point.Posterior.OrderParameters[l]) ]
        @ [ column "loss" _.Point.Score.Loss
            column "bias" _.Point.Score.Bias
            column "variance" _.Point.Score.Variance
            column "log_evidence" _.LogEvidence
            column "residual" _.Point.Posterior.SaddlePoint.Chosen.Residual ]
        |> Table.create

    let private makeFolder folder =
        try
            Directory.CreateDirectory folder |> ignore
            Ok()
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? ArgumentException ->
            Error(BadFile(folder, "the folder cannot be made: choose one that can be written to."))

    let private save options results timing chart (folder: string) =
        result {
            let file name = Path.Combine(folder, name)
            do! makeFolder folder
            let! table = table results
            do! AtomicFile.writeText (file "results.json") (Results.toJson results timing + "\n")
            do! Table.writeCsv (file "results.csv") table
            do! Chart.saveHtml (file "figure.html") chart

            if options.Image then
                do! Chart.savePng (file "figure.png") chart
                do! Chart.saveSvg (file "figure.svg") chart

            return Path.GetFullPath(file "figure.html")
        }

    let private solve options (split: Split) =
        let study = Study split.Train

        let solve theory network =
            LearningCurve.point theory options.Temperature split.Test study network

        result {
            let! infinite = solve Theory.infiniteWidth options.Network

            let! points =
                Terminal.withProgress "solving" options.Widths.Length (fun step ->
                    options.Widths
                    |> Result.traverse (fun n ->
                        let point = options.Network |> Network.withWidth n |> solve options.Theory
                        step ()
                        point |> Result.map (Results.ofPoint split.Test)))

            return infinite.Score, points
        }

    /// Prints the table, writes the files where a folder is given, and returns the closing sentence.
    let run (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let clock = Stopwatch.StartNew()
            let! options = CurveOptions.ofArguments arguments

            if options.Image && options.Folder.IsNone then
                return! Error(BadData "--image writes its pictures to the folder of --out, which is not given.")

            let! split = Examples.load options.Source
            let read = clock.Elapsed.TotalSeconds
            let! infinite, results = solve options split

            let timing =
                { Read = read
                  Solve = clock.Elapsed.TotalSeconds - read }

            let criterion = (List.last results).Criterion
            let last = [ "infinity" ] @ List.replicate options.Network.Depth "1" @ [ digits infinite.Loss; digits infinite.Bias; digits infinite.Variance; "" ]
            Terminal.table (title options split) (columns options.Network.Depth) (List.map row results @ [ last ])

            match options.Folder with
            | None -> return $"In this theory {verdict criterion}."
            | Some folder ->
                let chart = figure options split results infinite criterion |> LearningCurveFigure.chart
                let! path = save options results timing chart folder
                return $"In this theory {verdict criterion}.\nFigure: {path}"
        }
