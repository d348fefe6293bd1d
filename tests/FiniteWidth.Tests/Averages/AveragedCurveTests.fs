/// Averages over training sets: against the sample they are read from, closed forms, a plainly written action, and draws.
module FiniteWidth.Tests.AveragedCurveTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * abs expected) actual expected "actual"

let private linear widths = Network.dense Activation.linear widths

let private point theory temperature population examples network =
    AveragedCurve.point theory temperature population examples network
    |> Result.orFail

/// R eigenvalues that fall over a random number of decades, random coefficients and noise.
let private randomLevels seed count =
    let decades = between seed 1 0.5 4.0

    let levels =
        Array.init count (fun i ->
            {
                Eigenvalue = exp (-decades * float i / float count) * between seed (10 + i) 0.5 2.0
                Multiplicity = 1.0
                Power = (between seed (200 + i) 0.1 3.0) ** 2.0 / float (i + 1)
            })

    levels, between seed 2 0.01 1.0

let private population noise levels =
    Population.ofLevels noise levels |> Result.orFail

/// The averaged action as it stands in the documentation, kappa by bisection.
let private plainAction (levels: KernelLevel[]) noise temperature p (n: float) qbar =
    let p = float p
    let levels = levels |> Array.map (fun l -> qbar * l.Eigenvalue, l.Power)

    let excess kappa =
        kappa
        - temperature
        - Array.sumBy (fun (e, _) -> kappa * e / (kappa + p * e)) levels

    let rec bisect lower upper k =
        let middle = sqrt (lower * upper)

        if k = 0 then middle
        elif excess middle > 0.0 then bisect lower middle (k - 1)
        else bisect middle upper (k - 1)

    let kappa = bisect 1e-12 1e6 200
    let logDet = levels |> Array.sumBy (fun (e, _) -> log (1.0 + p * e / kappa))
    let energy = levels |> Array.sumBy (fun (e, a2) -> p * a2 / (kappa + p * e))

    qbar - 1.0 - log qbar
    + (logDet
       + p * (log (kappa / temperature) + temperature / kappa - 1.0)
       + energy
       + p * noise / kappa)
      / n

// Draws --------------------------------------------------------------------------------------------------------------

/// P Gaussian inputs whose coordinates are the eigenfunctions of a linear kernel, with their targets.
let private draw (levels: KernelLevel[]) noise (stream: RandomStream) count =
    let z = gaussian (stream.Split 0L) count levels.Length
    let xi = gaussian (stream.Split 1L) count 1

    let spread =
        levels |> Array.map (fun l -> sqrt (float levels.Length * l.Eigenvalue))

    let inputs =
        Matrix.Create(nativeint count, nativeint levels.Length, (fun i j -> spread[int j] * z[i, j]))

    let targets =
        Matrix.Create(
            nativeint count,
            1n,
            fun i _ ->
                let signal =
                    Seq.sum (Seq.init levels.Length (fun j -> sqrt levels[j].Power * z[i, nativeint j]))

                signal + sqrt noise * xi[i, 0n]
        )

    DataSet.create inputs targets |> Result.orFail

let private meanAndError (values: float[]) =
    let mean = Array.average values

    mean,
    sqrt (
        Array.sumBy (fun v -> (v - mean) * (v - mean)) values
        / float (values.Length * (values.Length - 1))
    )

// Bad input ----------------------------------------------------------------------------------------------------------

let private study = lazy Study(dataSet 1 10 4)

let private sample theory network =
    Population.ofSample theory network study.Value |> Result.orFail

let private refusals =
    let network = linear [ 3 ]

    let white rank =
        population 0.1 [
            {
                Eigenvalue = 1.0
                Multiplicity = rank
                Power = 1.0
            }
        ]

    let ask theory temperature population p network () =
        AveragedCurve.point theory temperature population p network |> Result.map ignore

    let level e n power =
        {
            Eigenvalue = e
            Multiplicity = n
            Power = power
        }

    let make noise levels () =
        Population.ofLevels noise levels |> Result.map ignore

    [
        "no examples", ask Theory.infiniteWidth 0.1 (white 5.0) 0 network, "at least 1"
        "negative T", ask Theory.infiniteWidth -0.1 (white 5.0) 3 network, "zero or positive"
        "as many examples as functions at T = 0", ask Theory.infiniteWidth 0.0 (white 5.0) 5 network, "rank 5"
        "a sample of lower rank at T = 0",
        (fun () -> ask Theory.infiniteWidth 0.0 (sample Theory.infiniteWidth network) 6 network ()),
        "rank 4"
        "more examples than the sample",
        (fun () -> ask Theory.infiniteWidth 0.1 (sample Theory.infiniteWidth network) 11 network ()),
        "at most 10"
        "another prior",
        (fun () ->
            ask
                Theory.proportional
                0.1
                (sample Theory.proportional network)
                5
                (Network.withReadoutPrior 2.0 network)
                ()),
        "another kernel"
        "a kernel that is not scaled",
        ask Theory.proportional 0.1 (white 5.0) 3 (Network.dense Activation.erf [ 3; 3 ]),
        "Wishart"
        "a mean that is not scaled",
        ask Theory.nonOdd 0.1 (white 5.0) 3 (Network.dense Activation.relu [ 3 ]),
        "Wishart"
        "a load of zero",
        (fun () ->
            AveragedCurve.atLoad 0.0 Theory.infiniteWidth 0.1 (white 5.0) [ 3 ] network
            |> Result.map ignore),
        "positive and finite"
        "negative noise", make -1.0 [ level 1.0 1.0 1.0 ], "not negative"
        "a level that is not a number", make 0.0 [ level 1.0 1.0 1.0; level nan 1.0 1.0 ], "Level 1"
        "no eigenvalue", make 0.0 [ level 0.0 1.0 1.0 ], "above zero"
        "coefficients missing",
        (fun () -> Population.create 0.0 [ 1.0; 2.0 ] [ 1.0 ] |> Result.map ignore),
        "2 eigenvalues and 1 target"
        "several outputs",
        (fun () ->
            Population.ofSample
                Theory.infiniteWidth
                network
                (Study(DataSet.create (Matrix.Zeros(4n, 2n)) (Matrix.Zeros(4n, 2n)) |> Result.orFail))
            |> Result.map ignore),
        "2 columns"
        "a sphere of points",
        (fun () ->
            SphericalInputs.population Theory.infiniteWidth network 1 0.0 []
            |> Result.map ignore),
        "at least 2"
    ]
    |> List.map (fun (name, ask, expected) -> name, (ask, expected))

let tests =
    testList "Averaged curve" [
        // A sample is its own average at P = M
        testPropertyWithConfig
            (maxTest 20)
            "All of a sample: saddle, action and training error are those of the sample itself"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 15 20

                [
                    Theory.infiniteWidth, network Activation.erf 2 seed, 0.1
                    Theory.proportional, network Activation.erf 1 seed, 0.02
                    Theory.proportional, network Activation.erf 1 seed, 0.0
                    Theory.proportional, network Activation.relu 3 seed, 0.3
                    Theory.wishart, network Activation.tanh 2 seed, 0.1
                ]
                |> List.forall (fun (theory, network, temperature) ->
                    let posterior = solve theory network temperature data
                    let sample = Population.ofSample theory network (Study data) |> Result.orFail
                    let average = point theory temperature sample data.Count network
                    let fitted = Posterior.score data posterior
                    // Both saddles are stationary to 1e-10, their order parameters to that over the smallest curvature.
                    Array.forall2 (close 1e-8) posterior.OrderParameters average.OrderParameters
                    && close 1e-9 posterior.SaddlePoint.Chosen.Action average.SaddlePoint.Chosen.Action
                    && close 1e-8 fitted.Bias average.TrainingError))

        testCase "All of a sample: the bias is generalised cross-validation" (fun () ->
            let data = dataSet 4 12 20
            let network = network Activation.erf 1 4
            let posterior = solve Theory.infiniteWidth network 0.2 data

            let sample =
                Population.ofSample Theory.infiniteWidth network (Study data) |> Result.orFail

            let average = point Theory.infiniteWidth 0.2 sample 12 network
            let fitted = Posterior.score data posterior
            // The variance of f at a training input is T (K A^(-1))_mumu: its mean over T is the fraction of parameters used.
            let explained = fitted.Variance / 0.2
            within 1e-10 (fitted.Bias / (1.0 - explained) ** 2.0) average.Score.Bias)

        // Closed forms
        testPropertyWithConfig
            (maxTest 50)
            "Equal eigenvalues at T = 0: bias and variance are those of random projections"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let rank = between seed 1 50.0 5000.0 |> floor
                let p = rank * between seed 2 0.02 0.98 |> ceil |> int

                let e, power, noise =
                    between seed 3 1e-6 1e3, between seed 4 0.1 10.0, between seed 5 0.01 1.0

                let white =
                    population noise [
                        {
                            Eigenvalue = e
                            Multiplicity = rank
                            Power = power
                        }
                    ]

                let average = point Theory.infiniteWidth 0.0 white p (linear [ 3 ])
                let free = rank - float p

                close 1e-11 (power * free / rank + noise * rank / free) average.Score.Bias
                && close 1e-11 (e * free) average.Score.Variance
                && average.TrainingError = 0.0)

        testPropertyWithConfig
            (maxTest 50)
            "kappa solves its equation to 1e-12, and levels may be split"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let levels, noise = randomLevels seed 40
                let temperature = if seed % 3 = 0 then 0.0 else between seed 3 1e-6 10.0
                let p = 1 + seed % (if temperature = 0.0 then 39 else 300)

                let halves =
                    levels
                    |> Array.collect (fun l ->
                        Array.replicate
                            2
                            { l with
                                Multiplicity = 0.5
                                Power = 0.5 * l.Power
                            })

                let network = linear [ 3 ]

                let average =
                    point Theory.infiniteWidth temperature (population noise levels) p network

                let split =
                    point Theory.infiniteWidth temperature (population noise halves) p network

                let kappa = average.Kappa

                let right =
                    temperature
                    + (levels
                       |> Array.sumBy (fun l -> kappa * l.Eigenvalue / (kappa + float p * l.Eigenvalue)))

                // Where nothing is left to learn (T = 0 and P near the rank) kappa is a small difference of terms of order one.
                abs (right - kappa) <= 1e-12 * (kappa + levels[0].Eigenvalue / float p)
                && close 1e-9 average.Score.Loss split.Score.Loss)

        testPropertyWithConfig
            (maxTest 20)
            "The saddle is the lowest stationary point of the plainly written action"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let levels, noise = randomLevels seed 30
                let temperature, n = between seed 3 1e-3 1.0, between seed 4 2.0 200.0 |> int
                let p = 2 + seed % 100

                let average =
                    point Theory.proportional temperature (population noise levels) p (linear [ n ])

                let s u =
                    plainAction levels noise temperature p (float n) (exp u)

                let u, h = log average.OrderParameters[0], 1e-3
                let value = s u

                let slope =
                    (8.0 * (s (u + h) - s (u - h)) - (s (u + 2.0 * h) - s (u - 2.0 * h)))
                    / (12.0 * h)

                let scan = Seq.init 200 (fun i -> s (-8.0 + 0.08 * float i)) |> Seq.min

                close 1e-11 value average.SaddlePoint.Chosen.Action
                // Fourth-order differences: h^4 beside rounding 1e-15/h of S, which is of order P/N.
                && abs slope <= 1e-9 * (1.0 + float p / float n)
                && scan >= value - 1e-9 * (1.0 + abs value))

        testPropertyWithConfig
            (maxTest 30)
            "T = 0, one layer: Qbar is the closed form at the averaged r"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let levels, noise = randomLevels seed 60
                let p, n = 2 + seed % 50, between seed 4 1.0 100.0 |> int
                let population = population noise levels
                let average = point Theory.proportional 0.0 population p (linear [ n ])
                let kappa = (point Theory.infiniteWidth 0.0 population p (linear [ n ])).Kappa

                let r =
                    noise / kappa
                    + Array.sumBy (fun l -> l.Power / (kappa + float p * l.Eigenvalue)) levels

                close 1e-8 (SaddlePoint.zeroTemperature (float p / float n) r) average.OrderParameters[0])

        testPropertyWithConfig
            (maxTest 20)
            "Infinite width, deep layers and a rescaled readout: limits of the averaged saddle"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let levels, noise = randomLevels seed 30
                let temperature = between seed 3 1e-2 1.0
                let p = 2 + seed % 40
                let population = population noise levels
                let infinite = point Theory.infiniteWidth temperature population p (linear [ 1 ])

                let wide =
                    point Theory.proportional temperature population p (linear [ 1_000_000_000; 1_000_000_000 ])

                let ansatz = point Theory.wishart temperature population p (linear [ 20; 40 ])
                let linear = point Theory.proportional temperature population p (linear [ 20; 40 ])
                // alpha = P/N is at most 4e-8 here, times y^T A^(-1) y/P.
                close 1e-4 1.0 wide.OrderParameters[0]
                && close 1e-4 infinite.Score.Loss wide.Score.Loss
                // The ansatz is the proportional theory where the activation is homogeneous of degree 1.
                && close 1e-7 linear.Score.Loss ansatz.Score.Loss)

        testCase "Spherical inputs: the eigenvalues of ReLU on the ordinary sphere are rational" (fun () ->
            let levels =
                SphericalInputs.levels Theory.infiniteWidth (Network.dense Activation.relu [ 1 ]) 3 [ 0.0; 1.0 ]
                |> Result.orFail

            // int K(t) P_k(t) dt/2 over [-1, 1], K(t) = (sin theta + (pi - theta) cos theta)/(2 pi).
            for degree, expected in [ 0, 3.0 / 16.0; 1, 1.0 / 12.0; 2, 3.0 / 256.0; 4, 1.0 / 3072.0 ] do
                Expect.within 1e-13 (levels[degree].Eigenvalue) expected "eigenvalue"

            for degree in 0..6 do
                Expect.equal (levels[degree].Multiplicity) (float (2 * degree + 1)) "multiplicity"

            Expect.equal (levels[3].Eigenvalue) 0 "eigenvalue"
            Expect.equal (levels[1].Power) 1.0 "power"
            // K(x, x) = 1/2.
            Expect.within 1e-14 (levels |> Array.sumBy (fun l -> l.Eigenvalue * l.Multiplicity)) 0.5 "levels")

        testTheory
            "Spherical inputs: a linear network has one level, an odd one no even levels"
            [ 2; 10; 1000 ]
            (fun inputs ->
                let levels activation =
                    SphericalInputs.levels
                        Theory.infiniteWidth
                        (Network.dense activation [ 1 ] |> Network.withPriors [ 0.5; 4.0 ])
                        inputs
                        []
                    |> Result.orFail

                for level in levels Activation.linear |> Array.indexed do
                    match level with
                    | 1, level -> within 1e-12 (0.5 / float inputs) level.Eigenvalue
                    | _, level ->
                        Expect.isLessThan
                            (level.Eigenvalue * level.Multiplicity)
                            1e-12
                            "level.Eigenvalue * level.Multiplicity"

                let odd = levels Activation.erf

                for degree in 0..2 .. odd.Length - 2 do
                    Expect.equal (odd[degree].Eigenvalue) 0 "eigenvalue")

        testTheory
            "Gaussian draws: Qbar, action, bias and variance of finite networks average to the theory"
            [ 0.1, 60; 0.0, 60; 0.02, 120 ]
            (fun (temperature, p) ->
                let levels, noise = randomLevels 3 150
                let population = population noise levels

                for theory, network in
                    [
                        Theory.infiniteWidth, linear [ 1 ]
                        Theory.proportional, linear [ 40 ]
                        Theory.wishart, linear [ 80; 30 ]
                    ] do
                    let average = point theory temperature population p network

                    let draws =
                        Array.init 60 (fun k ->
                            let stream = RandomStream.FromSeed(uint64 p).Split(int64 k)

                            let posterior =
                                solve theory network temperature (draw levels noise (stream.Split 0L) p)

                            posterior, Posterior.score (draw levels noise (stream.Split 1L) 400) posterior)

                    let compare what expected f =
                        let mean, error = draws |> Array.map f |> meanAndError
                        // Four standard errors, and the 1/P that the theory leaves out: a few of them, as the random design of ordinary least
                        // squares has (1/(P - R - 1) for 1/(P - R)).
                        let allowed = 4.0 * error + 3.0 / float p * abs expected
                        Expect.within allowed mean expected $"{what} of {network}"

                    for l in 0 .. average.OrderParameters.Length - 1 do
                        compare "Qbar" average.OrderParameters[l] (fun (posterior, _) -> posterior.OrderParameters[l])

                    compare "S" average.SaddlePoint.Chosen.Action (fun (posterior, _) ->
                        posterior.SaddlePoint.Chosen.Action)

                    compare "bias" average.Score.Bias (fun (_, score) -> score.Bias)
                    compare "variance" average.Score.Variance (fun (_, score) -> score.Variance))

        testCase "Gaussian draws: the deviation falls as 1/P" (fun () ->
            // T = 0 and equal eigenvalues: noise R/(R - P) where it should be (R - 1)/(R - P - 1), at R = 2 P.
            let deviation (p: int) =
                let rank = 2.0 * float p

                let white =
                    population 1.0 [
                        {
                            Eigenvalue = 1.0
                            Multiplicity = rank
                            Power = 0.0
                        }
                    ]

                let average = point Theory.infiniteWidth 0.0 white p (linear [ 1 ])
                (rank - 1.0) / (rank - float p - 1.0) / average.Score.Bias - 1.0

            within 0.05 (0.5 / 50.0) (deviation 50)
            within 0.01 (0.5 / 500.0) (deviation 500))

        testCase "Samples average to the population they are drawn from" (fun () ->
            let levels, noise = randomLevels 5 150
            let network = linear [ 40 ]
            let exact = point Theory.proportional 0.05 (population noise levels) 60 network

            let samples =
                Array.init 40 (fun k ->
                    let study =
                        Study(draw levels noise (RandomStream.FromSeed(77UL).Split(int64 k)) 240)

                    let sample = Population.ofSample Theory.proportional network study |> Result.orFail
                    point Theory.proportional 0.05 sample 60 network)

            for what, expected, f in
                [
                    "Qbar", exact.OrderParameters[0], (fun (s: AveragedPoint) -> s.OrderParameters[0])
                    "kappa", exact.Kappa, _.Kappa
                    "bias", exact.Score.Bias, _.Score.Bias
                ] do
                let mean, error = samples |> Array.map f |> meanAndError
                // Each is a nonlinear function of a sample of M = 240: biased by a few 1/M.
                Expect.within (4.0 * error + 3.0 / 240.0 * expected) mean expected what)

        testCase
            "Subsets of a sample: bias and variance on the rest of it, and on all of it, average to the theory"
            (fun () ->
                let levels, noise = randomLevels 6 100
                let count, p, temperature = 200, 60, 0.1
                let data = draw levels noise (RandomStream.FromSeed 9UL) count
                let network = linear [ 50 ]

                let average =
                    let sample =
                        Population.ofSample Theory.proportional network (Study data) |> Result.orFail

                    point Theory.proportional temperature sample p network

                let pick (rows: int[]) =
                    let pick (m: Matrix) =
                        Matrix.Create(nativeint rows.Length, m.Columns, (fun i j -> m[nativeint rows[int i], j]))

                    DataSet.create (pick data.Inputs) (pick data.Targets) |> Result.orFail

                let draws =
                    Array.init 200 (fun k ->
                        let train, rest =
                            RandomStream.FromSeed(10UL).Split(int64 k).Permutation count |> Array.splitAt p

                        let posterior = solve Theory.proportional network temperature (pick train)

                        posterior.OrderParameters[0],
                        Posterior.score (pick rest) posterior,
                        (Posterior.score data posterior).Bias)

                let fraction = float p / float count
                let all = fraction * average.TrainingError + (1.0 - fraction) * average.Score.Bias

                for what, expected, f in
                    [
                        "Qbar", average.OrderParameters[0], (fun (qbar, _, _) -> qbar)
                        "bias", average.Score.Bias, (fun (_, score: Score, _) -> score.Bias)
                        "variance", average.Score.Variance, (fun (_, score, _) -> score.Variance)
                        "bias on all", all, (fun (_, _, bias) -> bias)
                    ] do
                    let mean, error = draws |> Array.map f |> meanAndError
                    // Four standard errors, and the 1/P that the theory leaves out.
                    Expect.within (4.0 * error + 3.0 / float p * expected) mean expected what)

        testCase "Draws on the sphere: a ReLU network learns each degree as its level says" (fun () ->
            let inputs, p, noise = 20, 80, 0.05
            let network = Network.dense Activation.relu [ 30 ]

            let population =
                SphericalInputs.population Theory.proportional network inputs noise [ 0.0; 1.0 ]
                |> Result.orFail

            let average = point Theory.proportional 0.02 population p network

            let data (stream: RandomStream) count =
                let x = gaussian (stream.Split 0L) count inputs
                let xi = gaussian (stream.Split 1L) count 1

                for i in 0n .. nativeint count - 1n do
                    let row = x.Row i
                    let mutable squared = 0.0

                    for j in 0 .. inputs - 1 do
                        squared <- squared + row[j] * row[j]

                    for j in 0 .. inputs - 1 do
                        row[j] <- row[j] * sqrt (float inputs / squared)

                // The first coordinate has mean square 1, and is a harmonic of degree 1.
                DataSet.create x (Matrix.Create(nativeint count, 1n, fun i _ -> x[i, 0n] + sqrt noise * xi[i, 0n]))
                |> Result.orFail

            let draws =
                Array.init 40 (fun k ->
                    let stream = RandomStream.FromSeed(21UL).Split(int64 k)
                    let posterior = solve Theory.proportional network 0.02 (data (stream.Split 0L) p)
                    posterior.OrderParameters[0], Posterior.score (data (stream.Split 1L) 400) posterior)

            for what, expected, f in
                [
                    "Qbar", average.OrderParameters[0], fst
                    "bias", average.Score.Bias, (fun (_, s) -> s.Bias)
                    "variance", average.Score.Variance, (fun (_, s) -> s.Variance)
                ] do
                let mean, error = draws |> Array.map f |> meanAndError
                // Four standard errors, and the 1/P that the theory leaves out.
                Expect.within (4.0 * error + 3.0 / float p * expected) mean expected what)

        testCases "What cannot be averaged is refused in one sentence" refusals (fun (ask, expected) ->
            match ask () with
            | Ok() -> failtest "It was accepted."
            | Error failure -> Expect.stringContains failure.Message expected "message")
    ]
