namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// The posterior predictive of f at a set of inputs: mean f(x) and variance s2(x), a row a point, a column an output.
type Prediction =
    {
        /// Means of f, a row a test point, a column an output.
        Mean: float[,]
        /// Variances of f.
        Variance: float[,]
    }

/// The generalisation error <(y0 - f)^2> averaged over a test set and over outputs.
type Score =
    {
        /// Bias + variance.
        Loss: float
        /// The mean of (y0 - f(x))^2, f the posterior mean.
        Bias: float
        /// The mean of s2(x).
        Variance: float
    }

/// Predictive means and variances.
[<RequireQualifiedAccess>]
module Prediction =

    /// K between training and test points (P x Ptest), and K(x, x) of the test points.
    type internal TestKernel =
        {
            Cross: Matrix
            Diagonal: float[]
            /// m(x) of the test points, where the kernel is centred.
            Means: float[]
            /// k_x^T (T I + s K)^(-1) k_x of T and s, where the basis does not hold all of k_x.
            Explained: (float -> float -> float[]) option
        }

    /// What a Krylov space knows of K between training and test points.
    let internal ofQuadrature (known: Quadrature) : TestKernel =
        {
            Cross = known.Cross
            Diagonal = known.Diagonal
            Means = [||]
            Explained = Some known.Explained
        }

    /// k_x^T (T I + s K)^(-1) k_x of every test point, for T I + s F factorised.
    let internal explained temperature scale (factor: FormFactor) (kernel: TestKernel) =
        match kernel.Explained with
        | Some explained -> explained temperature scale
        | None -> factor.QuadraticForms kernel.Cross

    /// scale B^T V; one column goes through the matrix-vector product, which reads B once.
    let private product scale (b: Matrix) (v: Matrix) =
        let mean = Matrix.Uninitialized(b.Columns, v.Columns)

        if v.Columns = 1n then
            let x = Array.init (int v.Rows) (fun i -> v[nativeint i, 0n])
            let y = Array.zeroCreate<float>(int b.Columns)
            LinearAlgebra.Default.Multiply(scale, b, true, ReadOnlySpan x, 0.0, Span y)

            for t in 0 .. y.Length - 1 do
                mean[nativeint t, 0n] <- y[t]
        else
            LinearAlgebra.Default.Multiply(scale, b, true, v, false, 0.0, mean)

        mean

    let private variances scale (diagonal: float[]) (explained: float[]) =
        Array.map2 (fun kxx e -> max 0.0 (scale * kxx - e)) diagonal explained

    // In the basis V: mean = s b^T (T I + s F)^(-1) V^T y, variance = s k_xx - s^2 b^T (T I + s F)^(-1) b, b = V^T k_x.
    let private spectral temperature scale (spectrum: Spectrum) (kernel: TestKernel) =
        match spectrum.Form.Factor(temperature, scale) with
        | null -> raise (FailureException(Failures.singular temperature spectrum.Rank spectrum.Count))
        | factor ->
            let coefficients = spectrum.Targets.Clone()
            factor.Solve coefficients
            let mean = product scale kernel.Cross coefficients

            let explained =
                explained temperature scale factor kernel
                |> Array.map (fun q -> scale * scale * q)

            mean, variances scale kernel.Diagonal explained

    // The mean's coefficient is one more Gaussian unknown: what Sigma alone predicts for y, and how far m(x) is from what it
    // predicts for m.
    let private centred temperature covarianceScale meanScale spectrum (kernel: TestKernel) =
        let predicted, variance = spectral temperature covarianceScale spectrum kernel

        let correction =
            CentredSpectrum.correction temperature covarianceScale meanScale spectrum

        let mean = Matrix.Uninitialized(predicted.Rows, 1n)

        let variance =
            variance
            |> Array.mapi (fun t s2 ->
                let misfit = kernel.Means[t] - predicted[nativeint t, 1n]
                mean[nativeint t, 0n] <- predicted[nativeint t, 0n] + correction.Coefficient * misfit
                s2 + correction.Variance * misfit * misfit)

        mean, variance

    let private ofMoments (mean: Matrix) variance =
        if
            not (
                Array.forall Double.IsFinite variance
                && Seq.forall
                    (fun i -> mean.Row(i).ToArray() |> Array.forall Double.IsFinite)
                    (seq { 0n .. mean.Rows - 1n })
            )
        then
            raise (FailureException Failures.beyondDoubles)

        let outputs = int mean.Columns

        {
            Mean = mean.ToArray()
            Variance = Array2D.init variance.Length outputs (fun t _ -> variance[t])
        }

    /// Where K is `scale` times one decomposed with the targets.
    let internal ofSpectrum temperature scale spectrum kernel =
        spectral temperature scale spectrum kernel ||> ofMoments

    /// Where K is covarianceScale Sigma + meanScale m m^T, Sigma decomposed with the targets y and m.
    let internal ofCentredSpectrum temperature covarianceScale meanScale spectrum kernel =
        centred temperature covarianceScale meanScale spectrum kernel ||> ofMoments

    /// What A = T I + K predicts at inputs x of these k(x, x).
    let internal ofFactor (inputs: Matrix) diagonal (factor: IKernelFactor) =
        let predicted = factor.Predict inputs
        ofMoments predicted.Mean (variances 1.0 diagonal predicted.Explained)

    /// Bias, variance and loss against the true labels y0 (Ptest x D).
    let score (labels: Matrix) prediction =
        let points, outputs =
            Array2D.length1 prediction.Mean, Array2D.length2 prediction.Mean

        let mutable bias = 0.0
        let mutable variance = 0.0

        for t in 0 .. points - 1 do
            for d in 0 .. outputs - 1 do
                let error = labels[nativeint t, nativeint d] - prediction.Mean[t, d]
                bias <- bias + error * error
                variance <- variance + prediction.Variance[t, d]

        let count = float (points * outputs)

        if not (Double.IsFinite(bias + variance)) then
            raise (FailureException Failures.beyondDoubles)

        {
            Loss = (bias + variance) / count
            Bias = bias / count
            Variance = variance / count
        }
