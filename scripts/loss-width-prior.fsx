// The test loss of erf networks against the width for several priors of the readout, on MNIST zeros and ones and, where the archive is here, on
// CIFAR-10 planes and cars: the proportional theory, the exact first order in 1/N, the cavity theory, and networks drawn from their posterior:
// loss-width-prior.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "demonstration.fsx"

open System
open System.Threading
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open Figures
open Demonstration

let count, testCount = sized (30, 100) (100, 500)
let temperature = 0.01
// Of the networks that are sampled, on both sides of P; wider ones take longer, and the first order in 1/N speaks for them.
let widths = sized [ 20; 100 ] [ 20; 50; 120; 300 ]

let priors =
    [
        0.3, Palette.vermilion
        1.0, Palette.blue
        if sized false true then
            3.0, Palette.green
        10.0, Palette.purple
    ]

let fine = LearningCurve.logSpaced widths.Head (sized 100 2000) (sized 12 40)

let cavity network study test =
    let settings =
        { CavitySettings.standard (study: Study).Train with
            // Of 16 points, with half the accuracy of the usual settings.
            Accuracy = 0.02
            Seconds = sized 3.0 6.0
        }

    match CavityTheory.solveWith settings None CancellationToken.None ignore network temperature test study with
    | Ok posterior ->
        let loss = (CavityPosterior.score test posterior).Loss
        loss.Value, loss.Error
    | Error failure ->
        printfn $"{network}: {failure.Message}"
        nan, nan

type Series =
    {
        Prior: float
        Color: Color
        Theory: float list
        FirstOrder: float list
        Cavity: (float * float) list
        Sampled: Measurement list
    }

let series (split: Split) =
    let study = Study split.Train

    [
        for prior, color in priors do
            let network = Network.dense Activation.erf [ 20 ] |> Network.withReadoutPrior prior

            let at widths =
                widths |> List.map (fun n -> Network.withWidth n network)

            let expansion = expanded temperature study split.Test network

            {
                Prior = prior
                Color = color
                Theory = solved Theory.proportional temperature study split.Test (at fine)
                FirstOrder = [ for n in fine -> expansion.TryLoss n |> Option.defaultValue nan ]
                Cavity = [ for network in at widths -> cavity network study split.Test ]
                Sampled = at widths |> List.map (sketch temperature split)
            }
    ]

let problems =
    let mnist = zerosAndOnes count testCount
    mnist :: Option.toList (planesAndCars count testCount)

let all = [ for name, split in problems -> name, series split ]
let n = fine |> List.map float
let at = widths |> List.map float

let panel (name, series) =
    [
        for one in series do
            Chart.Line(n, one.Theory, Name = $"{Notation.lambda 1} = {one.Prior}", LineColor = one.Color)

            let known =
                List.zip n one.FirstOrder |> List.filter (fun (_, loss) -> Double.IsFinite loss)

            if known.Length > 1 then
                Chart.Line(known, Name = "first order", LineColor = one.Color, LineDash = StyleParam.DrawingStyle.Dot)
                |> Chart.withTraceInfo (ShowLegend = false)

            let cavity =
                List.zip at one.Cavity
                |> List.filter (fun (_, (loss, _)) -> Double.IsFinite loss)

            if not cavity.IsEmpty then
                Chart.Line(
                    [ for n, (loss, _) in cavity -> n, loss ],
                    Name = "cavity",
                    LineColor = one.Color,
                    LineDash = StyleParam.DrawingStyle.Dash
                )
                |> Chart.withTraceInfo (ShowLegend = false)

            yield! lossPoints one.Color at one.Sampled
    ]
    |> Chart.combine
    |> Axes.logX "width N"
    |> Axes.logY "test loss"
    |> Chart.withTitle (name: string)

let rows =
    [
        for i, (_, series) in List.indexed all do
            for one in series do
                for k, width in List.indexed widths do
                    let theory =
                        solved
                            Theory.proportional
                            temperature
                            (Study (snd problems[i]).Train)
                            (snd problems[i]).Test
                            [ Network.dense Activation.erf [ width ] |> Network.withReadoutPrior one.Prior ]

                    [
                        float i
                        one.Prior
                        float width
                        one.Sampled[k].Loss.Value
                        one.Sampled[k].Loss.Error
                        theory.Head
                        fst one.Cavity[k]
                        snd one.Cavity[k]
                    ]
    ]

let columns =
    [
        "problem"
        "lambda_1"
        "N"
        "loss"
        "loss_error"
        "proportional_loss"
        "cavity_loss"
        "cavity_error"
    ]
    |> List.mapi (fun k name -> name, rows |> List.map (List.item k))

all
|> List.map panel
|> Panels.grid 2
|> Frame.titled
    "Test loss of erf networks with one hidden layer against the width"
    $"P = {count}, T = {temperature}; solid: proportional theory; dotted: exact first order in 1/N; dashed: cavity theory; circles: drawn from the posterior, open where not converged"
|> save "loss-width-prior" columns
