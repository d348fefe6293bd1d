namespace FiniteWidth

open System
open System.Collections.Generic
open FiniteWidth.Numerics

/// The test loss of one hidden layer to first order in its inverse width, with the hidden units as they are:
///
/// loss(N) = loss(infinity) + slope/N + O(1/N^2).
///
/// Given the hidden layer f is a Gaussian process of kernel sum_i phi_i phi_i^T/(lambda_1 N), a mean over N independent units. With
/// D = phi phi^T/lambda_1 - K the deviation of one unit, g the loss of a Gaussian process on the test set and log L its evidence, both as
/// functions of the kernel,
///
/// slope = E[ g''(D, D)/2 + g'(D) (log L)'(D) ],
///
/// averaged over random units: none is taken for Gaussian. A theory that takes them for Gaussian has a slope of its own
/// (`Criterion.Slope`), and what that assumption costs is to first order the difference of the two over N.
type WidthExpansion =
    {
        /// Bias, variance and loss at infinite width.
        InfiniteWidth: Score
        /// Their derivatives with respect to 1/N at infinite width.
        Slope: Score
        /// The standard errors of the slopes: units are drawn at random.
        SlopeError: Score
        /// The number of units that were drawn.
        Units: int
        /// The variance over units of (log L)'(D): over N that of the log evidence of networks with random hidden layers. What the second
        /// order is to the first is of the size of this over N.
        EvidenceVariance: float
    }

    /// The first order counts as small up to this share of the loss at infinite width.
    static member internal Small = 0.5

    /// The loss at a width to first order in its inverse; none where the first order is no longer small against the zeroth.
    member this.TryLoss(width: int) =
        let first = this.Slope.Loss / float width

        if abs first < WidthExpansion.Small * this.InfiniteWidth.Loss then
            Some(this.InfiniteWidth.Loss + first)
        else
            None

    /// How far a theory of the given slope is off at a width, to first order in its inverse: |slope - exact slope|/N. The expansion holds
    /// where this is small against the loss; where it is not, neither is what the theory leaves out.
    member this.AssumptionError(slope: float, width: int) =
        abs (slope - this.Slope.Loss) / float width

    /// The width above which a theory of the given slope is off by at most a share of the loss, to first order.
    member this.WidthFor(slope: float, share: float) =
        abs (slope - this.Slope.Loss) / (share * this.InfiniteWidth.Loss)

/// The exact first order in 1/N.
[<RequireQualifiedAccess>]
module WidthExpansion =

    /// How the slope is averaged: over at least `Least` units, then on until its standard error is below a share `Accuracy` of it, or below
    /// what at N = P is a thousandth of the loss, or until `Most` units are drawn.
    type Sampling =
        {
            /// The fewest random units.
            Least: int
            /// The most random units.
            Most: int
            /// The standard error that is asked for, as a share of the slope.
            Accuracy: float
            /// The seed of the random units.
            Seed: uint64
        }

    /// This many random hidden units, neither more nor fewer.
    let exactly units seed =
        {
            Least = units
            Most = units
            Accuracy = 0.0
            Seed = seed
        }

    // Operations that are hardly noticed, and those that an answer in seconds may take.
    let private unnoticed, private affordable = 4e9, 1e11

    // Of an element of sigma(h), in operations.
    let private element = 50.0

    // A unit's features, and all else that is computed of a unit that is computed in full.
    let private cheap (test: DataSet) (train: DataSet) =
        (2.0 * float train.Features + element) * float (train.Count + test.Count)

    let private dear (test: DataSet) (train: DataSet) =
        2.0 * float train.Count * float (train.Count + test.Count)

    // Most of the noise is in the part that needs no more than the features: the rest is computed for so many units that it costs half as much.
    let private share test train =
        min 1.0 (0.5 * cheap test train / dear test train)

    /// As many units as are hardly noticed, and where the slope is not known to a quarter then, as many as an answer in seconds allows.
    let standard (test: DataSet) (train: DataSet) =
        let unit = cheap test train + share test train * dear test train

        {
            Least = int (Math.Clamp(unnoticed / unit, 500.0, 5000.0))
            Most = int (Math.Clamp(affordable / unit, 1000.0, 1e6))
            Accuracy = 0.25
            Seed = 1UL
        }

    // Units that are drawn at a time: enough for matrix products at full speed, few enough for memory, and an equal share of the least number.
    let private block least (test: DataSet) (train: DataSet) =
        let most = Math.Clamp(32_000_000 / (train.Count + test.Count), 64, 1024)
        let blocks = ceil (float least / float most)
        int (ceil (float least / max 1.0 blocks)) |> max 64

    let private product scale (a: Matrix) transposeA (b: Matrix) =
        let product =
            Matrix.Uninitialized((if transposeA then a.Columns else a.Rows), b.Columns)

        LinearAlgebra.Default.Multiply(scale, a, transposeA, b, false, 0.0, product)
        product

    /// sum_i a_ij b_ij for every column j.
    let private columnDots (a: Matrix) (b: Matrix) =
        let sums = Array.zeroCreate<float>(int a.Columns)

        for i in 0n .. a.Rows - 1n do
            let left = a.Row i
            let right = b.Row i

            for j in 0 .. sums.Length - 1 do
                sums[j] <- sums[j] + left[j] * right[j]

        sums

    /// sum_i a_ij b_ij over all columns.
    let private dot a b = Array.sum (columnDots a b)

    /// What does not depend on the unit: A = T I + K, a = A^(-1) Y and u = A^(-1) k(x). Of a unit's value phi(x) the training points leave
    /// q = phi(x) - u.phi, and E[phi q] = T u. With p = a.phi, h = phi^T A^(-1) phi and sums over test points x, the contribution of a unit is
    ///
    /// (2 + D) p.(e.q) h - p.(e.q) |p|^2 + (1 + D/2) q.q (|p|^2 - D h) + a quadratic form + a constant, over Ptest D,
    ///
    /// e = y0 - f(x) (D numbers a point). Second moments of phi are those of K: what a Gaussian phi gives is known exactly (`Gaussian`), and
    /// what is averaged over units is the quartic part with every contraction taken off, of mean zero for a Gaussian.
    ///
    /// Matrices are in the basis V of the kernel's spectrum but where noted.
    [<NoComparison; NoEquality>]
    type private Process =
        {
            Temperature: float
            Spectrum: Spectrum
            Factor: TridiagonalFactor
            /// u, P x Ptest.
            Weights: Matrix
            /// e, Ptest x D.
            Errors: Matrix
            /// a and sum_x e u, in the coordinates of the examples, P x D.
            Representer: Matrix
            ErrorWeights: Matrix
            /// A^(-1) K a, P x D: E[p phi] = K a.
            Turned: Matrix
            /// A^(-1) E[(e.q) phi], P x D.
            Leaning: Matrix
            /// E[p q], Ptest x D.
            Overlap: Matrix
            /// E[p p'] and E[(e.q) p'] between outputs, D x D.
            Power: Matrix
            Mixed: Matrix
            /// E[h] = tr A^(-1) K.
            Trace: float
            /// E[q.q], summed over test points.
            Squares: float
            /// The sum of T^2 u.A^(-1) u over test points.
            WeightNorm: float
            /// The sum over outputs of E[(e.q) phi]^T A^(-1) E[p phi].
            Crossing: float
        }

        member this.Outputs = float this.Power.Rows
        member this.Count = float (this.Errors.Rows * this.Errors.Columns)
        member this.PowerTrace = Array.sum (this.Power.Diagonal())
        member this.MixedTrace = Array.sum (this.Mixed.Diagonal())

    let private prepare temperature scale (program: KernelProgram) (spectrum: Spectrum) (study: Study) (test: DataSet) =
        match spectrum.Form.Factor(temperature, scale) with
        | null -> Error(Failures.singular temperature spectrum.Rank spectrum.Count)
        | factor ->
            let kernel = study.Projected(program, spectrum, None, test.Inputs)

            let solved (b: Matrix) =
                let x = b.Clone()
                factor.Solve x
                x

            let minus factor (a: Matrix) (b: Matrix) =
                Matrix.Create(a.Rows, a.Columns, (fun i j -> a[i, j] - factor * b[i, j]))

            let representer = solved spectrum.Targets
            // K = A - T I.
            let power = minus temperature spectrum.Targets representer
            let turned = solved power
            let mean = product scale kernel.Cross true representer

            let errors =
                Matrix.Create(mean.Rows, mean.Columns, (fun t d -> test.Targets[t, d] - mean[t, d]))

            let weights = kernel.Cross.Clone()
            factor.Solve weights

            for i in 0n .. weights.Rows - 1n do
                let row = weights.Row i

                for t in 0 .. row.Length - 1 do
                    row[t] <- scale * row[t]

            let errorWeights = product 1.0 weights false errors
            let lean = product temperature weights false errors
            let explained = columnDots kernel.Cross weights |> Array.sum

            Ok
                {
                    Temperature = temperature
                    Spectrum = spectrum
                    Factor = factor
                    Weights = weights
                    Errors = errors
                    Representer = spectrum.RotateBack(representer.Clone())
                    ErrorWeights = spectrum.RotateBack errorWeights
                    Turned = turned
                    Leaning = solved lean
                    Overlap = product temperature weights true representer
                    Power = product 1.0 representer true power
                    Mixed = product 1.0 lean true representer
                    Trace =
                        spectrum.Eigenvalues
                        |> Array.sumBy (fun k -> scale * k / (temperature + scale * k))
                    Squares =
                        scale * (Array.sum kernel.Diagonal - explained)
                        - temperature * dot weights weights
                    WeightNorm = temperature * temperature * Array.sum (factor.QuadraticForms weights)
                    Crossing = dot lean turned
                }

    /// The slopes of bias and variance for Gaussian units of the same second moments.
    let private gaussian (gp: Process) =
        let d = gp.Outputs
        let overlap = dot gp.Overlap gp.Overlap

        let bias =
            2.0 * gp.Trace * gp.MixedTrace + 2.0 * (1.0 + d) * gp.Crossing
            - 2.0 * dot gp.Power gp.Mixed

        let variance =
            gp.Squares * (gp.PowerTrace - d * gp.Trace)
            + (1.0 + d) * (overlap - d * gp.WeightNorm)

        bias / gp.Count, variance / gp.Count

    /// p and e.q of every unit, D x units, from its features at training and test points.
    let private projections scale (gp: Process) (train: Matrix) (test: Matrix) =
        let p = product scale gp.Representer true train
        let eq = product scale gp.Errors true test
        LinearAlgebra.Default.Multiply(-scale, gp.ErrorWeights, true, train, false, 1.0, eq)
        p, eq

    /// - p.(e.q) |p|^2 without its contractions, for every unit.
    let private cubic (gp: Process) (p: Matrix) (eq: Matrix) =
        let products, squares = columnDots p eq, columnDots p p
        let straight = columnDots eq (product 1.0 gp.Power false p)
        let crossed = columnDots p (product 1.0 gp.Mixed false p)
        let mixed, power = gp.MixedTrace, gp.PowerTrace
        let constant = mixed * power + 2.0 * dot gp.Power gp.Mixed

        Array.init products.Length (fun i ->
            let quadratic =
                mixed * squares[i] + power * products[i] + 2.0 * straight[i] + 2.0 * crossed[i]

            -(products[i] * squares[i] - quadratic + constant) / gp.Count)

    let private scaled scale count (features: Matrix) =
        Matrix.Create(features.Rows, nativeint count, (fun i j -> scale * features[i, j]))

    /// (2 + D) p.(e.q) h and (1 + D/2) q.q (|p|^2 - D h) without their contractions, and (|p|^2 - D h)/2, the log evidence's derivative but for
    /// a constant, for the first `count` units.
    let private full count scale (gp: Process) (p: Matrix) (eq: Matrix) (train: Matrix) (test: Matrix) =
        let phi = gp.Spectrum.Rotate(scaled scale count train)
        let q = scaled scale count test
        LinearAlgebra.Default.Multiply(-1.0, gp.Weights, true, phi, false, 1.0, q)

        let first (matrix: Matrix) =
            matrix.View(0n, 0n, matrix.Rows, nativeint count)

        let p, eq = first p, first eq
        let h, qq = gp.Factor.QuadraticForms phi, columnDots q q
        let products, squares = columnDots p eq, columnDots p p
        let turned = columnDots eq (product 1.0 gp.Turned true phi)
        let leaning = columnDots p (product 1.0 gp.Leaning true phi)
        let overlap = columnDots p (product 1.0 gp.Overlap true q)
        let d, trace, s = gp.Outputs, gp.Trace, gp.Squares
        let mixed, power = gp.MixedTrace, gp.PowerTrace
        let overlaps = dot gp.Overlap gp.Overlap

        let bias i =
            products[i] * h[i]
            - trace * products[i]
            - mixed * h[i]
            - 2.0 * turned[i]
            - 2.0 * leaning[i]
            + trace * mixed
            + 2.0 * gp.Crossing

        let variance i =
            let signal =
                squares[i] * qq[i] - power * qq[i] - s * squares[i] - 4.0 * overlap[i]
                + power * s
                + 2.0 * overlaps

            // The contraction between q and phi is left in: it is small, and a product of P x Ptest.
            let noise =
                qq[i] * h[i] - trace * qq[i] - s * h[i] + s * trace - 2.0 * gp.WeightNorm

            signal - d * noise

        Array.init count (fun i -> (2.0 + d) * bias i / gp.Count),
        Array.init count (fun i -> (1.0 + 0.5 * d) * variance i / gp.Count),
        Array.init count (fun i -> 0.5 * (squares[i] - d * h[i]))

    let private requireOneLayer (network: Network) =
        Network.requireSequential "The expansion in 1/N" network
        |> Result.bind (fun () ->
            if network.Depth = 1 then
                Ok()
            else
                Error(
                    Unsupported
                        $"The network has {network.Depth} hidden layers: the expansion in 1/N is known for one."
                ))

    let private covariance (x: ResizeArray<float>) (y: ResizeArray<float>) =
        let meanX, meanY = Seq.average x, Seq.average y
        let mutable sum = 0.0

        for i in 0 .. x.Count - 1 do
            sum <- sum + (x[i] - meanX) * (y[i] - meanY)

        sum / float (x.Count - 1)

    /// The sum of two means, one over all units and one over some of them, for which the first is known too, with its standard error.
    let private sum (all: ResizeArray<float>) (ofSome: ResizeArray<float>) (some: ResizeArray<float>) =
        let n, m = float all.Count, float some.Count

        let variance =
            covariance all all / n
            + covariance some some / m
            + 2.0 * covariance ofSome some / n

        Seq.average all + Seq.average some, sqrt (max 0.0 variance)

    let private attempt sampling (network: Network) temperature (test: DataSet) (study: Study) =
        result {
            do! requireOneLayer network
            // It refuses what no Gaussian process is: a temperature below zero, a kernel that is singular at T = 0.
            let! posterior = Posterior.solve Theory.infiniteWidth network temperature study
            let infinite = Posterior.score test posterior
            let train = study.Train

            if sampling.Most < 2 then
                return! Error(BadData $"The number of random hidden units is {sampling.Most}: at least two are needed.")
            else
                let kernelScale, program, spectrum =
                    Posterior.constantKernel study network (Theory.infiniteWidth network).Kernel

                let! gp = prepare temperature kernelScale program spectrum study test
                let gaussianBias, gaussianVariance = gaussian gp
                let units = Units.ofActivation network.Activation
                let scale = 1.0 / sqrt (List.last network.Priors)
                let stream = RandomStream.FromSeed sampling.Seed
                let block, share = block sampling.Least test train, share test train
                let negligible = 1e-3 * float train.Count * infinite.Loss

                // The cubic part of all units, and of those that are computed in full; the rest of these.
                let all, ofSome = ResizeArray<float>(), ResizeArray<float>()
                let bias, variance = ResizeArray<float>(), ResizeArray<float>()
                let both, evidence = ResizeArray<float>(), ResizeArray<float>()

                let draw index =
                    let count = min block (sampling.Most - all.Count)

                    let features =
                        Network.withWidth count network
                        |> RandomFeatures.drawWith units (stream.Split(int64 index)) train.Features

                    use phi = features train.Inputs
                    use phi0 = features test.Inputs
                    let p, eq = projections scale gp phi phi0
                    let cubic = cubic gp p eq
                    let chosen = min count (max 2 (int (share * float count)))
                    let biases, variances, evidences = full chosen scale gp p eq phi phi0
                    all.AddRange cubic
                    ofSome.AddRange(Array.truncate chosen cubic)
                    bias.AddRange biases
                    variance.AddRange variances
                    both.AddRange(Array.map2 (+) biases variances)
                    evidence.AddRange evidences

                let slope () =
                    let loss, error = sum all ofSome both
                    gaussianBias + gaussianVariance + loss, error

                let isEnough () =
                    let slope, error = slope ()
                    // What is beyond doubles stays there, however many units follow.
                    not (Double.IsFinite slope && Double.IsFinite error)
                    || error <= max (sampling.Accuracy * abs slope) negligible

                let rec go index =
                    draw index

                    if all.Count < sampling.Most && (all.Count < sampling.Least || not (isEnough ())) then
                        go (index + 1)

                go 0
                let loss, lossError = slope ()
                let biasSlope, biasError = sum all ofSome bias

                if not (Double.IsFinite loss && Double.IsFinite lossError) then
                    return!
                        Error(
                            Inaccurate
                                $"The expansion in 1/N of the {network} at T = {temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
                        )
                else
                    return
                        {
                            InfiniteWidth = infinite
                            Slope =
                                {
                                    Loss = loss
                                    Bias = gaussianBias + biasSlope
                                    Variance = gaussianVariance + Seq.average variance
                                }
                            SlopeError =
                                {
                                    Loss = lossError
                                    Bias = biasError
                                    Variance = sqrt (covariance variance variance / float variance.Count)
                                }
                            Units = all.Count
                            EvidenceVariance = covariance evidence evidence
                        }
        }

    /// The expansion for a network of one hidden layer (its width is of no account) at temperature T, on a study's training set and a test set.
    let solveWith sampling network temperature test study =
        Failures.catch (fun () -> attempt sampling network temperature test study)

    /// The expansion with the standard number of units.
    let solve network temperature test (study: Study) =
        solveWith (standard test study.Train) network temperature test study

    /// In place of a `solver`, where the expansion is not wanted.
    let leftOut (_: Network) (_: float) : Result<WidthExpansion, Failure> =
        Error(Unsupported "The expansion in 1/N was not asked for.")

    /// `solve` that keeps what it has found: the slope is the same at every width.
    let solver test study =
        let known = Dictionary<Network * float, Result<WidthExpansion, Failure>>()

        fun network temperature ->
            let key = Network.withWidth 1 network, temperature

            match known.TryGetValue key with
            | true, expansion -> expansion
            | _ ->
                let expansion = solve network temperature test study
                known.Add(key, expansion)
                expansion
