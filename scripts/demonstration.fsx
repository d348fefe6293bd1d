// What the experiment scripts share: the posterior of networks sampled beside what theories say of the test loss, as a table, a figure
// and a file of numbers.
#load "figures.fsx"

open System
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures

/// A theory's test loss at each width, and how it is drawn.
type TheoryCurve =
    {
        Name: string
        Color: Color
        Dash: StyleParam.DrawingStyle
        Losses: float list
    }

let solved theory temperature study (test: DataSet) networks =
    networks
    |> Result.traverse (fun network -> Posterior.solve theory network temperature study)
    |> Result.orFail
    |> List.map (fun posterior -> (Posterior.score test posterior).Loss)

/// A theory's curve over networks, and how it is drawn.
let curve temperature study test networks name color dash theory =
    {
        Name = name
        Color = color
        Dash = dash
        Losses = solved theory temperature study test networks
    }

/// Two chains of HMC on the hidden weights, the readout integrated out: until every diagnosed quantity has so many effective draws where layers
/// are narrow, which mix slowly; of wide ones, whose draws are dear and nearly independent, 300 draws a chain.
let measureTo effectiveDraws temperature (split: Split) (network: Network) =
    let warmUp, draws = if network.Widths.Head <= 300 then 150, 1500 else 80, 300

    let plan =
        { Measurement.standard with
            Settings =
                { RunSettings.defaults with
                    Seed = 11UL
                    Chains = 2
                    WarmUp = sized 40 warmUp
                    Draws = sized 40 draws
                    EffectiveDraws = Some effectiveDraws
                }
        }

    let measurement =
        Measurement.run plan (Architecture.FullyConnected network) temperature split
        |> Result.orFail

    let verdict =
        match measurement.Verdict with
        | Verdict.Converged -> "converged"
        | Verdict.NotConverged reasons -> $"not converged: {reasons.Head.Message}"

    let seconds = measurement.Run.Elapsed.TotalSeconds
    printfn $"{network}: loss {measurement.Loss}, {measurement.Run.Length} draws a chain in {seconds:F0} s, {verdict}"
    measurement

/// As experiments need them, whose z-scores count.
let measure temperature split network =
    measureTo 600.0 temperature split network

/// As figures of many points need them: errors of the size of a symbol, in half the time.
let sketch temperature split network =
    measureTo 300.0 temperature split network

let private losses (measured: Measurement list) =
    measured |> List.map _.Loss.Value, measured |> List.map _.Loss.Error

let private converged (measured: Measurement list) =
    measured |> List.map (fun m -> m.Verdict = Verdict.Converged)

/// Sampled values with error bars: full circles where a run has converged, open ones where it has not.
let points name color n values errors converged =
    [
        true, StyleParam.MarkerSymbol.Circle, name
        false,
        StyleParam.MarkerSymbol.Modified(StyleParam.MarkerSymbol.Circle, StyleParam.SymbolStyle.Open),
        $"{name}, not converged"
    ]
    |> List.choose (fun (wanted, symbol, name) ->
        let chosen =
            List.zip3 n (List.zip values errors) converged
            |> List.filter (fun (_, _, c) -> c = wanted)

        if chosen.IsEmpty then
            None
        else
            Chart.Point(
                [ for n, _, _ in chosen -> n ],
                [ for _, (value, _), _ in chosen -> value ],
                Name = name,
                MarkerColor = color,
                MarkerSymbol = symbol
            )
            |> Draw.withErrors [ for _, (_, error), _ in chosen -> error ]
            |> Some)

/// Sampled test losses at n in a panel whose lines are named already.
let lossPoints color n (measured: Measurement list) =
    let values, errors = losses measured

    points "drawn from the posterior" color n values errors (converged measured)
    |> List.map (Chart.withTraceInfo (ShowLegend = false))

/// The loss to first order in 1/N with the hidden units as they are, where that is small.
let expanded temperature study (test: DataSet) (network: Network) =
    WidthExpansion.solveWith (WidthExpansion.exactly (sized 2000 100000) 1UL) network temperature test study
    |> Result.orFail

/// The test loss, theories and experiment, above; how far each theory is off, in per cent of the experiment, below.
let compare
    fileName
    title
    subtitle
    widths
    (theories: TheoryCurve list)
    (errorBar: float list option)
    (expansion: WidthExpansion option)
    measured
    =
    let n = widths |> List.map float
    let values, errors = losses measured
    let isConverged = converged measured

    let deviation losses =
        List.map2 (fun theory value -> 100.0 * (theory / value - 1.0)) losses values

    let z losses =
        List.map3 (fun theory value error -> (theory - value) / error) losses values errors

    let lines ofTheory =
        [
            for theory in theories ->
                Chart.Line(
                    n,
                    ofTheory theory,
                    Name = theory.Name,
                    LineColor = theory.Color,
                    LineDash = theory.Dash,
                    ShowMarkers = false
                )
        ]

    let firstOrder =
        match expansion with
        | Some expansion ->
            widths
            |> List.map (fun width -> expansion.TryLoss width |> Option.defaultValue nan)
        | None -> widths |> List.map (fun _ -> nan)

    let expansionLine ofLosses =
        let known =
            List.zip n (ofLosses firstOrder)
            |> List.filter (fun (_, value) -> Double.IsFinite value)

        if known.IsEmpty then
            []
        else
            [
                Chart.Line(
                    List.map fst known,
                    List.map snd known,
                    Name = "first order in 1/N, real hidden units",
                    LineColor = Palette.green,
                    LineDash = StyleParam.DrawingStyle.DashDot,
                    ShowMarkers = false
                )
            ]

    let bar =
        match errorBar with
        | Some bar ->
            [
                Draw.band
                    $"{theories.Head.Name} error bar"
                    theories.Head.Color
                    n
                    (List.map2 (fun loss bar -> loss - abs bar) theories.Head.Losses bar)
                    (List.map2 (fun loss bar -> loss + abs bar) theories.Head.Losses bar)
            ]
        | None -> []

    let loss =
        bar
        @ lines _.Losses
        @ expansionLine id
        @ points "experiment" Palette.black n values errors isConverged
        |> Chart.combine
        |> Axes.logX "width N"
        |> Axes.linearY "test loss"

    // On a logarithmic scale the experiment's own error is what a theory cannot be told from.
    let relative =
        let errorsInPercent =
            List.map2 (fun value error -> 100.0 * error / value) values errors

        Chart.Line(
            n,
            errorsInPercent,
            Name = "standard error",
            LineColor = Palette.black,
            LineDash = StyleParam.DrawingStyle.Dot
        )
        :: lines (fun theory -> deviation theory.Losses |> List.map abs)
        @ expansionLine (deviation >> List.map abs)
        |> Chart.combine
        |> Axes.logX "width N"
        |> Axes.logY "|theory/experiment − 1|, %"

    let nearer =
        [
            for i in 0 .. n.Length - 1 ->
                theories
                |> List.minBy (fun theory -> abs (theory.Losses[i] - values[i]))
                |> _.Name
        ]

    let column (name: string) =
        name.Replace(", ", "_").Replace(' ', '_').Replace('-', '_')

    for i in 0 .. n.Length - 1 do
        let each =
            theories
            |> List.map (fun theory ->
                $"{theory.Name} {theory.Losses[i]:F5} ({(deviation theory.Losses)[i]:F1}%%, z = {(z theory.Losses)[i]:F1})")
            |> String.concat ", "

        printfn $"N = {n[i]}: experiment {measured[i].Loss}; {each}; nearest: {nearer[i]}"

    match expansion with
    | Some expansion ->
        printfn
            $"Exact slope d loss/d(1/N) at infinite width: {expansion.Slope.Loss:F3} +- {expansion.SlopeError.Loss:F3}; first order: {firstOrder}; z: {z firstOrder}"
    | None -> ()

    Panels.grid 2 [ loss; relative ]
    |> Frame.titled title subtitle
    |> save
        fileName
        [
            "N", Array.ofList n
            "experiment_loss", Array.ofList values
            "experiment_error", Array.ofList errors
            "experiment_bias", [| for m in measured -> m.Bias.Value |]
            "experiment_variance", [| for m in measured -> m.Variance.Value |]
            "converged", [| for c in isConverged -> if c then 1.0 else 0.0 |]
            "largest_R_hat", [| for m in measured -> m.Diagnoses |> List.map _.RHat |> List.max |]
            "effective_draws_of_loss",
            [|
                for m in measured -> (m.Diagnoses |> List.find (fun d -> d.Name = "test loss")).BulkSize
            |]
            match errorBar with
            | Some bar -> "theory_error_bar", Array.ofList bar
            | None -> ()
            "first_order_loss", Array.ofList firstOrder
            for theory in theories do
                column theory.Name, Array.ofList theory.Losses
                $"{column theory.Name}_relative", [| for d in deviation theory.Losses -> d / 100.0 |]
                $"{column theory.Name}_z", Array.ofList (z theory.Losses)
        ]
