/// Explanations: the equations that are printed are the ones that are solved, and read as mathematics in text and LaTeX.
module FiniteWidth.Tests.ExplainTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private size: ProblemSize =
    {
        Examples = 12
        Features = 6
        Outputs = 1
        TestPoints = 5
    }

/// A theory that the package does not know: a skip connection, two activations, an order parameter of its own name and a prior on it.
let private skip: Theory =
    fun network ->
        let input = 1.0 / Scalar.prior 0 * Kernel.Gram
        let q = Scalar.Named "q"

        let hidden =
            Kernel.dual Activation.sin (q / Scalar.prior 1 * Kernel.dual network.Activation input)

        Model.create (input + hidden) (2.0 * q - 2.0 - (2.0 - 2.0 / Scalar.width 1) * log q)

let private theories =
    [
        "erf, one layer", Activation.erf, 1, Theory.proportional, None
        "deep erf with biases", Activation.erf, 3, Theory.proportional, Some 2.0
        "deep ReLU", Activation.relu, 3, Theory.proportional, None
        "deep ReLU with biases", Activation.relu, 2, Theory.proportional, Some 0.7
        "deep erf, Wishart", Activation.erf, 2, Theory.wishart, Some 1.5
        "deep tanh: a Hermite series", Activation.tanh, 2, Theory.proportional, None
        "non-odd ReLU, one layer", Activation.relu, 1, Theory.nonOdd, None
        "non-odd cos with a bias", Activation.cos, 1, Theory.nonOdd, Some 1.5
        "non-odd, deep ReLU", Activation.relu, 2, Theory.nonOdd, None
        "non-odd, deep sigmoid", Activation.sigmoid, 2, Theory.nonOdd, Some 1.0
        "a theory of one's own", Activation.erf, 1, skip, None
    ]

let private cases =
    [
        for label, activation, depth, theory, bias in theories -> label, (activation, depth, theory, bias)
    ]

let private networkOf (activation: Activation) depth bias seed =
    let network =
        Network.dense activation [ for l in 1..depth -> 12 * l ]
        |> Network.withPriors (3.0 :: [ for l in 1..depth -> between seed l 0.5 2.0 ])

    match bias with
    | Some precision -> Network.withBias precision network
    | None -> network

let private closedFormCases =
    [
        "erf", (Activation.erf, Theory.proportional)
        "ReLU", (Activation.relu, Theory.proportional)
        "a theory of one's own",
        (Activation.erf,
         (fun (network: Network) ->
             let q = Scalar.Named "q"
             let kernel = Kernel.dual network.Activation (1.0 / Scalar.prior 0 * Kernel.Gram)

             Model.create (3.0 * q / Scalar.prior 1 * kernel) (2.0 * q - 2.0 - (1.0 - 2.0 / Scalar.width 1) * log q)))
    ]

let private lines explanation =
    (Explanation.text explanation).Split '\n' |> Array.map _.Trim()

let private explanations =
    lazy
        [
            for activation in Activation.all do
                for depth in 1..2 do
                    for theory in
                        [
                            Theory.infiniteWidth
                            Theory.proportional
                            Theory.wishart
                            Theory.nonOdd
                            skip
                        ] do
                        for temperature in [ 0.0; 0.1 ] do
                            let network = networkOf activation depth (Some 1e-9) 1
                            Explain.ofModel size temperature network (theory network)
            for network in [ Network.dense Activation.erf [ 9 ]; Network.dense Activation.erf [ 9; 9 ] ] do
                Explain.ofSeveralOutputs { size with Outputs = 3 } 0.0 network
                Explain.ofMixture size 0.1 network
            for pooling in [ Pooling.None; Pooling.Average ] do
                ConvolutionalNetwork.create
                    Activation.tanh
                    20
                    (struct (1.0, 0.5))
                    { Height = 4; Width = 4; Channels = 1 }
                    2
                    2
                    pooling
                |> Result.orFail
                |> Explain.ofConvolution size 0.1
        ]

/// Every brace and every \left closes what was opened last.
let private isBalanced (latex: string) =
    let tokens =
        Text.RegularExpressions.Regex.Matches(latex, @"\\left|\\right|\\[{}]|[{}]")

    let rec check opened remaining =
        match remaining, opened with
        | [], _ -> List.isEmpty opened
        | (("{" | @"\left") as token) :: rest, _ -> check (token :: opened) rest
        | "}" :: rest, "{" :: outer
        | @"\right" :: rest, @"\left" :: outer -> check outer rest
        | ("}" | @"\right") :: _, _ -> false
        | _ :: rest, _ -> check opened rest

    check [] [ for token in tokens -> token.Value ]

let tests =
    testList "Explain" [
        testCases
            "The printed saddle-point equations are zero where the solver ends"
            cases
            (fun (activation, depth, theory, bias) ->
                // The plain form of a series costs a hundred terms a pair.
                let seeds, examples =
                    match activation.Dual with
                    | Dual.Closed _ -> [ 1; 2 ], 12
                    | Dual.Series _ -> [ 1 ], 5

                for seed in seeds do
                    let network = networkOf activation depth bias seed
                    let posterior = solve theory network 0.1 (dataSet seed examples 6)
                    let equations = SaddleEquation.ofModel posterior.Model
                    Expect.equal equations.Length posterior.OrderParameters.Length "length of equations"

                    for equation in equations do
                        // The solver's residual is 1e-10; a kernel by series is accurate to 1e-8, magnified by A^(-1) ~ 1/T = 10.
                        let tolerance =
                            match activation.Dual with
                            | Dual.Closed _ -> 1e-9
                            | Dual.Series _ -> 1e-6

                        Expect.within
                            tolerance
                            (SaddleEquation.evaluate posterior equation)
                            0.0
                            (string equation.Variable)

                    // Away from the saddle they are the solver's gradient, which is not zero there.
                    let theta = orderParameters seed posterior.Model
                    let gradient = posterior.EffectiveAction.Gradient theta

                    for equation, expected in Seq.zip equations gradient do
                        let actual = SaddleEquation.evaluateAt theta posterior equation

                        Expect.within
                            (1e-7 * posterior.EffectiveAction.Size)
                            actual
                            expected
                            (string equation.Variable))

        testCases "The closed form at T = 0 is the saddle" closedFormCases (fun (activation, theory) ->
            for width in [ 5; 40 ] do
                let network = Network.dense activation [ width ] |> Network.withPriors [ 1.3; 0.6 ]
                let data = dataSet width 8 30
                let posterior = solve theory network 0.0 data
                let form = ClosedForm.tryOfModel posterior.Model |> Option.get

                // y^T K^(-1) y, through the evidence's r at infinite width: r = y^T K^(-1) y/(c P).
                let value = Scalar.evaluate (EffectiveAction.bind network [] [||])
                let r = (Criterion.evaluate data posterior).R
                let energy = r * value form.Scale * float data.Count

                Expect.within
                    (1e-9 * posterior.OrderParameters[0])
                    (ClosedForm.evaluate network data.Count energy form)
                    (posterior.OrderParameters[0])
                    "value of form")

        testCase "Deep and non-odd models have no closed form" (fun () ->
            for network, theory in
                [
                    Network.dense Activation.erf [ 5; 5 ], Theory.proportional
                    Network.dense Activation.relu [ 5 ], Theory.nonOdd
                    Network.dense Activation.erf [ 5 ], Theory.infiniteWidth
                ] do
                Expect.isTrue ((ClosedForm.tryOfModel (theory network)).IsNone) "is none")

        testCase "One hidden layer of erf reads like the paper" (fun () ->
            let network = Network.dense Activation.erf [ 50 ]
            let text = Explain.ofModel size 0.0 network (Theory.proportional network) |> lines

            for line in
                [
                    "K₀ = (1/λ₀) G"
                    "K_R = (Q̄₁/λ₁) κ(K₀)"
                    "κ(c₁₁, c₁₂, c₂₂) = E[ σ(z₁) σ(z₂) ] = (2/π) arcsin(2 c₁₂/√((1 + 2 c₁₁) (1 + 2 c₂₂)))"
                    "S = Q̄₁ − 1 − log Q̄₁ + (1/N₁) [ log det(K_R) + yᵀ K_R⁻¹ y ]"
                    "∂S/∂Q̄₁ = 1 − 1/Q̄₁ + (1/(λ₁ N₁)) Σᵢ [ 1/s − ŷᵢ²/(s² kᵢ) ] = 0"
                    "Q̄₁ = (1 − α + √((1 − α)² + 4 α r))/2"
                    "r = λ₁ yᵀ K⁻¹ y/P"
                ] do
                Expect.contains text line "text")

        testCase "A theory of one's own is explained from its model" (fun () ->
            let network = Network.dense Activation.erf [ 50 ]
            let text = Explain.ofModel size 0.1 network (skip network) |> lines

            for line in
                [
                    "K₁ = (q/λ₁) κ₁(K₀)"
                    "K_R = (1/λ₀) G + κ₂(K₁)"
                    "κ₂(c₁₁, c₁₂, c₂₂) = E[ σ(z₁) σ(z₂) ] = exp(−c₁₁/2 − c₂₂/2) sinh c₁₂"
                    "∂S/∂q = 2 − (2 − 2/N₁)/q + (1/N₁) Tr[ M ∂K_R/∂q ] = 0"
                    "∂K₁/∂q = (1/λ₁) κ₁(K₀)"
                    "∂K_R/∂q = κ₂′(K₁)[ ∂K₁/∂q ]"
                ] do
                Expect.contains text line "text")

        testCase "The algorithm is the one that the normal form chooses, at the size of the problem" (fun () ->
            let operations (network: Network) (theory: Theory) =
                let work = Workload.ofModel size (theory network)
                work.Steps |> List.map (fun step -> step.Order.Text, step.Operations)

            let spectral =
                operations (Network.dense Activation.relu [ 5; 5 ]) Theory.proportional

            Expect.contains spectral ("P", 12.0) "spectral"
            let nested = operations (Network.dense Activation.erf [ 5; 5 ]) Theory.proportional
            Expect.isFalse (List.contains ("P", 12.0) nested) "P in nested"
            Expect.contains nested ("P³", 1728.0) "nested"
            Expect.contains nested ("P² P_test", 720.0) "nested")

        testCase "LaTeX is plain ASCII and its braces balance" (fun () ->
            for explanation in explanations.Value do
                let latex = Explanation.latex explanation
                Expect.isTrue (isBalanced latex) latex
                Expect.isTrue (latex |> Seq.forall Char.IsAscii) latex

                for formula in Explanation.equations explanation do
                    Expect.isTrue (isBalanced formula.Latex) formula.Latex)

        testCase "Names of one's own cannot break the LaTeX" (fun () ->
            let activation = Activation.custom "50%_{soft}" (fun z -> z / (1.0 + abs z))
            let network = Network.dense activation [ 5 ]

            let latex =
                Explain.ofModel size 0.1 network (Theory.proportional network)
                |> Explanation.latex

            Expect.isTrue (isBalanced latex) "is balanced"
            Expect.stringContains latex @"50\%\_\{soft\}" "latex")

        testCase "The printed equation of several outputs is zero where the solver ends" (fun () ->
            // Qbar^(1/L - 1) - Qbar^(-1) + (1/N) sum_i [ k_i B_i - k_i B_i y_i y_i^T B_i ], B_i = (T I + k_i Qbar)^(-1).
            for depth in 1..2 do
                let stream = RandomStream.FromSeed 5UL
                let targets = gaussian (stream.Split 1L) 12 3

                let data = DataSet.create (gaussian (stream.Split 0L) 12 6) targets |> Result.orFail

                let network = Network.dense Activation.erf (List.replicate depth 20)
                let temperature = 0.3

                let posterior =
                    SeveralOutputs.solve network temperature (Study data) |> Result.orFail

                let kernel =
                    (Theory.infiniteWidth network).Kernel
                    |> KernelProgram.compile
                    |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) data.Inputs

                let dense = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build

                let eigen =
                    kernel.ToMathNet().Evd MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric

                let along = eigen.EigenVectors.Transpose() * targets.ToMathNet()
                let q = dense.DenseOfArray posterior.OrderParameter
                let evd = q.Evd MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric

                let powered (exponent: float) =
                    let roots = dense.DenseOfDiagonalVector(evd.D.Diagonal().PointwisePower exponent)
                    evd.EigenVectors * roots * evd.EigenVectors.Transpose()

                let terms =
                    [
                        for i in 0..11 do
                            let k = eigen.D[i, i]
                            let b = (dense.DenseIdentity 3 * temperature + k * q).Inverse()
                            let y = along.Row i
                            k * b - k * (b * y).OuterProduct(b * y)
                    ]

                let left =
                    powered (1.0 / float depth - 1.0) - powered -1.0 + List.reduce (+) terms / 20.0

                // The solver's residual is 1e-10 of terms of order one.
                Expect.isLessThan (left.Enumerate() |> Seq.map abs |> Seq.max) 1e-8 "max of enumerate")

        testCase "The printed equation of a convolutional network is zero where the solver ends" (fun () ->
            // delta_ij - (Qbar^-1)_ij + Tr[ M K_ij ]/(lambda_1 n N_c): four patches of 2 x 2 pixels.
            let data = dataSet 8 10 16

            let network =
                ConvolutionalNetwork.create
                    Activation.erf
                    15
                    (struct (0.8, 1.7))
                    { Height = 4; Width = 4; Channels = 1 }
                    2
                    2
                    Pooling.None
                |> Result.orFail

            let temperature = 0.2

            let posterior =
                Convolution.solve network temperature (ConvolutionStudy data) |> Result.orFail

            let value (mu: int) patch pixel =
                let row, column = patch / 2 * 2 + pixel / 2, patch % 2 * 2 + pixel % 2
                data.Inputs[nativeint mu, nativeint (4 * row + column)]

            let c i j mu nu =
                Seq.init 4 (fun pixel -> value mu i pixel * value nu j pixel)
                |> Seq.sum
                |> fun sum -> sum / (0.8 * 4.0)

            let kernel i j mu nu =
                let norm i mu = 1.0 + 2.0 * c i i mu mu
                2.0 / Math.PI * asin (2.0 * c i j mu nu / sqrt (norm i mu * norm j nu))

            let q = posterior.OrderParameter
            let dense = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build

            let block i j = dense.Dense(10, 10, kernel i j)

            let weighted =
                [
                    for i in 0..3 do
                        for j in 0..3 -> q[i, j] / (1.7 * 4.0) * block i j
                ]
                |> List.reduce (+)

            let inverse = (weighted + dense.DenseIdentity 10 * temperature).Inverse()

            let y =
                MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray(DataSet.target 0 data)

            let v = inverse * y
            let m = inverse - v.OuterProduct v
            let qInverse = (dense.DenseOfArray q).Inverse()

            for i in 0..3 do
                for j in 0..3 do
                    let symmetric = (block i j + block j i) / 2.0

                    let left =
                        (if i = j then 1.0 else 0.0) - qInverse[i, j]
                        + (m * symmetric).Trace() / (1.7 * 4.0 * 15.0)

                    Expect.within 1e-8 left 0.0 "left")
    ]
