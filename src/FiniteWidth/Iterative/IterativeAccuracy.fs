namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What the iterative solver's answers may be off by. Standard errors come from the scatter of the random vectors behind traces; gaps are the
/// difference of the Gauss rule, which answers, and the Gauss-Radau rule of the same Krylov space, which errs to the other side.
type IterativeAccuracy =
    {
        /// The relative standard error of every order parameter, by the saddle equation linearised.
        OrderParameters: float[]
        /// The relative gap of every order parameter.
        OrderParameterGaps: float[]
        /// The standard error of log p(y|X).
        LogEvidence: float
        /// The gap of log p(y|X).
        LogEvidenceGap: float
        /// The standard error of the logarithm of the scale of the kernel.
        LogScale: float
        /// The gap of the same.
        LogScaleGap: float
        /// The root mean square of the gap of the means at the test points.
        MeanGap: float
        /// The mean of the gap of the variances at the test points.
        VarianceGap: float
        /// The mean of the variances at the test points.
        Variance: float
        /// The share of T that rounding the kernel to single precision may come to: a relative error of what is predicted.
        Rounding: float
        /// The number of random vectors.
        Probes: int
        /// The number of products of the kernel with a block of vectors.
        Steps: int
        /// The number of vectors that the kernel has multiplied in all.
        Products: int
    }

/// The errors of iterative answers, and what is needed to make them small.
[<RequireQualifiedAccess>]
module internal IterativeAccuracy =

    /// Standard errors of W and dW/dlog s from the scatter of the probes.
    let scatter temperature scale (spectrum: Spectrum) (known: Quadrature) =
        let unit = if temperature > 0.0 then temperature else 1.0
        let nodes = spectrum.Eigenvalues

        let of' (f: float -> float) =
            let values =
                known.Probes
                |> Array.map (fun probe ->
                    let mutable sum = 0.0

                    for i in 0 .. probe.Weights.Length - 1 do
                        sum <- sum + probe.Weights[i] * f (scale * nodes[probe.First + i])

                    sum)

            let count = float values.Length
            let mean = Array.average values
            let squares = values |> Array.sumBy (fun value -> (value - mean) * (value - mean))
            float spectrum.Outputs * sqrt (squares / (count * (count - 1.0)))

        of' (fun k -> log ((temperature + k) / unit)), of' (fun k -> k / (temperature + k))

    let private conditioned temperature scale (spectrum: Spectrum) (known: Quadrature) =
        let kernel: Prediction.TestKernel =
            {
                Cross = known.Cross
                Diagonal = known.Diagonal
                Means = [||]
                Explained = Some known.Explained
            }

        Prediction.predict temperature (Prediction.Conditioned.Spectral(scale, spectrum)) kernel

    // The gaps of predictions at a scale; zero where there are no test points.
    let private predictionGaps temperature scale (spectrum: Spectrum) (known: Quadrature) =
        match
            known.Bound
            |> Option.bind (fun bound -> bound.Quadrature |> Option.map (fun q -> bound, q))
        with
        | Some(bound, other) when known.Diagonal.Length > 0 ->
            let a = conditioned temperature scale spectrum known
            let b = conditioned temperature scale bound other

            let mean f (x: float[,]) (y: float[,]) =
                Seq.map2 f (Seq.cast<float> x) (Seq.cast<float> y) |> Seq.average

            sqrt (mean (fun x y -> (x - y) * (x - y)) a.Mean b.Mean),
            mean (fun x y -> abs (x - y)) a.Variance b.Variance,
            Seq.average (Seq.cast<float> a.Variance)
        | _ -> 0.0, 0.0, 1.0

    /// The accuracy at order parameters theta where the kernel is scale(theta) times one that a quadrature is known of; none of other kernels.
    let ofSpectrum
        (action: EffectiveAction)
        (scale: Scalar)
        (bind: Symbol -> float)
        width
        temperature
        (theta: float[])
        (spectrum: Spectrum)
        =
        spectrum.Quadrature
        |> Option.map (fun known ->
            let s = Scalar.evaluate bind scale
            let value, first = scatter temperature s spectrum known
            let here = Spectrum.action temperature s spectrum

            let there =
                known.Bound
                |> Option.map (Spectrum.action temperature s)
                |> Option.defaultValue here

            // theta moves by -H^(-1) dW/dtheta/N, where dW/dtheta = (dW/dlog s) dlog s/dtheta.
            let slope =
                action.OrderParameters
                |> List.map (fun symbol -> Scalar.derivative symbol (log scale) |> Scalar.evaluate bind)
                |> Array.ofList

            let response =
                match action.Hessian with
                | Some hessian when theta.Length > 0 ->
                    let h =
                        MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfArray(hessian theta)

                    h.Solve(MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray slope).ToArray()
                    |> Array.map (fun r -> r / width)
                | _ -> Array.map (fun _ -> 0.0) theta

            let relative error =
                Array.map2 (fun r t -> abs (r * error / t)) response theta

            let along = Array.fold2 (fun sum r g -> sum + r * g) 0.0 response slope
            let gap = abs (here.First - there.First)
            let means, variances, variance = predictionGaps temperature s spectrum known

            {
                OrderParameters = relative first
                OrderParameterGaps = relative gap
                LogEvidence = 0.5 * value
                LogEvidenceGap = 0.5 * abs (here.Value - there.Value)
                LogScale = abs (along * first)
                LogScaleGap = abs (along * gap)
                MeanGap = means
                VarianceGap = variances
                Variance = variance
                Rounding = s * known.Rounding / temperature
                Probes = known.Probes.Length
                Steps = known.Steps
                Products = known.Products
            })

    let private largest values = Array.fold max 0.0 values

    // Shares of the tolerance: two standard errors and the gap of an order parameter come to less than it, and a loss to a few times it.
    let private gapShare, private scatterShare = 0.2, 0.4

    /// Whether the Krylov space must grow.
    let needsSteps (settings: IterativeSettings) count (accuracy: IterativeAccuracy) =
        let tolerance = settings.Tolerance
        let above limit value = not (value <= limit)

        above (gapShare * tolerance) (largest accuracy.OrderParameterGaps)
        || above (tolerance * accuracy.Variance) accuracy.VarianceGap
        || above (3.0 * tolerance * sqrt accuracy.Variance) accuracy.MeanGap
        || above (0.01 * tolerance * count) accuracy.LogEvidenceGap

    /// Whether more random vectors are needed.
    let needsProbes (settings: IterativeSettings) (accuracy: IterativeAccuracy) =
        largest accuracy.OrderParameters > scatterShare * settings.Tolerance

    /// Whether what the iteration left over is too much to answer.
    let isHopeless (settings: IterativeSettings) (accuracy: IterativeAccuracy) =
        not (largest accuracy.OrderParameterGaps <= 10.0 * settings.Tolerance)
        || not (accuracy.VarianceGap <= 20.0 * settings.Tolerance * accuracy.Variance)
