namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The posterior predictive of D outputs at a set of inputs: a mean a point (a row), a D x D covariance a point.
type JointPrediction =
    {
        /// Means, a row a test point, a column an output.
        Mean: float[,]
        /// Covariances between outputs, a matrix a test point.
        Covariance: float[,][]
    }

    /// The variances alone, a row a point.
    member this.Variance =
        Array2D.init (Array2D.length1 this.Mean) (Array2D.length2 this.Mean) (fun t d -> this.Covariance[t][d, d])

/// Predictions of several outputs together.
[<RequireQualifiedAccess>]
module JointPrediction =

    /// Bias, variance and loss against the true labels y0 (Ptest x D), averaged over points and outputs.
    let score (labels: Matrix) (joint: JointPrediction) =
        Prediction.score
            labels
            {
                Mean = joint.Mean
                Variance = joint.Variance
            }

    /// The fraction of points whose largest predicted mean is that of the largest label.
    let accuracy (labels: Matrix) (joint: JointPrediction) =
        let points, outputs = Array2D.length1 joint.Mean, Array2D.length2 joint.Mean

        let largest value = Seq.init outputs id |> Seq.maxBy value

        let right t =
            largest (fun d -> joint.Mean[t, d]) = largest (fun d -> labels[nativeint t, nativeint d])

        let hits = Seq.init points right |> Seq.sumBy (fun hit -> if hit then 1 else 0)
        float hits / float points

/// A network with D outputs solved on data: f ~ GP(0, Qbar (x) K), Qbar a positive D x D matrix.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type SeveralOutputs
    internal
    (
        study: Study,
        network: Network,
        temperature: float,
        scale: float,
        program: KernelProgram,
        spectrum: Spectrum,
        action: MatrixAction,
        saddlePoint: MatrixSaddlePoint,
        accuracy: (IterativeAccuracy * float[,]) option
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint

    /// The action that was solved.
    member _.Action = action

    /// What the iterative solver's answers may be off by, of the eigenvalues of Qbar in increasing order; none of the direct solver.
    member _.Accuracy = Option.map fst accuracy

    /// How the logarithms of the eigenvalues of Qbar move with what each probe sees (a row a probe), where the iterative solver found them.
    member internal _.Shifts = Option.map snd accuracy

    /// Qbar at the saddle point, D x D.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Study = study
    member internal _.Scale = scale
    member internal _.Program = program
    member internal _.Spectrum = spectrum

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}, D = {study.Train.Outputs}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Several outputs (theory sections 7 and 3b). With k_i the eigenvalues of the NNGP kernel and yhat_i in R^D the targets along its
/// eigenvectors,
///
/// S = L Tr Qbar^(1/L) - L D - log det Qbar + (1/N) sum_i [ log det(I + beta k_i Qbar) + yhat_i^T (T I + k_i Qbar)^(-1) yhat_i ]:
///
/// the proportional limit of one hidden layer, and the equivalent Wishart ansatz of L layers of the same width. In the eigenbasis
/// of Qbar every i is D scalars: O(P D^2) an evaluation, gradient and product with the Hessian included.
[<RequireQualifiedAccess>]
module SeveralOutputs =

    // p = k q/(T + k q) and v = (k q)^(1/2) y/(T + k q) carry everything: G = (diag(sum_i p_i) - v^T v)/N.
    let private expand
        temperature
        (width: float)
        (spectrum: Spectrum)
        (components: Matrix)
        (q: PositiveMatrix)
        : MatrixExpansion option =
        let algebra = LinearAlgebra.Default
        let order = q.Order
        let d = nativeint order
        let eigenvalues = spectrum.Eigenvalues
        let count = eigenvalues.Length
        let unit = if temperature > 0.0 then temperature else 1.0
        let v = Matrix.Uninitialized(nativeint count, d)
        let p = Matrix.Uninitialized(nativeint count, d)
        algebra.Multiply(1.0, components, false, q.Eigenvectors, true, 0.0, v)
        let traces = Array.zeroCreate<float> order
        let mutable value = 0.0

        for i in 0 .. count - 1 do
            let y = v.Row(nativeint i)
            let fractions = p.Row(nativeint i)
            let weight = spectrum.Weight i

            for a in 0 .. order - 1 do
                let k = eigenvalues[i] * q.Eigenvalues[a]
                let total = temperature + k
                value <- value + weight * log (total / unit) + y[a] * y[a] / total
                fractions[a] <- k / total
                traces[a] <- traces[a] + weight * fractions[a]
                y[a] <- sqrt k * y[a] / total

        let gradient =
            lazy
                (let g = Matrix.Uninitialized(d, d)
                 algebra.Multiply(-1.0 / width, v, true, v, false, 0.0, g)

                 for a in 0n .. d - 1n do
                     g[a, a] <- g[a, a] + traces[int a] / width

                 g)

        let overlaps =
            lazy
                (let o = Matrix.Uninitialized(d, d)

                 let weighted =
                     match spectrum.Quadrature with
                     | None -> p
                     | Some known -> Matrix.Create(p.Rows, p.Columns, (fun i a -> known.Weights[int i] * p[i, a]))

                 algebra.Multiply(1.0, p, true, weighted, false, 0.0, o)
                 o)

        // -(p^T p) o X + V^T (p o V X) + its transpose.
        let curvature (x: Matrix) =
            let z = Matrix.Uninitialized(nativeint count, d)
            algebra.Multiply(1.0, v, false, x, false, 0.0, z)

            for i in 0n .. z.Rows - 1n do
                let row = z.Row i
                let fractions = p.Row i

                for a in 0 .. order - 1 do
                    row[a] <- row[a] * fractions[a]

            let half = Matrix.Uninitialized(d, d)
            algebra.Multiply(1.0, v, true, z, false, 0.0, half)
            let o = overlaps.Value
            Matrix.Create(d, d, fun a b -> (half[a, b] + half[b, a] - o[a, b] * x[a, b]) / width)

        if Double.IsFinite value then
            Some
                {
                    Value = value / width
                    Gradient = gradient
                    Curvature = curvature
                }
        else
            None

    /// The action of D outputs over a decomposed kernel multiplied by `scale`.
    let internal action layers width temperature scale (spectrum: Spectrum) =
        let components = spectrum.Components
        let order = spectrum.Outputs
        let symmetric = MatrixSaddle.symmetric order layers width temperature

        let scaled = spectrum.Scaled scale

        {
            Order = order
            Layers = layers
            Expand = expand temperature width scaled components
            Size = 1.0 + float spectrum.Count / width
            Symmetric = symmetric scaled
            Cost = Cost.Small
        }

    /// One hidden layer at T = 0: Qbar = [ (1 - alpha) I + ((1 - alpha)^2 I + 4 alpha lambda_1 G/P)^(1/2) ]/2 with
    /// G = Y^T K^(-1) Y, given as `g` = lambda_1 G/P (D x D).
    let zeroTemperature alpha (g: float[,]) =
        let vectors = Matrix.FromArray g
        let values = LinearAlgebra.Default.Eigen vectors

        let roots =
            values |> Array.map (fun r -> SaddlePoint.zeroTemperature alpha (max 0.0 r))

        Array2D.init values.Length values.Length (fun i j ->
            let mutable sum = 0.0

            for a in 0 .. values.Length - 1 do
                sum <-
                    sum
                    + vectors[nativeint a, nativeint i] * roots[a] * vectors[nativeint a, nativeint j]

            sum)

    // The closed form at T = 0, which the search then needs only to confirm.
    let internal closedForm layers (width: float) temperature scale (spectrum: Spectrum) =
        if temperature = 0.0 && layers = 1 then
            let y = spectrum.Components
            let count = float spectrum.Count

            let g =
                Array2D.init spectrum.Outputs spectrum.Outputs (fun a b ->
                    let mutable sum = 0.0

                    for i in 0 .. spectrum.Count - 1 do
                        let row = nativeint i
                        sum <- sum + y[row, nativeint a] * y[row, nativeint b] / spectrum.Eigenvalues[i]

                    sum / (scale * count))

            zeroTemperature (count / width) g
            |> Matrix.FromArray
            |> PositiveMatrix.tryOfEntries
            |> Option.toList
        else
            []

    // The largest eigenvalue of Qbar.
    let internal largest (saddlePoint: MatrixSaddlePoint) =
        PositiveMatrix.Decompose(Matrix.FromArray saddlePoint.Chosen.OrderParameter).Eigenvalues
        |> Array.max

    let internal requireSequential network =
        Network.requireSequential "The theory of several outputs" network

    let private check (network: Network) temperature =
        result {
            do! requireSequential network

            if List.distinct network.Widths |> List.length > 1 then
                return!
                    Error(
                        Unsupported
                            "The hidden layers differ in width: the theory of several outputs at depth takes layers of one width."
                    )

            do! Posterior.checkTemperature temperature
        }

    // In the eigenbasis of Qbar the outputs are independent, each with the kernel q_a K.
    let internal predictBy temperature scale (q: PositiveMatrix) (spectrum: Spectrum) (kernel: Prediction.TestKernel) =
        let points = kernel.Diagonal.Length
        let order = q.Order
        let turned = Matrix.Uninitialized(spectrum.Targets.Rows, nativeint order)
        LinearAlgebra.Default.Multiply(1.0, spectrum.Targets, false, q.Eigenvectors, true, 0.0, turned)

        let independent =
            Array.init order (fun a ->
                let scale = scale * q.Eigenvalues[a]

                match spectrum.Form.Factor(temperature, scale) with
                | null -> raise (FailureException(Failures.singular temperature spectrum.Rank spectrum.Count))
                | factor ->
                    let column = turned.View(0n, nativeint a, turned.Rows, 1n).Clone()
                    factor.Solve column
                    let mean = Matrix.Uninitialized(nativeint points, 1n)
                    LinearAlgebra.Default.Multiply(scale, kernel.Cross, true, column, false, 0.0, mean)
                    let explained = Prediction.explained temperature scale factor kernel

                    let variance =
                        Array.map2 (fun kxx e -> max 0.0 (scale * kxx - scale * scale * e)) kernel.Diagonal explained

                    Array.init points (fun t -> mean[nativeint t, 0n]), variance)

        let u = q.Eigenvectors.ToArray()

        let back value =
            let mutable sum = 0.0

            for a in 0 .. order - 1 do
                sum <- sum + value a

            sum

        {
            Mean = Array2D.init points order (fun t d -> back (fun a -> u[a, d] * (fst independent[a])[t]))
            Covariance =
                Array.init points (fun t ->
                    Array2D.init order order (fun c d -> back (fun a -> u[a, c] * (snd independent[a])[t] * u[a, d])))
        }

    // The errors of an iterative solution: of a change of the action's gradient that is diagonal in the eigenbasis, which is all that traces make, the
    // response is a combination of those to each output's; the gap of the rules has one of its own.
    let private accuracyOf (network: Network) temperature scale (spectrum: Spectrum) saddlePoint =
        spectrum.Quadrature
        |> Option.map (fun known ->
            let width = float network.Widths.Head
            let q = PositiveMatrix.Decompose(Matrix.FromArray saddlePoint.Chosen.OrderParameter)
            let order = q.Order

            let ofRule spectrum =
                action network.Depth width temperature scale spectrum

            let answer, (bound, other) = IterativeAccuracy.rules spectrum known
            let own = ofRule spectrum

            let response change =
                MatrixSaddle.response own q change
                |> Option.defaultWith (fun () -> Matrix.Create(nativeint order, nativeint order, (fun _ _ -> nan)))

            let unit =
                [|
                    for a in 0 .. order - 1 ->
                        let a = nativeint a

                        Matrix.Create(
                            nativeint order,
                            nativeint order,
                            (fun i j -> if i = a && j = a then 1.0 else 0.0)
                        )
                        |> response
                        |> _.Diagonal()
                |]

            let seen f =
                [|
                    for value in q.Eigenvalues -> IterativeAccuracy.traces f (scale * value) spectrum known
                |]

            let fractions = seen (IterativeAccuracy.fraction temperature)
            let means = fractions |> Array.map Array.average

            let shifts =
                Array2D.init known.Probes.Length order (fun z a ->
                    let mutable sum = 0.0

                    for b in 0 .. order - 1 do
                        sum <- sum + unit[b][a] * (fractions[b][z] - means[b]) / width

                    sum)

            let logarithms =
                seen (IterativeAccuracy.logarithm temperature) |> Array.reduce (Array.map2 (+))

            let gradients, struct (gap, action) =
                match own.Expand q, (ofRule bound).Expand q with
                | Some here, Some there ->
                    Matrix.Create(
                        nativeint order,
                        nativeint order,
                        fun i j -> there.Gradient.Value[i, j] - here.Gradient.Value[i, j]
                    ),
                    struct (abs (there.Value - here.Value), here.Value)
                | _ -> Matrix.Create(nativeint order, nativeint order, (fun _ _ -> nan)), struct (nan, nan)

            let orderGaps = (response gradients).Diagonal() |> Array.map abs

            let errors =
                [| for a in 0 .. order - 1 -> IterativeAccuracy.standardError shifts[*, a] |]

            // Relative to the largest eigenvalue.
            let inNorm errors =
                Array.map2 (*) errors q.Eigenvalues
                |> Array.max
                |> (*) (1.0 / Array.max q.Eigenvalues)

            let predict (spectrum, known) =
                predictBy temperature scale q spectrum (Prediction.ofQuadrature known)

            let a, b = predict answer, predict (bound, other)

            let struct (meanGap, varianceGap, variance) =
                IterativeAccuracy.predictionGaps a.Mean a.Variance b.Mean b.Variance

            let rounding = scale * Array.max q.Eigenvalues * known.Rounding / temperature

            {
                OrderParameters = errors
                OrderParameterGaps = orderGaps
                Error = inNorm errors
                Gap = inNorm orderGaps
                LogEvidence = 0.5 * IterativeAccuracy.standardError logarithms
                LogEvidenceGap = 0.5 * width * gap
                LogEvidenceRounding = IterativeAccuracy.evidenceRounding rounding spectrum.Count order (width * action)
                LogScale = Array.max errors
                LogScaleGap = Array.max orderGaps
                MeanGap = meanGap
                VarianceGap = varianceGap
                Variance = variance
                Rounding = rounding
                Probes = known.Probes.Length
                Steps = known.Steps
                Products = known.Products
            },
            shifts)

    let rec private attempt (network: Network) temperature (study: Study) =
        result {
            do! check network temperature
            do! Posterior.checkSolver temperature study

            let scale, program, spectrum =
                Posterior.constantKernel study network (Theory.infiniteWidth network).Kernel

            do! KernelChecks.checkRank temperature study.Train spectrum

            let width = float network.Widths.Head
            let action = action network.Depth width temperature scale spectrum
            let starts = closedForm network.Depth width temperature scale spectrum

            let! saddlePoint =
                MatrixSaddle.solveFrom SaddlePoint.defaults starts action
                |> KernelChecks.orLost temperature scale spectrum

            do! KernelChecks.checkNoise temperature (scale * largest saddlePoint) spectrum
            do! MatrixSaddle.requireFinite saddlePoint
            let accuracy = accuracyOf network temperature scale spectrum saddlePoint

            let solved =
                SeveralOutputs(study, network, temperature, scale, program, spectrum, action, saddlePoint, accuracy)

            match study.Iterative, accuracy with
            | Some solver, Some(accuracy, _) ->
                return!
                    IterativeAccuracy.refine
                        solver
                        temperature
                        (float study.Train.Count * float study.Train.Outputs)
                        accuracy
                        (fun () -> attempt network temperature study)
                        solved
            | _ -> return solved
        }

    /// Solves the theory of several outputs for a network at temperature T: one hidden layer in the proportional limit, several
    /// layers of one width under the Wishart ansatz.
    let solve (network: Network) temperature (study: Study) =
        Failures.catch (fun () -> attempt network temperature study)

    /// The predictive mean and output-output covariance at the rows of `inputs`: in the eigenbasis of Qbar the outputs are
    /// independent, each with the kernel q_a K.
    let predict (inputs: Matrix) (posterior: SeveralOutputs) : JointPrediction =
        let spectrum = posterior.Spectrum
        let kernel = posterior.Study.Projected(posterior.Program, spectrum, None, inputs)
        let q = PositiveMatrix.Decompose(Matrix.FromArray posterior.OrderParameter)
        predictBy posterior.Temperature posterior.Scale q spectrum kernel

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> JointPrediction.score test.Targets

    /// The standard error of a score that the iterative solver found: what the probes make of the eigenvalues of Qbar, times the change of the score
    /// with them, the gap of the rules, and rounding. None of the direct solver.
    let scoreError (test: DataSet) (posterior: SeveralOutputs) : Score option =
        match posterior.Accuracy, posterior.Shifts, posterior.Spectrum.Quadrature with
        | Some accuracy, Some shifts, Some known ->
            let q = PositiveMatrix.Decompose(Matrix.FromArray posterior.OrderParameter)
            let answer, other = IterativeAccuracy.rules posterior.Spectrum known

            let score (spectrum, known) (q: PositiveMatrix) =
                predictBy posterior.Temperature posterior.Scale q spectrum (Prediction.ofQuadrature known)
                |> JointPrediction.score test.Targets

            let h = 1e-3
            let order = nativeint q.Order

            let moved a step =
                let along =
                    Matrix.Create(order, order, (fun i j -> if i = a && j = a then step else 0.0))

                PositiveMatrix.move 1.0 along q
                |> Option.defaultWith (fun () -> raise (FailureException Failures.beyondDoubles))
                |> score answer

            let slopes = [| for a in 0n .. order - 1n -> moved a h, moved a -h |]
            let here, there = score answer q, score other q

            let error (part: Score -> float) =
                let slopes =
                    slopes
                    |> Array.map (fun (above, below) -> (part above - part below) / (2.0 * h))

                let scatter =
                    Array.init (Array2D.length1 shifts) (fun z ->
                        Array.fold2 (fun sum slope shift -> sum + slope * shift) 0.0 slopes shifts[z, *])
                    |> IterativeAccuracy.standardError

                let moved =
                    Array.fold2 (fun sum slope gap -> sum + abs slope * gap) 0.0 slopes accuracy.OrderParameterGaps

                let gap = abs (part here - part there) + moved + accuracy.Rounding * part here
                sqrt (scatter * scatter + gap * gap)

            Some
                {
                    Loss = error _.Loss
                    Bias = error _.Bias
                    Variance = error _.Variance
                }
        | _ -> None

    /// log p(Y|X) = -(N/2) S - (P D/2) log(2 pi T); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: SeveralOutputs) =
        let noise =
            if posterior.Temperature > 0.0 then
                posterior.Temperature
            else
                1.0

        let count = float (posterior.Spectrum.Count * posterior.Spectrum.Outputs)

        -0.5
        * (float posterior.Network.Widths.Head * posterior.SaddlePoint.Chosen.Action
           + count * log (2.0 * Math.PI * noise))

    /// The fraction of a test set whose largest predicted output is that of the largest target.
    let accuracy (test: DataSet) posterior =
        predict test.Inputs posterior |> JointPrediction.accuracy test.Targets

    /// Whether a theory of a network is one that this module solves for several outputs: the Wishart ansatz, or the proportional
    /// limit where the two are the same, of one layer or of an activation that is homogeneous.
    let describes (theory: Theory) (network: Network) =
        let form (model: Model) =
            Kernel.simplify model.Kernel, model.Entropy

        network.Wiring = Wiring.Sequential
        && form (theory network) = form (Theory.wishart network)
