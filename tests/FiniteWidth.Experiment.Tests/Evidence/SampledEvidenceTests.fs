/// Evidence by chains between prior and posterior, against integrals that are exact and against direct averages over the prior.
module FiniteWidth.Experiment.Tests.Evidence.SampledEvidenceTests

open System
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Testing

let private settings =
    { SampledEvidence.standard with
        Accuracy = 0.2
        Seconds = 60.0
        Threads = 1
    }

let private sample seed architecture temperature train =
    SampledEvidence.solve { settings with Seed = seed } architecture temperature train
    |> Result.orFail

let private zOf exact (evidence: SampledEvidence) =
    Estimate.zScore exact evidence.LogEvidence

let private linear =
    [
        "narrow", Network.dense Activation.linear [ 4 ]
        "with a bias", Network.dense Activation.linear [ 12 ] |> Network.withBias 2.0
        "deep", Network.dense Activation.linear [ 8; 6 ] |> Network.withPriors [ 0.7; 1.5; 2.0 ]
    ]

/// log (1/n) sum exp l over networks drawn from the prior, with its standard error.
let private directly draws architecture temperature train =
    let posterior =
        NetworkPosterior.create NetworkPosterior.defaults architecture temperature train
        |> Result.orFail

    let readout = ConditionalReadout posterior
    let position: float[] = Array.zeroCreate posterior.Layout.HiddenDimension
    let stream = RandomStream.FromSeed 77UL

    let values =
        Array.init draws (fun i ->
            (stream.Split(int64 i)).Normal(Span position)
            readout.Condition position)

    let top = Array.max values
    let weights = values |> Array.map (fun l -> exp (l - top))
    let mean = Array.average weights

    let deviation = sqrt (Array.averageBy (fun w -> (w / mean - 1.0) ** 2.0) weights)

    {
        Value = top + log mean
        Error = deviation / sqrt (float draws)
    }

let private small =
    [
        "erf", Architecture.FullyConnected(Network.dense Activation.erf [ 3 ])
        "two layers of ReLU", Architecture.FullyConnected(Network.dense Activation.relu [ 3; 4 ])
        "convolution",
        ConvolutionalNetwork.create
            Activation.erf
            3
            (struct (1.0, 1.0))
            { Height = 2; Width = 4; Channels = 1 }
            2
            2
            Pooling.Average
        |> Result.orFail
        |> Architecture.Convolutional
    ]

let private fails part settings' =
    let train = (teacher 3UL 12 5 6 1).Train
    let network = Network.dense Activation.erf [ 4 ]

    match SampledEvidence.solve settings' (Architecture.FullyConnected network) 0.1 train with
    | Ok _ -> failtest "should fail"
    | Error failure -> Expect.stringContains failure.Message part "message"

let tests =
    testList "Sampled evidence" [
        testTheory "Of linear networks it is the integral over the scale" linear (fun (_, network) ->
            let split = teacher 21UL 25 5 10 1

            let exact =
                (ScaleMixture.solve network 0.1 (Study split.Train) |> Result.orFail).LogEvidence

            let z =
                [
                    for seed in 1UL .. 3UL -> sample seed (Architecture.FullyConnected network) 0.1 split.Train
                ]

            for evidence in z do
                Expect.isTrue evidence.HasConverged "converged"
                Expect.isLessThanOrEqual evidence.LogEvidence.Error settings.Accuracy "as accurate as asked for"
                // Bounds of expectations: each has an error of its own.
                let below (first: Estimate) (second: Estimate) =
                    first.Value - second.Value
                    <= 3.5 * sqrt (first.Error ** 2.0 + second.Error ** 2.0)

                Expect.isTrue (below evidence.Lower evidence.LogEvidence) "lower"
                Expect.isTrue (below evidence.LogEvidence evidence.Upper) "upper"

            Expect.isLessThan (z |> List.map (zOf exact >> abs) |> List.max) 3.6 "largest z of three"
            Expect.isLessThan (abs (List.averageBy (zOf exact) z) * sqrt 3.0) 3.3 "z of their mean")

        testCase "Of a linear network with two outputs it is the integral over the matrix of scales" (fun () ->
            let split = teacher 22UL 20 5 8 2
            let network = Network.dense Activation.linear [ 6 ]

            let exact =
                (OutputMixture.solve network 0.2 (Study split.Train) |> Result.orFail).LogEvidence

            let evidence = sample 5UL (Architecture.FullyConnected network) 0.2 split.Train
            Expect.isTrue evidence.HasConverged "converged"
            Expect.isLessThan (abs (zOf exact evidence)) 3.6 "z")

        testTheory "Of small problems it is the average over the prior" small (fun (_, architecture) ->
            let train = (teacher 23UL 8 5 8 1).Train
            let direct = directly 40_000 architecture 0.5 train

            let evidence = sample 2UL architecture 0.5 train
            let error = sqrt (direct.Error ** 2.0 + evidence.LogEvidence.Error ** 2.0)
            Expect.isLessThan direct.Error 0.1 "the average over the prior is known"

            Expect.isLessThan (abs (evidence.LogEvidence.Value - direct.Value) / error) 3.6 "z")

        testCase "It does not depend on the number of threads" (fun () ->
            let train = (teacher 24UL 10 5 6 1).Train
            let network = Architecture.FullyConnected(Network.dense Activation.erf [ 5 ])

            let on threads =
                SampledEvidence.solve
                    { settings with
                        Accuracy = 0.5
                        Threads = threads
                    }
                    network
                    0.2
                    train
                |> Result.orFail

            let one, three = on 1, on 3
            Expect.equal three.LogEvidence one.LogEvidence "log evidence"
            Expect.equal three.Rungs one.Rungs "rungs")

        testCase "Ways up and down that obey Crooks' relation give what lies between them" (fun () ->
            // Gaussian weights: up ~ N(z - s^2/2, s^2), down ~ N(z + s^2/2, s^2).
            let z, s, n = -12.5, 1.5, 4000
            let noise: float[] = Array.zeroCreate (2 * n)
            RandomStream.FromSeed(3UL).Normal(Span noise)
            let up = noise[.. n - 1] |> Array.map (fun x -> z - s * s / 2.0 + s * x)
            let down = noise[n..] |> Array.map (fun x -> z + s * s / 2.0 + s * x)
            let bridge = Bridge.estimate up[..399] down[..399]
            Expect.isLessThan (abs (Estimate.zScore z bridge)) 3.6 "z"
            Expect.within 0.06 (Bridge.logEvidence up down) z "of many"
            Expect.within 0.03 bridge.Error (sqrt (s * s / 800.0)) "error")

        testCase "Rungs lie at equal thermodynamic lengths between prior and posterior" (fun () ->
            let path = AnnealingPath.first

            let records: RungRecord[] =
                path.Powers |> Array.map (fun _ -> { Deviation = 3.0; Acceptance = 0.8 })

            let refined = AnnealingPath.refine 10 path records
            Expect.within 1e-12 (Array.last (AnnealingPath.lengths path records)) 3.0 "length"
            Expect.allWithin 1e-12 refined.Powers [ for k in 0..10 -> float k / 10.0 ] "powers"
            // An acceptance that is as wanted leaves steps as they are.
            Expect.allWithin 1e-12 refined.Steps (Array.create 11 1.0) "steps")

        testCase "What cannot be is refused in a sentence" (fun () ->
            fails "The accuracy of the log evidence is 0" { settings with Accuracy = 0.0 }
            fails "The time is -1 s" { settings with Seconds = -1.0 }
            fails "an error takes at least 4" { settings with Chains = 2 }
            fails "at least 1 is needed" { settings with Threads = 0 }

            fails
                "stopped before a first estimate"
                { settings with
                    Cancellation = CancellationToken true
                })
    ]
