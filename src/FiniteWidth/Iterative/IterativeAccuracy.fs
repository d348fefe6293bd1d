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
        /// The standard error that the tolerance is for: the largest of those of the order parameters; of a matrix in its spectral norm, the largest
        /// error of an eigenvalue relative to the largest eigenvalue.
        Error: float
        /// The gap that the tolerance is for, in the same measure.
        Gap: float
        /// The standard error of log p(y|X).
        LogEvidence: float
        /// The gap of log p(y|X).
        LogEvidenceGap: float
        /// The standard error of log p(y|X) that rounding the kernel to single precision leaves.
        LogEvidenceRounding: float
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

    /// The relative error of every order parameter: standard error, gap and rounding together.
    member this.OrderParameterErrors =
        Array.map2
            (fun error gap -> sqrt (error * error + (gap + this.Rounding) * (gap + this.Rounding)))
            this.OrderParameters
            this.OrderParameterGaps

    /// The error of log p(y|X): standard error, gap and rounding together.
    member this.LogEvidenceError =
        sqrt (
            this.LogEvidence * this.LogEvidence
            + this.LogEvidenceGap * this.LogEvidenceGap
            + this.LogEvidenceRounding * this.LogEvidenceRounding
        )

/// The errors of iterative answers, and what is needed to make them small.
[<RequireQualifiedAccess>]
module internal IterativeAccuracy =

    let private largest values = Array.fold max 0.0 values

    /// tr f(scale K) as each probe has it.
    let traces f scale (spectrum: Spectrum) (known: Quadrature) =
        let nodes = spectrum.Eigenvalues

        known.Probes
        |> Array.map (fun probe ->
            let mutable sum = 0.0

            for i in 0 .. probe.Weights.Length - 1 do
                sum <- sum + probe.Weights[i] * f (scale * nodes[probe.First + i])

            sum)

    /// The standard error of the mean of independent values.
    let standardError (values: float[]) =
        let count = float values.Length
        let mean = Array.average values
        let squares = values |> Array.sumBy (fun value -> (value - mean) * (value - mean))
        sqrt (squares / (count * (count - 1.0)))

    /// log(1 + k/T), whose trace is log det, and k/(T + k), its derivative in log k.
    let logarithm temperature k = log (1.0 + k / temperature)

    /// The same.
    let fraction temperature k = k / (temperature + k)

    /// The standard error of log p from entries of K that are rounded independently: a share `rounding` of T, the size of the rounding's
    /// eigenvalues, is sqrt(P) times that of w^T dK w/|w|^2 for one w. Half of that times T tr A^(-1) <= P D and T |A^(-1) y|^2 <= W.
    let evidenceRounding rounding examples outputs w =
        0.5 * rounding / sqrt (float examples) * (float (examples * outputs) + w)

    /// Standard errors of W and dW/dlog s from the scatter of the probes.
    let scatter temperature scale (spectrum: Spectrum) (known: Quadrature) =
        let error f =
            float spectrum.Outputs * standardError (traces f scale spectrum known)

        error (logarithm temperature), error (fraction temperature)

    /// The rules of a Krylov space: the one that answers and the one that errs to the other side.
    let rules (spectrum: Spectrum) (known: Quadrature) =
        match known.Bound with
        | Some bound -> (spectrum, known), (bound, bound.Quadrature |> Option.defaultValue known)
        | None -> (spectrum, known), (spectrum, known)

    /// The root mean square of the gap of means, the mean of that of variances and the mean variance, of what two rules predict; zero and one
    /// where there are no test points.
    let predictionGaps (mean: float[,]) (variance: float[,]) (otherMean: float[,]) (otherVariance: float[,]) =
        let average f (x: float[,]) (y: float[,]) =
            Seq.map2 f (Seq.cast<float> x) (Seq.cast<float> y) |> Seq.average

        if mean.Length = 0 then
            struct (0.0, 0.0, 1.0)
        else
            struct (sqrt (average (fun x y -> (x - y) * (x - y)) mean otherMean),
                    average (fun x y -> abs (x - y)) variance otherVariance,
                    Seq.average (Seq.cast<float> variance))

    let private gapsOf temperature scale spectrum known =
        let predict (spectrum, known) =
            Prediction.ofSpectrum temperature scale spectrum (Prediction.ofQuadrature known)

        let answer, other = rules spectrum known
        let a, b = predict answer, predict other
        predictionGaps a.Mean a.Variance b.Mean b.Variance

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
            let errors, gaps = relative first, relative gap
            let struct (means, variances, variance) = gapsOf temperature s spectrum known
            let rounding = s * known.Rounding / temperature

            {
                OrderParameters = errors
                OrderParameterGaps = gaps
                Error = largest errors
                Gap = largest gaps
                LogEvidence = 0.5 * value
                LogEvidenceGap = 0.5 * abs (here.Value - there.Value)
                LogEvidenceRounding = evidenceRounding rounding spectrum.Count spectrum.Outputs here.Value
                LogScale = abs (along * first)
                LogScaleGap = abs (along * gap)
                MeanGap = means
                VarianceGap = variances
                Variance = variance
                Rounding = rounding
                Probes = known.Probes.Length
                Steps = known.Steps
                Products = known.Products
            })

    // Shares of the tolerance: two standard errors and the gap of an order parameter come to less than it, and a loss to a few times it.
    let private gapShare, private scatterShare = 0.2, 0.4

    /// Whether the Krylov space must grow.
    let needsSteps (settings: IterativeSettings) count (accuracy: IterativeAccuracy) =
        let tolerance = settings.Tolerance
        let above limit value = not (value <= limit)

        above (gapShare * tolerance) accuracy.Gap
        || above (tolerance * accuracy.Variance) accuracy.VarianceGap
        || above (3.0 * tolerance * sqrt accuracy.Variance) accuracy.MeanGap
        || above (0.01 * tolerance * count) accuracy.LogEvidenceGap

    // The number of random vectors that the standard error needs, which falls as their root; a tenth more, as the error is itself an estimate.
    let private probesNeeded (settings: IterativeSettings) (accuracy: IterativeAccuracy) =
        let excess = accuracy.Error / (scatterShare * settings.Tolerance)

        if not (excess > 1.0) then
            accuracy.Probes
        else
            float accuracy.Probes * 1.1 * excess * excess
            |> max (float (accuracy.Probes + settings.Probes))
            |> min (float settings.MostProbes)
            |> ceil
            |> int

    /// Whether what the iteration left over is too much to answer.
    let isHopeless (settings: IterativeSettings) (accuracy: IterativeAccuracy) =
        not (accuracy.Gap <= 10.0 * settings.Tolerance)
        || not (accuracy.VarianceGap <= 20.0 * settings.Tolerance * accuracy.Variance)

    /// The answer, or what `again` finds in a larger Krylov space or with more random vectors where its errors are above the tolerance; `count` is
    /// the number of targets.
    let refine (solver: KrylovSolver) temperature count accuracy (again: unit -> Result<'T, Failure>) answer =
        let settings = solver.Settings

        if needsSteps settings count accuracy && solver.Refine() then
            again ()
        elif isHopeless settings accuracy then
            Error(
                Inaccurate
                    $"The iterative solver does not converge at T = {temperature} within {settings.MostVectors} vectors: raise T, allow more vectors, or use the solver \"direct\"."
            )
        elif solver.AddProbes(probesNeeded settings accuracy) then
            again ()
        else
            Ok answer
