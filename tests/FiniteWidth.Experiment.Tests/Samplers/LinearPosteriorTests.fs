/// Samplers against the exact posterior of linear models, and Langevin against its own exact bias.
module FiniteWidth.Experiment.Tests.LinearPosteriorTests

open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open MathNet.Numerics.LinearAlgebra
open FiniteWidth.Testing

let private zScores (expected: float -> float) (run: Run) =
    run.Diagnoses
    |> List.mapi (fun k d -> (d.Mean - expected (float k)) / d.Error)
    |> Array.ofList

let private names = unbiased |> List.map (fun (name, _, _) -> name)

let tests =
    testList "Linear posterior" [
        testTheory "A sampler's means and variances are those of the linear model's posterior" names (fun name ->
            let _, sampler, thin = unbiased |> List.find (fun (other, _, _) -> other = name)

            // Three models of 40 independent means and 40 variances: 240 observables.
            let z =
                [| 1UL .. 3UL |]
                |> Array.collect (fun seed ->
                    let model = linearModel (10UL * seed) 40 25 0.3

                    let run =
                        run
                            sampler
                            (whitened model)
                            model.Source
                            { settings with
                                Seed = seed
                                WarmUp = 600
                                Draws = 1000
                                StepsPerDraw = thin
                            }

                    let bad =
                        match run.Verdict with
                        | Verdict.Converged -> []
                        | Verdict.NotConverged reasons ->
                            reasons
                            |> List.filter (fun reason ->
                                match reason with
                                // One of many R-hats may exceed 1.01 by chance; four chains of 1000 draws do not reach 1.03.
                                | Reason.ChainsDisagree(_, rHat, _) -> rHat > 1.03
                                | _ -> true)

                    Expect.isEmpty bad name
                    zScores (fun k -> if k < 40.0 then 0.0 else 1.0) run)

            assertNormal name z)

        testCase
            "Langevin's stationary covariance is (H - H E H/2)^(-1), its bias of first order in the steps"
            (fun () ->
                let dimension = 10
                let model = linearModel 5UL dimension 8 0.5
                let h = model.Precision
                let fastest = h.Evd(Symmetricity.Symmetric).EigenValues.AbsoluteMaximum().Real
                // A step a coordinate, up to 0.8 of the stable 2/fastest: bias up to two thirds of the variance.
                let steps = Array.init dimension (fun i -> (0.3 + 0.05 * float i) / fastest * 2.0)

                let e = Matrix<float>.Build.DenseOfDiagonalArray steps
                let biased = (h - h * e * h / 2.0).Inverse()
                let exact = h.Inverse()

                Expect.isGreaterThan
                    ((biased - exact).L2Norm() / exact.L2Norm())
                    0.1
                    "(biased - exact).L2Norm() / exact.L2Norm()"

                // Products of coordinates away from the mean: 55 covariances.
                let pairs =
                    [|
                        for i in 0 .. dimension - 1 do
                            for j in 0..i -> i, j
                    |]

                let observables () =
                    {
                        Traced = [ for i, j in pairs -> $"c{i},{j}" ]
                        Streamed = []
                        Evaluate =
                            fun _ x values ->
                                pairs
                                |> Array.iteri (fun k (i, j) ->
                                    values[k] <- (x[i] - model.Mean[i]) * (x[j] - model.Mean[j]))
                    }

                let run =
                    run
                        (Sampler.langevin steps)
                        observables
                        model.Source
                        { settings with
                            WarmUp = 500
                            Draws = 2000
                            StepsPerDraw = 10
                        }

                let z expected =
                    zScores (fun k -> let i, j = pairs[int k] in (expected: Matrix<float>)[i, j]) run

                Expect.isLessThan (z biased |> Array.map abs |> Array.max) 4.5 "max of z"
                // What would be wrong by the bias is seen.
                Expect.isGreaterThan (z exact |> Array.map abs |> Array.max) 20.0 "max of z")

        testCase "Gibbs: exact draws of half of the coordinates alternate with another sampler" (fun () ->
            let dimension = 20
            let model = linearModel 77UL dimension 15 0.2
            let free = dimension / 2
            let h = model.Precision
            // The conditional of the last coordinates: precision H22, mean m2 - H22^(-1) H21 (x1 - m1).
            let h22 = h.SubMatrix(free, dimension - free, free, dimension - free).Cholesky()
            let h21 = h.SubMatrix(free, dimension - free, 0, free)

            let draw () : ConditionalDraw =
                fun stream position ->
                    let xi: float[] = Array.zeroCreate (dimension - free)
                    stream.Normal(System.Span xi)
                    let away = Vector<float>.Build.Dense(free, fun i -> position[i] - model.Mean[i])
                    let shift = h22.Solve(h21 * away)

                    let spread = h22.Factor.Transpose().Solve(Vector<float>.Build.DenseOfArray xi)

                    for i in 0 .. dimension - free - 1 do
                        position[free + i] <- model.Mean[free + i] - shift[i] + spread[i]

            let run =
                run
                    (Sampler.gibbs draw Sampler.mala)
                    (whitened model)
                    model.Source
                    { settings with
                        WarmUp = 400
                        Draws = 1500
                        StepsPerDraw = 3
                    }

            assertNormal "Gibbs" (zScores (fun k -> if k < float dimension then 0.0 else 1.0) run))
    ]
