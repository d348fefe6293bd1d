namespace FiniteWidth.Cli

open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures

/// A learning curve of certified answers: in words, as a table, and as a figure beside the theory.
[<RequireQualifiedAccess>]
module AutoCurve =

    let private width (point: AutoPoint) = List.last point.Network.Widths

    let private infinite (points: AutoPoint list) =
        points |> List.tryPick (fun point -> Result.toOption point.InfiniteWidth)

    let private theoryLoss (point: AutoPoint) =
        match point.SaddlePoint.Score with
        | Ok score -> score.Loss
        | Error _ -> nan

    let private sign (point: AutoPoint) =
        if point.Certificate.Certified then "yes" else "no"

    let private orDash texts =
        [ for text in texts -> if text = "NaN" then "-" else text ]

    /// The table for the screen, infinite width in its last row where it is known.
    let columns examples (points: AutoPoint list) =
        let last = infinite points |> Option.toList
        let only text = last |> List.map (fun _ -> text)

        let numbers name value atInfinity =
            name, List.map value points @ List.map atInfinity last |> Decimals.column |> orDash

        let score name (value: MeasuredScore -> Measured) ofInfinite =
            [
                numbers name (fun point -> (value point.Certificate.Score).Value) ofInfinite
                numbers "+-" (fun point -> (value point.Certificate.Score).Error) (fun _ -> 0.0)
            ]

        [
            "N", [ for point in points -> string (width point) ] @ only "infinity"
            "P/N",
            [ for point in points -> Decimals.short (float examples / float (width point)) ]
            @ only "0"
        ]
        @ score "loss" _.Loss _.Loss
        @ score "bias" _.Bias _.Bias
        @ score "variance" _.Variance _.Variance
        @ [
            "method", [ for point in points -> string point.Certificate.Method ] @ only "exact"
            "certified", List.map sign points @ only "yes"
            "finite width", [ for point in points -> string point.Effect ] @ only "-"
            numbers points.Head.SaddlePoint.Name theoryLoss _.Loss
        ]

    /// The same as numbers and words, the widths alone.
    let table examples (points: AutoPoint list) =
        let numbers name value =
            name, Column.Numbers [| for point in points -> value point |]

        let words name value =
            name, Column.Words [| for point in points -> value point |]

        let score name (value: MeasuredScore -> Measured) =
            [
                numbers name (fun point -> (value point.Certificate.Score).Value)
                numbers (name + "_error") (fun point -> (value point.Certificate.Score).Error)
            ]

        [
            numbers "N" (width >> float)
            numbers "P" (fun _ -> float examples)
            numbers "T" _.Temperature
            for l, prior in List.indexed points.Head.Network.Priors do
                numbers $"lambda_{l}" (fun _ -> prior)
            words "activation" _.Network.Activation.Name
        ]
        @ score "loss" _.Loss
        @ score "bias" _.Bias
        @ score "variance" _.Variance
        @ [
            words "method" (fun point -> string point.Certificate.Method)
            words "certified" sign
            words "finite_width" (fun point -> string point.Effect)
            numbers $"{points.Head.SaddlePoint.Name}_loss" theoryLoss
        ]
        |> Table.ofColumns

    let private amount (measured: Measured) =
        $"{Decimals.short measured.Value} +- {Decimals.short measured.Error}"

    /// What is certified, and which width is best.
    let sentences (points: AutoPoint list) =
        let certified = points |> List.filter _.Certificate.Certified

        [
            $"{certified.Length} of {points.Length} widths are certified."

            match infinite points with
            | Some infinite ->
                let best =
                    Certificate.best infinite [ for point in points -> width point, point.Certificate ]

                let name width =
                    match width with
                    | Some width -> $"N = {width}"
                    | None -> "infinite width"

                let rivals = best.Rivals |> List.map name |> String.concat ", "

                if best.IsDecided then
                    $"{name best.Width} has the smallest loss, {amount best.Loss}; {Decimals.short infinite.Loss} at infinite width."
                else
                    $"{name best.Width} has the smallest certified loss, {amount best.Loss}; undecided against {rivals}."
            | None -> ()

            for point in points do
                if not point.Certificate.Certified then
                    $"N = {width point} is not certified. {point.Certificate.Reason}"
        ]

    /// The theory's curve and the certified losses with their errors; none where the theory has no curve.
    let chart title examples (points: AutoPoint list) =
        let scores =
            points |> List.map (fun point -> Result.toOption point.SaddlePoint.Score)

        if List.forall Option.isSome scores then
            let scores = scores |> List.choose id
            let certified = points |> List.filter _.Certificate.Certified

            let column items value = [| for item in items -> value item |]

            Some(
                LearningCurveFigure.chart
                    {
                        Widths = column points (width >> float)
                        Loss = column scores (fun (score: Score) -> score.Loss)
                        Bias = column scores _.Bias
                        Variance = column scores _.Variance
                        Examples = Some examples
                        Details = []
                        ErrorBar = [||]
                        FirstOrder = [||]
                        InfiniteWidth =
                            infinite points
                            |> Option.map (fun score ->
                                {
                                    Loss = score.Loss
                                    Bias = score.Bias
                                    Variance = score.Variance
                                })
                        Experiment =
                            if certified.IsEmpty then
                                None
                            else
                                Some
                                    {
                                        Widths = column certified (width >> float)
                                        Loss = column certified _.Certificate.Score.Loss.Value
                                        StandardError = column certified _.Certificate.Score.Loss.Error
                                    }
                        AssumptionError = None
                        Title = title
                        Subtitle =
                            $"points: certified losses; curves: the theory {points.Head.SaddlePoint.Name} as it stands"
                        XLabel = "width N"
                    }
            )
        else
            None

    /// Writes results.json, results.csv and the figure to a folder.
    let save title image examples (answers: AutoAnswers) (json: string) folder =
        OutputFolder.write folder (fun stage ->
            result {
                let file name = Path.Combine(stage, name)
                let! table = table examples answers.Points
                do! AtomicFile.writeText (file "results.json") (json + "\n")
                do! Table.writeCsv (file "results.csv") table

                match chart title examples answers.Points with
                | Some chart ->
                    do! Export.saveHtml (file "figure.html") chart

                    if image then
                        do! Export.savePng (file "figure.png") chart
                        do! Export.saveSvg (file "figure.svg") chart
                | None -> ()
            })
