/// What the warm-up adapts.
module FiniteWidth.Experiment.Tests.WarmUpTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private model = linearModel 3UL 30 20 0.1

let private warmed sampler =
    let chain = Chain.start sampler (model.Source()) 2UL 0L 1000 |> Result.orFail

    chain.Advance 1000
    chain

let tests =
    testList "Warm up" [
        testCase "The windows of a thousand iterations are Stan's" (fun () ->
            let expected = [ 75, 100; 100, 150; 150, 250; 250, 450; 450, 950 ]
            Expect.isTrue (WarmUp.windows 1000 = expected) "WarmUp.windows 1000 = expected")

        testTheory
            "Windows follow each other, and leave iterations before and after them"
            [ 20; 100; 149; 150; 400; 5000 ]
            (fun length ->
                let windows = WarmUp.windows length
                Expect.isGreaterThan (fst windows.Head) 0 "first of head of windows"
                Expect.isLessThan (snd (List.last windows)) length "second of last of windows"

                for (_, closes), (opens, _) in List.pairwise windows do
                    Expect.equal opens closes "opens"

                for opens, closes in windows do
                    Expect.isGreaterThan (closes - opens) 10 "closes - opens")

        testCase "The mean acceptance of the draws is what was asked for" (fun () ->
            for sampler, wanted in
                [
                    Sampler.mala, 0.574
                    Sampler.hmc |> leapfrog, 0.8
                    Sampler.nuts, 0.8
                    Sampler.nuts |> diagonal |> Sampler.withStep (StepSize.Adapted 0.9), 0.9
                    Sampler.crankNicolson, 0.25
                ] do
                let chain = warmed sampler
                chain.Advance 3000
                // Dual averaging overshoots by some per cent, as Stan's does.
                Expect.within 0.08 chain.State.Tally.Acceptance wanted (string sampler))

        testCase "The diagonal metric is the posterior's standard deviations" (fun () ->
            let exact = model.Precision.Inverse().Diagonal() |> Seq.map sqrt |> Array.ofSeq

            for sampler in [ Sampler.nuts |> diagonal; Sampler.hmc |> leapfrog |> diagonal ] do
                let scale = (warmed sampler).State.Scale

                for i in 0 .. exact.Length - 1 do
                    // The last window has 500 iterations: a deviation is known to 1/sqrt(2 * 500) = 3% when they are independent.
                    Expect.within 0.2 (scale[i] / exact[i]) 1.0 "scale[i] / exact[i]")

        testCase "After the warm-up step and metric stay as they are" (fun () ->
            let chain = warmed (Sampler.nuts |> diagonal)
            let step, scale = chain.State.Step, Array.copy chain.State.Scale
            chain.Advance 100
            Expect.equal chain.State.Step step "step"
            Expect.equal chain.State.Scale scale "scale")

        testCase "Where the data say nothing every Crank-Nicolson proposal is independent" (fun () ->
            let flat =
                {
                    Dimension = 3
                    LogLikelihood =
                        fun _ gradient ->
                            Array.Clear gradient
                            0.0
                }

            let chain = Chain.start Sampler.crankNicolson flat 1UL 0L 200 |> Result.orFail

            chain.Advance 200
            Expect.within 1e-4 chain.State.Step (Math.PI / 2.0) "step")

        testCase "A step allocates next to nothing" (fun () ->
            let target =
                {
                    Dimension = 2000
                    LogLikelihood =
                        fun x gradient ->
                            for i in 0 .. x.Length - 1 do
                                gradient[i] <- -x[i]

                            -0.5 * VectorArithmetic.Dot(ReadOnlySpan x, ReadOnlySpan x)
                }

            for sampler in [ Sampler.mala; Sampler.hmc; Sampler.nuts |> diagonal; Sampler.crankNicolson ] do
                let chain = Chain.start sampler target 2UL 0L 30 |> Result.orFail

                chain.Advance 40
                let before = GC.GetAllocatedBytesForCurrentThread()
                chain.Advance 20
                let perStep = (GC.GetAllocatedBytesForCurrentThread() - before) / 20L
                // A few streams and closures; one vector alone would be 16000 bytes.
                Expect.isLessThan perStep 2500L (string sampler))
    ]
