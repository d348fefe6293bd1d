/// Softmax classification (theory section 14): independent numpy numbers, derivatives against differences, limits, symmetries, bad input.
module FiniteWidth.Tests.ClassificationTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

// ../golden/classification.py.
let private golden =
    lazy
        (let path = Path.Combine(AppContext.BaseDirectory, "golden", "classification.json")
         use document = JsonDocument.Parse(File.ReadAllText path)
         document.RootElement.Clone())

let rec private numbers (item: JsonElement) : float list =
    match item.ValueKind with
    | JsonValueKind.Array ->
        [
            for inner in item.EnumerateArray() do
                yield! numbers inner
        ]
    | _ -> [ item.GetDouble() ]

let private get (name: string) (item: JsonElement) = item.GetProperty name

let private matrix item =
    let rows =
        [ for row: JsonElement in (item: JsonElement).EnumerateArray() -> numbers row ]

    Array2D.init rows.Length rows.Head.Length (fun i j -> rows[i][j])

let private column (labels: float seq) =
    let labels = Array.ofSeq labels
    Matrix.FromArray(nativeint labels.Length, 1n, ReadOnlySpan labels)

let private inputs name =
    golden.Value |> get name |> matrix |> Matrix.FromArray

let private study (data: DataSet) = Study data

let private studyOf labels =
    DataSet.create (inputs "inputs") (column (golden.Value |> get labels |> get "labels" |> numbers))
    |> Result.orFail
    |> study

let private goldenNetwork (widths: int list) =
    let priors = golden.Value |> get "priors" |> numbers

    Network.dense Activation.erf widths
    |> Network.withPriors (priors.Head :: List.replicate widths.Length priors[1])

let private categorical = Likelihood.Categorical

let private solved theory network likelihood study =
    Classification.solve theory network likelihood study |> Result.orFail

/// Gaussian inputs with labels of D classes that depend on them, every class among them.
let private labelled seed examples features classes =
    let stream = RandomStream.FromSeed(uint64 seed)
    let x = gaussian (stream.Split 0L) examples features
    let noise = gaussian (stream.Split 1L) examples classes

    let label mu =
        if mu < classes then
            mu
        else
            [ 0 .. classes - 1 ]
            |> List.maxBy (fun c -> x[nativeint mu, nativeint (c % features)] + noise[nativeint mu, nativeint c])

    DataSet.create x (column (Seq.init examples (label >> float))) |> Result.orFail

/// Q (x) K.
let private kronecker (q: float[,]) (k: Matrix) =
    let p = int k.Rows
    let size = nativeint (Array2D.length1 q * p)

    Matrix.Create(size, size, fun i j -> q[int i / p, int j / p] * k[nativeint (int i % p), nativeint (int j % p)])

/// A symmetric matrix of order one.
let private direction seed order =
    let x = gaussian (RandomStream.FromSeed(uint64 seed).Split 9L) order order
    Array2D.init order order (fun i j -> 0.5 * (x[nativeint i, nativeint j] + x[nativeint j, nativeint i]))

let private positive seed order =
    let x = gaussian (RandomStream.FromSeed(uint64 seed).Split 7L) order (2 * order)
    let q = Matrix.Uninitialized(nativeint order, nativeint order)
    LinearAlgebra.Default.Gram(x, 0.5 / float order, q)
    Array2D.init order order (fun i j -> q[nativeint i, nativeint j] + (if i = j then 0.2 else 0.0))

let private entries (m: float[,]) : float seq = Seq.cast m

let private actionOf posterior =
    (posterior: Classification).Action |> Option.get

/// Random problems: depth, classes and all else from a seed.
type private Case =
    {
        Seed: int
        Classes: int
        Depth: int
        Beta: float
    }

let private caseOf seed =
    {
        Seed = seed
        Classes = 2 + seed % 3
        Depth = 1 + seed / 3 % 2
        Beta = between seed 5 0.3 4.0
    }

let private dataOf case = labelled case.Seed 9 5 case.Classes

let private posteriorOf case =
    network Activation.erf case.Depth case.Seed
    |> Network.withWidth 7
    |> fun network -> solved Theory.wishart network (categorical case.Beta) (study (dataOf case))

let private failure result =
    match result with
    | Ok _ -> failtest "A failure was expected."
    | Error(failure: Failure) -> failure.Message

let private withLabels labels =
    let count = Seq.length labels

    DataSet.create (gaussian (RandomStream.FromSeed 1UL) count 3) (column labels)
    |> Result.orFail

let private refused labels =
    Classification.solve
        Theory.wishart
        (Network.dense Activation.erf [ 5 ])
        (categorical 1.0)
        (study (withLabels labels))
    |> failure

/// K of a network on a study's inputs.
let private kernelOf (network: Network) (study: Study) =
    KernelProgram.compile (Theory.infiniteWidth network).Kernel
    |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) study.Train.Inputs

/// Kernel, labels and basis of a case.
let private problem case =
    let posterior = posteriorOf case

    let labels =
        ClassLabels.read posterior.Labels (dataOf case).Targets |> Result.orFail

    kernelOf posterior.Network (study (dataOf case)), labels, Classification.contrasts case.Classes

let private contract (a: Matrix) (b: Matrix) =
    let mutable sum = 0.0

    for i in 0n .. a.Rows - 1n do
        for j in 0n .. a.Columns - 1n do
            sum <- sum + a[i, j] * b[i, j]

    sum

let private map2 f (a: float[,]) (b: float[,]) : float[,] =
    Array2D.mapi (fun i j x -> f x b[i, j]) a

let tests =
    testList "Classification" [
        testCase "Two classes at infinite width are logistic Gaussian-process classification by numpy" (fun () ->
            let expect = golden.Value |> get "two"

            let posterior =
                solved Theory.infiniteWidth (goldenNetwork [ 50 ]) (categorical 1.0) (studyOf "two")

            let prediction = Classification.predict (inputs "test") posterior

            Expect.within
                1e-8
                (Classification.logEvidence posterior)
                (expect.GetProperty("logEvidence").GetDouble())
                "log evidence"

            // f_0 - f_1.
            Expect.allWithin
                1e-8
                [ for t in 0..5 -> prediction.Mean[t, 0] - prediction.Mean[t, 1] ]
                (expect |> get "mean" |> numbers)
                "mean"

            Expect.allWithin
                1e-8
                [ for c in prediction.Covariance -> c[0, 0] + c[1, 1] - 2.0 * c[0, 1] ]
                (expect |> get "variance" |> numbers)
                "variance"

            Expect.allWithin
                1e-8
                (Seq.init 6 (fun t -> prediction.Probabilities[t, 0]))
                (expect |> get "probability" |> numbers)
                "probability")

        testCase "Three classes at infinite width are Laplace's method in all three logits by numpy" (fun () ->
            let expect = golden.Value |> get "three"
            let beta = expect.GetProperty("beta").GetDouble()

            let posterior =
                solved Theory.infiniteWidth (goldenNetwork [ 50 ]) (categorical beta) (studyOf "three")

            let prediction = Classification.predict (inputs "test") posterior

            Expect.within
                1e-8
                (Classification.logEvidence posterior)
                (expect.GetProperty("logEvidence").GetDouble())
                "log evidence"

            Expect.allWithin 1e-8 (entries prediction.Mean) (expect |> get "mean" |> numbers) "mean"

            Expect.allWithin
                1e-8
                (prediction.Covariance |> Seq.collect entries)
                (expect |> get "covariance" |> numbers)
                "covariance")

        testCase "Saddle points are the minima that scipy finds" (fun () ->
            for row in (golden.Value |> get "saddles").EnumerateArray() do
                let integer (name: string) = row.GetProperty(name).GetInt32()
                let study = studyOf (if integer "classes" = 2 then "two" else "three")
                let network = goldenNetwork (List.replicate (integer "depth") (integer "width"))

                let point =
                    (solved Theory.wishart network (categorical 1.0) study).SaddlePoint.Chosen

                Expect.within 1e-9 point.Action (row.GetProperty("action").GetDouble()) "action"
                Expect.allWithin 1e-5 (entries point.OrderParameter) (row |> get "q" |> numbers) "Qbar"
                Expect.isLessThan point.Residual 1e-9 "residual"
                Expect.equal point.Kind Kind.Minimum "kind")

        // The remainder of Laplace's method for log Z of four examples, by Gauss-Hermite in four directions; it vanishes with the prior.
        testCase "Laplace's method is near the integral over functions, the nearer the weaker the prior" (fun () ->
            let remainders =
                [
                    for row in (golden.Value |> get "quadrature").EnumerateArray() ->
                        let scale = row.GetProperty("scale").GetDouble()
                        let whole = (studyOf "two").Train

                        let four =
                            DataSet.create (whole.Inputs.View(0n, 0n, 4n, 4n)) (whole.Targets.View(0n, 0n, 4n, 1n))
                            |> Result.orFail

                        let network = goldenNetwork [ 50 ]

                        let posterior =
                            solved
                                Theory.infiniteWidth
                                (Network.withReadoutPrior (network.Priors[1] / scale) network)
                                (categorical 1.0)
                                (study four)

                        abs (
                            Classification.logEvidence posterior
                            - row.GetProperty("logEvidence").GetDouble()
                        )
                ]

            Expect.isLessThan remainders[0] 0.01 "a tenth of the prior"
            Expect.isLessThan remainders[1] 0.03 "three tenths"
            Expect.isLessThan remainders[2] 0.1 "the prior"
            Expect.isLessThan remainders[0] (0.5 * remainders[1]) "order")

        testPropertyWithConfig (maxTest 25) "The gradient of the action is its differences" (fun (seed: PositiveInt) ->
            let case = caseOf seed.Get
            let action = actionOf (posteriorOf case)
            let q = positive case.Seed (case.Classes - 1)
            let x = direction case.Seed (case.Classes - 1)

            let at h =
                MatrixSaddle.value action (map2 (fun q x -> q + h * x) q x)

            let h = 1e-3
            let slope = (8.0 * (at h - at -h) - (at (2.0 * h) - at (-2.0 * h))) / (12.0 * h)
            let gradient = MatrixSaddle.gradient action q

            let along =
                Seq.fold2 (fun sum g x -> sum + g * x) 0.0 (entries gradient) (entries x)

            Expect.within (1e-7 * (1.0 + abs slope)) along slope $"{case}")

        testPropertyWithConfig
            (maxTest 25)
            "The second derivative of log Z is the differences of its gradient"
            (fun (seed: PositiveInt) ->
                let case = caseOf seed.Get
                let order = case.Classes - 1
                let kernel, labels, basis = problem case
                let x = direction case.Seed order

                // (I + h X) (x) K, and Tr(Omega_ab K).
                let gradientAt h =
                    let covariance =
                        kronecker (x |> Array2D.mapi (fun a b x -> h * x + (if a = b then 1.0 else 0.0))) kernel

                    let laplace = Laplace.ofJoint labels basis case.Beta covariance |> Result.orFail
                    let trace a b = contract (laplace.Adjoint(a, b)) kernel
                    Array2D.init order order (fun a b -> 0.5 * (trace a b + trace b a))

                let h = 1e-3

                let one, two =
                    map2 (-) (gradientAt h) (gradientAt -h), map2 (-) (gradientAt (2.0 * h)) (gradientAt (-2.0 * h))

                let difference = map2 (fun one two -> (8.0 * one - two) / (12.0 * h)) one two
                let laplace = Laplace.ofKernel labels basis case.Beta kernel |> Result.orFail
                let size = 1.0 + (entries difference |> Seq.map abs |> Seq.max)
                Expect.matrixWithin 1e-10 laplace.Gradient (gradientAt 0.0) "gradient"
                Expect.matrixWithin (1e-7 * size) (laplace.Curvature x) difference $"{case}")

        testPropertyWithConfig (maxTest 15) "Permuting the classes permutes the predictions" (fun (seed: PositiveInt) ->
            let data = labelled seed.Get 10 4 3

            let turned =
                Array.init 10 (fun mu -> float ((int data.Targets[nativeint mu, 0n] + 1) % 3))

            let network = network Activation.relu 1 seed.Get |> Network.withWidth 8
            let test = gaussian (RandomStream.FromSeed(uint64 seed.Get).Split 3L) 4 4

            let predict (data: DataSet) =
                let posterior = solved Theory.proportional network (categorical 1.0) (study data)
                posterior, Classification.predict test posterior

            let first, one = predict data

            let second, other =
                predict (DataSet.create data.Inputs (column turned) |> Result.orFail)

            Expect.within 1e-8 second.SaddlePoint.Chosen.Action first.SaddlePoint.Chosen.Action "action"

            for t in 0..3 do
                for c in 0..2 do
                    Expect.within 1e-7 other.Mean[t, (c + 1) % 3] one.Mean[t, c] "mean"

                    Expect.within
                        1e-7
                        other.Covariance[t].[(c + 1) % 3, (c + 1) % 3]
                        one.Covariance[t].[c, c]
                        "variance"

                    Expect.within 2e-3 other.Probabilities[t, (c + 1) % 3] one.Probabilities[t, c] "probability")

        testCase "Without a likelihood the posterior is the prior" (fun () ->
            let study = studyOf "three"
            let network = goldenNetwork [ 6 ]
            let posterior = solved Theory.wishart network (categorical 0.0) study
            let prediction = Classification.predict (inputs "test") posterior
            Expect.allWithin 1e-12 (entries posterior.OrderParameter) [ 1.0; 0.0; 0.0; 1.0 ] "Qbar"
            Expect.within 1e-12 (Classification.logEvidence posterior) 0.0 "log Z"
            Expect.allWithin 1e-12 (entries prediction.Mean) (Seq.replicate 18 0.0) "mean"
            Expect.allWithin 2e-3 (entries prediction.Probabilities) (Seq.replicate 18 (1.0 / 3.0)) "probabilities"

            // Contrasts of independent logits: (1 - 1/D) K on the diagonal.
            let k =
                KernelProgram.compile (Theory.infiniteWidth network).Kernel
                |> KernelProgram.diagonal (EffectiveAction.bind network [] [||]) (inputs "test")

            Expect.allWithin
                1e-12
                [ for c in prediction.Covariance -> c[1, 1] ]
                [ for k in k -> 2.0 / 3.0 * k ]
                "variance")

        testCase "At large width the order parameter is the identity, its distance falling as 1/N" (fun () ->
            let study = studyOf "three"

            let distance width =
                (solved Theory.wishart (goldenNetwork [ width ]) (categorical 1.0) study).OrderParameter
                |> Array2D.mapi (fun i j q -> abs (q - (if i = j then 1.0 else 0.0)))
                |> entries
                |> Seq.max

            let far, farther = distance 1_000, distance 10_000
            Expect.isLessThan far 2e-3 "N = 1000"
            Expect.within 0.02 (far / farther) 10.0 "a tenth at ten times the width"

            let wide =
                solved Theory.wishart (goldenNetwork [ 100_000_000 ]) (categorical 1.0) study

            let infinite =
                solved Theory.infiniteWidth (goldenNetwork [ 1 ]) (categorical 1.0) study

            let probabilities posterior =
                (Classification.predict (inputs "test") posterior).Probabilities

            Expect.matrixWithin 1e-7 (probabilities wide) (probabilities infinite) "probabilities")

        testCase "One-hot targets, signs and numbers are the same labels" (fun () ->
            let action (data: DataSet) =
                solved Theory.wishart (goldenNetwork [ 6 ]) (categorical 1.0) (study data)

            let relabelled name columns entry =
                let data = (studyOf name).Train

                let targets =
                    Matrix.Create(data.Targets.Rows, columns, (fun mu c -> entry data.Targets[mu, 0n] c))

                data, DataSet.create data.Inputs targets |> Result.orFail

            for name, columns, entry, expected in
                [
                    "three",
                    3n,
                    (fun label (c: nativeint) -> if label = float c then 1.0 else 0.0),
                    ClassLabels.OneHot 3
                    "two", 1n, (fun label _ -> 2.0 * label - 1.0), ClassLabels.Signs
                ] do
                let numbers, other = relabelled name columns entry
                let posterior = action other
                Expect.equal posterior.Labels expected "labels"

                Expect.within
                    1e-12
                    posterior.SaddlePoint.Chosen.Action
                    (action numbers).SaddlePoint.Chosen.Action
                    "action")

        // A covariance written block by block is the same Gaussian process.
        testPropertyWithConfig
            (maxTest 25)
            "Omega changes as its differences along any change of the covariance do"
            (fun (seed: PositiveInt) ->
                let case = caseOf seed.Get
                let order = case.Classes - 1
                let kernel, labels, basis = problem case
                let size = order * labels.Length
                let noise = direction (case.Seed + 1) size

                // A covariance that is no Kronecker product, and a change of it.
                let covariance =
                    let other = Matrix.FromArray(positive (case.Seed + 2) size)
                    let shared = kronecker (positive case.Seed order) kernel
                    Matrix.Create(shared.Rows, shared.Rows, (fun i j -> shared[i, j] + 0.1 * other[i, j]))

                let change =
                    Matrix.Create(covariance.Rows, covariance.Rows, (fun i j -> 0.05 * noise[int i, int j]))

                let solve h =
                    Matrix.Create(covariance.Rows, covariance.Rows, (fun i j -> covariance[i, j] + h * change[i, j]))
                    |> Laplace.ofJoint labels basis case.Beta
                    |> Result.orFail

                let omega h =
                    let laplace = solve h

                    Array2D.init size size (fun i j ->
                        let p = labels.Length
                        let block = laplace.Adjoint(i / p, j / p)
                        block[nativeint (i % p), nativeint (j % p)])

                let slope h = map2 (-) (omega h) (omega -h)
                let h = 1e-3
                let one, two = slope h, slope (2.0 * h)
                let actual = (solve 0.0).AdjointChange change
                let largest = actual.ToArray() |> Seq.cast<float> |> Seq.map abs |> Seq.max

                for i in 0 .. size - 1 do
                    for j in 0 .. size - 1 do
                        let expected = (8.0 * one[i, j] - two[i, j]) / (12.0 * h)
                        Expect.within (1e-6 * (1.0 + largest)) actual[nativeint i, nativeint j] expected $"{i}, {j}")

        testPropertyWithConfig
            (maxTest 10)
            "The action is its entropy and log Z of the covariance Q (x) K"
            (fun (seed: PositiveInt) ->
                let case = { caseOf seed.Get with Classes = 3 }
                let action = actionOf (posteriorOf case)
                let q = positive case.Seed 2
                let kernel, labels, basis = problem case

                let laplace =
                    Laplace.ofJoint labels basis case.Beta (kronecker q kernel) |> Result.orFail

                let depth = float case.Depth

                let entropy =
                    LinearAlgebra.Managed.Eigenvalues(Matrix.FromArray q)
                    |> Array.sumBy (fun q -> depth * (q ** (1.0 / depth) - 1.0) - log q)

                Expect.within 1e-9 (MatrixSaddle.value action q) (entropy - 2.0 / 7.0 * laplace.LogEvidence) $"{case}")

        testCase "The mode is found from anywhere, at weak and strong priors and large beta" (fun () ->
            for beta in [ 1e-3; 1.0; 100.0 ] do
                for prior in [ 1e-4; 1.0; 1e4 ] do
                    let study = studyOf "three"
                    let kernel = kernelOf (goldenNetwork [ 6 ] |> Network.withReadoutPrior prior) study

                    let labels =
                        ClassLabels.read (ClassLabels.Numbers 3) study.Train.Targets |> Result.orFail

                    let logEvidence seed =
                        let slopes =
                            Array2D.init 2 14 (fun a mu -> 30.0 * seed * beta * sin (float (37 * a + mu * mu) + seed))

                        let laplace =
                            Laplace.ofKernelFrom slopes labels (Classification.contrasts 3) beta kernel
                            |> Result.orFail

                        Expect.isLessThan laplace.Residual 1e-9 $"beta {beta}, prior {prior}"
                        laplace.LogEvidence

                    let plain = logEvidence 0.0
                    Expect.within (1e-9 * (1.0 + abs plain)) (logEvidence 1.0) plain "from afar"
                    Expect.within (1e-9 * (1.0 + abs plain)) (logEvidence 2.0) plain "from elsewhere")

        testCase "Scores of classes" (fun () ->
            let probabilities =
                array2D [
                    [ 0.7; 0.2; 0.1 ]
                    [ 0.3; 0.65; 0.05 ]
                    [ 0.68; 0.3; 0.02 ]
                    [ 0.1; 0.1; 0.8 ]
                ]

            let score = ClassScore.ofProbabilities [| 0; 1; 1; 2 |] probabilities
            Expect.within 1e-12 score.Accuracy 0.75 "accuracy"

            Expect.within
                1e-12
                score.NegativeLogLikelihood
                (-(log 0.7 + log 0.65 + log 0.3 + log 0.8) / 4.0)
                "negative log likelihood"

            Expect.within 1e-12 score.Brier ((0.14 + 0.215 + 0.9528 + 0.06) / 4.0) "Brier"
            // Three points between 0.6 and 0.7 (0.7 is the bin's end), two of them right, and one of 0.8.
            Expect.equal [ for bin in score.Calibration -> bin.Low, bin.Count ] [ 0.6, 3; 0.7, 1 ] "bins"

            Expect.within
                1e-12
                score.CalibrationError
                (0.75 * abs (2.0 / 3.0 - 2.03 / 3.0) + 0.25 * 0.2)
                "calibration error")

        testCase "Labels that are none are refused" (fun () ->
            Expect.stringContains (refused [ 0.0; 1.0; 3.0 ]) "No training example has the label 2" "a gap"
            Expect.stringContains (refused [ 0.0; -2.0; 1.0 ]) "A training label is -2" "negative"
            Expect.stringContains (refused [ 0.0; 0.5; 1.0 ]) "A training label is 0.5" "not whole"
            Expect.stringContains (refused [ 1.0; 1.0; 1.0 ]) "Every training label is 1" "one class"
            Expect.stringContains (refused [ 1.0 ]) "There is 1 training example" "P = 1"

            let posterior =
                solved Theory.wishart (goldenNetwork [ 6 ]) (categorical 1.0) (studyOf "three")

            let test =
                DataSet.create (inputs "test") (column [ 0.0; 1.0; 2.0; 3.0; 0.0; 1.0 ])
                |> Result.orFail

            Expect.equal
                (Classification.score test posterior |> failure)
                "Label 3 (counted from 0) is 3: those of the training set are whole numbers from 0 to 2."
                "test label"

            Expect.stringContains
                (Classification.solve Theory.wishart (goldenNetwork [ 6 ]) (categorical -1.0) (studyOf "two")
                 |> failure)
                "beta is -1"
                "beta"

            Expect.stringContains
                (Classification.solve Theory.proportional (goldenNetwork [ 6; 6 ]) (categorical 1.0) (studyOf "two")
                 |> failure)
                "Classes take the theories"
                "theory")

        testCase "The gradient of the evidence is its differences, readout and inner priors and biases" (fun () ->
            let data = labelled 4 12 5 3

            for activation, depth in [ Activation.erf, 1; Activation.erf, 2; Activation.relu, 2 ] do
                let network =
                    network activation depth 3 |> Network.withWidth 9 |> Network.withBias 1.5

                let all = Hyperparameter.priors network @ Hyperparameter.biasPriors network
                let train = study data

                let solvedAt (theory: Theory) network =
                    solved theory network (categorical 1.3) train

                for theory in [ Theory.wishart; Theory.infiniteWidth ] do
                    let gradient =
                        solvedAt theory network |> ClassificationEvidence.gradient all |> Result.orFail

                    for hyperparameter, slope in Seq.zip all gradient do
                        let value = Hyperparameter.tryValue network 1.0 hyperparameter |> Option.get

                        let at h =
                            Hyperparameter.set (network, 1.0) hyperparameter (value * exp h)
                            |> Result.orFail
                            |> fst
                            |> solvedAt theory
                            |> Classification.logEvidence

                        let h = 1e-2
                        let expected = (8.0 * (at h - at -h) - (at (2.0 * h) - at (-2.0 * h))) / (12.0 * h)

                        Expect.within
                            (1e-6 * (1.0 + abs expected))
                            (value * slope)
                            expected
                            $"{activation}, {hyperparameter}")

        testCase "A fit ends where the evidence is stationary, and T is not fitted" (fun () ->
            let data = labelled 5 12 4 3
            let network = Network.dense Activation.erf [ 8 ]
            let train = study data

            let fit =
                ClassificationEvidence.fit Theory.wishart [ Hyperparameter.Prior 0 ] network (categorical 1.0) train
                |> Result.orFail

            Expect.isTrue (fit.LogEvidence >= fit.StartLogEvidence) "rises"
            Expect.isTrue (fit.GradientNorm < 1e-6 || not fit.Remarks.IsEmpty) "stationary"

            Expect.stringContains
                (ClassificationEvidence.fit
                    Theory.wishart
                    [ Hyperparameter.Temperature ]
                    network
                    (categorical 1.0)
                    train
                 |> failure)
                "the softmax likelihood has none"
                "T")

        testCase "Whole numbers look like labels where they have no gap and repeat" (fun () ->
            let noticed labels = ClassLabels.tryNotice (column labels)
            Expect.equal (noticed [ 0.0; 1.0; 2.0; 1.0; 0.0; 2.0 ]) (Some 3) "from 0"
            Expect.equal (noticed [ 3.0; 1.0; 2.0; 1.0; 3.0; 2.0 ]) (Some 3) "from 1"
            Expect.equal (noticed [ 0.0; 1.0; 1.0; 0.0 ]) None "two"
            Expect.equal (noticed [ -1.0; 1.0; 1.0; -1.0 ]) None "signs"
            Expect.equal (noticed [ 0.0; 1.0; 3.0; 1.0; 0.0; 3.0 ]) None "a gap"
            Expect.equal (noticed [ 0.0; 1.0; 2.0 ]) None "each once"
            Expect.equal (noticed [ 0.0; 1.0; 2.5; 1.0; 0.0; 2.5 ]) None "a half")
    ]
