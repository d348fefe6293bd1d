namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// Where a smooth curve is asked for: x, and a, how far the curve may lie from zero there.
[<Struct>]
type internal CurvePlace = { X: float; Amplitude: float }

/// A number measured on a smooth curve, with its standard error.
[<Struct>]
type internal CurveReading =
    {
        Place: CurvePlace
        Value: float
        Error: float
    }

/// A function r(x) = k a(x) u(x) with u a Gaussian process of unit variance that is twice differentiable (Matérn 5/2, of length l): given readings,
/// its mean and standard deviation at other places, averaged over k and l by their evidence. Where there is no reading for many lengths it is
/// 0 +- a.
[<RequireQualifiedAccess>]
module internal SmoothCurve =

    // Lengths in x, and factors of the amplitude with what is thought of them beforehand.
    let private lengths = [ 0.5; 0.7; 1.0; 1.4; 2.0; 2.8; 4.0 ]
    let private factors = [ 0.5, 0.25; 1.0, 0.5; 2.0, 0.25 ]
    // Of a^2, so that readings of one place without errors do not make the covariance singular.
    let private jitter = 1e-9

    let private matern length (x: float) (y: float) =
        let r = sqrt 5.0 * abs (x - y) / length
        (1.0 + r + r * r / 3.0) * exp -r

    let private covariance length factor (p: CurvePlace) (q: CurvePlace) =
        factor * factor * p.Amplitude * q.Amplitude * matern length p.X q.X

    /// What one length and one factor make of it: their weight, the means at the places, and the covariances between these.
    [<NoComparison; NoEquality>]
    type private Conditioned =
        {
            LogWeight: float
            Mean: float[]
            Covariance: Matrix
        }

    let private condition (readings: CurveReading[]) (places: CurvePlace[]) length (factor, belief: float) =
        let k = covariance length factor

        let prior =
            Matrix.Create(nativeint places.Length, nativeint places.Length, (fun i j -> k places[int i] places[int j]))

        if readings.Length = 0 then
            {
                LogWeight = log belief
                Mean = Array.zeroCreate places.Length
                Covariance = prior
            }
        else
            let n = nativeint readings.Length
            let at (i: nativeint) = readings[int i].Place

            let factored =
                Matrix.Create(
                    n,
                    n,
                    fun i j ->
                        let noise =
                            if i = j then
                                readings[int i].Error ** 2.0 + jitter * (at i).Amplitude ** 2.0
                            else
                                0.0

                        k (at i) (at j) + noise
                )

            LinearAlgebra.Default.Cholesky factored |> ignore
            // L^(-1) of the values, and of the covariances with each place.
            let white = Matrix.Create(n, 1n, (fun i _ -> readings[int i].Value))

            let cross =
                Matrix.Create(n, nativeint places.Length, (fun i q -> k (at i) places[int q]))

            LinearAlgebra.Default.SolveTriangular(factored, false, white)
            LinearAlgebra.Default.SolveTriangular(factored, false, cross)
            LinearAlgebra.Default.Multiply(-1.0, cross, true, cross, false, 1.0, prior)

            let squares =
                Seq.init readings.Length (fun i -> white[nativeint i, 0n] ** 2.0) |> Seq.sum

            {
                LogWeight = log belief - 0.5 * (squares + LinearAlgebra.Default.LogDeterminant factored)
                Mean =
                    Array.init places.Length (fun q ->
                        Seq.init readings.Length (fun i -> cross[nativeint i, nativeint q] * white[nativeint i, 0n])
                        |> Seq.sum)
                Covariance = prior
            }

    // Every length and factor, with weights that sum to 1.
    let private all readings places =
        let each =
            [
                for length in lengths do
                    for factor in factors -> condition readings places length factor
            ]

        let highest = each |> List.map _.LogWeight |> List.max
        let total = each |> List.sumBy (fun one -> exp (one.LogWeight - highest))

        [ for one in each -> exp (one.LogWeight - highest) / total, one ]

    /// Mean and standard deviation at places, given readings at others or the same.
    let predict readings (places: CurvePlace[]) =
        let all = all readings places

        Array.init places.Length (fun q ->
            let mean = all |> List.sumBy (fun (weight, one) -> weight * one.Mean[q])

            let square =
                all
                |> List.sumBy (fun (weight, one) ->
                    weight
                    * (one.Covariance[nativeint q, nativeint q] + (one.Mean[q] - mean) ** 2.0))

            struct (mean, sqrt (Math.Max(0.0, square))))

    /// By how much a reading with this error at each place would lower the sum of the variances at the places that count.
    let gains readings (places: CurvePlace[]) (counts: bool[]) error =
        let all = all readings places

        Array.init places.Length (fun c ->
            all
            |> List.sumBy (fun (weight, one) ->
                let row = one.Covariance.Row(nativeint c)
                let mutable sum = 0.0

                for q in 0 .. places.Length - 1 do
                    if counts[q] then
                        sum <- sum + row[q] * row[q]

                weight * sum / (row[c] + error * error)))
