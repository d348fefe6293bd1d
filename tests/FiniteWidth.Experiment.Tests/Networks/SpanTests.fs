/// Coordinates inside the span of the training inputs against all coordinates.
module FiniteWidth.Experiment.Tests.Networks.SpanTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private architectures =
    [
        Architecture.FullyConnected(dense Activation.erf [ 5 ])
        Architecture.FullyConnected(dense Activation.relu [ 5 ] |> Network.withBias 0.9)
        Architecture.FullyConnected(dense Activation.tanh [ 4; 3 ] |> Network.withBias 0.9)
    ]

/// The position without what each first-layer unit has outside the span.
let private reduce (posterior: NetworkPosterior) units (x: float[]) =
    let span = posterior.Span.Value
    let n0 = int span.Directions.Columns

    let w =
        Matrix.FromArray(nativeint units, nativeint n0, ReadOnlySpan(x, 0, units * n0))

    let inside = InputSpan.coordinates w span
    Array.append (inside.ToArray() |> Seq.cast<float> |> Array.ofSeq) (Array.skip (units * n0) x)

/// Means and variances of f over weights outside the span, by drawing them: z-scores of what the predictor says.
let private zScores architecture predict =
    let draws = 4000
    let data = dataSet 45 4 7 2
    let units = List.head (Architecture.widths architecture)
    let all = posterior complete architecture 0.4 data
    let inside = posterior NetworkPosterior.defaults architecture 0.4 data
    let test = gaussian (RandomStream.FromSeed 46UL) 3 7
    let stream = RandomStream.FromSeed 47UL
    let x = position 48 all.Layout.Dimension
    let exact = NetworkPredictor.create test all ()
    let predictor = NetworkPredictor.create test inside ()
    let span = inside.Span.Value

    // The inside of each unit's weights stays; the rest is drawn anew.
    let redrawn i =
        let fresh = gaussian (stream.Split(int64 i)) units 7
        let outside = InputSpan.outside fresh span
        let w = Matrix.FromArray(nativeint units, 7n, ReadOnlySpan(x, 0, units * 7))
        let rest = InputSpan.outside w span
        let y = Array.copy x

        for j in 0 .. units * 7 - 1 do
            let a, b = nativeint (j / 7), nativeint (j % 7)
            y[j] <- x[j] - rest[a, b] + outside[a, b]

        y

    let moments (prediction: Prediction) =
        [|
            for t in 0..2 do
                for d in 0..1 do
                    prediction.Mean[t, d]
                    prediction.Mean[t, d] ** 2.0 + prediction.Variance[t, d]
        |]

    let average (f: int -> float[]) =
        let samples = Array.init draws f

        Array.init samples[0].Length (fun k ->
            let values = samples |> Array.map (fun sample -> sample[k])
            let mean = Array.average values
            mean, (values |> Array.averageBy (fun v -> (v - mean) ** 2.0)) / float draws)

    let expected = average (fun i -> moments (predict exact (redrawn i) stream))
    let reduced = reduce inside units x

    let actual =
        average (fun i -> moments (predict predictor reduced (stream.Split(int64 (draws + i)))))

    Array.map2 (fun (a, va) (b, vb) -> (a - b) / sqrt (va + vb)) expected actual

let tests =
    testList "Span" [
        testCase "A span has the rank of its inputs and reproduces them" (fun () ->
            let stream = RandomStream.FromSeed 41UL
            let basis = gaussian (stream.Split 0L) 4 12
            let mixing = gaussian (stream.Split 1L) 9 4
            let x = Matrix.Zeros(9n, 12n)
            LinearAlgebra.Default.Multiply(1.0, mixing, false, basis, false, 0.0, x)
            let span = InputSpan.ofRows x
            Expect.equal span.Rank 4 "rank"
            let v = span.Directions
            let gram = Matrix.Zeros(4n, 4n)
            LinearAlgebra.Default.Gram(v, 1.0, gram)

            for i in 0n .. 3n do
                for j in 0n .. 3n do
                    Expect.within 1e-14 (gram[i, j]) (if i = j then 1.0 else 0.0) "gram"

            let outside = InputSpan.outside x span

            Expect.isTrue
                (outside.ToArray() |> Seq.cast<float> |> Seq.forall (fun r -> abs r < 1e-13))
                "every r: abs r < 1e-13"

            Expect.equal ((InputSpan.ofRows (Matrix.Zeros(3n, 5n))).Rank) 0 "rank")

        testCase "Nearly parallel inputs keep their difference" (fun () ->
            let x =
                Matrix.FromArray(2n, 3n, ReadOnlySpan [| 1.0; 2.0; 3.0; 1.0; 2.0; 3.0 + 1e-9 |])

            let span = InputSpan.ofRows x
            Expect.equal span.Rank 2 "rank"
            let c = InputSpan.coordinates x span
            // The difference of the rows, 1e-9, to the rounding of numbers of size 4.
            let distance =
                sqrt ((c[0n, 0n] - c[1n, 0n]) ** 2.0 + (c[0n, 1n] - c[1n, 1n]) ** 2.0)

            Expect.within 1e-14 distance 1e-9 "distance")

        testTheory "The likelihood sees weights inside the span alone" architectures (fun architecture ->
            let data = dataSet 42 4 11 2
            let units = List.head (Architecture.widths architecture)
            let all = posterior complete architecture 0.4 data
            let inside = posterior NetworkPosterior.defaults architecture 0.4 data
            Expect.equal inside.Layout.HiddenDimension (all.Layout.HiddenDimension - 7 * units) "hidden dimension"
            let x = position 43 all.Layout.Dimension
            let value, gradient = run (FullTarget.create all) x

            run (FullTarget.create inside) (reduce inside units x)
            |> assertClose roundingTolerance (value, reduce inside units gradient)

            let x = position 44 all.Layout.HiddenDimension
            let value, gradient = run (MarginalTarget.create all) x

            run (MarginalTarget.create inside) (reduce inside units x)
            |> assertClose roundingTolerance (value, reduce inside units gradient))

        testTheory
            "Predictions average over the weights outside the span as draws of them do"
            architectures
            (fun architecture ->
                let full =
                    zScores architecture (fun (predictor: NetworkPredictor) x stream -> predictor.Full(x, stream))

                let marginal =
                    zScores architecture (fun (predictor: NetworkPredictor) x stream -> predictor.Marginal(x, stream))

                // Fixed seeds: 24 z-scores, of which the largest of as many independent ones exceeds 4 once in 600 times.
                Expect.isLessThan
                    (Array.append full marginal |> Array.map abs |> Array.max)
                    4.0
                    "max of append of marginal")

        testCase "At training inputs nothing is left to draw, and the full prediction is f" (fun () ->
            let data = dataSet 49 6 9 2

            for architecture in architectures do
                let posterior = posterior NetworkPosterior.defaults architecture 0.4 data
                let x = position 50 posterior.Layout.Dimension
                let value, _ = run (FullTarget.create posterior) x

                let prediction =
                    (NetworkPredictor.create data.Inputs posterior ()).Full(x, RandomStream.FromSeed 0UL)

                let score = Prediction.score data.Targets prediction
                Expect.within 1e-20 score.Variance 0.0 "variance"

                Expect.within
                    (1e-11 * abs value)
                    (-score.Bias * 12.0 / (2.0 * 0.4))
                    value
                    "-score.Bias * 12.0 / (2.0 * 0.4)")

        testCase "Joint predictions have the marginal ones on their diagonal" (fun () ->
            let data = dataSet 51 6 9 2

            for architecture in architectures do
                let posterior = posterior complete architecture 0.4 data
                let test = gaussian (RandomStream.FromSeed 52UL) 4 9
                let x = position 53 posterior.Layout.HiddenDimension
                let stream = RandomStream.FromSeed 54UL
                let prediction = (NetworkPredictor.create test posterior ()).Marginal(x, stream)

                let struct (mean, covariance) =
                    (OutputCovariance.create test posterior ()).Evaluate(x, stream)

                for t in 0..3 do
                    for d in 0..1 do
                        Expect.within 1e-12 (mean[t, d]) (prediction.Mean[t, d]) "mean"
                        Expect.within 1e-12 (covariance[t, t]) (prediction.Variance[t, d]) "covariance")
    ]
