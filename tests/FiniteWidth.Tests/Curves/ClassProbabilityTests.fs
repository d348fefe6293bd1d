/// Probabilities to be the largest, against closed forms and draws.
module FiniteWidth.Tests.ClassProbabilityTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private ofOne (mean: float list) (covariance: float list list) =
    let n = mean.Length
    let means = Array2D.init 1 n (fun _ d -> mean[d])
    let result = ClassProbabilities.ofGaussians means [| array2D covariance |]
    [ for d in 0 .. n - 1 -> result[0, d] ]

let tests =
    testList "Class probabilities" [
        test "of two outputs it is that of their difference" {
            // f_1 - f_2 has mean 1 and variance 1 + 2 - 2 * 0.5 = 2.
            let expected = MathNet.Numerics.Distributions.Normal.CDF(0.0, sqrt 2.0, 1.0)
            let probabilities = ofOne [ 1.5; 0.5 ] [ [ 1.0; 0.5 ]; [ 0.5; 2.0 ] ]
            Expect.within 1e-14 probabilities[0] expected "first"
            Expect.within 1e-14 (List.sum probabilities) 1.0 "sum"
        }

        test "outputs that are alike share the probability" {
            for probability in
                ofOne [ 0.3; 0.3; 0.3; 0.3 ] [ for d in 0..3 -> [ for e in 0..3 -> if d = e then 1.0 else 0.2 ] ] do
                Expect.within 3e-3 probability 0.25 "a quarter"
        }

        test "correlated outputs are as draws have them" {
            let mean = [ 0.2; -0.1; 0.5 ]
            let covariance = [ [ 1.0; 0.6; -0.2 ]; [ 0.6; 1.5; 0.1 ]; [ -0.2; 0.1; 0.7 ] ]

            let root =
                MathNet.Numerics.LinearAlgebra.Double.DenseMatrix
                    .OfRows(List.map Seq.ofList covariance)
                    .Cholesky()
                    .Factor

            let stream = RandomStream.FromSeed 4UL
            let count = 200000
            let normals: float[] = Array.zeroCreate (3 * count)
            stream.Normal(System.Span normals)

            let winners =
                [|
                    for i in 0 .. count - 1 ->
                        [ 0..2 ]
                        |> List.maxBy (fun d ->
                            mean[d] + Seq.sum (seq { for e in 0..2 -> root[d, e] * normals[3 * i + e] }))
                |]

            let probabilities = ofOne mean covariance

            for d in 0..2 do
                let drawn = float (winners |> Array.filter ((=) d) |> Array.length) / float count
                // Three standard errors of the draws and the rule's tenths of a per cent.
                Expect.within 6e-3 probabilities[d] drawn $"output {d}"
        }

        test "without noise the largest mean wins" {
            Expect.equal (ofOne [ 1.0; 3.0; 2.0 ] [ for _ in 0..2 -> [ 0.0; 0.0; 0.0 ] ]) [ 0.0; 1.0; 0.0 ] "three"
            Expect.equal (ofOne [ 1.0; 3.0 ] [ for _ in 0..1 -> [ 0.0; 0.0 ] ]) [ 0.0; 1.0 ] "two"
        }
    ]
