/// Posteriors that bend, narrow and end.
module FiniteWidth.Experiment.Tests.HardPosteriorTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Testing

let private zOf (diagnosis: Diagnosis) expected =
    (diagnosis.Mean - expected) / diagnosis.Error

// One datum 1 = x1 + x0^2, with deviation 0.2.
let private banana =
    {
        Dimension = 2
        LogLikelihood =
            fun x gradient ->
                let r = (1.0 - x[1] - x[0] * x[0]) / 0.2
                gradient[0] <- r / 0.2 * 2.0 * x[0]
                gradient[1] <- r / 0.2
                -0.5 * r * r
    }

let private bananaMoments =
    lazy
        // The trapezoidal rule for a density that vanishes at the ends converges geometrically.
        let h = 0.01
        let gradient = [| 0.0; 0.0 |]
        let mutable total, first, second, mixed = 0.0, 0.0, 0.0, 0.0

        for a in -5.0 .. h .. 5.0 do
            for b in -6.0 .. h .. 4.0 do
                let p = exp (banana.LogLikelihood [| a; b |] gradient - 0.5 * (a * a + b * b))
                total <- total + p
                first <- first + p * b
                second <- second + p * a * a
                mixed <- mixed + p * b * a * a

        first / total, second / total, mixed / total

// v ~ N(0, 1), three x ~ N(0, e^v): as a likelihood beside a standard normal prior.
let private funnel =
    {
        Dimension = 4
        LogLikelihood =
            fun x gradient ->
                let v = x[0]
                let precision = exp -v
                let mutable value = -1.5 * v
                gradient[0] <- -1.5

                for i in 1..3 do
                    value <- value + 0.5 * x[i] * x[i] * (1.0 - precision)
                    gradient[0] <- gradient[0] + 0.5 * x[i] * x[i] * precision
                    gradient[i] <- x[i] * (1.0 - precision)

                value
    }

/// The prior cut off at x < 1: beyond it the likelihood is what the test case says.
let private cut beyond =
    {
        Dimension = 1
        LogLikelihood =
            fun x gradient ->
                gradient[0] <- 0.0
                if x[0] < 1.0 then 0.0 else beyond
    }

let tests =
    testList "Hard posterior" [
        testCase "NUTS and HMC follow a banana" (fun () ->
            let m1, m2, m3 = bananaMoments.Value

            let observables () =
                {
                    Traced = [ "x0"; "x1"; "x0^2"; "x1 x0^2" ]
                    Streamed = []
                    Evaluate =
                        fun _ x values ->
                            values[0] <- x[0]
                            values[1] <- x[1]
                            values[2] <- x[0] * x[0]
                            values[3] <- x[1] * x[0] * x[0]
                }

            for sampler in [ Sampler.nuts; Sampler.nuts |> leapfrog; Sampler.hmc ] do
                let run = run sampler observables (fun () -> banana) { settings with Draws = 3000 }

                for diagnosis, expected in List.zip run.Diagnoses [ 0.0; m1; m2; m3 ] do
                    Expect.isLessThan (abs (zOf diagnosis expected)) 4.0 $"{sampler}: {diagnosis.Name}")

        testCase "NUTS finds the marginal of a funnel's neck" (fun () ->
            let observables () =
                {
                    Traced = [ "v"; "v^2"; "x1^2 e^-v" ]
                    Streamed = []
                    Evaluate =
                        fun _ x values ->
                            values[0] <- x[0]
                            values[1] <- x[0] * x[0]
                            values[2] <- x[1] * x[1] * exp -x[0]
                }

            // The neck needs a small step.
            let sampler = Sampler.nuts |> leapfrog |> Sampler.withStep (StepSize.Adapted 0.95)
            let run = run sampler observables (fun () -> funnel) { settings with Draws = 4000 }

            for diagnosis, expected in List.zip run.Diagnoses [ 0.0; 1.0; 1.0 ] do
                Expect.isLessThan (abs (zOf diagnosis expected)) 4.0 diagnosis.Name)

        testTheory
            "A likelihood that is not finite is never entered, and counted"
            [ Double.NaN; Double.NegativeInfinity; Double.PositiveInfinity ]
            (fun beyond ->
                // The mean of a standard normal number below 1, -phi(1)/Phi(1).
                let expected = -0.24197072451914337 / 0.8413447460685429
                let one = Observables.coordinates 1

                for sampler in [ Sampler.mala; Sampler.hmc |> leapfrog; Sampler.nuts; Sampler.crankNicolson ] do
                    let run =
                        run
                            (sampler |> step 0.7)
                            one
                            (fun () -> cut beyond)
                            { settings with
                                Start = Some(fun _ -> [| 0.0 |])
                                WarmUp = 0
                                Draws = 4000
                            }

                    Expect.isTrue (run.Traces[0].Values |> Array.forall (Array.forall (fun x -> x < 1.0))) "every one"
                    Expect.isLessThan (abs (zOf run.Diagnoses[0] expected)) 4.0 (string sampler)
                    Expect.isGreaterThan (run.Tallies |> Array.sumBy _.Divergences) 100L "tallies"

                    match run.Verdict with
                    | Verdict.NotConverged reasons ->
                        Expect.isTrue (reasons |> List.exists (fun r -> r.IsDivergences)) (string sampler)
                    | Verdict.Converged -> failtest "Divergences went unnoticed.")

        testCase "Langevin steps into a likelihood that is not finite are not made" (fun () ->
            let chain =
                Chain.startAt [| 0.9 |] (Sampler.langevin [| 0.3 |]) (cut nan) 3UL 0L 0
                |> Result.orFail

            for _ in 1..500 do
                chain.Step()
                Expect.isLessThan (chain.Position[0]) 1.0 "position"

            Expect.isGreaterThan chain.State.Tally.Divergences 0L "divergences")

        testCase "Two humps that chains cannot cross are not called converged" (fun () ->
            // Humps at -4 and 4 of width 0.5.
            let target =
                {
                    Dimension = 1
                    LogLikelihood =
                        fun x gradient ->
                            let log' c = -2.0 * (x[0] - c) * (x[0] - c)
                            let a, b = log' -4.0, log' 4.0
                            let top = max a b
                            let p, q = exp (a - top), exp (b - top)
                            gradient[0] <- (-4.0 * (x[0] + 4.0) * p - 4.0 * (x[0] - 4.0) * q) / (p + q) + x[0]
                            top + log (p + q) + 0.5 * x[0] * x[0]
                }

            let run =
                run
                    (Sampler.hmc |> leapfrog)
                    (Observables.coordinates 1)
                    (fun () -> target)
                    { settings with
                        Start = Some(fun chain -> [| (if chain < 2 then -4.0 else 4.0) |])
                    }

            match run.Verdict with
            | Verdict.NotConverged reasons -> Expect.isTrue (reasons |> List.exists _.IsChainsDisagree) "some one"
            | Verdict.Converged -> failtest "Chains in different humps were called converged.")
    ]
