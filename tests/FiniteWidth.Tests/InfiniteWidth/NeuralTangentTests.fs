/// The neural tangent kernel against closed forms, plain quadrature and the gradients of random networks.
module FiniteWidth.Tests.NeuralTangentTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private within tolerance (expected: float) (actual: float) =
    Expect.within (tolerance * (1.0 + abs expected)) actual expected "value"

let private allWithin tolerance (expected: Matrix) (actual: Matrix) =
    Expect.equal (actual.Rows, actual.Columns) (expected.Rows, expected.Columns) "rows of actual"

    for i in 0n .. expected.Rows - 1n do
        for j in 0n .. expected.Columns - 1n do
            within tolerance expected[i, j] actual[i, j]

let private tangent network inputs =
    NeuralTangent.kernel inputs network |> Result.orFail

/// Unequal precisions, and biases in every layer but the second.
let private irregular activation depth =
    let network = Network.dense activation (List.replicate depth 10)

    Network.create activation network.Widths [ for l in 0..depth -> 0.6 + 0.5 * float l ] [
        for l in 1..depth -> if l = 2 then None else Some(1.5 + 0.3 * float l)
    ]
    |> Result.orFail

/// E[f(z1) g(z2)] of a Gaussian pair by nested quadrature, split at 0 where kinks are.
let private expectation (f: float -> float) (c11, c22, c12) =
    let half = GaussLegendre.Rule(80, 0.0, 9.0)

    let density z =
        exp (-0.5 * z * z) / sqrt (2.0 * Math.PI)

    let integrate g =
        half.Integrate(fun z -> density z * (g z + g -z))

    let slope = c12 / sqrt c11
    let rest = sqrt (c22 - slope * slope)

    integrate (fun u ->
        // The kink of the second point lies where slope u + rest v = 0.
        let kink = -slope * u / rest |> max -9.0 |> min 9.0
        let left = GaussLegendre.Rule(60, -9.0, kink)
        let right = GaussLegendre.Rule(60, kink, 9.0)
        let inner v = density v * f (slope * u + rest * v)
        f (sqrt c11 * u) * (left.Integrate inner + right.Integrate inner))

let private activations: (Activation * (float -> float)) list =
    [
        Activation.erf, (fun z -> 2.0 / sqrt Math.PI * exp (-z * z))
        Activation.relu, (fun z -> if z > 0.0 then 1.0 else 0.0)
        Activation.tanh, (fun z -> 1.0 - tanh z * tanh z)
        Activation.silu,
        (fun z ->
            let s = 1.0 / (1.0 + exp -z)
            s + z * s * (1.0 - s))
    ]

let private cases =
    [
        for activation, derivative in activations -> string activation, (activation, derivative)
    ]

/// The gradient of f at each input, in unit normal parameters, of one drawn network: weights W_l (N_l x N_(l-1)), biases, readout.
let private gradients (network: Network) (derivative: float -> float) (x: float[][]) (stream: RandomStream) =
    let sizes = x[0].Length :: network.Widths |> Array.ofList
    let depth = network.Depth

    let scale l =
        1.0 / sqrt (network.Priors[l] * float sizes[l])

    let biasScale l =
        Network.tryValue (Symbol.BiasPrior l) network
        |> Option.map (fun precision -> 1.0 / sqrt precision)
        |> Option.defaultValue 0.0

    let weights =
        Array.init depth (fun l -> gaussian (stream.Split(int64 l)) sizes[l + 1] sizes[l])

    let biases =
        Array.init depth (fun l -> gaussian (stream.Split(100L + int64 l)) 1 sizes[l + 1])

    let readout = gaussian (stream.Split 200L) 1 sizes[depth]

    let forward (input: float[]) =
        let signals, fields = ResizeArray [ input ], ResizeArray<float[]>()

        for l in 0 .. depth - 1 do
            let field =
                Array.init sizes[l + 1] (fun i ->
                    let mutable sum = 0.0
                    let row = weights[l].Row(nativeint i)

                    for j in 0 .. sizes[l] - 1 do
                        sum <- sum + row[j] * signals[l][j]

                    scale l * sum + biasScale (l + 1) * biases[l][0n, nativeint i])

            fields.Add field
            signals.Add(Array.map network.Activation.Function field)

        signals, fields

    // For each input the activations and df/dh of every layer, whose products are the gradient.
    let parts =
        x
        |> Array.map (fun input ->
            let signals, fields = forward input
            let deltas = Array.zeroCreate<float[]> depth

            deltas[depth - 1] <-
                Array.mapi (fun i h -> scale depth * readout[0n, nativeint i] * derivative h) fields[depth - 1]

            for l in depth - 2 .. -1 .. 0 do
                let back = Array.zeroCreate sizes[l + 1]

                for i in 0 .. sizes[l + 2] - 1 do
                    let row = weights[l + 1].Row(nativeint i)

                    for j in 0 .. back.Length - 1 do
                        back[j] <- back[j] + scale (l + 1) * deltas[l + 1][i] * row[j]

                deltas[l] <- Array.map2 (fun b h -> b * derivative h) back fields[l]

            signals, deltas)

    let dot (a: float[]) (b: float[]) =
        Array.fold2 (fun s u v -> s + u * v) 0.0 a b

    let output (signals: ResizeArray<float[]>) =
        let mutable sum = 0.0

        for i in 0 .. sizes[depth] - 1 do
            sum <- sum + readout[0n, nativeint i] * signals[depth][i]

        scale depth * sum

    // <grad f(x), grad f(x')>.
    let empirical a b =
        let (s, d), (s', d') = parts[a], parts[b]
        let last = scale depth * scale depth * dot s[depth] s'[depth]

        last
        + Seq.sum (
            seq {
                for l in 0 .. depth - 1 ->
                    dot d[l] d'[l]
                    * (scale l * scale l * dot s[l] s'[l] + biasScale (l + 1) * biasScale (l + 1))
            }
        )

    // f at an input after moving one weight.
    let moved l i j step input =
        let old = weights[l][i, j]
        weights[l][i, j] <- old + step
        let signals, _ = forward input
        weights[l][i, j] <- old
        output signals

    let derivativeOf l (i: nativeint) (j: nativeint) a =
        let s, d = parts[a]
        scale l * d[l][int i] * s[l][int j]

    {|
        Empirical = empirical
        Moved = moved
        DerivativeOf = derivativeOf
    |}

let private erfSlope z = 2.0 / sqrt Math.PI * exp (-z * z)

let tests =
    testList "Neural tangent" [
        testTheory
            "In a linear network every layer contributes the same: Theta is L + 1 times the NNGP kernel"
            [ 1; 3 ]
            (fun depth ->
                let inputs = (dataSet 1 7 4).Inputs
                let network = network Activation.linear depth 3
                let product = network.Priors |> List.reduce (*)

                let expected =
                    Matrix.Create(
                        7n,
                        7n,
                        fun i j ->
                            let dot = Seq.sum (seq { for k in 0n .. 3n -> inputs[i, k] * inputs[j, k] })
                            float (depth + 1) * dot / (4.0 * product)
                    )

                allWithin 1e-14 expected (tangent network inputs))

        testCases
            "Theta of three layers with biases is the recursion by quadrature"
            cases
            (fun (activation, derivative) ->
                let inputs = (dataSet 4 3 5).Inputs
                let network = irregular activation 3
                let moment = expectation activation.Function
                let slope = expectation derivative

                let bias l =
                    Network.tryValue (Symbol.BiasPrior l) network
                    |> Option.map (fun precision -> 1.0 / precision)
                    |> Option.defaultValue 0.0

                let gram i j =
                    Seq.sum (seq { for k in 0n .. 4n -> inputs[i, k] * inputs[j, k] }) / 5.0

                // Theta(x, x') from c11, c22 and c12, whose own recursions are those of the NNGP kernel.
                let pair i j =
                    let initial i j = gram i j / network.Priors[0] + bias 1

                    let layer (a, b, c, theta) l =
                        let scale = 1.0 / network.Priors[l]
                        // Just below equality, where nested quadrature has no rest to divide by.
                        let c = min c (sqrt (a * b) * (1.0 - 1e-12))
                        let next (f: float * float * float -> float) x = scale * f x + bias (l + 1)
                        let diagonal x = next moment (x, x, x * (1.0 - 1e-12))
                        let k = next moment (a, b, c)
                        diagonal a, diagonal b, k, k + scale * theta * slope (a, b, c)

                    let start = initial i i, initial j j, initial i j, initial i j
                    let _, _, _, theta = List.fold layer start [ 1..3 ]
                    theta

                let theta = tangent network inputs

                for i in 0n .. 2n do
                    for j in 0n .. i - 1n do
                        // The inner quadrature at 60 nodes; the named series' own 1e-8.
                        within 1e-7 (pair i j) theta[i, j])

        testCase
            "Theta between two sets is the block of Theta on both, and its diagonal the limit of two inputs that meet"
            (fun () ->
                for activation in [ Activation.erf; Activation.relu; Activation.tanh; Activation.gelu ] do
                    let network = irregular activation 2
                    let x = (dataSet 6 5 4).Inputs
                    let whole = tangent network x

                    let block =
                        NeuralTangent.cross (x.View(0n, 0n, 2n, 4n)) (x.View(2n, 0n, 3n, 4n)) network
                        |> Result.orFail

                    // The order of a series depends on the set; the diagonal is summed up to rounding.
                    allWithin 1e-6 (whole.View(0n, 2n, 2n, 3n)) block
                    let near = Matrix.Create(2n, 4n, (fun i j -> x[0n, j] * (1.0 + 1e-7 * float i)))
                    let theta = tangent network near
                    // The kernel of relu has a slope of infinite slope there: a distance of 1e-7 shows as such.
                    within 2e-6 theta[0n, 0n] theta[0n, 1n])

        testCase "The gradient that the next test relies on is the difference quotient" (fun () ->
            let network = irregular Activation.erf 2 |> Network.withWidths [ 4; 3 ]
            let x = [| [| 0.3; -1.2 |] |]
            let drawn = gradients network erfSlope x (RandomStream.FromSeed 3UL)
            let h = 1e-5

            for l, i, j in [ 0, 2n, 1n; 1, 2n, 3n ] do
                let quotient = (drawn.Moved l i j h x[0] - drawn.Moved l i j -h x[0]) / (2.0 * h)
                // h^2, and rounding over h.
                within 1e-9 quotient (drawn.DerivativeOf l i j 0))

        testTheory
            "Gradients of random networks have the inner product Theta on average"
            [ 1, 40, 3000; 2, 400, 60 ]
            (fun (depth, width, draws) ->
                // One hidden layer: for every width. Two: up to 1/N, less than a standard error here.
                let network = irregular Activation.erf depth |> Network.withWidth width
                let data = dataSet 8 2 3
                let x = [| for i in 0n .. 1n -> data.Inputs.Row(i).ToArray() |]
                let theta = tangent network data.Inputs

                let samples =
                    Array.Parallel.init draws (fun draw ->
                        let drawn =
                            gradients network erfSlope x (RandomStream.FromSeed(100UL + uint64 draw))

                        [| drawn.Empirical 0 0; drawn.Empirical 0 1; drawn.Empirical 1 1 |])

                for entry, expected in List.indexed [ theta[0n, 0n]; theta[0n, 1n]; theta[1n, 1n] ] do
                    let values = samples |> Array.map (fun sample -> sample[entry])
                    let mean = Array.average values

                    let error =
                        sqrt (Array.averageBy (fun v -> (v - mean) * (v - mean)) values / float (draws - 1))

                    // One run in ten thousand, and the seed is fixed.
                    Expect.isLessThan (abs (mean - expected) / error) 4.0 "abs (mean - expected) / error"
                    Expect.isLessThan error (0.02 * theta[0n, 0n]) "too noisy to tell")

        testCase "Skip connections: gradients of random networks have the inner product Theta on average" (fun () ->
            let width, draws = 400, 200
            let priors = [ 0.8; 1.3; 0.6 ]

            let network =
                Network.residual Activation.erf [ width; width ] |> Network.withPriors priors

            let data = dataSet 9 2 3
            let x = [| for i in 0n .. 1n -> data.Inputs.Row(i).ToArray() |]
            let theta = tangent network data.Inputs
            let scale l n = 1.0 / sqrt (priors[l] * float n)

            let dot (a: float[]) (b: float[]) =
                Array.fold2 (fun s u v -> s + u * v) 0.0 a b

            // s_0 = W_1 x, h_2 = its second part + W_2 sigma(h_1), f = its last channel + u sigma(h_1) + v sigma(h_2).
            let sample draw =
                let stream = RandomStream.FromSeed(500UL + uint64 draw)

                let rows index count length =
                    gaussian (stream.Split(int64 index)) count length

                let first, second = rows 0 width 3, rows 1 width 3
                let w = rows 2 width width
                let u, v = (rows 3 1 width).Row(0n).ToArray(), (rows 4 1 width).Row(0n).ToArray()

                let parts =
                    x
                    |> Array.map (fun input ->
                        let stream0 (weights: Matrix) =
                            Array.init width (fun i ->
                                scale 0 3
                                * (weights[nativeint i, 0n] * input[0]
                                   + weights[nativeint i, 1n] * input[1]
                                   + weights[nativeint i, 2n] * input[2]))

                        let h1 = stream0 first
                        let s1 = h1 |> Array.map network.Activation.Function
                        let h2 = stream0 second
                        LinearAlgebra.Default.Multiply(scale 1 width, w, false, ReadOnlySpan s1, 1.0, Span h2)
                        let s2 = h2 |> Array.map network.Activation.Function
                        let d2 = Array.map2 (fun v h -> scale 2 width * v * erfSlope h) v h2
                        let d1 = Array.copy u
                        LinearAlgebra.Default.Multiply(1.0, w, true, ReadOnlySpan d2, 1.0, Span d1)
                        let d1 = Array.map2 (fun d h -> scale 1 width * d * erfSlope h) d1 h1
                        s1, s2, d1, d2)

                let entry a b =
                    let (s1, s2, d1, d2), (s1', s2', d1', d2') = parts[a], parts[b]
                    let gram = scale 0 3 * scale 0 3 * dot x[a] x[b]
                    let hidden = scale 1 width * scale 1 width * dot s1 s1'
                    let last = scale 2 width * scale 2 width * dot s2 s2'
                    gram * (1.0 + dot d1 d1' + dot d2 d2') + hidden * (1.0 + dot d2 d2') + last

                [| entry 0 0; entry 0 1; entry 1 1 |]

            let samples = Array.init draws sample

            for entry, expected in List.indexed [ theta[0n, 0n]; theta[0n, 1n]; theta[1n, 1n] ] do
                let values = samples |> Array.map (fun sample -> sample[entry])
                let mean = Array.average values

                let error =
                    sqrt (Array.averageBy (fun v -> (v - mean) * (v - mean)) values / float (draws - 1))

                // One run in ten thousand, and the seed is fixed; 1/N is less than half an error.
                Expect.isLessThan (abs (mean - expected) / error) 4.0 "abs (mean - expected) / error"
                Expect.isLessThan error (0.01 * theta[0n, 0n]) "too noisy to tell")

        testCase "A jump has no tangent kernel, and one sentence says so" (fun () ->
            let inputs = (dataSet 1 3 2).Inputs

            let jump = Activation.custom "jump" (fun z -> if z > 0.25 then 1.0 else -1.0)

            let atZero = Activation.customOdd "atZero" (fun z -> float (sign z))

            let message activation =
                match NeuralTangent.kernel inputs (Network.dense activation [ 5 ]) with
                | Ok _ -> "none"
                | Error failure -> failure.Message

            for activation in [ Activation.sign; Activation.step ] do
                Expect.stringStarts (message activation) $"The activation {activation} jumps" "message"

            // Here the kernel itself is out of reach of a series.
            for activation in [ jump; atZero ] do
                Expect.stringStarts (message activation) "A kernel series" "message")

        testCase "A custom activation has the tangent kernel of the closed form" (fun () ->
            let inputs = (dataSet 2 6 3).Inputs
            let sine = Activation.customOdd "sine" Math.Sin
            // The series of an entire function ends at rounding.
            allWithin 1e-9 (tangent (irregular Activation.sin 3) inputs) (tangent (irregular sine 3) inputs))
    ]
