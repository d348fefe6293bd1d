/// What cannot be run is refused, in one sentence.
module FiniteWidth.Experiment.Tests.SettingsTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Testing

let private model = linearModel 1UL 3 2 1.0

let private coordinates = Observables.coordinates 3

let private refused (part: string) sampler settings =
    match Run.start sampler coordinates model.Source settings with
    | Ok _ -> failtest $"{sampler} ran."
    | Error failure ->
        Expect.stringContains failure.Message part "message"
        Expect.stringEnds failure.Message "." "message"

let private hmc path jitter steps =
    match Sampler.hmc with
    | Sampler.Hmc(dynamics, _) ->
        Sampler.Hmc(
            dynamics,
            {
                PathLength = path
                Jitter = jitter
                MaximalSteps = steps
            }
        )
    | _ -> invalidOp "HMC is HMC."

let tests =
    testList "Settings" [
        testCase "Samplers that make no sense are refused" (fun () ->
            for part, sampler in
                [
                    "2 Langevin steps", Sampler.langevin [| 0.1; 0.1 |]
                    "Langevin step 1", Sampler.langevin [| 0.1; -0.1; 0.1 |]
                    "path length of HMC is 0", hmc 0.0 0.5 10
                    "jitter of HMC is 1.5", hmc 1.0 1.5 10
                    "0 steps", hmc 1.0 0.5 0
                    "step of the sampler is -1", Sampler.nuts |> step -1.0
                    "at most 1.57", Sampler.crankNicolson |> step 2.0
                    "acceptance to adapt to is 1", Sampler.mala |> Sampler.withStep (StepSize.Adapted 1.0)
                    "depth of NUTS is 0",
                    (match Sampler.nuts with
                     | Sampler.Nuts(dynamics, _) -> Sampler.Nuts(dynamics, 0)
                     | other -> other)
                    "path length of HMC is NaN", Sampler.gibbs (fun () _ _ -> ()) (hmc nan 0.5 10)
                ] do
                refused part sampler settings)

        testCase "Settings that make no sense are refused" (fun () ->
            for part, settings in
                [
                    "0 chains", { settings with Chains = 0 }
                    "0 draws", { settings with Draws = 0 }
                    "-1 iterations", { settings with WarmUp = -1 }
                    "warm-up has no iterations", { settings with WarmUp = 0 }
                    "0 transitions", { settings with StepsPerDraw = 0 }
                    "0 threads", { settings with Threads = 0 }
                    "time limit is 0 s",
                    { settings with
                        TimeLimit = Some TimeSpan.Zero
                    }
                    "effective draws to reach",
                    { settings with
                        EffectiveDraws = Some -1.0
                    }
                    "has 2 coordinates",
                    { settings with
                        Start = Some(fun _ -> [| 0.0; 0.0 |])
                    }
                ] do
                refused part Sampler.nuts settings

            refused "at least 20" (Sampler.nuts |> diagonal) { settings with WarmUp = 10 })

        testCase "A start where the likelihood is not finite is refused" (fun () ->
            let target =
                {
                    Dimension = 1
                    LogLikelihood = fun _ _ -> nan
                }

            match Chain.start Sampler.nuts target 1UL 3L 10 with
            | Ok _ -> failtest "The chain started."
            | Error failure ->
                Expect.stringContains failure.Message "Chain 3" "message"
                Expect.stringContains failure.Message "NaN" "message")

        testCase "A property that a sampler does not have cannot be set" (fun () ->
            Expect.throwsSaying<FailureException>
                (fun () -> Sampler.crankNicolson |> diagonal |> ignore)
                "has no metric"
                "a metric for Crank-Nicolson")
    ]
