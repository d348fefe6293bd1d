/// The limits and exact relations of the theory, on random problems.
module FiniteWidth.Tests.TheoryTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private oneLayer activation width priors =
    Network.dense activation [ width ] |> Network.withPriors priors

let private qbar (posterior: Posterior) = posterior.OrderParameters[0]

let private r theory network data =
    let posterior = solve theory network 0.0 data
    (Criterion.evaluate data posterior).R

let tests =
    testList "Theory" [
        testPropertyWithConfig
            (maxTest 30)
            "Infinite width: every order parameter goes to 1 as 1/N"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 7 5

                [
                    Theory.proportional, Activation.erf, 1
                    Theory.proportional, Activation.erf, 2
                    Theory.proportional, Activation.relu, 2
                    Theory.wishart, Activation.tanh, 2
                    Theory.nonOdd, Activation.relu, 1
                    Theory.nonOdd, Activation.cos, 2
                ]
                |> List.forall (fun (theory, activation, depth) ->
                    Laws.ofTheory theory 0.1 data (network activation depth seed)
                    |> List.forall Law.holds))

        testPropertyWithConfig
            (maxTest 50)
            "T = 0, one layer: the solver finds the closed form"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 12 20
                let network = network Activation.erf 1 seed
                let posterior = solve Theory.proportional network 0.0 data
                let alpha = float data.Count / float network.Widths.Head

                qbar posterior
                |> close 1e-11 (SaddlePoint.zeroTemperature alpha (r Theory.proportional network data)))

        testPropertyWithConfig (maxTest 30) "T = 0, alpha to infinity: Qbar goes to r" (fun (seed: PositiveInt) ->
            let data = dataSet seed.Get 60 90
            let r = r Theory.proportional (oneLayer Activation.erf 1 [ 1.0; 1.0 ]) data
            // The next term of the expansion in 1/alpha is r (1 - r)/alpha; here alpha = 60.
            let posterior =
                solve Theory.proportional (oneLayer Activation.erf 1 [ 1.0; 1.0 ]) 0.0 data

            abs (qbar posterior - r) <= r * (1.0 + r) / 59.0
            && abs (SaddlePoint.zeroTemperature 1e9 r - r) < 1e-7 * (1.0 + r))

        testPropertyWithConfig
            (maxTest 30)
            "T = 0: Qbar = 1 at every width exactly when r = 1, and Qbar < 1 when r < 1"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 10 15
                let network n = oneLayer Activation.erf n [ 1.0; 2.0 ]
                let r = r Theory.proportional (network 5) data
                let normalised = scaleTargets (1.0 / sqrt r) data
                let smaller = scaleTargets (0.7 / sqrt r) data
                let larger = scaleTargets (1.4 / sqrt r) data

                [ 1; 5; 50; 5000 ]
                |> List.forall (fun n ->
                    let at data =
                        solve Theory.proportional (network n) 0.0 data |> qbar

                    close 1e-10 1.0 (at normalised) && at smaller < 1.0 && at larger > 1.0))

        testPropertyWithConfig
            (maxTest 40)
            "T = 0, deep linear networks obey the equation of Li and Sompolinsky"
            (fun (seed: PositiveInt) ->
                // 1 - u lambda = alpha (1 - r0/u^L), u = Qbar/lambda, r0 = y^T C^(-1) y/P.
                let seed = seed.Get
                let data = dataSet seed 10 16
                let depth = 1 + seed % 4
                let n = 2 + seed % 40
                let lambda = between seed 1 0.3 3.0

                let network =
                    Network.dense Activation.linear (List.replicate depth n)
                    |> Network.withPriors (1.0 :: List.replicate depth lambda)

                let posterior = solve Theory.proportional network 0.0 data
                let r0 = r Theory.proportional (oneLayer Activation.linear 1 [ 1.0; 1.0 ]) data
                let alpha = float data.Count / float n
                let u = qbar posterior / lambda
                close 1e-9 (alpha * (1.0 - r0 / u ** float depth)) (1.0 - u * lambda))

        testPropertyWithConfig
            (maxTest 20)
            "T = 0, one layer: the bias knows neither N nor lambda_1, the variance goes as Qbar/lambda_1"
            (fun (seed: PositiveInt) ->
                let train = dataSet seed.Get 10 15
                let test = dataSet (seed.Get + 100000) 8 15

                let at n lambda =
                    let posterior =
                        solve Theory.proportional (oneLayer Activation.erf n [ 1.0; lambda ]) 0.0 train

                    let score = Posterior.score test posterior
                    score.Bias, score.Variance / (qbar posterior / lambda)

                let bias, variance = at 10 1.0

                [ at 3 1.0; at 10 0.1; at 500 20.0 ]
                |> List.forall (fun (b, v) -> close 1e-9 bias b && close 1e-9 variance v))

        testCase "T = 0: at large lambda_1 the variance falls as lambda_1^(-1/2)" (fun () ->
            let train, test = dataSet 1 20 30, dataSet 2 10 30

            let variance lambda =
                solve Theory.proportional (oneLayer Activation.erf 20 [ 1.0; lambda ]) 0.0 train
                |> Posterior.score test
                |> _.Variance

            // Corrections are of relative order lambda^(-1/2).
            Expect.within 1e-3 (variance 4e8 / variance 1e8) 0.5 "variance 4e8 / variance 1e8")

        testPropertyWithConfig
            (maxTest 20)
            "The criterion: at T = 0 finite width wins exactly when r < 1"
            (fun (seed: PositiveInt) ->
                let data, test = dataSet seed.Get 8 12, dataSet (seed.Get + 1000) 6 12
                let scale = between seed.Get 3 0.2 3.0

                let posterior =
                    solve Theory.proportional (oneLayer Activation.erf 10 [ 1.0; 1.0 ]) 0.0 (scaleTargets scale data)

                let criterion = Criterion.evaluate test posterior
                criterion.FiniteWidthWins = (criterion.R < 1.0))

        testPropertyWithConfig
            (maxTest 20)
            "The criterion at T > 0: the slope is the loss's own change with 1/N at large N"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12

                [ Activation.erf, 1; Activation.erf, 2; Activation.relu, 3 ]
                |> List.forall (fun (activation, depth) ->
                    let network = network activation depth seed

                    let loss n =
                        solve Theory.proportional (Network.withWidth n network) 0.1 data
                        |> Posterior.score test
                        |> _.Loss

                    let wide = solve Theory.proportional (Network.withWidth 1000 network) 0.1 data
                    let slope = (Criterion.evaluate test wide).Slope
                    // Richardson: (4 f(2n) - f(n) - 3 f(inf)) cancels the second order in 1/N; n f' is what remains.
                    let n = 20000

                    let infinite =
                        solve Theory.infiniteWidth network 0.1 data |> Posterior.score test |> _.Loss

                    let measured = float n * (4.0 * loss (2 * n) - loss n - 3.0 * infinite)
                    close 1e-4 slope measured))

        testPropertyWithConfig
            (maxTest 20)
            "Permuting the examples and rotating the inputs changes nothing"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data, test = dataSet seed 9 4, dataSet (seed + 1000) 5 4
                let order = RandomStream.FromSeed(uint64 seed).Permutation data.Count
                let angle = between seed 1 0.1 3.0

                // A rotation of the first two features.
                let rotate (x: Matrix) =
                    Matrix.Create(
                        x.Rows,
                        x.Columns,
                        fun i j ->
                            match j with
                            | 0n -> cos angle * x[i, 0n] - sin angle * x[i, 1n]
                            | 1n -> sin angle * x[i, 0n] + cos angle * x[i, 1n]
                            | _ -> x[i, j]
                    )

                let permuted =
                    DataSet.create
                        (Matrix.Create(
                            data.Inputs.Rows,
                            data.Inputs.Columns,
                            (fun i j -> data.Inputs[nativeint order[int i], j])
                        ))
                        (Matrix.Create(data.Targets.Rows, 1n, (fun i j -> data.Targets[nativeint order[int i], j])))
                    |> Result.orFail

                let rotated = DataSet.create (rotate data.Inputs) data.Targets |> Result.orFail
                let rotatedTest = DataSet.create (rotate test.Inputs) test.Targets |> Result.orFail
                let network = network Activation.erf 2 seed

                let outcome train test =
                    let posterior = solve Theory.proportional network 0.05 train
                    (Posterior.score test posterior).Loss :: List.ofArray posterior.OrderParameters

                let reference = outcome data test

                [ outcome permuted test; outcome rotated rotatedTest ]
                |> List.forall (List.forall2 (close 1e-8) reference))

        testPropertyWithConfig
            (maxTest 20)
            "The Wishart ansatz is the proportional theory for homogeneous activations and for one layer"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 9 6

                [
                    Activation.relu, 3
                    Activation.linear, 2
                    Activation.leakyRelu, 2
                    Activation.erf, 1
                    Activation.tanh, 1
                ]
                |> List.forall (fun (activation, depth) ->
                    let network = network activation depth seed

                    let at theory =
                        (solve theory network 0.1 data).OrderParameters

                    Array.forall2 (close 1e-9) (at Theory.proportional) (at Theory.wishart)))

        testCase "The infinite-width evidence is the Gaussian log density of the targets" (fun () ->
            let data = dataSet 5 10 6
            let network = Network.dense Activation.erf [ 30; 30 ]
            let temperature = 0.2
            let posterior = solve Theory.infiniteWidth network temperature data

            // By Math.NET, from the covariance T I + K.
            let covariance =
                KernelProgram.compile (Theory.infiniteWidth network).Kernel
                |> KernelProgram.symmetric (fun s -> (Network.tryValue s network).Value) data.Inputs
                |> _.ToMathNet()

            let a =
                covariance
                + temperature
                  * MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity 10

            let y =
                MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray(DataSet.target 0 data)

            let cholesky = a.Cholesky()

            let expected =
                -0.5
                * (y.DotProduct(cholesky.Solve y)
                   + cholesky.DeterminantLn
                   + 10.0 * log (2.0 * Math.PI))

            Expect.within 1e-10 (Posterior.logEvidence posterior) expected "log evidence")

        testCase "Strong priors, small N and T > 0: three stationary points, the lower minimum is taken" (fun () ->
            let inputs = dataSet 11 20 30
            // Targets of a linear teacher.
            let w = RandomStream.FromSeed 5UL
            let weights = Array.init 30 (fun _ -> 0.0)
            w.Normal(Span weights)

            let targets =
                Matrix.Create(
                    20n,
                    1n,
                    fun i _ ->
                        Seq.sum [ for j in 0..29 -> inputs.Inputs[i, nativeint j] * weights[j] ]
                        / sqrt 30.0
                )

            let data = DataSet.create inputs.Inputs targets |> Result.orFail

            let network =
                Network.dense Activation.linear [ 10; 10; 10; 10 ]
                |> Network.withPriors [ 1.0; 30.0; 30.0; 30.0; 30.0 ]

            let posterior = solve Theory.proportional network 0.02 data
            let saddle = posterior.SaddlePoint
            let points = saddle.Chosen :: saddle.Others
            let minima = points |> List.filter (fun p -> p.Kind = Kind.Minimum)
            Expect.equal points.Length 3 "length of points"
            Expect.equal minima.Length 2 "length of minima"
            Expect.equal saddle.Chosen.Kind Kind.Minimum "kind of chosen"
            Expect.equal saddle.Chosen.Action (minima |> List.map _.Action |> List.min) "action"

            for point in points do
                Expect.isLessThan point.Residual 1e-10 "residual"

                Expect.all
                    (posterior.EffectiveAction.Gradient point.OrderParameters)
                    (fun x -> abs (x - 0.0) <= 1e-8)
                    "gradient")

        testCase "The same three points are found where every evaluation needs a Cholesky factorisation" (fun () ->
            let data = dataSet 11 20 30 |> scaleTargets 1.3
            let priors = [ 1.0; 30.0; 30.0; 30.0; 30.0 ]

            let network activation =
                Network.dense activation [ 10; 10; 10; 10 ] |> Network.withPriors priors

            let cheap = solve Theory.proportional (network Activation.linear) 0.02 data
            let model = cheap.Model

            let costly =
                EffectiveAction.ofProgram
                    model
                    (KernelProgram.compile model.Kernel)
                    (network Activation.linear)
                    0.02
                    (Study(data).Solver)
                    data.Targets

            let points (saddle: SaddlePoint) =
                saddle.Chosen :: saddle.Others
                |> List.map (fun p -> p.OrderParameters[0])
                |> List.sort

            let found = SaddlePoint.solve SaddlePoint.defaults costly |> Result.orFail |> points
            let expected = points cheap.SaddlePoint
            Expect.equal found.Length expected.Length "length of found"

            for actual, expected in Seq.zip found expected do
                Expect.within (1e-7 * expected) actual expected "value")

        testCase "Repeated examples at T = 0 are refused with the rank, and are ordinary at T > 0" (fun () ->
            let data = dataSet 1 6 9
            let repeated = Matrix.Create(6n, 9n, (fun i j -> data.Inputs[i % 4n, j]))
            let data = DataSet.create repeated data.Targets |> Result.orFail

            for theory, depth in
                [
                    Theory.proportional, 1
                    Theory.wishart, 2
                    Theory.proportional, 2
                    Theory.infiniteWidth, 2
                ] do
                let network = Network.dense Activation.erf (List.replicate depth 10)
                Expect.isTrue (Study data |> Posterior.solve theory network 0.0 |> Result.isError) "solve"

                match Study data |> Posterior.solve theory network 0.0 with
                | Error failure -> Expect.equal failure (SingularKernel(4, 6)) "failure"
                | Ok _ -> failtest "It was solved."

                Expect.isLessThan ((solve theory network 0.1 data).SaddlePoint.Chosen.Residual) 1e-10 "residual")

        testCase "One example is enough" (fun () ->
            let data = dataSet 1 1 4

            let posterior =
                solve Theory.proportional (Network.dense Activation.erf [ 10 ]) 0.0 data

            let prediction = Posterior.predict data.Inputs posterior
            Expect.within 1e-12 (prediction.Mean[0, 0]) (data.Targets[0n, 0n]) "mean of prediction"
            Expect.within 1e-12 (prediction.Variance[0, 0]) 0.0 "variance")

        testTheory
            "A temperature outside its domain is refused"
            [ -0.1; Double.NaN; Double.PositiveInfinity ]
            (fun temperature ->
                let outcome =
                    Study(dataSet 1 3 2)
                    |> Posterior.solve Theory.proportional (Network.dense Activation.erf [ 5 ]) temperature

                Expect.isTrue (Result.isError outcome) "is error of outcome")

        testCase "Several outputs are independent Gaussian processes at infinite width" (fun () ->
            let inputs = (dataSet 3 7 5).Inputs
            let targets = gaussian (RandomStream.FromSeed 9UL) 7 3
            let all = DataSet.create inputs targets |> Result.orFail
            let network = Network.dense Activation.erf [ 10 ]
            let test = (dataSet 4 6 5).Inputs
            let together = Posterior.predict test (solve Theory.infiniteWidth network 0.1 all)

            for d in 0..2 do
                let column = Matrix.Create(7n, 1n, (fun i _ -> targets[i, nativeint d]))

                let alone =
                    Posterior.predict
                        test
                        (solve Theory.infiniteWidth network 0.1 (DataSet.create inputs column |> Result.orFail))

                for t in 0..5 do
                    Expect.within 1e-12 (together.Mean[t, d]) (alone.Mean[t, 0]) "mean of together")

        testTheory
            "A saddle is found where the norm of the gradient has a minimum of its own"
            [ 77, 3; 80, 3; 112, 2; 112, 3; 118, 3 ]
            (fun (seed, depth) ->
                let posterior =
                    solve Theory.proportional (network Activation.erf depth seed) 0.1 (dataSet seed 9 4)

                Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual"
                Expect.equal posterior.SaddlePoint.Chosen.Kind Kind.Minimum "kind of chosen")

        testCase "Deep problems of many shapes all have a minimum that is found" (fun () ->
            for seed in 1..150 do
                for depth in 2..3 do
                    let posterior =
                        solve Theory.proportional (network Activation.erf depth seed) 0.1 (dataSet seed 9 4)

                    Expect.equal posterior.SaddlePoint.Chosen.Kind Kind.Minimum $"seed {seed}, depth {depth}")
    ]
