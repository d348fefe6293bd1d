namespace FiniteWidth.Benchmarks

open System
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// The cases, over images of the digits 0 and 1.
[<RequireQualifiedAccess>]
module Cases =

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
            Target = AtLeast 15.0
            Baseline = Baseline.Naive([ "curve" ], (fun points -> number "loss" points[0]))
            Prepare =
                fun () ->
                    let split = digits images 2000 1000

                    fun () ->
                        Network.dense Activation.erf [ 50 ]
                        |> LearningCurve.overWidths Theory.proportional 0.01 split widths
                        |> Result.orFail
                        |> fun points -> points.Head.Score.Loss
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
            trace k

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
            Target = AtLeast 1.5
            Baseline = Baseline.Naive([ "kernel" ], number "trace")
            Prepare = kernelMatrix images
        }

    let private kernelOverProduct images =
        {
            Name = "erf kernel matrix"
            Examples = kernelExamples
            Target = AtLeast(1.0 / 1.3)
            Baseline = Baseline.Ours("the product X X^T alone", product images)
            Prepare = kernelMatrix images
        }

    /// Three hidden layers of erf: one saddle point and the predictions at it.
    let private deep images =
        {
            Name = "deep erf, L = 3"
            Examples = 1000
            Target = AtLeast 3.0
            Baseline = Baseline.Naive([ "deep" ], number "loss")
            Prepare =
                fun () ->
                    let split = digits images 1000 500

                    fun () ->
                        Network.dense Activation.erf [ 500; 500; 500 ]
                        |> LearningCurve.point Theory.proportional 0.01 split.Test (Study split.Train)
                        |> Result.orFail
                        |> _.Score.Loss
        }

    let all images =
        [
            learningCurve images
            kernel images
            kernelOverProduct images
            deep images
            yield! LangevinCases.all (fun train -> (digits images train 1).Train)
        ]
