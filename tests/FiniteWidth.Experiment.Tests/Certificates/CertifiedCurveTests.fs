/// Certified learning curves, against what is known exactly and against chains of their own.
module FiniteWidth.Experiment.Tests.Certificates.CertifiedCurveTests

open System.IO
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Testing

let private temperature = 0.1
let private split = teacher 11UL 8 10 12 1

/// So many directions that narrow networks are far from wide ones.
let private few = teacher 11UL 40 10 60 1
let private linear = network Activation.linear [ 1 ] [ 1.0; 1.0 ]
let private widths = [ 3; 5; 8; 13; 21; 34; 55; 200; 2000 ]

let private settings =
    { AutoSettings.standardOfCurves with
        Threads = 1
    }

let private solve settings network widths =
    CertifiedCurve.solveWithoutExact settings network temperature split widths
    |> Result.orFail

let private methods (curve: CertifiedCurve) =
    curve.Points |> List.map (fun point -> string point.Certificate.Method)

let private exact (network: Network) =
    ScaleMixture.solve network temperature (Study split.Train)
    |> Result.orFail
    |> ScaleMixture.score split.Test

let private isNear bars (score: MeasuredScore) (truth: Measured) what =
    let loss = score.Loss

    Expect.isLessThanOrEqual
        (abs (loss.Value - truth.Value))
        (bars * sqrt (loss.Error ** 2.0 + truth.Error ** 2.0))
        what

let tests =
    testList "Certified curve" [
        testCase "Every width is certified from chains at some and theory at the wide end, and is right" (fun () ->
            let mutable said = []

            let curve =
                solve
                    { settings with
                        Progress =
                            fun progress ->
                                match progress with
                                | AutoProgress.Decided sentence -> said <- sentence :: said
                                | AutoProgress.Sampling _ -> ()
                    }
                    linear
                    (200 :: widths)

            Expect.isTrue curve.IsComplete "is complete"
            Expect.equal [ for point in curve.Points -> point.Width ] widths "widths"
            Expect.containsAll (methods curve) [ "sampling"; "interpolation"; "first-order" ] "methods"
            Expect.exists said (fun sentence -> sentence.Contains "widths are certified") "said"

            for point in curve.Points do
                let score = point.Certificate.Score
                Expect.isTrue point.Certificate.Certified point.Certificate.Reason
                Expect.isLessThanOrEqual score.Loss.Error (settings.Accuracy * score.Loss.Value) "error"
                let truth = exact point.Network

                for found, exact in
                    [
                        score.Loss, truth.Loss
                        score.Bias, truth.Bias
                        score.Variance, truth.Variance
                    ] do
                    Expect.isLessThanOrEqual (abs (found.Value - exact)) (4.0 * found.Error) $"N = {point.Width}"

                Expect.within
                    (1e-9 * score.Loss.Value)
                    (score.Bias.Value + score.Variance.Value)
                    score.Loss.Value
                    "parts")

        testCase "What is thought of the curve beforehand has no corner in log N" (fun () ->
            let theories = PointTheories.solver few

            let amplitudes =
                [
                    for i in 0..30 ->
                        let width = int (10.0 * 1.25 ** float i)
                        let theories = theories (Network.withWidth width linear, temperature)
                        let expected = (WidthCurve.expectation width theories).Value
                        log (float width), log expected.LossPlace.Amplitude
                ]

            let slopes =
                amplitudes
                |> List.pairwise
                |> List.map (fun ((x, a), (y, b)) -> (b - a) / (y - x))

            Expect.isLessThan (List.min slopes) -0.5 "slope"

            for before, after in List.pairwise slopes do
                Expect.isLessThan (abs (after - before)) 0.5 "corner")

        testCase "Points of a ladder agree with longer chains that start from the prior" (fun () ->
            let erf = network Activation.erf [ 1 ] [ 1.0; 0.3 ]
            let curve = solve settings erf [ 4; 8; 16; 32 ]

            for point in curve.Points do
                let truth = measure (plan 77UL 500 4000) point.Network temperature split

                let truth: Measured =
                    {
                        Value = truth.Loss.Value
                        Error = truth.Loss.Error
                    }

                isNear 3.5 point.Certificate.Score truth $"N = {point.Width}"

                match point.Sampled with
                | Some sampled -> isNear 3.5 sampled.Score truth $"chains of N = {point.Width}"
                | None -> ())

        testCase "What was found is kept, and another run starts no chain" (fun () ->
            let folder = Directory.CreateTempSubdirectory().FullName

            try
                let mutable kept = 0

                let settings =
                    { settings with
                        Cache = Some folder
                        Progress =
                            fun progress ->
                                match progress with
                                | AutoProgress.Decided sentence when sentence.Contains "Kept from an earlier run" ->
                                    kept <- kept + 1
                                | _ -> ()
                    }

                let first = solve settings linear widths
                Expect.equal kept 0 "kept"
                let chains = Directory.GetFiles(folder).Length
                Expect.isGreaterThan chains 0 "chains"
                let again = solve settings linear widths
                Expect.equal kept chains "kept"
                Expect.isTrue (again.Points = first.Points) "points"
                // Another seed, temperature or accuracy beyond what was found runs chains of its own.
                solve { settings with Seed = 2UL } linear widths |> ignore
                Expect.equal kept chains "kept"
            finally
                Directory.Delete(folder, recursive = true))

        testCase "The same seed gives the same numbers on any number of threads" (fun () ->
            let points threads =
                [
                    for point in (solve { settings with Threads = threads } linear widths).Points ->
                        point.Certificate.Score
                ]

            Expect.isTrue (points 1 = points 3) "points")

        testCase "Stopped at once it has what theories say, the wide end certified" (fun () ->
            use source = new CancellationTokenSource()
            source.Cancel()

            let curve =
                solve
                    { settings with
                        Cancellation = source.Token
                    }
                    linear
                    [ 5; 2000 ]

            Expect.isFalse curve.IsComplete "is complete"

            match [ for point in curve.Points -> point.Certificate ] with
            | [ narrow; wide ] ->
                Expect.isTrue wide.Certified wide.Reason
                Expect.isFalse narrow.Certified "certified"
                Expect.stringContains narrow.Reason "stopped" "reason"
            | _ -> failtest "There are not two points."

            Expect.equal curve.Best.Value.Width (Some 2000) "best")

        testCase "What cannot be sampled is not certified, and says why" (fun () ->
            let reason network temperature seconds =
                let curve =
                    CertifiedCurve.solveWithoutExact { settings with Seconds = seconds } network temperature split [
                        3
                        4
                    ]
                    |> Result.orFail

                Expect.isFalse (curve.Points |> List.exists _.Certificate.Certified) "certified"
                curve.Points.Head.Certificate.Reason

            Expect.stringContains (reason linear 0.0 60.0) "T = 0 cannot be sampled" "reason"
            let deep = network Activation.erf [ 3; 3 ] [ 1.0; 1.0; 1.0 ]
            Expect.stringContains (reason deep 0.1 1e-3) "time" "reason")

        testCase "Linear networks are exact, without a chain" (fun () ->
            let curve =
                CertifiedCurve.solve settings linear temperature split widths |> Result.orFail

            Expect.equal (List.distinct (methods curve)) [ "exact" ] "methods"
            Expect.isTrue (curve.Points |> List.forall _.Sampled.IsNone) "sampled")

        testCase "Without widths there is no curve" (fun () ->
            Expect.isError (CertifiedCurve.solve settings linear temperature split []) "solve")
    ]
