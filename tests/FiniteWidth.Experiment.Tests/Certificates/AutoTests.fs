/// Certified answers against what is known exactly, and what becomes of them without time.
module FiniteWidth.Experiment.Tests.Certificates.AutoTests

open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Testing

let private temperature = 0.1

let private split = teacher 11UL 12 10 6 1

/// Fewer examples than directions, where width matters.
let private few = teacher 11UL 8 10 12 1

let private narrow = network Activation.linear [ 3 ] [ 1.0; 1.0 ]

let private settings =
    { AutoSettings.standard with
        Seconds = 60.0
        Threads = 1
    }

let private exact (split: Split) (network: Network) =
    ScaleMixture.solve network temperature (Study split.Train)
    |> Result.orFail
    |> ScaleMixture.score split.Test

let private isWithin bars (exact: Score) (score: MeasuredScore) =
    for found, exact in
        [
            score.Loss, exact.Loss
            score.Bias, exact.Bias
            score.Variance, exact.Variance
        ] do
        Expect.isLessThanOrEqual (abs (found.Value - exact)) (bars * found.Error) "abs"

let private notCertified (point: AutoPoint) =
    Expect.isTrue (not point.Certificate.Certified) "not point.Certificate.Certified"
    Expect.isTrue point.Effect.IsUndecided "is undecided"
    Expect.stringEnds point.Certificate.Reason "." "reason"

let tests =
    testList "Auto" [
        testTheory "A linear network with one output has the exact integral, whatever its width" [ 1; 2 ] (fun depth ->
            let network =
                network Activation.linear (List.replicate depth 3) (List.replicate (depth + 1) 1.0)

            let point = Auto.solve settings network temperature split |> Result.orFail
            Expect.isTrue point.Certificate.Method.IsExact "is exact"
            Expect.isTrue point.Certificate.Certified "certified"
            Expect.isTrue point.Sampled.IsNone "is none"
            isWithin 0.0 (exact split network) point.Certificate.Score)

        testCase "A narrow network is sampled to the accuracy, and is right" (fun () ->
            let point =
                Auto.solverWithoutExact settings few (narrow, temperature) |> Result.orFail

            let certificate = point.Certificate
            Expect.isTrue certificate.Certified certificate.Reason
            Expect.equal (string certificate.Method) "sampling" "method"

            Expect.isLessThanOrEqual
                certificate.Score.Loss.Error
                (settings.Accuracy * certificate.Score.Loss.Value)
                "error of loss"

            isWithin 4.0 (exact few narrow) certificate.Score)

        testCase "A wide network has its theory corrected, without a chain, and is right" (fun () ->
            let wide = network Activation.linear [ 1000 ] [ 1.0; 1.0 ]

            let point =
                Auto.solverWithoutExact settings few (wide, temperature) |> Result.orFail

            Expect.isTrue point.Certificate.Certified point.Certificate.Reason
            Expect.isTrue point.Certificate.Method.IsFirstOrder "is first order"
            Expect.isTrue point.Sampled.IsNone "is none"
            isWithin 4.0 (exact few wide) point.Certificate.Score)

        testCase "Two hidden layers and two outputs are sampled" (fun () ->
            let quick = { settings with Accuracy = 0.2 }

            for network, split in
                [
                    network Activation.erf [ 4; 5 ] [ 1.0; 1.0; 1.0 ], split
                    network Activation.erf [ 4 ] [ 1.0; 1.0 ], teacher 12UL 8 8 5 2
                ] do
                let point = Auto.solve quick network temperature split |> Result.orFail
                Expect.isTrue point.Certificate.Certified point.Certificate.Reason
                Expect.isTrue point.Certificate.Method.IsSampling "is sampling")

        testCase "The same seed gives the same numbers on any number of threads" (fun () ->
            let answer threads =
                let point =
                    Auto.solverWithoutExact { settings with Threads = threads } few (narrow, temperature)
                    |> Result.orFail

                point.Certificate.Score

            Expect.isTrue (answer 1 = answer 3) "answer 1 = answer 3")

        testCase "At T = 0 a narrow network has the theory's number, not certified" (fun () ->
            let point =
                Auto.solve settings (network Activation.erf [ 5 ] [ 1.0; 1.0 ]) 0.0 split
                |> Result.orFail

            notCertified point
            Expect.isTrue point.Sampled.IsNone "is none"
            Expect.stringContains point.Certificate.Reason "T = 0 cannot be sampled" "reason"
            Expect.equal point.Certificate.Method (Method.Theory "proportional") "method"
            Expect.isNaN point.Certificate.Score.Loss.Error "error of loss")

        testCase
            "Without time the nearest theory answers, not certified, and the time that it takes is estimated"
            (fun () ->
                let network = network Activation.erf [ 6; 6 ] [ 1.0; 1.0; 1.0 ]
                let mutable said = []

                let point =
                    Auto.solve
                        { settings with
                            Accuracy = 1e-5
                            Seconds = 0.2
                            Progress =
                                fun progress ->
                                    match progress with
                                    | AutoProgress.Decided sentence -> said <- sentence :: said
                                    | AutoProgress.Sampling _ -> ()
                        }
                        network
                        temperature
                        split
                    |> Result.orFail

                notCertified point
                Expect.isGreaterThan point.SecondsNeeded.Value 0.2 "value of seconds needed"
                Expect.exists said (fun (text: string) -> text.Contains "chains are tried") "said")

        testCase "What is known when it is told to stop is kept" (fun () ->
            use source = new CancellationTokenSource()
            source.Cancel()

            let point =
                Auto.solve
                    { settings with
                        Cancellation = source.Token
                    }
                    (network Activation.erf [ 5 ] [ 1.0; 1.0 ])
                    temperature
                    split
                |> Result.orFail

            notCertified point
            Expect.stringContains point.Certificate.Reason "stopped" "reason")

        testTheory
            "Settings without sense are refused in one sentence"
            [ 0.0, 60.0, "accuracy"; 1.0, 60.0, "accuracy"; 0.02, 0.0, "time" ]
            (fun (accuracy, seconds, word) ->
                match
                    Auto.solve
                        { settings with
                            Accuracy = accuracy
                            Seconds = seconds
                        }
                        narrow
                        temperature
                        split
                with
                | Error failure -> Expect.stringContains failure.Message word "message"
                | Ok _ -> failtest "It was not refused.")
    ]
