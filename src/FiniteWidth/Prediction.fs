namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// The posterior predictive of f at a set of inputs: mean f(x) and variance s2(x), a row a point, a column an output.
type Prediction = { Mean: float[,]; Variance: float[,] }

/// The generalisation error <(y0 - f)^2> averaged over a test set and over outputs.
type Score =
    { /// Bias + variance.
      Loss: float
      /// The mean of (y0 - f(x))^2, f the posterior mean.
      Bias: float
      /// The mean of s2(x).
      Variance: float }

[<RequireQualifiedAccess>]
module Prediction =

    /// The posterior at given order parameters, ready to predict.
    [<RequireQualifiedAccess>]
    type internal Conditioned =
        /// K = scale * constant kernel, in the eigenbasis of the latter.
        | Spectral of scale: float * Spectrum
        /// A = T I + K factorised, with A^(-1) Y.
        | Factorised of EffectiveAction.Factorised

    /// K(test, train) and K(x, x) of test points, in the form that the posterior uses.
    type internal TestKernel = { Cross: Matrix; Diagonal: float[] }

    let private ofMatrix (m: Matrix) = m.ToArray()

    // mean_t = sum_i s b_ti yhat_i/(T + s k_i); variance_t = s k_tt - sum_i s^2 b_ti^2/(T + s k_i), b = K(test, train) U^T.
    let private spectral temperature scale (spectrum: Spectrum) (kernel: TestKernel) =
        let algebra = LinearAlgebra.Default
        let points = kernel.Cross.Rows
        let shrink = spectrum.Eigenvalues |> Array.map (fun k -> scale / (temperature + scale * k))
        let coefficients = spectrum.ProjectedTargets.Clone()

        for i in 0 .. shrink.Length - 1 do
            let row = coefficients.Row(nativeint i)

            for d in 0 .. row.Length - 1 do
                row[d] <- row[d] * shrink[i]

        let mean = Matrix.Uninitialized(points, coefficients.Columns)
        algebra.Multiply(1.0, kernel.Cross, false, coefficients, false, 0.0, mean)

        let variance =
            Array.Parallel.init (int points) (fun t ->
                let b = kernel.Cross.Row(nativeint t)
                let explained = WeightedSum.OfSquares(Span<float>.op_Implicit b, ReadOnlySpan shrink)
                max 0.0 (scale * (kernel.Diagonal[t] - explained)))

        mean, variance

    // mean = k_x^T A^(-1) y; variance = k_xx - |L^(-1) k_x|^2.
    let private factorised (factorised: EffectiveAction.Factorised) (kernel: TestKernel) =
        let algebra = LinearAlgebra.Default
        let points = kernel.Cross.Rows
        let v = factorised.Representer
        let mean = Matrix.Uninitialized(points, v.Columns)
        algebra.Multiply(1.0, kernel.Cross, false, v, false, 0.0, mean)
        use whitened = Matrix.Uninitialized(kernel.Cross.Columns, points)

        Parallel.For(
            0,
            int points,
            fun t ->
                let row = kernel.Cross.Row(nativeint t)

                for i in 0 .. row.Length - 1 do
                    whitened[nativeint i, nativeint t] <- row[i]
        )
        |> ignore

        algebra.SolveTriangular(factorised.Factor, false, whitened)
        let explained = Array.zeroCreate<float> (int points)

        for i in 0n .. whitened.Rows - 1n do
            let row = whitened.Row i

            for t in 0 .. row.Length - 1 do
                explained[t] <- explained[t] + row[t] * row[t]

        mean, Array.map2 (fun kxx e -> max 0.0 (kxx - e)) kernel.Diagonal explained

    let internal predict temperature conditioned kernel =
        let mean, variance =
            match conditioned with
            | Conditioned.Spectral(scale, spectrum) -> spectral temperature scale spectrum kernel
            | Conditioned.Factorised a -> factorised a kernel

        let outputs = int mean.Columns

        { Mean = ofMatrix mean
          Variance = Array2D.init variance.Length outputs (fun t _ -> variance[t]) }

    /// Bias, variance and loss against the true labels y0 (Ptest x D).
    let score (labels: Matrix) prediction =
        let points, outputs = Array2D.length1 prediction.Mean, Array2D.length2 prediction.Mean
        let mutable bias = 0.0
        let mutable variance = 0.0

        for t in 0 .. points - 1 do
            for d in 0 .. outputs - 1 do
                let error = labels[nativeint t, nativeint d] - prediction.Mean[t, d]
                bias <- bias + error * error
                variance <- variance + prediction.Variance[t, d]

        let count = float (points * outputs)

        { Loss = (bias + variance) / count
          Bias = bias / count
          Variance = variance / count }
