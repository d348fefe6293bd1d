// Does a student collapse on its teacher, or memorise? A network of 30 erf units learns a noisy teacher of three, with more and more examples: its
// test loss beside two theories, and for each unit of the teacher the largest |cosine| with a unit of the student, averaged over
// the posterior: teacher-overlap.html, .csv, .svg, .png. Small with FINITEWIDTH_SMALL=1.
#load "figures.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Figures
open Plotly.NET
open FiniteWidth.Numerics
open Figures

let inputs, hidden, width = 15, 3, 30
let temperature = 0.01
let counts = LearningCurve.logSpaced 10 (sized 40 1000) (sized 3 8)

let teacher: HiddenLayerTeacher =
    {
        Inputs = inputs
        Hidden = hidden
        Activation = Activation.erf.Function
        Train = List.last counts
        Test = sized 100 500
        Noise = sqrt temperature
        Seed = 4UL
    }

let split = HiddenLayerTeacher.generate teacher |> Result.orFail
let units = HiddenLayerTeacher.units teacher
let network = Network.dense Activation.erf [ width ]

let first count =
    DataSet.create
        (split.Train.Inputs.View(0n, 0n, nativeint count, nativeint inputs))
        (split.Train.Targets.View(0n, 0n, nativeint count, 1n))
    |> Result.orFail

let measure count =
    let plan =
        { Measurement.standard with
            Quantities = [ Quantity.TeacherOverlap units ]
            Settings =
                { RunSettings.defaults with
                    Seed = 5UL
                    WarmUp = sized 50 500
                    Draws = sized 50 1000
                }
        }

    let measured =
        Measurement.run plan (Architecture.FullyConnected network) temperature { split with Train = first count }
        |> Result.orFail

    let overlaps =
        measured.TeacherOverlaps
        |> List.map (fun o -> string o.Largest)
        |> String.concat ", "

    printfn $"P = {count}: loss {measured.Loss}, overlaps {overlaps}, {measured.Verdict}"
    measured

let measured = counts |> List.map measure

let solved theory =
    counts
    |> List.map (fun count ->
        (Posterior.solve theory network temperature (Study(first count))
         |> Result.orFail
         |> Posterior.score split.Test)
            .Loss)

let proportional, infinite = solved Theory.proportional, solved Theory.infiniteWidth

// The largest |cosine| of `width` random directions with a given one: what there is without learning.
let chance =
    let draws = 20000
    let stream = RandomStream.FromSeed 9UL

    List.init draws (fun i ->
        let w = Matrix.Uninitialized(nativeint width, nativeint inputs)
        stream.Split(int64 i).Normal w

        Seq.max (
            seq {
                for j in 0n .. nativeint width - 1n do
                    let row = w.Row(j).ToArray()
                    abs row[0] / sqrt (Array.sumBy (fun x -> x * x) row)
            }
        ))
    |> List.average

let p = counts |> List.map float

let loss =
    [
        Chart.Line(p, proportional, Name = "proportional", LineColor = Palette.blue, ShowMarkers = false)
        Chart.Line(
            p,
            infinite,
            Name = "infinite width",
            LineColor = Palette.gray,
            LineDash = StyleParam.DrawingStyle.Dash,
            ShowMarkers = false
        )
        Chart.Point(p, [ for m in measured -> m.Loss.Value ], Name = "experiment", MarkerColor = Palette.black)
        |> Draw.withErrors [ for m in measured -> m.Loss.Error ]
    ]
    |> Chart.combine
    |> Axes.logX "training examples P"
    |> Axes.logY "test loss"

let colors = [ Palette.vermilion; Palette.green; Palette.purple ]

let overlap =
    [
        for k, color in List.indexed colors do
            Chart.Line(
                p,
                [ for m in measured -> m.TeacherOverlaps[k].Largest.Value ],
                Name = $"teacher's unit {k + 1}",
                LineColor = color,
                ShowMarkers = true
            )
        Chart.Line(
            p,
            [ for _ in p -> chance ],
            Name = "random directions",
            LineColor = Palette.gray,
            LineDash = StyleParam.DrawingStyle.Dot,
            ShowMarkers = false
        )
    ]
    |> Chart.combine
    |> Axes.logX "training examples P"
    |> Axes.fromZeroY "largest |cosine|"

Panels.grid 2 [ loss; overlap ]
|> Frame.titled
    $"A student of {width} erf units and its teacher of {hidden}"
    (Notation.sub "N" "0" + $" = {inputs}, T = {temperature} = the noise's variance")
|> save
    "teacher-overlap"
    (("P", Array.ofList p)
     :: ("experiment_loss", [| for m in measured -> m.Loss.Value |])
     :: ("experiment_error", [| for m in measured -> m.Loss.Error |])
     :: ("proportional_loss", Array.ofList proportional)
     :: ("infinite_width_loss", Array.ofList infinite)
     :: ("converged", [| for m in measured -> if m.Verdict = Verdict.Converged then 1.0 else 0.0 |])
     :: [
         for k in 0 .. hidden - 1 do
             $"overlap_{k + 1}", [| for m in measured -> m.TeacherOverlaps[k].Largest.Value |]
             $"overlap_{k + 1}_error", [| for m in measured -> m.TeacherOverlaps[k].Largest.Error |]
     ])
