/// What is built on a network's model, of networks with skip connections: right by a definition, or refused.
module FiniteWidth.Tests.ResidualUseTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private residual activation depth seed =
    network activation depth seed |> Network.withWiring Wiring.Residual

let private systems =
    [
        "erf, two layers", Activation.erf, 2, Theory.proportional
        "linear, two layers: O(P)", Activation.linear, 2, Theory.proportional
        "non-odd ReLU, one layer", Activation.relu, 1, Theory.nonOdd
        "infinite width", Activation.erf, 2, Theory.infiniteWidth
    ]

let private cases =
    [
        for label, activation, depth, theory in systems -> label, (activation, depth, theory)
    ]

let private size =
    {
        Examples = 12
        Features = 6
        Outputs = 1
        TestPoints = 8
    }

/// K_0 + K o [K_0]/lambda_1 of erf, entry by entry.
let private kernel (network: Network) (a: Matrix) (b: Matrix) =
    let product (x: Matrix) (mu: nativeint) (y: Matrix) (nu: nativeint) =
        let mutable sum = 0.0

        for j in 0n .. x.Columns - 1n do
            sum <- sum + x[mu, j] * y[nu, j]

        sum / (network.Priors[0] * float x.Columns)

    let build = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build

    build.Dense(
        int a.Rows,
        int b.Rows,
        fun mu nu ->
            let mu, nu = nativeint mu, nativeint nu
            let c12 = product a mu b nu
            let c11, c22 = product a mu a mu, product b nu b nu

            c12
            + 2.0 / System.Math.PI
              * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22)))
              / network.Priors[1]
    )

let private refused (subject: string) result =
    match result with
    | Ok _ -> failtest $"{subject}: a residual network was taken."
    | Error(failure: Failure) ->
        Expect.stringStarts failure.Message subject "message"
        Expect.stringContains failure.Message "without skip connections" "message"
        Expect.stringEnds failure.Message "priors [1, 1]." "message"

let private raised subject compute =
    let result =
        try
            Ok(compute ())
        with FailureException failure ->
            Error failure

    refused subject result

let tests =
    testList "Residual use" [
        testCases
            "With skip connections the evidence's gradient is the differences of re-solved evidences"
            cases
            (fun (activation, depth, theory) ->
                let temperature = 0.1
                let data = dataSet 3 12 6

                let network =
                    residual activation depth 3
                    |> Network.withWidths [ for l in 1..depth -> 20 * l ]
                    |> Network.withBias 1.5

                let all = Hyperparameter.all network

                let gradient =
                    solve theory network temperature data |> Evidence.gradient all |> Result.orFail

                for hyperparameter, slope in Seq.zip all gradient do
                    let value = Hyperparameter.tryValue network temperature hyperparameter |> Option.get

                    let evidence step =
                        let network, temperature =
                            Hyperparameter.set (network, temperature) hyperparameter (value * exp step)
                            |> Result.orFail

                        Expect.equal network.Wiring Wiring.Residual "wiring"
                        solve theory network temperature data |> Posterior.logEvidence

                    // Fourth-order differences in log h: error h^4 against rounding 1e-13/h.
                    let h = 1e-2

                    let centred k =
                        (evidence (k * h) - evidence (-k * h)) / (2.0 * k * h)

                    let expected = (4.0 * centred 1.0 - centred 2.0) / 3.0
                    Expect.within (1e-6 * float data.Count) (slope * value) expected (string hyperparameter))

        testCase "A fitted residual network is residual still, and has more evidence than at the start" (fun () ->
            let data = dataSet 4 20 6
            let network = residual Activation.erf 1 4 |> Network.withWidth 30

            let fit =
                Evidence.fit Theory.proportional (Hyperparameter.priors network) network 0.1 (Study data)
                |> Result.orFail

            Expect.equal fit.Optimum.Network.Wiring Wiring.Residual "wiring"
            Expect.isGreaterThan fit.LogEvidence fit.StartLogEvidence "log evidence"

            let again =
                solve Theory.proportional fit.Optimum.Network fit.Optimum.Temperature data

            Expect.within 1e-9 (Posterior.logEvidence again) fit.LogEvidence "log evidence")

        testCases
            "With skip connections the criterion's slope is that of the loss in 1/N"
            cases
            (fun (activation, depth, theory) ->
                let data, test = dataSet 5 12 6, dataSet 6 8 6
                let network = residual activation depth 5

                let loss n =
                    solve theory (Network.withWidth n network) 0.1 data
                    |> Posterior.score test
                    |> _.Loss

                let slope =
                    solve theory (Network.withWidth 100 network) 0.1 data
                    |> Criterion.evaluate test
                    |> _.Slope

                // Richardson's extrapolation to 1/N = 0 of (loss(N) - loss(inf)) N: what is left is of order 1/N^2.
                let n = 20_000
                let infinite = loss 2_000_000_000
                let quotient n = (loss n - infinite) * float n
                let expected = 2.0 * quotient (2 * n) - quotient n
                // Losses are stationary to 1e-10 and n enlarges that.
                Expect.within (1e-5 * (1.0 + abs expected)) slope expected "slope")

        testCases
            "With skip connections the printed saddle-point equations are the solver's gradient"
            cases
            (fun (activation, depth, theory) ->
                let network = residual activation depth 7 |> Network.withBias 1.5
                let posterior = solve theory network 0.1 (dataSet 7 12 6)
                let theta = orderParameters 7 posterior.Model
                let gradient = posterior.EffectiveAction.Gradient theta

                for equation, expected in Seq.zip (SaddleEquation.ofModel posterior.Model) gradient do
                    let actual = SaddleEquation.evaluateAt theta posterior equation
                    Expect.within (1e-9 * posterior.EffectiveAction.Size) actual expected "value")

        testCase
            "An explanation says that the network is residual, and its recursion adds what a layer receives"
            (fun () ->
                let network = Network.residual Activation.erf [ 20; 30 ]

                let explain network =
                    Explain.ofModel size 0.1 network (Theory.proportional network)

                let explanation = explain network
                Expect.equal explanation.Title "erf residual network, 2 hidden layers" "title"
                let text = Explanation.text explanation

                let sequential =
                    network |> Network.withWiring Wiring.Sequential |> explain |> Explanation.text

                Expect.stringContains text "K₁ = (1/λ₀) G + (Q̄₁/λ₁) κ(K₀)" "text"
                Expect.stringLacks sequential "G + " "sequential")

        testCase "One residual layer has no closed form at T = 0" (fun () ->
            for activation in [ Activation.linear; Activation.erf ] do
                let model = Theory.proportional (Network.residual activation [ 20 ])
                Expect.equal (ClosedForm.tryOfModel model) None "try of model")

        testCase "A Student-t process of given degrees of freedom has the residual kernel" (fun () ->
            let data, test = dataSet 8 9 6, dataSet 9 4 6
            let network = residual Activation.erf 1 8
            let temperature, nu = 0.2, 7.0

            let prediction =
                StudentT.solve nu network temperature (Study data)
                |> Result.orFail
                |> StudentT.predict test.Inputs

            let k = kernel network data.Inputs data.Inputs
            let cross = kernel network data.Inputs test.Inputs
            let own = kernel network test.Inputs test.Inputs

            let identity =
                MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity data.Count

            let a = (k + temperature * identity).Cholesky()

            let y =
                MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray(DataSet.target 0 data)

            let representer = a.Solve y
            let count = float data.Count
            let inflation = (nu + y * representer - 2.0) / (nu + count - 2.0)

            for t in 0 .. test.Count - 1 do
                let column = cross.Column t
                let mean = column * representer
                let variance = inflation * (own[t, t] - column * a.Solve column)
                // Rounding, magnified by 1/T.
                Expect.within 1e-12 (prediction.Mean[t, 0]) mean "mean of prediction"
                Expect.within 1e-12 (prediction.Variance[t, 0]) variance "variance")

        testCase
            "Averages over the draws of one sample of a linear residual network are that sample's own theory"
            (fun () ->
                // At P = M an average of `Population.ofSample` is over the one training set there is.
                let data = dataSet 10 14 30
                let network = residual Activation.linear 2 10

                let population =
                    Population.ofSample Theory.proportional network (Study data) |> Result.orFail

                let average =
                    AveragedCurve.point Theory.proportional 0.1 population data.Count network
                    |> Result.orFail

                let posterior = solve Theory.proportional network 0.1 data

                for actual, expected in Seq.zip average.OrderParameters posterior.OrderParameters do
                    // Both are stationary to 1e-10.
                    Expect.within 1e-8 actual expected "value"

                let loaded =
                    AveragedCurve.atLoad 0.5 Theory.proportional 0.1 population [ 7; 14 ] network
                    |> Result.orFail

                for point in loaded do
                    Expect.equal point.Network.Wiring Wiring.Residual "wiring")

        testCase
            "Before training the outputs of a residual network have the variance of its Gaussian process"
            (fun () ->
                let data, test = dataSet 11 9 6, dataSet 12 4 6
                let network = residual Activation.erf 1 11

                let prediction =
                    GradientFlow.train data network
                    |> Result.orFail
                    |> GradientFlow.predict 0.0 test.Inputs

                let own = kernel network test.Inputs test.Inputs

                for t in 0 .. test.Count - 1 do
                    Expect.equal (prediction.Mean[t, 0]) 0 "mean of prediction"
                    Expect.within 1e-13 (prediction.Variance[t, 0]) (own[t, t]) "variance")

        testCase
            "What does not describe skip connections refuses a residual network in one sentence that names it"
            (fun () ->
                let data = dataSet 1 8 6
                let study = Study data
                let linear = Network.residual Activation.linear [ 5 ]
                let split = { Train = data; Test = dataSet 2 4 6 }

                let two =
                    DataSet.create data.Inputs (gaussian (RandomStream.FromSeed 1UL) 8 2)
                    |> Result.orFail

                refused "The criterion depth by depth" (CriticalDepth.profile 0.1 split linear)
                refused "The hidden Gram matrix" (solve Theory.proportional linear 0.1 data |> HiddenGram.atSaddle)
                refused "The theory of several outputs" (SeveralOutputs.solve linear 0.1 (Study two))
                refused "The theory of several outputs" (OutputMixture.solve linear 0.1 (Study two))

                raised "The theory of several outputs" (fun () ->
                    Explain.ofSeveralOutputs { size with Outputs = 2 } 0.1 linear)

                raised "The scale whose mean and variance" (fun () -> StudentT.degreesOfFreedom linear)
                raised "The last hidden layer" (fun () -> RandomFeatures.draw (RandomStream.FromSeed 1UL) 6 linear)

                let kinds =
                    [
                        Posterior.solve Theory.wishart linear 0.1 study |> Result.map ignore
                        ScaleMixture.solve linear 0.1 study |> Result.map ignore
                        Population.ofSample Theory.wishart linear study |> Result.map ignore
                    ]

                for result in kinds do
                    match result with
                    | Ok _ -> failtest "The Wishart ansatz took a residual network."
                    | Error failure -> Expect.stringStarts failure.Message "The Wishart ansatz" "message"

                // No scale in front of one kernel to average over.
                let erf = Network.residual Activation.erf [ 5 ]

                match
                    Population.ofSample Theory.proportional erf study
                    |> Result.bind (fun p -> AveragedCurve.point Theory.proportional 0.1 p 4 erf)
                with
                | Ok _ -> failtest "A residual network of erf was averaged."
                | Error failure -> Expect.stringContains failure.Message "a theory that scales one kernel" "message")
    ]
