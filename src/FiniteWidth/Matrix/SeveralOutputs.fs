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
        saddlePoint: MatrixSaddlePoint
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint

    /// The action that was solved.
    member _.Action = action

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

    /// Components of the targets along the eigenvectors, P x D; of one output their signs are of no account.
    let internal components (spectrum: Spectrum) =
        if spectrum.Outputs = 1 then
            Matrix.Create(nativeint spectrum.Eigenvalues.Length, 1n, (fun i _ -> sqrt spectrum.TargetPower[int i]))
        else
            spectrum.Targets

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
        let components = components spectrum
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
    let private closedForm (network: Network) temperature scale (spectrum: Spectrum) =
        if temperature = 0.0 && network.Depth = 1 then
            let y = components spectrum
            let count = float spectrum.Count

            let g =
                Array2D.init spectrum.Outputs spectrum.Outputs (fun a b ->
                    let mutable sum = 0.0

                    for i in 0 .. spectrum.Count - 1 do
                        let row = nativeint i
                        sum <- sum + y[row, nativeint a] * y[row, nativeint b] / spectrum.Eigenvalues[i]

                    sum / (scale * count))

            zeroTemperature (count / float network.Widths.Head) g
            |> Matrix.FromArray
            |> PositiveMatrix.tryOfEntries
            |> Option.toList
        else
            []

    // The largest eigenvalue of Qbar.
    let private largest (saddlePoint: MatrixSaddlePoint) =
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

    /// Solves the theory of several outputs for a network at temperature T: one hidden layer in the proportional limit, several
    /// layers of one width under the Wishart ansatz.
    let solve (network: Network) temperature (study: Study) =
        Failures.catch (fun () ->
            result {
                do! check network temperature

                let scale, program, spectrum =
                    Posterior.constantKernel study network (Theory.infiniteWidth network).Kernel

                do! Posterior.checkRank temperature study.Train spectrum

                let action =
                    action network.Depth (float network.Widths.Head) temperature scale spectrum

                let! saddlePoint =
                    MatrixSaddle.solveFrom SaddlePoint.defaults (closedForm network temperature scale spectrum) action
                    |> Posterior.orLost temperature scale spectrum

                do! Posterior.checkNoise temperature (scale * largest saddlePoint) spectrum
                do! MatrixSaddle.requireFinite saddlePoint
                return SeveralOutputs(study, network, temperature, scale, program, spectrum, action, saddlePoint)
            })

    /// The predictive mean and output-output covariance at the rows of `inputs`: in the eigenbasis of Qbar the outputs are
    /// independent, each with the kernel q_a K.
    let predict (inputs: Matrix) (posterior: SeveralOutputs) : JointPrediction =
        let spectrum = posterior.Spectrum
        let kernel = posterior.Study.Projected(posterior.Program, spectrum, None, inputs)
        let q = PositiveMatrix.Decompose(Matrix.FromArray posterior.OrderParameter)
        let points = int inputs.Rows
        let order = q.Order
        let turned = Matrix.Uninitialized(spectrum.Targets.Rows, nativeint order)
        LinearAlgebra.Default.Multiply(1.0, spectrum.Targets, false, q.Eigenvectors, true, 0.0, turned)

        let independent =
            Array.init order (fun a ->
                let scale = posterior.Scale * q.Eigenvalues[a]

                match spectrum.Form.Factor(posterior.Temperature, scale) with
                | null ->
                    raise (FailureException(Failures.singular posterior.Temperature spectrum.Rank spectrum.Count))
                | factor ->
                    let column = turned.View(0n, nativeint a, turned.Rows, 1n).Clone()
                    factor.Solve column
                    let mean = Matrix.Uninitialized(nativeint points, 1n)
                    LinearAlgebra.Default.Multiply(scale, kernel.Cross, true, column, false, 0.0, mean)
                    let explained = Prediction.explained posterior.Temperature scale factor kernel

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

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> JointPrediction.score test.Targets

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
