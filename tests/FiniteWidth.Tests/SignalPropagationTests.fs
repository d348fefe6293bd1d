/// Signal propagation against closed forms, published and independent values, the package's kernels and random networks.
module FiniteWidth.Tests.SignalPropagationTests

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open NUnit.Framework
open FsCheck.NUnit

let private within tolerance (expected: float) (actual: float) =
    Assert.That(actual, Is.EqualTo(expected).Within(tolerance * (1.0 + abs expected)))

let private propagation activation weights biases =
    SignalPropagation.create activation weights biases |> Result.orFail

let private settled (p: SignalPropagation) =
    match p.Fate with
    | LengthFate.Settles point -> point
    | other -> failwith $"{p.Activation}: lengths do not settle, {other}."

[<Test>]
let ``A homogeneous activation: relu settles at sigma_b^2/(1 - sigma_w^2/2), stays at its edge, and grows beyond`` () =
    let p = propagation Activation.relu 1.2 0.3
    within 1e-15 0.75 (settled p).Length
    within 1e-15 0.6 p.Chi.Value
    within 1e-13 (-1.0 / log 0.6) p.Correlation.Value.DepthScale
    within 1e-13 (-1.0 / log 0.6) (settled p).DepthScale
    Assert.That(p.Phase, Is.EqualTo Phase.Ordered)

    let edge = propagation Activation.relu 2.0 0.0
    Assert.That(edge.Fate, Is.EqualTo LengthFate.Stays)
    Assert.That(edge.Phase, Is.EqualTo Phase.Critical)
    Assert.That(edge.Correlation.Value.DepthScale, Is.EqualTo infinity)

    for weights, biases in [ 2.0, 0.1; 2.1, 0.0; 3.0, 1.0 ] do
        let p = propagation Activation.relu weights biases
        Assert.That(p.Fate, Is.EqualTo LengthFate.Grows)
        Assert.That(p.Phase, Is.EqualTo Phase.Unbounded)
        Assert.That(p.Correlation, Is.EqualTo None)
        within 1e-15 (weights / 2.0) p.Chi.Value

    match (propagation Activation.relu 1.9 0.0).Fate with
    | LengthFate.Vanishes point -> within 1e-15 0.95 point.Slope
    | other -> Assert.Fail $"{other}"

[<Test>]
let ``The edge of relu is the point (2, 0), that of linear (1, 0), that of a leaky relu between`` () =
    for activation, weights in
        [
            Activation.relu, 2.0
            Activation.linear, 1.0
            Activation.piecewiseLinear 1.0 0.5, 1.6
        ] do
        let edge = EdgeOfChaos.at 0.0 activation |> Result.orFail
        Assert.That(edge, Has.Length.EqualTo 1)
        within 1e-15 weights edge.Head.WeightVariance
        Assert.That(EdgeOfChaos.at 0.01 activation |> Result.orFail, Is.Empty)

[<Test>]
let ``The edge of sin is sigma_b^2 = c - tanh c, sigma_w^2 = 2/(1 + exp(-2c))`` () =
    for c in [ 0.05; 0.4; 1.0; 3.0 ] do
        let edge = EdgeOfChaos.at (c - tanh c) Activation.sin |> Result.orFail
        Assert.That(edge, Has.Length.EqualTo 1)
        // Rounding of c over c^2 where the difference is small.
        within 1e-12 c edge.Head.Length
        within 1e-12 (2.0 / (1.0 + exp (-2.0 * c))) edge.Head.WeightVariance

[<Test>]
let ``The edge of erf is where both its closed forms meet`` () =
    for c in [ 0.05; 0.4; 1.0; 3.0 ] do
        // E[erf^2] = (2/pi) arcsin(2c/(1 + 2c)), E[erf'^2] = (4/pi)/sqrt(1 + 4c).
        let weights = Math.PI / 4.0 * sqrt (1.0 + 4.0 * c)
        let biases = c - weights * 2.0 / Math.PI * asin (2.0 * c / (1.0 + 2.0 * c))
        let edge = EdgeOfChaos.at biases Activation.erf |> Result.orFail
        Assert.That(edge, Has.Length.EqualTo 1)
        within 1e-12 c edge.Head.Length
        within 1e-12 weights edge.Head.WeightVariance

[<Test>]
let ``Without biases the edge of an odd activation is at 1/sigma'(0)^2, where lengths vanish`` () =
    for activation, weights in [ Activation.tanh, 1.0; Activation.sin, 1.0; Activation.erf, Math.PI / 4.0 ] do
        let edge = EdgeOfChaos.at 0.0 activation |> Result.orFail
        Assert.That(edge, Has.Length.EqualTo 1)
        within 1e-12 weights edge.Head.WeightVariance
        Assert.That(edge.Head.Length, Is.Zero)

        for factor, phase in [ 0.9, Phase.Ordered; 1.1, Phase.Chaotic ] do
            Assert.That((propagation activation (factor * weights) 0.0).Phase, Is.EqualTo phase)

// Golden values: trapezoidal sums over the line from -12 to 12 with step 1/64 in plain Python, fixed points by iteration, the edge by
// bisection. That of tanh at sigma_b^2 = 0.05 is the 1.76 of Schoenholz et al. (arXiv:1611.01232).
[<TestCase("tanh", 0.05, 1.7609546396067397, 0.5700478816407646)>]
[<TestCase("tanh", 0.5, 2.8431674597240817, 1.9710306134168558)>]
[<TestCase("tanh", 2.0, 4.266396106127087, 4.830586191420403)>]
[<TestCase("silu", 1.0, 1.9670410825843214, 39.394591224910556)>]
let ``The edge at golden values`` (name: string) (biases: float) (weights: float) (length: float) =
    let activation = Activation.ofName name |> Result.orFail
    let edge = EdgeOfChaos.at biases activation |> Result.orFail
    Assert.That(edge, Has.Length.EqualTo 1)
    within 1e-10 weights edge.Head.WeightVariance
    within 1e-10 length edge.Head.Length
    Assert.That((propagation activation edge.Head.WeightVariance biases).Phase, Is.EqualTo Phase.Critical)

[<Test>]
let ``Fixed points of tanh at golden values, one in each phase`` () =
    let chaotic = propagation Activation.tanh 2.5 0.05
    Assert.That(chaotic.Phase, Is.EqualTo Phase.Chaotic)
    within 1e-11 1.063958377416812 (settled chaotic).Length
    within 1e-11 1.1335156987042716 chaotic.Chi.Value
    // The series' 1e-8, and its slope's 1e-5, at their worst near rho = 1.
    within 1e-8 0.44680423234426764 chaotic.Correlation.Value.Correlation
    within 1e-6 0.918716774913773 chaotic.Correlation.Value.Slope

    let ordered = propagation Activation.tanh 1.2 0.3
    Assert.That(ordered.Phase, Is.EqualTo Phase.Ordered)
    within 1e-11 0.6951725383275311 (settled ordered).Length
    within 1e-11 0.6369637360892058 ordered.Chi.Value
    Assert.That(ordered.Correlation.Value.Correlation, Is.EqualTo 1.0)

[<Property(MaxTest = 60)>]
let ``Fixed points are fixed, slopes are difference quotients, and chi is the slope at rho = 1`` (seed: int) =
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
    Assert.That(secant, Is.EqualTo(p.Chi.Value).Within(0.01 * p.Chi.Value))

    match p.Phase with
    | Phase.Chaotic -> Assert.That(correlation.Correlation < 1.0 && correlation.Slope < 1.0 && p.Chi.Value > 1.0)
    | Phase.Ordered ->
        Assert.That(
            correlation.Correlation = 1.0
            && correlation.Slope = p.Chi.Value
            && p.Chi.Value < 1.0
        )
    | other -> Assert.Fail $"{other}"

[<Test>]
let ``Deviations from the fixed points fall by e in a depth scale`` () =
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
        within 1e-2 p.Correlation.Value.DepthScale (ratio correlation)

[<Test>]
let ``A trajectory is the kernel recursion of the package`` () =
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
        Assert.That(layers, Has.Length.EqualTo 7)

        for depth in [ 1; 3; 6 ] do
            let k = kernel depth
            // Two orders of the same series.
            within 1e-7 (k 0n 0n) layers[depth].First
            within 1e-7 (k 1n 1n) layers[depth].Second
            within 1e-7 (k 0n 1n) layers[depth].Covariance

[<Test>]
let ``Random networks have these lengths, correlations and gradients`` () =
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
            Assert.That(abs (mean - value) / error, Is.LessThan 4.0, $"layer {l}, entry {entry}")
            Assert.That(error, Is.LessThan(0.01 * theory[1].First), "too noisy to tell")

[<Test>]
let ``A phase diagram has the edge between its phases, and the same entries as one by one`` () =
    let weights, biases = [ 0.5..0.25..3.0 ], [ 0.0; 0.02; 0.3; 1.0 ]

    let diagram =
        SignalPropagation.phaseDiagram weights biases Activation.tanh |> Result.orFail

    Assert.That((Array2D.length1 diagram, Array2D.length2 diagram), Is.EqualTo((weights.Length, biases.Length)))

    for j, b in List.indexed biases do
        let edge = (EdgeOfChaos.at b Activation.tanh |> Result.orFail).Head.WeightVariance

        for i, w in List.indexed weights do
            let p = diagram[i, j]
            Assert.That((p.WeightVariance, p.BiasVariance), Is.EqualTo((w, b)))

            let expected =
                if abs (w - edge) < 1e-9 then Phase.Critical
                elif w < edge then Phase.Ordered
                else Phase.Chaotic

            Assert.That(p.Phase, Is.EqualTo expected)
            Assert.That(p.Chi, Is.EqualTo (propagation Activation.tanh w b).Chi)

[<Test>]
let ``Several fixed lengths are all found, and where one begins decides`` () =
    // E[z^4] = 3 c^2: 0.5 = 3 w c, beside 0.
    let w = 0.5
    let p = propagation Activation.square w 0.0
    Assert.That(p.FixedLengths, Has.Length.EqualTo 2)
    Assert.That(p.FixedLengths[0].Length, Is.Zero)
    within 1e-14 (1.0 / (3.0 * w)) p.FixedLengths[1].Length
    Assert.That(p.FixedLengths[0].IsStable && not p.FixedLengths[1].IsStable)
    Assert.That(p.Fate, Is.EqualTo LengthFate.Grows)

    match (SignalPropagation.createFrom 0.6 Activation.square w 0.0 |> Result.orFail).Fate with
    | LengthFate.Vanishes point -> Assert.That(point.Length, Is.Zero)
    | other -> Assert.Fail $"{other}"

    Assert.That((propagation Activation.exp 3.0 0.0).Fate, Is.EqualTo LengthFate.Grows)

[<Test>]
let ``Where the length map falls, lengths approach their fixed length from both sides`` () =
    // E[cos^2] = (1 + exp(-2c))/2.
    for weights in [ 0.5; 2.0; 30.0 ] do
        let p = propagation Activation.cos weights 0.1
        let c = (settled p).Length
        within 1e-13 (0.1 + weights / 2.0 * (1.0 + exp (-2.0 * c))) c
        Assert.That(p.FixedLengths, Has.Length.EqualTo 1)
        Assert.That((settled p).Slope, Is.InRange(-0.5, 0.0))

[<Test>]
let ``Variances outside their domain, and activations that jump, are refused in one sentence`` () =
    let message activation weights biases =
        match SignalPropagation.create activation weights biases with
        | Ok _ -> "none"
        | Error failure -> failure.Message

    for weights in [ 0.0; -1.0; nan; infinity ] do
        Assert.That(message Activation.erf weights 0.1, Does.StartWith "The weight variance sigma_w^2 is")

    for biases in [ -0.1; nan; infinity ] do
        Assert.That(message Activation.erf 1.0 biases, Does.StartWith "The bias variance sigma_b^2 is")

    for activation in
        [
            Activation.sign
            Activation.step
            Activation.custom "jump" (fun z -> if z > 0.25 then 1.0 else -1.0)
            Activation.customOdd "atZero" (fun z -> float (Math.Sign z))
        ] do
        Assert.That(message activation 1.0 0.1, Does.Contain "jumps")

    match SignalPropagation.createFrom 0.0 Activation.erf 1.0 0.0 with
    | Error failure -> Assert.That(failure.Message, Does.StartWith "The first squared length is")
    | Ok _ -> Assert.Fail "A length of zero was accepted."

    match propagation Activation.relu 3.0 0.1 |> SignalPropagation.correlationMap 0.5 with
    | Error failure -> Assert.That(failure.Message, Does.StartWith "Lengths do not settle")
    | Ok _ -> Assert.Fail "There is no fixed length."
