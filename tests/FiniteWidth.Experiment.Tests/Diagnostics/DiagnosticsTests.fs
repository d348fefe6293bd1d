/// The diagnostics against what is known of the processes that made the draws, and against cases small enough for paper.
module FiniteWidth.Experiment.Tests.DiagnosticsTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FsCheck
open FiniteWidth.Testing

/// Chains of a stationary AR(1) process of unit variance.
let private autoregressive seed chains draws phi =
    Array.init chains (fun c ->
        let noise: float[] = Array.zeroCreate (draws + 1)
        (RandomStream.FromSeed(seed).Split(int64 c)).Normal(Span noise)
        let innovation = sqrt (1.0 - phi * phi)

        Array.sub noise 1 draws
        |> Array.scan (fun x e -> phi * x + innovation * e) noise[0]
        |> Array.tail)

let tests =
    testList "Diagnostics" [
        testTheory "The effective size of an AR(1) process is S (1 - phi)/(1 + phi)" [ 0.0; 0.5; 0.9; -0.3 ] (fun phi ->
            let chains, draws = 4, 20000
            let x = autoregressive 1UL chains draws phi
            let expected = float (chains * draws) * (1.0 - phi) / (1.0 + phi)
            // The estimate's own relative error: sqrt(2 (2 M + 1)/S) for a window of M autocorrelations (Priestley), M about 6 tau here; four of it.
            let tau = (1.0 + phi) / (1.0 - phi)
            let error = 4.0 * sqrt (2.0 * (12.0 * max tau 1.0 + 1.0) / float (chains * draws))
            Expect.within error (EffectiveSize.mean x / expected) 1.0 "EffectiveSize.mean x / expected"
            // Ranks of a Gaussian process are nearly itself.
            Expect.within error (EffectiveSize.bulk x / expected) 1.0 "EffectiveSize.bulk x / expected")

        testCase "Standard errors are the spread of the estimates over repetitions" (fun () ->
            let phi, repetitions = 0.6, 400

            let runs =
                Array.init repetitions (fun i -> autoregressive (uint64 (i + 10)) 2 500 phi)

            let ratio estimate standardError =
                let spread = runs |> Array.map estimate |> Draws.variance |> sqrt
                (runs |> Array.averageBy standardError) / spread

            // The spread of 400 estimates is known to 1/sqrt(800) = 3.5%; four of it. Short chains underestimate a little.
            let isOne ratio = Expect.within 0.14 ratio 1.0
            isOne (ratio (Array.concat >> Array.average) StandardError.mean) "mean"
            isOne (ratio (Array.concat >> Draws.variance >> sqrt) StandardError.deviation) "deviation"
            isOne (ratio (Draws.quantile 0.9) (StandardError.quantile 0.9)) "quantile")

        testCase "R-hat of two chains of four draws, by hand" (fun () ->
            // Halves [1,2] [3,4] [2,3] [6,9]: variances 1/2, 1/2, 1/2, 9/2, means 3/2, 7/2, 5/2, 15/2; W = 3/2, var(means) = 83/12.
            let draws = [| [| 1.0; 2.0; 3.0; 4.0 |]; [| 2.0; 3.0; 6.0; 9.0 |] |]
            let expected = sqrt (0.5 + (83.0 / 12.0) / 1.5)
            Expect.within 1e-14 (RHat.split draws) expected "split")

        testCase "The autocovariance of four draws, by hand" (fun () ->
            // Away from their mean 2: -1, -1, 0, 2.
            let c = Autocovariance.ofChain [| 1.0; 1.0; 2.0; 4.0 |]

            for t, expected in List.indexed [ 6.0 / 4.0; 1.0 / 4.0; -2.0 / 4.0; -2.0 / 4.0 ] do
                Expect.within 1e-15 (c[t]) expected "c")

        testCase "Chains of one distribution pass, shifted ones and wider ones do not" (fun () ->
            let draws = autoregressive 7UL 4 1000 0.3
            Expect.isLessThan (RHat.rankNormalised draws) 1.01 "rank normalised"

            let shifted =
                draws |> Array.mapi (fun c x -> if c = 0 then Array.map ((+) 1.0) x else x)

            Expect.isGreaterThan (RHat.bulk shifted) 1.05 "bulk"

            let wider =
                draws |> Array.mapi (fun c x -> if c = 0 then Array.map ((*) 3.0) x else x)

            Expect.isLessThan (RHat.bulk wider) 1.01 "bulk"
            Expect.isGreaterThan (RHat.folded wider) 1.05 "folded"
            Expect.equal (RHat.rankNormalised wider) (RHat.folded wider) "rank normalised")

        testPropertyWithConfig (maxTest 50) "Rank diagnostics do not change under monotone maps" (fun (seed: uint64) ->
            let draws = autoregressive seed 3 40 0.5
            let mapped = draws |> Array.map (Array.map exp)

            RHat.bulk mapped = RHat.bulk draws
            && EffectiveSize.bulk mapped = EffectiveSize.bulk draws)

        testPropertyWithConfig
            (maxTest 50)
            "Chains may come in any order, and any units"
            (fun (seed: uint64) (NormalFloat shift) ->
                let draws = autoregressive seed 4 50 0.2

                let other =
                    draws
                    |> Array.rev
                    |> Array.map (Array.map (fun x -> 3.0 * x + shift / (1.0 + abs shift)))

                let same (f: float[][] -> float) =
                    abs (f other - f draws) < 1e-9 * abs (f draws)

                same EffectiveSize.mean && same RHat.split && same EffectiveSize.deviation)

        testCase "A verdict names every quantity that has not converged, and why" (fun () ->
            let good = Diagnosis.ofDraws "good" (autoregressive 3UL 4 2000 0.1)
            let slow = Diagnosis.ofDraws "slow" (autoregressive 4UL 4 500 0.98)
            let still = Diagnosis.ofDraws "still" (Array.create 4 (Array.create 10 1.0))
            let broken = Diagnosis.ofDraws "broken" [| [| 1.0; nan; 2.0; 3.0 |] |]
            let tally = Tally()

            Expect.equal
                (Verdict.judge Verdict.limits [ tally; tally; tally; tally ] [ good ])
                Verdict.Converged
                "judge"

            match Verdict.judge Verdict.limits [ tally; tally; tally; tally ] [ good; slow; still; broken ] with
            | Verdict.NotConverged reasons ->
                let isOf name reason =
                    match reason with
                    | Reason.TooFewEffectiveDraws(q, _, _)
                    | Reason.ChainsDisagree(q, _, _)
                    | Reason.Constant q
                    | Reason.NotFinite q -> q = name
                    | _ -> false

                Expect.isFalse (List.exists (isOf "good") reasons) "good"
                Expect.isTrue (List.exists (isOf "slow") reasons) "slow"
                Expect.isTrue (List.contains (Reason.Constant "still") reasons) "reasons"
                Expect.isTrue (List.contains (Reason.NotFinite "broken") reasons) "reasons"
            | Verdict.Converged -> failtest "The slow chains were let through.")

        testCase "Draws that cannot be diagnosed are refused in one sentence" (fun () ->
            let refused (draws: float[][]) (part: string) =
                Expect.throwsSaying<FailureException> (fun () -> RHat.rankNormalised draws |> ignore) part "draws"

            refused [||] "no chains"
            refused [| [| 1.0; 2.0; 3.0 |] |] "3 draws"
            refused [| Array.zeroCreate 5; Array.zeroCreate 6 |] "6 draws")
    ]
