/// Numbers that others have published.
module FiniteWidth.Tests.PublishedTests

open System
open System.Globalization
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

// Regression on the sphere --------------------------------------------------------------------------------------------

/// A row of tests/golden/sphere.csv, whose head names the source.
type private Published =
    {
        Noise: float
        P: int
        Mean: float
        Deviation: float
    }

    /// Of the mean over 15 draws.
    member this.Error = this.Deviation / sqrt 14.0

let private published =
    lazy
        (File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "golden", "sphere.csv"))
         |> Seq.filter (fun line -> Char.IsDigit line[0])
         |> Seq.map (fun line ->
             let value (text: string) =
                 Double.Parse(text, CultureInfo.InvariantCulture)

             match line.Split ',' with
             | [| noise; p; mean; deviation |] ->
                 {
                     Noise = value noise
                     P = int p
                     Mean = value mean
                     Deviation = value deviation
                 }
             | _ -> failtest line)
         |> List.ofSeq)

let private dimension = 25
let private oneLayer = Network.dense Activation.relu [ 1 ]

/// Eigenvalue and multiplicity of the tangent kernel, degree by degree, by quadrature over the angle between two points.
let private tangentLevels =
    lazy
        let d = float dimension
        let rule = GaussLegendre.Rule(600, 0.0, Math.PI)
        let angles = rule.Nodes.ToArray()

        let density =
            Array.map2 (fun w theta -> w * sin theta ** (d - 2.0)) (rule.Weights.ToArray()) angles

        let point theta =
            [| sqrt 2.0 * cos theta; sqrt 2.0 * sin theta |]

        let points = Array.append [| 0.0 |] angles

        let kernel =
            oneLayer
            |> NeuralTangent.cross
                (Matrix.FromArray(1n, 2n, ReadOnlySpan(point 0.0)))
                (Matrix.FromArray(nativeint points.Length, 2n, ReadOnlySpan(Array.collect point points)))
            |> Result.orFail

        // Gegenbauer's polynomials, 1 at the pole, and how many harmonics share each.
        let rec levels k count (before: float[]) (current: float[]) =
            if k > 30.0 then
                []
            else
                let values =
                    Array.init angles.Length (fun i -> density[i] * kernel[0n, nativeint i + 1n] * current[i])

                let next =
                    Array.init angles.Length (fun i ->
                        let t = cos angles[i]

                        if k = 0.0 then
                            t
                        else
                            ((2.0 * k + d - 2.0) * t * current[i] - k * before[i]) / (k + d - 2.0))

                let more =
                    (2.0 * k + d) / (k + 1.0)
                    * (if k = 0.0 then
                           1.0
                       else
                           count * (k + d - 2.0) / (2.0 * k + d - 2.0))

                (max 0.0 (Array.sum values / Array.sum density), count)
                :: levels (k + 1.0) more current next

        let resolved =
            levels 0.0 1.0 (Array.zeroCreate angles.Length) (Array.create angles.Length 1.0)

        let rest =
            kernel[0n, 0n] - List.sumBy (fun (value, count) -> value * count) resolved

        resolved @ [ rest / 1e14, 1e14 ]

// Their target is the projection of twice this kernel on one linear function of each of the harmonics of degree 1.
let private power =
    lazy
        let eigenvalue, count = tangentLevels.Value[1]
        count * (2.0 * eigenvalue) ** 2.0

let private rootMeanSquare (z: float list) =
    sqrt (z |> List.averageBy (fun z -> z * z))

let private sphereTests =
    testList "Regression on the sphere" [
        testCase "Averages over training sets are those that were measured" (fun () ->
            let z =
                [
                    for row in published.Value do
                        let population =
                            tangentLevels.Value
                            |> List.mapi (fun k (eigenvalue, count) ->
                                {
                                    Eigenvalue = eigenvalue
                                    Multiplicity = count
                                    Power = if k = 1 then power.Value else 0.0
                                })
                            |> Population.ofLevels row.Noise
                            |> Result.orFail

                        let point =
                            AveragedCurve.point Theory.infiniteWidth 0.0 population row.P oneLayer
                            |> Result.orFail

                        let error = point.Score.Bias - row.Noise
                        (error - row.Mean) / row.Error
                ]

            Expect.hasLength z 60 "points"
            Expect.isLessThan (rootMeanSquare z) 1.3 "root mean square of the z-scores")

        testTheory "The regression itself errs as theirs does" [ 35, 24; 94, 16; 402, 6 ] (fun (p, draws) ->
            let sphere stream count =
                let x = gaussian stream count dimension

                Matrix.Create(
                    nativeint count,
                    nativeint dimension,
                    fun i j ->
                        let row = x.Row i
                        let mutable squares = 0.0

                        for value in row do
                            squares <- squares + value * value

                        x[i, j] * sqrt (float dimension / squares)
                )

            for row in published.Value |> List.filter (fun row -> row.P = p) do
                let errors =
                    [|
                        for k in 1..draws do
                            let stream = RandomStream.FromSeed(uint64 p).Split(int64 k)
                            let xi = gaussian (stream.Split 0L) p 1
                            let inputs = sphere (stream.Split 1L) p
                            let test = sphere (stream.Split 2L) 500
                            let target (x: Matrix) i = sqrt power.Value * x[i, 0n]

                            let targets =
                                Matrix.Create(nativeint p, 1n, fun i _ -> target inputs i + sqrt row.Noise * xi[i, 0n])

                            let flow =
                                GradientFlow.train (DataSet.create inputs targets |> Result.orFail) oneLayer
                                |> Result.orFail

                            let mean = (GradientFlow.predict infinity test flow).Mean

                            Seq.init 500 (fun i -> (mean[i, 0] - target test (nativeint i)) ** 2.0)
                            |> Seq.average
                    |]

                let mean = Array.average errors

                let error =
                    sqrt (Array.sumBy (fun e -> (e - mean) ** 2.0) errors / float (draws * (draws - 1)))

                let z = (mean - row.Mean) / sqrt (error * error + row.Error * row.Error)
                Expect.isLessThan (abs z) 3.5 $"z-score at noise {row.Noise}")
    ]

// Self-normalising networks -------------------------------------------------------------------------------------------

// Klambauer, Unterthiner, Mayr and Hochreiter (2017): the constants of equation 14, and the Jacobian at the fixed point of the map of mean and
// variance (0 and 1) that follows theorem 1: entries (0, 0.088834) for the mean's and the variance's slope in the variance, (0, 0.782648).
let private seluTests =
    testCase "SELU keeps mean 0 and variance 1, and pulls towards them" (fun () ->
        let activation =
            Activation.parse "1.0507009873554805 * if(z > 0, z, 1.6732632423543772 * (exp(z) - 1))"
            |> Result.orFail

        let map = activation.Map
        Expect.within 1e-9 (map.Mean 1.0) 0.0 "mean"
        Expect.within 1e-9 (map.Variance 1.0) 1.0 "variance, the mean being 0"
        Expect.within 1e-6 (map.MeanDerivative 1.0) 0.088834 "slope of the mean"
        Expect.within 1e-6 (map.VarianceDerivative 1.0) 0.782648 "slope of the variance")

let tests = testList "Published" [ sphereTests; seluTests ]
