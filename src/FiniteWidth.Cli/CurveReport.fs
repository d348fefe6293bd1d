namespace FiniteWidth.Cli

open System
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Figures

/// A solved learning curve: a point for each width and the one at infinite width.
type Curve =
    {
        Options: CurveOptions
        Split: Split
        Points: PointResult list
        Infinite: PointResult
    }

/// A learning curve in words, as a table and as a figure.
[<RequireQualifiedAccess>]
module CurveReport =

    let private width (result: PointResult) = result.Posterior.Network.Widths.Head

    let private orderParameter l (result: PointResult) = result.Posterior.OrderParameters[l]

    let private symbols curve =
        curve.Points.Head.Posterior.Model.OrderParameters

    let private name symbol =
        match symbol with
        | Symbol.Qbar l -> $"Qbar_{l}"
        | Symbol.Q l -> $"Q_{l}"
        | other -> Latex.symbol other

    /// What was computed: the network, the data, the temperature.
    let titleOf (options: CurveOptions) (split: Split) =
        let network = options.Network

        let layers =
            if network.Depth = 1 then
                "one hidden layer"
            else
                $"{network.Depth} hidden layers"

        let priors =
            match List.distinct network.Priors with
            | [ 1.0 ] -> ""
            | [ same ] -> $", lambda = {Decimals.short same}"
            | _ ->
                let values = network.Priors |> List.map Decimals.short |> String.concat ", "
                $", lambda = ({values})"

        $"{network.Activation.Name} network, {layers}{priors}: {options.DataName}, P = {split.Train.Count}, T = {Decimals.short options.Temperature}"

    /// The same of a curve.
    let title curve = titleOf curve.Options curve.Split

    let private dependsOnWidth curve = not (symbols curve).IsEmpty

    // The theory's slope and the exact one, as far as they are known.
    let private slopes (assessment: Assessment) =
        [
            match assessment.Expansion with
            | Ok expansion ->
                $"exact slope {Decimals.short expansion.Slope.Loss} +- {Decimals.short expansion.SlopeError.Loss} in 1/N"
            | Error _ -> ()

            match assessment.Criterion with
            | Ok criterion ->
                $"the theory's slope {Decimals.short criterion.Slope}"

                if Double.IsFinite criterion.R then
                    $"r = {Decimals.short criterion.R}"
            | Error _ -> ()
        ]
        |> String.concat ", "

    /// Which way the test error goes as N comes down from infinity, by the best slope that is known.
    let verdict curve =
        let assessment = curve.Points.Head.Assessment

        if not (dependsOnWidth curve) then
            "the width plays no part"
        else
            let said =
                match assessment.Verdict with
                | WidthVerdict.Wins -> "finite width wins: the test error falls as N comes down from infinity"
                | WidthVerdict.Loses -> "infinite width wins: the test error rises as N comes down from infinity"
                | WidthVerdict.Undecided ->
                    "whether finite width wins is undecided: the slope at infinite width is within two standard errors of zero"

            $"{said} ({slopes assessment})"

    // The verdict as a sentence, after whose slope it is.
    let private decided curve =
        match curve.Points.Head.Assessment.Witness with
        | Witness.ExactSlope when dependsOnWidth curve -> $"With the hidden units as they are {verdict curve}."
        | _ -> $"In the {curve.Options.Theory.Name} theory {verdict curve}."

    /// Where on the grid the test error is smallest.
    let private best curve =
        let best = curve.Points |> List.minBy _.Score.Loss
        let loss = best.Score.Loss
        let infinite = curve.Infinite.Score.Loss

        if loss < infinite then
            $"The smallest test error is {Decimals.short loss}, at N = {width best}; at infinite width it is {Decimals.short infinite}."
        else
            $"The smallest test error is {Decimals.short infinite}, at infinite width; at N = {width best} it is {Decimals.short loss}."

    /// How wide a network must be for the theory, to first order in 1/N, where that can be told from the noise.
    let private assumption curve =
        let assessment = curve.Points.Head.Assessment

        match assessment.Expansion, assessment.Criterion with
        | Ok expansion, Ok criterion when AssumptionError.isSignificant criterion.Slope expansion ->
            let width =
                expansion.WidthFor(criterion.Slope, 0.01) |> Math.Ceiling |> Decimals.short

            Some
                $"To first order in 1/N the {curve.Options.Theory.Name} theory is off by 1 per cent of the test error at N = {width}, by more below."
        | Ok _, Ok _ ->
            Some
                $"To first order in 1/N the {curve.Options.Theory.Name} theory is right within two standard errors of the exact slope."
        | _ -> None

    /// What the curve says, a sentence a line.
    let sentences curve =
        [
            decided curve
            if dependsOnWidth curve then
                best curve
            yield! assumption curve |> Option.toList
            match curve.Options.Theory.Name, curve.Options.Network.Activation.Parity with
            | "proportional", (Parity.Even | Parity.Neither) ->
                $"This theory is derived for odd activations: for {curve.Options.Network.Activation.Name} it is a heuristic."
            | _ -> ()
        ]

    // One layer needs no index on the screen.
    let private heading curve symbol =
        match symbol, curve.Options.Network.Depth with
        | Symbol.Qbar _, 1 -> "Qbar"
        | Symbol.Q _, 1 -> "Q"
        | _ -> name symbol

    let private atInfiniteWidth curve =
        EffectiveAction.atInfiniteWidth (symbols curve) |> Array.map string

    // Of each point, where any has one.
    let private assumptionErrors points =
        let errors =
            points
            |> List.map (fun point -> Result.toOption point.Assessment.AssumptionError)

        if List.exists Option.isSome errors then errors else []

    let private numbersOf (value: AssumptionError -> float) errors =
        [|
            for error in errors -> error |> Option.map value |> Option.defaultValue nan
        |]

    /// The table for the screen, the infinite width in its last row: alone where the theory knows no other.
    let columns curve =
        let points = if dependsOnWidth curve then curve.Points else []
        let p = float curve.Split.Train.Count

        let score name value =
            name, points @ [ curve.Infinite ] |> List.map value |> Decimals.column

        [
            "N", [ for point in points -> string (width point) ] @ [ "infinity" ]
            "P/N", [ for point in points -> Decimals.short (p / float (width point)) ] @ [ "0" ]
        ]
        @ [
            for l, symbol in List.indexed (symbols curve) ->
                heading curve symbol,
                Decimals.column [ for point in points -> orderParameter l point ]
                @ [ (atInfiniteWidth curve)[l] ]
        ]
        @ [
            score "loss" _.Score.Loss
            score "bias" _.Score.Bias
            score "variance" _.Score.Variance
            score "log evidence" _.LogEvidence

            match assumptionErrors points with
            | [] -> ()
            | errors ->
                let assumption name value =
                    let texts = errors |> numbersOf value |> List.ofArray |> Decimals.column
                    name, [ for text in texts -> if text = "NaN" then "-" else text ] @ [ "0" ]

                assumption "assumption error" _.Value
                assumption "+-" _.StandardError
        ]

    /// The same as numbers, the widths alone, with what was computed and the residuals of the saddle points.
    let table curve =
        let each value =
            curve.Points |> List.map value |> Array.ofList

        let column name value = name, Column.Numbers(each value)

        [
            column "N" (width >> float)
            column "P" (fun _ -> float curve.Split.Train.Count)
            column "T" _.Posterior.Temperature
            for l, prior in List.indexed curve.Options.Network.Priors do
                column $"lambda_{l}" (fun _ -> prior)
            "activation", Column.Words(each _.Posterior.Network.Activation.Name)
        ]
        @ [
            for l, symbol in List.indexed (symbols curve) -> column (name symbol) (orderParameter l)
        ]
        @ [
            column "loss" _.Score.Loss
            column "bias" _.Score.Bias
            column "variance" _.Score.Variance
            column "log_evidence" _.LogEvidence

            match assumptionErrors curve.Points with
            | [] -> ()
            | errors ->
                "assumption_error", Column.Numbers(numbersOf _.Value errors)
                "assumption_error_standard_error", Column.Numbers(numbersOf _.StandardError errors)

            column "residual" _.Posterior.SaddlePoint.Chosen.Residual
        ]
        |> Table.ofColumns

    /// Test error, bias and variance against the width, with what is known of their errors.
    let chart curve =
        let figure =
            curve.Points
            |> List.map _.Answer.Point
            |> LearningCurveFigure.ofPoints
            |> LearningCurveFigure.withInfiniteWidth curve.Infinite.Score
            |> LearningCurveFigure.withAssessments (List.map _.Assessment curve.Points)

        LearningCurveFigure.chart
            { figure with
                Title = (title curve).Replace("lambda", "λ")
                Subtitle = decided curve
            }
