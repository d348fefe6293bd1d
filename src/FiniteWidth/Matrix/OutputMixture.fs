namespace FiniteWidth

open System
open System.Numerics
open System.Threading.Tasks
open FiniteWidth.Numerics

/// How accurately, and at what cost, an integral over matrices is taken.
type Integration =
    {
        /// Of the evidence, relative.
        Accuracy: float
        /// Evaluations of the integrand at most.
        MostNodes: int
    }

/// Nodes over Qbar, a positive D x D matrix, with positive weights that sum to one.
type WeightedMatrices =
    {
        /// The nodes.
        Matrices: float[,][]
        /// Their weights; they sum to 1.
        Weights: float[]
    }

/// The likelihood of the targets as a function of Qbar, for one kernel and temperature.
type internal OutputLikelihood =
    {
        /// D.
        Order: int
        Temperature: float
        /// k_1 .. k_P.
        Eigenvalues: float[]
        /// yhat_i in R^D, one after the other.
        Components: float[]
    }

[<RequireQualifiedAccess>]
module internal OutputLikelihood =

    /// sum_i [ log det(T I + k_i Qbar) - D log T + yhat_i^T (T I + k_i Qbar)^(-1) yhat_i ] in the eigenbasis of Qbar (eigenvalues q,
    /// eigenvectors the rows of U): O(P D^2).
    let action (q: float[]) (u: float[]) (likelihood: OutputLikelihood) =
        let order = likelihood.Order
        let k = likelihood.Eigenvalues
        let y = likelihood.Components
        let temperature = likelihood.Temperature
        let unit = if temperature > 0.0 then temperature else 1.0
        let mutable energy = 0.0
        // One logarithm for many factors: the product is renormalised before it can overflow.
        let mutable product = 1.0
        let mutable exponent = 0L

        for i in 0 .. k.Length - 1 do
            for a in 0 .. order - 1 do
                let mutable turned = 0.0

                for d in 0 .. order - 1 do
                    turned <- turned + u[a * order + d] * y[i * order + d]

                let total = temperature + k[i] * q[a]
                energy <- energy + turned * turned / total
                product <- product * (total / unit)

                if product > 1e100 || product < 1e-100 then
                    let shift = Math.ILogB product
                    exponent <- exponent + int64 shift
                    product <- Math.ScaleB(product, -shift)

        energy + log product + float exponent * log 2.0

/// The posterior of Qbar, D x D, of one hidden layer with D outputs, integrated instead of taken at its saddle point:
///
/// p(Qbar|Y) ~ p(Qbar) N(Y; 0, T I + Qbar (x) K), N_1 Qbar ~ Wishart_D(N_1, I), f | Qbar a Gaussian process of kernel Qbar (x) K.
///
/// Exact for linear networks; for others it rests on the Gaussian assumption of the proportional limit, and differs from its saddle point
/// by O(1/N).
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type OutputMixture
    internal
    (
        saddle: SeveralOutputs,
        likelihood: OutputLikelihood,
        spectrum: Spectrum,
        nodes: WeightedMatrices,
        coarse: Lazy<WeightedMatrices>,
        logEvidence: float,
        error: float
    ) =

    /// The saddle point of the same integral.
    member _.Saddle = saddle

    /// The posterior of Qbar, as the nodes that predictions are averaged over.
    member _.Posterior = nodes

    /// The posterior mean of Qbar, D x D.
    member _.MeanOrderParameter =
        let order = likelihood.Order

        Array2D.init order order (fun a b ->
            Array.fold2 (fun sum (q: float[,]) w -> sum + w * q[a, b]) 0.0 nodes.Matrices nodes.Weights)

    /// log p(Y|X), the noise included; at T = 0 the density of the targets themselves.
    member _.LogEvidence = logEvidence

    /// The estimated relative error of the evidence, which the quadrature made no larger than was asked for.
    member _.QuadratureError = error

    member internal _.Likelihood = likelihood
    member internal _.Spectrum = spectrum
    member internal _.Coarse = coarse.Value

    interface IDisplayed with
        member _.Display =
            {
                Title = $"Mixture over Qbar of the {saddle.Network} at T = {Display.number saddle.Temperature}"
                Header = []
                Rows =
                    [
                        [ "nodes"; string nodes.Weights.Length ]
                        [ "log evidence"; Display.number logEvidence ]
                        [ "relative error of the evidence"; Display.number error ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// The integral over the matrix of scales of several outputs.
[<RequireQualifiedAccess>]
module OutputMixture =

    /// The most outputs: the integral has D (D + 1)/2 dimensions.
    [<Literal>]
    let MostOutputs = 3

    /// One part in 10^4, two million evaluations.
    let defaults =
        {
            Accuracy = 1e-4
            MostNodes = 2_000_000
        }

    // Densities and quantiles keep every node apart: fewer of them, to the accuracy a density is looked at.
    let private coarseAccuracy = 1e-3

    let private check (network: Network) (train: DataSet) =
        let width = network.Widths.Head

        if network.Depth > 1 then
            Error(
                Unsupported
                    $"The network has {network.Depth} hidden layers: the mixture of several outputs is that of one hidden layer."
            )
        elif train.Outputs > MostOutputs then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: the mixture integrates over {train.Outputs * (train.Outputs + 1) / 2} dimensions, and takes {MostOutputs} columns at most; use the saddle point."
            )
        elif width < train.Outputs then
            Error(
                Unsupported
                    $"The hidden layer has {width} units for {train.Outputs} outputs: their order parameter is singular, and the mixture takes at least as many units as outputs."
            )
        else
            Ok()

    // log of the density of Qbar's prior per unit of the measure d log Qbar = |Qbar|^(-(D+1)/2) dQbar, without its dependence
    // N/2 (log det Qbar - Tr Qbar + D): the logarithm of N/2 to the power N D/2, over exp(N D/2) Gamma_D(N/2).
    let private logPriorConstant order (width: float) =
        let a = width / 2.0

        let factor j =
            let s = float (j - 1) / 2.0
            let z = a - s
            // a log a - a - log Gamma(z), without its large terms.
            -(z - 0.5) * Math.Log(z / a) + (s + 0.5) * log a
            - s
            - (Binet.mu (Complex(z, 0.0))).Real
            - 0.5 * log (2.0 * Math.PI)

        Seq.sumBy factor (seq { 1..order })
        - float (order * (order - 1)) / 4.0 * log Math.PI

    // An orthonormal basis of the symmetric matrices, in the inner product Tr A B.
    let private basis order =
        [|
            for a in 0 .. order - 1 do
                for b in 0..a ->
                    Array2D.init order order (fun i j ->
                        if (i, j) <> (a, b) && (j, i) <> (a, b) then 0.0
                        elif a = b then 1.0
                        else sqrt 0.5)
        |]

    /// The coordinates z of Qbar = R exp(X(z)) R^T in which the integrand is near a standard Gaussian: R R^T = Qbar at the saddle point,
    /// X = sum_k z_k s_k V_k with V_k the eigenvectors of the Hessian of (N/2) S there.
    type private Coordinates =
        {
            Order: int
            Root: float[,]
            /// s_k V_k.
            Directions: float[][]
            /// log of the volume prod_k s_k.
            LogVolume: float
            LogDeterminant: float
        }

    // At a stationary point the second derivative of S along X is Tr X^2 + Tr X W''[X].
    let private coordinates width (action: MatrixAction) (q: PositiveMatrix) =
        let expansion =
            match action.Expand q with
            | Some expansion -> expansion
            | None -> invalidOp "The action is defined at its stationary point."

        let order = q.Order
        let basis = basis order
        let images = basis |> Array.map (Matrix.FromArray >> expansion.Curvature)

        let hessian =
            Matrix.Create(
                nativeint basis.Length,
                nativeint basis.Length,
                fun a b ->
                    let mutable sum = if a = b then 1.0 else 0.0

                    for i in 0 .. order - 1 do
                        for j in 0 .. order - 1 do
                            sum <- sum + basis[int a][i, j] * images[int b][nativeint i, nativeint j]

                    0.5 * width * sum
            )

        let stiffness = LinearAlgebra.Default.Eigen hessian
        // Where the saddle is flat the prior's own width will do: the rule finds the extent of the integrand by itself.
        let deviations = stiffness |> Array.map (fun s -> 1.0 / sqrt (max s (0.05 * width)))

        {
            Order = order
            Root = q.Root.ToArray()
            Directions =
                deviations
                |> Array.mapi (fun k s ->
                    Array.init (order * order) (fun ij ->
                        let mutable sum = 0.0

                        for b in 0 .. basis.Length - 1 do
                            sum <- sum + hessian[nativeint k, nativeint b] * basis[b][ij / order, ij % order]

                        s * sum))
            LogVolume = deviations |> Array.sumBy log
            LogDeterminant = q.Eigenvalues |> Array.sumBy log
        }

    /// Qbar(z), and the logarithms of det exp(X) and of the Jacobian prod_(a<b) sinh(w)/w, w half the difference of two eigenvalues of X.
    let private matrixAt (coordinates: Coordinates) (z: float[]) =
        let order = coordinates.Order
        let x = Array.zeroCreate<float>(order * order)
        let u = Array.zeroCreate<float>(order * order)

        for k in 0 .. z.Length - 1 do
            let direction = coordinates.Directions[k]

            for ij in 0 .. x.Length - 1 do
                x[ij] <- x[ij] + z[k] * direction[ij]

        SmallEigen.decompose order x u
        let rate a = x[a * order + a]
        let mutable trace = 0.0
        let mutable jacobian = 0.0

        for a in 0 .. order - 1 do
            trace <- trace + rate a

            for b in 0 .. a - 1 do
                let w = abs (rate a - rate b) / 2.0

                if w > 1e-4 then
                    // sinh w/w without overflow.
                    jacobian <- jacobian + w + log ((1.0 - exp (-2.0 * w)) / (2.0 * w))
                else
                    jacobian <- jacobian + w * w / 6.0

        // R U^T exp(x/2), times its transpose.
        let half = Array.zeroCreate<float>(order * order)

        for i in 0 .. order - 1 do
            for a in 0 .. order - 1 do
                let mutable sum = 0.0

                for j in 0 .. order - 1 do
                    sum <- sum + coordinates.Root[i, j] * u[a * order + j]

                half[i * order + a] <- sum * exp (rate a / 2.0)

        let q = Array.zeroCreate<float>(order * order)

        for i in 0 .. order - 1 do
            for j in 0 .. order - 1 do
                let mutable sum = 0.0

                for a in 0 .. order - 1 do
                    sum <- sum + half[i * order + a] * half[j * order + a]

                q[i * order + j] <- sum

        struct (q, trace, jacobian)

    /// Eigenvalues and eigenvectors (rows) of a matrix, which is overwritten.
    let private eigen order (q: float[]) =
        let u = Array.zeroCreate<float>(order * order)
        SmallEigen.decompose order q u
        struct (Array.init order (fun a -> max 0.0 q[a * order + a]), u)

    // log of prior times likelihood per unit of z, without constants.
    let private logJoint width (likelihood: OutputLikelihood) coordinates z =
        let struct (q, trace, jacobian) = matrixAt coordinates z
        let struct (values, u) = eigen likelihood.Order q

        0.5
        * width
        * (coordinates.LogDeterminant + trace - Array.sum values + float likelihood.Order)
        - 0.5 * OutputLikelihood.action values u likelihood
        + jacobian

    // z of another stationary point: X = log(R^(-1) Qbar R^(-T)), R^(-1) = diag(q)^(-1) R^T.
    let private coordinatesOf (coordinates: Coordinates) (centre: PositiveMatrix) (other: float[,]) =
        let order = coordinates.Order
        let root = coordinates.Root

        let pulled =
            Array.init (order * order) (fun ij ->
                let a, b = ij / order, ij % order
                let mutable sum = 0.0

                for i in 0 .. order - 1 do
                    for j in 0 .. order - 1 do
                        sum <- sum + root[i, a] * other[i, j] * root[j, b]

                sum / (centre.Eigenvalues[a] * centre.Eigenvalues[b]))

        let struct (values, u) = eigen order pulled

        coordinates.Directions
        |> Array.map (fun direction ->
            let squared = direction |> Array.sumBy (fun v -> v * v)
            let mutable sum = 0.0

            for a in 0 .. order - 1 do
                for ij in 0 .. direction.Length - 1 do
                    sum <-
                        sum
                        + log values[a]
                          * u[a * order + ij / order]
                          * u[a * order + ij % order]
                          * direction[ij]

            sum / squared)

    let private square order (q: float[]) =
        Array2D.init order order (fun i j -> q[i * order + j])

    let private flat (q: float[,]) =
        let entries = Array.zeroCreate<float> q.Length
        Buffer.BlockCopy(q, 0, entries, 0, sizeof<float> * q.Length)
        entries

    // The kernel decomposed with its eigenvectors, which the saddle point does without: the nodes are many.
    let private spectrumOf (saddle: SeveralOutputs) =
        let inputs, targets = saddle.Study.Train.Inputs, saddle.Study.Train.Targets

        let constant symbol =
            invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

        Spectrum.ofEigenvectors (KernelProgram.symmetric constant inputs saddle.Program) targets

    let private attempt (integration: Integration) (network: Network) temperature (study: Study) =
        result {
            do! check network study.Train
            let! saddle = SeveralOutputs.solve network temperature study
            saddle.Spectrum.RequireEigenvectors "The integral over the order parameter of several outputs"
            study.RequireHere "The integral over the order parameter of several outputs"
            let width = float network.Widths.Head
            let spectrum = spectrumOf saddle
            let order = spectrum.Outputs

            let likelihood =
                {
                    Order = order
                    Temperature = temperature
                    Eigenvalues = spectrum.Eigenvalues |> Array.map (fun k -> saddle.Scale * k)
                    Components =
                        [|
                            for i in 0n .. spectrum.Targets.Rows - 1n do
                                for d in 0n .. nativeint order - 1n -> spectrum.Targets[i, d]
                        |]
                }

            let centre = PositiveMatrix.Decompose(Matrix.FromArray saddle.OrderParameter)
            let coordinates = coordinates width saddle.Action centre
            let f = logJoint width likelihood coordinates

            let seeds =
                [|
                    Array.zeroCreate<float> coordinates.Directions.Length
                    for other in saddle.SaddlePoint.Others do
                        coordinatesOf coordinates centre other.OrderParameter
                |]

            let integrate accuracy =
                match LatticeRule.tryIntegrate accuracy integration.MostNodes seeds f with
                | Some rule -> Ok rule
                | None ->
                    Error(
                        Inaccurate
                            $"The integral over the {order} x {order} order parameter does not reach a relative accuracy of {accuracy} with {integration.MostNodes} nodes: ask for less, allow more nodes, or use wider layers."
                    )

            let matrices (rule: LatticeRule) =
                {
                    Matrices =
                        rule.Nodes
                        |> Array.map (fun z ->
                            let struct (q, _, _) = matrixAt coordinates z
                            square order q)
                    Weights = rule.Weights
                }

            let! rule = integrate integration.Accuracy
            let nodes = matrices rule

            let coarse =
                lazy
                    (if integration.Accuracy >= coarseAccuracy then
                         nodes
                     else
                         integrate coarseAccuracy |> Result.map matrices |> Result.orFail)

            let noise = if temperature > 0.0 then temperature else 1.0

            let logEvidence =
                rule.LogIntegral + coordinates.LogVolume + logPriorConstant order width
                // Off-diagonal entries stand once in dQbar, and with sqrt 2 in the orthonormal basis.
                - float (order * (order - 1)) / 4.0 * log 2.0
                - 0.5 * float (spectrum.Count * order) * log (2.0 * Math.PI * noise)

            return OutputMixture(saddle, likelihood, spectrum, nodes, coarse, logEvidence, rule.Error)
        }

    /// Integrates over Qbar for a network of one hidden layer at temperature T on a study's training set, to an accuracy and at a cost of one's own.
    let solveWith integration network temperature study =
        Failures.catch (fun () -> attempt integration network temperature study)

    /// Integrates over Qbar for a network of one hidden layer at temperature T on a study's training set.
    let solve network temperature study =
        solveWith defaults network temperature study

    // q/(T + k q) in the eigenbasis of Qbar is what a node says of direction i: its product with yhat_i gives the mean, with q the variance
    // that is explained.
    let private gain temperature k q = q / (temperature + k * q)

    /// What the predictions average over Qbar, independent of the test inputs.
    type private Averages =
        {
            /// Qbar, D x D.
            Order: float[]
            /// Qbar (T I + k_i Qbar)^(-1) yhat_i, P x D.
            Coefficients: float[]
            /// Qbar (T I + k_i Qbar)^(-1) Qbar, P matrices of D x D.
            Explained: float[]
        }

    let private emptyAverages count order : Averages =
        {
            Order = Array.zeroCreate (order * order)
            Coefficients = Array.zeroCreate (count * order)
            Explained = Array.zeroCreate (count * order * order)
        }

    let private accumulate (likelihood: OutputLikelihood) (into: Averages) (q: float[]) (weight: float) =
        let order = likelihood.Order

        for ab in 0 .. q.Length - 1 do
            into.Order[ab] <- into.Order[ab] + weight * q[ab]

        let struct (values, u) = eigen order (Array.copy q)

        for i in 0 .. likelihood.Eigenvalues.Length - 1 do
            for a in 0 .. order - 1 do
                let g = weight * gain likelihood.Temperature likelihood.Eigenvalues[i] values[a]
                let mutable turned = 0.0

                for d in 0 .. order - 1 do
                    turned <- turned + u[a * order + d] * likelihood.Components[i * order + d]

                for c in 0 .. order - 1 do
                    let uc = g * u[a * order + c]
                    let at = i * order + c
                    into.Coefficients[at] <- into.Coefficients[at] + uc * turned

                    for d in 0 .. order - 1 do
                        let at = at * order + d
                        into.Explained[at] <- into.Explained[at] + uc * values[a] * u[a * order + d]

    // Parts of the nodes of a fixed number, added in order: the sums do not depend on the number of threads.
    let private parts = 16

    let private average (likelihood: OutputLikelihood) (nodes: WeightedMatrices) =
        let count = likelihood.Eigenvalues.Length
        let partial = Array.init parts (fun _ -> emptyAverages count likelihood.Order)

        Parallel.For(
            0,
            parts,
            fun part ->
                let from, until =
                    part * nodes.Weights.Length / parts, (part + 1) * nodes.Weights.Length / parts

                for n in from .. until - 1 do
                    let q = flat nodes.Matrices[n]
                    accumulate likelihood partial[part] q nodes.Weights[n]
        )
        |> ignore

        let add = Array.map2 (fun (a: float) b -> a + b)

        partial
        |> Array.reduce (fun (a: Averages) b ->
            {
                Order = add a.Order b.Order
                Coefficients = add a.Coefficients b.Coefficients
                Explained = add a.Explained b.Explained
            })

    // Conditional on a block of nodes: coefficients, P x (D nodes), whose product with the test kernel gives the means.
    let private coefficients (likelihood: OutputLikelihood) (matrices: float[,][]) =
        let order = likelihood.Order

        let result =
            Matrix.Uninitialized(nativeint likelihood.Eigenvalues.Length, nativeint (order * matrices.Length))

        Parallel.For(
            0,
            matrices.Length,
            fun n ->
                let struct (values, u) = eigen order (flat matrices[n])

                for i in 0 .. likelihood.Eigenvalues.Length - 1 do
                    let row = result.Row(nativeint i).Slice(n * order, order)
                    row.Clear()

                    for a in 0 .. order - 1 do
                        let mutable turned = 0.0

                        for d in 0 .. order - 1 do
                            turned <- turned + u[a * order + d] * likelihood.Components[i * order + d]

                        let g = turned * gain likelihood.Temperature likelihood.Eigenvalues[i] values[a]

                        for d in 0 .. order - 1 do
                            row[d] <- row[d] + g * u[a * order + d]
        )
        |> ignore

        result

    // The diagonal of Qbar (T I + k_i Qbar)^(-1) Qbar of a block of nodes, P x (D nodes).
    let private explained (likelihood: OutputLikelihood) (matrices: float[,][]) =
        let order = likelihood.Order

        let result =
            Matrix.Uninitialized(nativeint likelihood.Eigenvalues.Length, nativeint (order * matrices.Length))

        Parallel.For(
            0,
            matrices.Length,
            fun n ->
                let struct (values, u) = eigen order (flat matrices[n])

                for i in 0 .. likelihood.Eigenvalues.Length - 1 do
                    let row = result.Row(nativeint i).Slice(n * order, order)

                    for d in 0 .. order - 1 do
                        let mutable sum = 0.0

                        for a in 0 .. order - 1 do
                            let g = gain likelihood.Temperature likelihood.Eigenvalues[i] values[a]
                            sum <- sum + g * values[a] * u[a * order + d] * u[a * order + d]

                        row[d] <- sum
        )
        |> ignore

        result

    let private testKernel (inputs: Matrix) (mixture: OutputMixture) =
        let saddle = mixture.Saddle
        let kernel = saddle.Study.Projected(saddle.Program, mixture.Spectrum, None, inputs)

        let scaled =
            Matrix.Create(kernel.Cross.Rows, kernel.Cross.Columns, (fun i t -> saddle.Scale * kernel.Cross[i, t]))

        scaled, kernel.Diagonal |> Array.map (fun k -> saddle.Scale * k)

    let private times (left: Matrix) (right: Matrix) =
        let result = Matrix.Uninitialized(left.Columns, right.Columns)
        LinearAlgebra.Default.Multiply(1.0, left, true, right, false, 0.0, result)
        result

    // Nodes that are multiplied with the test kernel at once.
    let private block = 512

    /// The predictive mean and output-output covariance of f at the rows of `inputs`: the covariance of a Gaussian process of
    /// kernel Qbar (x) K averaged over Qbar, and that of its mean.
    let predict (inputs: Matrix) (mixture: OutputMixture) : JointPrediction =
        let likelihood = mixture.Likelihood
        let order = likelihood.Order
        let count = likelihood.Eigenvalues.Length
        let points = int inputs.Rows
        let cross, diagonal = testKernel inputs mixture
        let averages = average likelihood mixture.Posterior

        let mean =
            times cross (Matrix.FromArray(nativeint count, nativeint order, ReadOnlySpan averages.Coefficients))

        let squares =
            Matrix.Create(cross.Rows, cross.Columns, (fun i t -> cross[i, t] * cross[i, t]))

        let explained =
            times
                squares
                (Matrix.FromArray(nativeint count, nativeint (order * order), ReadOnlySpan averages.Explained))

        let covariance =
            Array.init points (fun t ->
                Array2D.init order order (fun a b ->
                    let ab = a * order + b
                    let own = diagonal[t] * averages.Order[ab] - explained[nativeint t, nativeint ab]
                    if a = b then max 0.0 own else own))

        // What the mean does from node to node.
        let nodes = mixture.Posterior

        for start in 0..block .. nodes.Weights.Length - 1 do
            let length = min block (nodes.Weights.Length - start)

            let means =
                times cross (coefficients likelihood (Array.sub nodes.Matrices start length))

            Parallel.For(
                0,
                points,
                fun t ->
                    let row = means.Row(nativeint t)
                    let centre = mean.Row(nativeint t)

                    for n in 0 .. length - 1 do
                        let weight = nodes.Weights[start + n]

                        for a in 0 .. order - 1 do
                            let da = weight * (row[n * order + a] - centre[a])

                            for b in 0 .. order - 1 do
                                covariance[t][a, b] <- covariance[t][a, b] + da * (row[n * order + b] - centre[b])
            )
            |> ignore

        {
            Mean = mean.ToArray()
            Covariance = covariance
        }

    /// The predictive distribution of every output of f at each row of `inputs` (points x D): accurate to about 1e-3 of a probability.
    let distributions (inputs: Matrix) (mixture: OutputMixture) =
        let likelihood = mixture.Likelihood
        let order = likelihood.Order
        let nodes = mixture.Coarse
        let cross, diagonal = testKernel inputs mixture

        let squares =
            Matrix.Create(cross.Rows, cross.Columns, (fun i t -> cross[i, t] * cross[i, t]))

        let means = times cross (coefficients likelihood nodes.Matrices)
        let explained = times squares (explained likelihood nodes.Matrices)

        Array2D.init (int inputs.Rows) order (fun t d ->
            let column n = nativeint (n * order + d)

            {
                ComponentWeights = nodes.Weights
                ComponentMeans = Array.init nodes.Weights.Length (fun n -> means[nativeint t, column n])
                ComponentDeviations =
                    Array.init nodes.Weights.Length (fun n ->
                        sqrt (max 0.0 (diagonal[t] * nodes.Matrices[n][d, d] - explained[nativeint t, column n])))
            })

    /// Bias of the mixture's mean, variance and loss on a test set, averaged over points and outputs.
    let score (test: DataSet) mixture =
        predict test.Inputs mixture |> JointPrediction.score test.Targets

    /// The fraction of a test set whose largest predicted output is that of the largest target.
    let accuracy (test: DataSet) mixture =
        predict test.Inputs mixture |> JointPrediction.accuracy test.Targets

    /// The theory's own error bar: the loss of the mixture less that of its saddle point, O(1/N).
    let errorBar test (mixture: OutputMixture) =
        (score test mixture).Loss - (SeveralOutputs.score test mixture.Saddle).Loss
