namespace FiniteWidth.Benchmarks

open System
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// The cases, over images of the digits 0 and 1.
[<RequireQualifiedAccess>]
module Cases =

    let private plain value = { Value = value; Residual = None }

    let private digits images train test : Split =
        Protocol.apply (Protocol.create [ 0; 1 ] train test) images |> Result.orFail

    let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

    let private trace (k: Matrix) = Array.sum (k.Diagonal())

    /// 30 widths of one hidden layer: loss, bias and variance at each.
    let private learningCurve images =
        let widths = LearningCurve.logSpaced 50 20000 30

        {
            Name = "learning curve, 30 widths"
            Examples = 2000
            Target = Target.Ratio 15.0
            Baseline = Baseline.Naive([ "curve" ], (fun points -> number "loss" points[0]))
            Prepare =
                fun () ->
                    let split = digits images 2000 1000

                    fun () ->
                        Network.dense Activation.erf [ 50 ]
                        |> LearningCurve.overWidths Theory.proportional 0.01 split widths
                        |> Result.orFail
                        |> fun points -> plain points.Head.Score.Loss
        }

    let private erfKernel =
        let builder = PairProgram.Builder()
        builder.Build(builder.Map(DualMaps.Erf, builder.Gram()))

    let private kernelExamples = 5000

    let private kernelInputs images =
        (digits images kernelExamples 1).Train.Inputs

    let private kernelMatrix images () =
        let x = kernelInputs images

        fun () ->
            use k = Matrix.Uninitialized(x.Rows, x.Rows)
            erfKernel.Symmetric(LinearAlgebra.Default, ReadOnlySpan.Empty, x, 1.0 / float x.Columns, k)
            plain (trace k)

    let private product images () =
        let x = kernelInputs images

        fun () ->
            use c = Matrix.Uninitialized(x.Rows, x.Rows)
            LinearAlgebra.Default.Gram(x, 1.0 / float x.Columns, c)
            trace c

    let private kernel images =
        {
            Name = "erf kernel matrix"
            Examples = kernelExamples
            Target = Target.Ratio 1.5
            Baseline = Baseline.Naive([ "kernel" ], number "trace")
            Prepare = kernelMatrix images
        }

    let private kernelOverProduct images =
        {
            Name = "erf kernel matrix"
            Examples = kernelExamples
            Target = Target.Ratio(1.0 / 1.3)
            Baseline = Baseline.Ours("the product X X^T alone", product images)
            Prepare = kernelMatrix images
        }

    /// The kernel map alone: the product X X^T lies ready.
    let private mapOf (activation: Activation) examples images () =
        let builder = PairProgram.Builder()
        let program = builder.Build(builder.Map(activation.Map, builder.Gram()))
        let x = (digits images examples 1).Train.Inputs
        let gram = Matrix.Uninitialized(x.Rows, x.Rows)
        LinearAlgebra.Default.Gram(x, 1.0 / float x.Columns, gram)

        fun () ->
            use k = Matrix.Uninitialized(x.Rows, x.Rows)
            program.SymmetricFromGram(ReadOnlySpan.Empty, gram, k)
            trace k

    /// The kernel map of an activation without a closed form, against that of erf.
    let private series (activation: Activation) images =
        {
            Name = $"series of {activation}"
            Examples = 2000
            Target = Target.Ratio(1.0 / 20.0)
            Baseline = Baseline.Ours("the erf closed form", mapOf Activation.erf 2000 images)
            Prepare = mapOf activation 2000 images >> fun run -> run >> plain
        }

    /// Three hidden layers of erf: one saddle point and the predictions at it.
    let private deep images =
        {
            Name = "deep erf, L = 3"
            Examples = 1000
            Target = Target.Ratio 3.0
            Baseline = Baseline.Naive([ "deep" ], number "loss")
            Prepare =
                fun () ->
                    let split = digits images 1000 500

                    fun () ->
                        Network.dense Activation.erf [ 500; 500; 500 ]
                        |> LearningCurve.point Theory.proportional 0.01 split.Test (Study split.Train)
                        |> Result.orFail
                        |> fun point ->
                            {
                                Value = point.Score.Loss
                                Residual = Some point.Posterior.SaddlePoint.Chosen.Residual
                            }
        }

    let private traceOf (qbar: float[,]) =
        Seq.sum (Seq.init (Array2D.length1 qbar) (fun i -> qbar[i, i]))

    /// One convolutional layer over 16 patches of 7 x 7: the kernels between all pairs and the saddle point, Qbar a 16 x 16 matrix.
    let private convolution images =
        {
            Name = "convolution, 16 patches"
            Examples = 200
            Target = Target.Ratio 20.0
            Baseline = Baseline.Naive([ "conv" ], number "traceQ")
            Prepare =
                fun () ->
                    let train = (digits images 200 1).Train

                    let network =
                        ConvolutionalNetwork.Create(
                            Activation.erf,
                            100,
                            {
                                Height = 28
                                Width = 28
                                Channels = 1
                            },
                            7,
                            7,
                            Pooling.None
                        )

                    fun () ->
                        let posterior =
                            Convolution.solve network 0.01 (ConvolutionStudy train) |> Result.orFail

                        {
                            Value = traceOf posterior.OrderParameter
                            Residual = Some posterior.SaddlePoint.Chosen.Residual
                        }
        }

    /// Two layers of 3 x 3 filters with 16 final positions: the saddle point and the loss, the kernels given to both sides.
    let private layers images =
        {
            Name = "two convolutional layers, 16 positions"
            Examples = 200
            Target = Target.Ratio 20.0
            Baseline = Baseline.Naive([ "layers"; "--test"; "100" ], number "loss")
            Prepare =
                fun () ->
                    let split = digits images 200 100

                    let filters stride =
                        ConvolutionalLayer.square 100 3
                        |> ConvolutionalLayer.strided stride
                        |> ConvolutionalLayer.padded Padding.Same

                    let shape: ImageShape =
                        {
                            Height = 28
                            Width = 28
                            Channels = 1
                        }

                    let network = ImageNetwork.ofLayers Activation.erf shape [ filters 4; filters 2 ]

                    let study = ImageStudy split.Train

                    fun () ->
                        let posterior = DeepConvolution.solve network 0.01 study |> Result.orFail

                        {
                            Value = (DeepConvolution.score split.Test posterior).Loss
                            Residual = Some posterior.SaddlePoint.Chosen.Residual
                        }
        }

    /// Ten one-hot digits: the gradient of the action at Qbar = I once. The residual is that of the whole saddle point, found beforehand.
    let private outputs images =
        {
            Name = "10 outputs, one gradient"
            Examples = 500
            Target = Target.Ratio 100.0
            Baseline = Baseline.Naive([ "outputs"; "--once" ], number "gradient")
            Prepare =
                fun () ->
                    let split: Split =
                        Protocol.apply (Protocol.create [ 0..9 ] 500 1) images |> Result.orFail

                    let posterior =
                        SeveralOutputs.solve (Network.dense Activation.erf [ 500 ]) 0.01 (Study split.Train)
                        |> Result.orFail

                    let identity = Array2D.init 10 10 (fun i j -> if i = j then 1.0 else 0.0)

                    fun () ->
                        let g = MatrixSaddle.gradient posterior.Action identity

                        {
                            Value = sqrt (Seq.sum (Seq.init 10 (fun d -> g[d, d] * g[d, d])))
                            Residual = Some posterior.SaddlePoint.Chosen.Residual
                        }
        }

    /// One hidden layer of ReLU: the saddle point in Qbar and Q, against one evaluation of the action and its gradient.
    let private nonOdd images =
        {
            Name = "non-odd ReLU, one saddle"
            Examples = 500
            Target = Target.Seconds 1.0
            Baseline = Baseline.Naive([ "nonodd" ], number "action")
            Prepare =
                fun () ->
                    let train = (digits images 500 1).Train

                    fun () ->
                        let posterior =
                            Study train
                            |> Posterior.solve Theory.nonOdd (Network.dense Activation.relu [ 500 ]) 0.01
                            |> Result.orFail

                        {
                            Value = posterior.EffectiveAction.Value [| 1.0; 0.0 |]
                            Residual = Some posterior.SaddlePoint.Chosen.Residual
                        }
        }

    let all images =
        [
            learningCurve images
            CommandCases.sweep
            kernel images
            kernelOverProduct images
            series Activation.tanh images
            series (Activation.define <@ fun z -> z * tanh z @>) images
            deep images
            convolution images
            layers images
            outputs images
            nonOdd images
            yield! LangevinCases.all (fun train -> (digits images train 1).Train)
            yield! SamplingCases.all (digits images)
        ]
