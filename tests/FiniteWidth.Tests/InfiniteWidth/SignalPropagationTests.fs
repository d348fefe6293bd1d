/// Signal propagation against closed forms, published and independent values, the package's kernels and random networks.
module FiniteWidth.Tests.SignalPropagationTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

let private propagation activation weights biases =
    SignalPropagation.create activation weights biases |> Result.orFail

let private settled (p: SignalPropagation) =
    match p.Fate with
    | LengthFate.Settles point -> point
    | other -> failwith $"{p.Activation}: lengths do not settle, {other}."

let tests =
    testList "Signal propagation" [
        testCase
            "A homogeneous activation: relu settles at sigma_b^2/(1 - sigma_w^2/2), stays at its edge, and grows beyond"
            (fun () ->
                let p = propagation Activation.relu 1.2 0.3
                within 1e-15 0.75 (settled p).Length
                within 1e-15 0.6 p.Chi.Value
                within 1e-13 (-1.0 / log 0.6) p.Correlation.Value.DepthScale
                within 1e-13 (-1.0 / log 0.6) (settled p).DepthScale
                Expect.equal p.Phase Phase.Ordered "phase"

                let edge = propagation Activation.relu 2.0 0.0
                Expect.equal edge.Fate LengthFate.Stays "fate"
                Expect.equal edge.Phase Phase.Critical "phase"
                Expect.equal edge.Correlation.Value.DepthScale infinity "depth scale"

                for weights, biases in [ 2.0, 0.1; 2.1, 0.0; 3.0, 1.0 ] do
                    let p = propagation Activation.relu weights biases
                    Expect.equal p.Fate LengthFate.Grows "fate"
                    Expect.equal p.Phase Phase.Unbounded "phase"
                    Expect.equal p.Correlation None "correlation"
                    within 1e-15 (weights / 2.0) p.Chi.Value

                match (propagation Activation.relu 1.9 0.0).Fate with
                | LengthFate.Vanishes point -> within 1e-15 0.95 point.Slope
                | other -> failtest $"{other}")

        testCase "The edge of relu is the point (2, 0), that of linear (1, 0), that of a leaky relu between" (fun () ->
            for activation, weights in
                [
                    Activation.relu, 2.0
                    Activation.linear, 1.0
                    Activation.piecewiseLinear 1.0 0.5, 1.6
                ] do
                let edge = EdgeOfChaos.at 0.0 activation |> Result.orFail
                Expect.hasLength edge 1 "edge"
                within 1e-15 weights edge.Head.WeightVariance
                Expect.isEmpty (EdgeOfChaos.at 0.01 activation |> Result.orFail) "at")

        testCase "The edge of sin is sigma_b^2 = c - tanh c, sigma_w^2 = 2/(1 + exp(-2c))" (fun () ->
            for c in [ 0.05; 0.4; 1.0; 3.0 ] do
                let edge = EdgeOfChaos.at (c - tanh c) Activation.sin |> Result.orFail
                Expect.hasLength edge 1 "edge"
                // Rounding of c over c^2 where the difference is small.
                within 1e-12 c edge.Head.Length
                within 1e-12 (2.0 / (1.0 + exp (-2.0 * c))) edge.Head.WeightVariance)

        testCase "The edge of erf is where both its closed forms meet" (fun () ->
            for c in [ 0.05; 0.4; 1.0; 3.0 ] do
                // E[erf^2] = (2/pi) arcsin(2c/(1 + 2c)), E[erf'^2] = (4/pi)/sqrt(1 + 4c).
                let weights = Math.PI / 4.0 * sqrt (1.0 + 4.0 * c)
                let biases = c - weights * 2.0 / Math.PI * asin (2.0 * c / (1.0 + 2.0 * c))
                let edge = EdgeOfChaos.at biases Activation.erf |> Result.orFail
                Expect.hasLength edge 1 "edge"
                within 1e-12 c edge.Head.Length
                within 1e-12 weights edge.Head.WeightVariance)

        testCase "Without biases the edge of an odd activation is at 1/sigma'(0)^2, where lengths vanish" (fun () ->
            for activation, weights in [ Activation.tanh, 1.0; Activation.sin, 1.0; Activation.erf, Math.PI / 4.0 ] do
                let edge = EdgeOfChaos.at 0.0 activation |> Result.orFail
                Expect.hasLength edge 1 "edge"
                within 1e-12 weights edge.Head.WeightVariance
                Expect.equal edge.Head.Length 0 "length of head"

                for factor, phase in [ 0.9, Phase.Ordered; 1.1, Phase.Chaotic ] do
                    Expect.equal ((propagation activation (factor * weights) 0.0).Phase) phase "phase")

        // Golden values: trapezoidal sums over the line from -12 to 12 with step 1/64 in plain Python, fixed points by iteration, the edge by
        // bisection. That of tanh at sigma_b^2 = 0.05 is the 1.76 of Schoenholz et al. (arXiv:1611.01232).
        testTheory
            "The edge at golden values"
            [
                "tanh", 0.05, 1.7609546396067397, 0.5700478816407646
                "tanh", 0.5, 2.8431674597240817, 1.9710306134168558
                "tanh", 2.0, 4.266396106127087, 4.830586191420403
                "silu", 1.0, 1.9670410825843214, 39.394591224910556
            ]
            (fun (name, biases, weights, length) ->
                let activation = Activation.ofName name |> Result.orFail
                let edge = EdgeOfChaos.at biases activation |> Result.orFail
                Expect.hasLength edge 1 "edge"
                within 1e-10 weights edge.Head.WeightVariance
                within 1e-10 length edge.Head.Length
                Expect.equal ((propagation activation edge.Head.WeightVariance biases).Phase) Phase.Critical "phase")

        testCase "Fixed points of tanh at golden values, one in each phase" (fun () ->
            let chaotic = propagation Activation.tanh 2.5 0.05
            Expect.equal chaotic.Phase Phase.Chaotic "phase"
            within 1e-11 1.063958377416812 (settled chaotic).Length
            within 1e-11 1.1335156987042716 chaotic.Chi.Value
            // The series' 1e-8, and its slope's 1e-5, at their worst near rho = 1.
            within 1e-8 0.44680423234426764 chaotic.Correlation.Value.Correlation
            within 1e-6 0.918716774913773 chaotic.Correlation.Value.Slope

            let ordered = propagation Activation.tanh 1.2 0.3
            Expect.equal ordered.Phase Phase.Ordered "phase"
            within 1e-11 0.6951725383275311 (settled ordered).Length
            within 1e-11 0.6369637360892058 ordered.Chi.Value
            Expect.equal ordered.Correlation.Value.Correlation 1.0 "correlation")

        testPropertyWithConfig
            (maxTest 60)
            "Fixed points are fixed, slopes are difference quotients, and chi is the slope at rho = 1"
            (fun (seed: int) ->
                let seed = abs (seed % 1000)

                let activation =
                    [ Activation.erf; Activation.tanh; Activation.sin; Activation.relu ][seed % 4]

                let p = propagation activation (between seed 1 0.2 1.9) (between seed 2 0.01 2.0)
                let point = settled p
                let c = point.Length
                within 1e-12 c (SignalPropagation.lengthMap c p)
                let h = 1e-4 * c

                let quotient =
                    (SignalPropagation.lengthMap (c + h) p - SignalPropagation.lengthMap (c - h) p)
                    / (2.0 * h)

                // h^2/c^2.
                within 1e-7 quotient point.Slope

                let map rho =
                    SignalPropagation.correlationMap rho p |> Result.orFail

                within 1e-8 1.0 (map 1.0)
                let correlation = p.Correlation.Value
                within 1e-8 correlation.Correlation (map correlation.Correlation)
                // Convex: a little below 1 the secant is a little less steep than the tangent. For relu by the square root of the distance.
                let secant = (map 1.0 - map (1.0 - 1e-4)) / 1e-4
                Expect.within (0.01 * p.Chi.Value) secant p.Chi.Value "secant"

                match p.Phase with
                | Phase.Chaotic ->
                    Expect.isTrue
                        (correlation.Correlation < 1.0 && correlation.Slope < 1.0 && p.Chi.Value > 1.0)
                        "correlation"
                | Phase.Ordered ->
                    Expect.isTrue
                        (correlation.Correlation = 1.0
                         && correlation.Slope = p.Chi.Value
                         && p.Chi.Value < 1.0)
                        "correlation"
                | other -> failtest $"{other}")

        testCase "Deviations from the fixed points fall by e in a depth scale" (fun () ->
            for weights in [ 1.3; 2.6 ] do
                let p = propagation Activation.erf weights 0.2
                let c, rho = (settled p).Length, p.Correlation.Value.Correlation

                let last count start =
                    SignalPropagation.trajectory count start p |> Result.orFail |> List.rev

                let ratio deviations =
                    match deviations with
                    | later :: earlier :: _ -> -1.0 / log (later / earlier)
                    | _ -> nan

                let length =
                    last
                        8
                        {
                            First = 1.01 * c
                            Second = c
                            Covariance = 0.0
                        }
                    |> List.map (fun layer -> layer.First - c)

                let correlation =
                    last
                        30
                        {
                            First = c
                            Second = c
                            Covariance = (rho - 0.01) * c
                        }
                    |> List.map (fun layer -> rho - layer.Correlation)

                // The next order of deviations of a few times 1e-4.
                within 1e-3 (settled p).DepthScale (ratio length)
                within 1e-2 p.Correlation.Value.DepthScale (ratio correlation))

        testCase "A trajectory is the kernel recursion of the package" (fun () ->
            for activation in [ Activation.erf; Activation.relu; Activation.tanh; Activation.gelu ] do
                let data = dataSet 21 3 6
                let weights, biases = 1.7, 0.4
                let p = propagation activation weights biases

                let network depth =
                    Network.dense activation (List.replicate depth 5)
                    |> Network.withPriors (List.replicate (depth + 1) (1.0 / weights))
                    |> Network.withBias (1.0 / biases)

                // K_L, and the bias that the readout does not have.
                let kernel depth =
                    let k =
                        KernelProgram.compile (Theory.infiniteWidth (network depth)).Kernel
                        |> KernelProgram.symmetric (EffectiveAction.bind (network depth) [] [||]) data.Inputs

                    fun i j -> k[i, j] + biases

                let gram i j =
                    weights / 6.0
                    * Seq.sum (seq { for a in 0n .. 5n -> data.Inputs[i, a] * data.Inputs[j, a] })
                    + biases

                let start =
                    {
                        First = gram 0n 0n
                        Second = gram 1n 1n
                        Covariance = gram 0n 1n
                    }

                let layers = SignalPropagation.trajectory 6 start p |> Result.orFail
                Expect.hasLength layers 7 "layers"

                for depth in [ 1; 3; 6 ] do
                    let k = kernel depth
                    // Two orders of the same series.
                    within 1e-7 (k 0n 0n) layers[depth].First
                    within 1e-7 (k 1n 1n) layers[depth].Second
                    within 1e-7 (k 0n 1n) layers[depth].Covariance)

        testCase "Random networks have these lengths, correlations and gradients" (fun () ->
            let weights, biases, width, depth, draws = 1.8, 0.3, 400, 5, 100
            let p = propagation Activation.tanh weights biases
            let c = (settled p).Length

            let start =
                {
                    First = c
                    Second = 0.3 * c
                    Covariance = 0.4 * c
                }

            let theory = SignalPropagation.trajectory depth start p |> Result.orFail
            let n = nativeint width

            let normals (stream: RandomStream) index rows columns =
                gaussian (stream.Split(int64 index)) rows columns

            // The two inputs' preactivations in every layer, and how much longer a layer makes a vector that is sent backwards.
            let sample draw =
                let stream = RandomStream.FromSeed(uint64 draw)
                let first = normals stream 0 2 width
                let mutable h = Matrix.Uninitialized(2n, n)

                for i in 0n .. n - 1n do
                    h[0n, i] <- sqrt start.First * first[0n, i]
                    let along = start.Covariance / start.First
                    h[1n, i] <- along * h[0n, i] + sqrt (start.Second - along * start.Covariance) * first[1n, i]

                [|
                    for l in 1..depth do
                        let w = normals stream l width width
                        let b = normals stream (100 + l) 1 width
                        let signal = Matrix.Create(2n, n, (fun k i -> tanh h[k, i]))
                        let next = Matrix.Uninitialized(2n, n)
                        LinearAlgebra.Default.Multiply(sqrt (weights / float width), signal, false, w, true, 0.0, next)

                        let back = Array.init width (fun i -> if i % 2 = 0 then 1.0 else -1.0)
                        let gradient = Array.zeroCreate<float> width

                        LinearAlgebra.Default.Multiply(
                            sqrt (weights / float width),
                            w,
                            true,
                            ReadOnlySpan back,
                            0.0,
                            Span gradient
                        )

                        let growth =
                            gradient
                            |> Array.mapi (fun i g -> (g * (1.0 - signal[0n, nativeint i] ** 2.0)) ** 2.0)
                            |> Array.average

                        for k in 0n .. 1n do
                            for i in 0n .. n - 1n do
                                next[k, i] <- next[k, i] + sqrt biases * b[0n, i]

                        h <- next

                        let product j k =
                            Seq.averageBy (fun i -> h[j, nativeint i] * h[k, nativeint i]) (seq { 0 .. width - 1 })

                        [| product 0n 0n; product 1n 1n; product 0n 1n; growth |]
                |]

            let samples = Array.Parallel.init draws sample

            for l in 1..depth do
                let expected =
                    [ theory[l].First; theory[l].Second; theory[l].Covariance; p.Chi.Value ]

                for entry, value in List.indexed expected do
                    let values = samples |> Array.map (fun s -> s[l - 1][entry])
                    let mean = Array.average values

                    let error =
                        sqrt (Array.averageBy (fun v -> (v - mean) ** 2.0) values / float (draws - 1))

                    // One run in a thousand for twenty comparisons, and the seed is fixed; a width of 400 biases by less than half an error.
                    Expect.isLessThan (abs (mean - value) / error) 4.0 $"layer {l}, entry {entry}"
                    Expect.isLessThan error (0.01 * theory[1].First) "too noisy to tell")

        testCase "A phase diagram has the edge between its phases, and the same entries as one by one" (fun () ->
            let weights, biases = [ 0.5..0.25..3.0 ], [ 0.0; 0.02; 0.3; 1.0 ]

            let diagram =
                SignalPropagation.phaseDiagram weights biases Activation.tanh |> Result.orFail

            Expect.equal
                (Array2D.length1 diagram, Array2D.length2 diagram)
                (weights.Length, biases.Length)
                "length1 of diagram"

            for j, b in List.indexed biases do
                let edge = (EdgeOfChaos.at b Activation.tanh |> Result.orFail).Head.WeightVariance

                for i, w in List.indexed weights do
                    let p = diagram[i, j]
                    Expect.equal (p.WeightVariance, p.BiasVariance) (w, b) "weight variance"

                    let expected =
                        if abs (w - edge) < 1e-9 then Phase.Critical
                        elif w < edge then Phase.Ordered
                        else Phase.Chaotic

                    Expect.equal p.Phase expected "phase"
                    Expect.equal p.Chi ((propagation Activation.tanh w b).Chi) "chi")

        testCase "Several fixed lengths are all found, and where one begins decides" (fun () ->
            // E[z^4] = 3 c^2: 0.5 = 3 w c, beside 0.
            let w = 0.5
            let p = propagation Activation.square w 0.0
            Expect.hasLength p.FixedLengths 2 "fixed lengths"
            Expect.equal (p.FixedLengths[0].Length) 0 "length of fixed lengths"
            within 1e-14 (1.0 / (3.0 * w)) p.FixedLengths[1].Length
            Expect.isTrue (p.FixedLengths[0].IsStable && not p.FixedLengths[1].IsStable) "fixed lengths"
            Expect.equal p.Fate LengthFate.Grows "fate"

            match (SignalPropagation.createFrom 0.6 Activation.square w 0.0 |> Result.orFail).Fate with
            | LengthFate.Vanishes point -> Expect.equal point.Length 0 "length of point"
            | other -> failtest $"{other}"

            Expect.equal ((propagation Activation.exp 3.0 0.0).Fate) LengthFate.Grows "fate")

        testCase "Where the length map falls, lengths approach their fixed length from both sides" (fun () ->
            // E[cos^2] = (1 + exp(-2c))/2.
            for weights in [ 0.5; 2.0; 30.0 ] do
                let p = propagation Activation.cos weights 0.1
                let c = (settled p).Length
                within 1e-13 (0.1 + weights / 2.0 * (1.0 + exp (-2.0 * c))) c
                Expect.hasLength p.FixedLengths 1 "fixed lengths"
                Expect.isInRange ((settled p).Slope) -0.5 0.0 "slope")

        testCase "Variances outside their domain, and activations that jump, are refused in one sentence" (fun () ->
            let message activation weights biases =
                match SignalPropagation.create activation weights biases with
                | Ok _ -> "none"
                | Error failure -> failure.Message

            for weights in [ 0.0; -1.0; nan; infinity ] do
                Expect.stringStarts (message Activation.erf weights 0.1) "The weight variance sigma_w^2 is" "message"

            for biases in [ -0.1; nan; infinity ] do
                Expect.stringStarts (message Activation.erf 1.0 biases) "The bias variance sigma_b^2 is" "message"

            for activation in
                [
                    Activation.sign
                    Activation.step
                    Activation.custom "jump" (fun z -> if z > 0.25 then 1.0 else -1.0)
                    Activation.customOdd "atZero" (fun z -> float (Math.Sign z))
                ] do
                Expect.stringContains (message activation 1.0 0.1) "jumps" "message"

            match SignalPropagation.createFrom 0.0 Activation.erf 1.0 0.0 with
            | Error failure -> Expect.stringStarts failure.Message "The first squared length is" "message"
            | Ok _ -> failtest "A length of zero was accepted."

            match propagation Activation.relu 3.0 0.1 |> SignalPropagation.correlationMap 0.5 with
            | Error failure -> Expect.stringStarts failure.Message "Lengths do not settle" "message"
            | Ok _ -> failtest "There is no fixed length.")
    ]
