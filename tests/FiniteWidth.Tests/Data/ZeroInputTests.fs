/// Activations that jump at 0, at inputs that are 0: kernels, means, predictions and networks use sigma(0).
module FiniteWidth.Tests.ZeroInputTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private parse text = Activation.parse text |> Result.orFail

/// Activations with sigma(0), and their mean over z of positive variance.
let private jumps =
    [
        Activation.step, 0.0, 0.5
        Activation.sign, 0.0, 0.0
        Activation.piecewiseConstant 2.0 -1.0, 0.5, 0.5
        parse "step(z)", 0.0, 0.5
        parse "if(z >= 0, 1, 0)", 1.0, 0.5
        parse "if(z > 0, 1, 0)", 0.0, 0.5
        parse "if(z >= 0, 1, -1)", 1.0, 0.0
        parse "if(z > 0, 1, -1)", -1.0, 0.0
        parse "3 * step(z) - 1", -1.0, 0.5
        parse "if(z < 0, 2, 5)", 5.0, 3.5
        parse "z / abs(z)", 0.0, 0.0
        // Not homogeneous: by their series.
        parse "if(z >= 0, exp(-z^2), 0)" |> Activation.withAccuracy 0.05, 1.0, nan
        parse "if(z > 0, exp(-z^2), 0)" |> Activation.withAccuracy 0.05, 0.0, nan
        parse "if(z > 0, 1 + tanh(z), tanh(z) - 1)" |> Activation.withAccuracy 0.05, -1.0, 0.0
    ]

// Two texts can be one activation, of one name: the number tells them apart.
let private cases =
    [
        for i, (activation, zero, mean) in List.indexed jumps -> $"{i + 1}: {activation.Name}", (activation, zero, mean)
    ]

let private noSymbols (_: Symbol) : float = 1.0

/// Two rows of zeros among four, and the kernel without priors.
let private inputs =
    array2D [ [ 1.0; 2.0 ]; [ 0.0; 0.0 ]; [ -0.5; 1.0 ]; [ 0.0; 0.0 ] ]

let private matrix (rows: float[,]) =
    Matrix.Create(nativeint (Array2D.length1 rows), nativeint (Array2D.length2 rows), (fun i j -> rows[int i, int j]))

let private train =
    DataSet.create
        (matrix (array2D [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ] ]))
        (matrix (array2D [ [ 1.0 ]; [ -1.0 ]; [ 0.5 ] ]))
    |> Result.orFail

let private zeroTest =
    DataSet.create (matrix (array2D [ [ 0.0; 0.0 ] ])) (matrix (array2D [ [ 0.3 ] ]))
    |> Result.orFail

let tests =
    testList "Zero input" [
        testCases "A row of zeros has the activation's value at zero" cases (fun (activation, zero, mean) ->
            let x = matrix inputs

            let k =
                KernelProgram.symmetric noSymbols x (KernelProgram.compile (Kernel.dual activation Kernel.Gram))

            let cross =
                KernelProgram.cross noSymbols x x (KernelProgram.compile (Kernel.dual activation Kernel.Gram))

            for i in [ 1n; 3n ] do
                for j in [ 1n; 3n ] do
                    Expect.within 1e-14 (k[i, j]) (zero * zero) "k"
                    Expect.within 1e-14 (cross[i, j]) (zero * zero) "cross"

                for j in [ 0n; 2n ] do
                    let c = (x[j, 0n] * x[j, 0n] + x[j, 1n] * x[j, 1n]) / 2.0
                    let other = activation.Map.Mean c

                    if not (Double.IsNaN mean) then
                        Expect.within 1e-12 other mean "other"

                    Expect.within 1e-13 (k[i, j]) (zero * other) "k"
                    Expect.within 1e-13 (cross[j, i]) (zero * other) "cross"

            Expect.equal (activation.Function 0.0) zero "function"
            Expect.within 1e-14 (activation.Map.Mean 0.0) zero "mean of map"
            Expect.within 1e-14 (activation.Map.Variance 0.0) (zero * zero) "variance"

            let outer =
                KernelProgram.symmetric noSymbols x (KernelProgram.compile (Kernel.meanOuter activation Kernel.Gram))

            Expect.within 1e-14 (outer[1n, 3n]) (zero * zero) "outer"
            Expect.within 1e-14 (outer[1n, 1n]) (zero * zero) "outer")

        testCases "A random network gives the kernel of rows of zeros, at any depth" cases (fun (activation, _, _) ->
            let width = 20000
            let network = Network.dense activation [ 300; width ]

            let features =
                RandomFeatures.draw (RandomStream.FromSeed 3UL) 2 network (matrix inputs)

            let kernel =
                KernelProgram.symmetric
                    noSymbols
                    (matrix inputs)
                    (KernelProgram.compile (Kernel.dual activation (Kernel.dual activation Kernel.Gram)))

            for i in 0..3 do
                for j in 0..3 do
                    let products =
                        Array.init width (fun k ->
                            features[nativeint i, nativeint k] * features[nativeint j, nativeint k])

                    let mean = Array.average products

                    let deviation =
                        sqrt (Array.averageBy (fun p -> (p - mean) * (p - mean)) products / float width)

                    // Five standard errors, and 1/sqrt(300) of the first layer's finite width.
                    let scale = sqrt (activation.Map.Variance 1.0)

                    Expect.within
                        (5.0 * deviation + 0.2 * scale * scale + 1e-12)
                        mean
                        (kernel[nativeint i, nativeint j])
                        $"{i}, {j}"

                    // Exact where every preactivation is 0.
                    if i % 2 = 1 && j % 2 = 1 && activation.Function 0.0 = 0.0 then
                        Expect.equal mean 0.0 "mean"
                        Expect.equal (kernel[nativeint i, nativeint j]) 0.0 "kernel")

        testCase "A network of steps answers 0 at the input 0, without doubt" (fun () ->
            for activation in [ Activation.step; Activation.sign; parse "if(z > 0, 3, 0)" ] do
                for depth in [ 1; 3 ] do
                    for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart ] do
                        let score =
                            solve theory (Network.dense activation (List.replicate depth 400)) 0.1 train
                            |> Posterior.score zeroTest

                        Expect.within 1e-12 score.Loss 0.09 "loss"
                        Expect.within 1e-12 score.Variance 0.0 "variance")

        testCase "A step that counts zero as above has a say at the input 0" (fun () ->
            let score =
                solve Theory.infiniteWidth (Network.dense (parse "if(z >= 0, 1, 0)") [ 400 ]) 0.1 train
                |> Posterior.score zeroTest

            Expect.isGreaterThan score.Variance 0.1 "variance")

        testCase "Rows of zeros can be learned from" (fun () ->
            let withZero =
                DataSet.create
                    (matrix (array2D [ [ 1.0; 2.0 ]; [ 0.0; 0.0 ]; [ -1.0; 1.0 ] ]))
                    (matrix (array2D [ [ 1.0 ]; [ -1.0 ]; [ 0.5 ] ]))
                |> Result.orFail

            let without =
                DataSet.create
                    (matrix (array2D [ [ 1.0; 2.0 ]; [ -1.0; 1.0 ] ]))
                    (matrix (array2D [ [ 1.0 ]; [ 0.5 ] ]))
                |> Result.orFail

            let evidence data =
                solve Theory.infiniteWidth (Network.dense Activation.step [ 400 ]) 0.1 data
                |> Posterior.logEvidence

            // f(0) = 0 for certain: the target there is noise alone.
            let noise = -0.5 * (1.0 / 0.1 + log (2.0 * Math.PI * 0.1))
            Expect.within 1e-10 (evidence withZero) (evidence without + noise) "evidence")
    ]
