namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures

/// A learning curve of certified answers: in words, as a table, and as a figure beside the theory.
[<RequireQualifiedAccess>]
module AutoCurve =

    let private theoryLoss (point: AutoPoint) =
        match point.Theories.SaddlePoint.Score with
        | Ok score -> score.Loss
        | Error _ -> nan

    let private sign (point: AutoPoint) =
        if point.Certificate.Certified then "yes" else "no"

    let private orDash texts =
        [ for text in texts -> if text = "NaN" then "-" else text ]

    /// The table for the screen, infinite width in its last row where it is known.
    let columns examples (points: AutoPoint list) =
        let last = AutoPoint.infiniteWidth points |> Option.toList
        let only text = last |> List.map (fun _ -> text)

        let numbers name value atInfinity =
            name, List.map value points @ List.map atInfinity last |> Decimals.column |> orDash

        let score name (value: MeasuredScore -> Measured) ofInfinite =
            [
                numbers name (fun point -> (value point.Certificate.Score).Value) ofInfinite
                numbers "+-" (fun point -> (value point.Certificate.Score).Error) (fun _ -> 0.0)
            ]

        [
            "N", [ for point in points -> string point.Width ] @ only "infinity"
            "P/N",
            [ for point in points -> Decimals.short (float examples / float point.Width) ]
            @ only "0"
        ]
        @ score "loss" _.Loss _.Loss
        @ score "bias" _.Bias _.Bias
        @ score "variance" _.Variance _.Variance
        @ [
            "method", [ for point in points -> string point.Certificate.Method ] @ only "exact"
            "certified", List.map sign points @ only "yes"
            "finite width", [ for point in points -> string point.Effect ] @ only "-"
            numbers points.Head.Theories.SaddlePoint.Name theoryLoss _.Loss
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
            numbers "N" (fun point -> float point.Width)
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
            numbers $"{points.Head.Theories.SaddlePoint.Name}_loss" theoryLoss
        ]
        |> Table.ofColumns

    let private amount (measured: Measured) =
        Decimals.measured measured.Value measured.Error

    let private percent (share: Measured) : Measured =
        {
            Value = 100.0 * share.Value
            Error = 100.0 * share.Error
        }

    let private name width =
        match width with
        | Some width -> $"N = {width}"
        | None -> "infinite width"

    // Whether, where most of the widths that do, and by how much, in shares of the loss at infinite width with its standard error.
    let private verdict (points: AutoPoint list) (infinite: Score) =
        let certificates = [ for point in points -> point.Width, point.Certificate ]

        let answer =
            match Certificate.gain infinite certificates with
            | Some(width, gain) -> $"yes, by {amount (percent gain)} per cent at N = {width}"
            | None when points |> List.forall _.Effect.IsHurts -> "no, at none of these widths"
            | None -> "undecided"

        $"Finite width helps: {answer}. The loss at infinite width is {Decimals.short infinite.Loss}."

    let private bestWidth (best: BestWidth) =
        let rivals =
            match best.Rivals with
            | [] -> ""
            | rivals ->
                let names = rivals |> List.map name |> String.concat ", "
                $"; as good within two standard errors: {names}"

        $"The best width in the range is {name best.Width}, with {amount best.Loss}{rivals}."

    // Why not, of the first of them.
    let private notCertified settle (points: AutoPoint list) =
        match points |> List.filter (_.Certificate.Certified >> not) with
        | [] -> []
        | first :: _ as others ->
            let names =
                others |> List.map (fun point -> string point.Width) |> String.concat ", "

            let settle =
                match others |> List.choose _.SecondsNeeded with
                | [] -> ""
                | needed -> $" What settles it is {settle (List.sum needed)}."

            [ $"Not certified: N = {names}. {first.Certificate.Reason}{settle}" ]

    /// What is certified, what finite width does, which width is best, and where something is not certified what would settle it in so many more seconds.
    let sentences (settle: float -> string) (points: AutoPoint list) =
        let certified = points |> List.filter _.Certificate.Certified

        [
            $"{certified.Length} of {points.Length} widths are certified."

            match AutoPoint.infiniteWidth points, AutoPoint.best points with
            | Some infinite, Some best ->
                verdict points infinite
                bestWidth best
            | _ -> ()

            yield! notCertified settle points
        ]

    // The narrowest width from which on no chain was needed.
    let private theoryFrom (points: AutoPoint list) =
        points
        |> List.rev
        |> List.takeWhile (fun point -> point.Certificate.Certified && point.Certificate.Method.IsFirstOrder)
        |> List.tryLast
        |> Option.map (fun point -> float point.Width)

    /// The certified curve, the chains' own losses, and the theory beside them.
    let chart title examples (points: AutoPoint list) =
        let column value =
            [| for point in points -> value point |]

        let score value =
            column (fun point -> value point.Certificate.Score)

        let sampled =
            [|
                for point in points do
                    match point.Sampled with
                    | Some sampled when sampled.HasConverged -> float point.Width, sampled.Score.Loss
                    | _ -> ()
            |]

        CertifiedFigure.chart
            {
                Widths = column (fun point -> float point.Width)
                Loss = score _.Loss.Value
                Bias = score _.Bias.Value
                Variance = score _.Variance.Value
                StandardError = score _.Loss.Error
                Certified = column _.Certificate.Certified
                Examples = examples
                Sampled =
                    {
                        Widths = Array.map fst sampled
                        Loss = sampled |> Array.map (fun (_, loss) -> loss.Value)
                        StandardError = sampled |> Array.map (fun (_, loss) -> loss.Error)
                    }
                Theory = points.Head.Theories.SaddlePoint.Name, column theoryLoss
                TheoryFrom = theoryFrom points
                InfiniteWidth = AutoPoint.infiniteWidth points |> Option.map _.Loss
                Title = title
                Subtitle = sentences (fun _ -> "") points |> List.truncate 2 |> List.last
                XLabel = "width N"
            }

    /// Writes results.json, results.csv and the figure to a folder.
    let save (title: string) wantsPictures examples points json folder =
        let chart = chart (title.Replace("lambda", "λ")) examples points
        OutputFolder.writeResults wantsPictures json (table examples points) chart [] folder
