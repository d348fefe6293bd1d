/// How long sampling takes, told beforehand: absolute times are the machine's, so that what is checked is how they grow.
module FiniteWidth.Experiment.Tests.Measurements.SamplingTimeTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Testing

let private split = Problems.teacher 1UL 20 20 10 1

let private plan = Measurement.standard

let private withSettings change =
    { plan with
        Settings = change plan.Settings
    }

let private network width = Network.dense Activation.erf [ width ]

let private seconds plan points =
    SamplingTime.estimate plan points split |> Result.orFail |> _.TotalSeconds

// One pilot is not like the next, least of all on a machine that does other things: a factor of eight either way.
let private isAbout expected actual message =
    Expect.isInRange (actual / expected) 0.125 8.0 message

let tests =
    testList "Sampling time" [
        test "no points take no time" { Expect.equal (seconds plan []) 0.0 "seconds" }

        test "it grows with the number of iterations and of points" {
            let points = [ network 20, 0.1 ]
            let once = seconds plan points

            let longer =
                withSettings (fun settings ->
                    { settings with
                        Draws = 20 * settings.Draws + 19 * settings.WarmUp
                    })

            isAbout (20.0 * once) (seconds longer points) "twenty times the iterations"
            isAbout (20.0 * once) (seconds plan (List.replicate 20 points.Head)) "twenty points"
        }

        test "a network too wide for a pilot is measured by a narrower one" {
            let narrow, wide =
                seconds plan [ network 2000, 0.1 ], seconds plan [ network 2_000_000, 0.1 ]

            // Two pilots of milliseconds on a machine that may be busy: the order of magnitude.
            Expect.isInRange (wide / (1000.0 * narrow)) 0.02 50.0 "a thousand times the width"
        }

        test "no point takes longer than its limit" {
            let limited =
                withSettings (fun settings ->
                    { settings with
                        TimeLimit = Some(TimeSpan.FromSeconds 0.001)
                    })

            Expect.within 1e-6 (seconds limited [ network 20, 0.1; network 40, 0.1 ]) 0.002 "seconds"
        }

        test "what cannot be sampled has no time" {
            Expect.isError (SamplingTime.estimate plan [ network 20, 0.0 ] split) "T = 0"
        }
    ]
