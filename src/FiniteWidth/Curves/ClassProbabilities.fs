namespace FiniteWidth

open System
open FiniteWidth.Numerics
open MathNet.Numerics.Distributions

/// The probability that each of several outputs is the largest: of one-hot targets, that of each class.
[<RequireQualifiedAccess>]
module ClassProbabilities =

    // Points of the integral over more than two outputs; the error is of the order of one over it, some tenths of a per cent.
    let private points = 4096

    // The root above 1 of x^(n+1) = x + 1: its powers make the most even of these sequences in n dimensions.
    let private plastic n =
        let rec iterate x count =
            if count = 0 then
                x
            else
                iterate ((1.0 + x) ** (1.0 / float (n + 1))) (count - 1)

        iterate 2.0 60

    // Standard Gaussian coordinates, evenly spread, each point with its opposite.
    let internal normals n =
        let root = plastic n
        let steps = [| for k in 1..n -> root ** -float k |]

        [|
            for i in 1 .. points / 2 do
                let z =
                    steps
                    |> Array.map (fun step ->
                        let u = (0.5 + float i * step) % 1.0
                        Normal.InvCDF(0.0, 1.0, Math.Clamp(u, 1e-12, 1.0 - 1e-12)))

                z
                Array.map (~-) z
        |]

    let private largest (values: float[]) =
        let mutable best = 0

        for d in 1 .. values.Length - 1 do
            if values[d] > values[best] then
                best <- d

        best

    // For Gaussians f = mean + root z, one root and mean after the other.
    let private shares n =
        let normals = normals n

        fun (mean: float[]) (root: float[,]) ->
            let counts = Array.zeroCreate n

            for z in normals do
                let f =
                    Array.init n (fun d ->
                        let mutable sum = mean[d]

                        for e in 0 .. n - 1 do
                            sum <- sum + root[d, e] * z[e]

                        sum)

                let d = largest f
                counts[d] <- counts[d] + 1

            counts |> Array.map (fun count -> float count / float points)

    let private ofTwo (mean: float[]) variance =
        let distance = mean[0] - mean[1]

        let first =
            if variance > 0.0 then
                Normal.CDF(0.0, sqrt variance, distance)
            elif distance >= 0.0 then
                1.0
            else
                0.0

        [| first; 1.0 - first |]

    // The symmetric R with R R the covariance, which rounding may have made a little negative somewhere: it does not depend on which
    // eigenvectors of equal eigenvalues a library returns.
    let internal rootOf (covariance: float[,]) =
        let parts = PositiveMatrix.Decompose(Matrix.FromArray covariance)

        Array2D.init parts.Order parts.Order (fun d e ->
            let mutable sum = 0.0

            for a in 0 .. parts.Order - 1 do
                sum <-
                    sum
                    + parts.Eigenvectors[nativeint a, nativeint d]
                      * sqrt (max 0.0 parts.Eigenvalues[a])
                      * parts.Eigenvectors[nativeint a, nativeint e]

            sum)

    /// For each point the probability of each output (points x outputs), f being Gaussian with these means (points x outputs) and covariances, one a point: exact for
    /// two outputs, to some tenths of a per cent for more.
    let ofGaussians (mean: float[,]) (covariance: float[,][]) =
        let n = Array2D.length2 mean
        let shares = lazy shares n

        let rows =
            [|
                for t in 0 .. Array2D.length1 mean - 1 ->
                    let c = covariance[t]

                    if n = 2 then
                        ofTwo mean[t, *] (c[0, 0] + c[1, 1] - 2.0 * c[0, 1])
                    else
                        shares.Value mean[t, *] (rootOf c)
            |]

        Array2D.init rows.Length n (fun t d -> rows[t][d])

    /// Of several outputs that are predicted together.
    let ofJoint (joint: JointPrediction) = ofGaussians joint.Mean joint.Covariance

    /// Of several outputs with their joint covariance.
    let ofSeveralOutputs (inputs: Matrix) posterior =
        SeveralOutputs.predict inputs posterior |> ofJoint

    /// Of outputs that are independent of each other, as at infinite width.
    let ofIndependent (laws: PredictiveLaw[,]) =
        let n = Array2D.length2 laws

        let covariance t =
            Array2D.init n n (fun d e ->
                if d = e then
                    laws[t, d].Deviation * laws[t, d].Deviation
                else
                    0.0)

        ofGaussians
            (Array2D.map (fun (law: PredictiveLaw) -> law.Mean) laws)
            [| for t in 0 .. Array2D.length1 laws - 1 -> covariance t |]
