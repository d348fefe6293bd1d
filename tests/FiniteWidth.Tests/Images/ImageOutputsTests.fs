/// Networks on images with several outputs or classes (theory sections 13 and 14): independent numpy numbers, limits, bad input.
module FiniteWidth.Tests.ImageOutputsTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

// ../golden/images.py.
let private golden =
    lazy
        (let path = Path.Combine(AppContext.BaseDirectory, "golden", "images.json")
         use document = JsonDocument.Parse(File.ReadAllText path)
         document.RootElement.Clone())

let private get (name: string) (item: JsonElement) = item.GetProperty name

let private numbers (item: JsonElement) =
    [ for entry in item.EnumerateArray() -> entry.GetDouble() ]

let private matrix (item: JsonElement) =
    array2D [ for row in item.EnumerateArray() -> numbers row ]

let private matrices (item: JsonElement) =
    [| for entry in item.EnumerateArray() -> matrix entry |]

let private read name =
    golden.Value |> get name |> matrix |> Matrix.FromArray

let private image height width channels : ImageShape =
    {
        Height = height
        Width = width
        Channels = channels
    }

let private same side stride channels =
    ConvolutionalLayer.square channels side
    |> ConvolutionalLayer.strided stride
    |> ConvolutionalLayer.padded Padding.Same

// 5 x 5 pixels, 5 x 5 and 2 x 2 positions.
let private network channels =
    ImageNetwork.ofLayers Activation.erf (image 5 5 1) [
        same 3 1 channels
        ConvolutionalLayer.square channels 3 |> ConvolutionalLayer.strided 2
    ]
    |> ImageNetwork.withPriors [ 0.5; 0.3; 0.4 ]

let private studyOf (targets: Matrix) =
    DataSet.create (read "inputs") targets |> Result.orFail |> ImageStudy

let private outputs columns =
    let targets = read "targets"
    studyOf (targets.View(0n, 0n, targets.Rows, columns).Clone())

let private classes count =
    let labels = golden.Value |> get "labels" |> numbers
    studyOf (Matrix.Create(nativeint labels.Length, 1n, (fun mu _ -> float (int labels[int mu] % count))))

// The same as `some` of images.py.
let private some order =
    let r =
        Array2D.init order order (fun i j ->
            (if i = j then 1.0 else 0.0)
            + 0.3 * sin (1.7 * float i + 0.9 * float (i * j) + 0.4))

    Array2D.init order order (fun i j -> Seq.init order (fun k -> r[i, k] * r[j, k]) |> Seq.sum)

let private agrees name (action: MatrixAction) (point: MatrixStationaryPoint) mean covariance =
    let expected = golden.Value |> get name
    let number key = (get key expected).GetDouble()
    Expect.within 1e-9 (MatrixSaddle.value action (some action.Order)) (number "value") "action at a matrix"
    Expect.within 1e-8 point.Action (number "action") "action at its minimum"
    Expect.isLessThan point.Residual 1e-8 "residual"
    Expect.equal point.Kind Kind.Minimum "kind"
    // The minimisation with differences has fewer digits.
    Expect.matrixWithin 2e-5 point.OrderParameter (get "q" expected |> matrix) "Qbar"
    Expect.matrixWithin 1e-5 mean (get "mean" expected |> matrix) "means"

    for one, other in Seq.zip covariance (get "covariance" expected |> matrices) do
        Expect.matrixWithin 1e-5 one other "covariances"

let private independent =
    [
        for columns in [ 1; 2 ] ->
            test $"{columns} outputs are numpy's" {
                let posterior =
                    ImageOutputs.solve (network 6) 0.1 (outputs (nativeint columns))
                    |> Result.orFail

                let joint = ImageOutputs.predict (read "test") posterior
                agrees $"outputs{columns}" posterior.Action posterior.SaddlePoint.Chosen joint.Mean joint.Covariance
            }
        for count in [ 2; 3 ] ->
            test $"{count} classes are numpy's" {
                let posterior =
                    ImageClassification.solve (network 6) (Likelihood.Categorical 1.3) (classes count)
                    |> Result.orFail

                let prediction = ImageClassification.predict (read "test") posterior
                let action = Option.get posterior.Action

                agrees $"classes{count}" action posterior.SaddlePoint.Chosen prediction.Mean prediction.Covariance
            }
    ]

let private random seed rows columns =
    gaussian (RandomStream.FromSeed(uint64 seed)) rows columns

let private sameScore (a: Score) (e: Score) =
    Expect.within 1e-8 a.Loss e.Loss "loss"
    Expect.within 1e-8 a.Bias e.Bias "bias"
    Expect.within 1e-8 a.Variance e.Variance "variance"

// Two layers of one pixel each, over as many colours as there are features.
let private pixel features =
    ImageNetwork.ofLayers Activation.erf (image 1 1 features) [
        ConvolutionalLayer.square 12 1
        ConvolutionalLayer.square 12 1
    ]
    |> ImageNetwork.withPriors [ 0.7; 0.5; 0.8 ]

let private dense =
    Network.dense Activation.erf [ 12; 12 ] |> Network.withPriors [ 0.7; 0.5; 0.8 ]

let private limits =
    [
        test "one output is the product form of one" {
            let study = outputs 1n
            let test = study.Train
            let expected = DeepConvolution.solve (network 6) 0.1 study |> Result.orFail
            let actual = ImageOutputs.solve (network 6) 0.1 study |> Result.orFail
            Expect.matrixWithin 1e-8 actual.OrderParameter expected.OrderParameter "Qbar"
            sameScore (ImageOutputs.score test actual) (DeepConvolution.score test expected)

            Expect.within 1e-9 (ImageOutputs.logEvidence actual) (DeepConvolution.logEvidence expected) "log evidence"
        }

        test "an image of one pixel is the dense network of several outputs, at T = 0 too" {
            let data = DataSet.create (random 1 10 4) (random 2 10 3) |> Result.orFail
            let test = DataSet.create (random 3 5 4) (random 4 5 3) |> Result.orFail

            for temperature in [ 0.2; 0.0 ] do
                let expected = SeveralOutputs.solve dense temperature (Study data) |> Result.orFail

                let actual =
                    ImageOutputs.solve (pixel 4) temperature (ImageStudy data) |> Result.orFail

                Expect.matrixWithin 1e-7 actual.OrderParameter expected.OrderParameter "Qbar"
                sameScore (ImageOutputs.score test actual) (SeveralOutputs.score test expected)

                Expect.within
                    1e-8
                    (ImageOutputs.logEvidence actual)
                    (SeveralOutputs.logEvidence expected)
                    "log evidence"
        }

        test "an image of one pixel is the dense network of classes" {
            let label mu = float (mu % 3)

            let data =
                DataSet.create (random 1 12 4) (Matrix.Create(12n, 1n, (fun mu _ -> label (int mu))))
                |> Result.orFail

            let likelihood = Likelihood.Categorical 1.2

            let expected =
                Classification.solve Theory.wishart dense likelihood (Study data)
                |> Result.orFail

            let actual =
                ImageClassification.solve (pixel 4) likelihood (ImageStudy data)
                |> Result.orFail

            Expect.matrixWithin 1e-8 actual.OrderParameter expected.OrderParameter "Qbar"
            let others = random 3 5 4

            Expect.matrixWithin
                1e-9
                (ImageClassification.predict others actual).Probabilities
                (Classification.predict others expected).Probabilities
                "probabilities"

            Expect.within
                1e-9
                (ImageClassification.logEvidence actual)
                (Classification.logEvidence expected)
                "log evidence"
        }

        test "many channels are infinite width" {
            let wide = network 1_000_000_000
            let others = read "test"

            let numbers solve =
                ImageOutputs.predict others (solve wide 0.1 (outputs 2n) |> Result.orFail)

            let labels solve =
                ImageClassification.predict
                    others
                    (solve wide (Likelihood.Categorical 1.3) (classes 3) |> Result.orFail)

            let e, a = numbers ImageOutputs.infiniteWidth, numbers ImageOutputs.solve
            Expect.matrixWithin 1e-7 a.Mean e.Mean "means"
            Expect.matrixWithin 1e-7 a.Variance e.Variance "variances"

            let e, a =
                labels ImageClassification.infiniteWidth, labels ImageClassification.solve

            Expect.matrixWithin 1e-7 a.Mean e.Mean "means of logits"
            Expect.matrixWithin 1e-7 a.Probabilities e.Probabilities "probabilities"
        }

        test "targets in any unit are learned, and their error grows with its square" {
            // As house prices are: the noise is nothing against them.
            let network =
                ImageNetwork.ofLayers Activation.erf (image 5 5 1) [
                    ConvolutionalLayer.square 10 3 |> ConvolutionalLayer.strided 2
                ]

            let loss columns unit =
                let targets = read "targets"

                let scaled =
                    Matrix.Create(targets.Rows, columns, (fun mu d -> unit * targets[mu, d]))

                let study = studyOf scaled
                let posterior = ImageOutputs.solve network 0.1 study |> Result.orFail
                Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-10 "residual"

                let inputs = read "test"

                let test =
                    DataSet.create inputs (Matrix.Zeros(inputs.Rows, columns)) |> Result.orFail

                let score = ImageOutputs.score test posterior

                if columns = 1n then
                    let single = DeepConvolution.solve network 0.1 study |> Result.orFail
                    Expect.withinPercent 1e-4 (DeepConvolution.score test single).Loss score.Loss "one output"

                score.Loss / (unit * unit)

            for columns in [ 1n; 2n ] do
                Expect.withinPercent 1.0 (loss columns 1e5) (loss columns 1e4) $"{columns} outputs"
        }

        test "beta = 0 is the prior" {
            let posterior =
                ImageClassification.solve (network 6) (Likelihood.Categorical 0.0) (classes 3)
                |> Result.orFail

            Expect.matrixWithin
                1e-9
                posterior.OrderParameter
                (Array2D.init 8 8 (fun i j -> if i = j then 1.0 else 0.0))
                "Qbar"

            Expect.within 1e-9 (ImageClassification.logEvidence posterior) 0.0 "log evidence"
        }

        test "images that come in ranges are predicted as together" {
            let posterior = ImageOutputs.solve (network 6) 0.1 (outputs 2n) |> Result.orFail
            let others = read "test"
            let whole = ImageOutputs.predict others posterior

            for t in 0n .. others.Rows - 1n do
                let one =
                    ImageOutputs.predict (others.View(t, 0n, 1n, others.Columns).Clone()) posterior

                Expect.within 1e-12 one.Mean[0, 1] whole.Mean[int t, 1] "mean"
                Expect.within 1e-12 one.Covariance[0].[0, 1] whole.Covariance[int t].[0, 1] "covariance"
        }
    ]

let private close tolerance name actual expected =
    Array.iteri2 (fun i a e -> Expect.within (tolerance * (1.0 + abs e)) a e $"{name}, {i}") actual expected

let private evidence =
    [
        test "one layer and one output have the gradient of one layer" {
            let study = outputs 1n

            let plain =
                ConvolutionalNetwork.create Activation.erf 8 (struct (0.5, 0.4)) (image 5 5 1) 3 2 Pooling.None
                |> Result.orFail

            let expected =
                Convolution.solve plain 0.1 (ConvolutionStudy study.Train)
                |> Result.bind (ConvolutionEvidence.gradient ConvolutionEvidence.hyperparameters)
                |> Result.orFail

            let actual =
                ImageOutputs.solve (ImageNetwork.ofConvolutional plain) 0.1 study
                |> Result.bind (ImageEvidence.gradient ConvolutionEvidence.hyperparameters study)
                |> Result.orFail

            close 1e-6 "gradient" actual expected
        }

        test "classes of one pixel have the gradient of a dense network" {
            let data =
                DataSet.create (random 1 12 4) (Matrix.Create(12n, 1n, (fun mu _ -> float (int mu % 3))))
                |> Result.orFail

            let likelihood = Likelihood.Categorical 1.2
            let priors = Hyperparameter.priors dense

            for isInfinite in [ false; true ] do
                let theory = if isInfinite then Theory.infiniteWidth else Theory.wishart

                let expected =
                    Classification.solve theory dense likelihood (Study data)
                    |> Result.bind (ClassificationEvidence.gradient priors)
                    |> Result.orFail

                let study = ImageStudy data

                let solve =
                    if isInfinite then
                        ImageClassification.infiniteWidth
                    else
                        ImageClassification.solve

                let actual =
                    solve (pixel 4) likelihood study
                    |> Result.bind (ImageEvidence.gradientOfClasses priors study)
                    |> Result.orFail

                close 1e-6 "gradient" actual expected
        }

        test "the gradient with two outputs and biases is that of saddle points solved anew" {
            let network = network 6 |> ImageNetwork.withBiases [ Some 2.0; Some 3.0 ]

            let all = ImageEvidence.hyperparameters network

            let at (priors: float list) biases temperature =
                let changed =
                    network |> ImageNetwork.withPriors priors |> ImageNetwork.withBiases biases

                ImageOutputs.solve changed temperature (outputs 2n)
                |> Result.orFail
                |> ImageOutputs.logEvidence

            let moved h sign =
                let scale value = value * exp (sign * 1e-3)

                match h with
                | Hyperparameter.Temperature -> at network.Priors network.Biases (scale 0.1)
                | Hyperparameter.Prior l ->
                    at (List.updateAt l (scale network.Priors[l]) network.Priors) network.Biases 0.1
                | Hyperparameter.BiasPrior l ->
                    at
                        network.Priors
                        (List.updateAt (l - 1) (Option.map scale network.Biases[l - 1]) network.Biases)
                        0.1

            let value h =
                match h with
                | Hyperparameter.Temperature -> 0.1
                | Hyperparameter.Prior l -> network.Priors[l]
                | Hyperparameter.BiasPrior l -> network.Biases[l - 1].Value

            let expected = [| for h in all -> (moved h 1.0 - moved h -1.0) / (2e-3 * value h) |]

            let study = outputs 2n

            let actual =
                ImageOutputs.solve network 0.1 study
                |> Result.bind (ImageEvidence.gradient all study)
                |> Result.orFail

            Expect.equal all.Length 6 "lambda_0 to lambda_2, two biases, T"
            close 1e-5 "gradient" actual expected
        }

        test "a fit ends where the gradient is zero, and has more evidence than its start" {
            let study = classes 3
            let readout = [ Hyperparameter.Prior 1; Hyperparameter.Prior 2 ]

            let fit =
                ImageEvidence.fitClasses
                    ImageClassification.solve
                    readout
                    (network 6)
                    (Likelihood.Categorical 1.3)
                    study
                |> Result.orFail

            Expect.isLessThan fit.StartLogEvidence fit.LogEvidence "evidence"
            Expect.isLessThan fit.GradientNorm 1e-6 "gradient"

            match
                ImageEvidence.fitClasses
                    ImageClassification.solve
                    [ Hyperparameter.Temperature ]
                    (network 6)
                    (Likelihood.Categorical 1.3)
                    study
            with
            | Error failure -> Expect.stringContains failure.Message "softmax likelihood has none" "T"
            | Ok _ -> failtest "T was fitted."
        }
    ]

let private refusals =
    let refused name fragment (build: unit -> Result<'T, Failure>) =
        test name {
            match build () with
            | Ok _ -> failtest "It was accepted."
            | Error failure -> Expect.stringContains failure.Message fragment "sentence"
        }

    let labelled (values: float list) =
        DataSet.create
            (random 1 values.Length 25)
            (Matrix.Create(nativeint values.Length, 1n, (fun mu _ -> values[int mu])))
        |> Result.orFail
        |> ImageStudy

    let classify beta study =
        ImageClassification.solve (network 6) (Likelihood.Categorical beta) study

    [
        refused "images of another size" "The inputs have 4 features" (fun () ->
            DataSet.create (random 1 5 4) (random 2 5 2)
            |> Result.bind (ImageStudy >> ImageOutputs.solve (network 6) 0.1))
        refused "layers of different widths" "takes as many in every layer" (fun () ->
            let network =
                ImageNetwork.ofLayers Activation.erf (image 5 5 1) [
                    ConvolutionalLayer.square 10 3
                    ConvolutionalLayer.square 20 2
                ]

            ImageOutputs.solve network 0.1 (outputs 2n))
        refused "a negative temperature" "The temperature is -1" (fun () ->
            ImageOutputs.solve (network 6) -1.0 (outputs 2n))
        refused "one class only" "at least two classes" (fun () -> classify 1.0 (labelled [ 1.0; 1.0; 1.0 ]))
        refused "a label out of range" "labels of classes are whole numbers" (fun () ->
            classify 1.0 (labelled [ 0.0; 1.5; 1.0 ]))
        refused "a negative beta" "beta is -1" (fun () -> classify -1.0 (classes 3))
        refused "numbers for classes" "Likelihood.Categorical" (fun () ->
            ImageClassification.solve (network 6) (Likelihood.Gaussian 0.1) (classes 3))
        refused "more than memory holds" "GiB" (fun () ->
            let many = Matrix.Zeros(20_000n, 25n)

            DataSet.create many (Matrix.Create(20_000n, 2n, (fun mu d -> float (int mu % (int d + 2)))))
            |> Result.bind (ImageStudy >> ImageOutputs.solve (network 6) 0.1))
    ]

let tests =
    testList "Outputs of images" [
        testList "independent numbers" independent
        testList "limits" limits
        testList "evidence" evidence
        testList "is refused" refusals
    ]
