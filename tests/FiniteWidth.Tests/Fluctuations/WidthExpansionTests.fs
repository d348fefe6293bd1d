/// The expansion of the loss in 1/N against exact linear networks, a quadrature, and networks drawn from their prior.
module FiniteWidth.Tests.WidthExpansionTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private sampling units = WidthExpansion.exactly units 3UL

let private expand units network temperature test train =
    WidthExpansion.solveWith (sampling units) network temperature test (Study train)
    |> Result.orFail

let private withOutputs outputs seed (data: DataSet) =
    DataSet.create data.Inputs (gaussian (RandomStream.FromSeed(uint64 seed)) data.Count outputs)
    |> Result.orFail

/// The loss of a Gaussian process at one point from one example, and its evidence.
let private scalar (y: float) (y0: float) temperature (k11: float, k12: float, k22: float) =
    let a = k11 + temperature
    let mean = k12 * y / a
    (y0 - mean) ** 2.0 + k22 - k12 * k12 / a, exp (-0.5 * y * y / a) / sqrt a

/// The loss and the log evidence of a Gaussian process whose kernel on training and then test points is given.
let private ofKernel
    temperature
    (train: DataSet)
    (test: DataSet)
    (kernel: MathNet.Numerics.LinearAlgebra.Matrix<float>)
    =
    let n, m = train.Count, test.Count
    let y = train.Targets.ToMathNet()

    let a =
        kernel.SubMatrix(0, n, 0, n)
        + MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseDiagonal(n, temperature)

    let cholesky = a.Cholesky()
    let cross = kernel.SubMatrix(0, n, n, m)
    let solved = cholesky.Solve cross
    let mean = solved.TransposeThisAndMultiply y

    let loss =
        [
            for t in 0 .. m - 1 do
                let variance = kernel[n + t, n + t] - cross.Column t * solved.Column t

                for d in 0 .. train.Outputs - 1 do
                    (test.Targets[nativeint t, nativeint d] - mean[t, d]) ** 2.0 + variance
        ]
        |> List.average

    let energy = (y.TransposeThisAndMultiply(cholesky.Solve y)).Trace()
    loss, -0.5 * (energy + float train.Outputs * cholesky.DeterminantLn)

/// The posterior mean of the loss by draws of kernels from the prior, weighted by their evidence, with its standard error.
let private weightedBy draws temperature train test (drawKernel: RandomStream -> _) =
    let stream = RandomStream.FromSeed 17UL

    let samples =
        Array.Parallel.init draws (fun i -> drawKernel (stream.Split(int64 i)) |> ofKernel temperature train test)

    let top = samples |> Array.map snd |> Array.max
    let weights = samples |> Array.map (fun (_, l) -> exp (l - top))
    let total = Array.sum weights
    let mean = Array.fold2 (fun s (g, _) w -> s + w * g) 0.0 samples weights / total

    let variance =
        Array.fold2 (fun s (g, _) w -> s + (w * (g - mean)) ** 2.0) 0.0 samples weights
        / (total * total)

    mean, sqrt variance

let private together (train: DataSet) (test: DataSet) =
    Matrix.Create(
        train.Inputs.Rows + test.Inputs.Rows,
        train.Inputs.Columns,
        fun i j ->
            if i < train.Inputs.Rows then
                train.Inputs[i, j]
            else
                test.Inputs[i - train.Inputs.Rows, j]
    )

/// phi phi^T/(lambda N).
let private empirical prior (phi: MathNet.Numerics.LinearAlgebra.Matrix<float>) =
    phi.TransposeAndMultiply phi / (prior * float phi.ColumnCount)

/// The same of networks of finite width.
let private weighted draws temperature (network: Network) (train: DataSet) (test: DataSet) =
    let points = together train test

    weightedBy draws temperature train test (fun stream ->
        let phi = RandomFeatures.draw stream train.Features network points
        empirical (List.last network.Priors) (phi.ToMathNet()))

/// The same of networks whose layers but one are infinitely wide.
let private weightedLayer draws temperature (network: Network) layer (train: DataSet) (test: DataSet) =
    let points = together train test
    let kappa = PairExpectation.ofActivation network.Activation
    let build = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build

    let biased l (kernel: MathNet.Numerics.LinearAlgebra.Matrix<float>) =
        match network.Biases |> List.tryItem (l - 1) |> Option.flatten with
        | Some precision -> kernel + 1.0 / precision
        | None -> kernel

    // Through infinitely wide layer l, biases of the next one included.
    let through l (kernel: MathNet.Numerics.LinearAlgebra.Matrix<float>) =
        let variances = kernel.Diagonal().ToArray()
        let mapped = kappa.Map variances (Matrix.FromArray(kernel.ToArray())) variances

        variances
        |> Array.iteri (fun i v -> mapped[nativeint i, nativeint i] <- kappa.Diagonal.Value v)

        biased (l + 1) (mapped.ToMathNet() / network.Priors[l])

    let inputs =
        let x = points.ToMathNet()
        biased 1 (x.TransposeAndMultiply x / (network.Priors[0] * float x.ColumnCount))

    let below =
        ([ 1 .. layer - 1 ], inputs)
        ||> List.foldBack (fun l kernel -> through (layer - l) kernel)

    let root = below.Cholesky().Factor

    weightedBy draws temperature train test (fun stream ->
        let normal = Matrix.Uninitialized(points.Rows, nativeint network.Widths[layer - 1])
        stream.Normal normal
        let phi = (root * normal.ToMathNet()).Map network.Activation.Function
        let above = biased (layer + 1) (empirical network.Priors[layer] phi)

        (above, [ layer + 1 .. network.Depth ])
        ||> List.fold (fun kernel l -> through l kernel))

let tests =
    testList "Width expansion" [
        testTheory
            "Of linear units the slope is that of the exact mixture"
            [ 1, 0.01; 2, 0.5; 3, 0.0 ]
            (fun (seed, temperature) ->
                let train, test = dataSet seed 6 9, dataSet (seed + 50) 5 9
                let network = network Activation.linear 1 seed
                let expansion = expand 200_000 network temperature test train
                // The mixture's own second order is a hundred times below the tolerance here.
                let width = 100_000

                let mixture =
                    ScaleMixture.solve (Network.withWidth width network) temperature (Study train)
                    |> Result.orFail
                    |> ScaleMixture.score test

                let parts: (Score -> float) list = [ _.Loss; _.Bias; _.Variance ]

                for part in parts do
                    let slope = float width * (part mixture - part expansion.InfiniteWidth)
                    let error = part expansion.SlopeError
                    Expect.within (4.0 * error + 1e-6) (part expansion.Slope) slope "part"

                Expect.isLessThan expansion.SlopeError.Loss (0.05 * abs expansion.Slope.Loss) "loss")

        testTheory
            "Of linear networks of several layers it is that of the exact mixture, at any ratios of the widths"
            [ [ 1; 1 ], 0.2; [ 1; 3 ], 0.02; [ 2; 1; 4 ], 0.2 ]
            (fun (ratios, temperature) ->
                let train, test = dataSet 4 6 9, dataSet 54 5 9
                let network = network Activation.linear ratios.Length 4

                let at width =
                    Network.withWidths (ratios |> List.map ((*) width)) network

                let expansion = expand 60_000 (at 1) temperature test train
                let width = 50_000

                let mixture =
                    ScaleMixture.solve (at width) temperature (Study train)
                    |> Result.orFail
                    |> ScaleMixture.score test

                let parts: (Score -> float) list = [ _.Loss; _.Bias; _.Variance ]

                for part in parts do
                    let last = float (width * List.last ratios)
                    let slope = last * (part mixture - part expansion.InfiniteWidth)
                    let error = part expansion.SlopeError
                    Expect.within (4.0 * error + 1e-5) (part expansion.Slope) slope "part"

                Expect.isLessThan expansion.SlopeError.Loss (0.1 * abs expansion.Slope.Loss) "loss"

                // Each layer has the same share of a linear network's order parameters.
                for layer in expansion.Layers do
                    Expect.isLessThan
                        (abs (layer.Slope.Loss - expansion.Layers.Head.Slope.Loss)
                         / sqrt (
                             layer.SlopeError.Loss ** 2.0
                             + expansion.Layers.Head.SlopeError.Loss ** 2.0
                             + 1e-12
                         ))
                        4.0
                        "layer")

        testTheory
            "One wide layer between infinitely wide ones, drawn from its prior and weighted by the data, agrees"
            [
                "erf", 1, false, 1, 2
                "erf", 2, true, 1, 2
                "erf", 1, false, 2, 2
                "erf", 1, false, 1, 3
                "relu", 1, true, 1, 2
                "square", 1, false, 1, 2
            ]
            (fun (name, outputs, biased, layer, depth) ->
                // As many inputs as points: every covariance has full rank.
                let train = dataSet 5 4 8 |> withOutputs outputs 7 |> scaleTargets 2.0
                let test = dataSet 6 3 8 |> withOutputs outputs 8 |> scaleTargets 2.0

                let activation =
                    match name with
                    | "erf" -> Activation.erf
                    | "relu" -> Activation.relu
                    | _ -> Activation.square

                let width = 300

                let network =
                    Network.dense activation (List.replicate depth width)
                    |> Network.withPriors [ for l in 0..depth -> 0.7 + 0.2 * float l ]
                    |> fun network -> if biased then network |> Network.withBias 2.0 else network

                let expansion = expand 20_000 network 0.2 test train
                let found = expansion.Layers[layer - 1]
                let loss, error = weightedLayer 10_000 0.2 network layer train test
                let slope = float width * (loss - expansion.InfiniteWidth.Loss)

                let slopeError = sqrt ((float width * error) ** 2.0 + found.SlopeError.Loss ** 2.0)

                Expect.within (4.0 * slopeError) found.Slope.Loss slope "loss"
                // What is compared is seen.
                Expect.isLessThan slopeError (0.35 * abs slope) "slope error")

        testCase "The first order is used where it is small, and tells how wide a network a theory needs" (fun () ->
            let score loss =
                {
                    Loss = loss
                    Bias = loss
                    Variance = 0.0
                }

            let expansion =
                {
                    InfiniteWidth = score 0.4
                    Slope = score -6.0
                    SlopeError = score 0.1
                    Units = 1000
                    EvidenceVariance = 1.0
                    Layers = []
                }

            match expansion.TryLoss 100, expansion.TryLoss 20 with
            | Some loss, None -> Expect.within 1e-12 loss 0.34 "loss"
            | other -> failtest $"{other}"

            Expect.within 1e-12 (expansion.AssumptionError(-4.0, 100)) 0.02 "assumption error"
            Expect.within 1e-9 (expansion.WidthFor(-4.0, 0.01)) 500.0 "width for")

        testCase "The loss at infinite width is that of the Gaussian process" (fun () ->
            let train, test = dataSet 1 6 9, dataSet 2 5 9

            for activation in [ Activation.erf; Activation.relu ] do
                let network = network activation 1 1 |> Network.withBias 0.7

                let expected = solve Theory.infiniteWidth network 0.1 train |> Posterior.score test
                let expansion = expand 2 network 0.1 test train
                Expect.within 1e-12 expansion.InfiniteWidth.Loss expected.Loss "loss")

        testCase "One example and one test point agree with a quadrature of finite differences" (fun () ->
            let data = dataSet 4 2 3

            let pick i =
                DataSet.create (data.Inputs.View(nativeint i, 0n, 1n, 3n)) (data.Targets.View(nativeint i, 0n, 1n, 1n))
                |> Result.orFail

            let train, test = pick 0, pick 1
            let temperature, prior = 0.3, 0.8

            let network =
                Network.dense Activation.erf [ 10 ] |> Network.withPriors [ 0.5; prior ]

            let dot i j =
                Seq.sum (seq { for f in 0n .. 2n -> data.Inputs[nativeint i, f] * data.Inputs[nativeint j, f] })
                / (3.0 * 0.5)

            let c11, c12, c22 = dot 0 0, dot 0 1, dot 1 1
            let rule = GaussHermite.Rule 80

            // Pairs (phi, phi0) of hidden units with their weights.
            let units =
                [|
                    for i in 0 .. rule.Nodes.Length - 1 do
                        for j in 0 .. rule.Nodes.Length - 1 do
                            let h = sqrt c11 * rule.Nodes[i]
                            let h0 = c12 / c11 * h + sqrt (c22 - c12 * c12 / c11) * rule.Nodes[j]
                            Activation.erf.Function h, Activation.erf.Function h0, rule.Weights[i] * rule.Weights[j]
                |]

            let average f =
                (units |> Array.sumBy (fun (a, b, w) -> w * f a b))
                / (units |> Array.sumBy (fun (_, _, w) -> w))

            let k11 = average (fun a _ -> a * a / prior)
            let k12 = average (fun a b -> a * b / prior)
            let k22 = average (fun _ b -> b * b / prior)
            let loss = scalar train.Targets[0n, 0n] test.Targets[0n, 0n] temperature
            let g, l = loss (k11, k12, k22)
            let step = 1e-3

            // E[g L]/E[L] to second order in the kernel's deviation.
            let second a b =
                let at e =
                    loss (
                        k11 + e * (a * a / prior - k11),
                        k12 + e * (a * b / prior - k12),
                        k22 + e * (b * b / prior - k22)
                    )

                let (gp, lp), (gm, lm) = at step, at -step
                0.5 * ((gp - g) * lp + (gm - g) * lm) / (l * step * step)

            let expansion = expand 400_000 network temperature test train
            Expect.within 1e-9 expansion.InfiniteWidth.Loss g "loss"
            Expect.within (4.0 * expansion.SlopeError.Loss) expansion.Slope.Loss (average second) "loss"
            Expect.isLessThan expansion.SlopeError.Loss (0.05 * abs (average second)) "loss")

        testTheory
            "Wide networks drawn from their prior and weighted by the data agree"
            [ "erf", 1, false; "erf", 2, true; "relu", 1, true; "relu", 2, false ]
            (fun (name, outputs, biased) ->
                let train = dataSet 5 4 3 |> withOutputs outputs 7 |> scaleTargets 2.0
                let test = dataSet 6 3 3 |> withOutputs outputs 8 |> scaleTargets 2.0
                let activation = if name = "erf" then Activation.erf else Activation.relu
                let width = 400

                let network =
                    Network.dense activation [ width ]
                    |> Network.withPriors [ 0.7; 1.3 ]
                    |> fun network -> if biased then network |> Network.withBias 2.0 else network

                let expansion = expand 200_000 network 0.2 test train
                let loss, error = weighted 30_000 0.2 network train test
                let slope = float width * (loss - expansion.InfiniteWidth.Loss)

                let slopeError =
                    sqrt ((float width * error) ** 2.0 + expansion.SlopeError.Loss ** 2.0)

                Expect.within (4.0 * slopeError) expansion.Slope.Loss slope "loss"
                // What is compared is seen.
                Expect.isLessThan slopeError (0.35 * abs slope) "slope error")

        testCase "Units are drawn until the slope is known as well as is asked" (fun () ->
            let train, test = dataSet 8 12 3, dataSet 9 40 3
            let network = Network.dense Activation.erf [ 10 ]

            let expand accuracy =
                let sampling: WidthExpansion.Sampling =
                    {
                        Least = 500
                        Most = 2_000_000
                        Accuracy = accuracy
                        Seed = 3UL
                    }

                WidthExpansion.solveWith sampling network 0.05 test (Study train)
                |> Result.orFail

            let coarse, fine = expand 0.2, expand 0.02
            let relative (e: WidthExpansion) = e.SlopeError.Loss / abs e.Slope.Loss
            Expect.isLessThanOrEqual (relative coarse) 0.2 "relative"
            Expect.isLessThanOrEqual (relative fine) 0.02 "relative"
            Expect.isGreaterThan fine.Units (10 * coarse.Units) "units"

            let z =
                (fine.Slope.Loss - coarse.Slope.Loss)
                / sqrt (fine.SlopeError.Loss ** 2.0 + coarse.SlopeError.Loss ** 2.0)

            Expect.isLessThan (abs z) 4.0 "abs")

        testCase "Standard errors are those of repetitions, also where some units alone are computed in full" (fun () ->
            // Many features and few examples: a unit costs its features.
            let train, test = dataSet 10 40 2, dataSet 11 80 2
            let network = Network.dense Activation.relu [ 10 ]
            let study = Study train

            let runs =
                [|
                    for seed in 1UL .. 60UL ->
                        WidthExpansion.solveWith (WidthExpansion.exactly 300 seed) network 0.05 test study
                        |> Result.orFail
                |]

            let parts: (Score -> float) list = [ _.Loss; _.Bias; _.Variance ]

            for part in parts do
                let values = runs |> Array.map (fun run -> part run.Slope)
                let mean = Array.average values
                let spread = sqrt ((values |> Array.sumBy (fun v -> (v - mean) ** 2.0)) / 59.0)
                let stated = sqrt (runs |> Array.averageBy (fun run -> part run.SlopeError ** 2.0))
                // 60 repetitions of a heavy tail know their spread to a fifth.
                Expect.isInRange (stated / spread) 0.6 1.6 "stated / spread")

        testCase "What is not known is refused" (fun () ->
            let train, test = dataSet 1 4 3, dataSet 2 3 3

            let message network temperature units =
                match WidthExpansion.solveWith (sampling units) network temperature test (Study train) with
                | Ok _ -> "solved"
                | Error failure -> failure.Message

            let one = Network.dense Activation.erf [ 10 ]
            let five = Network.dense Activation.erf [ 10; 10; 10; 10; 10 ]
            Expect.stringContains (message five 0.1 100) "5 hidden layers" "message"
            Expect.stringContains (message one -1.0 100) "temperature" "message"
            Expect.stringContains (message one 0.1 1) "at least two" "message"

            let many =
                DataSet.create (Matrix.Zeros(400_000n, 3n)) (Matrix.Zeros(400_000n, 1n))
                |> Result.orFail

            match WidthExpansion.solve (Network.dense Activation.erf [ 10; 10 ]) 0.1 test (Study many) with
            | Error failure -> Expect.stringContains failure.Message "GB of memory" "room for a lower layer"
            | Ok _ -> failtest "There is no such memory."

            let twice =
                DataSet.create
                    (Matrix.Create(2n, 3n, (fun _ j -> float j)))
                    (Matrix.Create(2n, 1n, (fun i _ -> float i)))
                |> Result.orFail

            match WidthExpansion.solve one 0.0 test (Study twice) with
            | Error(SingularKernel _) -> ()
            | other -> failtest $"{other}")
    ]
